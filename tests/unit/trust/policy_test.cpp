// The policy language: what a text means, and what is wrong with one.
#include <gmock/gmock.h>

#include "policy_sample.h"
#include "trust/policy/cases.h"
#include "trust/policy/shipped.h"

namespace tsunagu::trust {
namespace {

using test::subject;
using test::World;
using ::testing::HasSubstr;

const auto kResident = SubjectKind::kResident;
const auto kStaff = SubjectKind::kStaff;

std::string fault(std::string_view text) {
  const auto read = read_policy(text, "test.toml");
  return read ? "" : read.error().detail;
}

constexpr std::string_view kCarePolicy = R"(
[purposes.care]
title = { ja = "診療", en = "Care" }
[personal]
Resident = "id"
HealthObservation = "refResident"
[[rule]]
name = "open"
types = ["Shelter"]
allow = ["read"]
[[rule]]
name = "own"
kind = ["resident"]
relation = ["self"]
types = ["personal"]
allow = ["read", "history"]
[[rule]]
name = "clinic"
kind = ["staff"]
role = ["nurse"]
relation = ["treats"]
purpose = ["care"]
types = ["Resident"]
attributes = ["name"]
allow = ["read"]
[[rule]]
name = "consent"
role = ["nurse"]
consent = true
purpose = ["care"]
types = ["HealthObservation"]
allow = ["read", "subscribe"]
[[rule]]
name = "urgent"
emergency = true
types = ["HealthObservation"]
allow = ["read"]
[[rule]]
name = "keys"
role = ["nurse"]
body = ["urn:ngsi-ld:Organization:clinic"]
rights = ["publish"]
)";

class Policies : public ::testing::Test {
 protected:
  Policies() {
    world.policy(kCarePolicy);
    world.add(R"({"id":"urn:ngsi-ld:Shelter:1","type":"Shelter","name":{"type":"Property","value":"s"}})");
    world.add(R"({"id":"urn:ngsi-ld:Resident:a","type":"Resident","name":{"type":"Property","value":"A"},
      "phone":{"type":"Property","value":"1"}})");
    world.add(
        R"({"id":"urn:ngsi-ld:HealthObservation:1","type":"HealthObservation","observedValue":{"type":"Property","value":1},
      "note":{"type":"Property","value":"x"},"refResident":{"type":"Relationship","object":"urn:ngsi-ld:Resident:a"}})");
    world.relate("urn:ngsi-ld:Staff:n", "memberOf", "urn:ngsi-ld:Organization:clinic", "nurse");
  }
  void consent(const std::string& more, const std::string& status = "given") {
    world.add(R"({"id":"urn:ngsi-ld:Consent:1","type":"Consent","person":{"type":"Relationship","object":
      "urn:ngsi-ld:Resident:a"},"to":{"type":"Relationship","object":"urn:ngsi-ld:Organization:clinic"},
      "purpose":{"type":"Property","value":"care"},"types":{"type":"Property","value":["HealthObservation"]},
      "status":{"type":"Property","value":")" +
              status + "\"}" + more + "}");
  }
  World world;
  SubjectPtr a = subject(kResident, "urn:ngsi-ld:Resident:a"), b = subject(kResident, "urn:ngsi-ld:Resident:b");
  SubjectPtr nurse = subject(kStaff, "urn:ngsi-ld:Staff:n");
  const std::string shelter = "urn:ngsi-ld:Shelter:1", person = "urn:ngsi-ld:Resident:a",
                    observation = "urn:ngsi-ld:HealthObservation:1";
};

TEST_F(Policies, WhatNoRuleAllowsIsForbidden) {
  EXPECT_TRUE(world.may(nobody(), kRead, shelter));
  EXPECT_FALSE(world.may(nobody(), kUpdate, shelter));
  EXPECT_FALSE(world.may(nobody(), kRead, observation));
  EXPECT_FALSE(World{}.access(a)->decide(kRead, *world.entities[shelter]).allowed());
}

TEST_F(Policies, PeopleSeeWhatIsAboutThem) {
  for (const auto& id : {person, observation}) {
    EXPECT_TRUE(world.may(a, kRead, id));
    EXPECT_TRUE(world.may(a, kHistory, id));
    EXPECT_FALSE(world.may(a, kDelete, id));
    EXPECT_FALSE(world.may(b, kRead, id));
  }
  const auto access = world.access(a);
  EXPECT_EQ(access->person_of(*world.entities[observation]), person);
  EXPECT_EQ(access->person_of(*world.entities[person]), person);
  EXPECT_EQ(access->person_of(*world.entities[shelter]), "");
  for (const auto& where : access->where(kRead)) EXPECT_TRUE(where->types);
}

TEST_F(Policies, ARelationOfTheBodyCountsForItsMembersWithTheRole) {
  EXPECT_FALSE(world.may(nurse, kRead, person, "care"));
  world.relate("urn:ngsi-ld:Organization:clinic", "treats", person);
  EXPECT_TRUE(world.may(nurse, kRead, person, "care"));
  EXPECT_FALSE(world.may(nurse, kRead, person)) << "no purpose";
  const auto access = world.access(nurse, "care");
  const auto decision = access->decide(kRead, *world.entities[person]);
  EXPECT_FALSE(decision.whole());
  EXPECT_TRUE(decision.allows(ngsi::core_context()->intern("name")));
  EXPECT_FALSE(decision.allows(ngsi::core_context()->intern("phone")));
  EXPECT_EQ(access->rules()[decision.rule()].rule, "clinic");
  EXPECT_EQ(access->rules()[decision.rule()].because, "urn:ngsi-ld:AccessRelation:2");
  world.remove("urn:ngsi-ld:AccessRelation:1");
  EXPECT_FALSE(world.may(nurse, kRead, person, "care")) << "a nurse no more";
}

TEST_F(Policies, ConsentNarrowsAndEnds) {
  EXPECT_FALSE(world.may(nurse, kRead, observation, "care"));
  consent(R"(,"attributes":{"type":"Property","value":["observedValue"]},"validUntil":{"type":"Property","value":
    {"@type":"DateTime","@value":"2026-04-02T00:00:00Z"}})");
  EXPECT_TRUE(world.may(nurse, kRead, observation, "care"));
  EXPECT_FALSE(world.may(nurse, kHistory, observation, "care"));
  const auto access = world.access(nurse, "care");
  const auto decision = access->decide(kSubscribe, *world.entities[observation]);
  EXPECT_TRUE(decision.allows(ngsi::core_context()->intern("observedValue")));
  EXPECT_FALSE(decision.allows(ngsi::core_context()->intern("note")));
  EXPECT_EQ(access->until(), parse_instant("2026-04-02T00:00:00Z"));
  world.now = access->until();
  EXPECT_FALSE(world.may(nurse, kRead, observation, "care"));
  consent("", "withdrawn");
  EXPECT_FALSE(world.may(nurse, kRead, observation, "care"));
  consent(R"(,"validUntil":{"type":"Property","value":"some day"})");
  EXPECT_FALSE(world.may(nurse, kRead, observation, "care")) << "an end that cannot be read";
}

TEST_F(Policies, EmergenciesArePersonalAndEnd) {
  world.add(R"({"id":"urn:ngsi-ld:EmergencyAccess:1","type":"EmergencyAccess","subject":{"type":"Relationship",
    "object":"urn:ngsi-ld:Staff:n"},"person":{"type":"Relationship","object":"urn:ngsi-ld:Resident:a"},
    "validUntil":{"type":"Property","value":"2026-04-01T04:00:00Z"}})");
  EXPECT_TRUE(world.may(nurse, kRead, observation));
  EXPECT_FALSE(world.may(subject(kStaff, "urn:ngsi-ld:Staff:m"), kRead, observation));
  EXPECT_EQ(world.access(nurse)->until(), parse_instant("2026-04-01T04:00:00Z"));
  world.now = *parse_instant("2026-04-01T04:00:00Z");
  EXPECT_FALSE(world.may(nurse, kRead, observation));
}

TEST_F(Policies, DelegatesMayWhatThePersonMayAsFarAsTheDelegationGoes) {
  auto child = std::make_shared<Subject>(*b);
  child->acts_for = person;
  EXPECT_FALSE(world.may(child, kRead, observation)) << "nobody asked them to";
  world.relate(b->id, "delegateOf", person, "", R"(,"allow":{"type":"Property","value":["read"]},
    "types":{"type":"Property","value":["HealthObservation"]})");
  EXPECT_TRUE(world.may(child, kRead, observation));
  EXPECT_FALSE(world.may(child, kHistory, observation));
  EXPECT_FALSE(world.may(child, kRead, person)) << "another type";
  EXPECT_FALSE(world.may(b, kRead, observation)) << "acts for themselves";
}

TEST_F(Policies, TokensNarrow) {
  auto app = std::make_shared<Subject>(*a);
  app->scopes = "openid profile";
  EXPECT_FALSE(world.may(app, kRead, person));
  app->scopes = "openid graph.read";
  EXPECT_TRUE(world.may(app, kRead, person));
  app->scopes = "read:HealthObservation";
  EXPECT_TRUE(world.may(app, kRead, observation));
  EXPECT_FALSE(world.may(app, kHistory, observation));
  EXPECT_FALSE(world.may(app, kRead, person));
  auto token = std::make_shared<Subject>(*nurse);
  EXPECT_TRUE(world.access(token)->may("publish"));
  token->scopes = "graph.read graph.write";
  EXPECT_FALSE(world.access(token)->may("publish"));
}

TEST_F(Policies, TenantsAreApart) {
  auto foreign = std::make_shared<Subject>(*a);
  foreign->tenant = "ebetsu";
  EXPECT_FALSE(world.may(foreign, kRead, person));
  EXPECT_FALSE(world.may(foreign, kRead, shelter)) << "not even open data of another tenant";
  EXPECT_TRUE(world.access(foreign, "", "ebetsu")->decide(kRead, *world.entities[shelter]).allowed());
}

TEST_F(Policies, EveryTypeOfAnEntityIsNamedByTheRule) {
  world.add(R"({"id":"urn:ngsi-ld:Shelter:2","type":["Shelter","HealthObservation"]})");
  EXPECT_FALSE(world.may(nobody(), kRead, "urn:ngsi-ld:Shelter:2"));
}

TEST_F(Policies, HoursAndDaysOfTheWeek) {
  world.policy(R"(
[[rule]]
name = "office"
types = ["Shelter"]
allow = ["read"]
weekday = ["mon", "tue", "wed", "thu", "fri"]
hours = "08:30-17:30"
)");
  EXPECT_TRUE(world.may(nobody(), kRead, shelter));
  EXPECT_EQ(world.access(nobody())->until(), parse_instant("2026-04-01T08:30:00Z"));
  world.now = *parse_instant("2026-04-01T08:30:00Z");
  EXPECT_FALSE(world.may(nobody(), kRead, shelter));
  world.now = *parse_instant("2026-04-04T03:00:00Z");  // Saturday
  EXPECT_FALSE(world.may(nobody(), kRead, shelter));
  EXPECT_EQ(world.access(nobody())->until(), parse_instant("2026-04-04T08:30:00Z"));
}

TEST_F(Policies, PlacesAndConditions) {
  world.policy(R"(
[[rule]]
name = "area"
role = ["nurse"]
place = "area"
types = ["Shelter"]
allow = ["update"]
[[rule]]
name = "near"
types = ["Shelter"]
place = { near = [141.3, 43.0], metres = 2000 }
where = 'name=="x"'
allow = ["read"]
)");
  const auto put = [&](const char* name, const char* at) {
    world.add(R"({"id":"urn:ngsi-ld:Shelter:1","type":"Shelter","name":{"type":"Property","value":")" +
              std::string(name) + R"("},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":)" + at +
              "}}}");
  };
  put("x", "[141.31,43.0]");
  EXPECT_TRUE(world.may(nobody(), kRead, shelter));
  EXPECT_FALSE(world.may(nurse, kUpdate, shelter)) << "the clinic has no area";
  put("y", "[141.31,43.0]");
  EXPECT_FALSE(world.may(nobody(), kRead, shelter));
  put("x", "[141.4,43.0]");
  EXPECT_FALSE(world.may(nobody(), kRead, shelter));
  world.add(R"({"id":"urn:ngsi-ld:Organization:clinic","type":"Organization","territory":{"type":"GeoProperty","value":
    {"type":"Polygon","coordinates":[[[141.35,42.9],[141.5,42.9],[141.5,43.1],[141.35,43.1],[141.35,42.9]]]}}})");
  EXPECT_TRUE(world.may(nurse, kUpdate, shelter));
  put("x", "[141.31,43.0]");
  EXPECT_FALSE(world.may(nurse, kUpdate, shelter));
}

TEST_F(Policies, ExplainNamesWhatIsMissing) {
  const auto tales = explain(world.input(nurse), kRead, *world.entities[observation]);
  ASSERT_FALSE(tales.empty());
  EXPECT_EQ(tales[0].rule, "urgent") << "only an emergency is missing";
  const auto consent_tale =
      std::find_if(tales.begin(), tales.end(), [](const RuleTale& tale) { return tale.rule == "consent"; });
  ASSERT_NE(consent_tale, tales.end());
  std::vector<std::string> missing;
  for (const Condition& condition : consent_tale->conditions) {
    if (!condition.holds) missing.push_back(condition.key);
  }
  EXPECT_THAT(missing, ::testing::ElementsAre("purpose", "consent"));
  const auto own = explain(world.input(a), kRead, *world.entities[observation]);
  EXPECT_EQ(own[0].rule, "own");
  EXPECT_TRUE(own[0].allows());
}

TEST(PolicyText, FaultsNameTheLineAndWhatToDo) {
  EXPECT_THAT(fault("a = ["), HasSubstr("test.toml:1"));
  EXPECT_THAT(fault("\n[[rule]]\nname = \"x\"\nalow = [\"read\"]"), HasSubstr("test.toml:4: \"alow\" means nothing"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\ntypes = [\"A\"]"), HasSubstr("says what it allows"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"read\"]"), HasSubstr("names the types"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"see\"]\ntypes=[\"A\"]"), HasSubstr("test.toml:3"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"read\"]\ntypes=[\"A\"]\npurpose=[\"care\"]"),
              HasSubstr("there is no purpose \"care\""));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"read\"]\ntypes=[\"A\"]\nhours=\"25:00-26:00\""),
              HasSubstr("08:30"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"read\"]\ntypes=[\"A\"]\nwhere=\"a==\""), HasSubstr("where:"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = [\"read\"]\ntypes=[\"A\"]\nwhere='a{b}==1'"),
              HasSubstr("test.toml:5"));
  EXPECT_THAT(fault("utc_offset = \"9\""), HasSubstr("+09:00"));
  EXPECT_THAT(fault("rule = 3"), HasSubstr("[[rule]]"));
  EXPECT_THAT(fault("[[rule]]\nname = \"x\"\nallow = []\ntypes=[\"A\"]"), HasSubstr("at least one"));
  EXPECT_EQ(fault(""), "");
}

TEST(PolicyText, TheShippedOnesAreRead) {
  ASSERT_FALSE(shipped_files().empty());
  for (const auto& [path, text] : shipped_files()) {
    const auto read = read_policy(text, path);
    EXPECT_TRUE(read) << read.error().detail;
  }
}

TEST(PolicyCases, TheDemonstrationIsDecidedAsExpected) {
  const auto report = run_cases(TSUNAGU_SOURCE_DIR "/data/demonstration/cases.toml");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_GE(report->cases, 15u);
  for (const std::string& failure : report->failures) ADD_FAILURE() << failure;
}

}  // namespace
}  // namespace tsunagu::trust
