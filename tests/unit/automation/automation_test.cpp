// Rules at work on a store: simulated time, what their owner may not do, webhooks, what was missed.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>

#include "automation/automation.h"
#include "ngsi/json_walk.h"
#include "rule_sample.h"
#include "store/embedded.h"
#include "trust/policy/authority.h"
#include "trust/policy/policy_entity.h"

namespace tsunagu::automation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What was recorded, as "rule event cause", in the order of writing.
class Recorded final : public store::Watcher {
 public:
  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void failed() override {}
  void committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    for (const store::EntityChange& change : changes) {
      if (!change.after || !change.after->has_type(ngsi::core_context()->intern(kRecordType))) continue;
      const std::string_view json = change.after->find(ngsi::core_context()->intern("record")).value();
      const auto text = [&](std::string_view name) { return json_string_text(ngsi::walk::member(json, name)); };
      told.push_back(text("rule") + " " + text("event") + " " + text("cause"));
      whole.emplace_back(json);
    }
    changed_.notify_all();
  }
  /// Waits for an event: a minute is for machines that hang.
  std::vector<std::string> wait(std::size_t n) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::minutes(1), [&] { return told.size() >= n; }));
    return told;
  }
  std::vector<std::string> told, whole;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class AtWork : public ::testing::Test {
 protected:
  AtWork() {
    std::string name = (std::filesystem::temp_directory_path() / "tsunagu-automation-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
    store->watch(recorded);
  }
  ~AtWork() override {
    automation.reset();
    store->unwatch(recorded);
    store->stop();
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void start(const trust::Authority& authority, AutomationOptions options = {}) {
    automation = std::make_unique<Automation>(*store, authority, std::move(options));
    automation->start();
  }
  void put(const std::string& json) {
    const ngsi::RecordPtr record = entity_of(json);
    submit(store::EntityWrite{{}, std::string(record->id()), [record](const ngsi::Record*, Instant at) -> Result<store::Decision> {
                                return store::Put{ngsi::stamped(*record, at)};
                              }});
  }
  void submit(store::Write write) {
    std::promise<void> done;
    std::vector<store::Write> writes;
    writes.push_back(std::move(write));
    store->submit(std::move(writes), [&](std::vector<store::Outcome> outcomes) {
      EXPECT_TRUE(outcomes[0].result) << outcomes[0].result.error().detail;
      done.set_value();
    });
    done.get_future().get();
  }
  void rule(const std::string& name, const std::string& members, trust::SubjectPtr owner = trust::everybody()) {
    const std::string text = "[[rule]]\nname = \"" + name + "\"\ntitle = { en = \"" + name + "\" }\n" + members;
    const auto rules = read_rules(text, name);
    ASSERT_TRUE(rules) << rules.error().detail;
    std::promise<Result<RuleInfo>> done;
    automation->put({}, rules->front(), text, true, std::nullopt, {std::move(owner), ""},
                    [&](Result<RuleInfo> info) { done.set_value(std::move(info)); });
    const auto info = done.get_future().get();
    EXPECT_TRUE(info) << info.error().detail;
  }
  std::string value(const std::string& id, const std::string& attribute) {
    const auto record = store->find({}, id);
    const auto view = record ? record->find(ngsi::core_context()->intern(attribute)) : ngsi::AttributeView(nullptr);
    return view.data() == nullptr ? "-" : std::string(view.value());
  }
  static std::string simulated(int number, double level, Instant seen) {
    return R"({"id":"urn:ngsi-ld:AgriParcel:)" + std::to_string(number) +
           R"(","type":"AgriParcel","simulated":{"type":"Property","value":true},"waterLevel":{"type":"Property","value":)" +
           std::to_string(level) + R"(,"observedAt":")" + to_string(seen) + "\"}}";
  }

  std::filesystem::path folder;
  std::unique_ptr<store::Store> store;
  Recorded recorded;
  trust::OpenAuthority open;
  std::unique_ptr<Automation> automation;
};

TEST_F(AtWork, SimulatedEntitiesGoByTheTimeOfTheirSimulation) {
  start(open);
  rule("fill", "types = [\"AgriParcel\"]\nif = \"waterLevel<4\"\nfor = \"PT10M\"\nhours = \"03:00-07:00\"\n"
               "then = [{ set = \"gate\", value = \"open\" }]\nended = [{ set = \"gate\", value = \"close\" }]\n"
               "safety = { signal = [\"waterLevel\"], lost_after = \"PT30M\" }\n");
  rule("noon", "types = [\"AgriParcel\"]\ntrigger = { at = [\"12:00\"] }\nthen = [{ set = \"noon\", value = true }]\n");
  put(simulated(1, 3, at("05:00")));  // long ago, by the clock of this machine
  put(simulated(2, 9, at("05:05")));
  EXPECT_TRUE(recorded.told.empty());
  put(simulated(1, 3, at("05:10")));
  EXPECT_THAT(recorded.wait(1), ElementsAre("fill fired condition"));
  EXPECT_EQ(value("urn:ngsi-ld:AgriParcel:1", "gate"), "\"open\"");
  // The first is silent from now on; the time of the simulation goes on by what others say.
  put(simulated(2, 9, at("05:40")));
  EXPECT_THAT(recorded.wait(2), ElementsAre("fill fired condition", "fill safe signalLost"));
  put(simulated(2, 9, at("12:01")));
  const auto all = recorded.wait(4);
  EXPECT_EQ(std::count(all.begin(), all.end(), "noon fired time"), 2);
  EXPECT_EQ(value("urn:ngsi-ld:AgriParcel:1", "noon"), "true");
}

TEST_F(AtWork, ARuleMayOnlyWhatItsOwnerMay) {
  const std::string policy =
      "[[rule]]\nname = \"lakes\"\nkind = [\"staff\"]\ntypes = [\"Lake\"]\nallow = [\"read\", \"update\"]\n";
  submit(trust::write_policy({}, "p", policy, std::nullopt));
  const trust::PolicyAuthority authority(*store);
  auto staff = std::make_shared<trust::Subject>();
  staff->kind = trust::SubjectKind::kStaff;
  staff->id = "urn:ngsi-ld:Staff:1";
  put(R"({"id":"urn:ngsi-ld:Person:1","type":"Person","depth":1})");
  put(R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","depth":9,"of":{"type":"Relationship","object":"urn:ngsi-ld:Person:1"}})");
  start(authority);
  rule("blind", "types = [\"Person\"]\nif = \"depth<5\"\nthen = [{ set = \"seen\", value = true }]\n", staff);
  rule("reach", "types = [\"Lake\"]\nif = \"depth<5\"\nthen = [{ set = \"seen\", value = true }, { set = \"seen\", value = true, target = \"of\" }]\n",
       staff);
  put(R"({"id":"urn:ngsi-ld:Person:1","type":"Person","depth":2})");
  put(R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","depth":2,"of":{"type":"Relationship","object":"urn:ngsi-ld:Person:1"}})");
  EXPECT_THAT(recorded.wait(1), ElementsAre("reach fired condition"));
  EXPECT_EQ(value("urn:ngsi-ld:Lake:1", "seen"), "true");
  EXPECT_EQ(value("urn:ngsi-ld:Person:1", "seen"), "-");
  EXPECT_THAT(recorded.whole[0], HasSubstr("\"ok\":false"));
  automation.reset();
}

TEST_F(AtWork, AChangeOfALinkedEntityTriggers) {
  const auto gate = [](const std::string& state) {
    return R"({"id":"urn:ngsi-ld:Device:1","type":"Device","deviceState":")" + state + "\"}";
  };
  put(gate("closed"));
  put(R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","refGate":{"type":"Relationship","object":"urn:ngsi-ld:Device:1"}})");
  put(R"({"id":"urn:ngsi-ld:Lake:2","type":"Lake","refGate":{"type":"Relationship","object":"urn:ngsi-ld:Device:2"}})");
  start(open);
  rule("leak", "types = [\"Lake\"]\nif = \"refGate{deviceState}==\\\"open\\\"\"\nthen = [{ set = \"leaks\", value = true }]\n"
               "ended = [{ set = \"leaks\", value = false }]\n");
  rule("told", "types = [\"Lake\"]\ntrigger = { change = [\"depth\"] }\nif = \"refGate{deviceState}==\\\"open\\\"\"\n"
               "then = [{ set = \"told\", value = true }]\n");
  put(gate("open"));
  EXPECT_THAT(recorded.wait(1), ElementsAre("leak fired condition"));
  EXPECT_EQ(value("urn:ngsi-ld:Lake:1", "leaks"), "true");
  EXPECT_EQ(value("urn:ngsi-ld:Lake:2", "leaks"), "-");
  put(gate("closed"));
  EXPECT_THAT(recorded.wait(2), ElementsAre("leak fired condition", "leak ended condition"));
  EXPECT_EQ(value("urn:ngsi-ld:Lake:1", "leaks"), "false");
  EXPECT_EQ(value("urn:ngsi-ld:Lake:1", "told"), "-") << "it says itself what triggers it";
}

TEST_F(AtWork, ALoopThroughALinkedEntityIsStopped) {
  put(R"({"id":"urn:ngsi-ld:Device:1","type":"Device","turns":0})");
  put(R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","refGate":{"type":"Relationship","object":"urn:ngsi-ld:Device:1"}})");
  start(open);
  const auto turn = [&](const std::string& name, int from, int to) {
    rule(name, "types = [\"Lake\"]\nif = \"refGate{turns}==" + std::to_string(from) + "\"\nthen = [{ set = \"turns\", value = " +
                   std::to_string(to) + ", target = \"refGate\" }]\n");
  };
  turn("back", 1, 0);
  turn("forth", 0, 1);
  for (std::size_t n = 1;; ++n) {
    const auto all = recorded.wait(n);
    ASSERT_LT(n, 40u);
    if (std::find_if(all.begin(), all.end(), [](const auto& each) { return each.ends_with("refused loop"); }) != all.end()) break;
  }
  EXPECT_TRUE(!automation->rule({}, "back")->kept.on || !automation->rule({}, "forth")->kept.on);
}

TEST_F(AtWork, WhatWasDoneByHandHoldsOverARestart) {
  const auto lake = [](int depth, const std::string& gate) {
    return R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","depth":)" + std::to_string(depth) + R"(,"gate":")" + gate + "\"}";
  };
  put(lake(9, "closed"));
  start(open);
  rule("fill", "types = [\"Lake\"]\nif = \"depth<5\"\nthen = [{ set = \"gate\", value = \"open\" }]\n"
               "ended = [{ set = \"gate\", value = \"closed\" }]\nsafety = { manual = \"PT6H\" }\n");
  put(lake(2, "ajar"));
  EXPECT_THAT(recorded.wait(1), ElementsAre("fill refused manual"));
  automation.reset();
  start(open);
  EXPECT_THAT(recorded.wait(2), ElementsAre("fill refused manual", "fill refused manual"));
  EXPECT_EQ(value("urn:ngsi-ld:Lake:1", "gate"), "\"ajar\"");
}

TEST_F(AtWork, LooksAnewAtEverythingWhenItMissedChanges) {
  AutomationOptions options;
  options.max_waiting = 1;  // every second change of one commit is one too many
  start(open, std::move(options));
  rule("fill", "types = [\"Lake\"]\nif = \"depth<5\"\nthen = [{ set = \"seen\", value = true }]\n");
  std::vector<store::Write> writes;
  for (int i = 0; i < 20; ++i) {
    const auto record = entity_of(R"({"id":"urn:ngsi-ld:Lake:)" + std::to_string(i) + R"(","type":"Lake","depth":2})");
    writes.emplace_back(store::EntityWrite{{}, std::string(record->id()), [record](const ngsi::Record*, Instant at) -> Result<store::Decision> {
                                             return store::Put{ngsi::stamped(*record, at)};
                                           }});
  }
  store->submit(std::move(writes), [](std::vector<store::Outcome>) {});
  recorded.wait(20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(value("urn:ngsi-ld:Lake:" + std::to_string(i), "seen"), "true") << i;
}

TEST_F(AtWork, RecordsWhatIsUnderWayWhenItStops) {
  AutomationOptions options;
  options.webhook = [](std::string, std::string, std::function<void(std::string)> done) { done("nobody answers"); };
  start(open, std::move(options));
  put(R"({"id":"urn:ngsi-ld:Lake:1","type":"Lake","depth":2})");
  rule("call", "types = [\"Lake\"]\nif = \"depth<5\"\nthen = [{ webhook = \"http://127.0.0.1/x\" }]\n");
  automation->stop();
  EXPECT_THAT(recorded.wait(1), ElementsAre("call fired condition"));
  EXPECT_THAT(recorded.whole[0], HasSubstr("nobody answers"));
}

}  // namespace
}  // namespace tsunagu::automation
