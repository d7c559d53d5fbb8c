// Alarms: what becomes of them, who is called, and what a flood does.
#include <gmock/gmock.h>

#include "automation/alarm_book.h"
#include "rule_sample.h"

namespace tsunagu::automation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kRoster = R"(
[[duty]]
name = "water"
rules = ["paddy-*"]
severity = "minor"
[[duty.step]]
people = [
  { name = "day", webhook = "https://example.org/day", hours = "08:00-20:00" },
  { name = "night", webhook = "https://example.org/night", hours = "20:00-08:00", weekday = ["mon", "tue", "wed", "thu", "fri"] },
]
[[duty.step]]
after = "PT15M"
people = [{ name = "head", mail = "head@example.org" }]

[[duty]]
name = "rest"
severity = "critical"
[[duty.step]]
people = [{ name = "desk", mail = "desk@example.org" }]
)";

class Alarming : public ::testing::Test {
 protected:
  Alarming() {
    auto roster = read_roster(kRoster, "roster");
    EXPECT_TRUE(roster) << (roster ? "" : roster.error().detail);
    book.set_roster(std::move(*roster));
  }
  Effects raise(const std::string& source, const std::string& severity, Instant t, int entity = 1) {
    return book.raise(source, "urn:ngsi-ld:AgriParcel:" + std::to_string(entity), severity, {"水が来ない", "no water"},
                      {"理由", "reason"}, t);
  }
  static std::vector<std::string> called(const Effects& effects) {
    std::vector<std::string> out;
    for (const Calling& each : effects.calls) out.push_back(each.person.name);
    return out;
  }
  const Alarm& only() { return book.all().begin()->second; }

  AlarmBook book;
};

TEST_F(Alarming, CallsWhoIsOnDutyAndThenTheNext) {
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("09:00"))), ElementsAre("day"));
  EXPECT_EQ(book.next_due(), at("09:15"));
  EXPECT_THAT(called(book.advance(at("09:14"))), IsEmpty());
  EXPECT_THAT(called(book.advance(at("09:15"))), ElementsAre("head"));
  EXPECT_EQ(only().step_at, kNoInstant);
}

TEST_F(Alarming, CallsNobodyMoreWhenSomebodyHasItInHand) {
  raise("paddy-silent", "minor", at("09:00"));
  ASSERT_TRUE(book.acknowledge(only().id, "sato", "見に行く", at("09:05")));
  EXPECT_EQ(only().status, AlarmStatus::kAcknowledged);
  EXPECT_EQ(only().note, "見に行く");
  EXPECT_THAT(called(book.advance(at("10:00"))), IsEmpty());
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("10:01"))), IsEmpty()) << "the same, again";
  EXPECT_EQ(only().count, 2u);
  EXPECT_THAT(called(raise("paddy-silent", "major", at("10:02"))), ElementsAre("day")) << "it became worse";
  EXPECT_EQ(only().status, AlarmStatus::kRaised);
}

TEST_F(Alarming, KnowsTheNightShift) {
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("21:00", "2026-07-10"))), ElementsAre("night"));  // Friday
  // Saturday morning still belongs to the shift of Friday; Saturday night has nobody, so the next step comes at once.
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("03:00", "2026-07-11"), 2)), ElementsAre("night"));
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("21:00", "2026-07-11"), 3)), ElementsAre("head"));
  const Alarm& alarm = book.all().at(alarm_id("paddy-silent", "urn:ngsi-ld:AgriParcel:3"));
  ASSERT_THAT(alarm.notices, SizeIs(1));
  EXPECT_THAT(alarm.notices[0].fault, HasSubstr("nobody is on duty"));
}

TEST_F(Alarming, GoesByRuleAndSeverity) {
  EXPECT_THAT(called(raise("paddy-silent", "warning", at("09:00"))), IsEmpty());
  EXPECT_THAT(called(raise("bear", "major", at("09:00"))), IsEmpty());
  EXPECT_THAT(called(raise("bear", "critical", at("09:00"), 2)), ElementsAre("desk"));
}

TEST_F(Alarming, IsQuietOnTheShelfAndComesBack) {
  raise("paddy-silent", "minor", at("09:00"));
  ASSERT_TRUE(book.shelve(only().id, "sato", at("12:00"), at("09:01")));
  EXPECT_THAT(called(raise("paddy-silent", "critical", at("09:30"))), IsEmpty());
  EXPECT_THAT(called(book.advance(at("11:59"))), IsEmpty());
  EXPECT_THAT(called(book.advance(at("12:00"))), ElementsAre("day"));
  EXPECT_EQ(only().status, AlarmStatus::kRaised);
  EXPECT_FALSE(book.shelve(only().id, "sato", at("12:00", "2026-07-30"), at("12:01"))) << "seven days at most";
  ASSERT_TRUE(book.shelve(only().id, "sato", at("13:00"), at("12:01")));
  ASSERT_TRUE(book.shelve(only().id, "sato", at("12:02"), at("12:02"))) << "taken from the shelf";
  EXPECT_EQ(only().status, AlarmStatus::kRaised);
}

TEST_F(Alarming, IsOverOnceAndCanComeAnew) {
  raise("paddy-silent", "minor", at("09:00"));
  ASSERT_TRUE(book.clear(only().id, at("09:10")));
  EXPECT_FALSE(only().open());
  EXPECT_THAT(called(book.advance(at("10:00"))), IsEmpty());
  EXPECT_EQ(book.clear(only().id, at("10:00")).error().code, ErrorCode::kConflict);
  EXPECT_EQ(book.acknowledge("urn:x", "sato", "", at("10:00")).error().code, ErrorCode::kResourceNotFound);
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("11:00"))), ElementsAre("day"));
  EXPECT_EQ(only().count, 2u);
}

TEST_F(Alarming, MakesOneNoticeOfAFlood) {
  std::size_t singly = 0;
  for (int i = 0; i < 1000; ++i) singly += raise("paddy-silent", "minor", at("09:00"), i).calls.size();
  EXPECT_EQ(singly, AlarmBook::kSingly);
  const Effects held = book.advance(at("09:01"));
  ASSERT_THAT(held.calls, SizeIs(1));
  EXPECT_THAT(held.calls[0].alarms, SizeIs(995));
  EXPECT_THAT(held.calls[0].subject.ja, HasSubstr("995 件"));
  EXPECT_THAT(held.calls[0].text.en, HasSubstr("995: no water (rule paddy-silent)"));
  EXPECT_THAT(book.advance(at("09:02")).calls, IsEmpty());
  EXPECT_THAT(called(raise("paddy-silent", "minor", at("09:03"), 5000)), ElementsAre("day")) << "the flood is over";
}

TEST_F(Alarming, TellsOfAFloodAfterARestart) {
  for (int i = 0; i < 8; ++i) raise("paddy-silent", "minor", at("09:00"), i);
  AlarmBook again;
  again.set_roster(*read_roster(kRoster, "roster"));
  for (const auto& [id, alarm] : book.all()) again.take(*read_alarm(to_json(alarm)));
  EXPECT_EQ(again.next_due(), at("09:01"));
  const Effects held = again.advance(at("09:05"));
  ASSERT_THAT(held.calls, SizeIs(1));
  EXPECT_EQ(held.calls[0].person.name, "day");
  EXPECT_THAT(held.calls[0].alarms, SizeIs(3));
  EXPECT_EQ(held.calls[0].severity, "minor");
  EXPECT_THAT(held.changed, SizeIs(3)) << "that nobody waits is kept, too";
  for (const auto& [id, alarm] : again.all()) EXPECT_THAT(alarm.waiting, IsEmpty());
}

TEST_F(Alarming, TakesBackWhatWasDone) {
  raise("paddy-silent", "minor", at("09:00"));
  const std::string id = only().id;
  EXPECT_EQ(book.reopen(id, at("09:01")).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(book.acknowledge(id, "sato", "違う警報だった", at("09:05")));
  EXPECT_THAT(called(*book.reopen(id, at("09:06"))), IsEmpty()) << "who was called is not called again";
  EXPECT_EQ(only().status, AlarmStatus::kRaised);
  EXPECT_EQ(only().acknowledged_by, "");
  EXPECT_THAT(called(book.advance(at("09:15"))), ElementsAre("head")) << "but the next one";
  ASSERT_TRUE(book.clear(id, at("09:20")));
  EXPECT_THAT(called(*book.reopen(id, at("09:21"))), IsEmpty());
  EXPECT_TRUE(only().open());
}

TEST_F(Alarming, SaysNothingOfAFloodThatIsOver) {
  for (int i = 0; i < 10; ++i) raise("paddy-silent", "minor", at("09:00"), i);
  for (const auto& [id, alarm] : std::map(book.all())) ASSERT_TRUE(book.clear(id, at("09:00")));
  EXPECT_THAT(book.advance(at("09:01")).calls, IsEmpty());
}

TEST_F(Alarming, IsTheSameAfterItWasKept) {
  raise("paddy-silent", "minor", at("09:00"));
  book.told(only().id, {at("09:00"), "day", "webhook", "it answers with status 500"});
  ASSERT_TRUE(book.acknowledge(only().id, "佐藤", "\"見る\"", at("09:05")));
  const auto read = read_alarm(to_json(only()));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(to_json(*read), to_json(only()));
  for (const char* none : {"", "{}", "3", R"({"id":"x","status":"raised"})"}) EXPECT_FALSE(read_alarm(none)) << none;
}

TEST(Rosters, SayWhatIsWrong) {
  const auto fault = [](const std::string& text) {
    const auto read = read_roster(text, "r");
    return read ? std::string() : read.error().detail;
  };
  EXPECT_EQ(fault(""), "");
  EXPECT_THAT(fault("[[duty]]\nname = \"a\"\n"), HasSubstr("r:1: a duty has steps"));
  EXPECT_THAT(fault("[[duty]]\nname = \"a\"\n[[duty.step]]\npeople = [{ name = \"x\" }]"), HasSubstr("mail, push or webhook"));
  EXPECT_THAT(fault("[[duty]]\nname = \"a\"\n[[duty.step]]\npeople = [{ name = \"x\", mail = \"a@b\\r\\nBcc: c@d\" }]"),
              HasSubstr("mail is an address"));
  EXPECT_THAT(fault("[[duty]]\nname = \"a\"\n[[duty.step]]\npeople = [{ name = \"x\", mail = \"a@b\", hours = \"9-5\" }]"),
              HasSubstr("hours"));
  EXPECT_THAT(fault("[[duty]]\nname = \"a\"\nseverity = \"bad\"\n"), HasSubstr("critical, major"));
  EXPECT_THAT(fault("duty = 3"), HasSubstr("list of tables"));
}

}  // namespace
}  // namespace tsunagu::automation
