// Keys of devices and programs: for those with the right "accounts" (the guard asks for it).
#include "gateway/sign_in/call.h"

namespace tsunagu::gateway::sign_in {
namespace {

using trust::AccessKey;
using trust::AccessKeyPtr;

void put_key(std::string& out, const AccessKey& key, const std::string& text) {
  JsonObject each(out);
  each.text("id", key.id).text("name", key.title).text("kind", name(key.subject->kind));
  each.text("subject", key.subject->id).text("tenant", key.subject->tenant).text_if("certificate", key.certificate);
  trust::put_instant(each, "made", key.made);
  trust::put_instant(each, "until", key.until);
  each.text_if("madeBy", key.made_by).text_if("key", text).end();
}

void list(const CallPtr& call) {
  std::string out = "[";
  for (const AccessKeyPtr& key : call->sign_in().keys().all()) {
    if (!looks_after(*call->caller(), key->subject->tenant)) continue;
    if (out.size() > 1) out += ',';
    put_key(out, *key, {});
  }
  call->send(200, out + "]");
}

void create(const CallPtr& call) {
  const trust::SubjectPtr& caller = call->caller();
  AccessKey draft;
  trust::Subject subject;
  subject.kind = trust::kind_named(call->text("kind"));
  subject.id = call->text("subject");
  subject.tenant = call->text("tenant");
  if (subject.tenant.empty() && !caller->everything()) subject.tenant = caller->tenant;
  if (subject.kind == trust::SubjectKind::kSystem || !looks_after(*caller, subject.tenant)) {
    return call->refuse({ErrorCode::kForbidden, "such a key cannot be made here"});
  }
  if (!call->parts->store.find_tenant(subject.tenant)) {
    return call->refuse({ErrorCode::kNonexistentTenant, "there is no tenant " + subject.tenant});
  }
  draft.title = call->text("name");
  draft.certificate = call->text("certificate");
  draft.made_by = caller->account.empty() ? caller->session : caller->account;
  if (const std::string until = call->text("until"); !until.empty()) {
    const auto at = parse_instant(until);
    if (!at || *at <= now()) {
      return call->refuse({ErrorCode::kBadRequestData, "\"until\" must be an instant to come: 2030-04-01T00:00:00Z"});
    }
    draft.until = *at;
  }
  draft.subject = std::make_shared<const trust::Subject>(std::move(subject));
  call->sign_in().keys().make(std::move(draft), now(), [call](const Result<trust::AccessKeys::Made>& made) {
    if (!made) return call->refuse(made.error());
    call->sign_in().log(trust::AuditKind::kAccount, call->caller(), call->visitor(), "add key", "ok", made->key->id,
                        [call, made = *made](const Result<void>& logged) {
                          if (!logged) return call->refuse(logged.error());
                          std::string out;
                          put_key(out, *made.key, made.text);
                          call->send(201, std::move(out));
                        });
  });
}

void remove(const CallPtr& call) {
  const std::string& id = call->path.front();
  for (const AccessKeyPtr& key : call->sign_in().keys().all()) {
    if (key->id != id || !looks_after(*call->caller(), key->subject->tenant)) continue;
    return call->sign_in().keys().remove(id, [call, id](const Result<AccessKeyPtr>& removed) {
      if (!removed) return call->refuse(removed.error());
      call->sign_in().log(trust::AuditKind::kAccount, call->caller(), call->visitor(), "revoke key", "ok", id,
                          finished(call));
    });
  }
  call->refuse({ErrorCode::kResourceNotFound, "there is no such key"});
}

}  // namespace

void add_key_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("AccessKey",
                      R"({"type":"object","required":["name","kind","subject"],"properties":{"name":{"type":"string"},)"
                      R"("kind":{"enum":["device","program"]},"subject":{"type":"string","format":"uri"},"tenant":)"
                      R"({"type":"string"},"until":{"type":"string","format":"date-time"},"certificate":)"
                      R"({"type":"string","pattern":"^[0-9a-f]{64}$"},"key":{"type":"string","readOnly":true}}})");
  document.add_schema("AccessKeys", R"({"type":"array","items":{"$ref":"#/components/schemas/AccessKey"}})");
  const Route routes[] = {
      {"GET", "/auth/keys", "keys", "Keys of devices and programs", "", "AccessKeys", Who::kAnybody, list},
      {"POST", "/auth/keys", "addKey", "Make a key (shown once), or bind a client certificate to a device", "AccessKey",
       "AccessKey", Who::kAnybody, create},
      {"DELETE", "/auth/keys/{id}", "revokeKey", "Revoke a key at once", "", "", Who::kAnybody, remove},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

}  // namespace tsunagu::gateway::sign_in
