#include "gateway/catalog/open_data.h"

#include <algorithm>

#include "base/text.h"
#include "gateway/guard/rights.h"

namespace tsunagu::gateway::opendata {

Result<std::uint64_t> Ask::natural(std::string_view name, std::uint64_t least, std::uint64_t most,
                                   std::uint64_t absent) const {
  const auto text = get(name);
  if (!text) return absent;
  const auto value = parse_number<std::uint64_t>(*text);
  if (value && *value >= least && *value <= most) return *value;
  return fail(ErrorCode::kInvalidRequest, std::string(name) + " must be a whole number from " + std::to_string(least) +
                                              " to " + std::to_string(most));
}

void Ask::send_json(std::string body) {
  Response response;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-cache");
  response.body = std::move(body);
  reply.send(std::move(response));
}

Result<store::TenantId> tenant_of(const OpenData& parts, const Request& request) {
  const std::string name = asked_tenant(request);
  const auto tenant = parts.store().find_tenant(name);
  if (tenant) return *tenant;
  return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + name);
}

void add_route(Router& router, openapi::Document& document, const OpenData& parts, Route route) {
  openapi::Operation operation;
  operation.id = route.id;
  operation.tag = "Open data";
  operation.summary = route.summary;
  operation.parameters = route.parameters;
  operation.parameters.push_back({"tenant", "query", "Instead of the header NGSILD-Tenant", R"({"type":"string"})"});
  operation.answers = route.answers;
  operation.answers.push_back({400, "The request is wrong", "ProblemDetails", {"application/json"}});
  document.add(route.method, route.path, std::move(operation));
  const auto shared = std::make_shared<const Route>(std::move(route));
  router.add(shared->method, shared->path, [shared, &parts](RequestPtr request, PathParameters path, Reply reply) {
    auto query = QueryString::parse(request->target());
    if (!query) return reply.send(query.error());
    for (const auto& [name, value] : query->all()) {
      const auto known = [&name](const openapi::Parameter& each) { return each.name == name; };
      if (name == "tenant" || std::ranges::any_of(shared->parameters, known)) continue;
      std::string all;
      for (const openapi::Parameter& each : shared->parameters) all.append(each.name).append(", ");
      return reply.send(
          Error{ErrorCode::kInvalidRequest, "unknown query parameter \"" + name + "\"; this takes " + all + "tenant"});
    }
    const auto tenant = tenant_of(parts, *request);
    if (!tenant) return reply.send(tenant.error());
    shared->handle(std::make_shared<Ask>(
        Ask{parts, std::move(request), std::move(path), std::move(reply), std::move(*query), *tenant}));
  });
}

}  // namespace tsunagu::gateway::opendata
