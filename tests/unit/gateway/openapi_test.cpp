#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/json.h"
#include "gateway/ngsild/parameters.h"
#include "gateway/ngsild/route.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway {
namespace {

std::vector<ngsild::Route> all_routes() {
  std::vector<ngsild::Route> all;
  for (const auto family : {ngsild::entity_routes, ngsild::attribute_routes, ngsild::query_routes, ngsild::batch_routes,
                            ngsild::discovery_routes, ngsild::context_routes, ngsild::identity_routes}) {
    for (ngsild::Route& route : family()) all.push_back(std::move(route));
  }
  return all;
}

TEST(Routes, EachIsDescribed) {
  std::set<std::string_view> ids;
  for (const ngsild::Route& route : all_routes()) {
    EXPECT_TRUE(ids.insert(route.id).second) << route.id;
    EXPECT_FALSE(route.summary.empty() || route.clause.empty() || route.tag.empty() || route.answers.empty())
        << route.id;
    EXPECT_NE(route.handle, nullptr) << route.id;
    EXPECT_EQ(route.body == ngsild::BodyKind::kNone, route.body_schema.empty()) << route.id;
    for (const std::string_view parameter : route.parameters) {
      EXPECT_FALSE(ngsild::describe_parameter(parameter).description.empty()) << route.id << ": " << parameter;
    }
  }
}

TEST(Routes, EverySchemaNamedIsThere) {
  openapi::Document document;
  ngsild::add_schemas(document);
  const std::string json = document.json("1");
  for (const ngsild::Route& route : all_routes()) {
    for (const ngsild::RouteAnswer& answer : route.answers) {
      if (answer.schema.empty()) continue;
      EXPECT_NE(json.find("\"" + std::string(answer.schema) + "\":{"), std::string::npos) << answer.schema;
    }
    if (route.body_schema.empty()) continue;
    EXPECT_NE(json.find("\"" + std::string(route.body_schema) + "\":{"), std::string::npos) << route.body_schema;
  }
}

TEST(OpenApi, PathParametersComeFromThePath) {
  openapi::Document document;
  openapi::Operation operation;
  operation.id = "readThing";
  operation.summary = "Says \"hello\"";
  operation.answers.push_back({200, "Here", "", {}});
  document.add("GET", "/things/{thingId}/parts/{partId}", std::move(operation));
  const std::string json = document.json("1");
  std::string canonical;
  ASSERT_TRUE(append_canonical_json(canonical, json)) << json;
  EXPECT_EQ(canonical, json);
  EXPECT_NE(json.find(R"({"name":"thingId","in":"path","required":true)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"name":"partId","in":"path","required":true)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("get":{"operationId":"readThing")"), std::string::npos) << json;
}

}  // namespace
}  // namespace tsunagu::gateway
