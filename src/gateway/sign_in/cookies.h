// The cookies of sign-in (RFC 6265).
#pragma once
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Thread-safe.
class SignInCookies {
 public:
  /// Behind https they are Secure, and the session's name begins with __Host-: no other host can set it.
  explicit SignInCookies(std::string_view public_url);

  /// "" when there is none. Views into the request.
  std::string_view session(const Request& request) const;
  std::string_view device(const Request& request) const;

  /// Set-Cookie: as long as the browser runs; not readable by scripts; not sent along by other sites' forms.
  Header set_session(std::string_view token) const;
  Header clear_session() const;
  /// For a year, to /auth/ only.
  Header set_device(std::string_view device) const;

 private:
  const bool secure_;
  const std::string session_;
};

/// Value of the cookie `name`; "" when there is none.
std::string_view cookie(const Request& request, std::string_view name);

}  // namespace tsunagu::gateway
