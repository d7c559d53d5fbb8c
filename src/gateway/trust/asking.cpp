#include "gateway/trust/asking.h"

#include "base/json_object.h"
#include "gateway/guard/caller.h"

namespace tsunagu::gateway {

Result<trust::Asking> asking_of(const Request& request, const store::Store& store) {
  trust::Asking out;
  out.subject = request.caller()->subject;
  out.tenant_name =
      request.has_header("NGSILD-Tenant") ? std::string(request.header("NGSILD-Tenant")) : out.subject->tenant;
  const auto tenant = store.find_tenant(out.tenant_name);
  if (!tenant) return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + out.tenant_name);
  out.tenant = *tenant;
  out.request = std::string(request.method()) + " " + std::string(request.path());
  out.peer = request.peer();
  return out;
}

Result<trust::Asking> signed_in(const Request& request, const store::Store& store) {
  const trust::Subject& subject = *request.caller()->subject;
  if (subject.kind == trust::SubjectKind::kAnonymous) {
    return fail(ErrorCode::kUnauthorized, "sign in first: this is about you");
  }
  if (!subject.scopes.empty()) {
    return fail(ErrorCode::kForbidden, "an application cannot do this for you: sign in to the portal");
  }
  auto asking = asking_of(request, store);
  // The same id may be somebody else in another tenant.
  if (asking && asking->tenant_name != subject.tenant && !subject.everything()) {
    return fail(ErrorCode::kForbidden, "this is about you: ask in your own tenant");
  }
  return asking;
}

std::string json_of(const trust::Named& named) {
  std::string out;
  JsonObject(out).text("id", named.id).text("name", named.name).end();
  return out;
}

std::string json_of(const trust::Title& title) {
  std::string out;
  JsonObject(out).text_if("ja", title.ja).text_if("en", title.en).text_if("easy", title.easy).end();
  return out;
}

Response json_answer(std::string body, unsigned status) {
  Response out;
  out.status = status;
  out.content_type = "application/json";
  out.headers.emplace_back("Cache-Control", "no-store");
  out.body = std::move(body);
  return out;
}

}  // namespace tsunagu::gateway
