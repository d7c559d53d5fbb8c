// OpenID Connect provider for our own apps and OAuth 2.0 server for programs (OpenID Connect Core, RFC 6749, 7009,
// 7636, 7662, 8414, 9068, 9207): docs/openid.md.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "gateway/guard/authenticator.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/audit/record.h"
#include "trust/clients/client.h"
#include "trust/sign_in/accounts.h"
#include "trust/sign_in/sessions.h"
#include "trust/tokens/own_keys.h"

namespace tsunagu::gateway::oidc {

struct ProviderOptions {
  std::string issuer;              ///< the public address of this server, without a slash at its end
  std::filesystem::path key_file;  ///< DATA/trust/tokens.jwk
};

/// Thread-safe. Everything given to make() outlives it, the store being stopped before this ends.
class Provider {
 public:
  struct Parts;  // provider_parts.h

  /// Reads clients, grants and keys. Errors: those of OwnKeys::open.
  static Result<std::unique_ptr<Provider>> make(store::Store& store, const trust::Accounts& accounts,
                                                trust::Sessions& sessions, trust::Auditor& auditor,
                                                ProviderOptions options);
  ~Provider();

  /// Knows the access tokens that were made here. To be asked after everything else that looks at "Bearer".
  Authenticator& bearer();
  /// Is there such a program (client_id)?
  bool knows(std::string_view client) const;
  /// /.well-known/…, /oidc/….
  void add_routes(Router& router, openapi::Document& document);

 private:
  explicit Provider(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tsunagu::gateway::oidc
