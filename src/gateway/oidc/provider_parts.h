// What the routes of the provider share. Internal to them.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/oidc/bearer.h"
#include "gateway/oidc/provider.h"
#include "trust/clients/grants.h"
#include "trust/tokens/claims.h"
#include "trust/tokens/memory.h"

namespace tsunagu::gateway::oidc {

inline constexpr std::int64_t kSecond = 1'000'000;  // µs
inline constexpr std::int64_t kAccessTokenLife = 600 * kSecond;
inline constexpr std::int64_t kIdTokenLife = 600 * kSecond;

/// A person allowed a client these scopes: not asked again. Documents "trust.approvals", by "ACCOUNT CLIENT".
struct Approval {
  std::string account, client, scopes;
};
std::string to_json(const Approval& approval);
bool read_item(std::string_view json, Approval& approval);

struct Provider::Parts {
  Parts(store::Store& given_store, const trust::Accounts& given_accounts, trust::Sessions& given_sessions,
        trust::Auditor& given_auditor, ProviderOptions given_options, std::unique_ptr<trust::OwnKeys> given_keys);

  store::Store& store;
  const trust::Accounts& accounts;
  trust::Sessions& sessions;
  trust::Auditor& auditor;
  const ProviderOptions options;
  const std::unique_ptr<trust::OwnKeys> keys;
  trust::Clients clients;
  trust::ClientGrants grants;
  trust::Keeper<Approval> approvals;
  trust::Codes codes;
  trust::Revocations revocations;
  trust::CheckedTokens checked;
  trust::UsedOnce assertions;
  Bearer bearer;
  const std::string again_key;  ///< signs "sign in again" addresses; made at start

  /// The account of a person who may still come in; null otherwise.
  trust::AccountPtr account_of(std::string_view name) const;

  /// An access token (RFC 9068) for `subject`; `grant`: "" for a program's own.
  std::string access_token(const trust::Subject& subject, const std::string& client, const std::string& scopes,
                           const std::string& grant, Instant signed_in, Instant now);
  std::string id_token(const trust::ClientGrant& grant, const trust::Account& account, const std::string& nonce,
                       std::string_view access_token, Instant now);
  /// Nothing that carries `id` (a grant, a token) holds any more; the grant is gone.
  void take_back(const std::string& id, Instant now, std::function<void(Result<void>)> done);

  void record(trust::AuditKind kind, trust::SubjectPtr subject, std::string action, std::string outcome,
              const Request& request, std::string detail = {});
};

/// Parameters of a query or form, each at most once.
class Form {
 public:
  static Result<Form> read(std::string_view query);
  /// application/x-www-form-urlencoded.
  static Result<Form> of_body(const Request& request);
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return items_.contains(name); }

  /// As a query string, but for the parameter `name`.
  std::string encoded_without(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> items_;
};

/// {"error","error_description"} as RFC 6749 clause 5.2 has it.
Response oauth_error(unsigned status, std::string_view error, std::string_view description);
Response json_answer(std::string body);
Response redirect(std::string address);

/// Which client makes the request, by one of the methods it is registered for. The error is invalid_client's text.
Result<trust::ClientPtr> authenticate_client(Provider::Parts& parts, const Request& request, const Form& form,
                                             Instant now);

void add_authorize_routes(Router& router, openapi::Document& document, Provider::Parts& parts);
void add_token_routes(Router& router, openapi::Document& document, Provider::Parts& parts);
void add_end_session_routes(Router& router, openapi::Document& document, Provider::Parts& parts);
void add_client_routes(Router& router, openapi::Document& document, Provider::Parts& parts);
void add_metadata_routes(Router& router, openapi::Document& document, Provider::Parts& parts);

}  // namespace tsunagu::gateway::oidc
