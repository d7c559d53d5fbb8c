// What others have to know of the provider: OpenID Connect Discovery, RFC 8414, the public keys.
#include "base/json_object.h"
#include "gateway/oidc/provider_parts.h"

namespace tsunagu::gateway::oidc {
namespace {

std::string metadata(const std::string& issuer) {
  std::string out;
  JsonObject object(out);
  object.text("issuer", issuer);
  for (const auto& [name, path] : {std::pair{"authorization_endpoint", "/oidc/authorize"},
                                   {"token_endpoint", "/oidc/token"},
                                   {"userinfo_endpoint", "/oidc/userinfo"},
                                   {"jwks_uri", "/oidc/jwks"},
                                   {"introspection_endpoint", "/oidc/introspect"},
                                   {"revocation_endpoint", "/oidc/revoke"},
                                   {"end_session_endpoint", "/oidc/end-session"}}) {
    object.text(name, issuer + path);
  }
  append_json_texts(object.member("scopes_supported"), trust::known_scopes());
  constexpr std::string_view kAuthMethods = R"(["client_secret_basic","client_secret_post","private_key_jwt","none"])";
  constexpr std::string_view kSigned = R"(["ES256","RS256","PS256","EdDSA"])";
  object.json("response_types_supported", R"(["code"])")
      .json("response_modes_supported", R"(["query"])")
      .json("grant_types_supported", R"(["authorization_code","refresh_token","client_credentials"])")
      .json("subject_types_supported", R"(["public"])")
      .json("id_token_signing_alg_values_supported", R"(["ES256"])")
      .json("acr_values_supported", R"(["1","2","3"])")
      .json("code_challenge_methods_supported", R"(["S256"])")
      .json("claims_supported",
            R"(["iss","sub","aud","exp","iat","auth_time","nonce","acr","sid","at_hash","name","preferred_username"])")
      .json("ui_locales_supported", R"(["ja","ja-easy","en"])")
      .json("prompt_values_supported", R"(["none","login","consent","select_account"])");
  for (const std::string_view endpoint : {"token", "introspection", "revocation"}) {
    object.json(std::string(endpoint) + "_endpoint_auth_methods_supported", kAuthMethods)
        .json(std::string(endpoint) + "_endpoint_auth_signing_alg_values_supported", kSigned);
  }
  object.truth("authorization_response_iss_parameter_supported", true)
      .truth("claims_parameter_supported", false)
      .truth("request_parameter_supported", false)
      .truth("request_uri_parameter_supported", false)
      .end();
  return out;
}

Response cached(std::string body) {
  Response response;
  response.content_type = "application/json";
  response.headers = {{"Cache-Control", "public, max-age=300"}, {"Access-Control-Allow-Origin", "*"}};
  response.body = std::move(body);
  return response;
}

}  // namespace

void add_metadata_routes(Router& router, openapi::Document& document, Provider::Parts& parts) {
  document.add_schema("ProviderMetadata", R"({"type":"object","required":["issuer"],"additionalProperties":true})");
  document.add_schema("KeySet", R"({"type":"object","required":["keys"],"properties":{"keys":{"type":"array","items":)"
                                R"({"type":"object"}}}})");
  const auto describe = [&](std::string_view path, std::string_view id, std::string_view summary,
                            std::string_view schema) {
    openapi::Operation operation;
    operation.id = id;
    operation.tag = "OpenID Connect";
    operation.summary = summary;
    operation.answers.push_back({200, "JSON", schema, {"application/json"}});
    document.add("GET", path, std::move(operation));
  };
  describe("/.well-known/openid-configuration", "openidConfiguration", "OpenID Connect Discovery", "ProviderMetadata");
  describe("/.well-known/oauth-authorization-server", "oauthMetadata", "Metadata of RFC 8414", "ProviderMetadata");
  describe("/oidc/jwks", "providerKeys", "Public keys of the provider (RFC 7517)", "KeySet");

  for (const std::string_view path : {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}) {
    router.add("GET", path,
               [body = metadata(parts.options.issuer)](const RequestPtr&, const PathParameters&, Reply reply) {
                 reply.send(cached(body));
               });
  }
  router.add("GET", "/oidc/jwks", [&parts](const RequestPtr&, const PathParameters&, Reply reply) {
    reply.send(cached(parts.keys->published(now())->json()));
  });
}

}  // namespace tsunagu::gateway::oidc
