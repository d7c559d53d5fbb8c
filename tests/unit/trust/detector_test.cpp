// What is odd is told, once; what is usual is not. Instants are given, nothing waits.
#include "trust/alerts/detector.h"

#include <gtest/gtest.h>

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000, kHourUs = 60 * kMinuteUs, kDayUs = 24 * kHourUs;
constexpr std::int64_t kMonday = 1'775'433'600'000'000;  // 2026-04-06T00:00:00Z

class Odd : public ::testing::Test {
 protected:
  Odd() : detector({}, Instant{}, [this](Alert alert) { alerts.push_back(std::move(alert)); }) {}

  AuditEvent event(std::int64_t at, AuditKind kind = AuditKind::kAccess) {
    Subject who;
    who.kind = SubjectKind::kStaff;
    who.id = "urn:ngsi-ld:Staff:a";
    who.account = "staff-a";
    AuditEvent one;
    one.number = ++number;
    one.record.kind = kind;
    one.record.at = Instant{at};
    one.record.subject = std::make_shared<const Subject>(who);
    one.record.peer = "192.0.2.1:1234";
    one.record.rule = "care/treating urn:ngsi-ld:AccessRelation:1";
    return one;
  }
  void read(std::int64_t at, int first, int count = 1, const std::string& peer = "192.0.2.1:99") {
    AuditEvent one = event(at);
    one.record.peer = peer;
    for (int i = first; i < first + count; ++i)
      one.record.persons.push_back("urn:ngsi-ld:Resident:" + std::to_string(i));
    detector.take(one);
  }
  /// Ten days of four hours of work with `persons` each.
  void work(int persons) {
    for (int day = 0; day < 10; ++day) {
      for (int hour = 1; hour < 5; ++hour) {
        for (int i = 0; i < persons; ++i) read(kMonday + day * kDayUs + hour * kHourUs + i * kMinuteUs / 4, i);
      }
    }
  }
  std::vector<std::string> kinds() const {
    std::vector<std::string> all;
    for (const Alert& alert : alerts) all.push_back(alert.kind);
    return all;
  }
  using Kinds = std::vector<std::string>;
  static constexpr std::int64_t kLater = kMonday + 10 * kDayUs + 2 * kHourUs;

  std::uint64_t number = 0;
  std::vector<Alert> alerts;
  Detector detector;
};

TEST_F(Odd, WorkAsUsualIsNot) {
  work(20);
  EXPECT_EQ(kinds(), Kinds());
}

TEST_F(Odd, ManyPersonsInAnHourOnceAnHour) {
  for (int i = 0; i < 199; ++i) read(kMonday + i * kHourUs / 250, i);
  EXPECT_EQ(kinds(), Kinds());
  read(kMonday + 59 * kMinuteUs, 199);
  ASSERT_EQ(kinds(), Kinds{"mass-reads"});
  EXPECT_EQ(alerts[0].severity, "high");
  EXPECT_EQ(alerts[0].subject, "urn:ngsi-ld:Staff:a");
  EXPECT_EQ(alerts[0].line, number);
  read(kMonday + 59 * kMinuteUs + 1, 200);
  EXPECT_EQ(alerts.size(), 1u);
  // The same persons again and again are not many; and an hour later the old ones do not count.
  for (int i = 0; i < 1000; ++i) read(kMonday + 5 * kHourUs + i, i % 50);
  EXPECT_EQ(alerts.size(), 1u);
}

TEST_F(Odd, OneRecordAboutVeryMany) {
  read(kMonday, 0, 5000);
  EXPECT_EQ(kinds(), Kinds{"mass-reads"});
}

TEST_F(Odd, MoreThanTheirOwnUsual) {
  work(6);
  for (int i = 0; i < 29; ++i) read(kLater + i, i);
  EXPECT_EQ(kinds(), Kinds());
  for (int i = 29; i < 31; ++i) read(kLater + i, i);
  ASSERT_EQ(kinds(), Kinds{"mass-reads"});
  EXPECT_EQ(alerts[0].severity, "medium");
}

TEST_F(Odd, AnHourAnAddressAndARuleNeverSeen) {
  work(4);
  read(kLater + 3 * kHourUs, 1);  // an hour behind the last: near enough
  EXPECT_EQ(kinds(), Kinds());
  read(kLater + 12 * kHourUs, 1);
  EXPECT_EQ(kinds(), Kinds{"unusual-hour"});
  read(kLater + kDayUs, 1, 1, "198.51.100.7:5");
  read(kLater + kDayUs + 1, 1, 1, "198.51.100.7:6");
  EXPECT_EQ(kinds(), (Kinds{"unusual-hour", "new-address"}));
  AuditEvent other = event(kLater + kDayUs + 2);
  other.record.rule = "emergency/duty";
  detector.take(other);
  EXPECT_EQ(kinds(), (Kinds{"unusual-hour", "new-address", "first-role"}));
}

TEST_F(Odd, NothingIsKnownOfNewcomers) {
  for (int i = 0; i < 40; ++i) read(kMonday + i * kHourUs, 1, 1, "192.0.2." + std::to_string(i) + ":1");
  EXPECT_EQ(kinds(), Kinds());
}

TEST_F(Odd, OnesOwnDataIsNobodysConcern) {
  for (int i = 0; i < 1000; ++i) {
    AuditEvent one = event(kMonday + i);
    Subject resident;
    resident.kind = SubjectKind::kResident;
    resident.id = "urn:ngsi-ld:Resident:1";
    one.record.subject = std::make_shared<const Subject>(resident);
    one.record.persons = {"urn:ngsi-ld:Resident:1"};
    one.record.peer = "192.0.2." + std::to_string(i % 200) + ":1";
    detector.take(one);
  }
  EXPECT_EQ(kinds(), Kinds());
}

TEST_F(Odd, ManyDenials) {
  for (int i = 0; i < 40; ++i) detector.take(event(kMonday + i * kMinuteUs, AuditKind::kDenied));  // ten in ten minutes
  EXPECT_EQ(kinds(), Kinds());
  for (int i = 0; i < 20; ++i) detector.take(event(kMonday + kHourUs + i, AuditKind::kDenied));
  EXPECT_EQ(kinds(), Kinds{"denials"});
}

TEST_F(Odd, FailedSignInsAndThatOneSucceededThen) {
  const auto attempt = [&](std::int64_t at, const char* outcome) {
    AuditEvent one = event(at, AuditKind::kSignIn);
    one.record.outcome = outcome;
    detector.take(one);
  };
  for (int i = 0; i < 9; ++i) attempt(kMonday + i, "wrong password");
  attempt(kMonday + 10, "ok");  // fewer than ten: people mistype
  EXPECT_EQ(kinds(), Kinds());
  for (int i = 0; i < 10; ++i) attempt(kMonday + kHourUs + i, "wrong password");
  ASSERT_EQ(kinds(), Kinds{"failed-sign-ins"});
  EXPECT_EQ(alerts[0].subject, "staff-a");
  attempt(kMonday + kHourUs + 20, "ok");
  ASSERT_EQ(kinds(), (Kinds{"failed-sign-ins", "failed-sign-ins"}));
  EXPECT_EQ(alerts[1].severity, "high");
}

TEST_F(Odd, ManyAccountsTriedFromOneAddress) {
  for (int i = 0; i < 30; ++i) {
    AuditEvent one = event(kMonday + i, AuditKind::kSignIn);
    Subject nobody_known;
    nobody_known.account = "guess-" + std::to_string(i);
    one.record.subject = std::make_shared<const Subject>(nobody_known);
    one.record.peer = "[2001:db8::7]:1000";
    one.record.outcome = "no such account";
    detector.take(one);
  }
  ASSERT_EQ(kinds(), Kinds{"failed-sign-ins"});
  EXPECT_EQ(alerts[0].subject, "2001:db8::7");
}

TEST_F(Odd, EveryEmergencyIsTold) {
  for (int i = 0; i < 2; ++i) {
    AuditEvent one = event(kMonday + i, AuditKind::kEmergency);
    one.record.action = "begin";
    one.record.persons = {"urn:ngsi-ld:Resident:1"};
    one.record.detail = "unconscious";
    detector.take(one);
  }
  ASSERT_EQ(kinds(), (Kinds{"emergency", "emergency"}));
  EXPECT_EQ(alerts[0].person, "urn:ngsi-ld:Resident:1");
  EXPECT_NE(alerts[0].id, alerts[1].id);
}

TEST_F(Odd, OldRecordsAreOnlyLearnedFrom) {
  Detector late({}, Instant{kMonday + kDayUs}, [this](Alert alert) { alerts.push_back(std::move(alert)); });
  AuditEvent one = event(kMonday);
  for (int i = 0; i < 500; ++i) one.record.persons.push_back("urn:ngsi-ld:Resident:" + std::to_string(i));
  late.take(one);
  EXPECT_EQ(kinds(), Kinds());
  one.record.at = Instant{kMonday + 2 * kDayUs};
  late.take(one);
  EXPECT_EQ(kinds(), Kinds{"mass-reads"});
}

TEST_F(Odd, TheSameLogGivesTheSameAlerts) {
  read(kMonday, 0, 300);
  Detector again({}, Instant{}, [this](Alert alert) { alerts.push_back(std::move(alert)); });
  AuditEvent one = event(kMonday);
  for (int i = 0; i < 300; ++i) one.record.persons.push_back("urn:ngsi-ld:Resident:" + std::to_string(i));
  again.take(one);
  ASSERT_EQ(alerts.size(), 2u);
  EXPECT_EQ(alerts[0].id, alerts[1].id);
}

TEST(Peer, IsKnownByItsAddress) {
  EXPECT_EQ(address_of("192.0.2.7:53210"), "192.0.2.7");
  EXPECT_EQ(address_of("[2001:db8::1]:53210"), "2001:db8::1");
  EXPECT_EQ(address_of("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(address_of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_of(""), "");
  EXPECT_EQ(address_of("["), "");
}

}  // namespace
}  // namespace tsunagu::trust
