// Client authentication (RFC 6749 clause 2.3, RFC 7523 clause 3, OpenID Connect Core clause 9).
#include "base/text.h"
#include "base/url.h"
#include "gateway/oidc/provider_parts.h"
#include "trust/keys.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::string_view kAssertion = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t kMaxAssertionLife = 600 * kSecond;

tl::unexpected<Error> not_known(std::string why) {
  return fail(ErrorCode::kUnauthorized, std::move(why));
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string spaced(text);
  for (char& c : spaced) c = c == '+' ? ' ' : c;
  return percent_decode(spaced);
}

struct Named {
  std::string client, secret;
};
/// client_secret_basic. Empty when it is not.
std::optional<Named> basic(const Request& request) {
  constexpr std::string_view kScheme = "Basic ";
  const std::string_view header = request.header("Authorization");
  if (header.size() < kScheme.size() || !equal_ignoring_case(header.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  const auto text = trust::from_base64(trim(header.substr(kScheme.size())));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return Named{};
  auto id = form_decoded(std::string_view(*text).substr(0, colon));
  auto secret = form_decoded(std::string_view(*text).substr(colon + 1));
  if (!id || !secret) return Named{};
  return Named{std::move(*id), std::move(*secret)};
}

Result<trust::ClientPtr> by_assertion(Provider::Parts& parts, const Form& form, Instant now) {
  if (form.get("client_assertion_type") != kAssertion)
    return not_known("client_assertion_type is " + std::string(kAssertion) + ".");
  const auto jws = trust::read_jws(form.get("client_assertion"));
  if (!jws) return tl::unexpected(jws.error());
  const trust::Claims unchecked(jws->claims);
  const std::string id = unchecked.text("sub");
  const auto client = parts.clients.find(id);
  if (!client || client->auth_method != "private_key_jwt" || !client->keys.verify(*jws))
    return not_known("The assertion is not signed by a key of the client.");
  if (form.has("client_id") && form.get("client_id") != id) return not_known("client_id is not that of the assertion.");
  Result<trust::Claims> claims = not_known("");
  for (const std::string& audience : {parts.options.issuer, parts.options.issuer + "/oidc/token"}) {
    if (claims = trust::check_claims(*jws, {id, audience, ""}, now); claims) break;
  }
  if (!claims) return tl::unexpected(claims.error());
  const Instant ends = *claims->time("exp");
  const std::string token = claims->text("jti");
  if (token.empty() || ends.us > now.us + kMaxAssertionLife)
    return not_known("An assertion has a jti and holds for ten minutes at most.");
  if (!parts.assertions.first(id + ' ' + token, Instant{ends.us + trust::kLeeway}, now))
    return not_known("This assertion was used before; make a new one for each request.");
  return client;
}

}  // namespace

Result<trust::ClientPtr> authenticate_client(Provider::Parts& parts, const Request& request, const Form& form,
                                             Instant now) {
  const auto in_header = basic(request);
  const bool in_form = form.has("client_secret"), asserted = form.has("client_assertion");
  if (int(in_header.has_value()) + int(in_form) + int(asserted) > 1)
    return not_known("Authenticate the client in one way only.");
  if (asserted) return by_assertion(parts, form, now);
  const Named named =
      in_header ? *in_header : Named{std::string(form.get("client_id")), std::string(form.get("client_secret"))};
  if (in_header && form.has("client_id") && form.get("client_id") != named.client)
    return not_known("client_id is not that of the Authorization header.");
  const std::string_view method = in_header ? "client_secret_basic" : in_form ? "client_secret_post" : "none";
  const auto client = parts.clients.find(named.client);
  // The two ways to send a secret are taken for each other: libraries differ in what they do by default.
  const bool with_secret = client && client->auth_method.starts_with("client_secret_") && method != "none";
  if (!client || (!with_secret && client->auth_method != method) ||
      (with_secret && !trust::secret_fits(*client, named.secret)))
    return not_known("No such client, or not its secret.");
  return client;
}

}  // namespace tsunagu::gateway::oidc
