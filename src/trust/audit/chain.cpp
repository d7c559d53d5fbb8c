#include "trust/audit/chain.h"

// SHA-256 by itself: through EVP, setting it up costs as much as hashing a line.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/text.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kNumber = "{\"n\":";
constexpr std::string_view kAt = ",\"at\":\"";
constexpr std::string_view kHash = ",\"hash\":\"";
constexpr std::string_view kEnd = "\"}";
constexpr std::size_t kHexDigits = 64;
constexpr std::size_t kTail = kHash.size() + kHexDigits + kEnd.size();

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Takes `text` off the front of `rest`.
bool take(std::string_view& rest, std::string_view text) {
  if (!rest.starts_with(text)) return false;
  rest.remove_prefix(text.size());
  return true;
}

/// The number of what looks like a whole line; its hash is not looked at.
std::optional<std::uint64_t> claimed_number(std::string_view text) {
  std::string_view rest = text;
  if (text.size() < kTail || !text.ends_with(kEnd) || !take(rest, kNumber)) return std::nullopt;
  if (!text.substr(text.size() - kTail).starts_with(kHash)) return std::nullopt;
  return parse_number<std::uint64_t>(take_until(rest, ','));
}

}  // namespace

Digest sha256(std::string_view a, std::string_view b) {
  Digest digest{};
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, a.data(), a.size());
  SHA256_Update(&context, b.data(), b.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

std::string to_hex(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(2 * digest.size(), '0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    hex[2 * i] = kDigits[digest[i] >> 4];
    hex[2 * i + 1] = kDigits[digest[i] & 15];
  }
  return hex;
}

std::optional<Digest> digest_of(std::string_view hex) {
  Digest digest;
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value(hex[2 * i]), low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return digest;
}

void append_line(std::string& out, ChainEnd& end, Instant at, std::string_view member,
                 std::initializer_list<std::string_view> json) {
  const std::size_t begin = out.size();
  out.append(kNumber).append(std::to_string(++end.number)).append(kAt);
  append_instant(out, at);
  out.append("\",\"").append(member).append("\":");
  for (const std::string_view part : json) out += part;
  end.hash = sha256(bytes_of(end.hash), std::string_view(out).substr(begin));
  out.append(kHash).append(to_hex(end.hash)).append(kEnd).append("\n");
}

std::optional<ChainEnd> claimed_end(std::string_view text) {
  const auto number = claimed_number(text);
  if (!number) return std::nullopt;
  const auto hash = digest_of(text.substr(text.size() - kTail + kHash.size(), kHexDigits));
  if (!hash) return std::nullopt;
  return ChainEnd{*number, *hash};
}

Result<Line> parse_line(std::string_view text) {
  const auto number = claimed_number(text);
  if (!number) return bad("this is not a line of the log");
  Line line;
  line.number = *number;
  std::string_view rest = text.substr(0, text.size() - kTail);
  rest.remove_prefix(rest.find(',') + 1);
  if (!take(rest, kAt.substr(1))) return bad("line " + std::to_string(line.number) + " has no time");
  line.at = take_until(rest, '"');
  line.checkpoint = take(rest, ",\"checkpoint\":");
  if (!line.checkpoint && !take(rest, ",\"record\":")) {
    return bad("line " + std::to_string(line.number) + " is neither a record nor a checkpoint");
  }
  line.json = rest;
  return line;
}

Result<Line> read_line(std::string_view text, ChainEnd& end) {
  const auto claimed = claimed_end(text);
  if (!claimed) return bad("this is not a line of the log");
  if (claimed->number != end.number + 1) {
    return bad("line " + std::to_string(claimed->number) + " follows line " + std::to_string(end.number) +
               ": something was removed, added or put in another order");
  }
  if (sha256(bytes_of(end.hash), text.substr(0, text.size() - kTail)) != claimed->hash) {
    return bad("the hash of line " + std::to_string(claimed->number) +
               " does not fit: the line, or one before it, is not what was written");
  }
  auto line = parse_line(text);
  if (line) end = *claimed;
  return line;
}

std::string signed_text(std::uint64_t number, const Digest& hash) {
  return "tsunagu audit " + std::to_string(number) + " " + to_hex(hash);
}

}  // namespace tsunagu::trust
