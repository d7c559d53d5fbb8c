// Bodies that nobody should send, and what goes in coming out again.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "ngsi/body.h"
#include "ngsi/change.h"
#include "ngsi/record.h"
#include "ngsi/representation.h"

namespace tsunagu::ngsi {
namespace {

constexpr BodyRule kRules[] = {BodyRule::kWhole, BodyRule::kAppend, BodyRule::kFragment, BodyRule::kMerge};

// One of every kind, member and form.
constexpr std::string_view kEverything =
    R"({"id":"urn:x:1","type":["T","ex:U"],"scope":["/a/b","/c"],"expiresAt":"2035-01-01T00:00:00Z",
  "p":{"type":"Property","value":{"k":[1,2.5,true,null,"x"],"m":{"n":-3}},"unitCode":"CEL","observedAt":"2024-02-29T12:00:00.123Z",
       "valueType":"Celsius","expiresAt":"2034-01-01T00:00:00Z","s":{"type":"Property","value":1,"t":{"type":"Relationship","object":"urn:x:2"}}},
  "bare":"text","number":18446744073709551615,"list":[1,[2]],"object1":{"a":{"b":1}},
  "geo":{"type":"GeoProperty","value":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}},
  "location":{"type":"Point","coordinates":[141.35,43.06]},
  "r":{"type":"Relationship","object":["urn:x:2","urn:x:3"],"objectType":["T","V"]},
  "l":{"type":"LanguageProperty","languageMap":{"ja":"北海道","en":["H","I"],"@none":"x"}},
  "v":{"type":"VocabProperty","vocab":["bear","urn:a:b"]},
  "j":{"type":"JsonProperty","json":{"@x":1,"y":null}},
  "lp":{"type":"ListProperty","valueList":[1,[2,3],{"a":4}],"unitCode":"CEL"},
  "lr":{"type":"ListRelationship","objectList":[{"object":"urn:x:2"},{"object":"urn:x:2"}]},
  "typed":{"type":"Property","value":{"@type":"DateTime","@value":"2024-01-01T00:00:00Z"}},
  "m":[{"type":"Property","value":1},{"type":"Property","value":2,"datasetId":"urn:d:1"},{"type":"Relationship","object":"urn:x:9","datasetId":"urn:d:2"}],
  "proof":{"type":"Property","value":1,"ngsildproof":{"type":"Property","entityIdSealed":"urn:x:1","entityTypeSealed":"T","value":{"type":"P"}}}})";

std::string packed(std::string_view json) {
  auto e = Body::parse(json)->entity(0, *core_context(), BodyRule::kWhole);
  if (!e) {
    ADD_FAILURE() << e.error().detail << " in " << json;
    return {};
  }
  stamp_new(*e, Instant{1'700'000'000'000'000});
  return std::string((*encode(std::move(*e)))->bytes());
}

TEST(BodyRoundTrip, WhatIsWrittenIsReadBackTheSame) {
  const std::string first = packed(kEverything);
  ASSERT_TRUE(check_record(first));
  RecordPtr record = RecordPtr::copy(first);
  for (Format format : {Format::kNormalized, Format::kConcise}) {
    for (bool sys_attrs : {true, false}) {
      Representation how;
      how.format = format;
      how.sys_attrs = sys_attrs;
      std::string json;
      append_entity(json, *record, *core_context(), how);
      std::string again = packed(json);
      if (!sys_attrs) continue;  // expiresAt is shown with the system attributes only
      EXPECT_EQ(again, first) << json;
    }
  }
}

// Damaged and recombined bodies: each is refused with a message or gives an entity that can be stored and changed.
TEST(BodyHostile, DamagedBodies) {
  const Entity target = decode(*RecordPtr::copy(packed(kEverything)));
  const std::string good(kEverything);
  std::mt19937 random(11);
  constexpr std::string_view kPieces[] = {"\"urn:ngsi-ld:null\"",
                                          "null",
                                          "{}",
                                          "[]",
                                          "\"type\"",
                                          "\"Property\"",
                                          "\"value\"",
                                          "{\"value\":",
                                          "\"@none\"",
                                          "\"datasetId\"",
                                          "\"Relationship\"",
                                          "1e400",
                                          "-",
                                          "\\u0000",
                                          "\"\"",
                                          "[[[[",
                                          "}",
                                          "]",
                                          ",",
                                          ":",
                                          "\"observedAt\"",
                                          "\"@context\"",
                                          "\"dataset\""};
  int decoded = 0, changed = 0;
  for (int round = 0; round < 6000; ++round) {
    std::string text = good;
    for (int n = 1 + static_cast<int>(random() % 3); n > 0; --n) {
      const std::size_t at = random() % text.size();
      switch (random() % 5) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, 1 + random() % 20);
          break;
        case 2:
          text.insert(at, kPieces[random() % std::size(kPieces)]);
          break;
        case 3: {  // a value in the place of another
          const std::size_t colon = text.find(':', at);
          const std::size_t end = colon == std::string::npos ? colon : text.find_first_of(",}]", colon);
          if (end != std::string::npos) text.replace(colon + 1, end - colon - 1, kPieces[random() % 6]);
          break;
        }
        default: {  // a name in the place of another
          const std::size_t from = text.find('"', at), to = text.find('"', from + 1);
          if (from < to && to != std::string::npos) text.replace(from, to - from + 1, kPieces[4 + random() % 6]);
        }
      }
      if (text.empty()) text = "{";
    }
    auto body = Body::parse(text);
    if (!body) {
      ASSERT_FALSE(body.error().detail.empty());
      continue;
    }
    for (BodyRule rule : kRules) {
      auto e = body->entity(0, *core_context(), rule);
      if (!e) {
        ASSERT_FALSE(e.error().detail.empty());
        continue;
      }
      ++decoded;
      Entity next = target;
      if (rule == BodyRule::kWhole) {
        next = *e;
        stamp_new(next, Instant{5});
      } else if (rule == BodyRule::kAppend) {
        changed += append_attributes(next, *e, round % 2 == 0, Instant{5}).changed;
      } else if (rule == BodyRule::kFragment) {
        changed += update_attributes(next, *e, Instant{5}).changed;
      } else {
        changed += merge_entity(next, *e, Instant{5}, Instant{6}, "ja").changed;
      }
      auto record = encode(next);
      ASSERT_TRUE(record) << text;
      ASSERT_TRUE(check_record((*record)->bytes())) << text;
      std::string json;
      append_entity(json, **record, *core_context(), {});
      ASSERT_TRUE(Body::parse(json)) << json;
    }
    auto fragment = body->attribute(core_context()->intern("p"), *core_context(), kRules[random() % 4]);
    if (fragment) {
      Entity next = target;
      if (partial_update(next, core_context()->intern("p"), fragment->instances, fragment->kind_given, Instant{5})) {
        ASSERT_TRUE(check_record((*encode(next))->bytes()));
      }
    }
  }
  EXPECT_GT(decoded, 500);
  EXPECT_GT(changed, 500);
}

TEST(BodyHostile, ManyOfOneThing) {
  auto decodes = [](const std::string& json) {
    auto body = Body::parse(json);
    return body && body->entity(0, *core_context(), BodyRule::kWhole).has_value();
  };
  auto repeat = [](std::string_view piece, int n) {
    std::string out;
    for (int i = 0; i < n; ++i) {
      if (i) out += ',';
      const std::size_t hash = piece.find('#');
      out += piece.substr(0, hash);
      if (hash != std::string_view::npos) out += std::to_string(i), out += piece.substr(hash + 1);
    }
    return out;
  };
  const std::string head = R"({"id":"urn:x:1","type":"T",)";
  EXPECT_FALSE(decodes(head + repeat("\"a\":1", 5000) + "}"));
  EXPECT_FALSE(decodes(head + repeat("\"type\":\"T\"", 5000) + "}"));
  EXPECT_FALSE(decodes(head + "\"a\":[" + repeat(R"({"value":1,"datasetId":"urn:d:#"})", 10001) + "]}"));
  EXPECT_TRUE(decodes(head + "\"a\":[" + repeat(R"({"value":1,"datasetId":"urn:d:#"})", 9000) + "]}"));
  EXPECT_FALSE(decodes(head + "\"a\":[" + repeat(R"({"value":1,"datasetId":"urn:d:1"})", 9000) + "]}"));
  EXPECT_FALSE(decodes(head + "\"a\":{\"value\":{" + repeat("\"k\":1", 50000) + "}}}"));
  EXPECT_TRUE(decodes(head + "\"a\":{\"value\":{" + repeat("\"k#\":1", 50000) + "}}}"));
  EXPECT_TRUE(decodes(head + "\"a\":{\"value\":[" + repeat("1", 200000) + "]}}"));
}

TEST(BodyHostile, DeepSubAttributes) {
  std::string json = "1";
  for (int i = 0; i < 40; ++i) json = R"({"value":1,"s":)" + json + "}";
  json = R"({"id":"urn:x:1","type":"T","a":)" + json + "}";
  EXPECT_TRUE(check_record(packed(json)));
  json = "1";
  for (int i = 0; i < 64; ++i) json = R"({"value":1,"s":)" + json + "}";
  auto body = Body::parse(R"({"id":"urn:x:1","type":"T","a":)" + json + "}");
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, ErrorCode::kInvalidRequest);
}

TEST(BodyHostile, LongTextsAreCutInMessages) {
  auto e = Body::parse(R"({"id":")" + std::string(100'000, 'x') + R"(","type":"T"})")
               ->entity(0, *core_context(), BodyRule::kWhole);
  ASSERT_FALSE(e);
  EXPECT_LT(e.error().detail.size(), 1000u);
  e = Body::parse(R"({"id":"urn:x:1","type":"T","a":{"value":1,"unitCode":")" + std::string(70'000, 'x') + R"("}})")
          ->entity(0, *core_context(), BodyRule::kWhole);
  ASSERT_TRUE(e);
  EXPECT_FALSE(encode(*e)) << "too long for the format: a clear error, not a cut";
}

}  // namespace
}  // namespace tsunagu::ngsi
