#include "gateway/guard/rights.h"

namespace tsunagu::gateway {
namespace {

struct Rule {
  std::string_view method;   // "": all
  std::string_view pattern;  // beginning of the route's pattern
  std::string_view right;
  RightIn in = RightIn::kRegion;
};

// The first that fits holds.
constexpr Rule kRules[] = {
    {"", "/admin/", "operate"},
    {"", "/automation/", "automation", RightIn::kAskedOrOwn},
    {"", "/alarms", "alarms", RightIn::kAskedOrOwn},
    {"GET", "/metrics", "operate"},
    {"GET", "/catalog/standards", ""},
    {"", "/catalog/uploads", "publish", RightIn::kAsked},
    {"DELETE", "/catalog/", "publish", RightIn::kAsked},
    {"PUT", "/catalog/", "publish", RightIn::kAsked},
    {"PATCH", "/catalog/", "publish", RightIn::kAsked},
    {"POST", "/ngsi-ld/v1/jsonldContexts", "contexts"},
    {"DELETE", "/ngsi-ld/v1/jsonldContexts", "contexts"},
    {"GET", "/trust/log/mine", ""},
    {"", "/trust/log", "audit", RightIn::kAskedOrOwn},
    {"", "/trust/alerts", "audit", RightIn::kAskedOrOwn},
    {"", "/trust/tenants", "tenants"},
    {"", "/auth/accounts", "accounts", RightIn::kOwn},
    {"", "/auth/keys", "accounts", RightIn::kOwn},
    {"", "/oidc/clients", "clients"},
    {"GET", "/things/networks", ""},
    {"", "/things/", "devices", RightIn::kAskedOrOwn},
    {"", "/trust/policies", "policies", RightIn::kAskedOrOwn},
    {"", "/trust/explain", "policies", RightIn::kAskedOrOwn},
};

}  // namespace

RouteRight right_of(std::string_view method, std::string_view pattern) {
  for (const Rule& rule : kRules) {
    if ((rule.method.empty() || rule.method == method) && pattern.starts_with(rule.pattern))
      return {rule.right, rule.in};
  }
  return {};
}

std::string asked_tenant(const Request& request) {
  std::string tenant(request.header("NGSILD-Tenant"));
  if (!tenant.empty() || request.target().find("tenant=") == std::string_view::npos) return tenant;
  if (const auto query = QueryString::parse(request.target())) tenant = query->get("tenant").value_or("");
  return tenant;
}

}  // namespace tsunagu::gateway
