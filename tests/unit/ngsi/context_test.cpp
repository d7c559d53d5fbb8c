// @contexts: expansion, compaction, and what is refused (clause 4.4, JSON-LD 1.1 sections 4.1 and 4.2).
#include "ngsi/context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/json.h"

namespace tsunagu::ngsi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kVocab = "https://uri.etsi.org/ngsi-ld/default-context/";
const std::string kCore = "\"" + std::string(kCoreContextUrl) + "\"";

// A small world of remote documents.
struct World {
  std::map<std::string, std::string, std::less<>> documents;
  std::vector<std::string> missing;
  ContextLimits limits;

  Result<ContextPtr> compile(std::string_view json) {
    return compile_context(
        json,
        [this](std::string_view url) {
          const auto it = documents.find(url);
          return it == documents.end() ? nullptr : &it->second;
        },
        missing, limits);
  }
};

ContextPtr context(std::string_view json) {
  World world;
  auto result = world.compile(json);
  if (!result) {
    ADD_FAILURE() << result.error().detail << "\n" << json;
    return core_context();
  }
  return *result;
}

std::string why_not(std::string_view json) {
  World world;
  const auto result = world.compile(json);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, ErrorCode::kBadRequestData) << json;
  return result.error().detail;
}

std::string_view compact(const Context& context, std::string_view iri) {
  return context.compact(terms().intern(iri));
}

TEST(CoreContext, KnowsItsTermsAndPutsTheRestUnderTheDefaultVocabulary) {
  const auto core = core_context();
  EXPECT_EQ(core->expand("location"), "https://uri.etsi.org/ngsi-ld/location");
  EXPECT_EQ(core->expand("value"), "https://uri.etsi.org/ngsi-ld/hasValue");
  EXPECT_EQ(core->expand("Point"), "https://purl.org/geojson/vocab#Point");
  EXPECT_EQ(core->expand("description"), "http://purl.org/dc/terms/description");
  EXPECT_EQ(core->expand("id"), "@id");
  EXPECT_EQ(core->expand("type"), "@type");
  EXPECT_EQ(core->expand("Shelter"), kVocab + "Shelter");
  EXPECT_EQ(core->expand("避難所"), kVocab + "避難所");
  EXPECT_EQ(core->expand("ngsi-ld:anything"), "https://uri.etsi.org/ngsi-ld/anything");
  EXPECT_EQ(core->expand("https://example.org/a"), "https://example.org/a");
  EXPECT_EQ(core->expand("ex:a"), "ex:a");
  EXPECT_EQ(core->expand("attributeCount"), kVocab + "attributeCount");
}

TEST(CoreContext, CompactsToWhatExpandsBack) {
  const auto core = core_context();
  EXPECT_EQ(compact(*core, "https://uri.etsi.org/ngsi-ld/location"), "location");
  EXPECT_EQ(compact(*core, kVocab + "Shelter"), "Shelter");
  EXPECT_EQ(compact(*core, kVocab + "避難所"), "避難所");
  EXPECT_EQ(compact(*core, "https://example.org/a"), "https://example.org/a");
  // "value" means something else; "a:b" would be read as an IRI.
  EXPECT_EQ(compact(*core, kVocab + "value"), "ngsi-ld:default-context/value");
  EXPECT_EQ(compact(*core, kVocab + "a:b"), "ngsi-ld:default-context/a:b");
  EXPECT_EQ(compact(*core, "https://uri.etsi.org/ngsi-ld/unheardOf"), "ngsi-ld:unheardOf");
  EXPECT_EQ(core->compact(kNoTerm), "");
}

TEST(CoreContext, IsKnownByEveryPublishedAddress) {
  for (const char* url : {"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
                          "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.3.jsonld",
                          "http://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"}) {
    EXPECT_TRUE(is_core_context_url(url)) << url;
    EXPECT_EQ(context("\"" + std::string(url) + "\""), core_context());
  }
  EXPECT_TRUE(is_core_context_url(kCoreContextUrl));
  EXPECT_FALSE(is_core_context_url("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-x.jsonld"));
  EXPECT_FALSE(is_core_context_url("https://example.org/ngsi-ld-core-context.jsonld"));
}

TEST(CoreContext, DocumentIsAContextThatCompilesAndSaysTheSame) {
  // Put under another address and without the one scoped context, it is an ordinary user context.
  std::string document(core_context_document());
  EXPECT_THAT(document,
              testing::StartsWith(R"({"@context":{"@version":1.1,"@protected":true,"@vocab":")" + kVocab + "\""));
  EXPECT_THAT(document, HasSubstr(R"("location":"ngsi-ld:location")"));
  EXPECT_THAT(document, HasSubstr(R"("observedAt":{"@id":"ngsi-ld:observedAt","@type":"DateTime"})"));
  EXPECT_THAT(document, HasSubstr(R"("valueList":{"@id":"ngsi-ld:hasValueList","@container":"@list"})"));
  const std::size_t scoped = document.find(",\"@context\":[");
  ASSERT_NE(scoped, document.npos);
  document.erase(scoped, document.find("v2\"]", scoped) + 4 - scoped);
  World world;
  world.documents["https://example.org/core"] = document;
  const auto result = world.compile(R"("https://example.org/core")");
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ((*result)->expand("location"), "https://uri.etsi.org/ngsi-ld/location");
}

TEST(Context, TermsOfEveryForm) {
  const auto c = context(R"([{
    "ex": "https://example.org/",
    "Shelter": "https://example.org/vocab#Shelter",
    "capacity": {"@id": "ex:capacity", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
    "names": {"@id": "ex:names", "@container": ["@set", "@language"]},
    "ex:floor": {"@type": "@id"},
    "dot": {"@id": "https://example.org/dot", "@prefix": true},
    "flat": {"@id": "https://example.org/flat/"}
  }])");
  EXPECT_EQ(c->expand("Shelter"), "https://example.org/vocab#Shelter");
  EXPECT_EQ(c->expand("capacity"), "https://example.org/capacity");
  EXPECT_EQ(c->expand("names"), "https://example.org/names");
  EXPECT_EQ(c->expand("ex:floor"), "https://example.org/floor");
  EXPECT_EQ(c->expand("ex:new"), "https://example.org/new");
  EXPECT_EQ(c->expand("dot:ted"), "https://example.org/dotted");
  EXPECT_EQ(c->expand("flat:a"), "flat:a");  // an expanded definition is no prefix unless it says so
  EXPECT_EQ(c->expand("ex://host"), "ex://host");
  EXPECT_EQ(c->expand("_:b0"), "_:b0");
  EXPECT_EQ(c->expand("unknown"), kVocab + "unknown");
}

TEST(Context, CompactionPrefersTheUsersShortestTerm) {
  const auto c = context(
      R"({"ex":"https://example.org/","cap":"https://example.org/capacity","capacity":"https://example.org/capacity",
                            "ort":"https://uri.etsi.org/ngsi-ld/location","e":"https://example.org/sub/"})");
  EXPECT_EQ(compact(*c, "https://example.org/capacity"), "cap");
  EXPECT_EQ(compact(*c, "https://uri.etsi.org/ngsi-ld/location"), "ort");
  EXPECT_EQ(c->expand("location"), "https://uri.etsi.org/ngsi-ld/location");
  EXPECT_EQ(compact(*c, "https://example.org/other"), "ex:other");
  EXPECT_EQ(compact(*c, "https://example.org/sub/x"), "e:x");
  EXPECT_EQ(compact(*c, "https://example.org///x"), "https://example.org///x");  // "ex://x" would be read as an IRI
  EXPECT_EQ(compact(*c, kVocab + "cap"), "ngsi-ld:default-context/cap");         // "cap" is taken
}

TEST(Context, AnIriThatReadsAsACompactOneIsWrittenByAnyNameThatFits) {
  // "ex:q/b" would be read as http://example.org/q/b, and "a:b" is the name of something else.
  const auto c = context(R"([{"a:b":"a:b"},{"a":"ex:q/","aa":"ex:q/"},{"ex":"http://example.org/"}])");
  EXPECT_EQ(c->expand("aa:b"), "ex:q/b");
  EXPECT_EQ(compact(*c, "ex:q/b"), "aa:b");
  EXPECT_EQ(compact(*c, "ex:q/c"), "a:c");
}

TEST(Context, CoreTermsCannotBeOverridden) {
  const auto c = context(
      R"({"location":"https://example.org/location","type":"@type","id":"@id","Property":"https://example.org/P",
                            "ngsi-ld":"https://example.org/n/","geojson":{"@id":"https://example.org/g/","@prefix":true}})");
  EXPECT_EQ(c->expand("location"), "https://uri.etsi.org/ngsi-ld/location");
  EXPECT_EQ(c->expand("Property"), "https://uri.etsi.org/ngsi-ld/Property");
  EXPECT_EQ(c->expand("ngsi-ld:x"), "https://uri.etsi.org/ngsi-ld/x");
  EXPECT_EQ(compact(*c, "https://example.org/location"), "https://example.org/location");
  EXPECT_EQ(compact(*c, "https://example.org/n/x"), "https://example.org/n/x");
}

TEST(Context, UserVocabularyServesTheUsersDefinitionsOnly) {
  const auto c =
      context(R"({"@vocab":"https://example.org/v#","capacity":"cap","floor":{"@type":"@id"},"next":{"@id":"floor"}})");
  EXPECT_EQ(c->expand("capacity"), "https://example.org/v#cap");
  EXPECT_EQ(c->expand("floor"), "https://example.org/v#floor");
  EXPECT_EQ(c->expand("next"), "https://example.org/v#floor");
  EXPECT_EQ(c->expand("other"), kVocab + "other");
  EXPECT_EQ(compact(*c, "https://example.org/v#other"), "https://example.org/v#other");
  EXPECT_EQ(context(R"([{"@vocab":"https://example.org/v/"},{"@vocab":"sub#","a":"b"}])")->expand("a"),
            "https://example.org/v/sub#b");
  EXPECT_EQ(context(R"({"@base":"https://example.org/x/","@vocab":"../v#","a":"b"})")->expand("a"),
            "https://example.org/v#b");
  // The core @context, named first, gives its vocabulary to what follows.
  EXPECT_EQ(context("[" + kCore + R"(,{"a":"b"}])")->expand("a"), kVocab + "b");
}

TEST(Context, TermsThatAreNullOrAliasesCountAsNotDefined) {
  const auto c = context(R"([{"a":"https://example.org/a","b":"https://example.org/b"},
                            {"a":null,"b":{"@id":null},"kind":"@type","back":{"@reverse":"https://example.org/r"},"odd":"@future"}])");
  for (const char* name : {"a", "b", "kind", "back", "odd"}) EXPECT_EQ(c->expand(name), kVocab + name);
}

TEST(Context, NullForgetsWhatCameBefore) {
  const auto c = context(R"([{"a":"https://example.org/a"},null,{"b":"https://example.org/b"}])");
  EXPECT_EQ(c->expand("a"), kVocab + "a");
  EXPECT_EQ(c->expand("b"), "https://example.org/b");
  EXPECT_EQ(c->as_json(), R"([{"b":"https://example.org/b"},)" + kCore + "]");
  EXPECT_EQ(context("null"), core_context());
  EXPECT_THAT(why_not(R"([{"@protected":true,"a":"https://example.org/a"},null])"), HasSubstr("protected"));
}

TEST(Context, ProtectedTermsStay) {
  EXPECT_THAT(why_not(R"([{"@protected":true,"a":"https://example.org/a"},{"a":"https://example.org/b"}])"),
              HasSubstr("protected term \"a\""));
  EXPECT_THAT(why_not(R"([{"a":{"@id":"https://example.org/a","@protected":true}},{"a":null}])"),
              HasSubstr("protected term \"a\""));
  context(R"([{"@protected":true,"a":"https://example.org/a"},{"a":"https://example.org/a"}])");
  context(
      R"([{"@protected":true,"a":{"@id":"https://example.org/a","@protected":false}},{"a":"https://example.org/b"}])");
}

TEST(Context, RefusesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "accepted"},
      {"{", "not JSON"},
      {"12", "must be a URL"},
      {"[true]", "must be a URL"},
      {"[[\"https://example.org/a\"]]", "must be a URL"},
      {R"("relative.jsonld")", "not an absolute URL"},
      {R"({"a":"b"})", "not an absolute IRI"},
      {R"({"a":{"@type":"@id"}})", "not an absolute IRI"},
      {R"({"a":"https://exam ple.org/"})", "not an absolute IRI"},
      {R"({"a":{"@id":"https://example.org/<"}})", "not an absolute IRI"},
      {R"({"a":{"@id":7}})", "@id must be"},
      {R"({"a":7})", "must be an IRI"},
      {R"({"a":[]})", "must be an IRI"},
      {R"({"":"https://example.org/"})", "cannot be empty"},
      {R"({"@type":"https://example.org/t"})", "cannot be redefined"},
      {R"({"@id":{"@id":"https://example.org/t"}})", "cannot be redefined"},
      {R"({"@type":{"@container":"@set"}})", "accepted"},
      {R"({"@type":{"@container":"@list"}})", "cannot be redefined"},
      {R"({"@wrong":1})", "unknown keyword"},
      {R"({"a":"@context"})", "another name for @context"},
      {R"({"@version":1.0})", "@version"},
      {R"({"@version":"1.1"})", "@version"},
      {R"({"@vocab":7})", "@vocab"},
      {R"({"@vocab":"no/iri"})", "@vocab"},
      {R"({"@base":[]})", "@base"},
      {R"({"@language":1})", "@language"},
      {R"({"@direction":"up"})", "@direction"},
      {R"({"@propagate":1})", "@propagate"},
      {R"({"@protected":"yes"})", "@protected"},
      {R"({"@import":{}})", "@import"},
      {R"({"a":{"@id":"https://example.org/a","@kind":"x"}})", "unknown member"},
      {R"({"a":{"@id":"https://example.org/a","@type":"@set"}})", "@type must be"},
      {R"({"a":{"@id":"https://example.org/a","@container":"@bag"}})", "@container must be"},
      {R"({"a":{"@id":"https://example.org/a","@prefix":1}})", "@prefix must be"},
      {R"({"a":{"@id":"https://example.org/a","@reverse":"https://example.org/b"}})", "both @id and @reverse"},
      {R"({"a":{"@id":"https://example.org/a","@context":{}}})", "context of its own"},
      {R"({"a:b":{"@id":"a:b","@prefix":true}})", "cannot be a @prefix"},
      {R"({"a":"b:x","b":"a:y"})", "defined by itself"},
      {R"({"a":"a:x"})", "defined by itself"},
      {R"({"ex":"https://example.org/","ex:a":"https://example.org/b"})", "defined as another one"},
      {R"({"ex":"https://example.org/","ex:a":{"@id":"https://example.org/a"}})", "accepted"},
      {R"({"https://example.org/a":"https://example.org/b"})", "defined as another one"},
      {R"({"a/b":"https://example.org/b"})", "defined as another one"},
  };
  for (const auto& [json, reason] : cases) EXPECT_THAT(why_not(json), HasSubstr(reason)) << json;
}

TEST(Context, ErrorsStayShortAndUtf8) {
  std::string name = "a";
  for (int i = 0; i < 1000; ++i) name += "語";
  const std::string reason = why_not("{\"" + name + "\":1}");
  EXPECT_LT(reason.size(), 200u);
  EXPECT_TRUE(valid_utf8(reason));
}

TEST(Context, LongChainsOfTermsAreRefused) {
  std::string json = R"({"t0":"https://example.org/")";
  for (int i = 1; i <= 5000; ++i) json += ",\"t" + std::to_string(i) + "\":\"t" + std::to_string(i - 1) + ":/\"";
  EXPECT_THAT(why_not(json + "}"), testing::AnyOf(HasSubstr("too many terms"), HasSubstr("accepted")));
}

TEST(Context, RemoteDocuments) {
  World world;
  world.documents["https://example.org/x/a.jsonld"] =
      R"({"@context":["b.jsonld","/c.jsonld",{"a":"https://example.org/a"}]})";
  world.documents["https://example.org/x/b.jsonld"] = R"({"@context":{"b":"https://example.org/b"},"more":1})";
  world.documents["https://example.org/c.jsonld"] = R"({"@context":{"c":"https://example.org/c"}})";
  const auto c = world.compile(R"("https://example.org/x/a.jsonld")");
  ASSERT_TRUE(c) << c.error().detail;
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ((*c)->expand(name), std::string("https://example.org/") + name);
  EXPECT_EQ((*c)->link_url(), "https://example.org/x/a.jsonld");
  EXPECT_EQ((*c)->as_json(), R"(["https://example.org/x/a.jsonld",)" + kCore + "]");
}

TEST(Context, DocumentsNotAtHandAreNamed) {
  World world;
  world.documents["https://example.org/a"] =
      R"({"@context":["https://example.org/b","https://example.org/c","https://example.org/b"]})";
  auto c = world.compile(R"(["https://example.org/a",{"x":"needs-vocab-of-b"}])");
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, ErrorCode::kLdContextNotAvailable);
  EXPECT_THAT(world.missing, ElementsAre("https://example.org/b", "https://example.org/c"));
  world.documents["https://example.org/b"] = R"({"@context":{"@vocab":"https://example.org/v#"}})";
  world.documents["https://example.org/c"] = R"({"@context":{}})";
  c = world.compile(R"(["https://example.org/a",{"x":"needs-vocab-of-b"}])");
  ASSERT_TRUE(c) << c.error().detail;
  EXPECT_TRUE(world.missing.empty());
  EXPECT_EQ((*c)->expand("x"), "https://example.org/v#needs-vocab-of-b");
}

TEST(Context, BrokenRemoteDocumentsAreRefused) {
  World world;
  world.documents = {{"https://example.org/none", "{}"},
                     {"https://example.org/text", "<html>"},
                     {"https://example.org/array", "[]"},
                     {"https://example.org/loop", R"({"@context":"https://example.org/pool"})"},
                     {"https://example.org/pool", R"({"@context":["loop"]})"},
                     {"https://example.org/self", R"({"@context":{"@import":"self"}})"}};
  const auto why = [&world](const std::string& name) {
    const auto result = world.compile("\"https://example.org/" + name + "\"");
    if (result) return std::string("accepted");
    EXPECT_EQ(result.error().code, ErrorCode::kBadRequestData);
    return result.error().detail;
  };
  EXPECT_THAT(why("none"), HasSubstr("has no @context"));
  EXPECT_THAT(why("array"), HasSubstr("has no @context"));
  EXPECT_THAT(why("text"), HasSubstr("is not JSON"));
  EXPECT_THAT(why("loop"), HasSubstr("refers to itself"));
  EXPECT_THAT(why("self"), HasSubstr("refers to itself"));
}

TEST(Context, ImportIsOverriddenByItsImporter) {
  World world;
  world.documents["https://example.org/a"] =
      R"({"@context":{"a":"https://example.org/a","b":"https://example.org/b"}})";
  world.documents["https://example.org/list"] = R"({"@context":[]})";
  world.documents["https://example.org/twice"] = R"({"@context":{"@import":"a"}})";
  const auto c =
      world.compile(R"({"@import":"https://example.org/a","@protected":true,"b":"https://example.org/mine"})");
  ASSERT_TRUE(c) << c.error().detail;
  EXPECT_EQ((*c)->expand("a"), "https://example.org/a");
  EXPECT_EQ((*c)->expand("b"), "https://example.org/mine");
  EXPECT_FALSE(world.compile(R"({"@import":"https://example.org/list"})"));
  EXPECT_FALSE(world.compile(R"({"@import":"https://example.org/twice"})"));
}

TEST(Context, Limits) {
  World world;
  world.limits = {.max_documents = 3, .max_depth = 2, .max_bytes = 200, .max_terms = 5};
  for (int i = 0; i < 5; ++i) world.documents["https://example.org/flat" + std::to_string(i)] = R"({"@context":{}})";
  world.documents["https://example.org/0"] = R"({"@context":"1"})";
  world.documents["https://example.org/1"] = R"({"@context":"2"})";
  world.documents["https://example.org/2"] = R"({"@context":{}})";
  world.documents["https://example.org/big"] = R"({"@context":{}})" + std::string(200, ' ');
  const auto why = [&world](std::string_view json) {
    const auto result = world.compile(json);
    return result ? "accepted" : result.error().detail;
  };
  EXPECT_THAT(why(R"("https://example.org/1")"), HasSubstr("accepted"));
  EXPECT_THAT(why(R"("https://example.org/0")"), HasSubstr("refer to each other"));
  EXPECT_THAT(why(R"(["https://example.org/flat0","https://example.org/flat0","https://example.org/flat1"])"),
              HasSubstr("accepted"));
  EXPECT_THAT(
      why(R"(["https://example.org/flat0","https://example.org/flat0","https://example.org/flat1","https://example.org/flat2"])"),
      HasSubstr("remote documents"));
  EXPECT_THAT(why(R"("https://example.org/big")"), HasSubstr("larger than"));
  EXPECT_THAT(why("{" + std::string(300, ' ') + "}"), HasSubstr("larger than"));
  EXPECT_THAT(why(R"([{"a":"x:a","b":"x:a","c":"x:a"},{"d":"x:a","e":"x:a","f":"x:a"}])"), HasSubstr("terms"));
}

TEST(Context, SaysWhatTheClientNamed) {
  World world;
  world.documents["https://example.org/a"] = R"({"@context":{}})";
  const auto named = [&world](std::string_view json) { return world.compile(json).value(); };
  EXPECT_EQ(core_context()->as_json(), kCore);
  EXPECT_EQ(core_context()->link_url(), kCoreContextUrl);
  EXPECT_EQ(named("{}"), core_context());
  EXPECT_EQ(named("[]"), core_context());
  EXPECT_EQ(named("[" + kCore + "]"), core_context());
  EXPECT_EQ(named(R"("https://example.org/a")")->link_url(), "https://example.org/a");
  EXPECT_EQ(named(R"(["https://example.org/a"])")->link_url(), "https://example.org/a");
  const auto both =
      named(R"([ "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld", "https://example.org/a" ])");
  EXPECT_EQ(both->link_url(), "https://example.org/a");
  EXPECT_EQ(both->as_json(), R"(["https://example.org/a",)" + kCore + "]");
  const auto inline_too = named(R"(["https://example.org/a", { "x" : "https://example.org/\u0078" }])");
  EXPECT_EQ(inline_too->link_url(), "");
  EXPECT_EQ(inline_too->as_json(), R"(["https://example.org/a",{"x":"https://example.org/x"},)" + kCore + "]");
}

TEST(Context, NumbersNames) {
  const auto c = context(R"({"cap":"https://example.org/context-test/cap"})");
  EXPECT_EQ(c->find("nobody-ever-used-this-name"), kNoTerm);
  EXPECT_EQ(terms().find(kVocab + "nobody-ever-used-this-name"), kNoTerm);
  const TermId term = c->intern("cap");
  EXPECT_EQ(terms().text(term), "https://example.org/context-test/cap");
  EXPECT_EQ(c->find("cap"), term);
  EXPECT_EQ(core_context()->find("https://example.org/context-test/cap"), term);
  EXPECT_EQ(c->compact(term), "cap");
  EXPECT_EQ(c->compact_json(term), "\"cap\"");
  EXPECT_EQ(core_context()->compact_json(term), "\"https://example.org/context-test/cap\"");
}

TEST(Context, CompactsIrisInJson) {
  const auto c = context(R"({"Male":"https://example.org/gender#m"})");
  for (int i = 0; i < 2; ++i) {
    std::string out;
    c->append_compact_iri(out, R"("https://example.org/gender#m")");
    c->append_compact_iri(out, "\"" + kVocab + "Female\"");
    EXPECT_EQ(out, R"("Male""Female")");
  }
}

TEST(Context, MemoryDoesNotFollowNamesWithoutEnd) {
  const auto c = context(R"({"x":"https://example.org/x"})");
  const TermId term = c->intern("x");
  for (int i = 0; i < 40000; ++i) c->find("y" + std::to_string(i));
  for (int i = 0; i < 20000; ++i) c->intern("memo" + std::to_string(i));
  EXPECT_EQ(c->find("x"), term);
  EXPECT_EQ(c->find("memo19999"), terms().find(kVocab + "memo19999"));
}

TEST(Context, ManyThreadsSeeTheSameNames) {
  const auto c = context(R"({"ex":"https://example.org/threads/"})");
  std::vector<std::vector<TermId>> seen(4);
  std::vector<std::thread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&c, &mine] {
      for (int i = 0; i < 2000; ++i) {
        const std::string name = "ex:n" + std::to_string(i);
        mine.push_back(c->intern(name));
        if (c->compact(mine.back()) != name) ADD_FAILURE() << name;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& mine : seen) EXPECT_EQ(mine, seen[0]);
}

}  // namespace
}  // namespace tsunagu::ngsi
