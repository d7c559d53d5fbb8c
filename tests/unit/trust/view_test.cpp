// The graph as somebody may see it: reads and writes of the demonstration's people through a View.
#include "trust/view.h"

#include <gmock/gmock.h>

#include <set>

#include "ngsi/query.h"
#include "over_store.h"

namespace tsunagu::trust {
namespace {

using test::subject;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ViewTest : public OverStore {
 protected:
  View view(const SubjectPtr& who, std::string purpose = "") { return {*store, *authority, who, std::move(purpose)}; }

  static ngsi::TermId term(const std::string& name) { return ngsi::core_context()->intern(name); }
  static ngsi::Selection of_type(const std::string& type, const std::string& q = "") {
    ngsi::Selection selection;
    selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, term(type), {}};
    if (!q.empty()) {
      auto parsed = ngsi::parse_q(q, *ngsi::core_context());
      EXPECT_TRUE(parsed) << parsed.error().detail;
      selection.q.push_back(std::move(*parsed));
    }
    return selection;
  }
  static std::vector<std::string> ids(const View& view, ngsi::Selection selection) {
    const auto cursor = view.query({}, std::move(selection));
    std::vector<ngsi::RecordPtr> found;
    while (cursor->step(3, 2, found)) {
    }
    std::vector<std::string> out;
    for (const auto& record : found) out.emplace_back(short_of(record->id()));
    std::sort(out.begin(), out.end());
    return out;
  }
  static std::string short_of(std::string_view id) { return std::string(id.substr(id.rfind(':') + 1)); }
  static std::set<std::string> names(const ngsi::RecordPtr& record) {
    std::set<std::string> out;
    for (const ngsi::AttributeView a : record->attributes()) {
      out.insert(ngsi::core_context()->compact_iri(ngsi::terms().text(a.name())));
    }
    return out;
  }
  /// What a write answers: the detail of its error, or "".
  static std::string submit(View& view, store::Write write) {
    std::promise<std::string> done;
    std::vector<store::Write> writes;
    writes.push_back(std::move(write));
    view.submit(std::move(writes), [&](std::vector<store::Outcome> outcomes) {
      done.set_value(outcomes[0].result ? "" : outcomes[0].result.error().detail);
    });
    return done.get_future().get();
  }
  static std::string put_by(View& view, const std::string& json) {
    const auto record = test::entity(json);
    return submit(view,
                  store::EntityWrite{
                      {}, std::string(record->id()), [record](const ngsi::Record*, Instant) -> Result<store::Decision> {
                        return store::Put{record};
                      }});
  }
  /// Of the entity as it is, with this in place of the attribute.
  std::string change(View& view, const std::string& id, const std::string& json) {
    const auto with = test::entity(R"({"id":")" + id + R"(","type":"Resident",)" + json + "}");
    return submit(view,
                  store::EntityWrite{{}, id, [with](const ngsi::Record* current, Instant) -> Result<store::Decision> {
                                       if (current == nullptr)
                                         return fail(ErrorCode::kResourceNotFound, "there is no entity");
                                       ngsi::Entity entity = ngsi::decode(*current);
                                       ngsi::Entity other = ngsi::decode(*with);
                                       std::erase_if(entity.attributes, [&](const ngsi::Attribute& one) {
                                         return one.name == other.attributes[0].name;
                                       });
                                       entity.attributes.push_back(std::move(other.attributes[0]));
                                       entity.sort_attributes();
                                       return store::Put{*ngsi::encode(std::move(entity))};
                                     }});
  }

  const std::string demo_a = "urn:ngsi-ld:Resident:demo-a", demo_f = "urn:ngsi-ld:Resident:demo-f";
  SubjectPtr officer = subject(SubjectKind::kStaff, "urn:ngsi-ld:Staff:demo-officer-ebetsu");
  SubjectPtr analyst = subject(SubjectKind::kStaff, "urn:ngsi-ld:Staff:demo-analyst");
};

TEST_F(ViewTest, AnOfficerSeesTheirMunicipalityOnly) {
  const View ebetsu = view(officer, "administration");
  EXPECT_THAT(ids(ebetsu, of_type("Resident")), ElementsAre("demo-a", "demo-b", "demo-c", "demo-d", "demo-e"));
  EXPECT_TRUE(ebetsu.find({}, demo_a));
  EXPECT_FALSE(ebetsu.find({}, demo_f));
  for (const store::TypeCount& each : ebetsu.types({})) {
    if (each.type == term("Resident")) {
      EXPECT_EQ(each.entities, 5u);
    }
    EXPECT_NE(each.type, term("HealthObservation"));
  }
  EXPECT_THAT(ids(view(officer), of_type("Resident")), IsEmpty()) << "without a purpose";
  EXPECT_THAT(ids(view(nobody()), of_type("Resident")), IsEmpty());
}

TEST_F(ViewTest, WhatIsHiddenSelectsNothing) {
  const View ebetsu = view(officer, "administration");
  const auto seen = ebetsu.find({}, demo_a);
  ASSERT_TRUE(seen);
  EXPECT_FALSE(names(seen).contains("bloodType"));
  EXPECT_TRUE(names(seen).contains("phone"));
  EXPECT_TRUE(names(store->find({}, demo_a)).contains("bloodType")) << "or this test shows nothing";
  EXPECT_THAT(ids(ebetsu, of_type("Resident", "bloodType")), IsEmpty());
  EXPECT_THAT(ids(ebetsu, of_type("Resident", "phone;bloodType!=\"x\"")), IsEmpty());
  EXPECT_FALSE(ids(ebetsu, of_type("Resident", "bloodType|phone")).empty()) << "by what is shown";
  // Neither by a path through a relationship.
  const View doctors = view(doctor, "care");
  for (const std::string& id : ids(doctors, of_type("HealthObservation", "refResident.municipality"))) {
    ADD_FAILURE() << id << " was found by an attribute of its person that doctors do not see";
  }
}

TEST_F(ViewTest, AnAnalystSeesWhatIdentifiesNobody) {
  const View analysts = view(analyst, "statistics");
  EXPECT_EQ(ids(analysts, of_type("Resident")).size(), 12u);
  for (const std::string& name : names(analysts.find({}, demo_a))) {
    EXPECT_TRUE((std::set<std::string>{"ageGroup", "sex", "municipality", "careLevel"}).contains(name)) << name;
  }
  for (const store::AttributeUse& use : analysts.attribute_uses({})) {
    if (use.type == term("Resident")) {
      EXPECT_NE(use.attribute, term("phone"));
    }
  }
}

TEST_F(ViewTest, AConsentIsSeenAtOnceAndItsEndToo) {
  put(R"({"id":"urn:ngsi-ld:CareVisit:x","type":"CareVisit","note":{"type":"Property","value":"n"},
    "refResident":{"type":"Relationship","object":"urn:ngsi-ld:Resident:demo-f"}})");
  const View clinic = view(doctor, "care");
  EXPECT_FALSE(clinic.find({}, "urn:ngsi-ld:CareVisit:x"));
  const auto f = subject(SubjectKind::kResident, demo_f);
  ConsentDraft draft{"", "urn:ngsi-ld:Organization:demo-clinic", "care", {"CareVisit"}, {}, {}};
  const auto given = give(f, draft);
  ASSERT_TRUE(given) << given.error().detail;
  EXPECT_TRUE(clinic.find({}, "urn:ngsi-ld:CareVisit:x"));
  EXPECT_THAT(ids(clinic, of_type("CareVisit")), ElementsAre("x"));
  const auto withdrawn =
      wait<ConsentView>([&](auto done) { consents->withdraw(asking(f), given->id, std::move(done)); });
  ASSERT_TRUE(withdrawn) << withdrawn.error().detail;
  EXPECT_FALSE(clinic.find({}, "urn:ngsi-ld:CareVisit:x"));
  EXPECT_THAT(ids(clinic, of_type("CareVisit")), IsEmpty());
}

TEST_F(ViewTest, WritesNeedBothWhatWasAndWhatBecomes) {
  View ebetsu = view(officer, "administration");
  const std::string phone = R"("phone":{"type":"Property","value":"000-1"})";
  EXPECT_EQ(change(ebetsu, demo_a, phone), "");
  EXPECT_EQ(change(ebetsu, demo_f, phone), "there is no entity") << "not theirs: absent";
  const std::string away = R"("municipality":{"type":"Relationship","object":"urn:ngsi-ld:Municipality:012076"})";
  EXPECT_THAT(change(ebetsu, demo_a, away), HasSubstr("you may not change"));
  EXPECT_THAT(change(ebetsu, demo_a, R"("bloodType":{"type":"Property","value":"AB"})"),
              HasSubstr("you may not change"));
  EXPECT_THAT(put_by(ebetsu, R"({"id":"urn:ngsi-ld:Resident:new","type":"Resident",)" + away + "}"),
              HasSubstr("you may not create"));
  EXPECT_EQ(put_by(ebetsu, R"({"id":"urn:ngsi-ld:Resident:new","type":"Resident","municipality":{"type":"Relationship",
    "object":"urn:ngsi-ld:Municipality:012173"}})"),
            "");
  // A whole that replaces another must not drop what is hidden from who writes it.
  EXPECT_THAT(put_by(ebetsu, R"({"id":"urn:ngsi-ld:Resident:demo-a","type":"Resident","municipality":{"type":
    "Relationship","object":"urn:ngsi-ld:Municipality:012173"}})"),
              HasSubstr("you may not change"));
  EXPECT_THAT(
      submit(ebetsu,
             store::EntityWrite{
                 {}, demo_a, [](const ngsi::Record*, Instant) -> Result<store::Decision> { return store::Remove{}; }}),
      HasSubstr("you may not delete"));
  View a_self = view(a);
  EXPECT_EQ(change(a_self, demo_a, phone), "");
  EXPECT_THAT(change(a_self, demo_a, R"("birthDate":{"type":"Property","value":"2001-01-01"})"),
              HasSubstr("you may not change"));
}

TEST_F(ViewTest, ThePastIsGuardedLikeThePresent) {
  const View ebetsu = view(officer, "administration");
  auto past = ebetsu.history({});
  ASSERT_TRUE(past);
  EXPECT_TRUE(*(*past)->entity(demo_a));
  EXPECT_FALSE(*(*past)->entity(demo_f));
  EXPECT_THAT(*(*past)->series(demo_f), IsEmpty());
  bool phone = false;
  const auto series = (*past)->series(demo_a);
  ASSERT_TRUE(series);
  for (const store::SeriesKey& each : *series) {
    EXPECT_NE(each.name, term("bloodType"));
    phone = phone || each.name == term("phone");
  }
  EXPECT_TRUE(phone);
  // What is deleted is as hidden as it was.
  remove(demo_f);
  remove(demo_a);
  EXPECT_FALSE(*(*past)->entity(demo_f));
  auto later = ebetsu.history({});
  EXPECT_TRUE(*(*later)->entity(demo_a));
  std::vector<std::string> gone;
  const auto past_entities = (*later)->past_entities("", 100);
  ASSERT_TRUE(past_entities);
  for (const auto& each : *past_entities) gone.push_back(short_of(each.id));
  EXPECT_THAT(gone, ElementsAre("demo-a"));
  View writer = view(officer, "administration");
  store::HistoryWrite forget;
  forget.id = demo_a;
  forget.forget = true;
  EXPECT_THAT(submit(writer, forget), HasSubstr("you may not delete the past"));
  forget.id = demo_f;
  EXPECT_THAT(submit(writer, forget), HasSubstr("there is no entity"));
}

TEST_F(ViewTest, WhatIsForTheSystemAloneIsRefused) {
  View visitor = view(nobody());
  EXPECT_THAT(submit(visitor, store::DocumentWrite{{}, "trust.accounts", "x", "{}"}), HasSubstr("system alone"));
  EXPECT_FALSE(visitor.make_tenant("mine"));
  EXPECT_FALSE(visitor.document({}, "trust.accounts", "x"));
  EXPECT_THAT(visitor.documents({}, "trust.accounts"), IsEmpty());
}

TEST_F(ViewTest, TheSystemSeesEverythingAndItIsKnownWhoseItIs) {
  const View system = view(everybody());
  EXPECT_EQ(ids(system, of_type("Resident")).size(), 12u);
  const AccessPtr access = system.access({});
  EXPECT_TRUE(access->all());
  EXPECT_TRUE(access->knows_persons()) << "so that it is written down";
  EXPECT_EQ(access->person_of(*store->find({}, demo_a)), demo_a);
}

}  // namespace
}  // namespace tsunagu::trust
