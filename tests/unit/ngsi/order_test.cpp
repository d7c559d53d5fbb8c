#include <gtest/gtest.h>

#include <algorithm>

#include "build_entity.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {
namespace {

using namespace test;

Selection by(std::string_view order_by, std::string_view collation = {}) {
  Selection s;
  auto keys = parse_order_by(order_by, *core_context());
  EXPECT_TRUE(keys) << order_by << ": " << (keys ? "" : keys.error().detail);
  if (keys) s.order = std::move(*keys);
  if (!collation.empty()) {
    EXPECT_TRUE(set_collation(s, collation)) << collation;
  }
  return s;
}

/// The last parts of the ids, in order.
std::string ordered(const Selection& s, std::vector<RecordPtr> records, const Linked* linked = nullptr) {
  std::stable_sort(records.begin(), records.end(), [&](const RecordPtr& a, const RecordPtr& b) {
    return order_key(s, *a, linked) < order_key(s, *b, linked);
  });
  std::string out;
  for (const auto& r : records) out += r->id().substr(r->id().rfind(':') + 1);
  return out;
}
RecordPtr named(std::string id, std::vector<Attribute> attributes) {
  return record("urn:x:" + std::move(id), std::move(attributes));
}
std::vector<RecordPtr> values(std::vector<std::string> json) {
  std::vector<RecordPtr> out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    out.push_back(named(std::string(1, static_cast<char>('a' + i)),
                        json[i].empty() ? std::vector<Attribute>{} : std::vector{property("v", json[i])}));
  }
  return out;
}
std::string error_of(std::string_view text) {
  const auto keys = parse_order_by(text, *core_context());
  return keys ? "no error" : keys.error().detail;
}

TEST(OrderBy, Numbers) {
  const auto r = values({"10", "9.5", "-3", "1e3", "0", "-1e-5"});
  EXPECT_EQ(ordered(by("v"), r), "cfebad");
  EXPECT_EQ(ordered(by("v;asc"), r), "cfebad");
  EXPECT_EQ(ordered(by("v;desc"), r), "dabefc");
}

TEST(OrderBy, TextsByCodePoint) {
  EXPECT_EQ(ordered(by("v"), values({R"("b")", R"("ab")", R"("a")", R"("B")", R"("あ")", R"("é")"})), "dcbafe");
  EXPECT_EQ(ordered(by("v;desc"), values({R"("b")", R"("ab")", R"("a")"})), "abc");
  EXPECT_EQ(ordered(by("v"), values({R"("a\u0000b")", R"("a")", R"("a\u0001")"})), "bac");
}

TEST(OrderBy, TextsByLanguage) {
  const auto r = values({R"("Zebra")", R"("apple")", R"("Ärger")", R"("Banane")", R"("Arm")"});
  EXPECT_EQ(ordered(by("v", "de"), r), "bceda");
  EXPECT_EQ(ordered(by("v", "und-x-icu"), r), "bceda");
  EXPECT_EQ(ordered(by("v", "de-u-co-phonebk"), values({R"("Af")", R"("Ä")", R"("Ad")"})), "cba");
  EXPECT_EQ(ordered(by("v;desc", "de"), r), "adecb");
  EXPECT_EQ(ordered(by("v", "ja"), values({R"("い")", R"("ア")", R"("う")"})), "bac");
}

TEST(OrderBy, TypesInTurnAndMissingLast) {
  const auto r = values({"", R"("2024-01-01T00:00:00Z")", "true", "[1]", R"({"a":1})", R"("text")", "5", "false",
                         R"("12:00:00Z")", R"("2024-01-01")"});
  EXPECT_EQ(ordered(by("v"), r), "gfedhcijba");
  EXPECT_EQ(ordered(by("v;desc"), r), "bjichdefga");
}

TEST(OrderBy, InstantsByTime) {
  EXPECT_EQ(ordered(by("v"), values({R"("2024-01-01T00:00:00.5Z")", R"("2024-01-01T00:00:00Z")",
                                     R"("2024-01-01T09:00:00+10:00")"})),
            "cba");
}

TEST(OrderBy, SeveralKeys) {
  const std::vector<RecordPtr> r{
      named("a", {property("p", "1"), property("q", "1")}), named("b", {property("p", "2"), property("q", "1")}),
      named("c", {property("p", "1"), property("q", "2")}), named("d", {property("q", "9")})};
  EXPECT_EQ(ordered(by("p,q"), r), "acbd");
  EXPECT_EQ(ordered(by("p;desc,q;desc"), r), "bcad");
  EXPECT_EQ(ordered(by(" p ; asc , q ; desc "), r), "cabd");
  EXPECT_EQ(ordered(by("id;desc"), r), "dcba");
}

TEST(OrderBy, Paths) {
  auto one = property("v", R"({"city":"B"})");
  one.observed_at = *parse_instant("2024-01-01T00:00:00Z");
  auto two = property("v", R"({"city":"A"})");
  two.observed_at = *parse_instant("2024-01-02T00:00:00Z");
  const std::vector<RecordPtr> r{named("a", {one}), named("b", {two})};
  EXPECT_EQ(ordered(by("v[city]"), r), "ba");
  EXPECT_EQ(ordered(by("v.observedAt"), r), "ab");
  EXPECT_EQ(ordered(by("v.observedAt;desc"), r), "ba");
}

TEST(OrderBy, OfSeveralInstancesTheFirstInOrder) {
  auto low = property("v", "1"), high = property("v", "9");
  high.dataset_id = "urn:d:1";
  const std::vector<RecordPtr> r{named("a", {low, high}), named("b", {property("v", "5")})};
  EXPECT_EQ(ordered(by("v"), r), "ab");
  EXPECT_EQ(ordered(by("v;desc"), r), "ab");
}

TEST(OrderBy, Distance) {
  auto s = by("location;dist-asc");
  s.order_from = *GeoQuery::origin("Point", "[141,43]");
  const std::vector<RecordPtr> r{
      named("a", {point("location", "[142,43]")}), named("b", {point("location", "[141.1,43]")}), named("c", {}),
      named("d", {property("location", "3")}),
      named("e", {geo("location", R"({"type":"LineString","coordinates":[[140,43],[141,43.01]]})")})};
  EXPECT_EQ(ordered(s, r), "ebadc");
  s.order[0].descending = true;
  EXPECT_EQ(ordered(s, r), "dabec");
}

TEST(OrderBy, ThroughRelationships) {
  World world;
  world.add(record("urn:c:1", {property("name", R"("Z")")}));
  world.add(record("urn:c:2", {property("name", R"("A")")}));
  const std::vector<RecordPtr> r{named("a", {relationship("city", R"("urn:c:1")")}),
                                 named("b", {relationship("city", R"("urn:c:2")")})};
  EXPECT_EQ(ordered(by("city{name}"), r, &world), "ba");
}

TEST(OrderBy, Errors) {
  EXPECT_EQ(error_of(""), "orderBy: expected the name of an attribute (at character 1)");
  EXPECT_EQ(error_of("a;up"), "orderBy: expected asc, desc, dist-asc or dist-desc (at character 3)");
  EXPECT_EQ(error_of("a,"), "orderBy: expected the name of an attribute (at character 3)");
  EXPECT_EQ(error_of("a b"), "orderBy: expected ',', ';' or the end here (at character 3)");
  EXPECT_EQ(error_of("a;ascx"), "orderBy: expected ',', ';' or the end here (at character 6)");
  EXPECT_NE(error_of("a==1"), "no error");
}

TEST(Collation, BadTagsAreErrors) {
  Selection s;
  for (const char* tag : {"", "not a tag", "de-u-co-nonsense", "und-u-ks-nonsense", "-", "de_DE", "de-u"}) {
    EXPECT_FALSE(set_collation(s, tag)) << tag;
  }
  for (const char* tag :
       {"de", "ja", "und", "und-x-icu", "und-u-ks-identic", "de-u-co-phonebk", "en-US", "ja-u-kn-true"})
    EXPECT_TRUE(set_collation(s, tag)) << tag;
}

}  // namespace
}  // namespace tsunagu::ngsi
