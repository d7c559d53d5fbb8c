// Commands: from an attribute that somebody writes to what the device said of it.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "things/commands.h"
#include "things_store.h"

namespace tsunagu::things {
namespace {

const std::string kGate = "urn:ngsi-ld:Device:paddy:gate-1";
const std::string kPaddy = "urn:ngsi-ld:Paddy:1";

TEST(CommandText, IsWrittenAsFiwareDevicesReadIt) {
  EXPECT_EQ(command_payload(Format::kJson, "gate-1", "gate", "\"open\""), R"({"gate":"open"})");
  EXPECT_EQ(command_payload(Format::kUltraLight, "gate-1", "gate", "\"open\""), "gate-1@gate|open");
  EXPECT_EQ(command_payload(Format::kUltraLight, "g", "turn", R"({"left":30,"how":"slow|#"})"), "g@turn|left=30|how=slow  ");
}

TEST(CommandText, AnswersAreReadInBothForms) {
  auto one = read_command_answer(R"({"gate":"opened","fan":{"error":"jammed"}})");
  ASSERT_TRUE(one && one->size() == 2);
  EXPECT_EQ((*one)[0].result, "\"opened\"");
  EXPECT_FALSE((*one)[0].failed);
  EXPECT_TRUE((*one)[1].failed);
  one = read_command_answer("gate-1@gate|opened");
  ASSERT_TRUE(one && one->size() == 1);
  EXPECT_EQ((*one)[0].name, "gate");
  EXPECT_EQ((*one)[0].result, "\"opened\"");
  EXPECT_TRUE((*read_command_answer("g@gate|ERROR: jammed"))[0].failed);
  for (const char* wrong : {"", "{}", "[]", "{", "gate", "g@|x", "\xff@\xff|", "null"}) {
    EXPECT_FALSE(read_command_answer(wrong)) << wrong;
  }
}

class CommandsTest : public test::ThingsStore {
 protected:
  CommandsTest() {
    put(R"({"id":"urn:ngsi-ld:Device:paddy:gate-1","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
      "deviceAddress":{"type":"Property","value":"gate-1"},"commands":{"type":"Property","value":["gate"]},
      "controlledAsset":{"type":"Relationship","object":"urn:ngsi-ld:Paddy:1"}})");
  }
  ~CommandsTest() override { end(); }

  /// Commands over a line that does what the test says.
  void begin(bool with_line = true) {
    Commands::Options options;
    options.first_retry_ms = options.longest_retry_ms = 1;
    options.clock = [this] { return Instant{tsunagu::now().us + later_us}; };
    if (with_line) {
      options.send = [this](const Command& command, Commands::Sent sent) {
        const std::lock_guard lock(mutex_);
        sent_.emplace_back(command, std::move(sent));
        changed_.notify_all();
      };
    }
    commands = std::make_unique<Commands>(*store, *registry, options);
  }
  void end() {
    if (commands) commands->stop();
    commands.reset();
  }
  std::pair<Command, Commands::Sent> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !sent_.empty(); });
    auto one = std::move(sent_.front());
    sent_.pop_front();
    return one;
  }
  void ask(const std::string& entity, const std::string& json) {
    ngsi::Attribute wish = property(ngsi::core_context()->intern("gate"), json);
    std::promise<void> done;
    store->submit({store::EntityWrite{{}, entity, write_attributes(entity, {ngsi::core_context()->intern("Paddy")}, {wish})}},
                  [&](const std::vector<store::Outcome>&) { done.set_value(); });
    done.get_future().wait();
  }
  void report(const std::string& entity, const std::string& json) {
    ngsi::Attribute reported = property(ngsi::core_context()->intern("gate"), json);
    reported.observed_at = tsunagu::now();
    std::promise<void> done;
    store->submit({store::EntityWrite{{}, entity, write_attributes(entity, {}, {reported})}},
                  [&](const std::vector<store::Outcome>&) { done.set_value(); });
    done.get_future().wait();
  }
  void until_status(const std::string& entity, const std::string& status) {
    while (value(entity, "gate_status") != "\"" + status + "\"") std::this_thread::yield();
  }
  void answered(const std::string& payload, bool good = true) {
    std::promise<bool> done;
    commands->answer({}, kGate, *read_command_answer(payload), [&](const Result<void>& result) { done.set_value(bool(result)); });
    EXPECT_EQ(done.get_future().get(), good);
  }

  std::unique_ptr<Commands> commands;
  std::atomic<std::int64_t> later_us{0};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<Command, Commands::Sent>> sent_;
};

TEST_F(CommandsTest, PendingDeliveredExecuted) {
  begin();
  ask(kGate, "\"open\"");
  auto [command, sent] = next();
  EXPECT_EQ(command.group + "/" + command.address, "paddy/gate-1");
  EXPECT_EQ(command.value, "\"open\"");
  until_status(kGate, "pending");
  sent(Sending::kDelivered, "");
  until_status(kGate, "delivered");
  answered(R"({"gate":"opened"})");
  EXPECT_EQ(value(kGate, "gate_status"), "\"executed\"");
  EXPECT_EQ(value(kGate, "gate_info"), "\"opened\"");
  EXPECT_EQ(commands->under_way(), 0u);
}

TEST_F(CommandsTest, OnTheAssetItIsToldOnTheAsset) {
  begin();
  ask(kPaddy, "\"open\"");
  next().second(Sending::kDelivered, "");
  until_status(kPaddy, "delivered");
  answered(R"({"gate":{"error":"jammed"}})");
  EXPECT_EQ(value(kPaddy, "gate_status"), "\"failed\"");
}

TEST_F(CommandsTest, IsTriedAgainUntilItIsTakenAndThenNoMore) {
  begin();
  ask(kGate, "\"open\"");
  next().second(Sending::kLater, "the device is not connected");
  next().second(Sending::kLater, "the device is not connected");
  next().second(Sending::kDelivered, "");
  until_status(kGate, "delivered");
}

TEST_F(CommandsTest, ExpiresWhenItIsTooLate) {
  begin();
  ask(kGate, "\"open\"");
  next().second(Sending::kLater, "the device is not connected");
  later_us = 301'000'000;
  ask(kGate, "\"open\"");  // wakes it; it counts from when it was written, by the clock of the store
  until_status(kGate, "expired");
}

TEST_F(CommandsTest, ALaterWishTakesThePlaceOfTheEarlier) {
  begin();
  ask(kGate, "\"open\"");
  auto first = next();
  ask(kGate, "\"close\"");
  auto second = next();
  EXPECT_EQ(second.first.value, "\"close\"");
  first.second(Sending::kDelivered, "");
  second.second(Sending::kDelivered, "");
  until_status(kGate, "delivered");
  EXPECT_EQ(commands->under_way(), 1u);
}

TEST_F(CommandsTest, GoesOnAfterARestart) {
  begin(false);
  ask(kGate, "\"open\"");
  until_status(kGate, "pending");
  end();
  close();
  open();
  begin();
  EXPECT_EQ(next().first.value, "\"open\"");
}

TEST_F(CommandsTest, ADeviceMayAskForThem) {
  begin(false);
  ask(kGate, "\"open\"");
  until_status(kGate, "pending");
  std::vector<Command> all;
  while (all.empty()) all = commands->take({}, kGate);
  EXPECT_EQ(all[0].value, "\"open\"");
  EXPECT_TRUE(commands->take({}, kGate).empty());
  until_status(kGate, "delivered");
}

TEST_F(CommandsTest, WhatItReportsUnderTheSameNameIsNoCommand) {
  begin();
  report(kGate, "\"open\"");
  ask(kPaddy, "\"close\"");
  EXPECT_EQ(next().first.value, "\"close\"");
  answered(R"({"none":"x"})", false);
}

TEST_F(CommandsTest, WhatCannotBeSaidToTheDeviceHasFailed) {
  begin();
  ask(kGate, "\"ajar\"");
  next().second(Sending::kNever, "the gate has no such place");
  until_status(kGate, "failed");
  EXPECT_EQ(value(kGate, "gate_info"), "\"the gate has no such place\"");
  EXPECT_EQ(commands->under_way(), 0u);
}

TEST_F(CommandsTest, AReportOfTheDeviceDoesNotHideWhatBecomesOfTheCommand) {
  begin();
  ask(kGate, "\"open\"");
  auto [command, sent] = next();
  report(kGate, "\"closed\"");
  sent(Sending::kDelivered, "");
  until_status(kGate, "delivered");
  answered(R"({"gate":"opened"})");
  EXPECT_EQ(value(kGate, "gate_status"), "\"executed\"");
}

class LorawanCommandsTest : public CommandsTest {
 protected:
  LorawanCommandsTest() {
    put(R"({"id":"urn:ngsi-ld:Device:paddy:gate-1","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
      "deviceAddress":{"type":"Property","value":"gate-1"},"commands":{"type":"Property","value":["gate"]},
      "supportedProtocol":{"type":"Property","value":["LoRaWAN"]}})");
  }
};

TEST_F(LorawanCommandsTest, AreDeliveredWhenTheDeviceAcknowledgesAndExecutedWhenItReports) {
  begin();
  ask(kGate, "\"open\"");
  auto [command, sent] = next();
  EXPECT_EQ(command.ticket.size(), 36u);
  sent(Sending::kHandedOn, "the network server has it");
  while (value(kGate, "gate_info") != "\"the network server has it\"") std::this_thread::yield();
  EXPECT_EQ(value(kGate, "gate_status"), "\"pending\"");
  commands->heard({}, kGate, "another", Sending::kDelivered, "");
  commands->heard({}, kGate, command.ticket, Sending::kDelivered, "");
  until_status(kGate, "delivered");
  report(kGate, "\"closed\"");
  report(kGate, "\"open\"");
  until_status(kGate, "executed");
}

TEST_F(LorawanCommandsTest, AreTriedAgainWhenTheDeviceDidNotAcknowledge) {
  begin();
  ask(kGate, "\"open\"");
  auto [command, sent] = next();
  sent(Sending::kHandedOn, "the network server has it");
  while (!value(kGate, "gate_info").starts_with("\"the network")) std::this_thread::yield();
  commands->heard({}, kGate, command.ticket, Sending::kLater, "not acknowledged");
  EXPECT_EQ(next().first.ticket, command.ticket);
}

TEST_F(CommandsTest, WhatIsWithdrawnIsNotSentAnyMore) {
  begin();
  ask(kGate, "\"open\"");
  next().second(Sending::kLater, "the device is not connected");
  put(R"({"id":"urn:ngsi-ld:Device:paddy:gate-1","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
    "deviceAddress":{"type":"Property","value":"gate-1"},"commands":{"type":"Property","value":["gate"]}})");
  until_status(kGate, "expired");
  EXPECT_EQ(value(kGate, "gate_info"), "\"withdrawn before it was delivered\"");
  EXPECT_EQ(commands->under_way(), 0u);
}

TEST_F(CommandsTest, WhatItsAssetReportsWithdrawsNothing) {
  begin(false);
  ask(kGate, "\"open\"");
  until_status(kGate, "pending");
  put(R"({"id":"urn:ngsi-ld:Paddy:1","type":"Paddy","waterLevel":{"type":"Property","value":4}})");
  ask(kPaddy, "\"half\"");  // looked at after that
  until_status(kPaddy, "pending");
  EXPECT_EQ(value(kGate, "gate_status"), "\"pending\"");
}

TEST_F(CommandsTest, KnowsWhichChangesAskADevice) {
  begin(false);
  const auto before = store->find({}, kGate);
  EXPECT_FALSE(commands->asks({}, before.get(), *before));
  ask(kGate, "\"open\"");
  EXPECT_TRUE(commands->asks({}, before.get(), *store->find({}, kGate)));
  ask(kPaddy, "\"open\"");
  EXPECT_TRUE(commands->asks({}, nullptr, *store->find({}, kPaddy)));
}

}  // namespace
}  // namespace tsunagu::things
