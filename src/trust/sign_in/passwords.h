// Passwords: which are good enough, and what is kept of them (Argon2id, RFC 9106, as libsodium writes it).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::trust {

/// About 100 ms of one core and 64 MiB each time.
struct PasswordCost {
  std::uint64_t passes = 2;
  std::size_t memory = std::size_t{64} << 20;  ///< bytes
};

/// Unavailable when there is no memory for it. Not for the thread of a connection.
Result<std::string> hash_password(std::string_view password, PasswordCost cost = {});

/// Does it fit? `hash` "" (no account, or one without a password): takes as long, answers false.
bool password_fits(std::string_view hash, std::string_view password, PasswordCost cost = {});

/// Why it is not taken as a new password: 10 to 256 characters, none that everybody tries first, nothing made of the
/// account's name or of one character. No rules on kinds of characters (NIST SP 800-63B clause 5.1.1.2).
std::optional<Error> password_problem(std::string_view password, std::string_view account);

}  // namespace tsunagu::trust
