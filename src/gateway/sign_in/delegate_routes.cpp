// Those who may act for the account's owner.
#include "gateway/sign_in/call.h"
#include "trust/sign_in/delegates.h"

namespace tsunagu::gateway::sign_in {
namespace {

using trust::Delegation;

void put_delegation(std::string& out, const CallPtr& call, const Delegation& delegation, store::TenantId tenant) {
  JsonObject each(out);
  each.text("id", delegation.id).text("delegate", delegation.delegate);
  each.text("name", call->parts->directory->named(delegation.delegate, tenant).name);
  if (delegation.until == kNoInstant) {
    each.json("until", "null");
  } else {
    each.text("until", to_string(delegation.until));
  }
  each.end();
}

store::TenantId tenant_of(const CallPtr& call) {
  return call->parts->store.find_tenant(call->caller()->tenant).value_or(store::TenantId(0));
}

void list_delegates(const CallPtr& call) {
  std::string out = "[";
  for (const Delegation& each : call->parts->delegates->of(call->caller()->id, tenant_of(call), now())) {
    if (out.size() > 1) out += ',';
    put_delegation(out, call, each, tenant_of(call));
  }
  call->send(200, out + "]");
}

void add_delegate(const CallPtr& call) {
  const std::string until = call->text("until");
  const auto at = parse_instant(until);
  if (!until.empty() && !at) {
    return call->refuse({ErrorCode::kBadRequestData, "\"until\" must be an instant: 2030-04-01T00:00:00Z"});
  }
  call->parts->delegates->add(call->caller(), call->visitor(), call->text("delegate"), at.value_or(kNoInstant),
                              [call](const Result<Delegation>& added) {
                                if (!added) return call->refuse(added.error());
                                std::string out;
                                put_delegation(out, call, *added, tenant_of(call));
                                call->send(201, std::move(out));
                              });
}

void remove_delegate(const CallPtr& call) {
  call->parts->delegates->remove(call->caller(), call->visitor(), call->path.front(), finished(call));
}

}  // namespace

void add_delegate_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("Delegate", R"({"type":"object","required":["delegate"],"properties":{"id":{"type":"string"},)"
                                  R"("delegate":{"type":"string"},"name":{"type":"string"},"until":)"
                                  R"({"type":["string","null"],"format":"date-time"}}})");
  document.add_schema("Delegates", R"({"type":"array","items":{"$ref":"#/components/schemas/Delegate"}})");
  const Route routes[] = {
      {"GET", "/auth/account/delegates", "delegates", "Who may act for one", "", "Delegates", Who::kAccount,
       list_delegates},
      {"POST", "/auth/account/delegates", "addDelegate", "Let somebody act for one, until a date", "Delegate",
       "Delegate", Who::kAccount, add_delegate},
      {"DELETE", "/auth/account/delegates/{id}", "removeDelegate", "Let them act no more, at once", "", "",
       Who::kAccount, remove_delegate},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

}  // namespace tsunagu::gateway::sign_in
