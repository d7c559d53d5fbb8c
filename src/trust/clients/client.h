// Programs that are known here: apps by which people sign in, and services that come by themselves (OAuth 2.0 clients).
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/keeper.h"
#include "trust/subject.h"
#include "trust/tokens/jws.h"

namespace tsunagu::trust {

/// Names of RFC 7591 clause 2, in JSON too.
struct Client {
  std::string id;
  std::string name, name_en;  ///< client_name, client_name#en
  std::vector<std::string> redirect_uris, post_logout_redirect_uris;
  std::vector<std::string> grant_types;
  std::string auth_method;  ///< token_endpoint_auth_method: one of the four below
  std::vector<std::string> scopes;
  std::string jwks;  ///< JSON; "" for none
  std::string tenant;
  bool first_party = false;  ///< an app of our own: people are not asked whether they allow it
  std::string secret;        ///< SHA-256 of its secret (32 random bytes), hex; "" for none
  Instant made;

  KeySet keys;  ///< of jwks

  bool may(std::string_view grant_type) const;
  bool confidential() const { return auth_method != "none"; }
};
using ClientPtr = std::shared_ptr<const Client>;

inline constexpr std::string_view kAuthorizationCode = "authorization_code", kRefreshToken = "refresh_token",
                                  kClientCredentials = "client_credentials";

/// What may be asked for. openid, profile and offline_access are of OpenID Connect; behind graph.write, rights that are
/// not about entities (policies name them): a token without them has none, whoever it stands for.
inline constexpr std::string_view kGraphRead = "graph.read", kGraphWrite = "graph.write";
const std::vector<std::string_view>& known_scopes();

/// A registration as an operator writes it (JSON, members as above; only client_name is needed). BadRequestData says
/// what is wrong. Gives it an id when it has none; the secret is not made here.
Result<Client> read_registration(std::string_view json);

std::string to_json(const Client& client);              ///< as it is kept
bool read_item(std::string_view json, Client& client);  ///< the same way back
std::string describe(const Client& client);             ///< as it is shown: without the digest of the secret

/// What of `asked` (separated by spaces; "": all) `client` may have, in the order of known_scopes().
std::string grantable(const Client& client, std::string_view asked);
bool has_scope(std::string_view scopes, std::string_view scope);

/// Dates a registration that is about to be kept, and gives the secret when it has one: shown once, kept as a digest.
std::string issue(Client& client, Instant now);
/// Is `secret` that of the client? In constant time.
bool secret_fits(const Client& client, std::string_view secret);
std::string secret_digest(std::string_view secret);

/// All clients: documents "trust.clients". Thread-safe.
using Clients = Keeper<Client>;
inline constexpr std::string_view kClientCollection = "trust.clients";

/// As which it comes by client credentials: urn:ngsi-ld:Program:ID.
Subject subject_of(const Client& client);

}  // namespace tsunagu::trust
