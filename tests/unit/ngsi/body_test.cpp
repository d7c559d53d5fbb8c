#include "ngsi/body.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace tsunagu::ngsi {
namespace {

TermId term(std::string_view name) {
  return core_context()->intern(name);
}

Result<Entity> decode(std::string_view json, BodyRule rule = BodyRule::kWhole) {
  auto body = Body::parse(json);
  if (!body) return tl::unexpected<Error>(body.error());
  return body->entity(0, *core_context(), rule);
}

// The entity with one attribute "a" made of `attribute`.
std::string with(std::string_view attribute) {
  return R"({"id":"urn:x:1","type":"T","a":)" + std::string(attribute) + "}";
}

Attribute one(std::string_view attribute, BodyRule rule = BodyRule::kWhole) {
  auto e = decode(with(attribute), rule);
  if (!e) {
    ADD_FAILURE() << attribute << ": " << e.error().detail;
    return {};
  }
  if (e->attributes.size() != 1) {
    ADD_FAILURE() << attribute << ": " << e->attributes.size() << " instances";
    return {};
  }
  return e->attributes[0];
}

// The message with which attribute "a" is refused; "" (and a failure) if it is not.
std::string refused(std::string_view attribute, BodyRule rule = BodyRule::kWhole) {
  auto e = decode(with(attribute), rule);
  EXPECT_FALSE(e) << attribute;
  if (e) return {};
  EXPECT_EQ(e.error().code, ErrorCode::kBadRequestData);
  EXPECT_NE(e.error().detail.find("\"a"), std::string::npos) << e.error().detail;
  return e.error().detail;
}

std::string entity_refused(std::string_view json, BodyRule rule = BodyRule::kWhole) {
  auto e = decode(json, rule);
  EXPECT_FALSE(e) << json;
  if (e) return {};
  EXPECT_EQ(e.error().code, ErrorCode::kBadRequestData);
  return e.error().detail;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// ---- reading JSON

std::string not_json(std::string_view text, const BodyLimits& limits = {}) {
  auto body = Body::parse(text, limits);
  EXPECT_FALSE(body) << text;
  if (body) return {};
  EXPECT_EQ(body.error().code, ErrorCode::kInvalidRequest);
  return body.error().detail;
}

TEST(BodyParse, SaysWhereTheJsonIsWrong) {
  EXPECT_TRUE(has(not_json(""), "empty"));
  EXPECT_TRUE(has(not_json(" \n"), "empty"));
  EXPECT_TRUE(has(not_json("{\"a\":1,\n \"b\" 2}"), "line 2, column 6: ':' is expected"));
  EXPECT_TRUE(has(not_json("{\"a\":1"), "line 1, column 7: the text ends where ',' or '}' is expected"));
  EXPECT_TRUE(has(not_json("{\"a\":1,}"), "column 8: a member name"));
  EXPECT_TRUE(has(not_json("[1,2"), "',' or ']'"));
  EXPECT_TRUE(has(not_json("[1,]"), "a JSON value is expected"));
  EXPECT_TRUE(has(not_json("{'a':1}"), "double quotes"));
  EXPECT_TRUE(has(not_json("{a:1}"), "double quotes"));
  EXPECT_TRUE(has(not_json("{\"a\":01}"), "begin with 0"));
  EXPECT_TRUE(has(not_json("{\"a\":1.}"), "a digit"));
  EXPECT_TRUE(has(not_json("{\"a\":1e}"), "a digit"));
  EXPECT_TRUE(has(not_json("{\"a\":-}"), "a digit"));
  EXPECT_TRUE(has(not_json("{\"a\":1e999}"), "too big"));
  EXPECT_TRUE(has(not_json("{\"a\":\"x"), "does not end"));
  EXPECT_TRUE(has(not_json("{\"a\":\"\\x\"}"), "unknown escape"));
  EXPECT_TRUE(has(not_json("{\"a\":\"\\ud800\"}"), "surrogate"));
  EXPECT_TRUE(has(not_json("{\"a\":\"\\u12g4\"}"), "hexadecimal"));
  EXPECT_TRUE(has(not_json("{\"a\":\"x\ny\"}"), "control character"));
  EXPECT_TRUE(has(not_json("{} {}"), "nothing may follow"));
  EXPECT_TRUE(has(not_json("nul"), "a JSON value"));
  EXPECT_TRUE(has(not_json("{\"札幌\":tru}"), "column 7"));
  EXPECT_TRUE(has(not_json("id=1&type=T"), "a JSON value"));
}

TEST(BodyParse, WrongEncodings) {
  EXPECT_TRUE(has(not_json("{\"a\":\"\x8e\x44\x96\x79\"}"), "not UTF-8")) << "Shift_JIS";
  EXPECT_TRUE(has(not_json("{\"a\":\"\xed\xa0\x80\"}"), "not UTF-8")) << "a surrogate in UTF-8";
  EXPECT_TRUE(has(not_json("{\"a\":\"\xc0\x80\"}"), "not UTF-8")) << "overlong";
  EXPECT_TRUE(has(not_json("{\"a\":\"\xf5\x80\x80\x80\"}"), "not UTF-8")) << "beyond Unicode";
  EXPECT_TRUE(has(not_json("{\"a\":\"\xe6\x9c"), "not UTF-8")) << "cut in a character";
  not_json(std::string_view("{\0\"\0a\0\"\0:\0001\0}\0", 14));  // UTF-16
  auto bom = Body::parse("\xef\xbb\xbf{\"id\":\"urn:x:1\"}");
  ASSERT_TRUE(bom);
  EXPECT_EQ(bom->id_of(0), "urn:x:1");
}

TEST(BodyParse, DepthAndSizeAreBounded) {
  BodyLimits limits;
  limits.max_depth = 5;
  EXPECT_TRUE(Body::parse("[[[[[1]]]]]", limits));
  EXPECT_TRUE(has(not_json("[[[[[[1]]]]]]", limits), "deeper than 5"));
  EXPECT_TRUE(Body::parse("[[[[[[1]]]]]]")) << "a parser used before with another depth";
  EXPECT_TRUE(has(not_json(std::string(100'000, '[')), "deeper than 64"));
  EXPECT_TRUE(has(not_json(R"({"a":)" + std::string(100'000, '[')), "deeper than 64"));
  limits.max_bytes = 10;
  auto big = Body::parse("{\"a\":12345}", limits);
  ASSERT_FALSE(big);
  EXPECT_EQ(big.error().code, ErrorCode::kContentTooLarge);
}

TEST(BodyParse, EveryTruncationIsRefused) {
  const std::string json =
      R"({"id":"urn:x:1","type":["T","U"],"a":{"type":"Property","value":[1.5e3,-2,true,null,{"k":"\u00e9\ud83d\ude00"}]}})";
  ASSERT_TRUE(Body::parse(json));
  for (std::size_t n = 0; n < json.size(); ++n) not_json(json.substr(0, n));
}

TEST(BodyParse, OwnsWhatItNeeds) {
  std::string text = R"([{"id":"urn:x:1","type":"T","@context":["https://a",{"b":1}]},{"@id":"urn:x:2"},"urn:x:3",4])";
  auto body = Body::parse(text);
  ASSERT_TRUE(body);
  text.assign(text.size(), '#');
  std::thread([b = std::move(*body)] {
    EXPECT_TRUE(b.is_array());
    EXPECT_FALSE(b.is_object());
    EXPECT_EQ(b.size(), 4u);
    EXPECT_EQ(b.context_json(0), R"(["https://a",{"b":1}])");
    EXPECT_EQ(b.context_json(1), "");
    EXPECT_EQ(b.id_of(0), "urn:x:1");
    EXPECT_EQ(b.id_of(1), "urn:x:2");
    EXPECT_EQ(b.id_of(2), "urn:x:3");
    EXPECT_EQ(b.id_of(3), "");
    EXPECT_EQ(b.id_of(4), "");
    EXPECT_EQ(b.context_json(9), "");
    EXPECT_FALSE(b.entity(9, *core_context(), BodyRule::kWhole));
  }).join();
  Body other = *Body::parse(R"( { "q" : "a > 1", "n" : [ 1.0 , 2 ] } )");
  EXPECT_EQ(other.size(), 1u);
  EXPECT_EQ(other.member("q"), R"("a > 1")");
  EXPECT_EQ(other.member("n"), "[1,2]");
  EXPECT_EQ(other.member("none"), "");
  EXPECT_EQ(other.canonical(), R"({"q":"a > 1","n":[1,2]})");
  other = *Body::parse("5");
  EXPECT_FALSE(other.is_object() || other.is_array());
}

TEST(BodyParse, ManyBodiesAtOnce) {
  std::vector<Body> bodies;
  for (int i = 0; i < 50; ++i) bodies.push_back(*Body::parse("{\"id\":\"urn:x:" + std::to_string(i) + "\"}"));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(bodies[i].id_of(0), "urn:x:" + std::to_string(i));
}

TEST(BodyParse, Numbers) {
  auto canonical = [](std::string_view json) { return Body::parse(json)->canonical(); };
  EXPECT_EQ(canonical("[0,-0,1,-1,9223372036854775807,-9223372036854775808,18446744073709551615]"),
            "[0,0,1,-1,9223372036854775807,-9223372036854775808,18446744073709551615]");
  EXPECT_EQ(canonical("[25.0,0.1,1e2,1.5E-7,123456789.125]"), "[25,0.1,100,1.5e-07,123456789.125]");
  auto big = Body::parse(
      R"({"a":[18446744073709551616,-99999999999999999999,1.5,"99999999999999999999",0.99999999999999999999]})");
  ASSERT_TRUE(big);
  EXPECT_EQ(big->canonical(), R"({"a":[18446744073709551616,-1e+20,1.5,"99999999999999999999",1]})");
}

// ---- entities

TEST(BodyEntity, AllMembers) {
  auto e = decode(
      R"({"id":"urn:ngsi-ld:Shelter:1","type":["Shelter","Building","Shelter"],"scope":["/hokkaido/sapporo","japan"],
    "expiresAt":"2030-01-01T00:00:00Z","createdAt":"2001-01-01T00:00:00Z","modifiedAt":1,"@context":"https://x",
    "name":{"type":"Property","value":"北"},"temperature":{"type":"Property","value":21.5,"unitCode":"CEL",
    "observedAt":"2024-02-29T12:00:00.5Z","accuracy":{"type":"Property","value":0.1}}})");
  ASSERT_TRUE(e) << e.error().detail;
  EXPECT_EQ(e->id, "urn:ngsi-ld:Shelter:1");
  EXPECT_EQ(e->types, (std::vector<TermId>{term("Shelter"), term("Building")}));
  EXPECT_EQ(e->scopes, (std::vector<std::string>{"/hokkaido/sapporo", "/japan"}));
  EXPECT_TRUE(e->has_scope);
  EXPECT_EQ(e->expires_at, *parse_instant("2030-01-01T00:00:00Z"));
  EXPECT_EQ(e->created_at, kNoInstant);
  ASSERT_EQ(e->attributes.size(), 2u);
  const Attribute* t = e->find(term("temperature"), "");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->value, "21.5");
  EXPECT_EQ(t->unit_code, "CEL");
  EXPECT_EQ(t->observed_at, *parse_instant("2024-02-29T12:00:00.5Z"));
  EXPECT_FALSE(t->bare);
  ASSERT_EQ(t->subs.size(), 1u);
  EXPECT_EQ(t->subs[0].name, term("accuracy"));
  EXPECT_EQ(e->find(term("name"), "")->value, R"("北")");
}

TEST(BodyEntity, IdAndType) {
  EXPECT_TRUE(decode(R"({"@id":"urn:x:1","@type":"T"})"));
  EXPECT_TRUE(decode(R"({"id":"urn:x:1","type":"https://example.org/T"})"));
  EXPECT_TRUE(has(entity_refused(R"({"type":"T"})"), "\"id\""));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1"})"), "\"type\""));
  EXPECT_TRUE(has(entity_refused(R"({"id":"Shelter1","type":"T"})"), "URI"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"","type":"T"})"), "URI"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x 1","type":"T"})"), "URI"));
  EXPECT_TRUE(has(entity_refused(R"({"id":1,"type":"T"})"), "URI"));
  EXPECT_TRUE(has(entity_refused(R"({"id":null,"type":"T"})"), "URI"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","@id":"urn:x:1","type":"T"})"), "twice"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","id":"urn:x:1","type":"T"})"), "twice"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":[]})"), "at least one"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":["T",1]})"), "name"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":{}})"), "name"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":""})"), "not allowed"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"a<b>"})"), "not allowed"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"urn:ngsi-ld:null"})"), "deleted"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:ngsi-ld:null","type":"T"})"), "Null"));
  entity_refused("[]");
  for (const char* json : {"5", "\"x\"", "true", "null", "[1]"}) {
    auto body = Body::parse(json);
    ASSERT_TRUE(body);
    EXPECT_FALSE(body->entity(0, *core_context(), BodyRule::kFragment)) << json;
  }
}

TEST(BodyEntity, FragmentsNeedNeither) {
  for (BodyRule rule : {BodyRule::kAppend, BodyRule::kFragment, BodyRule::kMerge}) {
    auto e = decode(R"({"a":1})", rule);
    ASSERT_TRUE(e);
    EXPECT_EQ(e->id, "");
    EXPECT_TRUE(e->types.empty());
    EXPECT_FALSE(e->has_scope);
    EXPECT_TRUE(decode(R"({"type":"T"})", rule));
    EXPECT_TRUE(decode("{}", rule));
  }
}

TEST(BodyEntity, ReservedAndIllegalNames) {
  for (const char* name : {"value", "object", "languageMap", "vocab", "json", "valueList", "objectList", "unitCode",
                           "datasetId", "observedAt", "instanceId", "https://uri.etsi.org/ngsi-ld/hasValue",
                           "ngsi-ld:observedAt", "@value", "@graph", "entityIdSealed", "dataset"})
    entity_refused(R"({"id":"urn:x:1","type":"T",")" + std::string(name) + R"(":{"type":"Property","value":1}})");
  for (const char* name : {"",    " ",   "a b",  "a<",  "a>",    "a'",     "a=b",   "a;",    "a(b)", "1a", "_a",
                           "a.b", "a/b", "a[0]", "a|b", "札 幌", "札　幌", "a​b", "a:b c", ":a",   "a:"})
    EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T",")" + std::string(name) + R"(":1})"), "not allowed"))
        << name;
  for (const char* name :
       {"a", "A1_b", "室温", "Ñandú", "x-y", "ex:a", "https://example.org/a#b", "urn:a:b", "部屋々〆"})
    EXPECT_TRUE(decode(R"({"id":"urn:x:1","type":"T",")" + std::string(name) + R"(":1})")) << name;
  EXPECT_FALSE(valid_name(std::string(5000, 'a')));
}

TEST(BodyEntity, SameAttributeTwice) {
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","a":1,"a":2})"), "\"a\""));
  EXPECT_TRUE(
      has(entity_refused(R"({"id":"urn:x:1","type":"T","a":1,"https://uri.etsi.org/ngsi-ld/default-context/a":2})"),
          "\"a\""));
}

TEST(BodyEntity, Scope) {
  for (const char* scope : {"5", "[]", "\"\"", "\"/\"", "\"/a//b\"", "\"/a/\"", "\"/a b\"", "\"/a/#\"", "\"/+\"",
                            "[\"/a\",5]", "{}", "null"})
    EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","scope":)" + std::string(scope) + "}"), "scope"))
        << scope;
  EXPECT_EQ(decode(R"({"id":"urn:x:1","type":"T","scope":["/a","a","/b"]})")->scopes,
            (std::vector<std::string>{"/a", "/b"}));
  auto removed = decode(R"({"scope":"urn:ngsi-ld:null"})", BodyRule::kMerge);
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->scope_null && removed->has_scope);
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","scope":"urn:ngsi-ld:null"})"), "scope"));
}

TEST(BodyEntity, ExpiresAt) {
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","expiresAt":"soon"})"), "expiresAt"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","expiresAt":"2024-02-30T00:00:00Z"})"), "expiresAt"));
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","expiresAt":5})"), "expiresAt"));
  EXPECT_FALSE(decode(R"({"id":"urn:x:1","type":"T","expiresAt":"urn:ngsi-ld:null"})"));
  auto removed = decode(R"({"expiresAt":"urn:ngsi-ld:null"})", BodyRule::kMerge);
  ASSERT_TRUE(removed);
  EXPECT_TRUE(removed->expires_null);
  EXPECT_EQ(removed->expires_at, kNoInstant);
}

TEST(BodyEntity, TooManyAttributes) {
  BodyLimits limits;
  limits.max_attributes = 3;
  auto body = Body::parse(R"({"id":"urn:x:1","type":"T","a":{"value":1,"b":2},"c":3})", limits);
  EXPECT_TRUE(body->entity(0, *core_context(), BodyRule::kWhole));
  body = Body::parse(R"({"id":"urn:x:1","type":"T","a":{"value":1,"b":{"value":2,"d":5}},"c":3})", limits);
  EXPECT_FALSE(body->entity(0, *core_context(), BodyRule::kWhole));
}

TEST(BodyEntity, GeoJsonFeature) {
  auto e = decode(R"({"type":"Feature","id":"urn:x:1","geometry":{"type":"Point","coordinates":[141.35,43.06]},
    "properties":{"type":"Shelter","name":"北","capacity":{"type":"Property","value":100}}})");
  ASSERT_TRUE(e) << e.error().detail;
  EXPECT_EQ(e->id, "urn:x:1");
  EXPECT_EQ(e->types, std::vector<TermId>{term("Shelter")});
  EXPECT_EQ(e->find(term("location"), "")->value, R"({"type":"Point","coordinates":[141.35,43.06]})");
  EXPECT_EQ(e->find(term("location"), "")->kind, AttrKind::kGeoProperty);
  EXPECT_EQ(e->find(term("capacity"), "")->value, "100");
  auto own = decode(R"({"type":"Feature","id":"urn:x:1","geometry":{"type":"Point","coordinates":[1,1]},
    "properties":{"type":"Shelter","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[2,2]}}}})");
  EXPECT_EQ(own->find(term("location"), "")->value, R"({"type":"Point","coordinates":[2,2]})");
  EXPECT_TRUE(decode(R"({"type":"Feature","id":"urn:x:1","geometry":null,"properties":{"type":"Shelter"}})"));
  entity_refused(
      R"({"type":"Feature","id":"urn:x:1","geometry":{"type":"Point","coordinates":[200,43]},"properties":{"type":"S"}})");
  entity_refused(R"({"type":"Feature","id":"urn:x:1","geometry":null,"properties":{"id":"urn:x:2","type":"S"}})");
  EXPECT_EQ(decode(R"({"type":"Feature","id":"urn:x:1"})")->types, std::vector<TermId>{term("Feature")})
      << "a type like any other";
}

// ---- attributes: forms

TEST(BodyAttribute, ConciseForms) {
  auto kind = [](std::string_view json) { return one(json).kind; };
  EXPECT_EQ(kind("1"), AttrKind::kProperty);
  EXPECT_EQ(kind("\"urn:x:2\""), AttrKind::kProperty) << "a text is never a Relationship";
  EXPECT_EQ(kind("false"), AttrKind::kProperty);
  EXPECT_EQ(kind("[]"), AttrKind::kProperty);
  EXPECT_EQ(kind("[1,2]"), AttrKind::kProperty);
  EXPECT_EQ(kind("{}"), AttrKind::kProperty);
  EXPECT_EQ(kind(R"({"street":"x","no":5})"), AttrKind::kProperty);
  EXPECT_EQ(kind(R"({"value":1})"), AttrKind::kProperty);
  EXPECT_EQ(kind(R"({"value":{"type":"Point","coordinates":[1,2]}})"), AttrKind::kGeoProperty);
  EXPECT_EQ(kind(R"({"type":"Point","coordinates":[1,2]})"), AttrKind::kGeoProperty);
  EXPECT_EQ(kind(R"({"object":"urn:x:2"})"), AttrKind::kRelationship);
  EXPECT_EQ(kind(R"({"languageMap":{"ja":"北"}})"), AttrKind::kLanguageProperty);
  EXPECT_EQ(kind(R"({"vocab":"bear"})"), AttrKind::kVocabProperty);
  EXPECT_EQ(kind(R"({"json":{"a":null}})"), AttrKind::kJsonProperty);
  EXPECT_EQ(kind(R"({"valueList":[1,2]})"), AttrKind::kListProperty);
  EXPECT_EQ(kind(R"({"objectList":["urn:x:2"]})"), AttrKind::kListRelationship);
  EXPECT_TRUE(one("1").bare);
  EXPECT_TRUE(one(R"({"street":"x"})").bare);
  EXPECT_TRUE(one(R"({"type":"Point","coordinates":[1,2]})").bare);
  EXPECT_FALSE(one(R"({"value":1})").bare);
  EXPECT_EQ(one(R"({"street":"x","no":5.0})").value, R"({"street":"x","no":5})");
  EXPECT_EQ(one(R"({"value":1,"b":2,"object2":{"object":"urn:x:3"}})").subs.size(), 2u);
  EXPECT_EQ(one(R"([{"street":"x"},{"street":"y"}])").value, R"([{"street":"x"},{"street":"y"}])");
  EXPECT_EQ(one(R"([{"type":"Point","coordinates":[1,2]}])").kind, AttrKind::kProperty);
}

TEST(BodyAttribute, NormalizedForms) {
  EXPECT_EQ(one(R"({"type":"Property","value":{"type":"Point","coordinates":[1,2]}})").kind, AttrKind::kProperty);
  EXPECT_EQ(one(R"({"@type":"Property","value":1})").value, "1");
  EXPECT_EQ(one(R"({"type":"ngsi-ld:Property","ngsi-ld:hasValue":1})").value, "1");
  EXPECT_EQ(
      one(R"({"type":"https://uri.etsi.org/ngsi-ld/Relationship","https://uri.etsi.org/ngsi-ld/hasObject":"urn:x:2"})")
          .value,
      R"("urn:x:2")");
  EXPECT_TRUE(has(refused(R"({"type":"PostalAddress","street":"x"})"), "PostalAddress"));
  EXPECT_TRUE(has(refused(R"({"type":"Propertyy","value":1})"), "Propertyy"));
  EXPECT_TRUE(has(refused(R"({"type":"Property"})"), "\"value\""));
  EXPECT_TRUE(has(refused(R"({"type":"Property","object":"urn:x:2"})"), "\"value\""));
  EXPECT_TRUE(has(refused(R"({"type":"Relationship","value":"urn:x:2"})"), "\"object\""));
  EXPECT_TRUE(has(refused(R"({"type":"LanguageProperty","value":"x"})"), "\"languageMap\""));
  EXPECT_TRUE(has(refused(R"({"type":"GeoProperty","value":1,"object":"urn:x:2"})"), "more than one"));
  EXPECT_TRUE(has(refused(R"({"value":1,"object":"urn:x:2"})"), "more than one"));
  EXPECT_TRUE(has(refused(R"({"type":["Property"],"value":1})"), "\"type\""));
  EXPECT_TRUE(has(refused(R"({"type":null,"value":1})"), "\"type\""));
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":1,"value":2})"), "twice"));
  EXPECT_TRUE(has(refused(R"({"type":"Property","@type":"Property","value":1})"), "twice"));
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":1,"@context":"https://x"})"), "@context"));
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":1,"id":"urn:x:1"})"), "reserved"));
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":1,"a b":1})"), "a b"));
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":1,"b":{"value":1,"c":{"type":"Nope"}}})"), "\"a.b.c\""));
  EXPECT_TRUE(has(refused("null"), "null"));
  EXPECT_TRUE(has(refused(R"({"observedAt":"2024-01-01T00:00:00Z"})"), "no value"));
}

TEST(BodyAttribute, ClientTimesAndOutputMembersAreIgnored) {
  Attribute a = one(R"({"type":"Property","value":1,"createdAt":"2001-01-01T00:00:00Z","modifiedAt":5,"deletedAt":null,
    "instanceId":"urn:i:1","previousValue":3,"entity":{"id":"x"},"entityList":[]})");
  EXPECT_EQ(a.created_at, kNoInstant);
  EXPECT_TRUE(a.subs.empty());
}

TEST(BodyAttribute, Members) {
  EXPECT_TRUE(has(refused(R"({"value":1,"observedAt":"yesterday"})"), "observedAt"));
  EXPECT_TRUE(has(refused(R"({"value":1,"observedAt":"2024-01-01"})"), "observedAt"));
  EXPECT_TRUE(has(refused(R"({"value":1,"observedAt":1700000000})"), "observedAt"));
  EXPECT_TRUE(has(refused(R"({"value":1,"observedAt":null})"), "observedAt"));
  EXPECT_TRUE(has(refused(R"({"value":1,"unitCode":5})"), "unitCode"));
  EXPECT_TRUE(has(refused(R"({"value":1,"unitCode":""})"), "unitCode"));
  EXPECT_TRUE(has(refused(R"({"object":"urn:x:2","unitCode":"CEL"})"), "unitCode"));
  EXPECT_TRUE(has(refused(R"({"languageMap":{"ja":"x"},"unitCode":"CEL"})"), "unitCode"));
  EXPECT_TRUE(has(refused(R"({"value":1,"datasetId":"five"})"), "datasetId"));
  EXPECT_TRUE(has(refused(R"({"value":1,"datasetId":5})"), "datasetId"));
  EXPECT_TRUE(has(refused(R"({"value":1,"objectType":"T"})"), "objectType"));
  EXPECT_TRUE(has(refused(R"({"object":"urn:x:2","objectType":5})"), "objectType"));
  EXPECT_TRUE(has(refused(R"({"object":"urn:x:2","valueType":"T"})"), "valueType"));
  EXPECT_TRUE(has(refused(R"({"value":1,"entityIdSealed":"urn:x:1"})"), "ngsildproof"));
  Attribute a = one(R"({"value":1,"datasetId":"urn:d:1","valueType":"Celsius","expiresAt":"2030-01-01T00:00:00Z"})");
  EXPECT_EQ(a.dataset_id, "urn:d:1");
  EXPECT_EQ(a.value_type, terms().text(term("Celsius")));
  EXPECT_EQ(a.expires_at, *parse_instant("2030-01-01T00:00:00Z"));
  EXPECT_EQ(one(R"({"value":1,"datasetId":"@none"})").dataset_id, "");
  EXPECT_EQ(one(R"({"object":"urn:x:2","objectType":["T","U"]})").object_types,
            (std::vector<TermId>{term("T"), term("U")}));
}

TEST(BodyAttribute, SeveralInstances) {
  auto e = decode(
      with(R"([{"value":1},{"value":2,"datasetId":"urn:d:1"},{"type":"Property","value":3,"datasetId":"urn:d:0"}])"));
  ASSERT_TRUE(e);
  ASSERT_EQ(e->attributes.size(), 3u);
  EXPECT_EQ(e->attributes[0].dataset_id, "");
  EXPECT_EQ(e->attributes[1].dataset_id, "urn:d:0");
  EXPECT_EQ(e->find(term("a"), "urn:d:1")->value, "2");
  refused(R"([{"value":1},{"value":2}])");
  refused(R"([{"value":1,"datasetId":"urn:d:1"},{"value":2,"datasetId":"urn:d:1"}])");
  refused(R"([{"value":1},{"value":2,"datasetId":"@none"}])");
  refused(R"([{"value":1,"datasetId":"urn:d:1"},5])");
  refused(R"({"value":1,"b":[{"value":1},{"value":2}]})");
  auto datasets = decode(with(R"({"dataset":{"@none":1,"urn:d:1":{"x":2}}})"));
  ASSERT_TRUE(datasets);
  EXPECT_EQ(datasets->find(term("a"), "")->value, "1");
  EXPECT_EQ(datasets->find(term("a"), "urn:d:1")->value, R"({"x":2})");
  refused(R"({"dataset":{"d1":1}})");
  refused(R"({"dataset":{}})");
}

TEST(BodyAttribute, CoreLocationsAreGeoProperties) {
  EXPECT_TRUE(has(entity_refused(R"({"id":"urn:x:1","type":"T","location":"Sapporo"})"), "GeoProperty"));
  EXPECT_TRUE(
      has(entity_refused(R"({"id":"urn:x:1","type":"T","operationSpace":{"object":"urn:x:2"}})"), "GeoProperty"));
  EXPECT_TRUE(decode(R"({"location":"urn:ngsi-ld:null"})", BodyRule::kMerge));
}

TEST(BodyAttribute, Proof) {
  Attribute a = one(
      R"({"value":1,"ngsildproof":{"type":"Property","entityIdSealed":"urn:x:1","entityTypeSealed":"T","value":{"type":"DataIntegrityProof"}}})");
  ASSERT_EQ(a.subs.size(), 1u);
  EXPECT_EQ(a.subs[0].value, R"({"type":"DataIntegrityProof"})");
  EXPECT_EQ(a.subs[0].subs.size(), 2u);
}

// ---- attributes: values

TEST(BodyValue, Property) {
  EXPECT_TRUE(has(refused(R"({"type":"Property","value":null})"), "null"));
  EXPECT_EQ(one(R"({"value":{"a":null,"b":[null]}})").value, R"({"a":null,"b":[null]})");
  EXPECT_TRUE(has(refused(R"({"value":{"a":1,"a":2}})"), "twice"));
  EXPECT_TRUE(has(refused(R"({"value":[{"b":{"a":1,"c":2,"a":2}}]})"), "\"a\" is given twice"));
  std::string many = R"({"value":{)";
  for (int i = 0; i < 40; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_TRUE(has(refused(many + R"("k3":1}})"), "k3"));
  EXPECT_TRUE(has(refused(many + R"("k39":1}})"), "k39"));
  EXPECT_EQ(one(R"j({"value":"\u00e9\ud83d\ude00\u0007<>\"'=;()"})j").value, "\"é😀\\u0007<>\\\"'=;()\"");
  EXPECT_EQ(one(R"({"value":{"@type":"DateTime","@value":"2024-01-01T00:00:00Z"}})").value,
            R"({"@type":"DateTime","@value":"2024-01-01T00:00:00Z"})");
  EXPECT_EQ(one(R"({"@type":"DateTime","@value":"2024-01-01T00:00:00Z"})").kind, AttrKind::kProperty);
  refused(R"({"value":{"@type":"DateTime","@value":"nope"}})");
  refused(R"({"value":{"@type":"Date","@value":"2024-13-01"}})");
  refused(R"({"value":{"@type":"Date","@value":"2024-01-01","x":1}})");
}

TEST(BodyValue, PlainValueOfTypedValues) {
  std::string_view type;
  EXPECT_EQ(plain_value(R"({"@type":"DateTime","@value":"2024"})", &type), R"("2024")");
  EXPECT_EQ(type, "DateTime");
  EXPECT_EQ(plain_value(R"({"@value":"2024","@type":"Date"})", &type), R"("2024")");
  EXPECT_EQ(type, "Date");
  EXPECT_EQ(plain_value(R"({"@type":"X","@value":5})", &type), "5");
  for (std::string_view same : {"5", R"("x")", "{}", "[]", R"({"@type":"X"})", R"({"@type":"X","@value":"a","b":"c"})",
                                R"({"@type":"X","@value":5,"b":6})", R"({"@value":"x"})", R"({"@type":5,"@value":1})",
                                R"({"@type":"X","@value":)", R"({"@type":"X)", ""}) {
    EXPECT_EQ(plain_value(same, &type), same);
    EXPECT_EQ(type, "");
  }
}

TEST(BodyValue, Relationship) {
  EXPECT_EQ(one(R"({"object":["urn:x:2","urn:x:3"]})").value, R"(["urn:x:2","urn:x:3"])");
  for (const char* object : {"5", "null", "\"x\"", "\"\"", "[]", "[5]", "[\"x\"]", "{}", "[[\"urn:x:2\"]]",
                             "\"urn:a b\"", "[\"urn:x:2\",\"urn:ngsi-ld:null\"]"})
    refused(R"({"type":"Relationship","object":)" + std::string(object) + "}");
}

TEST(BodyValue, LanguageMap) {
  EXPECT_EQ(one(R"({"languageMap":{"ja":"北","en":["North","N"],"@none":"x","zh-Hant-TW":"y"}})").value,
            R"({"ja":"北","en":["North","N"],"@none":"x","zh-Hant-TW":"y"})");
  for (const char* map :
       {"5", "\"x\"", "[]", "{}", "{\"ja\":5}", "{\"ja\":null}", "{\"ja\":[5]}", "{\"ja\":{}}", "{\"j a\":\"x\"}",
        "{\"\":\"x\"}", "{\"ja-\":\"x\"}", "{\"abcdefghi\":\"x\"}", "{\"ja\":\"x\",\"ja\":\"y\"}"})
    refused(R"({"languageMap":)" + std::string(map) + "}");
}

TEST(BodyValue, Vocab) {
  EXPECT_EQ(one(R"({"vocab":"bear"})").value, "\"https://uri.etsi.org/ngsi-ld/default-context/bear\"");
  EXPECT_EQ(one(R"({"vocab":["urn:a:b","bear"]})").value,
            R"(["urn:a:b","https://uri.etsi.org/ngsi-ld/default-context/bear"])");
  for (const char* vocab : {"5", "null", "\"\"", "[]", "[5]", "{}", "[\"a\",\"urn:ngsi-ld:null\"]"})
    refused(R"({"vocab":)" + std::string(vocab) + "}");
}

TEST(BodyValue, Json) {
  EXPECT_EQ(one(R"({"json":{"@type":5,"a":"urn:ngsi-ld:null","b":null}})").value,
            R"({"@type":5,"a":"urn:ngsi-ld:null","b":null})");
  EXPECT_EQ(one(R"({"json":[{"a":1}]})").value, R"([{"a":1}])");
  for (const char* json : {"5", "null", "\"x\"", "true", "{\"a\":1,\"a\":2}"})
    refused(R"({"json":)" + std::string(json) + "}");
}

TEST(BodyValue, Lists) {
  EXPECT_EQ(one(R"({"valueList":[1,[2,"x"],{"a":3}],"unitCode":"CEL"})").value, R"([1,[2,"x"],{"a":3}])");
  EXPECT_EQ(one(R"({"valueList":[]})").value, "[]");
  for (const char* list : {"5", "{}", "\"x\"", "null"}) refused(R"({"valueList":)" + std::string(list) + "}");
  EXPECT_EQ(one(R"({"objectList":[{"object":"urn:x:2"},"urn:x:3"]})").value, R"(["urn:x:2","urn:x:3"])");
  EXPECT_EQ(one(R"({"objectList":[]})").value, "[]");
  for (const char* list :
       {"5", "{}", "\"urn:x:2\"", "[5]", "[{}]", "[{\"object\":5}]", "[{\"object\":\"urn:x:2\",\"b\":1}]", "[\"x\"]"})
    refused(R"({"objectList":)" + std::string(list) + "}");
}

TEST(BodyValue, Geometry) {
  auto good = [](std::string_view g) {
    EXPECT_TRUE(check_geometry(g)) << g;
    EXPECT_EQ(one(R"({"type":"GeoProperty","value":)" + std::string(g) + "}").kind, AttrKind::kGeoProperty);
  };
  good(R"({"type":"Point","coordinates":[141.35,43.06]})");
  good(R"({"type":"Point","coordinates":[-180,-90,1234.5]})");
  good(R"({"type":"MultiPoint","coordinates":[[1,2],[3,4]]})");
  good(R"({"type":"LineString","coordinates":[[1,2],[3,4]]})");
  good(R"({"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[1,2],[3,4],[5,6]]]})");
  good(R"({"coordinates":[[[0,0],[1,0],[1,1],[0,0]],[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.1]]],"type":"Polygon"})");
  good(R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]})");
  good(
      R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]})");
  for (const char* g : {"5",
                        "null",
                        "[]",
                        "{}",
                        "\"x\"",
                        R"({"type":"Point"})",
                        R"({"coordinates":[1,2]})",
                        R"({"type":"Circle","coordinates":[1,2]})",
                        R"({"type":"Point","coordinates":[]})",
                        R"({"type":"Point","coordinates":[1]})",
                        R"({"type":"Point","coordinates":[1,2,3,4]})",
                        R"({"type":"Point","coordinates":["1","2"]})",
                        R"({"type":"Point","coordinates":[181,0]})",
                        R"({"type":"Point","coordinates":[0,91]})",
                        R"({"type":"Point","coordinates":[43.06,141.35]})",
                        R"({"type":"Point","coordinates":{"lon":1,"lat":2}})",
                        R"({"type":"Point","coordinates":[[1,2]]})",
                        R"({"type":"Point","coordinates":null})",
                        R"({"type":"LineString","coordinates":[[1,2]]})",
                        R"({"type":"LineString","coordinates":[1,2]})",
                        R"({"type":"Polygon","coordinates":[]})",
                        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]})",
                        R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]})",
                        R"({"type":"MultiPolygon","coordinates":[[[0,0]]]})",
                        R"({"type":"GeometryCollection","coordinates":[]})",
                        R"({"type":"GeometryCollection","geometries":5})",
                        R"({"type":"Point","geometries":[]})",
                        R"({"type":5,"coordinates":[1,2]})",
                        R"({"type":"Point","coordinates":[1,2],"coordinates":[3,4]})"}) {
    EXPECT_FALSE(check_geometry(g)) << g;
    refused(R"({"type":"GeoProperty","value":)" + std::string(g) + "}");
  }
  EXPECT_FALSE(check_geometry("{"));
  refused(R"({"type":"Point","coordinates":[200,0]})");
  EXPECT_EQ(one(R"({"type":"GeoProperty","value":"{\"type\":\"Point\",\"coordinates\":[1,2]}"})").value,
            R"({"type":"Point","coordinates":[1,2]})");
  refused(R"({"type":"GeoProperty","value":"{\"type\":\"Point\",\"coordinates\":[1,200]}"})");
}

// ---- NGSI-LD Null

constexpr std::string_view kNulls[] = {R"("urn:ngsi-ld:null")",
                                       R"({"value":"urn:ngsi-ld:null"})",
                                       R"({"type":"Property","value":"urn:ngsi-ld:null"})",
                                       R"({"type":"GeoProperty","value":"urn:ngsi-ld:null"})",
                                       R"({"object":"urn:ngsi-ld:null"})",
                                       R"({"vocab":"urn:ngsi-ld:null"})",
                                       R"({"json":"urn:ngsi-ld:null"})",
                                       R"({"languageMap":{"@none":"urn:ngsi-ld:null"}})",
                                       R"({"valueList":["urn:ngsi-ld:null"]})",
                                       R"({"objectList":["urn:ngsi-ld:null"]})",
                                       R"({"objectList":[{"object":"urn:ngsi-ld:null"}]})"};

TEST(BodyNull, DeletesWhereTheOperationAllowsIt) {
  for (std::string_view json : kNulls) {
    EXPECT_TRUE(has(refused(json, BodyRule::kWhole), "Null"));
    EXPECT_TRUE(has(refused(json, BodyRule::kAppend), "Null"));
    EXPECT_TRUE(one(json, BodyRule::kFragment).is_null()) << json;
    EXPECT_TRUE(one(json, BodyRule::kMerge).is_null()) << json;
  }
  Attribute a = one(R"({"type":"Property","value":"urn:ngsi-ld:null","datasetId":"urn:d:1"})", BodyRule::kMerge);
  EXPECT_TRUE(a.is_null());
  EXPECT_EQ(a.dataset_id, "urn:d:1");
}

TEST(BodyNull, InsideValuesOnlyInMerges) {
  for (std::string_view json :
       {R"({"value":{"a":"urn:ngsi-ld:null"}})", R"({"value":[{"a":["urn:ngsi-ld:null"]}]})",
        R"({"x":"urn:ngsi-ld:null"})", R"({"languageMap":{"ja":"urn:ngsi-ld:null","en":"x"}})"}) {
    EXPECT_TRUE(has(refused(json, BodyRule::kWhole), "Null")) << json;
    EXPECT_TRUE(has(refused(json, BodyRule::kFragment), "Null")) << json;
    EXPECT_TRUE(has(one(json, BodyRule::kMerge).value, kNullJson)) << json;
  }
}

TEST(BodyNull, MembersOnlyInFragments) {
  constexpr std::string_view kJson =
      R"({"value":1,"observedAt":"urn:ngsi-ld:null","unitCode":"urn:ngsi-ld:null","expiresAt":"urn:ngsi-ld:null","valueType":"urn:ngsi-ld:null","b":"urn:ngsi-ld:null"})";
  refused(kJson, BodyRule::kWhole);
  Attribute a = one(kJson, BodyRule::kMerge);
  EXPECT_EQ(a.observed_at, kNullInstant);
  EXPECT_EQ(a.expires_at, kNullInstant);
  EXPECT_EQ(a.unit_code, Attribute::kNullMark);
  EXPECT_EQ(a.value_type, Attribute::kNullMark);
  EXPECT_TRUE(a.subs[0].is_null());
  EXPECT_EQ(one(R"({"object":"urn:x:2","objectType":"urn:ngsi-ld:null"})", BodyRule::kMerge).object_types,
            std::vector<TermId>{kNoTerm});
  refused(R"({"value":1,"datasetId":"urn:ngsi-ld:null"})", BodyRule::kMerge);
  refused(R"({"type":"urn:ngsi-ld:null","value":1})", BodyRule::kMerge);
}

TEST(BodyNull, MergesMayLeaveTheValueOut) {
  Attribute a = one(R"({"observedAt":"2024-01-01T00:00:00Z"})", BodyRule::kMerge);
  EXPECT_EQ(a.kind, kNoKind);
  EXPECT_EQ(a.value, "");
  EXPECT_EQ(one(R"({"type":"Property","unitCode":"CEL"})", BodyRule::kMerge).kind, AttrKind::kProperty);
  EXPECT_EQ(one(R"({"b":{"type":"Property","value":2}})", BodyRule::kMerge).kind, kNoKind)
      << "typed members are sub-attributes";
  EXPECT_EQ(one(R"({"b":{"x":2}})", BodyRule::kMerge).value, R"({"b":{"x":2}})");
  refused(R"({"type":"Property","unitCode":"CEL"})", BodyRule::kFragment);
}

// ---- simplified

TEST(BodySimplified, ObjectsAndArraysAreValues) {
  auto kind = [](std::string_view json) { return one(json, BodyRule::kMergeSimplified).kind; };
  for (const char* json :
       {R"({"type":"PostalAddress","street":"x"})", R"({"value":5})", R"({"type":"Property","value":5})",
        R"([{"value":1},{"value":2}])", R"({"observedAt":"then"})", "5"}) {
    Attribute a = one(json, BodyRule::kMergeSimplified);
    EXPECT_EQ(a.kind, AttrKind::kProperty);
    EXPECT_EQ(a.value, json);
    EXPECT_TRUE(a.bare);
  }
  EXPECT_EQ(kind(R"({"type":"Point","coordinates":[1,2]})"), AttrKind::kGeoProperty);
  EXPECT_EQ(kind(R"({"languageMap":{"ja":"x"}})"), AttrKind::kLanguageProperty);
  EXPECT_EQ(kind(R"({"vocab":"x"})"), AttrKind::kVocabProperty);
  EXPECT_EQ(kind(R"({"json":{}})"), AttrKind::kJsonProperty);
  EXPECT_EQ(kind(R"({"valueList":[1]})"), AttrKind::kListProperty);
  EXPECT_EQ(kind(R"({"objectList":["urn:x:2"]})"), AttrKind::kListRelationship);
  EXPECT_TRUE(one(R"("urn:ngsi-ld:null")", BodyRule::kMergeSimplified).is_null());
  refused(R"({"languageMap":5})", BodyRule::kMergeSimplified);
  refused("null", BodyRule::kMergeSimplified);
  auto e = decode(with(R"({"dataset":{"@none":{"value":1},"urn:d:1":2}})"), BodyRule::kMergeSimplified);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->find(term("a"), "")->value, R"({"value":1})");
}

// ---- one attribute as a body

Result<Body::AttributeFragment> fragment(std::string_view json, BodyRule rule = BodyRule::kFragment) {
  return Body::parse(json)->attribute(term("a"), *core_context(), rule);
}

TEST(BodyFragment, Forms) {
  for (BodyRule rule : {BodyRule::kWhole, BodyRule::kFragment, BodyRule::kMerge}) {
    auto f = fragment(R"({"value":5,"@context":"https://x"})", rule);
    ASSERT_TRUE(f) << f.error().detail;
    ASSERT_EQ(f->instances.size(), 1u);
    EXPECT_EQ(f->instances[0].name, term("a"));
    EXPECT_EQ(f->instances[0].value, "5");
    EXPECT_FALSE(f->kind_given);
    EXPECT_TRUE(fragment(R"({"type":"Relationship","object":"urn:x:2"})", rule)->kind_given);
    EXPECT_EQ(fragment(R"({"type":"Point","coordinates":[1,2]})", rule)->instances[0].kind, AttrKind::kGeoProperty);
    auto several = fragment(R"([{"value":5,"datasetId":"urn:d:2"},{"value":6,"datasetId":"urn:d:1"}])", rule);
    ASSERT_TRUE(several);
    ASSERT_EQ(several->instances.size(), 2u);
    EXPECT_EQ(several->instances[0].dataset_id, "urn:d:1") << "in order";
    for (const char* json : {"5", "\"x\"", "null", "[]", "[5]", R"([{"value":1},{"value":2}])",
                             R"({"value":1,"b":{"value":1,"@context":"https://x"}})"})
      EXPECT_FALSE(fragment(json, rule)) << json;
  }
}

TEST(BodyFragment, ValueMayBeLeftOutOfAnUpdate) {
  auto f = fragment(R"({"unitCode":"CEL","precision":{"value":1},"@context":"https://x"})");
  ASSERT_TRUE(f) << f.error().detail;
  EXPECT_EQ(f->instances[0].kind, kNoKind);
  EXPECT_EQ(f->instances[0].value, "");
  EXPECT_EQ(f->instances[0].unit_code, "CEL");
  EXPECT_EQ(f->instances[0].subs.size(), 1u);
  EXPECT_TRUE(fragment(R"({"precision":{"x":1}})")->instances[0].value.empty())
      << "members are sub-attributes here, not a value";
  EXPECT_EQ(fragment(R"({"x":1})", BodyRule::kWhole)->instances[0].value, R"({"x":1})");
  EXPECT_FALSE(fragment(R"({"unitCode":"CEL"})", BodyRule::kWhole));
  EXPECT_FALSE(fragment(R"({"x":1,"@context":"https://x"})", BodyRule::kWhole));
  EXPECT_TRUE(fragment(R"("urn:ngsi-ld:null")").error().detail.find("object") != std::string::npos);
  EXPECT_TRUE(fragment(R"({"value":"urn:ngsi-ld:null"})")->instances[0].is_null());
}

}  // namespace
}  // namespace tsunagu::ngsi
