// What the routes of sign-in share. Internal to them.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/json_object.h"
#include "gateway/guard/caller.h"
#include "gateway/sign_in/routes.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::gateway::sign_in {

using PartsPtr = std::shared_ptr<const SignInParts>;

/// One request; kept until it is answered.
struct Call {
  PartsPtr parts;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  std::string body;  ///< canonical JSON of an object

  const trust::SubjectPtr& caller() const { return request->caller()->subject; }
  trust::SignIn& sign_in() const { return parts->sign_in; }
  trust::Visitor visitor() const;
  std::string text(std::string_view name) const { return trust::text_in(body, name); }

  void send(unsigned status, std::string json, std::vector<Header> headers = {});
  void send_empty(std::vector<Header> headers = {});
  void turn_away(const trust::Refusal& refusal);
  void refuse(const Error& error) { turn_away({error, {}, {}}); }
};
using CallPtr = std::shared_ptr<Call>;

using Work = void (*)(const CallPtr& call);
enum class Who { kAnybody, kAccount };  ///< kAccount: somebody signed in who has an account

struct Route {
  std::string_view method, path, id, summary;
  std::string_view body;    ///< schema; "" for none
  std::string_view answer;  ///< schema; "" for no body
  Who who = Who::kAnybody;
  Work work;
};
/// Adds and describes a route. A body of more than 64 KiB is refused, also one that is no JSON object.
void add(Router& router, openapi::Document& document, const PartsPtr& parts, const Route& route);

/// GET /auth/me as `subject` sees it.
std::string me_json(const SignInParts& parts, const trust::SubjectPtr& subject);
/// Answers a way in: the session's cookie and me, or why not.
trust::SignIn::Done signed_in(const CallPtr& call);
/// Answers a change: 204, or why not.
trust::SignIn::Finished finished(const CallPtr& call);

void add_session_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_own_account_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_proof_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_delegate_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_accounts_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_key_routes(Router& router, openapi::Document& document, const PartsPtr& parts);

/// May the caller look after what belongs to `tenant`? Those of the default tenant after all.
bool looks_after(const trust::Subject& caller, std::string_view tenant);

}  // namespace tsunagu::gateway::sign_in
