#include <gtest/gtest.h>

#include "gateway/ngsild/link.h"
#include "gateway/ngsild/media_type.h"

namespace tsunagu::gateway::ngsild {
namespace {

TEST(Accept, AbsentOrAnyIsJson) {
  EXPECT_EQ(negotiate("", true), MediaType::kJson);
  EXPECT_EQ(negotiate("*/*", true), MediaType::kJson);
  EXPECT_EQ(negotiate("application/*", true), MediaType::kJson);
}

TEST(Accept, NamedTypeIsTaken) {
  EXPECT_EQ(negotiate("application/ld+json", false), MediaType::kJsonLd);
  EXPECT_EQ(negotiate("Application/LD+JSON; charset=utf-8", false), MediaType::kJsonLd);
  EXPECT_EQ(negotiate("application/geo+json", true), MediaType::kGeoJson);
}

TEST(Accept, WeightsDecideThenTheOrderOfTheSpecification) {
  EXPECT_EQ(negotiate("application/json;q=0.5, application/ld+json", true), MediaType::kJsonLd);
  EXPECT_EQ(negotiate("application/ld+json, application/json", true), MediaType::kJson);
  EXPECT_EQ(negotiate("application/geo+json;q=0.9,application/ld+json;q=0.9", true), MediaType::kJsonLd);
  EXPECT_EQ(negotiate("application/json;q=0,*/*;q=0.1", false), MediaType::kJsonLd);
  EXPECT_EQ(negotiate("text/html, */*;q=0.1", true), MediaType::kJson);
}

TEST(Accept, NothingAcceptable) {
  EXPECT_EQ(negotiate("text/html", true), std::nullopt);
  EXPECT_EQ(negotiate("application/geo+json", false), std::nullopt);
  EXPECT_EQ(negotiate("application/json;q=0", false), std::nullopt);
  EXPECT_EQ(negotiate(", ;;q=,", true), std::nullopt);
}

TEST(ContentType, MergePatchOnlyWherePatchIs) {
  EXPECT_EQ(body_type("application/json; charset=utf-8", false), MediaType::kJson);
  EXPECT_EQ(body_type("application/ld+json", false), MediaType::kJsonLd);
  EXPECT_EQ(body_type("application/merge-patch+json", true), MediaType::kJson);
  EXPECT_EQ(body_type("application/merge-patch+json", false), std::nullopt);
  EXPECT_EQ(body_type("", true), std::nullopt);
}

TEST(Prefer, BodyJson) {
  EXPECT_TRUE(prefers_plain_json("body=json"));
  EXPECT_TRUE(prefers_plain_json("respond-async, Body=\"json\""));
  EXPECT_FALSE(prefers_plain_json("body=ld+json"));
  EXPECT_FALSE(prefers_plain_json(""));
}

constexpr const char* kContext =
    R"(<https://a.example/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json")";

TEST(ContextLink, IsFoundAmongOthers) {
  EXPECT_EQ(context_link(kContext).value(), "https://a.example/c.jsonld");
  EXPECT_EQ(context_link("").value(), "");
  EXPECT_EQ(context_link("</next?a=1,2>; rel=next").value(), "");
  EXPECT_EQ(context_link(std::string("</next?a=1,2>; rel=\"next\", ") + kContext).value(),
            "https://a.example/c.jsonld");
  EXPECT_EQ(context_link("<https://a.example/c>;rel=http://www.w3.org/ns/json-ld#context").value(),
            "https://a.example/c");
}

TEST(ContextLink, TheSameTwiceIsOne) {
  EXPECT_EQ(context_link(std::string(kContext) + ", " + kContext).value(), "https://a.example/c.jsonld");
}

TEST(ContextLink, FaultsAreBadRequestData) {
  const std::string other = R"(, <https://b.example/c>; rel="http://www.w3.org/ns/json-ld#context")";
  for (const std::string& header :
       {std::string(kContext) + other, std::string("https://a.example/c"), std::string("<https://a"),
        std::string(R"(<c.jsonld>; rel="http://www.w3.org/ns/json-ld#context")"),
        std::string("<https://a.example/c>; rel=\"never closed")}) {
    const auto link = context_link(header);
    ASSERT_FALSE(link) << header;
    EXPECT_EQ(link.error().code, ErrorCode::kBadRequestData) << header;
  }
}

TEST(PageTarget, KeepsOtherParametersAsSent) {
  EXPECT_EQ(page_target("/e?type=A%20B&limit=5&offset=10&q=a%3E1", 5, 15), "/e?type=A%20B&q=a%3E1&limit=5&offset=15");
  EXPECT_EQ(page_target("/e", 20, 0), "/e?limit=20&offset=0");
  EXPECT_EQ(page_target("/e?q=a>\"1\"", 5, 0), "/e?q=a%3E%221%22&limit=5&offset=0");
}

TEST(PathSegment, EncodesWhatDoesNotBelongInOne) {
  std::string out;
  append_path_segment(out, "urn:ngsi-ld:A:1/2?x#つ%");
  EXPECT_EQ(out, "urn:ngsi-ld:A:1%2F2%3Fx%23%E3%81%A4%25");
}

}  // namespace
}  // namespace tsunagu::gateway::ngsild
