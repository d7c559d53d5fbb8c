// The authority over a store: what is written holds with the write. Consents and emergencies as people give and begin
// them.
#include <gmock/gmock.h>

#include "over_store.h"
#include "trust/policy/policy_entity.h"
#include "trust/policy/trial.h"

namespace tsunagu::trust {
namespace {

using test::subject;
using ::testing::HasSubstr;

constexpr std::string_view kObservation =
    R"({"id":"urn:ngsi-ld:HealthObservation:x","type":"HealthObservation","observedValue":{"type":"Property","value":120},
    "refResident":{"type":"Relationship","object":"urn:ngsi-ld:Resident:demo-a"}})";

TEST_F(OverStore, ARelationHoldsFromTheWriteOnAndEndsWithIt) {
  const std::string f = "urn:ngsi-ld:Resident:demo-f";
  EXPECT_FALSE(may(doctor, kRead, f, "care"));
  const auto access = authority->access(doctor, {}, "care");
  EXPECT_EQ(authority->access(doctor, {}, "care"), access) << "kept";
  const auto before = authority->generation();
  const auto other = authority->access(a, {}, "");
  put(R"({"id":"urn:ngsi-ld:AccessRelation:new","type":"AccessRelation","subject":{"type":"Relationship","object":
    "urn:ngsi-ld:Organization:demo-clinic"},"relation":{"type":"Property","value":"treats"},"target":{"type":
    "Relationship","object":"urn:ngsi-ld:Resident:demo-f"}})");
  EXPECT_GT(authority->generation(), before);
  EXPECT_TRUE(may(doctor, kRead, f, "care"));
  EXPECT_EQ(authority->access(a, {}, ""), other) << "nothing of theirs changed";
  remove("urn:ngsi-ld:AccessRelation:new");
  EXPECT_FALSE(may(doctor, kRead, f, "care"));
}

TEST_F(OverStore, ANewAuthorityReadsWhatIsThere) {
  const PolicyAuthority again(*store, [this] { return now; });
  const auto record = store->find({}, "urn:ngsi-ld:Resident:demo-a");
  EXPECT_TRUE(again.access(doctor, {}, "care")->decide(kRead, *record).allowed());
}

TEST_F(OverStore, APolicyHoldsFromTheWriteOnAndKeepsItsVersions) {
  EXPECT_FALSE(may(nobody(), kRead, "urn:ngsi-ld:Resident:demo-a"));
  const std::string id = policy_id("region"), first = policy_version(*store->find({}, id));
  write(id, write_policy({}, "region", "[[rule]]\nname='all'\ntypes=['*']\nallow=['read']", first).decide);
  EXPECT_TRUE(may(nobody(), kRead, "urn:ngsi-ld:Resident:demo-a"));
  EXPECT_FALSE(may(doctor, kRead, "urn:ngsi-ld:Nothing:1", "care"));
  const auto stale = write_policy({}, "region", "", first).decide(store->find({}, id).get(), now);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::kConflict);
  const auto versions = policy_versions(*store, {}, "region");
  ASSERT_TRUE(versions);
  EXPECT_EQ(versions->size(), 2u);
  EXPECT_EQ(versions->at(0).version, first);
  write(id, write_policy({}, "region", "[[rule]]\nname='all'", {}).decide);
  EXPECT_FALSE(may(nobody(), kRead, "urn:ngsi-ld:Resident:demo-a")) << "a text that cannot be read allows nothing";
}

TEST_F(OverStore, AConsentIsGivenNarrowedAndWithdrawn) {
  put(kObservation);
  const std::string id = "urn:ngsi-ld:HealthObservation:x";
  EXPECT_FALSE(may(doctor, kRead, id, "care"));
  auto given = give(a, draft());
  ASSERT_TRUE(given) << given.error().detail;
  EXPECT_TRUE(may(doctor, kSubscribe, id, "care"));
  ASSERT_EQ(recorder.records.size(), 1u);
  EXPECT_EQ(recorder.records[0].kind, AuditKind::kConsent);
  EXPECT_EQ(recorder.records[0].persons, std::vector<std::string>{a->id});

  const auto mine = consents->of(asking(a));
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0].to.name, "デモ診療所");
  EXPECT_TRUE(consents->of(asking(c)).empty());

  ConsentChange more;
  more.types = std::vector<std::string>{"HealthObservation", "CarePlan"};
  EXPECT_FALSE(wait<ConsentView>([&](auto done) { consents->narrow(asking(a), given->id, more, done); }));
  ConsentChange less;
  less.attributes = std::vector<std::string>{"kind"};
  EXPECT_TRUE(wait<ConsentView>([&](auto done) { consents->narrow(asking(a), given->id, less, done); }));
  const auto decision = authority->access(doctor, {}, "care")->decide(kRead, *store->find({}, id));
  EXPECT_TRUE(decision.allowed());
  EXPECT_FALSE(decision.allows(ngsi::core_context()->intern("observedValue")));

  const auto receipt = consents->receipt(asking(a), given->id);
  ASSERT_TRUE(receipt);
  EXPECT_THAT(*receipt, HasSubstr("\"version\":\"KI-CR-v1.1.0\""));
  const auto record = store->find({}, given->id);
  const std::string jws = text_of(*record, TrustTerms::get().receipt);
  const auto dot = jws.rfind('.');
  EXPECT_TRUE(key.verify(jws.substr(0, dot), *from_base64url(jws.substr(dot + 1))));

  const auto foreign = wait<ConsentView>([&](auto done) { consents->withdraw(asking(b), given->id, done); });
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, ErrorCode::kResourceNotFound) << "not even that it exists";
  EXPECT_TRUE(wait<ConsentView>([&](auto done) { consents->withdraw(asking(a), given->id, done); }));
  EXPECT_FALSE(may(doctor, kRead, id, "care"));
  EXPECT_FALSE(wait<ConsentView>([&](auto done) { consents->narrow(asking(a), given->id, less, done); }));
}

TEST_F(OverStore, WhoMayConsent) {
  const auto code = [&](const SubjectPtr& who, ConsentDraft wanted) {
    const auto given = give(who, std::move(wanted));
    return given ? ErrorCode::kInternalError : given.error().code;
  };
  EXPECT_TRUE(give(b, draft(c->id))) << "a guardian";
  EXPECT_EQ(code(c, draft()), ErrorCode::kForbidden) << "too young";
  EXPECT_EQ(code(b, draft(a->id)), ErrorCode::kForbidden) << "a stranger";
  EXPECT_EQ(code(doctor, draft(a->id)), ErrorCode::kForbidden) << "staff";
  auto delegate = std::make_shared<Subject>(*b);
  delegate->acts_for = "urn:ngsi-ld:Resident:demo-d";
  EXPECT_EQ(code(delegate, draft(delegate->acts_for)), ErrorCode::kForbidden) << "a delegate";
  auto app = std::make_shared<Subject>(*a);
  app->scopes = "graph.write";
  EXPECT_EQ(code(app, draft()), ErrorCode::kForbidden) << "an application";
  ConsentDraft wrong = draft();
  wrong.to = "urn:ngsi-ld:Organization:demo-care";
  EXPECT_EQ(code(a, wrong), ErrorCode::kBadRequestData) << "nobody there waits for it";
  wrong = draft();
  wrong.types = {"Resident"};
  EXPECT_EQ(code(a, wrong), ErrorCode::kBadRequestData);
  wrong = draft();
  wrong.until = Instant{now.us - 1};
  EXPECT_EQ(code(a, wrong), ErrorCode::kBadRequestData);
  recorder.fails = true;
  EXPECT_EQ(code(a, draft()), ErrorCode::kUnavailable) << "what cannot be logged does not happen";
  EXPECT_TRUE(consents->of(asking(a)).empty());
}

TEST_F(OverStore, AnEmergencyIsSeenByThePersonAndReviewedBySomebodyElse) {
  put(kObservation);
  const std::string id = "urn:ngsi-ld:HealthObservation:x";
  const auto begin = [&](const SubjectPtr& who, const std::string& reason, int minutes) {
    return wait<EmergencyView>([&](auto done) { emergencies->begin(asking(who), a->id, reason, minutes, done); });
  };
  EXPECT_FALSE(begin(doctor, "  ", 30));
  EXPECT_FALSE(begin(doctor, "found unconscious", 0));
  EXPECT_EQ(begin(b, "curious about it", 30).error().code, ErrorCode::kForbidden);
  const auto begun = begin(doctor, "found unconscious", 30);
  ASSERT_TRUE(begun) << begun.error().detail;
  EXPECT_TRUE(may(doctor, kRead, id));
  EXPECT_TRUE(may(a, kRead, begun->id)) << "the person sees it";
  EXPECT_TRUE(may(supervisor, kRead, begun->id));
  EXPECT_EQ(emergencies->of(asking(a)).about_me.size(), 1u);
  EXPECT_EQ(emergencies->of(asking(supervisor)).to_review.size(), 1u);
  const auto review = [&](const SubjectPtr& who) {
    return wait<EmergencyView>([&](auto done) { emergencies->review(asking(who), begun->id, "was needed", done); });
  };
  EXPECT_EQ(review(doctor).error().code, ErrorCode::kResourceNotFound);
  EXPECT_TRUE(review(supervisor));
  EXPECT_EQ(review(supervisor).error().code, ErrorCode::kConflict);
  EXPECT_EQ(emergencies->of(asking(a)).about_me[0].review, "was needed");
  now = Instant{now.us + std::int64_t{30} * 60'000'000};
  EXPECT_FALSE(may(doctor, kRead, id));
}

TEST_F(OverStore, TheDirectorySaysWhatSomebodyIs) {
  const auto roles = directory->roles(supervisor);
  ASSERT_EQ(roles.size(), 2u);
  EXPECT_EQ(roles[0].body_ja, "デモ診療所");
  EXPECT_EQ(roles[0].body_en, "Demo clinic");
  EXPECT_TRUE(directory->may_act_for(b, "urn:ngsi-ld:Resident:demo-d"));
  EXPECT_FALSE(directory->may_act_for(a, "urn:ngsi-ld:Resident:demo-d"));
  ASSERT_EQ(directory->guards(b).size(), 1u);
  EXPECT_EQ(directory->guards(b)[0].name, "デモ住民C");
  EXPECT_THAT(directory->rights(subject(SubjectKind::kStaff, "urn:ngsi-ld:Staff:demo-operator")),
              ::testing::Contains("operate"));
  const auto purposes = directory->purposes(doctor);
  ASSERT_EQ(purposes.size(), 1u);
  EXPECT_EQ(purposes[0].key, "care");
}

TEST_F(OverStore, ATrialTellsWhatAnotherPolicyWouldChange) {
  AuditRecord read;
  read.subject = a;
  read.action = "read";
  read.entities = {a->id, "urn:ngsi-ld:CareStatistics:demo-niseko", "urn:ngsi-ld:Gone:1"};
  PolicyTrial same(*authority, *store, *read_policy(shipped_files()[0].second, "region"));
  same.ask(read);
  EXPECT_EQ(same.asked(), 2u);
  EXPECT_EQ(same.changed(), 0u);
  EXPECT_EQ(same.gone(), 1u);
  PolicyTrial strict(*authority, *store, *read_policy("", "region"));
  strict.ask(read);
  strict.ask(read);
  EXPECT_EQ(strict.changed(), 4u);
  ASSERT_EQ(strict.changes().size(), 2u);
  EXPECT_EQ(strict.changes()[0].n, 2u);
  EXPECT_EQ(strict.changes()[0].after, "denied");
}

}  // namespace
}  // namespace tsunagu::trust
