#include "ngsi/change.h"

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "ngsi/body.h"
#include "ngsi/record.h"

namespace tsunagu::ngsi {
namespace {

constexpr Instant kThen{1'000'000'000}, kNow{2'000'000'000};

TermId term(std::string_view name) {
  return core_context()->intern(name);
}

Entity decode(std::string_view json, BodyRule rule) {
  auto e = Body::parse(json)->entity(0, *core_context(), rule);
  if (!e) {
    ADD_FAILURE() << json << ": " << e.error().detail;
    return {};
  }
  return std::move(*e);
}

// An entity as the store gives it: created at kThen.
Entity stored(std::string_view attributes) {
  Entity e = decode(R"({"id":"urn:x:1","type":"T",)" + std::string(attributes) + "}", BodyRule::kWhole);
  stamp_new(e, kThen);
  return decode(**encode(e));
}

std::string time(Instant t) {
  return t == kThen ? "then" : t == kNow ? "now" : t == kNoInstant ? "-" : to_string(t);
}

// One line that a person can compare: name kind value members [created modified] {subs}.
std::string show(const std::vector<Attribute>& list) {
  std::vector<std::string> lines;
  for (const Attribute& a : list) {
    std::string s(core_context()->compact(a.name));
    if (!a.dataset_id.empty()) s += '#' + a.dataset_id;
    s += ' ' + std::string(kind_name(a.kind)) + ' ' + a.value;
    if (!a.unit_code.empty()) s += " unit=" + a.unit_code;
    if (a.observed_at != kNoInstant) s += " at=" + to_string(a.observed_at);
    if (a.expires_at != kNoInstant) s += " until=" + to_string(a.expires_at);
    for (TermId t : a.object_types) s += " of=" + std::string(core_context()->compact(t));
    s += " [" + time(a.created_at) + ' ' + time(a.modified_at) + ']';
    if (!a.subs.empty()) s += " {" + show(a.subs) + '}';
    lines.push_back(s);
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "; ") + line;
  return out;
}
std::string show(const Entity& e) {
  return show(e.attributes);
}

std::string names(const std::vector<TermId>& list) {
  std::string out;
  for (TermId t : list) out += std::string(core_context()->compact(t)) + ' ';
  return out;
}

void expect_storable(const Entity& e) {
  auto r = encode(e);
  ASSERT_TRUE(r);
  EXPECT_TRUE(check_record((*r)->bytes()));
  EXPECT_EQ(show(decode(**r)), show(e));
}

TEST(StampNew, SetsTimesEverywhere) {
  Entity e = decode(R"({"id":"urn:x:1","type":"T","a":{"value":1,"b":{"value":2,"c":3}}})", BodyRule::kWhole);
  stamp_new(e, kNow, kThen);
  EXPECT_EQ(e.created_at, kThen);
  EXPECT_EQ(e.modified_at, kNow);
  EXPECT_EQ(show(e), "a Property 1 [now now] {b Property 2 [now now] {c Property 3 [now now]}}");
  stamp_new(e, kThen);
  EXPECT_EQ(e.created_at, kThen);
}

// ---- append, 5.6.3

ChangeResult append(Entity& e, std::string_view fragment, bool no_overwrite = false) {
  return append_attributes(e, decode(fragment, BodyRule::kAppend), no_overwrite, kNow);
}

TEST(Append, AddsAndReplacesWhole) {
  Entity e = stored(R"("a":{"value":1,"unitCode":"CEL","s":5},"b":2)");
  ChangeResult r = append(e, R"({"a":{"value":9},"c":{"object":"urn:x:2"}})");
  EXPECT_EQ(show(e), "a Property 9 [then now]; b Property 2 [then then]; c Relationship \"urn:x:2\" [now now]");
  EXPECT_TRUE(r.changed);
  EXPECT_EQ(names(r.updated), "a c ");
  EXPECT_TRUE(r.not_updated.empty());
  EXPECT_EQ(e.created_at, kThen);
  EXPECT_EQ(e.modified_at, kNow);
  expect_storable(e);
}

TEST(Append, MayChangeTheKind) {
  Entity e = stored(R"("a":{"value":1,"unitCode":"CEL"})");
  append(e, R"({"a":{"object":"urn:x:2"}})");
  EXPECT_EQ(show(e), "a Relationship \"urn:x:2\" [then now]");
}

TEST(Append, SubAttributesKeepTheirBirth) {
  Entity e = stored(R"("a":{"value":1,"s":5,"t":6})");
  append(e, R"({"a":{"value":1,"s":7,"u":8}})");
  EXPECT_EQ(show(e), "a Property 1 [then now] {s Property 7 [then now]; u Property 8 [now now]}");
}

TEST(Append, NoOverwriteLeavesWhatIsThere) {
  Entity e = stored(R"("a":1,"scope":"/x")");
  ChangeResult r = append(e, R"({"a":2,"b":3,"scope":["/x","/y"],"type":"U"})", true);
  EXPECT_EQ(show(e), "a Property 1 [then then]; b Property 3 [now now]");
  ASSERT_EQ(r.not_updated.size(), 1u);
  EXPECT_EQ(r.not_updated[0].attribute, terms().text(term("a")));
  EXPECT_FALSE(r.not_updated[0].reason.empty());
  EXPECT_EQ(e.scopes, (std::vector<std::string>{"/x", "/y"}));
  EXPECT_EQ(e.types, (std::vector<TermId>{term("T"), term("U")}));

  Entity same = stored(R"("a":1)");
  EXPECT_FALSE(append(same, R"({"a":2})", true).changed);
  EXPECT_EQ(same.modified_at, kThen);
}

TEST(Append, InstancesAreTakenByDatasetId) {
  Entity e = stored(R"("a":[{"value":1},{"value":2,"datasetId":"urn:d:1"}])");
  append(e, R"({"a":[{"value":3,"datasetId":"urn:d:1"},{"value":4,"datasetId":"urn:d:0"}]})");
  EXPECT_EQ(show(e), "a Property 1 [then then]; a#urn:d:0 Property 4 [now now]; a#urn:d:1 Property 3 [then now]");
  expect_storable(e);
}

TEST(Append, TypesScopeAndExpiry) {
  Entity e = stored(R"("scope":["/x","/y"])");
  ChangeResult r = append(e, R"({"type":["T","U"],"scope":"/z","expiresAt":"2030-01-01T00:00:00Z"})");
  EXPECT_TRUE(r.changed);
  EXPECT_EQ(e.types, (std::vector<TermId>{term("T"), term("U")}));
  EXPECT_EQ(e.scopes, std::vector<std::string>{"/z"});
  EXPECT_EQ(to_string(e.expires_at), "2030-01-01T00:00:00Z");
  EXPECT_EQ(e.modified_at, kNow);
  EXPECT_FALSE(append(e, R"({"type":"T"})").changed);
}

// ---- update, 5.6.2

ChangeResult update(Entity& e, std::string_view fragment) {
  return update_attributes(e, decode(fragment, BodyRule::kFragment), kNow);
}

TEST(Update, ReplacesWholeAddsAndDeletes) {
  Entity e = stored(R"("temperature":{"value":25,"unitCode":"CEL","observedAt":"2022-03-14T12:51:02Z"},"b":1,"c":1)");
  ChangeResult r = update(e, R"({"temperature":{"value":100,"observedAt":"2022-03-14T13:00:00Z"},"b":"urn:ngsi-ld:null",
    "d":4,"gone":"urn:ngsi-ld:null"})");
  EXPECT_EQ(
      show(e),
      "c Property 1 [then then]; d Property 4 [now now]; temperature Property 100 at=2022-03-14T13:00:00Z [then now]");
  EXPECT_EQ(r.updated.size(), 3u);
  EXPECT_TRUE(r.not_updated.empty());
  expect_storable(e);
}

TEST(Update, NothingToDeleteChangesNothing) {
  Entity e = stored(R"("a":1)");
  EXPECT_FALSE(update(e, R"({"gone":"urn:ngsi-ld:null","scope":"/x","type":"T"})").changed);
  EXPECT_EQ(e.modified_at, kThen);
  EXPECT_TRUE(e.scopes.empty()) << "a scope is only replaced";
}

TEST(Update, MarksOfFragmentsAreNotStored) {
  Entity e = stored(R"("a":{"value":1,"s":1})");
  update(
      e,
      R"({"a":{"value":2,"unitCode":"urn:ngsi-ld:null","observedAt":"urn:ngsi-ld:null","s":"urn:ngsi-ld:null","t":3}})");
  EXPECT_EQ(show(e), "a Property 2 [then now] {t Property 3 [now now]}");
  expect_storable(e);
}

TEST(Update, ScopeOfAnEntityThatHasOne) {
  Entity e = stored(R"("scope":"/x")");
  EXPECT_TRUE(update(e, R"({"scope":"/y"})").changed);
  EXPECT_EQ(e.scopes, std::vector<std::string>{"/y"});
  EXPECT_TRUE(update(e, R"({"scope":"urn:ngsi-ld:null"})").changed);
  EXPECT_TRUE(e.scopes.empty());
}

// ---- merge, 5.6.17

ChangeResult merge(Entity& e, std::string_view fragment, Instant observed_at = kNoInstant, std::string_view lang = {}) {
  return merge_entity(e, decode(fragment, BodyRule::kMerge), kNow, observed_at, lang);
}

TEST(Merge, KeepsWhatIsNotNamed) {
  Entity e = stored(
      R"("temperature":{"value":25,"unitCode":"CEL","observedAt":"2022-03-14T12:51:02Z","precision":{"value":1,"unitCode":"X"}},"b":1)");
  ChangeResult r =
      merge(e, R"({"temperature":{"value":100,"observedAt":"2022-03-14T13:00:00Z","precision":{"value":2}}})");
  EXPECT_EQ(show(e),
            "b Property 1 [then then]; temperature Property 100 unit=CEL at=2022-03-14T13:00:00Z [then now] {precision "
            "Property 2 unit=X [then now]}");
  EXPECT_EQ(names(r.updated), "temperature ");
  merge(e, R"({"temperature":{"unitCode":"FAH"}})");
  EXPECT_NE(show(e).find("temperature Property 100 unit=FAH"), std::string::npos);
  merge(
      e,
      R"({"temperature":{"unitCode":"urn:ngsi-ld:null","observedAt":"urn:ngsi-ld:null","precision":"urn:ngsi-ld:null"}})");
  EXPECT_EQ(show(e), "b Property 1 [then then]; temperature Property 100 [then now]");
  expect_storable(e);
}

TEST(Merge, ObjectsAreMergedToAnyDepthArraysReplaced) {
  Entity e = stored(R"("address":{"value":{"street":"A","city":{"name":"S","ward":"C"},"list":[1,2],"x":1}})");
  merge(
      e,
      R"({"address":{"value":{"city":{"ward":"urn:ngsi-ld:null","zip":"060"},"list":[3],"x":"urn:ngsi-ld:null","y":{"z":"urn:ngsi-ld:null","k":1}}}})");
  EXPECT_EQ(show(e),
            R"(address Property {"street":"A","city":{"name":"S","zip":"060"},"list":[3],"y":{"k":1}} [then now])");
  merge(e, R"({"address":{"street":"B"}})");
  EXPECT_NE(show(e).find(R"({"street":"B","city")"), std::string::npos) << "a bare object too";
  merge(e, R"({"address":{"value":5}})");
  EXPECT_EQ(show(e), "address Property 5 [then now]");
  merge(e, R"({"address":{"value":{"a":"urn:ngsi-ld:null"}}})");
  EXPECT_EQ(show(e), "address Property {} [then now]");
}

TEST(Merge, LargeObjects) {
  std::string all, patch;
  for (int i = 0; i < 100; ++i) all += (i ? "," : "") + ("\"k" + std::to_string(i)) + "\":" + std::to_string(i);
  for (int i = 0; i < 100; i += 2) patch += (i ? "," : "") + ("\"k" + std::to_string(i)) + "\":\"urn:ngsi-ld:null\"";
  Entity e = stored(R"("a":{"value":{)" + all + "}}");
  merge(e, R"({"a":{"value":{)" + patch + R"(,"new":1}}})");
  EXPECT_EQ(e.attributes[0].value.find("\"k0\""), std::string::npos);
  EXPECT_NE(e.attributes[0].value.find("\"k99\":99,\"new\":1}"), std::string::npos);
}

TEST(Merge, DeletesAndAdds) {
  Entity e = stored(R"("a":[{"value":1},{"value":2,"datasetId":"urn:d:1"}],"b":1)");
  ChangeResult r = merge(
      e,
      R"({"a":[{"value":"urn:ngsi-ld:null"},{"value":3,"datasetId":"urn:d:2"}],"b":"urn:ngsi-ld:null","gone":"urn:ngsi-ld:null",
    "c":{"value":{"x":1,"y":"urn:ngsi-ld:null"},"unitCode":"urn:ngsi-ld:null","s":"urn:ngsi-ld:null","t":1}})");
  EXPECT_EQ(
      show(e),
      R"(a#urn:d:1 Property 2 [then then]; a#urn:d:2 Property 3 [now now]; c Property {"x":1} [now now] {t Property 1 [now now]})");
  EXPECT_TRUE(r.not_updated.empty());
  expect_storable(e);
}

TEST(Merge, LanguageMaps) {
  Entity e = stored(R"("name":{"languageMap":{"ja":"札幌","en":"Sapporo"}})");
  merge(e, R"({"name":{"languageMap":{"en":"urn:ngsi-ld:null","fr":"Sapporo"}}})");
  EXPECT_EQ(show(e), R"(name LanguageProperty {"ja":"札幌","fr":"Sapporo"} [then now])");
  merge(e, R"({"name":"サッポロ"})", kNoInstant, "ja");
  EXPECT_EQ(show(e), R"(name LanguageProperty {"ja":"サッポロ","fr":"Sapporo"} [then now])");
  merge(e, R"({"name":["a","b"]})", kNoInstant, "en");
  EXPECT_EQ(show(e), R"(name LanguageProperty {"ja":"サッポロ","fr":"Sapporo","en":["a","b"]} [then now])");
  merge(e, R"({"name":{"languageMap":{"ja":"urn:ngsi-ld:null","fr":"urn:ngsi-ld:null","en":"urn:ngsi-ld:null"}}})");
  EXPECT_EQ(show(e), "") << "no language is left";
}

TEST(Merge, BareValuesKeepTheKind) {
  Entity e = stored(
      R"("rel":{"object":"urn:x:2"},"list":{"valueList":[1]},"links":{"objectList":["urn:x:2"]},"j":{"json":{"a":1}},
    "location":{"type":"Point","coordinates":[1,2]})");
  ChangeResult r = merge(
      e,
      R"({"rel":"urn:x:3","list":[2],"links":["urn:x:4"],"j":{"b":2},"location":{"type":"Point","coordinates":[3,4]}})");
  EXPECT_TRUE(r.not_updated.empty());
  EXPECT_EQ(show(e),
            "j JsonProperty {\"b\":2} [then now]; links ListRelationship [\"urn:x:4\"] [then now]; list ListProperty "
            "[2] [then now]; "
            "location GeoProperty {\"type\":\"Point\",\"coordinates\":[3,4]} [then now]; rel Relationship \"urn:x:3\" "
            "[then now]");
  for (const char* wrong : {R"({"rel":"Sapporo"})", R"({"rel":5})", R"({"rel":[]})", R"({"rel":["x"]})",
                            R"({"list":5})", R"({"links":[5]})", R"({"j":5})"}) {
    Entity copy = e;
    ChangeResult refused = merge(copy, wrong);
    EXPECT_EQ(refused.not_updated.size(), 1u) << wrong;
    EXPECT_FALSE(refused.changed);
  }
}

TEST(Merge, AKindThatIsGivenReplaces) {
  Entity e = stored(R"("a":{"value":1,"unitCode":"CEL","s":1})");
  merge(e, R"({"a":{"type":"Relationship","object":"urn:x:2","objectType":"U"}})");
  EXPECT_EQ(show(e), "a Relationship \"urn:x:2\" of=U [then now] {s Property 1 [then then]}");
  merge(e, R"({"a":{"value":5}})");
  EXPECT_EQ(show(e), "a Property 5 [then now] {s Property 1 [then then]}");
  ChangeResult r = merge(e, R"({"a":{"type":"Relationship"}})");
  EXPECT_EQ(r.not_updated.size(), 1u);
  r = merge(e, R"({"a":{"objectType":"U"}})");
  EXPECT_EQ(r.not_updated.size(), 1u);
  expect_storable(e);
}

TEST(Merge, NewAttributesNeedAValue) {
  Entity e = stored(R"("a":1)");
  EXPECT_EQ(merge(e, R"({"new":{"unitCode":"CEL"}})").not_updated.size(), 1u);
  EXPECT_EQ(merge(e, R"({"a":{"value":1,"s":{"unitCode":"CEL"}}})").not_updated.size(), 1u);
}

TEST(Merge, ObservedAtForThoseThatHaveOne) {
  const Instant at = *parse_instant("2025-01-01T00:00:00Z");
  Entity e = stored(
      R"("a":{"value":1,"observedAt":"2022-01-01T00:00:00Z"},"b":1,"c":{"value":1,"observedAt":"2022-01-01T00:00:00Z"},"d":{"value":1,"observedAt":"2022-01-01T00:00:00Z"})");
  merge(e, R"({"a":2,"b":2,"c":{"value":2,"observedAt":"2023-01-01T00:00:00Z"}})", at);
  EXPECT_EQ(show(e),
            "a Property 2 at=2025-01-01T00:00:00Z [then now]; b Property 2 [then now]; c Property 2 "
            "at=2023-01-01T00:00:00Z [then now]; "
            "d Property 1 at=2022-01-01T00:00:00Z [then then]");
}

TEST(Merge, TypesScopeExpiry) {
  Entity e = stored(R"("expiresAt":"2030-01-01T00:00:00Z","a":{"value":1,"expiresAt":"2030-01-01T00:00:00Z"})");
  EXPECT_TRUE(
      merge(e, R"({"type":"U","scope":"/x","expiresAt":"urn:ngsi-ld:null","a":{"expiresAt":"urn:ngsi-ld:null"}})")
          .changed);
  EXPECT_EQ(e.types.size(), 2u);
  EXPECT_EQ(e.scopes, std::vector<std::string>{"/x"});
  EXPECT_EQ(e.expires_at, kNoInstant);
  EXPECT_EQ(show(e), "a Property 1 [then now]");
  EXPECT_TRUE(merge(e, R"({"scope":"urn:ngsi-ld:null"})").changed);
  EXPECT_TRUE(e.scopes.empty());
  EXPECT_FALSE(merge(e, R"({"scope":"urn:ngsi-ld:null","expiresAt":"urn:ngsi-ld:null"})").changed);
}

// ---- one attribute

Result<void> partial(Entity& e, std::string_view json, std::string_view name = "a") {
  auto f = Body::parse(json)->attribute(term(name), *core_context(), BodyRule::kFragment);
  if (!f) return tl::unexpected<Error>(f.error());
  return partial_update(e, term(name), std::move(f->instances), f->kind_given, kNow);
}

TEST(PartialUpdate, MembersGivenReplaceTheOthersStay) {
  Entity e = stored(
      R"("a":{"value":{"x":1,"y":2},"unitCode":"CEL","observedAt":"2022-01-01T00:00:00Z","s":{"value":1,"unitCode":"X"},"t":1},"b":1)");
  ASSERT_TRUE(
      partial(e, R"({"value":{"x":5},"s":{"value":2},"t":"urn:ngsi-ld:null","u":3,"observedAt":"urn:ngsi-ld:null"})"));
  EXPECT_EQ(
      show(e),
      R"(a Property {"x":5} unit=CEL [then now] {s Property 2 [then now]; u Property 3 [now now]}; b Property 1 [then then])");
  EXPECT_EQ(e.modified_at, kNow);
  ASSERT_TRUE(partial(e, R"({"unitCode":"FAH"})"));
  EXPECT_NE(show(e).find("unit=FAH"), std::string::npos);
  ASSERT_TRUE(partial(e, R"({"type":"Property","unitCode":"urn:ngsi-ld:null"})"));
  EXPECT_EQ(show(e).find("unit="), std::string::npos);
  expect_storable(e);
}

TEST(PartialUpdate, NullDeletesTheInstance) {
  Entity e = stored(R"("a":[{"value":1},{"value":2,"datasetId":"urn:d:1"}])");
  ASSERT_TRUE(partial(e, R"({"value":"urn:ngsi-ld:null","datasetId":"urn:d:1"})"));
  EXPECT_EQ(show(e), "a Property 1 [then then]");
  ASSERT_TRUE(partial(e, R"({"value":"urn:ngsi-ld:null"})"));
  EXPECT_EQ(show(e), "");
}

TEST(PartialUpdate, Refusals) {
  const Entity e = stored(R"("a":{"value":1},"r":{"object":"urn:x:2"},"g":{"type":"Point","coordinates":[1,2]})");
  auto code = [&](std::string_view json, std::string_view name) {
    Entity copy = e;
    auto r = partial(copy, json, name);
    EXPECT_FALSE(r) << json;
    return r ? ErrorCode::kInternalError : r.error().code;
  };
  EXPECT_EQ(code(R"({"value":1})", "none"), ErrorCode::kResourceNotFound);
  EXPECT_EQ(code(R"({"value":1,"datasetId":"urn:d:9"})", "a"), ErrorCode::kResourceNotFound);
  EXPECT_EQ(code(R"({"type":"Relationship","object":"urn:x:2"})", "a"), ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"object":"urn:x:2"})", "a"), ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"value":"urn:x:2"})", "r"), ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"unitCode":"CEL"})", "r"), ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"value":5})", "g"), ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"type":"GeoProperty","value":{"type":"Point","coordinates":[1,2]}})", "a"),
            ErrorCode::kBadRequestData);
  EXPECT_EQ(code(R"({"s":{"unitCode":"CEL"}})", "a"), ErrorCode::kBadRequestData);
  Entity copy = e;
  ASSERT_TRUE(partial(copy, R"({"value":{"type":"Point","coordinates":[1,2]}})"));
  EXPECT_EQ(copy.find(term("a"), "")->kind, AttrKind::kProperty) << "without a type given it stays what it is";
  ASSERT_TRUE(partial(copy, R"({"value":{"type":"Point","coordinates":[5,6]}})", "g"));
}

TEST(ReplaceAttribute, ReplacesWhole) {
  Entity e = stored(R"("a":[{"value":1,"unitCode":"CEL","s":1},{"value":2,"datasetId":"urn:d:1"}])");
  auto f = Body::parse(R"({"object":"urn:x:2"})")->attribute(term("a"), *core_context(), BodyRule::kWhole);
  ASSERT_TRUE(replace_attribute(e, term("a"), f->instances, kNow));
  EXPECT_EQ(show(e), "a Relationship \"urn:x:2\" [then now]; a#urn:d:1 Property 2 [then then]");
  EXPECT_EQ(e.modified_at, kNow);
  EXPECT_EQ(replace_attribute(e, term("none"), f->instances, kNow).error().code, ErrorCode::kResourceNotFound);
  f->instances[0].dataset_id = "urn:d:2";
  EXPECT_EQ(replace_attribute(e, term("a"), f->instances, kNow).error().code, ErrorCode::kResourceNotFound);
}

TEST(DeleteAttribute, OneDefaultOrAll) {
  const Entity e = stored(R"("a":[{"value":1},{"value":2,"datasetId":"urn:d:1"}],"b":1)");
  auto left = [&](std::string_view name, std::string_view dataset, bool all) {
    Entity copy = e;
    auto r = delete_attribute(copy, term(name), dataset, all, kNow);
    return r                                                ? show(copy)
           : r.error().code == ErrorCode::kResourceNotFound ? std::string("not found")
                                                            : r.error().detail;
  };
  EXPECT_EQ(left("a", "", false), "a#urn:d:1 Property 2 [then then]; b Property 1 [then then]");
  EXPECT_EQ(left("a", "urn:d:1", false), "a Property 1 [then then]; b Property 1 [then then]");
  EXPECT_EQ(left("a", "", true), "b Property 1 [then then]");
  EXPECT_EQ(left("a", "urn:d:9", false), "not found");
  EXPECT_EQ(left("none", "", true), "not found");
}

}  // namespace
}  // namespace tsunagu::ngsi
