// One-time codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s), and recovery codes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::trust {

/// 20 random bytes.
std::string new_totp_secret();
/// The code of one step (30 s since 1970).
std::string totp_code(std::string_view secret, std::int64_t step);
/// The step that `code` belongs to: now, the one before or the one after, but later than `last` (no code is taken
/// twice). Empty: it does not fit.
std::optional<std::int64_t> totp_step(std::string_view secret, std::string_view code, std::int64_t last, Instant now);

/// RFC 4648 clause 6, without padding: how people type a secret in.
std::string to_base32(std::string_view bytes);
/// otpauth://totp/… for authenticator apps.
std::string totp_uri(std::string_view secret, std::string_view account, std::string_view issuer);
/// A QR code (ISO/IEC 18004) as SVG, dark on white with the quiet zone. BadRequestData when `text` is too long for one.
Result<std::string> qr_svg(std::string_view text);

/// Ten codes like "k3ta-9xqm-…": 80 bits each, good for one use.
std::vector<std::string> new_recovery_codes(std::size_t n = 10);
/// What is kept of one: the account it is for is part of it; how it is written (case, hyphens) is not.
std::string recovery_digest(std::string_view account, std::string_view code);

}  // namespace tsunagu::trust
