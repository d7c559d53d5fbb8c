// Other providers by which people may sign in here (OpenID Connect), as the operator configures them: docs/openid.md.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "trust/subject.h"

namespace tsunagu::gateway::oidc {

struct ForeignProvider {
  std::string key;  ///< in our addresses: a-z, 0-9, '-'
  std::string title_ja, title_en;
  std::string issuer;
  std::string client_id;
  std::string secret;  ///< "": a public client
  std::vector<std::string> scopes{"openid", "profile"};
  std::string name_claim = "name";
  /// The claim that is the sign-in name of an account here; "": accounts are linked one by one. Whoever runs the
  /// provider can then come in as anybody.
  std::string account_claim;
  bool new_residents = false;  ///< people nobody has linked become residents with an account of their own
  trust::Assurance assurance = trust::Assurance::kSingle;
  std::vector<std::string> strong_acr;  ///< values of acr that stand for two factors
  std::string audience;                 ///< of access tokens of theirs that are taken as bearer; "": none are
};

/// The text of a file (TOML): [[provider]] tables with key, title (text, or {ja, en}), issuer, client_id, secret_file
/// or secret_env, scopes, name_claim, account_claim, unknown ("link" or "resident"), assurance ("single" or "strong"),
/// strong_acr, audience. InvalidRequest says where and what is wrong; a secret in the file itself is refused.
Result<std::vector<ForeignProvider>> read_providers(std::string_view toml, std::string_view file);
Result<std::vector<ForeignProvider>> read_providers_file(const std::string& file);

}  // namespace tsunagu::gateway::oidc
