// Records are printed, written, and read again as they were.
#include "trust/audit/trail.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;

AuditRecord sample() {
  Subject nurse;
  nurse.kind = SubjectKind::kStaff;
  nurse.id = "urn:ngsi-ld:Staff:nurse-a";
  nurse.name = "デモ看護師A";
  nurse.account = "nurse";
  nurse.session = "s1";
  nurse.assurance = Assurance::kStrong;
  AuditRecord record;
  record.subject = std::make_shared<const Subject>(nurse);
  record.action = "read";
  record.purpose = "care";
  record.tenant = "sapporo";
  record.rule = "care/treats urn:ngsi-ld:AccessRelation:1";
  record.request = "GET /ngsi-ld/v1/entities/urn:ngsi-ld:CarePlan:1";
  record.peer = "127.0.0.1";
  record.outcome = "ok";
  record.persons = {"urn:ngsi-ld:Resident:a", "urn:ngsi-ld:Resident:b"};
  record.entities = {"urn:ngsi-ld:CarePlan:1"};
  record.count = 1;
  record.attributes = {"https://example.org/plan"};
  record.detail = "a \"quoted\"\nline";
  return record;
}

TEST(AuditRecords, AreReadAsTheyWerePrinted) {
  const AuditRecord record = sample();
  const std::string json = print(record);
  const auto read = read_record(json, Instant{5});
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(print(*read), json);
  EXPECT_EQ(read->at, Instant{5});
  EXPECT_EQ(read->persons, record.persons);
  EXPECT_EQ(read->subject->name, record.subject->name);
  EXPECT_EQ(read->subject->assurance, Assurance::kStrong);
  EXPECT_EQ(read->detail, record.detail);
  EXPECT_EQ(print(AuditRecord()), R"({"kind":"access","subject":{"kind":"anonymous"}})");
}

TEST(AuditRecords, AreJsonWhateverIsInThem) {
  AuditRecord record;
  record.request = "GET /\xff\n{";
  const auto read = read_record(print(record), Instant{});
  ASSERT_TRUE(read);
  EXPECT_EQ(read->request, "GET /\xEF\xBF\xBD\n{");
  for (const char* wrong : {"", "{", "[]", "7", "{\"kind\":}", "{\"kind\" \"a\"}"}) {
    EXPECT_FALSE(read_record(wrong, Instant{})) << wrong;
  }
}

class Trail : public ::testing::Test {
 protected:
  Trail() {
    std::string name = (fs::temp_directory_path() / "tsunagu-trail-XXXXXX").string();
    root = ::mkdtemp(name.data());
    fs::remove(root);
  }
  ~Trail() override { fs::remove_all(root); }

  std::unique_ptr<AuditTrail> open(AuditTrail::Options options = {}) {
    auto trail = AuditTrail::open(root, std::move(options));
    if (!trail) ADD_FAILURE() << trail.error().detail;
    return trail ? std::move(*trail) : nullptr;
  }
  static Result<void> write(AuditTrail& trail, AuditRecord record) {
    std::promise<Result<void>> done;
    trail.record(std::move(record), [&](Result<void> result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  }

  fs::path root;
};

TEST_F(Trail, VeryManyPersonsAreSeveralRecordsAndNobodyIsLeftOut) {
  for (const int sync : {0, 50}) {
    AuditTrail::Options options;
    options.log.sync = std::chrono::milliseconds(sync);
    AuditRecord record = sample();
    record.persons.clear();
    for (int i = 0; i < 12'001; ++i) record.persons.push_back("urn:ngsi-ld:Resident:" + std::to_string(i));
    EXPECT_TRUE(write(*open(options), record));
    std::size_t persons = 0;
    const auto key = SigningKey::open_or_make(root / "signing.pem");
    const auto each = [&](const Line& line, RecordReader& reader) { persons += reader.read(line.json, Instant{})->persons.size(); };
    const auto report = verify_audit(root / "audit", {*key}, {.pinned = {}, .each = each});
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_EQ(report->records, 3u);
    EXPECT_EQ(persons, 12'001u);
    fs::remove_all(root);
  }
}

TEST_F(Trail, ItsFolderIsNobodyElses) {
  open();
  EXPECT_EQ(fs::status(root).permissions(), fs::perms::owner_all);
}

AuditRecord look(int person, int staff, std::int64_t at_us, AuditKind kind = AuditKind::kAccess) {
  Subject who;
  who.kind = SubjectKind::kStaff;
  who.id = "urn:ngsi-ld:Staff:" + std::to_string(staff);
  who.account = "staff-" + std::to_string(staff);
  AuditRecord record;
  record.kind = kind;
  record.subject = std::make_shared<const Subject>(who);
  record.at = Instant{at_us};
  record.action = "read";
  record.persons = {"urn:ngsi-ld:Resident:" + std::to_string(person)};
  return record;
}

TEST_F(Trail, FindsByPersonSubjectKindTextAndTime) {
  AuditTrail::Options options;
  options.log.segment_bytes = 20'000;  // several files
  const auto check = [](AuditTrail& trail) {
    const auto count = [&](AuditQuery query) {
      query.limit = 1000;
      return trail.search(query).events.size();
    };
    AuditQuery query;
    query.person = "urn:ngsi-ld:Resident:3";
    EXPECT_EQ(count(query), 30u);
    query = {};
    for (const char* subject : {"urn:ngsi-ld:Staff:2", "staff-2"}) {
      query.subject = subject;
      EXPECT_EQ(count(query), 60u);
    }
    query = {};
    query.kind = AuditKind::kDenied;
    EXPECT_EQ(count(query), 6u);
    query.text = "STAFF-0";
    EXPECT_EQ(count(query), 6u);
    query.text = "staff-4";
    EXPECT_EQ(count(query), 0u);
    query = {};
    query.person = "urn:ngsi-ld:Resident:3";
    query.subject = "staff-3";
    query.since = Instant{100'000'000};
    query.until = Instant{200'000'000};
    EXPECT_EQ(count(query), 10u);
    query.tenant = "other";
    EXPECT_EQ(count(query), 0u);
    query = {};
    query.person = "nobody";
    EXPECT_EQ(count(query), 0u);
  };
  {
    auto trail = open(options);
    for (int i = 0; i < 300; ++i) {
      const auto kind = i % 50 == 0 ? AuditKind::kDenied : AuditKind::kAccess;
      EXPECT_TRUE(write(*trail, look(i % 10, i % 5, i * 1'000'000LL, kind)));
    }
    trail->settle();
    while (!trail->ready()) std::this_thread::yield();
    check(*trail);
  }
  auto trail = open(options);
  while (!trail->ready()) std::this_thread::yield();
  check(*trail);
  EXPECT_TRUE(write(*trail, look(77, 1, 0)));
  AuditQuery query;
  query.person = "urn:ngsi-ld:Resident:77";
  EXPECT_EQ(trail->search(query).events.size(), 1u);
}

TEST_F(Trail, PagesFollowOneAnotherWithoutGapOrRepetition) {
  AuditTrail::Options options;
  options.log.segment_bytes = 5'000;
  auto trail = open(options);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(write(*trail, look(i % 2, 0, i)));
  while (!trail->ready()) std::this_thread::yield();
  for (const bool tight : {false, true}) {
    AuditQuery query;
    query.person = "urn:ngsi-ld:Resident:1";
    query.limit = 7;
    if (tight) query.budget = 700;  // bytes: a record or two at a time
    std::vector<std::int64_t> seen;
    do {
      const AuditPage page = trail->search(query);
      for (const AuditEvent& event : page.events) seen.push_back(event.record.at.us);
      query.before = page.before;
    } while (query.before != 0);
    ASSERT_EQ(seen.size(), 50u);
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<std::int64_t>(99 - 2 * i));
  }
}

TEST_F(Trail, TellsEveryRecordOnceAndAfterAStartAgain) {
  std::vector<std::int64_t> seen;
  AuditTrail::Options options;
  options.each = [&](const AuditEvent& event) { seen.push_back(event.record.at.us); };
  for (int round = 0; round < 2; ++round) {
    auto trail = open(options);
    EXPECT_TRUE(write(*trail, look(1, 1, round)));
    trail->settle();
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 0, 1}));
}

TEST_F(Trail, SaysThatTheLogWasAltered) {
  { EXPECT_TRUE(write(*open(), look(1, 1, 0))); }
  const fs::path file = root / "audit" / "00000000000000000001.log";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  bytes.replace(bytes.find("staff-1"), 7, "staff-2");
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  std::promise<std::string> fault;
  AuditTrail::Options options;
  options.altered = [&](const std::string& what) { fault.set_value(what); };
  auto trail = open(options);
  EXPECT_NE(fault.get_future().get().find("log:2:"), std::string::npos);
}

TEST_F(Trail, WhatIsCommonIsWrittenOnceAFileAndReadWithEveryRecord) {
  AuditRecord other = sample();
  other.entities = {"urn:ngsi-ld:CarePlan:2"};
  other.detail.clear();
  AuditRecord later = sample();
  later.rule = "care/other";
  {
    auto trail = open();
    for (const AuditRecord& record : {sample(), other, later, other}) ASSERT_TRUE(write(*trail, record));
    while (!trail->ready()) std::this_thread::yield();
    AuditQuery by_name;
    by_name.text = "デモ看護師A";
    EXPECT_EQ(trail->search(by_name).events.size(), 4u);
  }
  const auto file = segments(root / "audit").front().path;
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const auto count = [&](std::string_view text) {
    std::size_t n = 0;
    for (std::size_t at = bytes.find(text); at != std::string::npos; at = bytes.find(text, at + 1)) ++n;
    return n;
  };
  EXPECT_EQ(count("デモ看護師A"), 2u);
  EXPECT_EQ(count("\"as\":"), 2u);
  auto trail = open();
  ASSERT_TRUE(write(*trail, other));
  trail->settle();
  AuditQuery query;
  query.subject = "nurse";
  const auto page = trail->search(query);
  ASSERT_EQ(page.events.size(), 5u);
  for (const std::size_t i : {0u, 1u, 3u}) EXPECT_EQ(print(page.events[i].record), print(other)) << i;
  EXPECT_EQ(print(page.events[2].record), print(later));
  EXPECT_EQ(print(page.events[4].record), print(sample()));
}

TEST_F(Trail, AReferenceToNothingIsAnError) {
  {
    auto trail = open();
    ASSERT_TRUE(write(*trail, sample()));
    ASSERT_TRUE(write(*trail, sample()));
  }
  RecordReader reader(segments(root / "audit").front().path);
  for (const char* wrong : {R"({"as":0})", R"({"as":1})", R"({"as":99999999})", R"({"as":-1})", R"({"as":})",
                            R"({"as":"x"})", R"({"as":18446744073709551616,"count":1})"}) {
    EXPECT_FALSE(reader.read(wrong, Instant{})) << wrong;
  }
}

TEST_F(Trail, OfVeryManyRecordsTheNewestAreFound) {
  AuditTrail::Options options;
  options.log.segment_bytes = 5'000;
  options.indexed = 40;
  auto trail = open(options);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(write(*trail, look(1, 1, i)));
  while (!trail->ready()) std::this_thread::yield();
  AuditQuery query;
  query.limit = 1000;
  const auto page = trail->search(query);
  EXPECT_GE(page.events.size(), 40u);
  EXPECT_LT(page.events.size(), 100u);
  EXPECT_EQ(page.events.front().record.at.us, 199);
}

TEST(AuditKeep, TakesShortAndIsoForms) {
  EXPECT_EQ(parse_keep("10y")->months, 120);
  EXPECT_EQ(parse_keep("P10Y")->months, 120);
  EXPECT_EQ(parse_keep("18m")->months, 18);
  EXPECT_EQ(parse_keep("90d")->us, 90LL * 86'400'000'000);
  for (const char* wrong : {"", "10", "y", "-1y", "0d", "9999y", "ten years"}) EXPECT_FALSE(parse_keep(wrong)) << wrong;
}

}  // namespace
}  // namespace tsunagu::trust
