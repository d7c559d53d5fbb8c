// /info/sourceIdentity: who answers here (5.15.1).
#include "base/json.h"
#include "base/time.h"
#include "base/version.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

/// ISO 8601: P1DT2H3M4S.
std::string print_duration(std::int64_t seconds) {
  return "P" + std::to_string(seconds / 86400) + "DT" + std::to_string(seconds / 3600 % 24) + "H" +
         std::to_string(seconds / 60 % 60) + "M" + std::to_string(seconds % 60) + "S";
}

void identify(const CallPtr& call) {
  const Instant at = now();
  std::string alias = call->api.options.alias;
  const std::string_view tenant = call->request->header("NGSILD-Tenant");
  if (!tenant.empty()) alias.append("-").append(tenant);
  std::string out = "{";
  if (call->context_in_body) out.append("\"@context\":").append(call->context->as_json()).append(",");
  out += R"("id":)";
  append_json_string(out, "urn:ngsi-ld:ContextSourceIdentity:" + alias);
  out += R"(,"type":"ContextSourceIdentity","contextSourceAlias":)";
  append_json_string(out, alias);
  out += R"(,"contextSourceUptime":)";
  append_json_string(out, print_duration((at.us - call->api.started.us) / 1'000'000));
  out += R"(,"contextSourceTimeAt":)";
  append_json_string(out, to_string(at));
  out += R"(,"contextSourceExtras":{"software":"Tsunagu","version":)";
  append_json_string(out, version());
  out += "}}";
  call->send(200, std::move(out));
}

}  // namespace

std::vector<Route> identity_routes() {
  return {{.method = "GET",
           .path = "/info/sourceIdentity",
           .id = "sourceIdentity",
           .tag = "Information",
           .summary = "Who answers here, since when",
           .clause = "5.15.1, 6.33.3.1",
           .answers = {{200, "The identity of this broker", "ContextSourceIdentity"}},
           .handle = identify}};
}

}  // namespace tsunagu::gateway::ngsild
