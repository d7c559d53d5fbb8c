#include "gateway/oidc/relying_party.h"

#include <sodium.h>

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "gateway/guard/caller.h"
#include "gateway/oidc/discovery.h"
#include "gateway/oidc/provider_parts.h"
#include "gateway/sign_in/authenticators.h"
#include "ngsi/json_walk.h"
#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::int64_t kFlowLife = 600 * kSecond;
constexpr std::size_t kMostFlows = 20'000, kMaxNext = 4000;
constexpr std::string_view kCookie = "tsunagu_provider";
constexpr std::size_t kRandom = 43;  // characters of random_text(32)

bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64url_sha256(std::string_view text, std::size_t bytes = 32) {
  const auto digest = trust::sha256(text);
  return trust::to_base64url({reinterpret_cast<const char*>(digest.data()), bytes});
}

/// A page of this site only: "//host" and "/\host" are others.
std::string safe_next(std::string_view next) {
  if (next.size() > kMaxNext || !next.starts_with('/') || next.starts_with("//") || next.starts_with("/\\")) return "/";
  for (const char c : next) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\\' || c == '\x7f') return "/";
  }
  return std::string(next);
}

std::string member_text(std::string_view json, std::string_view name) {
  const auto value = ngsi::walk::member(json, name);
  return ngsi::walk::is_string(value) ? json_string_text(value) : std::string();
}

/// A sign-in under way: begun here, the person is at the provider.
struct Begun {
  std::string provider, cookie, nonce, verifier, next;
  std::string link;  ///< session whose account is to be linked; "" for a sign-in
  Instant until;
};

}  // namespace

class RelyingParty::Flow : public std::enable_shared_from_this<Flow> {
 public:
  struct Known {
    ForeignProvider config;
    std::shared_ptr<Discovery> discovery;
  };

  Flow(trust::Accounts& accounts, trust::Sessions& sessions, trust::Auditor& auditor, HttpClient& client,
       RelyingPartyOptions options)
      : accounts_(accounts), sessions_(sessions), auditor_(auditor), client_(client), options_(std::move(options)) {
    for (const ForeignProvider& provider : options_.providers)
      known_.push_back({provider, std::make_shared<Discovery>(client_, provider.issuer)});
  }

  const std::vector<Known>& known() const { return known_; }
  const trust::Accounts& accounts() const { return accounts_; }

  void begin(const RequestPtr& request, const std::string& key, Reply reply) {
    const Known* provider = find(key);
    if (provider == nullptr)
      return reply.send(Error{ErrorCode::kResourceNotFound, "There is no provider \"" + key + "\"."});
    const auto query = QueryString::parse(request->target());
    if (!query) return reply.send(query.error());
    Begun begun;
    begun.provider = key;
    begun.next = safe_next(query->get("next").value_or("/"));
    begun.nonce = trust::random_text(32);
    begun.verifier = trust::random_text(32);
    begun.until = Instant{now().us + kFlowLife};
    begun.cookie = cookie(*request, kCookie);
    if (begun.cookie.size() != kRandom) begun.cookie = trust::random_text(32);
    if (query->get("link")) {
      // Another site could have signed the browser in there as somebody else before it sent it here.
      if (request->header("Sec-Fetch-Site") != "same-origin")
        return reply.send(Error{ErrorCode::kForbidden, "Begin linking on the account page of this site."});
      if (request->caller()->subject->kind == trust::SubjectKind::kAnonymous)
        return reply.send(Error{ErrorCode::kUnauthorized, "Sign in first; then link your account on its page."});
      begun.link = request->caller()->subject->session;
    }
    const auto answer = std::make_shared<Reply>(std::move(reply));
    provider->discovery->metadata(
        [self = shared_from_this(), provider, begun, answer](const Result<ForeignMetadataPtr>& metadata) {
          if (!metadata) return answer->send(failed(*provider, metadata.error().detail));
          answer->send(self->to_provider(*provider, **metadata, begun));
        });
  }

  void come_back(const RequestPtr& request, const std::string& key, Reply reply) {
    const Known* provider = find(key);
    if (provider == nullptr)
      return reply.send(Error{ErrorCode::kResourceNotFound, "There is no provider \"" + key + "\"."});
    const std::string_view target = request->target();
    const std::size_t mark = target.find('?');
    const auto form = Form::read(mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
    if (!form) return reply.send(failed(*provider, form.error().detail));
    const auto begun = take(form->get("state"));
    if (!begun || begun->provider != key || !same_text(begun->cookie, cookie(*request, kCookie)))
      return reply.send(failed(*provider, "the answer belongs to no sign-in of this browser"));
    if (form->has("iss") && form->get("iss") != provider->config.issuer)
      return reply.send(failed(*provider, "the answer is of another provider"));
    if (form->has("error"))
      return reply.send(failed(*provider, "it says " + std::string(form->get("error").substr(0, 100))));
    auto step = std::make_shared<Step>(Step{*provider,
                                            *begun,
                                            request,
                                            std::make_shared<Reply>(std::move(reply)),
                                            std::string(form->get("code")),
                                            form->has("iss"),
                                            {},
                                            {},
                                            {}});
    provider->discovery->metadata([self = shared_from_this(), step](const Result<ForeignMetadataPtr>& metadata) {
      if (!metadata) return fail_step(*step, metadata.error().detail);
      if ((*metadata)->names_issuer && !step->named_issuer)
        return fail_step(*step, "the answer does not name its issuer");
      step->metadata = *metadata;
      self->redeem(step);
    });
  }

 private:
  /// What is known on the way from the code to a session.
  struct Step {
    const Known& provider;
    const Begun begun;
    const RequestPtr request;
    const std::shared_ptr<Reply> reply;
    const std::string code;
    const bool named_issuer;
    ForeignMetadataPtr metadata;
    std::string access_token;
    std::string claims;  ///< of the ID token, checked
  };
  using StepPtr = std::shared_ptr<Step>;

  const Known* find(std::string_view key) const {
    const auto at = std::ranges::find_if(known_, [&](const Known& each) { return each.config.key == key; });
    return at == known_.end() ? nullptr : &*at;
  }

  /// Back to the sign-in page; the log says why.
  static Response failed(const Known& provider, std::string_view why) {
    log::warn("Sign-in by {}: {}", provider.config.key, why);
    return redirect("/sign-in?error=" + percent_encode(provider.config.key));
  }

  static void fail_step(Step& step, std::string_view why) { step.reply->send(failed(step.provider, why)); }

  std::string callback(const Known& provider) const {
    return options_.site + "/auth/provider/" + provider.config.key + "/callback";
  }

  Response to_provider(const Known& provider, const ForeignMetadata& metadata, const Begun& begun) {
    const std::string state = trust::random_text(32);
    {
      const std::lock_guard lock(mutex_);
      if (begun_.size() >= kMostFlows) {
        const Instant at = now();
        std::erase_if(begun_, [&](const auto& each) { return each.second.until <= at; });
        if (begun_.size() >= kMostFlows)
          return problem({ErrorCode::kUnavailable, "Too many sign-ins at once; try again in a few minutes."});
      }
      begun_.emplace(state, begun);
    }
    std::string scopes;
    for (const std::string& scope : provider.config.scopes) scopes.append(scopes.empty() ? "" : " ").append(scope);
    std::string address = metadata.authorization_endpoint;
    char separator = address.find('?') == std::string::npos ? '?' : '&';
    const auto add = [&](std::string_view name, std::string_view value) {
      address.append(1, separator).append(name).append("=");
      append_percent_encoded(address, value);
      separator = '&';
    };
    add("response_type", "code");
    add("client_id", provider.config.client_id);
    add("redirect_uri", callback(provider));
    add("scope", scopes);
    add("state", state);
    add("nonce", begun.nonce);
    add("code_challenge", base64url_sha256(begun.verifier));
    add("code_challenge_method", "S256");
    Response response = redirect(std::move(address));
    std::string cookie =
        std::string(kCookie) + "=" + begun.cookie + "; Path=/auth/provider; Max-Age=600; HttpOnly; SameSite=Lax";
    if (options_.site.starts_with("https://")) cookie += "; Secure";
    response.headers.emplace_back("Set-Cookie", std::move(cookie));
    return response;
  }

  std::optional<Begun> take(std::string_view state) {
    const std::lock_guard lock(mutex_);
    const auto found = begun_.find(std::string(state));
    if (found == begun_.end()) return std::nullopt;
    Begun begun = std::move(found->second);
    begun_.erase(found);
    return begun.until > now() ? std::optional(std::move(begun)) : std::nullopt;
  }

  void redeem(const StepPtr& step) {
    const ForeignProvider& config = step->provider.config;
    FetchOptions options;
    options.method = "POST";
    options.max_bytes = 256u << 10;
    options.max_redirects = 0;
    options.headers = {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
    std::string& body = options.body;
    const auto add = [&](std::string_view name, std::string_view value) {
      body.append(body.empty() ? "" : "&").append(name).append("=");
      append_percent_encoded(body, value);
    };
    add("grant_type", "authorization_code");
    add("code", step->code);
    add("redirect_uri", callback(step->provider));
    add("code_verifier", step->begun.verifier);
    if (config.secret.empty() || step->metadata->secret_by_post) {
      add("client_id", config.client_id);
      if (!config.secret.empty()) add("client_secret", config.secret);
    } else {
      options.headers.emplace_back("Authorization", "Basic " + trust::to_base64(percent_encode(config.client_id) + ":" +
                                                                                percent_encode(config.secret)));
    }
    client_.fetch(
        step->metadata->token_endpoint, std::move(options), [self = shared_from_this(), step](FetchResult answer) {
          if (!answer) return fail_step(*step, answer.error().detail);
          std::string json;
          if (answer->status != 200 || !append_canonical_json(json, answer->body))
            return fail_step(*step, "its token endpoint answers with status " + std::to_string(answer->status));
          step->access_token = member_text(json, "access_token");
          auto token = trust::read_jws(member_text(json, "id_token"));
          if (!token) return fail_step(*step, "the ID token: " + token.error().detail);
          step->provider.discovery->keys(token->key, [self, step, token = *token](const Result<Discovery::Keys>& keys) {
            if (!keys) return fail_step(*step, keys.error().detail);
            self->check(step, token, **keys);
          });
        });
  }

  void check(const StepPtr& step, const trust::Jws& token, const trust::KeySet& keys) {
    const ForeignProvider& config = step->provider.config;
    if (!keys.verify(token)) return fail_step(*step, "the ID token is not signed by a key of the provider");
    const auto claims = trust::check_claims(token, {config.issuer, config.client_id, ""}, now());
    if (!claims) return fail_step(*step, "the ID token: " + claims.error().detail);
    const bool several = claims->texts("aud").size() > 1;
    if ((several || claims->has("azp")) && claims->text("azp") != config.client_id)
      return fail_step(*step, "the ID token was made for another client");
    if (!same_text(claims->text("nonce"), step->begun.nonce))
      return fail_step(*step, "the ID token is of another sign-in");
    if (claims->text("sub").empty()) return fail_step(*step, "the ID token names nobody");
    if (claims->has("at_hash") && token.algorithm != trust::Algorithm::kEdDsa &&
        claims->text("at_hash") != base64url_sha256(step->access_token, 16))
      return fail_step(*step, "the access token does not belong to the ID token");
    step->claims = claims->json();
    const auto lacks = [&](const std::string& name) { return !name.empty() && !claims->has(name); };
    const bool ask =
        (lacks(config.name_claim) || lacks(config.account_claim)) && !step->metadata->userinfo_endpoint.empty();
    ask ? ask_userinfo(step, claims->text("sub")) : arrive(step, step->claims);
  }

  void ask_userinfo(const StepPtr& step, const std::string& subject) {
    FetchOptions options;
    options.max_bytes = 256u << 10;
    options.max_redirects = 0;
    options.headers = {{"Accept", "application/json"}, {"Authorization", "Bearer " + step->access_token}};
    client_.fetch(step->metadata->userinfo_endpoint, std::move(options),
                  [self = shared_from_this(), step, subject](FetchResult answer) {
                    std::string json;
                    if (!answer || answer->status != 200 || !append_canonical_json(json, answer->body) ||
                        member_text(json, "sub") != subject)
                      return fail_step(*step, "its userinfo endpoint does not say who it is");
                    self->arrive(step, json);
                  });
  }

  /// `more`: claims besides those of the ID token.
  void arrive(const StepPtr& step, const std::string& more) {
    const ForeignProvider& config = step->provider.config;
    const auto claim = [&](const std::string& name) {
      std::string value = member_text(step->claims, name);
      return value.empty() ? member_text(more, name) : value;
    };
    const std::string subject = member_text(step->claims, "sub");
    if (!step->begun.link.empty()) return link(step, subject);
    if (const auto account = accounts_.of_foreign(config.key, subject)) return sign_in(step, account);
    if (!config.account_claim.empty()) {
      const std::string name = claim(config.account_claim);
      const bool unproved = config.account_claim == "email" &&
                            ngsi::walk::member(step->claims, "email_verified") != "true" &&
                            ngsi::walk::member(more, "email_verified") != "true";
      if (const auto account = name.empty() || unproved ? nullptr : accounts_.find(name))
        return remember(step, account->name, subject);
    }
    if (!config.new_residents) return fail_step(*step, "nobody here is linked to this person of it");
    trust::Account account;
    const std::string id = trust::to_hex(trust::sha256(config.issuer + ' ' + subject)).substr(0, 20);
    account.name = config.key + '-' + id;
    account.kind = trust::SubjectKind::kResident;
    account.subject = "urn:ngsi-ld:Resident:" + account.name;
    account.title = claim(config.name_claim);
    if (account.title.empty()) account.title = account.name;
    account.foreign.push_back({config.key, subject});
    accounts_.add(std::move(account), [self = shared_from_this(), step](const Result<trust::AccountPtr>& added) {
      added ? self->sign_in(step, *added) : fail_step(*step, added.error().detail);
    });
  }

  /// The account that is signed in is theirs.
  void link(const StepPtr& step, const std::string& subject) {
    const auto session = sessions_.find(step->begun.link, now());
    const auto other = accounts_.of_foreign(step->provider.config.key, subject);
    if (!session || (other && other->name != session->subject->account))
      return fail_step(*step, other ? "it is linked to another account" : "the session has ended");
    remember(step, session->subject->account, subject);
  }

  void remember(const StepPtr& step, const std::string& account, const std::string& subject) {
    const std::string key = step->provider.config.key;
    accounts_.change(
        account,
        [&](trust::Account& changed) -> Result<void> {
          std::erase_if(changed.foreign, [&](const auto& each) { return each.provider == key; });
          changed.foreign.push_back({key, subject});
          return {};
        },
        [self = shared_from_this(), step](const Result<trust::AccountPtr>& changed) {
          if (!changed) return fail_step(*step, changed.error().detail);
          self->record(*step, **changed, "linked");
          step->begun.link.empty() ? self->sign_in(step, *changed) : step->reply->send(redirect(step->begun.next));
        });
  }

  void sign_in(const StepPtr& step, const trust::AccountPtr& account) {
    const ForeignProvider& config = step->provider.config;
    if (account->disabled) return fail_step(*step, "the account is disabled");
    const std::string acr = member_text(step->claims, "acr");
    const bool strong = !acr.empty() && std::ranges::find(config.strong_acr, acr) != config.strong_acr.end();
    trust::Session draft;
    draft.subject = std::make_shared<const trust::Subject>(
        trust::subject_of(*account, strong ? trust::Assurance::kStrong : config.assurance));
    draft.method = trust::SignInMethod::kProvider;
    draft.detail = config.key;
    draft.peer = step->request->peer().substr(0, step->request->peer().rfind(':'));
    draft.agent = step->request->header("User-Agent").substr(0, 200);
    sessions_.begin(std::move(draft), now(),
                    [self = shared_from_this(), step, account](Result<trust::Sessions::Begun> begun) {
                      if (!begun) return fail_step(*step, begun.error().detail);
                      self->record(*step, *account, "provider");
                      Response response = redirect(step->begun.next);
                      response.headers.push_back(self->options_.session_cookie(begun->token));
                      step->reply->send(std::move(response));
                    });
  }

  void record(const Step& step, const trust::Account& account, std::string action) {
    trust::AuditRecord entry;
    entry.kind = action == "linked" ? trust::AuditKind::kAccount : trust::AuditKind::kSignIn;
    entry.subject = std::make_shared<const trust::Subject>(trust::subject_of(account, trust::Assurance::kSingle));
    entry.action = std::move(action);
    entry.outcome = "ok";
    entry.request = std::string(step.request->method()) + ' ' + std::string(step.request->path());
    entry.peer = step.request->peer();
    entry.tenant = account.tenant;
    entry.detail = step.provider.config.key;
    auditor_.record(std::move(entry), {});
  }

  trust::Accounts& accounts_;
  trust::Sessions& sessions_;
  trust::Auditor& auditor_;
  HttpClient& client_;
  const RelyingPartyOptions options_;
  std::vector<Known> known_;
  std::mutex mutex_;
  std::unordered_map<std::string, Begun> begun_;  // by state
};

class RelyingParty::Bearer final : public Authenticator {
 public:
  explicit Bearer(std::shared_ptr<Flow> flow) : flow_(std::move(flow)) {}

  Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) override {
    const std::string_view token = bearer_token(request);
    if (token.empty() || token.size() > trust::kMaxTokenBytes) return std::nullopt;
    const auto hash = checked_.hash(token);
    if (auto known = checked_.find(hash, now)) {
      const auto account = flow_->accounts().find(known->account);
      if (account && !account->disabled) return std::optional(std::move(known));
    }
    const auto jws = trust::read_jws(token);
    const auto* provider = jws ? of_issuer(trust::Claims(jws->claims).text("iss")) : nullptr;
    if (provider == nullptr) return std::nullopt;
    return check(*jws, *provider, hash, now);
  }

 private:
  const Flow::Known* of_issuer(std::string_view issuer) const {
    for (const auto& each : flow_->known()) {
      if (!each.config.audience.empty() && each.config.issuer == issuer) return &each;
    }
    return nullptr;
  }

  Result<std::optional<trust::SubjectPtr>> check(const trust::Jws& jws, const Flow::Known& provider,
                                                 const trust::CheckedTokens::Hash& hash, Instant now) {
    const auto keys = provider.discovery->keys_now(jws.key);
    if (!keys || !keys->verify(jws))
      return fail(ErrorCode::kUnauthorized,
                  "The access token is not signed by a key of its provider that is known here. Try again in a moment.");
    const trust::Expected expected{provider.config.issuer, provider.config.audience,
                                   jws.type == "at+jwt" ? "at+jwt" : ""};
    const auto claims = trust::check_claims(jws, expected, now);
    if (!claims) return tl::unexpected(claims.error());
    // An ID token says to a client who somebody is; it is no permission to act for them.
    if (claims->has("nonce") || claims->has("at_hash"))
      return fail(ErrorCode::kUnauthorized, "This is an ID token; send an access token.");
    const auto account = flow_->accounts().of_foreign(provider.config.key, claims->text("sub"));
    if (!account || account->disabled)
      return fail(ErrorCode::kUnauthorized, "Nobody here is linked to this person of " + provider.config.issuer + ".");
    auto subject = std::make_shared<trust::Subject>(trust::subject_of(*account, provider.config.assurance));
    subject->session = claims->text("jti");
    subject->until = *claims->time("exp");
    const std::uint64_t round = checked_.round();
    checked_.put(hash, subject, subject->until, round);
    return std::optional<trust::SubjectPtr>(std::move(subject));
  }

  const std::shared_ptr<Flow> flow_;
  trust::CheckedTokens checked_;
};

RelyingParty::RelyingParty(trust::Accounts& accounts, trust::Sessions& sessions, trust::Auditor& auditor,
                           HttpClient& client, RelyingPartyOptions options)
    : flow_(std::make_shared<Flow>(accounts, sessions, auditor, client, std::move(options))),
      bearer_(std::make_unique<Bearer>(flow_)) {}

RelyingParty::~RelyingParty() = default;

Authenticator& RelyingParty::bearer() {
  return *bearer_;
}

void RelyingParty::add_routes(Router& router, openapi::Document& document) {
  const auto describe = [&](std::string_view path, std::string_view id, std::string_view summary,
                            std::vector<openapi::Parameter> parameters) {
    openapi::Operation operation;
    operation.id = id;
    operation.tag = "Sign-in";
    operation.summary = summary;
    operation.parameters = std::move(parameters);
    operation.answers.push_back({303, "On", "", {}});
    operation.answers.push_back({404, "There is no such provider", "ProblemDetails", {"application/json"}});
    document.add("GET", path, std::move(operation));
  };
  constexpr std::string_view kText = R"({"type":"string"})";
  describe("/auth/provider/{key}", "signInByProvider", "Sign in by another provider",
           {{"key", "path", "Of the provider", kText},
            {"next", "query", "Page of this site to go to in the end", kText},
            {"link", "query", "Present: link the account that is signed in instead", kText}});
  describe("/auth/provider/{key}/callback", "comeBackFromProvider", "The provider's answer",
           {{"key", "path", "Of the provider", kText},
            {"code", "query", "", kText},
            {"state", "query", "", kText},
            {"iss", "query", "", kText},
            {"error", "query", "", kText}});
  router.add("GET", "/auth/provider/{key}",
             [flow = flow_](const RequestPtr& request, const PathParameters& parameters, Reply reply) {
               flow->begin(request, parameters[0], std::move(reply));
             });
  router.add("GET", "/auth/provider/{key}/callback",
             [flow = flow_](const RequestPtr& request, const PathParameters& parameters, Reply reply) {
               flow->come_back(request, parameters[0], std::move(reply));
             });
}

}  // namespace tsunagu::gateway::oidc
