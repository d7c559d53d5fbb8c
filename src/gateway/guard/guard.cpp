#include "gateway/guard/guard.h"

#include "gateway/http/origin.h"

namespace tsunagu::gateway {
namespace {

bool only_reads(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

/// Could a page of another site have made the caller's browser send this with their session?
bool forged_by_page(const Request& request, const std::vector<std::string>& origins) {
  if (only_reads(request.method()) || (!request.has_header("Cookie") && !request.path().starts_with("/auth/"))) {
    return false;
  }
  const std::string_view site = request.header("Sec-Fetch-Site");
  if (site == "same-origin" || site == "none") return false;
  return !site.empty() || !from_known_page(request, origins);
}

constexpr std::size_t kMaxPurpose = 64;

bool valid_purpose(std::string_view purpose) {
  if (purpose.size() > kMaxPurpose) return false;
  for (const char c : purpose) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  }
  return true;
}

}  // namespace

const CallerPtr& open_caller() {
  static const CallerPtr caller = std::make_shared<const Caller>(Caller{trust::everybody(), ""});
  return caller;
}

Guard::Guard(const trust::Authority& authority, trust::Auditor& auditor, std::vector<Authenticator*> authenticators,
             Options options)
    : authority_(authority),
      auditor_(auditor),
      authenticators_(std::move(authenticators)),
      options_(std::move(options)) {}

Result<CallerPtr> Guard::who(const Request& request) const {
  Caller caller;
  for (Authenticator* each : authenticators_) {
    auto subject = each->who(request, now());
    if (!subject) return tl::unexpected(subject.error());
    if (!*subject) continue;
    caller.subject = std::move(**subject);
    break;
  }
  caller.purpose = request.header("Tsunagu-Purpose");
  if (!valid_purpose(caller.purpose)) {
    return fail(ErrorCode::kInvalidRequest,
                "the header Tsunagu-Purpose takes one key of a purpose: lower-case letters, digits, - and _");
  }
  return std::make_shared<const Caller>(std::move(caller));
}

Result<void> Guard::check(const Request& request, std::string_view method, std::string_view pattern) const {
  if (options_.open) {
    request.set_caller(open_caller());
    return {};
  }
  if (!request.caller()) {
    auto caller = who(request);
    request.set_caller(caller ? std::move(*caller) : std::make_shared<const Caller>());
    if (!caller) return refuse(request, caller.error().code, std::move(caller.error().detail));
  }
  const Caller& caller = *request.caller();
  if (forged_by_page(request, options_.origins)) {
    return refuse(request, ErrorCode::kForbidden, "a page of another site cannot do this with your session");
  }
  const RouteRight right = right_of(method, pattern);
  if (right.right.empty() || may(request, right)) return {};
  if (caller.subject->kind == trust::SubjectKind::kAnonymous) {
    return refuse(request, ErrorCode::kUnauthorized, "sign in first: this is not for everybody");
  }
  return refuse(request, ErrorCode::kForbidden,
                "this needs the right \"" + std::string(right.right) + "\", which you do not have");
}

bool Guard::may(const Request& request, const RouteRight& right) const {
  const Caller& caller = *request.caller();
  std::string name;
  if (right.in == RightIn::kAsked || right.in == RightIn::kAskedOrOwn) name = asked_tenant(request);
  if (right.in == RightIn::kOwn || (right.in == RightIn::kAskedOrOwn && name.empty())) name = caller.subject->tenant;
  std::optional<store::TenantId> tenant = store::TenantId{};
  if (!name.empty() && options_.store != nullptr) tenant = options_.store->find_tenant(name);
  // Of a tenant that is not there the route itself tells who may make one.
  return authority_.access(caller.subject, tenant.value_or(store::TenantId{}), caller.purpose)->may(right.right);
}

std::optional<Response> Guard::admit(const Request& request, std::string_view method, std::string_view pattern) const {
  const auto checked = check(request, method, pattern);
  if (checked) return options_.limits == nullptr ? std::nullopt : options_.limits->admit(request, method, pattern);
  Response response = problem(checked.error());
  if (response.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

bool Guard::still_holds(const Request& request) const {
  const trust::Subject& then = *request.caller()->subject;
  if (options_.open || then.kind == trust::SubjectKind::kAnonymous) return true;
  for (Authenticator* each : authenticators_) {
    const auto subject = each->still(request, now());
    if (!subject) return false;
    if (!*subject) continue;
    const trust::Subject& current = ***subject;
    return current.id == then.id && current.acts_for == then.acts_for && current.tenant == then.tenant;
  }
  return false;
}

tl::unexpected<Error> Guard::refuse(const Request& request, ErrorCode code, std::string detail) const {
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kDenied;
  record.subject = request.caller()->subject;
  record.purpose = request.caller()->purpose;
  record.action = "request";
  record.request = std::string(request.method()) + ' ' + std::string(request.path());
  record.peer = request.peer();
  record.tenant = request.header("NGSILD-Tenant");
  record.outcome = detail;
  auditor_.record(std::move(record), {});
  return fail(code, std::move(detail));
}

}  // namespace tsunagu::gateway
