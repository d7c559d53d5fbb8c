#include "gateway/oidc/bearer.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/oidc/provider_parts.h"
#include "gateway/sign_in/authenticators.h"

namespace tsunagu::gateway::oidc {
namespace {

tl::unexpected<Error> does_not_hold() {
  return fail(ErrorCode::kUnauthorized, "The access token does not hold (any more). Get a new one at /oidc/token.");
}

/// Requests that ask with a body.
bool only_asks(const Request& request) {
  const std::string_view method = request.method(), path = request.path();
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
  return method == "POST" &&
         (path.ends_with("/entityOperations/query") || path == "/mcp" || path.starts_with("/api/3/"));
}

/// What is decided entity by entity is decided by policies, which know the scopes too; here is what they do not see.
Result<void> scopes_go_as_far(const Request& request, std::string_view scopes) {
  const std::string_view path = request.path();
  const auto refuse = [](std::string_view needed) {
    return fail(ErrorCode::kForbidden,
                "The access token's scopes do not go as far: this needs " + std::string(needed) + ".");
  };
  if (path == "/oidc/userinfo") return trust::has_scope(scopes, "openid") ? Result<void>() : refuse("openid");
  const auto& known = trust::known_scopes();
  const bool right = std::any_of(std::ranges::find(known, trust::kGraphWrite) + 1, known.end(),
                                 [&](std::string_view each) { return trust::has_scope(scopes, each); });
  const bool of_accounts = path.starts_with("/auth/accounts") || path.starts_with("/auth/keys");
  if (path.starts_with("/auth/") && path != "/auth/me" && !(of_accounts && trust::has_scope(scopes, "accounts")))
    return refuse("a person at a browser, not a token");
  const std::string_view needed = only_asks(request) ? trust::kGraphRead : trust::kGraphWrite;
  return right || trust::has_scope(scopes, needed) ? Result<void>() : refuse(needed);
}

}  // namespace

Result<std::optional<trust::SubjectPtr>> Bearer::who(const Request& request, Instant now) {
  const std::string_view token = bearer_token(request);
  if (token.empty()) return std::nullopt;
  auto subject = subject_of(token, now);
  if (!subject) return tl::unexpected(subject.error());
  if (auto far = scopes_go_as_far(request, (*subject)->scopes); !far) return tl::unexpected(far.error());
  return std::optional(std::move(*subject));
}

Result<trust::SubjectPtr> Bearer::subject_of(std::string_view token, Instant now) {
  if (token.size() > trust::kMaxTokenBytes) return does_not_hold();
  const auto hash = parts_.checked.hash(token);
  if (auto known = parts_.checked.find(hash, now)) {
    if (!still_there(*known)) return does_not_hold();
    return known;
  }
  const std::uint64_t round = parts_.checked.round();
  Instant until;
  auto subject = check(token, now, until);
  if (subject) parts_.checked.put(hash, *subject, until, round);
  return subject;
}

bool Bearer::still_there(const trust::Subject& subject) const {
  if (subject.kind == trust::SubjectKind::kProgram) return parts_.clients.find(subject.account) != nullptr;
  const auto account = parts_.account_of(subject.account);
  return account && account->subject == subject.id;
}

Result<trust::SubjectPtr> Bearer::check(std::string_view token, Instant now, Instant& until) {
  const auto jws = trust::read_jws(token);
  if (!jws) return tl::unexpected(jws.error());
  const auto keys = parts_.keys->published(now);
  if (!keys->has(jws->key) || !keys->verify(*jws)) return does_not_hold();
  const auto claims = trust::check_claims(*jws, {parts_.options.issuer, parts_.options.issuer, "at+jwt"}, now);
  if (!claims) return tl::unexpected(claims.error());
  const std::string id = claims->text("jti"), grant = claims->text("grant"), name = claims->text("username");
  const auto client = parts_.clients.find(claims->text("client_id"));
  if (id.empty() || !client || parts_.revocations.holds(id) || (!grant.empty() && parts_.revocations.holds(grant)))
    return does_not_hold();
  auto subject = std::make_shared<trust::Subject>();
  if (grant.empty()) {
    *subject = trust::subject_of(*client);
  } else {
    const auto account = parts_.account_of(name);
    if (!account) return does_not_hold();
    const int assurance = parse_number<int>(claims->text("acr")).value_or(0);
    *subject = trust::subject_of(*account, static_cast<trust::Assurance>(std::clamp(assurance, 0, 3)));
  }
  if (subject->id != claims->text("sub")) return does_not_hold();
  subject->session = id;
  subject->scopes = claims->text("scope");
  if (subject->scopes.empty()) return does_not_hold();
  until = *claims->time("exp");
  subject->until = until;
  return trust::SubjectPtr(std::move(subject));
}

}  // namespace tsunagu::gateway::oidc
