// Who makes a request, by the cookie of a session or by a key.
#pragma once
#include "gateway/guard/authenticator.h"
#include "gateway/sign_in/cookies.h"
#include "trust/sign_in/access_keys.h"
#include "trust/sign_in/sessions.h"

namespace tsunagu::gateway {

/// The session's cookie. One that does not hold any more is Unauthorized for what a program or a page's script asks;
/// pages themselves and /auth/ are given as to anybody, so that people can sign in again.
class SessionAuthenticator final : public Authenticator {
 public:
  /// Both outlive it.
  SessionAuthenticator(const trust::Sessions& sessions, const SignInCookies& cookies)
      : sessions_(sessions), cookies_(cookies) {}
  Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) override;
  Result<std::optional<trust::SubjectPtr>> still(const Request& request, Instant now) override;

 private:
  const trust::Sessions& sessions_;
  const SignInCookies& cookies_;
};

/// "Authorization: Bearer tsk_…" (RFC 6750), or as devices write it: "Token tsk_…", the password of "Basic",
/// "X-API-Key". Other bearer tokens are none of its business.
class KeyAuthenticator final : public Authenticator {
 public:
  explicit KeyAuthenticator(const trust::AccessKeys& keys) : keys_(keys) {}
  Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) override;

 private:
  const trust::AccessKeys& keys_;
};

/// A client certificate that stands for a device (AccessKeys). Others were good enough for the line, and tell nothing.
class CertificateAuthenticator final : public Authenticator {
 public:
  explicit CertificateAuthenticator(const trust::AccessKeys& keys) : keys_(keys) {}
  Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) override;

 private:
  const trust::AccessKeys& keys_;
};

/// What stands behind "Bearer " in the Authorization header; "" when it is another scheme, or there is none.
std::string_view bearer_token(const Request& request);

}  // namespace tsunagu::gateway
