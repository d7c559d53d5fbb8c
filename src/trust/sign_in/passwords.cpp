#include "trust/sign_in/passwords.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>

#include "base/json.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kLeast = 10, kMost = 256;

// Of the lists that are tried first, what is long enough to be asked for here; in lower case, without what people put
// in front and behind (see core_of).
constexpr std::array<std::string_view, 64> kCommon = {
    "password",   "passw0rd",      "p@ssw0rd",      "p@ssword",   "pa55word",       "passwort",     "motdepasse",
    "contrasena", "administrator", "administrador", "admin",      "letmein",        "welcome",      "iloveyou",
    "sunshine",   "princess",      "football",      "baseball",   "superman",       "starwars",     "whatever",
    "trustno1",   "michelle",      "jennifer",      "butterfly",  "chocolate",      "liverpool",    "manchester",
    "basketball", "volleyball",    "qwerty",        "qwertyuiop", "qwertyuiopasdf", "asdfghjkl",    "zxcvbnm",
    "1q2w3e4r",   "1q2w3e4r5t",    "1q2w3e4r5t6y",  "q1w2e3r4t5", "1qaz2wsx",       "1qaz2wsx3edc", "qazwsxedc",
    "zaq12wsx",   "abcdefghij",    "abcd1234",      "abc123",     "changeme",       "changeit",     "default",
    "secret",     "topsecret",     "computer",      "internet",   "samsung",        "sakura",       "hokkaido",
    "sapporo",    "tsunagu",       "nippon",        "japan",      "himitsu",        "aishiteru",    "doraemon",
    "pokemon"};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

/// Without the figures and signs around it: "!!Password2024" → "password".
std::string_view core_of(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c & 0x80) != 0; };
  while (!text.empty() && !letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !letter(text.back())) text.remove_suffix(1);
  return text;
}

bool is_common(std::string_view text) {
  return std::find(kCommon.begin(), kCommon.end(), text) != kCommon.end();
}

/// "0123456789", "abcdefghij", "9876543210", and twice the same.
bool is_row(std::string_view text) {
  const auto steps = [text](int by) {
    for (std::size_t i = 1; i < text.size(); ++i) {
      const int step = text[i] - text[i - 1];
      if (step != by && !(text[i - 1] == '9' && text[i] == '0' && by == 1)) return false;
    }
    return true;
  };
  return steps(0) || steps(1) || steps(-1);
}

}  // namespace

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes, cost.memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(ErrorCode::kUnavailable, "there is not enough memory to work on a password now; try again later");
  }
  return std::string(out.data());
}

bool password_fits(std::string_view hash, std::string_view password, PasswordCost cost) {
  std::string kept(hash);
  if (kept.empty()) {
    // Any hash of the same cost; nothing fits it, because the answer below is false.
    static std::mutex mutex;
    static std::string nobody;
    const std::lock_guard lock(mutex);
    if (nobody.empty()) nobody = hash_password("", cost).value_or("");
    kept = nobody;
  }
  const bool fits = crypto_pwhash_str_verify(kept.c_str(), password.data(), password.size()) == 0;
  return fits && !hash.empty();
}

std::optional<Error> password_problem(std::string_view password, std::string_view account) {
  const auto wrong = [](std::string detail) { return Error{ErrorCode::kBadRequestData, std::move(detail)}; };
  if (!valid_utf8(password)) return wrong("the password must be UTF-8");
  const std::size_t length = characters(password);
  if (length < kLeast || length > kMost) {
    return wrong("a password has 10 to 256 characters; several words are easy to remember");
  }
  const std::string plain = lower(password);
  const std::string_view core = core_of(plain);
  const std::set<char> different(plain.begin(), plain.end());
  if (is_common(plain) || is_common(core) || is_row(plain) || different.size() < 5) {
    return wrong("this password is one of those that are tried first; choose another, for example several words");
  }
  const std::string_view name = account.substr(0, account.find('@'));
  if (!name.empty() && (core == name || plain == account)) return wrong("the password must not be the account's name");
  return std::nullopt;
}

}  // namespace tsunagu::trust
