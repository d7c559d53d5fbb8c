// /oidc/authorize: the authorization code flow with PKCE (OpenID Connect Core clause 3.1, RFC 7636, RFC 9207), and what
// the person answers to the question whether they allow it.
#include <sodium.h>

#include "base/text.h"
#include "base/url.h"
#include "gateway/guard/caller.h"
#include "gateway/oidc/consent_page.h"
#include "gateway/oidc/provider_parts.h"
#include "trust/keys.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr std::string_view kAgain = "tsunagu_again";
constexpr std::size_t kMaxState = 2000;
constexpr std::size_t kChallenge = 43;  // base64url of 32 bytes

/// A request that can be answered to the client.
struct Asked {
  trust::ClientPtr client;
  std::string redirect_uri, state, scopes, nonce, challenge, prompt;
  std::optional<std::int64_t> max_age;  // seconds
  Form form;
  std::string query;  ///< all of it, encoded by us, without our own parameter
};

/// Something is wrong: told to the client.
struct Fault {
  std::string_view error;
  std::string description;
};

std::string answer_address(const Provider::Parts& parts, const Asked& asked,
                           const std::vector<std::pair<std::string_view, std::string>>& parameters) {
  std::string out = asked.redirect_uri;
  char separator = out.find('?') == std::string::npos ? '?' : '&';
  const auto add = [&](std::string_view name, std::string_view value) {
    out.append(1, separator).append(name).append("=");
    append_percent_encoded(out, value);
    separator = '&';
  };
  for (const auto& [name, value] : parameters) add(name, value);
  if (!asked.state.empty()) add("state", asked.state);
  add("iss", parts.options.issuer);
  return out;
}

Response answer_fault(const Provider::Parts& parts, const Asked& asked, const Fault& fault) {
  return redirect(
      answer_address(parts, asked, {{"error", std::string(fault.error)}, {"error_description", fault.description}}));
}

/// Client and redirect address: if these are wrong, nothing is said to anybody but the person.
Result<Asked> read_who(const Provider::Parts& parts, std::string_view query) {
  auto form = Form::read(query);
  if (!form) return tl::unexpected(form.error());
  Asked asked;
  asked.client = parts.clients.find(form->get("client_id"));
  if (!asked.client || !asked.client->may(trust::kAuthorizationCode))
    return fail(ErrorCode::kInvalidRequest, "client_id: there is no such app.");
  asked.redirect_uri = form->get("redirect_uri");
  if (std::ranges::find(asked.client->redirect_uris, asked.redirect_uri) == asked.client->redirect_uris.end())
    return fail(ErrorCode::kInvalidRequest, "redirect_uri is not one that the app is registered with.");
  asked.query = form->encoded_without(kAgain);
  asked.state = form->get("state").substr(0, kMaxState);
  asked.form = std::move(*form);
  return asked;
}

std::optional<Fault> read_what(const Provider::Parts& parts, Asked& asked) {
  const Form& form = asked.form;
  const auto wrong = [](std::string text) { return Fault{"invalid_request", std::move(text)}; };
  if (form.has("request")) return Fault{"request_not_supported", "Send the parameters themselves."};
  if (form.has("request_uri")) return Fault{"request_uri_not_supported", "Send the parameters themselves."};
  if (form.get("response_type") != "code") return Fault{"unsupported_response_type", "response_type is code."};
  if (form.has("response_mode") && form.get("response_mode") != "query") return wrong("response_mode is query.");
  if (form.get("state").size() > kMaxState) return wrong("state is too long.");
  asked.challenge = form.get("code_challenge");
  if (form.get("code_challenge_method") != "S256" || asked.challenge.size() != kChallenge ||
      !trust::from_base64url(asked.challenge))
    return wrong("PKCE is needed: code_challenge with code_challenge_method=S256 (RFC 7636).");
  if (form.has("resource") && form.get("resource") != parts.options.issuer)
    return Fault{"invalid_target", "resource is " + parts.options.issuer + "."};
  asked.scopes = trust::grantable(*asked.client, form.get("scope").empty() ? "openid" : form.get("scope"));
  if (asked.scopes.empty()) return Fault{"invalid_scope", "The app may have none of these scopes."};
  asked.nonce = form.get("nonce");
  if (asked.nonce.size() > kMaxState) return wrong("nonce is too long.");
  asked.prompt = form.get("prompt");
  if (trust::has_scope(asked.prompt, "none") && asked.prompt != "none") return wrong("prompt none stands alone.");
  if (form.has("max_age")) {
    asked.max_age = parse_number<std::int64_t>(form.get("max_age"));
    if (!asked.max_age || *asked.max_age < 0) return wrong("max_age is a number of seconds.");
  }
  return std::nullopt;
}

class Authorize {
 public:
  explicit Authorize(Provider::Parts& parts) : parts_(parts) {}

  void ask(const Request& request, Reply reply) const {
    const std::string_view target = request.target();
    const std::size_t mark = target.find('?');
    const std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    auto asked = read_who(parts_, query);
    if (!asked) return refuse(request, asked.error().detail, std::move(reply));
    if (auto fault = read_what(parts_, *asked)) return reply.send(answer_fault(parts_, *asked, *fault));
    const Instant at = now();
    const trust::SessionPtr session = session_of(request, at);
    const bool silent = asked->prompt == "none";
    if (!session || !recent(*asked, *session, at)) {
      if (silent) return reply.send(answer_fault(parts_, *asked, {"login_required", "Nobody is signed in."}));
      // Who has to show anew who they are is signed out, so that the page does not say that they are in already.
      if (session) parts_.sessions.end(session->id, {});
      return reply.send(redirect("/sign-in?next=" + percent_encode("/oidc/authorize?" + again(asked->query, at))));
    }
    if (!may_go_on(*asked, *session)) {
      if (silent) return reply.send(answer_fault(parts_, *asked, {"consent_required", "The person has to be asked."}));
      return reply.send(show(ConsentPage{language(*asked, request), *asked->client, session->subject->name,
                                         asked->scopes, asked->query, asked->redirect_uri}));
    }
    give_code(request, *asked, *session, at, std::move(reply));
  }

  /// The answer to the page.
  void decide(const Request& request, Reply reply) const {
    const auto form = Form::of_body(request);
    if (!form) return reply.send(form.error());
    auto asked = read_who(parts_, form->get("request"));
    if (!asked) return refuse(request, asked.error().detail, std::move(reply));
    if (auto fault = read_what(parts_, *asked)) return reply.send(answer_fault(parts_, *asked, *fault));
    const Instant at = now();
    const trust::SessionPtr session = session_of(request, at);
    if (!session) return reply.send(redirect("/oidc/authorize?" + asked->query));
    if (form->get("decision") != "allow") {
      parts_.record(trust::AuditKind::kSignIn, session->subject, "authorize", "denied", request, asked->client->id);
      return reply.send(answer_fault(parts_, *asked, {"access_denied", "The person did not allow it."}));
    }
    const std::string account = session->subject->account, client = asked->client->id;
    const auto answer = std::make_shared<Reply>(std::move(reply));
    Response response = code_answer(request, *asked, *session, at);
    parts_.approvals.change(
        account + ' ' + client,
        [&](const std::shared_ptr<const Approval>& before) -> Result<std::shared_ptr<const Approval>> {
          std::string scopes = asked->scopes;
          std::string_view earlier = before ? std::string_view(before->scopes) : std::string_view();
          while (!earlier.empty()) {
            const std::string_view scope = take_until(earlier, ' ');
            if (!trust::has_scope(scopes, scope)) scopes.append(" ").append(scope);
          }
          return std::make_shared<const Approval>(Approval{account, client, std::move(scopes)});
        },
        [answer, response = std::move(response)](const auto& written) {
          written ? answer->send(response) : answer->send(written.error());
        });
  }

 private:
  void refuse(const Request& request, std::string_view reason, Reply reply) const {
    reply.send(show_refusal(language_of({}, request.header("Accept-Language")), reason));
  }

  static Language language(const Asked& asked, const Request& request) {
    return language_of(asked.form.get("ui_locales"), request.header("Accept-Language"));
  }

  /// Only a session counts here: a token or key is not a person at a browser.
  trust::SessionPtr session_of(const Request& request, Instant at) const {
    const auto& subject = *request.caller()->subject;
    if (subject.session.empty() || !parts_.account_of(subject.account)) return nullptr;
    return parts_.sessions.find(subject.session, at);
  }

  /// "…&tsunagu_again=TIME.MAC": who comes back with it has signed in after that time, if their session says so.
  std::string again(const std::string& query, Instant at) const {
    const std::string time = std::to_string(at.us);
    return query + '&' + std::string(kAgain) + '=' + time + '.' + mac(time + ' ' + query);
  }

  std::string mac(std::string_view text) const {
    std::array<unsigned char, 32> out{};
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(parts_.again_key.data()), parts_.again_key.size());
    return trust::to_base64url({reinterpret_cast<const char*>(out.data()), out.size()});
  }

  bool recent(const Asked& asked, const trust::Session& session, Instant at) const {
    const bool anew = trust::has_scope(asked.prompt, "login") || trust::has_scope(asked.prompt, "select_account");
    if (!anew && !asked.max_age) return true;
    std::string_view mark = asked.form.get(kAgain);
    const std::string_view time = take_until(mark, '.');
    const std::string good = mac(std::string(time) + ' ' + asked.query);
    const bool came_back = mark.size() == good.size() && sodium_memcmp(mark.data(), good.data(), good.size()) == 0 &&
                           session.began.us >= parse_number<std::int64_t>(time).value_or(at.us);
    if (came_back) return true;
    return !anew && (at.us - session.began.us) / kSecond <= *asked.max_age;
  }

  bool may_go_on(const Asked& asked, const trust::Session& session) const {
    if (trust::has_scope(asked.prompt, "consent") && !asked.client->first_party) return false;
    if (asked.client->first_party) return true;
    const auto approval = parts_.approvals.find(session.subject->account + ' ' + asked.client->id);
    if (!approval) return false;
    std::string_view wanted = asked.scopes;
    while (!wanted.empty()) {
      if (!trust::has_scope(approval->scopes, take_until(wanted, ' '))) return false;
    }
    return true;
  }

  Response code_answer(const Request& request, const Asked& asked, const trust::Session& session, Instant at) const {
    const trust::Subject& subject = *session.subject;
    trust::Codes::Code code;
    code.grant.id = trust::random_text(16);
    code.grant.client = asked.client->id;
    code.grant.account = subject.account;
    code.grant.subject = subject.id;
    code.grant.session = session.id;
    code.grant.scopes = asked.scopes;
    code.grant.assurance = subject.assurance;
    code.grant.signed_in = session.began;
    code.redirect_uri = asked.redirect_uri;
    code.challenge = asked.challenge;
    code.nonce = asked.nonce;
    const auto text = parts_.codes.keep(std::move(code), at);
    if (!text) return answer_fault(parts_, asked, {"temporarily_unavailable", "Too many sign-ins at once."});
    parts_.record(trust::AuditKind::kSignIn, session.subject, "authorize", "ok", request, asked.client->id);
    return redirect(answer_address(parts_, asked, {{"code", *text}}));
  }

  void give_code(const Request& request, const Asked& asked, const trust::Session& session, Instant at,
                 Reply reply) const {
    reply.send(code_answer(request, asked, session, at));
  }

  Provider::Parts& parts_;
};

openapi::Operation page_operation(std::string_view id, std::string_view summary) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "OpenID Connect";
  operation.summary = summary;
  operation.answers.push_back({200, "A page that asks the person", "Page", {"text/html"}});
  operation.answers.push_back({303, "On to the app or to the sign-in page", "", {}});
  operation.answers.push_back({400, "A page that says what is wrong", "Page", {"text/html"}});
  return operation;
}

}  // namespace

void add_authorize_routes(Router& router, openapi::Document& document, Provider::Parts& parts) {
  document.add_schema("Page", R"({"type":"string"})");
  document.add_schema("Form", R"({"type":"object","additionalProperties":{"type":"string"}})");
  openapi::Operation asking =
      page_operation("authorize", "Ask a person to sign in to an app (authorization code with PKCE)");
  constexpr std::string_view kText = R"({"type":"string"})";
  asking.parameters = {{"client_id", "query", "The app", kText},
                       {"redirect_uri", "query", "One that it is registered with, exactly", kText},
                       {"response_type", "query", "", R"({"type":"string","enum":["code"]})"},
                       {"scope", "query", "Of openid, profile, offline_access, graph.read and graph.write", kText},
                       {"code_challenge", "query", "PKCE", kText},
                       {"code_challenge_method", "query", "", R"({"type":"string","enum":["S256"]})"},
                       {"state", "query", "Comes back as it is", kText},
                       {"nonce", "query", "Comes back in the ID token", kText},
                       {"prompt", "query", "none, login, consent or select_account", kText},
                       {"max_age", "query", "Seconds since the person showed who they are", R"({"type":"integer"})"},
                       {"ui_locales", "query", "ja, ja-easy, en", kText}};
  document.add("GET", "/oidc/authorize", asking);
  openapi::Operation posted = page_operation("authorizeByForm", "The same with a form");
  posted.body_schema = "Form";
  posted.body_media_types = {"application/x-www-form-urlencoded"};
  document.add("POST", "/oidc/authorize", posted);
  posted.id = "decideConsent";
  posted.summary = "What the person answers to the page";
  document.add("POST", "/oidc/consent", std::move(posted));
  openapi::Operation style;
  style.id = "getPageStyle";
  style.tag = "OpenID Connect";
  style.summary = "Style sheet of these pages";
  style.answers.push_back({200, "CSS", "Page", {"text/css"}});
  document.add("GET", "/oidc/page.css", std::move(style));

  const auto authorize = std::make_shared<const Authorize>(parts);
  router.add("GET", "/oidc/authorize", [authorize](const RequestPtr& request, const PathParameters&, Reply reply) {
    authorize->ask(*request, std::move(reply));
  });
  router.add("POST", "/oidc/authorize", [](const RequestPtr& request, const PathParameters&, Reply reply) {
    const auto form = Form::of_body(*request);
    form ? reply.send(redirect("/oidc/authorize?" + form->encoded_without(kAgain))) : reply.send(form.error());
  });
  router.add("POST", "/oidc/consent", [authorize](const RequestPtr& request, const PathParameters&, Reply reply) {
    authorize->decide(*request, std::move(reply));
  });
  router.add("GET", "/oidc/page.css", [](const RequestPtr&, const PathParameters&, Reply reply) {
    Response response;
    response.content_type = "text/css; charset=utf-8";
    response.headers = {{"Cache-Control", "max-age=3600"}, {"X-Content-Type-Options", "nosniff"}};
    response.body = page_style();
    reply.send(std::move(response));
  });
}

}  // namespace tsunagu::gateway::oidc
