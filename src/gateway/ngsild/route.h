// One route of the NGSI-LD API: what it takes, what it answers, what describes it in OpenAPI. The lists here are both
// the documentation and the check: a query parameter that is not listed is refused.
#pragma once
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "gateway/ngsild/call.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway::ngsild {

/// What a request carries.
enum class BodyKind : unsigned char {
  kNone,
  kEntity,     ///< one object, in the @context of the Link header or its own
  kAttribute,  ///< one object, or an array of instances, in the @context of the Link header or its own
  kItems,      ///< an array; each item may have its own @context
  kDocument,   ///< any JSON, read without @context (a @context document is data here)
};

struct RouteAnswer {
  unsigned status;
  std::string_view description;
  std::string_view schema = "";  ///< name in components/schemas; "" for no body
};

struct Route {
  std::string_view method;
  std::string_view path;  ///< below /ngsi-ld/v1
  std::string_view id;    ///< operationId
  std::string_view tag;
  std::string_view summary;
  std::string_view clause;                        ///< of ETSI GS CIM 009 V1.9.1
  std::vector<std::string_view> parameters = {};  ///< names of the query parameters; described in parameters.cpp
  BodyKind body = BodyKind::kNone;
  std::string_view body_schema = "";
  std::vector<RouteAnswer> answers = {};
  std::function<void(const CallPtr&)> handle = nullptr;
  bool geojson = false;                   ///< can answer application/geo+json
  bool without_tenant = false;            ///< about what all tenants share: the tenant named need not exist
  bool makes_tenant = false;              ///< an unknown tenant is created (if that is allowed)
  std::string_view only_media_type = {};  ///< answers with this instead of JSON, or with an upgrade
};

/// Adds the route, below /ngsi-ld/v1, and describes it.
void add_route(Router& router, openapi::Document& document, std::shared_ptr<const Api> api, Route made);

std::vector<Route> entity_routes();
std::vector<Route> attribute_routes();
std::vector<Route> query_routes();
std::vector<Route> batch_routes();
std::vector<Route> discovery_routes();
std::vector<Route> context_routes();
std::vector<Route> identity_routes();
std::vector<Route> subscription_routes();
std::vector<Route> temporal_routes();

}  // namespace tsunagu::gateway::ngsild
