#include "gateway/oidc/provider.h"

#include "base/json_object.h"
#include "base/url.h"
#include "gateway/oidc/provider_parts.h"
#include "ngsi/json_walk.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::gateway::oidc {
namespace {

std::string text_at(std::string_view json, std::string_view name) {
  const auto value = ngsi::walk::member(json, name);
  return ngsi::walk::is_string(value) ? json_string_text(value) : std::string();
}

std::int64_t seconds(Instant at) {
  return at.us / kSecond;
}

}  // namespace

std::string to_json(const Approval& approval) {
  std::string out;
  JsonObject(out)
      .text("account", approval.account)
      .text("client", approval.client)
      .text("scopes", approval.scopes)
      .end();
  return out;
}

bool read_item(std::string_view json, Approval& approval) {
  approval = {text_at(json, "account"), text_at(json, "client"), text_at(json, "scopes")};
  return !approval.account.empty() && !approval.client.empty();
}

Provider::Parts::Parts(store::Store& given_store, const trust::Accounts& given_accounts,
                       trust::Sessions& given_sessions, trust::Auditor& given_auditor, ProviderOptions given_options,
                       std::unique_ptr<trust::OwnKeys> given_keys)
    : store(given_store),
      accounts(given_accounts),
      sessions(given_sessions),
      auditor(given_auditor),
      options(std::move(given_options)),
      keys(std::move(given_keys)),
      clients(store, std::string(trust::kClientCollection)),
      grants(store),
      approvals(store, "trust.approvals"),
      revocations(store),
      bearer(*this),
      again_key(trust::random_text(32)) {
  const Instant at = now();
  revocations.load(at);
  grants.end_where([at](const trust::ClientGrant& grant) { return grant.until() <= at; });
}

bool Provider::knows(std::string_view client) const { return parts_->clients.find(client) != nullptr; }

trust::AccountPtr Provider::Parts::account_of(std::string_view name) const {
  auto account = name.empty() ? nullptr : accounts.find(name);
  return account && !account->disabled ? account : nullptr;
}

std::string Provider::Parts::access_token(const trust::Subject& subject, const std::string& client,
                                          const std::string& scopes, const std::string& grant, Instant signed_in,
                                          Instant now) {
  std::string claims;
  JsonObject object(claims);
  object.text("iss", options.issuer)
      .text("sub", subject.id)
      .text("aud", options.issuer)
      .text("client_id", client)
      .number("iat", seconds(now))
      .number("exp", seconds(now) + kAccessTokenLife / kSecond)
      .text("jti", trust::random_text(16))
      .text("scope", scopes);
  if (!grant.empty()) {
    object.text("grant", grant)
        .text("username", subject.account)
        .text("acr", std::to_string(static_cast<int>(subject.assurance)))
        .number("auth_time", seconds(signed_in));
  }
  object.end();
  return keys->signing(now).sign("at+jwt", claims);
}

std::string Provider::Parts::id_token(const trust::ClientGrant& grant, const trust::Account& account,
                                      const std::string& nonce, std::string_view access_token, Instant now) {
  const auto digest = trust::sha256(access_token);
  std::string claims;
  JsonObject object(claims);
  object.text("iss", options.issuer)
      .text("sub", grant.subject)
      .text("aud", grant.client)
      .number("iat", seconds(now))
      .number("exp", seconds(now) + kIdTokenLife / kSecond)
      .number("auth_time", seconds(grant.signed_in))
      .text("acr", std::to_string(static_cast<int>(grant.assurance)))
      .text("sid", grant.session)
      .text("at_hash", trust::to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size() / 2}))
      .text_if("nonce", nonce);
  if (trust::has_scope(grant.scopes, "profile"))
    object.text("name", account.title).text("preferred_username", account.name);
  object.end();
  return keys->signing(now).sign("JWT", claims);
}

void Provider::Parts::take_back(const std::string& id, Instant now, std::function<void(Result<void>)> done) {
  revocations.revoke(id, Instant{now.us + kAccessTokenLife + trust::kLeeway},
                     [this, id, done = std::move(done)](const Result<void>& revoked) {
                       if (!revoked) return done(revoked);
                       grants.end(id, done);
                     });
  checked.clear();
}

void Provider::Parts::record(trust::AuditKind kind, trust::SubjectPtr subject, std::string action, std::string outcome,
                             const Request& request, std::string detail) {
  trust::AuditRecord entry;
  entry.kind = kind;
  entry.subject = std::move(subject);
  entry.action = std::move(action);
  entry.outcome = std::move(outcome);
  entry.request = std::string(request.method()) + ' ' + std::string(request.path());
  entry.peer = request.peer();
  entry.tenant = entry.subject->tenant;
  entry.detail = std::move(detail);
  auditor.record(std::move(entry), {});
}

Result<Form> Form::read(std::string_view query) {
  auto parsed = parse_query(query);
  if (!parsed) return tl::unexpected(parsed.error());
  Form form;
  for (auto& [name, value] : *parsed) {
    if (!form.items_.try_emplace(name, std::move(value)).second)
      return fail(ErrorCode::kInvalidRequest, "the parameter " + name + " is there twice");
  }
  return form;
}

Result<Form> Form::of_body(const Request& request) {
  const std::string_view type = request.header("Content-Type");
  if (!type.starts_with("application/x-www-form-urlencoded"))
    return fail(ErrorCode::kInvalidRequest, "the body is application/x-www-form-urlencoded");
  return read(request.body());
}

std::string_view Form::get(std::string_view name) const {
  const auto found = items_.find(name);
  return found == items_.end() ? std::string_view() : found->second;
}

std::string Form::encoded_without(std::string_view name) const {
  std::string out;
  for (const auto& [each, value] : items_) {
    if (each == name) continue;
    if (!out.empty()) out += '&';
    append_percent_encoded(out, each);
    out += '=';
    append_percent_encoded(out, value);
  }
  return out;
}

Response oauth_error(unsigned status, std::string_view error, std::string_view description) {
  std::string body;
  JsonObject(body).text("error", error).text_if("error_description", description).end();
  Response response = json_answer(std::move(body));
  response.status = status;
  return response;
}

Response json_answer(std::string body) {
  Response response;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

Response redirect(std::string address) {
  Response response;
  response.status = 303;
  response.headers = {
      {"Location", std::move(address)}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}};
  return response;
}

Provider::Provider(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Provider::~Provider() = default;

Result<std::unique_ptr<Provider>> Provider::make(store::Store& store, const trust::Accounts& accounts,
                                                 trust::Sessions& sessions, trust::Auditor& auditor,
                                                 ProviderOptions options) {
  auto keys = trust::OwnKeys::open(options.key_file, now());
  if (!keys) return tl::unexpected(keys.error());
  return std::unique_ptr<Provider>(
      new Provider(std::make_unique<Parts>(store, accounts, sessions, auditor, std::move(options), std::move(*keys))));
}

Authenticator& Provider::bearer() {
  return parts_->bearer;
}

void Provider::add_routes(Router& router, openapi::Document& document) {
  add_metadata_routes(router, document, *parts_);
  add_authorize_routes(router, document, *parts_);
  add_token_routes(router, document, *parts_);
  add_end_session_routes(router, document, *parts_);
  add_client_routes(router, document, *parts_);
}

}  // namespace tsunagu::gateway::oidc
