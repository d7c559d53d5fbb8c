#include "gateway/sign_in/call.h"

#include "base/json.h"
#include "trust/sign_in/secrets.h"

namespace tsunagu::gateway::sign_in {
namespace {

constexpr std::size_t kMaxBody = 64 * 1024;

Result<std::string> read_body(const Request& request, bool wanted) {
  if (!wanted) return "{}";
  if (request.body().size() > kMaxBody) return fail(ErrorCode::kContentTooLarge, "the body may have 64 KiB");
  std::string body;
  if (!append_canonical_json(body, request.body(), 16) || !body.starts_with('{')) {
    return fail(ErrorCode::kInvalidRequest, "the body must be a JSON object");
  }
  return body;
}

void run(const Route& route, const CallPtr& call) {
  if (route.who == Who::kAccount && call->caller()->account.empty()) {
    const bool nobody = call->caller()->kind == trust::SubjectKind::kAnonymous;
    return call->refuse(nobody ? Error{ErrorCode::kUnauthorized, "sign in first"}
                               : Error{ErrorCode::kForbidden, "this is for people with an account"});
  }
  auto body = read_body(*call->request, !route.body.empty());
  if (!body) return call->refuse(body.error());
  call->body = std::move(*body);
  route.work(call);
}

}  // namespace

trust::Visitor Call::visitor() const {
  trust::Visitor visitor;
  visitor.peer = request->peer();
  visitor.agent = request->header("User-Agent");
  visitor.device = parts->cookies.device(*request);
  visitor.request = std::string(request->method()).append(" ").append(request->path());
  return visitor;
}

void Call::send(unsigned status, std::string json, std::vector<Header> headers) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = std::move(headers);
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(json);
  reply.send(std::move(response));
}

void Call::send_empty(std::vector<Header> headers) {
  Response response;
  response.status = 204;
  response.headers = std::move(headers);
  response.headers.emplace_back("Cache-Control", "no-store");
  reply.send(std::move(response));
}

void Call::turn_away(const trust::Refusal& refusal) {
  Response response = problem(refusal.error);
  if (!refusal.next.empty()) {
    response.body.pop_back();
    response.body += R"(,"next":)";
    append_json_string(response.body, refusal.next);
    response.body += '}';
  }
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Session realm=\"Tsunagu\"");
  if (refusal.retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after.count()));
  }
  response.headers.emplace_back("Cache-Control", "no-store");
  reply.send(std::move(response));
}

void add(Router& router, openapi::Document& document, const PartsPtr& parts, const Route& route) {
  openapi::Operation operation;
  operation.id = route.id;
  operation.tag = "Sign-in";
  operation.summary = route.summary;
  if (!route.body.empty()) {
    operation.body_schema = route.body;
    operation.body_media_types = {"application/json"};
  }
  if (route.answer.empty()) {
    operation.answers.push_back({204, "Done", "", {}});
  } else {
    operation.answers.push_back({200, "The answer", route.answer, {"application/json"}});
  }
  operation.answers.push_back(
      {401, "Nobody is signed in, or what was shown does not hold", "ProblemDetails", {"application/json"}});
  for (std::string_view rest = route.path; rest.find('{') != std::string_view::npos;) {
    rest.remove_prefix(rest.find('{') + 1);
    operation.parameters.push_back({rest.substr(0, rest.find('}')), "path", "Which one", R"({"type":"string"})"});
  }
  document.add(route.method, route.path, std::move(operation));
  router.add(route.method, route.path, [parts, route](RequestPtr request, PathParameters path, Reply reply) {
    run(route, std::make_shared<Call>(Call{parts, std::move(request), std::move(path), std::move(reply), {}}));
  });
}

trust::SignIn::Done signed_in(const CallPtr& call) {
  return [call](tl::expected<trust::SignedIn, trust::Refusal> in) {
    if (!in) return call->turn_away(in.error());
    std::vector<Header> headers = {call->parts->cookies.set_session(in->token)};
    if (!in->device.empty()) headers.push_back(call->parts->cookies.set_device(in->device));
    call->send(200, me_json(*call->parts, in->session->subject), std::move(headers));
  };
}

trust::SignIn::Finished finished(const CallPtr& call) {
  return [call](const Result<void>& done) {
    if (!done) return call->refuse(done.error());
    call->send_empty();
  };
}

bool looks_after(const trust::Subject& caller, std::string_view tenant) {
  return caller.everything() || caller.tenant.empty() || caller.tenant == tenant;
}

}  // namespace tsunagu::gateway::sign_in
