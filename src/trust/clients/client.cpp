#include "trust/clients/client.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/json_object.h"
#include "base/text.h"
#include "base/uri.h"
#include "ngsi/json_walk.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::trust {
namespace {

namespace walk = ngsi::walk;

constexpr std::array<std::string_view, 3> kGrantTypes{kAuthorizationCode, kRefreshToken, kClientCredentials};
constexpr std::array<std::string_view, 4> kAuthMethods{"client_secret_basic", "client_secret_post", "private_key_jwt",
                                                       "none"};
constexpr int kUsualScopes = 4;  // the first of known_scopes()
constexpr std::size_t kMaxText = 200, kMaxUri = 2000, kMaxUris = 50, kMaxKeysText = 20'000;

template <class List>
bool among(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != std::ranges::end(list);
}

template <class List>
std::string joined(const List& words) {
  std::string out;
  for (const auto& word : words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto word = take_until(words, ' ');
    if (!word.empty() && !among(out, word)) out.emplace_back(word);
  }
  return out;
}

std::string text_at(std::string_view json, std::string_view name) {
  const auto value = walk::member(json, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

std::vector<std::string> texts_at(std::string_view json, std::string_view name) {
  std::vector<std::string> out;
  walk::any_element(walk::member(json, name), [&](std::string_view each) {
    out.push_back(walk::is_string(each) ? json_string_text(each) : std::string());
    return false;
  });
  return out;
}

/// RFC 8252 clauses 7 and 8: https; http on this machine; or a scheme of the app's own, which has a dot.
bool good_redirect(std::string_view uri) {
  if (!is_absolute_uri(uri) || uri.size() > kMaxUri || uri.find('#') != std::string_view::npos) return false;
  const std::string_view scheme = uri.substr(0, uri.find(':'));
  if (scheme != "https" && scheme != "http") return scheme.find('.') != std::string_view::npos;
  std::string_view rest = uri.substr(scheme.size());
  if (!rest.starts_with("://")) return false;
  rest.remove_prefix(3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty() || authority.find_first_of("@*") != std::string_view::npos) return false;
  if (scheme == "https") return true;
  const std::string_view host = authority.starts_with('[') ? authority.substr(0, authority.find(']') + 1)
                                                           : authority.substr(0, authority.find(':'));
  return host == "127.0.0.1" || host == "[::1]" || host == "localhost";
}

bool read_members(std::string_view json, Client& client) {
  client.id = text_at(json, "client_id");
  client.name = text_at(json, "client_name");
  client.name_en = text_at(json, "client_name#en");
  client.redirect_uris = texts_at(json, "redirect_uris");
  client.post_logout_redirect_uris = texts_at(json, "post_logout_redirect_uris");
  client.grant_types = texts_at(json, "grant_types");
  client.auth_method = text_at(json, "token_endpoint_auth_method");
  client.scopes = split(text_at(json, "scope"));
  client.tenant = text_at(json, "tenant");
  client.first_party = walk::member(json, "first_party") == "true";
  client.jwks = walk::member(json, "jwks");
  if (client.jwks.empty()) return true;
  auto keys = KeySet::from_json(client.jwks);
  if (keys) client.keys = std::move(*keys);
  return keys.has_value();
}

void print_members(JsonObject& object, const Client& client) {
  const auto list = [&](std::string_view name, const std::vector<std::string>& texts) {
    if (!texts.empty()) append_json_texts(object.member(name), texts);
  };
  object.text("client_id", client.id).text("client_name", client.name).text_if("client_name#en", client.name_en);
  list("redirect_uris", client.redirect_uris);
  list("post_logout_redirect_uris", client.post_logout_redirect_uris);
  list("grant_types", client.grant_types);
  object.text("token_endpoint_auth_method", client.auth_method).text("scope", joined(client.scopes));
  if (!client.jwks.empty()) object.json("jwks", client.jwks);
  object.text_if("tenant", client.tenant).truth("first_party", client.first_party);
}

constexpr std::string_view kMembers[] = {"client_id",
                                         "client_name",
                                         "client_name#en",
                                         "redirect_uris",
                                         "post_logout_redirect_uris",
                                         "grant_types",
                                         "token_endpoint_auth_method",
                                         "scope",
                                         "jwks",
                                         "tenant",
                                         "first_party"};

}  // namespace

bool Client::may(std::string_view grant_type) const {
  return among(grant_types, grant_type);
}

const std::vector<std::string_view>& known_scopes() {
  static const std::vector<std::string_view> kScopes{"openid",    "profile", "offline_access", kGraphRead,
                                                     kGraphWrite, "publish", "operate",        "audit",
                                                     "policies",  "tenants", "accounts",       "clients", "devices"};
  return kScopes;
}

Result<Client> read_registration(std::string_view given) {
  std::string json;
  if (!append_canonical_json(json, given) || !walk::is_object(json)) return bad("A client is a JSON object.");
  std::string unknown;
  walk::any_member(json, [&](std::string_view key, std::string_view) {
    if (std::string name = json_string_text(key); !among(kMembers, name)) unknown = std::move(name);
    return !unknown.empty();
  });
  if (!unknown.empty())
    return bad("\"" + unknown + "\" is no member of a client; these are: " + joined(kMembers) + ".");
  Client client;
  if (!read_members(json, client) || client.jwks.size() > kMaxKeysText)
    return bad("jwks is a set of public keys: {\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",…}]}.");
  if (client.name.empty() || client.name.size() > kMaxText || client.name_en.size() > kMaxText)
    return bad("client_name is the name that people see, of 1 to 200 bytes.");
  if (client.id.empty()) {
    client.id = "app-" + to_hex(sha256(random_text(32))).substr(0, 16);
  } else if (client.id.size() > 64 ||
             client.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") != std::string::npos) {
    return bad("client_id has 1 to 64 of a-z, 0-9, '-', '_' and '.'.");
  }
  if (client.grant_types.empty()) {
    client.grant_types = client.redirect_uris.empty()
                             ? std::vector<std::string>{std::string(kClientCredentials)}
                             : std::vector<std::string>{std::string(kAuthorizationCode), std::string(kRefreshToken)};
  }
  for (const auto& type : client.grant_types) {
    if (!among(kGrantTypes, type)) return bad("grant_types are some of: " + joined(kGrantTypes) + ".");
  }
  if (client.auth_method.empty()) client.auth_method = client.jwks.empty() ? "client_secret_basic" : "private_key_jwt";
  if (!among(kAuthMethods, client.auth_method))
    return bad("token_endpoint_auth_method is one of: " + joined(kAuthMethods) + ".");
  if ((client.auth_method == "private_key_jwt") == client.jwks.empty())
    return bad("jwks, the client's public keys, belongs to token_endpoint_auth_method private_key_jwt.");
  if (client.may(kClientCredentials) && !client.confidential())
    return bad("A client without a secret or key cannot come by itself: leave client_credentials away.");
  if (client.may(kAuthorizationCode) == client.redirect_uris.empty())
    return bad("redirect_uris says where people come back to; it belongs to grant type authorization_code.");
  if (client.may(kRefreshToken) && !client.may(kAuthorizationCode))
    return bad("Only people have refresh tokens: refresh_token goes with authorization_code.");
  if (client.redirect_uris.size() + client.post_logout_redirect_uris.size() > kMaxUris) return bad("At most 50 URIs.");
  for (const auto* list : {&client.redirect_uris, &client.post_logout_redirect_uris}) {
    for (const auto& uri : *list) {
      if (!good_redirect(uri))
        return bad("\"" + uri +
                   "\" cannot be redirected to: https://…, http://127.0.0.1…, or a scheme of the app's own with a dot "
                   "(jp.example.app:/…); without a fragment.");
    }
  }
  if (client.scopes.empty()) client.scopes.assign(known_scopes().begin(), known_scopes().begin() + kUsualScopes);
  for (const auto& scope : client.scopes) {
    if (!among(known_scopes(), scope)) return bad("scope is some of: " + joined(known_scopes()) + ".");
  }
  return client;
}

std::string to_json(const Client& client) {
  std::string out;
  JsonObject object(out);
  print_members(object, client);
  object.text_if("secret", client.secret).text("made", to_string(client.made)).end();
  return out;
}

bool read_item(std::string_view json, Client& client) {
  if (!walk::is_object(json) || !read_members(json, client)) return false;
  client.secret = text_at(json, "secret");
  client.made = parse_instant(text_at(json, "made")).value_or(kNoInstant);
  return true;
}

std::string describe(const Client& client) {
  std::string out;
  JsonObject object(out);
  print_members(object, client);
  object.number("client_id_issued_at", client.made.us / 1'000'000).end();
  return out;
}

std::string grantable(const Client& client, std::string_view asked) {
  const auto wanted = split(asked);
  std::vector<std::string_view> out;
  for (const auto scope : known_scopes()) {
    if (among(client.scopes, scope) && (wanted.empty() || among(wanted, scope))) out.push_back(scope);
  }
  return joined(out);
}

bool has_scope(std::string_view scopes, std::string_view scope) {
  while (!scopes.empty()) {
    if (take_until(scopes, ' ') == scope) return true;
  }
  return false;
}

std::string secret_digest(std::string_view secret) {
  return to_hex(sha256(secret));
}

std::string issue(Client& client, Instant now) {
  client.made = now;
  if (!client.auth_method.starts_with("client_secret_")) return {};
  std::string secret = random_text(32);
  client.secret = secret_digest(secret);
  return secret;
}

bool secret_fits(const Client& client, std::string_view secret) {
  const std::string digest = secret_digest(secret);
  return client.secret.size() == digest.size() &&
         sodium_memcmp(client.secret.data(), digest.data(), digest.size()) == 0;
}

Subject subject_of(const Client& client) {
  Subject subject;
  subject.kind = SubjectKind::kProgram;
  subject.id = "urn:ngsi-ld:Program:" + client.id;
  subject.tenant = client.tenant;
  subject.name = client.name;
  subject.account = client.id;
  subject.assurance = Assurance::kSingle;
  return subject;
}

}  // namespace tsunagu::trust
