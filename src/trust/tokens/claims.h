// What a token says (RFC 7519 clause 4), and whether it is said to us and now.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/tokens/jws.h"

namespace tsunagu::trust {

/// Clocks differ: a token holds this much longer, and earlier, than it says.
constexpr std::int64_t kLeeway = 30'000'000;  // µs

/// The claims of a token by name. Views into it.
class Claims {
 public:
  explicit Claims(std::string json) : json_(std::move(json)) {}
  std::string text(std::string_view name) const;             ///< "" when absent or no text
  std::optional<Instant> time(std::string_view name) const;  ///< of seconds since 1970; empty when absent or no number
  std::vector<std::string> texts(std::string_view name) const;  ///< of one text or a list
  bool has(std::string_view name) const;
  const std::string& json() const { return json_; }

 private:
  std::string json_;
};

/// What must be so.
struct Expected {
  std::string issuer;
  std::string audience;  ///< one of aud; "" is never right
  std::string type;      ///< typ, in small letters: "at+jwt"; "": any but "at+jwt"
};

/// `token`, whose signature holds, holds as a whole: iss, aud, typ, exp (needed), nbf, iat. Unauthorized otherwise.
Result<Claims> check_claims(const Jws& token, const Expected& expected, Instant now);

}  // namespace tsunagu::trust
