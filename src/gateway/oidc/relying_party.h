// Signing in by another provider: authorization code with PKCE, state and nonce (OpenID Connect Core clause 3.1), its
// answers held to RFC 9700 (browser-bound state, issuer checked against mix-up) and RFC 9207.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/guard/authenticator.h"
#include "gateway/http/client.h"
#include "gateway/http/http.h"
#include "gateway/oidc/foreign_providers.h"
#include "gateway/openapi/document.h"
#include "trust/audit/record.h"
#include "trust/sign_in/accounts.h"
#include "trust/sign_in/sessions.h"

namespace tsunagu::gateway::oidc {

struct RelyingPartyOptions {
  std::string site;  ///< the public address of this server, without a slash at its end
  std::vector<ForeignProvider> providers;
  /// Set-Cookie of a session, from its token.
  std::function<Header(std::string_view token)> session_cookie;
};

/// Thread-safe. Everything given outlives it; `client` has stopped and so has the server before this ends.
class RelyingParty {
 public:
  RelyingParty(trust::Accounts& accounts, trust::Sessions& sessions, trust::Auditor& auditor, HttpClient& client,
               RelyingPartyOptions options);
  ~RelyingParty();

  /// Access tokens of providers that have an `audience` configured, of people whose identity there is linked. To be
  /// asked before the Provider's, which refuses what it does not know.
  Authenticator& bearer();
  /// GET /auth/provider/{key}, /auth/provider/{key}/callback.
  void add_routes(Router& router, openapi::Document& document);

 private:
  class Flow;
  class Bearer;
  std::shared_ptr<Flow> flow_;
  std::unique_ptr<Bearer> bearer_;
};

}  // namespace tsunagu::gateway::oidc
