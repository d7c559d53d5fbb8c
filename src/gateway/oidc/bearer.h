// Access tokens as proof of who asks (RFC 6750, header only).
#pragma once
#include <optional>
#include <string_view>

#include "gateway/guard/authenticator.h"
#include "gateway/oidc/provider.h"

namespace tsunagu::gateway::oidc {

/// Asked after what looks at keys (sign_in/authenticators.h). Refuses every bearer that nobody knows: a request with broken credentials is never one without.
class Bearer final : public Authenticator {
 public:
  explicit Bearer(Provider::Parts& parts) : parts_(parts) {}
  /// Forbidden when the token's scopes do not go as far as the request.
  Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) override;
  /// Whose token it is.
  Result<trust::SubjectPtr> subject_of(std::string_view token, Instant now);

 private:
  Result<trust::SubjectPtr> check(std::string_view token, Instant now, Instant& until);
  bool still_there(const trust::Subject& subject) const;
  Provider::Parts& parts_;
};

}  // namespace tsunagu::gateway::oidc
