// Who may see what of the audit log, and that looking is itself written down.
#include "gateway/trust/log_routes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <thread>

#include "gateway/guard/caller.h"
#include "gateway/trust/alert_routes.h"
#include "store/embedded.h"

namespace tsunagu::gateway {
namespace {

namespace fs = std::filesystem;
using trust::AuditKind;
using trust::AuditRecord;
using trust::SubjectKind;

/// "supervisor" may do everything, everybody else nothing that needs a right.
class OneMay final : public trust::Authority {
 public:
  trust::AccessPtr access(const trust::SubjectPtr& subject, store::TenantId, std::string_view) const override {
    return subject->account == "supervisor" ? trust::Access::everything() : nothing_;
  }
  std::uint64_t generation() const override { return 0; }

 private:
  const trust::AccessPtr nothing_ = std::make_shared<const trust::Access>();
};

struct AskedFor final : Request {
  std::string_view method() const override { return method_text; }
  std::string_view target() const override { return target_text; }
  std::string_view path() const override { return target().substr(0, target().find('?')); }
  std::string_view body() const override { return std::string_view(body_text).substr(0, body_size); }
  std::string_view header(std::string_view) const override { return {}; }
  bool has_header(std::string_view) const override { return false; }
  std::string_view peer() const override { return "192.0.2.1:1"; }
  std::string method_text, target_text, body_text;
  std::size_t body_size = 0;
};

/// Takes the answer, whole, also when it comes later or in pieces.
class Taken final : public Reply::Sink {
 public:
  void send(Response given) override { done_.set_value(std::move(given)); }
  void stream(Response given, std::unique_ptr<BodyStream> body) override {
    while (body->next(given.body)) {
    }
    send(std::move(given));
  }
  void live(Response given, std::unique_ptr<LiveStream>) override { send(std::move(given)); }
  void defer(std::function<void()> work) override { work(); }
  bool client_gone() const override { return false; }
  Response wait() { return done_.get_future().get(); }

 private:
  std::promise<Response> done_;
};

trust::SubjectPtr somebody(SubjectKind kind, std::string id, std::string account, std::string acts_for = "") {
  trust::Subject subject;
  subject.kind = kind;
  subject.id = std::move(id);
  subject.account = std::move(account);
  subject.name = "Demo " + subject.account;
  subject.acts_for = std::move(acts_for);
  return std::make_shared<const trust::Subject>(std::move(subject));
}

class LogRoutesTest : public ::testing::Test {
 protected:
  LogRoutesTest() {
    std::string name = (fs::temp_directory_path() / "tsunagu-log-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    store::EmbeddedOptions embedded;
    embedded.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(embedded)));
    trail = std::move(*trust::AuditTrail::open(folder / "trust", {}));
    while (!trail->ready()) std::this_thread::yield();
    alerts = std::make_unique<trust::Alerts>(*store);
    LogPeople people;
    people.in_charge_of = [](const trust::SubjectPtr& subject) {
      return subject->account == "guardian" ? std::vector<std::string>{kResident} : std::vector<std::string>();
    };
    people.purpose_title = [](std::string_view purpose) {
      return purpose == "care" ? R"({"ja":"診療","en":"Care"})" : "";
    };
    add_log_routes(router, document, {*trail, authority, *store, people});
    add_alert_routes(router, document, {*alerts, *trail, authority, *store});
  }
  ~LogRoutesTest() override {
    trail.reset();
    store->stop();
    fs::remove_all(folder);
  }

  Response ask(const trust::SubjectPtr& who, std::string target, std::string method = "GET", std::string body = "") {
    const auto request = std::make_shared<AskedFor>();
    request->method_text = std::move(method);
    request->target_text = std::move(target);
    request->body_size = body.size();
    request->body_text = body + std::string(64, ' ');
    request->set_caller(std::make_shared<const Caller>(Caller{who, "oversight"}));
    const auto sink = std::make_shared<Taken>();
    router.dispatch(request, Reply(sink));
    return sink->wait();
  }
  void look(const trust::SubjectPtr& who, std::vector<std::string> persons, std::vector<std::string> entities,
            AuditKind kind = AuditKind::kAccess) {
    AuditRecord record;
    record.kind = kind;
    record.subject = who;
    record.at = Instant{1'775'433'600'000'000 + ++clock * 1'000'000};
    record.action = "read";
    record.purpose = "care";
    record.rule = "care/treating";
    record.persons = std::move(persons);
    record.entities = std::move(entities);
    trail->record(std::move(record), {});
  }
  static std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }

  static constexpr const char* kResident = "urn:ngsi-ld:Resident:a";
  const trust::SubjectPtr supervisor = somebody(SubjectKind::kStaff, "urn:ngsi-ld:Staff:s", "supervisor");
  const trust::SubjectPtr nurse = somebody(SubjectKind::kStaff, "urn:ngsi-ld:Staff:n", "nurse");
  const trust::SubjectPtr resident = somebody(SubjectKind::kResident, kResident, "resident-a");
  const trust::SubjectPtr guardian = somebody(SubjectKind::kResident, "urn:ngsi-ld:Resident:g", "guardian");

  std::int64_t clock = 0;
  fs::path folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<trust::AuditTrail> trail;
  std::unique_ptr<trust::Alerts> alerts;
  OneMay authority;
  Router router;
  openapi::Document document;
};

TEST_F(LogRoutesTest, TheLogIsForThoseWithTheRight) {
  look(nurse, {kResident}, {"urn:ngsi-ld:CarePlan:1"});
  for (const char* target :
       {"/trust/log", "/trust/log.csv", "/trust/log.ndjson", "/trust/log/proof", "/trust/alerts"}) {
    EXPECT_EQ(ask(nurse, target).status, 403u) << target;
    EXPECT_EQ(ask(trust::nobody(), target).status, 403u) << target;
    EXPECT_EQ(ask(supervisor, target).status, 200u) << target;
  }
  const std::string page = ask(supervisor, "/trust/log?subject=nurse").body;
  EXPECT_EQ(count(page, "\"n\":"), 1u) << page;
  EXPECT_NE(page.find(R"("who":{"id":"urn:ngsi-ld:Staff:n","kind":"staff","name":"Demo nurse")"), std::string::npos)
      << page;
  EXPECT_NE(page.find(R"("purposeTitle":{"ja":"診療","en":"Care"})"), std::string::npos) << page;
}

TEST_F(LogRoutesTest, LookingIsWrittenDownBeforeItIsAnswered) {
  ask(supervisor, "/trust/log?person=" + std::string(kResident));
  ask(supervisor, "/trust/log.csv");
  const std::string mine = ask(resident, "/trust/log/mine").body;
  EXPECT_EQ(count(mine, R"("action":"log")"), 1u) << mine;
  EXPECT_NE(mine.find("Demo supervisor"), std::string::npos) << mine;
  const std::string all = ask(supervisor, "/trust/log?kind=operation").body;
  EXPECT_GE(count(all, R"("action":"log")"), 1u) << all;
}

TEST_F(LogRoutesTest, ResidentsSeeWhoLookedAndNothingOfOthers) {
  look(nurse, {kResident, "urn:ngsi-ld:Resident:b"},
       {kResident, "urn:ngsi-ld:Resident:b", "urn:ngsi-ld:CarePlan:of-b"});
  look(nurse, {"urn:ngsi-ld:Resident:b"}, {"urn:ngsi-ld:Resident:b"});
  const std::string mine = ask(resident, "/trust/log/mine").body;
  EXPECT_EQ(count(mine, "\"n\":"), 1u) << mine;
  EXPECT_EQ(mine.find("Resident:b"), std::string::npos) << mine;
  EXPECT_EQ(mine.find("of-b"), std::string::npos) << mine;
  EXPECT_NE(mine.find(R"("entities":[{"id":"urn:ngsi-ld:Resident:a","type":"Resident"}])"), std::string::npos) << mine;
  EXPECT_EQ(ask(trust::nobody(), "/trust/log/mine").status, 401u);
  EXPECT_EQ(ask(resident, "/trust/log/mine?person=urn:ngsi-ld:Resident:b").status, 403u);
  EXPECT_EQ(ask(guardian, "/trust/log/mine?person=" + std::string(kResident)).status, 200u);
  EXPECT_EQ(ask(nurse, "/trust/log/mine?person=" + std::string(kResident)).status, 403u);
  // That the guardian looked is in the log now.
  EXPECT_NE(ask(resident, "/trust/log/mine").body.find("Demo guardian"), std::string::npos);
}

TEST_F(LogRoutesTest, OwnLookupsAreOneLineADay) {
  for (int i = 0; i < 20; ++i) look(resident, {kResident}, {"urn:ngsi-ld:CarePlan:" + std::to_string(i % 3)});
  look(nurse, {kResident}, {});
  for (int i = 0; i < 5; ++i) look(resident, {kResident}, {});
  const std::string mine = ask(resident, "/trust/log/mine").body;
  EXPECT_EQ(count(mine, "\"n\":"), 3u) << mine;
  EXPECT_NE(mine.find(R"("own":true,"times":20)"), std::string::npos) << mine;
  EXPECT_NE(mine.find(R"("more":null)"), std::string::npos) << mine;
  const std::string first = ask(resident, "/trust/log/mine?limit=1").body;
  EXPECT_EQ(count(first, "\"n\":"), 1u) << first;
  const auto more = first.find("\"more\":") + 7;
  const std::string next =
      ask(resident, "/trust/log/mine?limit=1&before=" + first.substr(more, first.find(',', more) - more)).body;
  EXPECT_NE(next.find("Demo nurse"), std::string::npos) << next;
}

TEST_F(LogRoutesTest, AnExportIsWhole) {
  for (int i = 0; i < 350; ++i) look(nurse, {kResident}, {"urn:ngsi-ld:CarePlan:" + std::to_string(i)});
  const Response csv = ask(supervisor, "/trust/log.csv?subject=nurse");
  EXPECT_EQ(count(csv.body, "\r\n"), 351u);
  EXPECT_TRUE(csv.body.starts_with("\xEF\xBB\xBFn,at,kind,"));
  EXPECT_EQ(count(ask(supervisor, "/trust/log.ndjson?subject=nurse").body, "\n"), 350u);
}

TEST_F(LogRoutesTest, WrongQuestionsAreTold) {
  for (const char* target :
       {"/trust/log?limit=0", "/trust/log?limit=1001", "/trust/log?kind=none", "/trust/log?since=now",
        "/trust/log?before=-1", "/trust/log?colour=red", "/trust/log/mine?q=text", "/trust/log?person=%FF"}) {
    EXPECT_EQ(ask(supervisor, target).status, 400u) << target;
  }
}

TEST_F(LogRoutesTest, TheProofIsThatOfTheLog) {
  look(nurse, {kResident}, {});
  while (!trail->verified()) std::this_thread::yield();  // the first time, soon after the start
  const std::string proof = ask(supervisor, "/trust/log/proof").body;
  const auto at = proof.find("\"pin\":\"") + 7;
  const std::string pin = proof.substr(at, proof.find('"', at) - at);
  const auto colon = pin.find(':');
  trust::VerifyOptions options;
  options.pinned = trust::ChainEnd{std::stoull(pin.substr(0, colon)), *trust::digest_of(pin.substr(colon + 1))};
  const auto report = trust::verify_audit(folder / "trust" / "audit", {trail->log().key()}, options);
  EXPECT_TRUE(report) << report.error().detail;
  EXPECT_NE(proof.find(R"("intact":true)"), std::string::npos) << proof;
}

TEST_F(LogRoutesTest, AlertsAreSeenAndClosed) {
  trust::Alert alert;
  alert.id = "mass-reads-1";
  alert.kind = "mass-reads";
  alert.severity = "high";
  alert.subject = "urn:ngsi-ld:Staff:n";
  alert.at = Instant{1'775'433'600'000'000};
  alert.ja = "多い";
  alert.en = "many";
  alert.line = 7;
  alerts->tell(alert);
  const std::string path = "/trust/alerts/urn:ngsi-ld:SecurityAlert:mass-reads-1";
  // Writes are taken in order: behind this one the alert is there.
  EXPECT_EQ(ask(supervisor, path, "PATCH", R"({"status":"seen","note":"asked the nurse"})").status, 204u);
  alerts->tell(alert);
  EXPECT_EQ(ask(supervisor, path, "PATCH", R"({"note":"it was an exercise"})").status, 204u);
  const std::string list = ask(supervisor, "/trust/alerts?status=seen").body;
  EXPECT_EQ(list,
            R"([{"id":"urn:ngsi-ld:SecurityAlert:mass-reads-1","kind":"mass-reads","severity":"high","status":"seen",)"
            R"("detectedAt":"2026-04-06T00:00:00Z","subject":"urn:ngsi-ld:Staff:n","note":"it was an exercise",)"
            R"("handledBy":"urn:ngsi-ld:Staff:s","description":{"en":"many","ja":"多い"},"logLine":7}])");
  EXPECT_EQ(ask(supervisor, "/trust/alerts?status=open").body, "[]");
  EXPECT_EQ(ask(nurse, path, "PATCH", R"({"status":"closed"})").status, 403u);
  EXPECT_EQ(ask(supervisor, "/trust/alerts/urn:x:y", "PATCH", R"({"status":"closed"})").status, 404u);
  for (const char* body : {"", "[]", "{}", R"({"status":"gone"})", R"({"status":7})", R"({"colour":"red"})"}) {
    EXPECT_EQ(ask(supervisor, path, "PATCH", body).status, 400u) << body;
  }
}

}  // namespace
}  // namespace tsunagu::gateway
