// /oidc/end-session (OpenID Connect RP-Initiated Logout 1.0).
#include <algorithm>
#include <memory>

#include "base/url.h"
#include "gateway/guard/caller.h"
#include "gateway/oidc/consent_page.h"
#include "gateway/oidc/provider_parts.h"

namespace tsunagu::gateway::oidc {
namespace {

/// Where to go in the end; "" when the request names no address that may be gone to.
std::string way_back(const Provider::Parts& parts, const Form& form, const std::string& hinted_client) {
  const std::string_view address = form.get("post_logout_redirect_uri");
  const std::string id = hinted_client.empty() ? std::string(form.get("client_id")) : hinted_client;
  const auto client = parts.clients.find(id);
  if (address.empty() || !client || (form.has("client_id") && form.get("client_id") != id)) return {};
  if (std::ranges::find(client->post_logout_redirect_uris, address) == client->post_logout_redirect_uris.end())
    return {};
  std::string out(address);
  if (form.has("state")) {
    out.append(out.find('?') == std::string::npos ? "?state=" : "&state=");
    append_percent_encoded(out, form.get("state"));
  }
  return out;
}

class EndSession {
 public:
  explicit EndSession(Provider::Parts& parts) : parts_(parts) {}

  void ask(const Request& request, const Result<Form>& form, Reply reply) const {
    const Language language = language_of(form ? form->get("ui_locales") : "", request.header("Accept-Language"));
    if (!form) return reply.send(show_refusal(language, form.error().detail));
    const Hint hint = read_hint(form->get("id_token_hint"));
    if (form->has("id_token_hint") && hint.client.empty())
      return reply.send(show_refusal(language, "id_token_hint is not an ID token of this provider."));
    const std::string back = way_back(parts_, *form, hint.client);
    const auto& subject = request.caller()->subject;
    const auto session = parts_.sessions.find(subject->session, now());
    if (!session) return finish(language, back, std::move(reply));
    // The app proves by its ID token that it is the person's wish; everybody else has to ask them.
    if (hint.session == session->id) return end(request, session, language, back, std::move(reply));
    reply.send(show(SignOutPage{language, subject->name, form->encoded_without("id_token_hint")}));
  }

  void decide(const Request& request, Reply reply) const {
    const auto form = Form::of_body(request);
    if (!form) return reply.send(form.error());
    const auto asked = Form::read(form->get("request"));
    if (!asked) return reply.send(asked.error());
    const Language language = language_of(asked->get("ui_locales"), request.header("Accept-Language"));
    if (form->get("decision") != "allow") return reply.send(redirect("/"));
    const std::string back = way_back(parts_, *asked, "");
    const auto session = parts_.sessions.find(request.caller()->subject->session, now());
    if (!session) return finish(language, back, std::move(reply));
    end(request, session, language, back, std::move(reply));
  }

 private:
  struct Hint {
    std::string client, session;
  };
  /// An ID token that we made, however old.
  Hint read_hint(std::string_view token) const {
    const auto jws = trust::read_jws(token);
    if (!jws || jws->type == "at+jwt" || !parts_.keys->published(now())->verify(*jws)) return {};
    const trust::Claims claims(jws->claims);
    if (claims.text("iss") != parts_.options.issuer) return {};
    return {claims.text("aud"), claims.text("sid")};
  }

  void end(const Request& request, const trust::SessionPtr& session, Language language, std::string back,
           Reply reply) const {
    parts_.record(trust::AuditKind::kSignOut, session->subject, "end-session", "ok", request);
    parts_.grants.end_where([&](const trust::ClientGrant& grant) {
      return grant.session == session->id && !trust::has_scope(grant.scopes, "offline_access");
    });
    const auto answer = std::make_shared<Reply>(std::move(reply));
    parts_.sessions.end(session->id, [answer, language, back = std::move(back)](const Result<void>& ended) {
      if (!ended) return answer->send(ended.error());
      finish(language, back, std::move(*answer));
    });
  }

  static void finish(Language language, const std::string& back, Reply reply) {
    reply.send(back.empty() ? show_signed_out(language) : redirect(back));
  }

  Provider::Parts& parts_;
};

}  // namespace

void add_end_session_routes(Router& router, openapi::Document& document, Provider::Parts& parts) {
  openapi::Operation operation;
  operation.id = "endSession";
  operation.tag = "OpenID Connect";
  operation.summary = "Sign a person out, and go back to the app";
  constexpr std::string_view kText = R"({"type":"string"})";
  operation.parameters = {{"id_token_hint", "query", "Of the sign-in that ends: then nobody is asked", kText},
                          {"client_id", "query", "The app", kText},
                          {"post_logout_redirect_uri", "query", "One that it is registered with, exactly", kText},
                          {"state", "query", "Comes back as it is", kText}};
  operation.answers.push_back({200, "A page", "Page", {"text/html"}});
  operation.answers.push_back({303, "Back to the app", "", {}});
  document.add("GET", "/oidc/end-session", operation);
  operation.id = "endSessionByForm";
  operation.parameters.clear();
  operation.body_schema = "Form";
  operation.body_media_types = {"application/x-www-form-urlencoded"};
  document.add("POST", "/oidc/end-session", operation);
  operation.id = "decideSignOut";
  operation.summary = "What the person answers to the page";
  document.add("POST", "/oidc/sign-out", std::move(operation));

  const auto routes = std::make_shared<const EndSession>(parts);
  router.add("GET", "/oidc/end-session", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    const std::string_view target = request->target();
    const std::size_t mark = target.find('?');
    const std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    routes->ask(*request, Form::read(query), std::move(reply));
  });
  router.add("POST", "/oidc/end-session", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    routes->ask(*request, Form::of_body(*request), std::move(reply));
  });
  router.add("POST", "/oidc/sign-out", [routes](const RequestPtr& request, const PathParameters&, Reply reply) {
    routes->decide(*request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway::oidc
