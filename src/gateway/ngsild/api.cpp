#include "gateway/ngsild/api.h"

#include <memory>
#include <string>
#include <vector>

#include "gateway/ngsild/parameters.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway {
namespace {

using namespace ngsild;

constexpr std::string_view kRoot = "/ngsi-ld/v1";

std::vector<std::string_view> media_types(const Route& route) {
  if (!route.only_media_type.empty()) return {route.only_media_type};
  std::vector<std::string_view> types{name(MediaType::kJson), name(MediaType::kJsonLd)};
  if (route.geojson) types.push_back(name(MediaType::kGeoJson));
  return types;
}

openapi::Operation describe(const Route& route) {
  openapi::Operation operation;
  operation.id = route.id;
  operation.tag = route.tag;
  operation.summary = route.summary;
  operation.clause = route.clause;
  operation.parameters.push_back(describe_header("NGSILD-Tenant"));
  operation.parameters.push_back(describe_header("Link"));
  for (const std::string_view parameter : route.parameters)
    operation.parameters.push_back(describe_parameter(parameter));
  operation.parameters.push_back(describe_parameter("local"));
  if (route.body != BodyKind::kNone) {
    operation.body_schema = route.body_schema;
    operation.body_media_types = {name(MediaType::kJson), name(MediaType::kJsonLd)};
    if (route.method == "PATCH") operation.body_media_types.push_back("application/merge-patch+json");
  }
  for (const RouteAnswer& answer : route.answers) {
    const bool plain = answer.status >= 400 || answer.status == 207;
    operation.answers.push_back({answer.status, answer.description, answer.schema,
                                 plain ? std::vector<std::string_view>{name(MediaType::kJson)} : media_types(route)});
  }
  return operation;
}

}  // namespace

void ngsild::add_route(Router& router, openapi::Document& document, std::shared_ptr<const Api> api, Route made) {
  const auto route = std::make_shared<const Route>(std::move(made));
  const std::string path = std::string(kRoot) + std::string(route->path);
  document.add(route->method, path, describe(*route));
  const Handler handler = [api = std::move(api), route](RequestPtr request, PathParameters parameters, Reply reply) {
    open(*api, *route, std::move(request), std::move(parameters), std::move(reply));
  };
  router.add(route->method, path, handler);
  router.add(route->method, path + "/", handler);
}

void add_ngsild_routes(Router& router, openapi::Document& document, broker::Broker& broker, const Guard& guard,
                       ApiOptions options) {
  const auto api = std::make_shared<const Api>(Api{broker, guard, std::move(options), now()});
  add_schemas(document);
  for (const auto family : {entity_routes, attribute_routes, query_routes, batch_routes, discovery_routes,
                            context_routes, identity_routes, temporal_routes, subscription_routes}) {
    for (Route& made : family()) add_route(router, document, api, std::move(made));
  }
}

}  // namespace tsunagu::gateway
