#include "trust/sign_in/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <qrencode.h>

#include <array>
#include <memory>

#include "base/url.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/secrets.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kStep = 30LL * 1'000'000;  // µs
constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kRecoveryBytes = 10;

}  // namespace

std::string new_totp_secret() {
  return random_bytes(kSecretBytes);
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i) counter[7 - i] = static_cast<unsigned char>(step >> (8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(), &size);
  const std::size_t at = mac[19] & 15;
  const std::uint32_t number = (std::uint32_t(mac[at] & 0x7F) << 24) | (std::uint32_t(mac[at + 1]) << 16) |
                               (std::uint32_t(mac[at + 2]) << 8) | mac[at + 3];
  std::string code = std::to_string(number % 1'000'000);
  return std::string(6 - code.size(), '0') + code;
}

std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, std::int64_t last, Instant now) {
  const std::int64_t present = now.us / kStep;
  std::optional<std::int64_t> found;
  for (std::int64_t step = present - 1; step <= present + 1; ++step) {
    if (same_secret(totp_code(secret, step), code) && step > last && !found) found = step;
  }
  return found;
}

std::string to_base32(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (have += 8; have >= 5; have -= 5) out += kLetters[(bits >> (have - 5)) & 31];
  }
  if (have > 0) out += kLetters[(bits << (5 - have)) & 31];
  return out;
}

std::string totp_uri(std::string_view secret, std::string_view account, std::string_view issuer) {
  const std::string site = percent_encode(issuer);
  return "otpauth://totp/" + site + ":" + percent_encode(account) + "?secret=" + to_base32(secret) + "&issuer=" + site;
}

Result<std::string> qr_svg(std::string_view text) {
  constexpr int kQuiet = 4;
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0,
                        QR_ECLEVEL_M),
      &QRcode_free);
  if (!code) return bad("this is too long for a QR code");
  const int side = code->width + 2 * kQuiet;
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + std::to_string(side) + " " +
                    std::to_string(side) +
                    "\" shape-rendering=\"crispEdges\" role=\"img\"><path fill=\"#fff\" d=\"M0 0h" +
                    std::to_string(side) + "v" + std::to_string(side) + "H0z\"/><path d=\"";
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int end = x;
      while (end < code->width && (code->data[y * code->width + end] & 1) != 0) ++end;
      if (end > x) {
        svg += "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + std::to_string(end - x) +
               "v1h-" + std::to_string(end - x) + "z";
      }
      x = end + 1;
    }
  }
  return svg + "\"/></svg>";
}

std::vector<std::string> new_recovery_codes(std::size_t n) {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < n; ++i) {
    std::string code;
    for (const char c : to_base32(random_bytes(kRecoveryBytes))) {
      if (code.size() % 5 == 4) code += '-';
      code += c >= 'A' ? static_cast<char>(c + ('a' - 'A')) : c;
    }
    codes.push_back(std::move(code));
  }
  return codes;
}

std::string recovery_digest(std::string_view account, std::string_view code) {
  std::string plain = "recovery ";
  plain.append(account).append(" ");
  for (const char c : code) {
    if (c >= 'A' && c <= 'Z') plain += static_cast<char>(c + ('a' - 'A'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return to_hex(sha256(plain));
}

}  // namespace tsunagu::trust
