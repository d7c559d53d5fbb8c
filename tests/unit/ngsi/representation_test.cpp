// How entities are written (clauses 4.5, 4.15, 4.21, 6.3.11).
#include "ngsi/representation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "ngsi/body.h"
#include "ngsi/language.h"

namespace tsunagu::ngsi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const Context& core() {
  return *core_context();
}
TermId term(std::string_view name) {
  return core().intern(name);
}

// Attributes are written in the order of their term numbers: give the names of these tests theirs in this order.
[[maybe_unused]] const bool kNumbered = [] {
  for (const char* name : {"capacity", "location", "operationSpace", "speed", "other", "p", "q", "r", "next", "gone",
                           "back", "stops", "many", "x", "accuracy", "state", "by"}) {
    term(name);
  }
  return true;
}();

Attribute attribute(std::string_view name, AttrKind kind, std::string value) {
  Attribute a;
  a.name = term(name);
  a.kind = kind;
  a.value = std::move(value);
  a.created_at = *parse_instant("2024-01-01T00:00:00Z");
  a.modified_at = *parse_instant("2024-01-02T00:00:00Z");
  return a;
}
Attribute property(std::string_view name, std::string value) {
  return attribute(name, AttrKind::kProperty, std::move(value));
}
Attribute relationship(std::string_view name, std::string value) {
  return attribute(name, AttrKind::kRelationship, std::move(value));
}
Attribute with_dataset(Attribute a, std::string dataset) {
  a.dataset_id = std::move(dataset);
  return a;
}

Entity entity(std::string id, std::vector<Attribute> attributes, std::vector<std::string> types = {"Shelter"}) {
  Entity e;
  e.id = std::move(id);
  for (const auto& type : types) e.types.push_back(term(type));
  e.attributes = std::move(attributes);
  e.created_at = *parse_instant("2024-01-01T00:00:00Z");
  e.modified_at = *parse_instant("2024-01-03T00:00:00.5Z");
  return e;
}

struct Others : Linked {
  std::map<std::string, RecordPtr, std::less<>> records;
  void add(const Entity& e) { records[e.id] = encode(e).value(); }
  RecordPtr find(std::string_view id) const override {
    const auto it = records.find(id);
    return it == records.end() ? nullptr : it->second;
  }
};

std::string written(const Entity& e, const Representation& how = {}, const Linked* linked = nullptr,
                    const Context& context = core()) {
  std::string out;
  append_entity(out, *encode(e).value(), context, how, linked);
  return out;
}
Representation in(Format format) {
  Representation how;
  how.format = format;
  return how;
}
std::vector<ProjectionNode> names(std::string_view text) {
  return parse_projection(text, core()).value();
}

ContextPtr context_of(std::string_view json) {
  std::vector<std::string> missing;
  return compile_context(
             json, [](std::string_view) { return nullptr; }, missing)
      .value();
}

// One entity and its three forms.
struct Forms {
  std::string normalized, concise, simplified;
};
void expect_forms(const Entity& e, const Forms& forms) {
  const auto around = [&e](const std::string& rest) {
    return "{\"id\":\"" + e.id + "\",\"type\":\"Shelter\"" + (rest.empty() ? "" : "," + rest) + "}";
  };
  EXPECT_EQ(written(e), around(forms.normalized));
  EXPECT_EQ(written(e, in(Format::kConcise)), around(forms.concise));
  EXPECT_EQ(written(e, in(Format::kSimplified)), around(forms.simplified));
}

TEST(Representation, EntityWithoutAttributes) {
  expect_forms(entity("urn:a", {}), {});
}

TEST(Representation, SeveralTypesAndScopes) {
  Entity e = entity("urn:a", {}, {"Shelter", "School"});
  e.scopes = {"/Hokkaido/Otaru"};
  EXPECT_EQ(written(e), R"({"id":"urn:a","type":["Shelter","School"],"scope":"/Hokkaido/Otaru"})");
  e.scopes.push_back("/Schools");
  EXPECT_EQ(written(e), R"({"id":"urn:a","type":["Shelter","School"],"scope":["/Hokkaido/Otaru","/Schools"]})");
}

TEST(Representation, Property) {
  expect_forms(entity("urn:a", {property("capacity", "300")}),
               {R"("capacity":{"type":"Property","value":300})", R"("capacity":300)", R"("capacity":300)"});
  Attribute full = property("capacity", "300");
  full.unit_code = "C\"62";
  full.value_type = "https://uri.etsi.org/ngsi-ld/default-context/Count";
  full.observed_at = *parse_instant("2024-05-01T10:00:00.250Z");
  full.subs = {property("accuracy", "\"high\"")};
  const std::string members =
      R"("value":300,"unitCode":"C\"62","valueType":"Count","observedAt":"2024-05-01T10:00:00.250Z")";
  expect_forms(entity("urn:a", {full}),
               {R"("capacity":{"type":"Property",)" + members + R"(,"accuracy":{"type":"Property","value":"high"}})",
                R"("capacity":{)" + members + R"(,"accuracy":"high"})", R"("capacity":300)"});
}

TEST(Representation, ConciseKeepsWhatWouldBeReadBackDifferently) {
  const auto concise = [](const std::string& value) {
    const std::string out = written(entity("urn:a", {property("p", value)}), in(Format::kConcise));
    const std::size_t begin = out.find("\"p\":") + 4;
    return out.substr(begin, out.size() - begin - 1);
  };
  for (const char* bare : {"\"text\"", "true", "1.50", "[1,2]", "[]", "{}", R"({"street":"a","city":{"type":"b"}})"})
    EXPECT_EQ(concise(bare), bare);
  for (const char* wrapped : {R"({"type":"b"})", R"({"value":1})", R"({"a":1,"object":2})", R"({"@value":1})",
                              R"([{"value":1}])", R"({"ngsi-ld:hasValue":1})"}) {
    EXPECT_EQ(concise(wrapped), "{\"value\":" + std::string(wrapped) + "}");
  }
}

TEST(Representation, GeoProperty) {
  const std::string point = R"({"type":"Point","coordinates":[141.35,43.06]})";
  expect_forms(
      entity("urn:a", {attribute("location", AttrKind::kGeoProperty, point)}),
      {R"("location":{"type":"GeoProperty","value":)" + point + "}", "\"location\":" + point, "\"location\":" + point});
}

TEST(Representation, Relationship) {
  Attribute a = relationship("owner", R"("urn:o")");
  expect_forms(entity("urn:a", {a}), {R"("owner":{"type":"Relationship","object":"urn:o"})",
                                      R"("owner":{"object":"urn:o"})", R"("owner":"urn:o")"});
  a.value = R"(["urn:o","urn:p"])";
  a.object_types = {term("Person")};
  expect_forms(entity("urn:a", {a}),
               {R"("owner":{"type":"Relationship","object":["urn:o","urn:p"],"objectType":"Person"})",
                R"("owner":{"object":["urn:o","urn:p"],"objectType":"Person"})", R"("owner":["urn:o","urn:p"])"});
  a.object_types.push_back(term("Organization"));
  EXPECT_THAT(written(entity("urn:a", {a})), HasSubstr(R"("objectType":["Person","Organization"])"));
}

TEST(Representation, OtherKinds) {
  expect_forms(entity("urn:a", {attribute("name", AttrKind::kLanguageProperty, R"({"ja":"避難所","en":"shelter"})")}),
               {R"("name":{"type":"LanguageProperty","languageMap":{"ja":"避難所","en":"shelter"}})",
                R"("name":{"languageMap":{"ja":"避難所","en":"shelter"}})",
                R"("name":{"languageMap":{"ja":"避難所","en":"shelter"}})"});
  expect_forms(entity("urn:a", {attribute("raw", AttrKind::kJsonProperty, R"({"id":1,"type":null})")}),
               {R"("raw":{"type":"JsonProperty","json":{"id":1,"type":null}})",
                R"("raw":{"json":{"id":1,"type":null}})", R"("raw":{"json":{"id":1,"type":null}})"});
  expect_forms(entity("urn:a", {attribute("steps", AttrKind::kListProperty, "[1,[2]]")}),
               {R"("steps":{"type":"ListProperty","valueList":[1,[2]]})", R"("steps":{"valueList":[1,[2]]})",
                R"("steps":[1,[2]])"});
  expect_forms(entity("urn:a", {attribute("stops", AttrKind::kListRelationship, R"(["urn:x","urn:y"])")}),
               {R"("stops":{"type":"ListRelationship","objectList":[{"object":"urn:x"},{"object":"urn:y"}]})",
                R"("stops":{"objectList":["urn:x","urn:y"]})", R"("stops":["urn:x","urn:y"])"});
}

TEST(Representation, VocabPropertyIsCompacted) {
  const auto context = context_of(R"({"Male":"https://example.org/g#m","gender":"https://example.org/gender"})");
  Attribute a = attribute("https://example.org/gender", AttrKind::kVocabProperty, R"("https://example.org/g#m")");
  EXPECT_EQ(written(entity("urn:a", {a}), {}, nullptr, *context),
            R"({"id":"urn:a","type":"Shelter","gender":{"type":"VocabProperty","vocab":"Male"}})");
  a.value = R"(["https://example.org/g#m","https://uri.etsi.org/ngsi-ld/default-context/Other"])";
  EXPECT_EQ(written(entity("urn:a", {a}), in(Format::kSimplified), nullptr, *context),
            R"({"id":"urn:a","type":"Shelter","gender":{"vocab":["Male","Other"]}})");
}

TEST(Representation, MultiAttributes) {
  Attribute second = with_dataset(property("speed", "54"), "urn:gps");
  second.unit_code = "KMH";
  const Entity both = entity("urn:a", {property("speed", "55"), second});
  expect_forms(
      both,
      {R"("speed":[{"type":"Property","value":55},{"type":"Property","value":54,"datasetId":"urn:gps","unitCode":"KMH"}])",
       R"("speed":[{"value":55},{"value":54,"datasetId":"urn:gps","unitCode":"KMH"}])",
       R"("speed":{"dataset":{"@none":55,"urn:gps":54}})"});
  expect_forms(entity("urn:a", {second}),
               {R"("speed":{"type":"Property","value":54,"datasetId":"urn:gps","unitCode":"KMH"})",
                R"("speed":{"value":54,"datasetId":"urn:gps","unitCode":"KMH"})", R"("speed":54)"});
  Attribute parent = property("state", "1");
  parent.subs = {property("by", "1"), with_dataset(property("by", "2"), "urn:d")};
  EXPECT_THAT(written(entity("urn:a", {parent})),
              HasSubstr(R"("by":[{"type":"Property","value":1},{"type":"Property","value":2,"datasetId":"urn:d"}])"));
}

TEST(Representation, DatasetFilter) {
  const Entity e = entity("urn:a", {property("speed", "1"), with_dataset(property("speed", "2"), "urn:b"),
                                    with_dataset(property("speed", "3"), "urn:c"), property("other", "4")});
  Representation how = in(Format::kSimplified);
  const auto filtered = [&](const char* list) {
    how.dataset_id = list;
    return written(e, how);
  };
  EXPECT_EQ(filtered("urn:b"), R"({"id":"urn:a","type":"Shelter","speed":2})");
  EXPECT_EQ(filtered("urn:b,@none"),
            R"({"id":"urn:a","type":"Shelter","speed":{"dataset":{"@none":1,"urn:b":2}},"other":4})");
  EXPECT_EQ(filtered("urn:unknown"), R"({"id":"urn:a","type":"Shelter"})");
}

TEST(Representation, SystemAttributesAtEveryLevel) {
  Attribute a = property("p", "1");
  a.expires_at = *parse_instant("2030-01-01T00:00:00Z");
  a.subs = {property("q", "2")};
  Entity e = entity("urn:a", {a});
  e.expires_at = *parse_instant("2031-01-01T00:00:00Z");
  EXPECT_EQ(written(e),
            R"({"id":"urn:a","type":"Shelter","p":{"type":"Property","value":1,"q":{"type":"Property","value":2}}})");
  const std::string times = R"("createdAt":"2024-01-01T00:00:00Z","modifiedAt":"2024-01-02T00:00:00Z")";
  Representation how;
  how.sys_attrs = true;
  EXPECT_EQ(
      written(e, how),
      R"({"id":"urn:a","type":"Shelter","createdAt":"2024-01-01T00:00:00Z","modifiedAt":"2024-01-03T00:00:00.500Z",)"
      R"("expiresAt":"2031-01-01T00:00:00Z","p":{"type":"Property","value":1,)" +
          times + R"(,"expiresAt":"2030-01-01T00:00:00Z","q":{"type":"Property","value":2,)" + times + "}}}");
  how.format = Format::kConcise;
  EXPECT_THAT(written(e, how), HasSubstr(R"("q":{"value":2,)" + times + "}"));
  how.format = Format::kSimplified;
  EXPECT_THAT(written(e, how), testing::AllOf(HasSubstr("\"createdAt\":"), testing::EndsWith(R"("p":1})")));
}

TEST(Representation, ExpiredAttributesAreNotWritten) {
  Attribute a = property("p", "1");
  a.expires_at = *parse_instant("2030-01-01T00:00:00Z");
  Attribute b = property("q", "2");
  b.subs = {a};
  const Entity e = entity("urn:a", {a, b});
  Representation how;
  how.at = *parse_instant("2029-12-31T23:59:59Z");
  EXPECT_THAT(written(e, how), HasSubstr("\"p\":{"));
  how.at = *parse_instant("2030-01-01T00:00:00Z");
  EXPECT_EQ(written(e, how), R"({"id":"urn:a","type":"Shelter","q":{"type":"Property","value":2}})");
}

TEST(Representation, AttrsPickOmit) {
  Entity e = entity("urn:a", {property("p", "1"), property("q", "2"), property("r", "3")});
  e.scopes = {"/x"};
  const auto with = [&e](auto&& set) {
    Representation how = in(Format::kSimplified);
    set(how);
    return written(e, how);
  };
  EXPECT_EQ(with([](auto& how) {
              how.attrs = {term("q"), kNoTerm};
            }),
            R"({"id":"urn:a","type":"Shelter","scope":"/x","q":2})");
  EXPECT_EQ(with([](auto& how) { how.pick = names("id,q"); }), R"({"id":"urn:a","q":2})");
  EXPECT_EQ(with([](auto& how) { how.pick = names("p|type|scope"); }), R"({"type":"Shelter","scope":"/x","p":1})");
  EXPECT_EQ(with([](auto& how) { how.pick = names("no-such-attribute-anywhere"); }), "{}");
  EXPECT_EQ(with([](auto& how) { how.omit = names("id,scope,q,no-such-attribute-anywhere"); }),
            R"({"type":"Shelter","p":1,"r":3})");
  EXPECT_EQ(with([](auto& how) { how.pick = names("p,q"), how.omit = names("q"); }), R"({"p":1})");
  EXPECT_EQ(with([](auto& how) { how.pick = names("createdAt,p"); }), R"({"createdAt":"2024-01-01T00:00:00Z","p":1})");
  EXPECT_EQ(with([](auto& how) { how.sys_attrs = true, how.omit = names("createdAt,p,q,r,scope"); }),
            R"({"id":"urn:a","type":"Shelter","modifiedAt":"2024-01-03T00:00:00.500Z"})");
}

TEST(Representation, HasAnyAttribute) {
  const RecordPtr record = encode(entity("urn:a", {property("p", "1"), property("q", "2")})).value();
  EXPECT_TRUE(has_any_attribute(*record, {}));
  EXPECT_TRUE(has_any_attribute(*record, {term("x"), term("q")}));
  EXPECT_FALSE(has_any_attribute(*record, {term("x"), kNoTerm}));
}

TEST(Representation, LanguageFilter) {
  const Entity e =
      entity("urn:a", {attribute("name", AttrKind::kLanguageProperty, R"({"ja":"避難所","en":["shelter","refuge"]})")});
  const auto filtered = [&e](Format format, const char* lang) {
    Representation how = in(format);
    how.lang = lang;
    const std::string out = written(e, how);
    const std::size_t begin = out.find("\"name\":") + 7;
    return out.substr(begin, out.size() - begin - 1);
  };
  EXPECT_EQ(filtered(Format::kNormalized, "ja"), R"({"type":"Property","value":"避難所","lang":"ja"})");
  EXPECT_EQ(filtered(Format::kNormalized, "fr,en;q=0.5"),
            R"({"type":"Property","value":["shelter","refuge"],"lang":"en"})");
  EXPECT_EQ(filtered(Format::kConcise, "ja"), R"({"value":"避難所","lang":"ja"})");
  EXPECT_EQ(filtered(Format::kSimplified, "JA-jp"), R"("避難所")");
}

TEST(Language, RangesComeBestFirst) {
  EXPECT_THAT(language_ranges("fr;q=0.5, de ,*;q=0.1,en;q=0.9,it;q=0"), ElementsAre("de", "en", "fr", "*"));
  EXPECT_THAT(language_ranges(" , ;q=1,"), ElementsAre());
}

TEST(Language, Choice) {
  const auto choice = [](const char* map, const char* lang) {
    return std::string(choose_language(map, language_ranges(lang)).tag);
  };
  EXPECT_EQ(choice(R"({"en":"a","fr":"b"})", "fr"), "\"fr\"");
  EXPECT_EQ(choice(R"({"en":"a","fr":"b"})", "fr-CH"), "\"fr\"");
  EXPECT_EQ(choice(R"({"en":"a","fr-CH":"b"})", "fr"), "\"fr-CH\"");
  EXPECT_EQ(choice(R"({"en":"a","frr":"b"})", "fr"), "\"en\"");
  EXPECT_EQ(choice(R"({"en":"a","@none":"b"})", "fr"), "\"@none\"");
  EXPECT_EQ(choice(R"({"en":"a","@none":"b"})", "*,en;q=0.5"), "\"@none\"");
  EXPECT_EQ(choice("{}", "fr"), "");
}

TEST(Representation, BodyContextComesLast) {
  Representation how = in(Format::kSimplified);
  how.body_context = R"(["https://example.org/a"])";
  EXPECT_EQ(written(entity("urn:a", {}), how),
            R"({"id":"urn:a","type":"Shelter","@context":["https://example.org/a"]})");
  how.pick = names("nothing-of-that-name");
  EXPECT_EQ(written(entity("urn:a", {}), how), R"({"@context":["https://example.org/a"]})");
}

TEST(Representation, GeoJson) {
  const std::string point = R"({"type":"Point","coordinates":[1,2]})";
  const std::string line = R"({"type":"LineString","coordinates":[[1,2],[3,4]]})";
  Representation how = in(Format::kSimplified);
  how.geojson = true;
  const Entity bare = entity("urn:a", {property("p", "1")});
  EXPECT_EQ(written(bare, how),
            R"({"id":"urn:a","type":"Feature","geometry":null,"properties":{"type":"Shelter","p":1}})");
  const Entity e = entity("urn:a", {attribute("location", AttrKind::kGeoProperty, point),
                                    with_dataset(attribute("location", AttrKind::kGeoProperty, line), "urn:d"),
                                    attribute("operationSpace", AttrKind::kGeoProperty, line), property("p", "1")});
  EXPECT_THAT(written(e, how),
              testing::StartsWith(R"({"id":"urn:a","type":"Feature","geometry":)" + point +
                                  R"(,"properties":{"type":"Shelter","location":{"dataset":{"@none":)" + point));
  how.dataset_id = "urn:d";
  EXPECT_EQ(written(e, how), R"({"id":"urn:a","type":"Feature","geometry":)" + line +
                                 R"(,"properties":{"type":"Shelter","location":)" + line + "}}");
  how.dataset_id.reset();
  how.geometry_name = "operationSpace";
  how.geometry_property = term("operationSpace");
  how.body_context = "\"https://example.org/a\"";
  EXPECT_THAT(written(e, how), testing::AllOf(HasSubstr("\"geometry\":" + line),
                                              testing::EndsWith(R"(},"@context":"https://example.org/a"})")));
  how.geometry_name = "p";
  how.geometry_property = term("p");
  EXPECT_THAT(written(e, how), HasSubstr("\"geometry\":null"));
  how.geometry_name = "nobody";
  how.geometry_property = kNoTerm;
  EXPECT_THAT(written(e, how), HasSubstr("\"geometry\":null"));
  how.pick = names("p");
  EXPECT_THAT(written(e, how), testing::StartsWith(R"({"type":"Feature","geometry":null,"properties":{"p":1})"));
}

// What is written in the normalized and in the concise form is read back as the same entity.
TEST(Representation, ReadsBackAsTheSameEntity) {
  const auto context = context_of(R"({"ex":"https://example.org/","s":"ex:s","w":{"@id":"ex:o"},
                                      "place":"https://uri.etsi.org/ngsi-ld/location"})");
  const auto read = [&context](std::string_view text) -> RecordPtr {
    const auto body = Body::parse(text);
    if (!body) return ADD_FAILURE() << body.error().detail << "\n" << text, nullptr;
    const auto entity = body->entity(0, *context, BodyRule::kWhole);
    if (!entity) return ADD_FAILURE() << entity.error().detail << "\n" << text, nullptr;
    return encode(*entity).value();
  };
  const RecordPtr record =
      read(R"({"id":"urn:a:1","type":["T","ex:U"],"scope":["/a/b","/c"],"expiresAt":"2040-01-01T00:00:00Z",
    "n":{"type":"Property","value":12.5,"unitCode":"MTR","valueType":"ex:n","observedAt":"2024-01-02T03:04:05Z",
         "expiresAt":"2039-01-01T00:00:00Z","sub":{"value":[1,"x",{"k":true}]}},
    "s":"q\"\\水","ex:o":{"value":{"a":{"b":[1]}}},"l":{"languageMap":{"ja":"水","en":["water"]}},"v":{"vocab":["x","ex:y"]},
    "j":{"json":{"k":[null,1]}},"r":{"object":["urn:a:1","urn:a:2"],"objectType":["T","ex:V"]},"vl":{"valueList":[1,[2]]},
    "ol":{"objectList":["urn:a:1"],"datasetId":"urn:d:1"},"location":{"type":"Point","coordinates":[141.35,43.06]},
    "m":[{"value":1},{"value":2,"datasetId":"urn:d:2"}],
    "p":{"value":1,"ngsildproof":{"type":"Property","value":{"a":1},"entityIdSealed":"urn:a:1","entityTypeSealed":"T"}},
    "c1":{"value":[{"value":1}]},"c2":{"value":{"type":"x"}},"c3":{"value":{"@type":"DateTime","@value":"2020-01-01T00:00:00Z"}},
    "c4":[],"c5":{},"c6":[[{"value":2}]],"https://uri.etsi.org/ngsi-ld/default-context/location":3})");
  ASSERT_TRUE(record);
  for (const Format format : {Format::kNormalized, Format::kConcise}) {
    Representation how = in(format);
    how.sys_attrs = true;
    std::string text;
    append_entity(text, *record, *context, how);
    const RecordPtr again = read(text);
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->bytes() == record->bytes()) << text;
  }
}

// Clause 4.7.1: refused however it is named, or what is written could not be read back.
TEST(Representation, PlacesAreGeoPropertiesUnderAnyName) {
  const auto context = context_of(R"({"place":"https://uri.etsi.org/ngsi-ld/location"})");
  for (
      const char* text :
      {R"({"id":"urn:a","type":"T","location":1})", R"({"id":"urn:a","type":"T","place":1})",
       R"({"id":"urn:a","type":"T","ngsi-ld:operationSpace":"x"})",
       R"({"id":"urn:a","type":"T","location":[{"value":1},{"value":{"type":"Point","coordinates":[1,2]},"datasetId":"urn:d"}]})",
       R"({"id":"urn:a","type":"Feature","geometry":{"coordinates":[1,2]},"properties":{"type":"T"}})"}) {
    const auto entity = Body::parse(text)->entity(0, *context, BodyRule::kWhole);
    ASSERT_FALSE(entity) << text;
    EXPECT_THAT(entity.error().detail, HasSubstr("must be a GeoProperty")) << text;
  }
  EXPECT_FALSE(Body::parse("{\"value\":1}")->attribute(term("location"), *context, BodyRule::kWhole));
}

TEST(Representation, ProofKeepsItsSealedMembers) {
  Attribute proof = property("ngsildproof", R"({"type":"DataIntegrityProof"})");
  proof.subs = {property("https://uri.etsi.org/ngsi-ld/entityIdSealed", R"("urn:a")"),
                property("https://uri.etsi.org/ngsi-ld/entityTypeSealed", R"("Shelter")")};
  Attribute a = property("p", "1");
  a.subs = {proof};
  EXPECT_THAT(
      written(entity("urn:a", {a})),
      HasSubstr(
          R"("ngsildproof":{"type":"Property","value":{"type":"DataIntegrityProof"},"entityIdSealed":"urn:a","entityTypeSealed":"Shelter"})"));
}

class Join : public testing::Test {
 protected:
  Join() {
    others.add(entity("urn:b", {property("p", "1"), property("q", "2"), relationship("next", R"("urn:c")"),
                                relationship("back", R"("urn:a")")}));
    others.add(entity("urn:c", {property("p", "3"), relationship("next", R"("urn:b")")}));
    how.format = Format::kSimplified;
    how.join = Representation::Join::kInline;
  }
  Others others;
  Representation how;
  Entity a =
      entity("urn:a", {relationship("next", R"("urn:b")"), relationship("gone", R"("urn:zz")"), property("p", "0")});
};

TEST_F(Join, InlineReplacesTheUriInTheSimplifiedForm) {
  EXPECT_EQ(written(a, how, &others),
            R"({"id":"urn:a","type":"Shelter","p":0,"next":{"id":"urn:b","type":"Shelter","p":1,"q":2,)"
            R"("next":"urn:c","back":"urn:a"},"gone":"urn:zz"})");
  how.join_level = 5;  // neither a nor b is written inside itself
  EXPECT_THAT(written(a, how, &others),
              HasSubstr(R"("next":{"id":"urn:c","type":"Shelter","p":3,"next":"urn:b"},"back":"urn:a"})"));
  how.contained_by = {"urn:c"};
  EXPECT_THAT(written(a, how, &others), HasSubstr(R"("next":"urn:c","back":"urn:a")"));
  how.join_level = 0;
  EXPECT_THAT(written(a, how, &others), HasSubstr(R"("next":"urn:b")"));
}

TEST_F(Join, InlineAddsEntityInTheOtherForms) {
  how.format = Format::kNormalized;
  how.pick = names("id,next,gone");
  EXPECT_EQ(
      written(a, how, &others),
      R"({"id":"urn:a","next":{"type":"Relationship","object":"urn:b","entity":{"id":"urn:b","next":{"type":"Relationship","object":"urn:c"}}},)"
      R"("gone":{"type":"Relationship","object":"urn:zz"}})");
  how.pick = names("p");
  how.format = Format::kConcise;
  const Entity list = entity("urn:l", {attribute("stops", AttrKind::kListRelationship, R"(["urn:zz","urn:c","urn:b"])"),
                                       relationship("many", R"(["urn:b","urn:zz"])")});
  how.pick = names("stops{p},many{id}");
  EXPECT_EQ(written(list, how, &others),
            R"({"stops":{"objectList":["urn:zz","urn:c","urn:b"],"entityList":[{"p":3},{"p":1}]},)"
            R"("many":{"object":["urn:b","urn:zz"],"entity":[{"id":"urn:b"}]}})");
  how.format = Format::kSimplified;
  EXPECT_EQ(written(list, how, &others), R"({"stops":["urn:zz",{"p":3},{"p":1}],"many":[{"id":"urn:b"},"urn:zz"]})");
}

TEST_F(Join, NestedProjections) {
  how.join_level = 2;
  how.pick = names("id,next{p,next{id}}");
  EXPECT_EQ(written(a, how, &others), R"({"id":"urn:a","next":{"p":1,"next":{"id":"urn:c"}}})");
  how.pick = names("id,p,next");
  EXPECT_EQ(written(a, how, &others),
            R"({"id":"urn:a","p":0,"next":{"id":"urn:b","p":1,"next":{"id":"urn:c","p":3,"next":"urn:b"}}})");
  how.pick.clear();
  how.omit = names("type,gone,next{p,back,next}");
  EXPECT_EQ(written(a, how, &others), R"({"id":"urn:a","p":0,"next":{"id":"urn:b","q":2}})");
}

TEST_F(Join, InlineStopsAtItsLimit) {
  // Every node points twice to the next: 2^20 paths.
  for (int i = 0; i < 20; ++i) {
    const std::string next = "\"urn:n" + std::to_string(i + 1) + "\"";
    others.add(entity("urn:n" + std::to_string(i), {relationship("x", "[" + next + "," + next + "]")}));
  }
  others.add(entity("urn:n20", {}));
  how.join_level = 1000;
  const std::string out = written(entity("urn:a", {relationship("x", R"("urn:n0")")}), how, &others);
  std::size_t entities = 0;
  for (std::size_t i = out.find("{\"id\""); i != out.npos; i = out.find("{\"id\"", i + 1)) ++entities;
  EXPECT_EQ(entities, Representation::kMaxLinked + 1);
}

TEST_F(Join, FlatGathersEachEntityOnce) {
  how.join = Representation::Join::kFlat;
  const std::vector<RecordPtr> start = {encode(a).value()};
  const auto ids = [&] {
    const auto found = linked_entities(start, how, others).value();
    std::vector<std::string> all;
    for (const LinkedEntity& one : found) all.emplace_back(one.record->id());
    return all;
  };
  EXPECT_THAT(ids(), ElementsAre("urn:b"));
  how.join_level = 9;
  EXPECT_THAT(ids(), ElementsAre("urn:b", "urn:c"));
  EXPECT_EQ(written(a, how, &others), R"({"id":"urn:a","type":"Shelter","p":0,"next":"urn:b","gone":"urn:zz"})");
  how.contained_by = {"urn:b"};
  EXPECT_THAT(ids(), ElementsAre());
  how.contained_by.clear();
  how.pick = names("id,p");
  EXPECT_THAT(ids(), ElementsAre());
  how.pick = names("id,next{q,next{p}}");
  std::vector<std::string> texts;
  const auto found = linked_entities(start, how, others).value();
  for (const LinkedEntity& one : found) append_entity(texts.emplace_back(), *one.record, core(), *one.how);
  EXPECT_THAT(texts, ElementsAre(R"({"q":2,"next":"urn:c"})", R"({"p":3})"));
}

TEST_F(Join, FlatRefusesToGatherTheWorld) {
  std::string targets;
  for (std::size_t i = 0; i <= Representation::kMaxLinked; ++i) {
    const std::string id = "urn:m" + std::to_string(i);
    others.add(entity(id, {}));
    targets += (i ? ",\"" : "\"") + id + "\"";
  }
  how.join = Representation::Join::kFlat;
  const auto result =
      linked_entities({encode(entity("urn:a", {relationship("x", "[" + targets + "]")})).value()}, how, others);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTooManyResults);
}

TEST(Projection, Parses) {
  term("a"), term("b"), term("c");
  const auto nodes = names(" a , b{c|id}|type");
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[0].name, term("a"));
  EXPECT_EQ(nodes[1].name, term("b"));
  ASSERT_EQ(nodes[1].children.size(), 2u);
  EXPECT_EQ(nodes[1].children[1].member, "id");
  EXPECT_EQ(nodes[2].member, "type");
}

TEST(Projection, RefusesWhatIsWrong) {
  for (const char* text : {"", ",", "a,", "a,,b", "a{", "a{}", "a{b", "a}", "{a}", "a{b}c", "id{a}", "a b{c}}"}) {
    const auto result = parse_projection(text, core());
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::kBadRequestData) << text;
  }
  std::string deep;
  for (int i = 0; i < 10000; ++i) deep += "a{";
  EXPECT_FALSE(parse_projection(deep, core()));
}

}  // namespace
}  // namespace tsunagu::ngsi
