// /oidc/clients: which programs are known (right "clients", asked by the guard).
#include <memory>

#include "base/json_object.h"
#include "gateway/guard/caller.h"
#include "gateway/oidc/provider_parts.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::string_view kClientSchema =
    R"({"type":"object","required":["client_name"],"additionalProperties":false,"properties":{)"
    R"("client_id":{"type":"string","pattern":"^[a-z0-9_.-]{1,64}$"},"client_name":{"type":"string"},)"
    R"("client_name#en":{"type":"string"},"redirect_uris":{"type":"array","items":{"type":"string"}},)"
    R"("post_logout_redirect_uris":{"type":"array","items":{"type":"string"}},"grant_types":{"type":"array","items":)"
    R"({"type":"string","enum":["authorization_code","refresh_token","client_credentials"]}},)"
    R"("token_endpoint_auth_method":{"type":"string","enum":["client_secret_basic","client_secret_post",)"
    R"("private_key_jwt","none"]},"scope":{"type":"string"},"jwks":{"type":"object"},"tenant":{"type":"string"},)"
    R"("first_party":{"type":"boolean"},"client_secret":{"type":"string","readOnly":true},)"
    R"("client_id_issued_at":{"type":"integer","readOnly":true}}})";

void list(const Provider::Parts& parts, Reply reply) {
  std::string body = "[";
  for (const auto& client : parts.clients.all()) {
    if (body.size() > 1) body += ',';
    body += describe(*client);
  }
  reply.send(json_answer(body += ']'));
}

void add(Provider::Parts& parts, const Request& request, Reply reply) {
  auto client = trust::read_registration(request.body());
  if (!client) return reply.send(client.error());
  const std::string secret = trust::issue(*client, now());
  const auto kept = std::make_shared<const trust::Client>(std::move(*client));
  const auto answer = std::make_shared<Reply>(std::move(reply));
  parts.record(trust::AuditKind::kAccount, request.caller()->subject, "client added", "ok", request, kept->id);
  parts.clients.change(
      kept->id,
      [&](const trust::ClientPtr& current) -> Result<trust::ClientPtr> {
        if (current) return fail(ErrorCode::kAlreadyExists, "There is a client \"" + kept->id + "\" already.");
        return kept;
      },
      [answer, kept, secret](const Result<trust::ClientPtr>& written) {
        if (!written) return answer->send(written.error());
        std::string body = describe(*kept);
        if (!secret.empty()) {
          body.pop_back();
          body += ",\"client_secret\":";
          append_json_string(body, secret);
          body += '}';
        }
        Response response = json_answer(std::move(body));
        response.status = 201;
        response.headers.emplace_back("Location", "/oidc/clients/" + kept->id);
        answer->send(std::move(response));
      });
}

void remove(Provider::Parts& parts, const Request& request, const std::string& id, Reply reply) {
  const auto answer = std::make_shared<Reply>(std::move(reply));
  parts.record(trust::AuditKind::kAccount, request.caller()->subject, "client removed", "ok", request, id);
  parts.clients.change(
      id,
      [&](const trust::ClientPtr& current) -> Result<trust::ClientPtr> {
        if (!current) return fail(ErrorCode::kResourceNotFound, "There is no client \"" + id + "\".");
        return trust::ClientPtr();
      },
      [answer, &parts, id](const Result<trust::ClientPtr>& written) {
        if (!written) return answer->send(written.error());
        parts.checked.clear();
        parts.grants.end_where([&](const trust::ClientGrant& grant) { return grant.client == id; });
        Response response;
        response.status = 204;
        answer->send(std::move(response));
      });
}

}  // namespace

void add_client_routes(Router& router, openapi::Document& document, Provider::Parts& parts) {
  document.add_schema("OAuthClient", kClientSchema);
  document.add_schema("OAuthClients", R"({"type":"array","items":{"$ref":"#/components/schemas/OAuthClient"}})");
  const auto operation = [](std::string_view id, std::string_view summary) {
    openapi::Operation out;
    out.id = id;
    out.tag = "OpenID Connect";
    out.summary = summary;
    out.answers.push_back({403, "Needs the right \"clients\"", "ProblemDetails", {"application/json"}});
    return out;
  };
  openapi::Operation listing = operation("listClients", "Programs that are known (OAuth 2.0 clients)");
  listing.answers.push_back({200, "All of them, without secrets", "OAuthClients", {"application/json"}});
  document.add("GET", "/oidc/clients", std::move(listing));
  openapi::Operation adding = operation("addClient", "Make a program known; its secret is in the answer, once");
  adding.body_schema = "OAuthClient";
  adding.body_media_types = {"application/json"};
  adding.answers.push_back({201, "Made", "OAuthClient", {"application/json"}});
  adding.answers.push_back({409, "The id is taken", "ProblemDetails", {"application/json"}});
  document.add("POST", "/oidc/clients", std::move(adding));
  openapi::Operation removing = operation("removeClient", "Forget a program: nothing it has holds any more");
  removing.parameters = {{"id", "path", "client_id", R"({"type":"string"})"}};
  removing.answers.push_back({204, "Gone", "", {}});
  removing.answers.push_back({404, "There is none", "ProblemDetails", {"application/json"}});
  document.add("DELETE", "/oidc/clients/{id}", std::move(removing));

  router.add("GET", "/oidc/clients",
             [&parts](const RequestPtr&, const PathParameters&, Reply reply) { list(parts, std::move(reply)); });
  router.add("POST", "/oidc/clients", [&parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    add(parts, *request, std::move(reply));
  });
  router.add("DELETE", "/oidc/clients/{id}",
             [&parts](const RequestPtr& request, const PathParameters& parameters, Reply reply) {
               remove(parts, *request, parameters[0], std::move(reply));
             });
}

}  // namespace tsunagu::gateway::oidc
