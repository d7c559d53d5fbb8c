// Signing in and out, and acting for somebody.
#include "gateway/sign_in/call.h"

namespace tsunagu::gateway::sign_in {
namespace {

/// A guess at what the caller meant costs an attempt: what is missing is said before.
bool lacks(const CallPtr& call, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (!call->text(name).empty()) continue;
    call->refuse({ErrorCode::kBadRequestData, "the body must have \"" + std::string(name) + "\", a text"});
    return true;
  }
  return false;
}

void me(const CallPtr& call) {
  const auto& cookies = call->parts->cookies;
  std::vector<Header> headers;
  const bool ended = !cookies.session(*call->request).empty() && call->caller()->kind == trust::SubjectKind::kAnonymous;
  if (ended) headers.push_back(cookies.clear_session());
  call->send(200, me_json(*call->parts, call->caller()), std::move(headers));
}

void password(const CallPtr& call) {
  if (lacks(call, {"account", "password"})) return;
  call->sign_in().password(call->visitor(), call->text("account"), call->text("password"), call->text("code"),
                           signed_in(call));
}

void recovery(const CallPtr& call) {
  if (lacks(call, {"account", "code", "password"})) return;
  call->sign_in().recover(call->visitor(), call->text("account"), call->text("code"), call->text("password"),
                          signed_in(call));
}

void demonstration(const CallPtr& call) {
  if (!call->parts->loopback) {
    return call->refuse({ErrorCode::kForbidden, "demonstration accounts can be used on the machine itself only"});
  }
  if (lacks(call, {"account"})) return;
  call->sign_in().demonstration(call->visitor(), call->text("account"), signed_in(call));
}

void sign_out(const CallPtr& call) {
  const auto done = [call](const Result<void>& ended) {
    if (!ended && ended.error().code != ErrorCode::kResourceNotFound) return call->refuse(ended.error());
    call->send_empty({call->parts->cookies.clear_session()});
  };
  if (call->caller()->session.empty() || call->caller()->account.empty()) return done({});
  call->sign_in().end_session(call->visitor(), call->caller(), call->caller()->session, done);
}

void act_for(const CallPtr& call) {
  const std::string person = call->text("person");
  if (person.empty() && ngsi::walk::member(call->body, "person") != "null") {
    return call->refuse({ErrorCode::kBadRequestData, "\"person\" must be the URN of a person, or null for nobody"});
  }
  const trust::SubjectPtr who = call->caller();
  const store::TenantId tenant = call->parts->store.find_tenant(who->tenant).value_or(store::TenantId(0));
  if (!person.empty() && !call->parts->directory->may_act_for(who, person, tenant)) {
    return call->refuse({ErrorCode::kForbidden, "you are not registered to act for this person"});
  }
  call->sign_in().sessions().act_for(who->session, person, [call, who, person](Result<trust::SessionPtr> changed) {
    if (!changed) return call->refuse(changed.error());
    const std::string_view action = person.empty() ? "act for oneself" : "act for";
    call->sign_in().log(trust::AuditKind::kSignIn, (*changed)->subject, call->visitor(), action, "ok", person,
                        [call, session = *changed](const Result<void>& logged) {
                          if (!logged) return call->refuse(logged.error());
                          call->send(200, me_json(*call->parts, session->subject));
                        });
  });
}

}  // namespace

void add_session_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("Me", R"({"type":"object","properties":{"auth":{"enum":["on","none"]},"subject":)"
                            R"({"type":["object","null"]},"purposes":{"type":"array"},"methods":{"type":"array"},)"
                            R"("providers":{"type":"array"},"demo":{"type":"array"}}})");
  document.add_schema("PasswordSignIn",
                      R"({"type":"object","required":["account","password"],"properties":{"account":{"type":"string"},)"
                      R"("password":{"type":"string"},"code":{"type":"string"}}})");
  document.add_schema("Recovery", R"({"type":"object","required":["account","code","password"],"properties":)"
                                  R"({"account":{"type":"string"},"code":{"type":"string"},)"
                                  R"("password":{"type":"string"}}})");
  document.add_schema("AccountName",
                      R"({"type":"object","required":["account"],"properties":{"account":{"type":"string"}}})");
  document.add_schema("ActFor", R"({"type":"object","required":["person"],"properties":{"person":)"
                                R"({"type":["string","null"]}}})");
  const Route routes[] = {
      {"GET", "/auth/me", "me", "Who the caller is, and how one can sign in", "", "Me", Who::kAnybody, me},
      {"POST", "/auth/password", "signInByPassword", "Sign in by password (and code)", "PasswordSignIn", "Me",
       Who::kAnybody, password},
      {"POST", "/auth/recovery", "recoverAccount", "Sign in by a recovery code and set a new password", "Recovery",
       "Me", Who::kAnybody, recovery},
      {"POST", "/auth/demo", "signInToDemonstration", "Sign in to a demonstration account, on the machine itself",
       "AccountName", "Me", Who::kAnybody, demonstration},
      {"POST", "/auth/sign-out", "signOut", "End the session", "", "", Who::kAnybody, sign_out},
      {"POST", "/auth/act-for", "actFor", "Act for a person as their registered delegate, or for oneself again",
       "ActFor", "Me", Who::kAccount, act_for},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

void add_all(Router& router, openapi::Document& document, const PartsPtr& parts) {
  add_session_routes(router, document, parts);
  add_own_account_routes(router, document, parts);
  add_proof_routes(router, document, parts);
  add_delegate_routes(router, document, parts);
  add_accounts_routes(router, document, parts);
  add_key_routes(router, document, parts);
}

}  // namespace tsunagu::gateway::sign_in

namespace tsunagu::gateway {

void add_sign_in_routes(Router& router, openapi::Document& document, SignInParts parts) {
  parts.delegates = std::make_shared<trust::Delegates>(parts.store, parts.sign_in);
  sign_in::add_all(router, document, std::make_shared<const SignInParts>(std::move(parts)));
}

}  // namespace tsunagu::gateway
