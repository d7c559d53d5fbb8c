// /oidc/token, /oidc/introspect, /oidc/revoke, /oidc/userinfo.
#include <algorithm>
#include <memory>

#include "base/json_object.h"
#include "gateway/guard/caller.h"
#include "gateway/oidc/provider_parts.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::size_t kLeastVerifier = 43, kMostVerifier = 128;

using SharedReply = std::shared_ptr<Reply>;

void refuse(Reply& reply, std::string_view error, std::string_view description) {
  reply.send(oauth_error(400, error, description));
}

/// An answer that the store could not make durable is none.
void refuse(Reply& reply, const Error& error) {
  if (error.code == ErrorCode::kUnauthorized) return refuse(reply, "invalid_grant", error.detail);
  reply.send(oauth_error(info(error.code).status, "server_error", error.detail));
}

std::string s256(std::string_view verifier) {
  const auto digest = trust::sha256(verifier);
  return trust::to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

struct Tokens {
  std::string access, id, refresh, scopes;
};
Response token_answer(const Tokens& tokens) {
  std::string body;
  JsonObject(body)
      .text("access_token", tokens.access)
      .text("token_type", "Bearer")
      .number("expires_in", kAccessTokenLife / kSecond)
      .text_if("refresh_token", tokens.refresh)
      .text_if("id_token", tokens.id)
      .text("scope", tokens.scopes)
      .end();
  Response response = json_answer(std::move(body));
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

class TokenRoutes {
 public:
  explicit TokenRoutes(Provider::Parts& parts) : parts_(parts) {}

  void token(const Request& request, Reply reply) const {
    const Instant at = now();
    const auto form = Form::of_body(request);
    if (!form) return refuse(reply, "invalid_request", form.error().detail);
    const auto client = known(request, *form, at, reply);
    if (!client) return;
    const std::string_view type = form->get("grant_type");
    if (type != trust::kAuthorizationCode && type != trust::kRefreshToken && type != trust::kClientCredentials)
      return refuse(reply, "unsupported_grant_type",
                    "grant_type is authorization_code, refresh_token or client_credentials.");
    if (!client->may(type)) return refuse(reply, "unauthorized_client", "The client is not registered for this.");
    if (form->has("resource") && form->get("resource") != parts_.options.issuer)
      return refuse(reply, "invalid_target", "resource is " + parts_.options.issuer + ".");
    if (type == trust::kAuthorizationCode) return by_code(request, *client, *form, at, std::move(reply));
    if (type == trust::kRefreshToken) return by_refresh(request, *client, *form, at, std::move(reply));
    by_itself(request, *client, *form, at, std::move(reply));
  }

  /// RFC 7662. For clients that have a secret or key; refresh tokens only their own.
  void introspect(const Request& request, Reply reply) const {
    const Instant at = now();
    const auto form = Form::of_body(request);
    if (!form) return refuse(reply, "invalid_request", form.error().detail);
    const auto client = known(request, *form, at, reply);
    if (!client) return;
    if (!client->confidential())
      return refuse(reply, "unauthorized_client", "Only clients with a secret or key may ask.");
    const std::string_view token = form->get("token");
    std::string body;
    JsonObject object(body);
    if (const auto subject = parts_.bearer.subject_of(token, at)) {
      const trust::Claims claims(trust::read_jws(token)->claims);
      object.truth("active", true).text("token_type", "Bearer");
      for (const std::string_view name : {"iss", "sub", "aud", "client_id", "jti", "scope", "username", "acr"}) {
        if (claims.has(name)) object.text(name, claims.text(name));
      }
      for (const std::string_view name : {"iat", "exp", "auth_time"}) {
        if (const auto time = claims.time(name)) object.number(name, time->us / kSecond);
      }
    } else if (const auto grant = parts_.grants.holding(token, at); grant && grant->client == client->id) {
      object.truth("active", true)
          .text("token_type", "refresh_token")
          .text("iss", parts_.options.issuer)
          .text("sub", grant->subject)
          .text("client_id", grant->client)
          .text("scope", grant->scopes)
          .number("exp", grant->until().us / kSecond);
    } else {
      object.truth("active", false);
    }
    object.end();
    reply.send(json_answer(std::move(body)));
  }

  /// RFC 7009: 200 also for what is no token (any more). A token takes all of its grant with it.
  void revoke(const Request& request, Reply reply) const {
    const Instant at = now();
    const auto form = Form::of_body(request);
    if (!form) return refuse(reply, "invalid_request", form.error().detail);
    const auto client = known(request, *form, at, reply);
    if (!client) return;
    const std::string_view token = form->get("token");
    std::string id;
    if (const auto grant = parts_.grants.holding(token, at); grant && grant->client == client->id) {
      id = grant->id;
    } else if (const auto subject = parts_.bearer.subject_of(token, at)) {
      const trust::Claims claims(trust::read_jws(token)->claims);
      if (claims.text("client_id") == client->id) id = claims.has("grant") ? claims.text("grant") : claims.text("jti");
    }
    if (id.empty()) return reply.send(json_answer("{}"));
    parts_.record(trust::AuditKind::kSignOut, std::make_shared<trust::Subject>(trust::subject_of(*client)),
                  "token revoked", "ok", request, id);
    const auto answer = std::make_shared<Reply>(std::move(reply));
    parts_.take_back(id, at, [answer](const Result<void>& done) {
      done ? answer->send(json_answer("{}")) : refuse(*answer, done.error());
    });
  }

  void userinfo(const Request& request, Reply reply) const {
    const trust::Subject& subject = *request.caller()->subject;
    const auto account = parts_.account_of(subject.account);
    if (!trust::has_scope(subject.scopes, "openid") || !account) {
      Response response =
          problem({ErrorCode::kUnauthorized, "This takes an access token of a person with the scope openid."});
      response.headers.emplace_back("WWW-Authenticate", "Bearer");
      return reply.send(std::move(response));
    }
    std::string body;
    JsonObject object(body);
    object.text("sub", subject.id);
    if (trust::has_scope(subject.scopes, "profile"))
      object.text("name", account->title).text("preferred_username", account->name);
    object.end();
    reply.send(json_answer(std::move(body)));
  }

 private:
  /// Null: it has been answered.
  trust::ClientPtr known(const Request& request, const Form& form, Instant at, Reply& reply) const {
    auto client = authenticate_client(parts_, request, form, at);
    if (client) return *client;
    parts_.record(trust::AuditKind::kSignIn, trust::nobody(), "client", "refused", request,
                  std::string(form.get("client_id").substr(0, 64)));
    Response response = oauth_error(401, "invalid_client", client.error().detail);
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"tsunagu\"");
    reply.send(std::move(response));
    return nullptr;
  }

  void by_code(const Request& request, const trust::Client& client, const Form& form, Instant at, Reply reply) const {
    auto code = parts_.codes.take(form.get("code"), at);
    if (!code) return refuse(reply, "invalid_grant", "The code is unknown or too old: ask the person again.");
    const trust::ClientGrant& grant = code->grant;
    if (code->used) {
      parts_.record(trust::AuditKind::kSignIn, std::make_shared<trust::Subject>(trust::subject_of(client)), "code",
                    "used again: its tokens are taken back", request, grant.id);
      const auto answer = std::make_shared<Reply>(std::move(reply));
      return parts_.take_back(grant.id, at, [answer](const Result<void>&) {
        refuse(*answer, "invalid_grant", "The code was used before.");
      });
    }
    const std::string_view verifier = form.get("code_verifier");
    const bool fits = grant.client == client.id && code->redirect_uri == form.get("redirect_uri") &&
                      verifier.size() >= kLeastVerifier && verifier.size() <= kMostVerifier &&
                      s256(verifier) == code->challenge;
    if (!fits)
      return refuse(reply, "invalid_grant", "Client, redirect_uri or code_verifier is not that of the request.");
    const auto account = parts_.account_of(grant.account);
    if (!account || account->subject != grant.subject)
      return refuse(reply, "invalid_grant", "The account cannot sign in any more.");
    Tokens tokens = tokens_of(grant, *account, code->nonce, at);
    if (!client.may(trust::kRefreshToken)) return reply.send(token_answer(tokens));
    const auto answer = std::make_shared<Reply>(std::move(reply));
    parts_.grants.begin(grant, at, [answer, tokens](Result<trust::ClientGrants::Renewed> begun) mutable {
      if (!begun) return refuse(*answer, begun.error());
      tokens.refresh = std::move(begun->refresh_token);
      answer->send(token_answer(tokens));
    });
  }

  void by_refresh(const Request& request, const trust::Client& client, const Form& form, Instant at,
                  Reply reply) const {
    const auto answer = std::make_shared<Reply>(std::move(reply));
    const std::string asked(form.get("scope"));
    const auto reused = [&](const trust::ClientGrant& grant) {
      parts_.record(trust::AuditKind::kSignIn, std::make_shared<trust::Subject>(trust::subject_of(client)),
                    "refresh token", "used again: the grant is taken back", request, grant.id);
      parts_.revocations.revoke(grant.id, Instant{at.us + kAccessTokenLife + trust::kLeeway}, {});
      parts_.checked.clear();
    };
    parts_.grants.renew(form.get("refresh_token"), client.id, at, reused,
                        [this, answer, asked, at, client](Result<trust::ClientGrants::Renewed> renewed) {
                          renewed ? renew(client, std::move(*renewed), asked, at, *answer)
                                  : refuse(*answer, renewed.error());
                        });
  }

  void renew(const trust::Client& client, trust::ClientGrants::Renewed renewed, const std::string& asked, Instant at,
             Reply& reply) const {
    trust::ClientGrant grant = *renewed.grant;
    const auto account = parts_.account_of(grant.account);
    const bool away = trust::has_scope(grant.scopes, "offline_access") || parts_.sessions.find(grant.session, at);
    if (!account || account->subject != grant.subject || !away) {
      parts_.grants.end(grant.id, {});
      return refuse(reply, "invalid_grant", "The person has signed out, or cannot sign in any more.");
    }
    // No more than was given, than the client may have now, than it asks for.
    std::string scopes;
    for (const std::string_view scope : trust::known_scopes()) {
      const bool given =
          trust::has_scope(grant.scopes, scope) && std::ranges::find(client.scopes, scope) != client.scopes.end();
      if (given && (asked.empty() || trust::has_scope(asked, scope)))
        scopes.append(scopes.empty() ? "" : " ").append(scope);
    }
    if (scopes.empty()) return refuse(reply, "invalid_scope", "None of these scopes was given.");
    grant.scopes = std::move(scopes);
    Tokens tokens = tokens_of(grant, *account, {}, at);
    tokens.refresh = std::move(renewed.refresh_token);
    reply.send(token_answer(tokens));
  }

  void by_itself(const Request& request, const trust::Client& client, const Form& form, Instant at, Reply reply) const {
    std::string scopes;
    const std::string may = trust::grantable(client, form.get("scope"));
    for (const std::string_view scope : trust::known_scopes()) {
      const bool of_people = scope == "openid" || scope == "profile" || scope == "offline_access";
      if (!of_people && trust::has_scope(may, scope)) scopes.append(scopes.empty() ? "" : " ").append(scope);
    }
    if (scopes.empty())
      return refuse(reply, "invalid_scope", "A program by itself has graph.read, graph.write or rights.");
    const auto subject = std::make_shared<trust::Subject>(trust::subject_of(client));
    parts_.record(trust::AuditKind::kSignIn, subject, "client_credentials", "ok", request);
    Tokens tokens;
    tokens.scopes = scopes;
    tokens.access = parts_.access_token(*subject, client.id, scopes, "", kNoInstant, at);
    reply.send(token_answer(tokens));
  }

  Tokens tokens_of(const trust::ClientGrant& grant, const trust::Account& account, const std::string& nonce,
                   Instant at) const {
    Tokens tokens;
    tokens.scopes = grant.scopes;
    tokens.access = parts_.access_token(trust::subject_of(account, grant.assurance), grant.client, grant.scopes,
                                        grant.id, grant.signed_in, at);
    if (trust::has_scope(grant.scopes, "openid")) tokens.id = parts_.id_token(grant, account, nonce, tokens.access, at);
    return tokens;
  }

  Provider::Parts& parts_;
};

openapi::Operation form_operation(std::string_view id, std::string_view summary, std::string_view schema) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "OpenID Connect";
  operation.summary = summary;
  operation.body_schema = "Form";
  operation.body_media_types = {"application/x-www-form-urlencoded"};
  operation.answers.push_back({200, "Done", schema, {"application/json"}});
  operation.answers.push_back({400, "The request is wrong", "OAuthError", {"application/json"}});
  operation.answers.push_back({401, "The client is not known", "OAuthError", {"application/json"}});
  return operation;
}

}  // namespace

void add_token_routes(Router& router, openapi::Document& document, Provider::Parts& parts) {
  document.add_schema("OAuthError", R"({"type":"object","required":["error"],"properties":{"error":{"type":"string"},)"
                                    R"("error_description":{"type":"string"}}})");
  document.add_schema(
      "OAuthTokens",
      R"({"type":"object","properties":{"access_token":{"type":"string"},"token_type":{"type":"string"},)"
      R"("expires_in":{"type":"integer"},"refresh_token":{"type":"string"},"id_token":{"type":"string"},)"
      R"("scope":{"type":"string"}}})");
  document.add_schema("OAuthTokenState", R"({"type":"object","required":["active"],"properties":{"active":)"
                                         R"({"type":"boolean"}},"additionalProperties":true})");
  document.add_schema("UserInfo", R"({"type":"object","required":["sub"],"properties":{"sub":{"type":"string"},)"
                                  R"("name":{"type":"string"},"preferred_username":{"type":"string"}}})");
  document.add("POST", "/oidc/token",
               form_operation("token", "Tokens for a code, a refresh token or a client", "OAuthTokens"));
  document.add("POST", "/oidc/introspect",
               form_operation("introspect", "What a token says, if it holds", "OAuthTokenState"));
  document.add("POST", "/oidc/revoke", form_operation("revoke", "Take a token and its grant back", "OAuthTokenState"));
  openapi::Operation person;
  person.id = "userinfo";
  person.tag = "OpenID Connect";
  person.summary = "Who the access token is about";
  person.answers.push_back({200, "Claims", "UserInfo", {"application/json"}});
  person.answers.push_back({401, "No token of a person", "ProblemDetails", {"application/json"}});
  document.add("GET", "/oidc/userinfo", person);
  person.id = "userinfoByPost";
  document.add("POST", "/oidc/userinfo", std::move(person));

  const auto routes = std::make_shared<const TokenRoutes>(parts);
  const auto add = [&](std::string_view method, std::string_view path,
                       void (TokenRoutes::*work)(const Request&, Reply) const) {
    router.add(method, path, [routes, work](const RequestPtr& request, const PathParameters&, Reply reply) {
      ((*routes).*work)(*request, std::move(reply));
    });
  };
  add("POST", "/oidc/token", &TokenRoutes::token);
  add("POST", "/oidc/introspect", &TokenRoutes::introspect);
  add("POST", "/oidc/revoke", &TokenRoutes::revoke);
  add("GET", "/oidc/userinfo", &TokenRoutes::userinfo);
  add("POST", "/oidc/userinfo", &TokenRoutes::userinfo);
}

}  // namespace tsunagu::gateway::oidc
