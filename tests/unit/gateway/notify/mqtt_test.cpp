// Notifications over MQTT, against the broker mosquitto.
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/wait.h>

#include <condition_variable>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gateway/notify/mqtt_sender.h"
#include "gateway/notify/notifier.h"
#include "unit/gateway/notify/certificate.h"
#include "unit/gateway/notify/fake_source.h"
#include "unit/gateway/notify/sink.h"

namespace tsunagu::gateway::notify {
namespace {

const char* broker_program() {
  for (const char* path : {"/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/usr/bin/mosquitto"})
    if (std::filesystem::exists(path)) return path;
  return nullptr;
}

// mosquitto on a port of the loopback.
class Broker {
 public:
  explicit Broker(std::string settings = "allow_anonymous true\n", std::uint16_t port = 0) : port_(port) {
    if (port_ == 0) {
      const Sink taken([](Peer&) {});
      port_ = taken.port();
    }
    file_ = std::filesystem::temp_directory_path() / ("tsunagu_mosquitto_" + std::to_string(port_) + ".conf");
    std::ofstream(file_) << "listener " << port_ << " 127.0.0.1\n" << settings;
    int out[2];
    if (::pipe(out) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(out[1], 1);
      ::dup2(out[1], 2);
      ::close(out[0]);
      ::execl(broker_program(), "mosquitto", "-v", "-c", file_.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(out[1]);
    output_ = out[0];
    std::string said;
    char buffer[4096];
    while (said.find(" running") == std::string::npos) {
      const ssize_t n = ::read(output_, buffer, sizeof buffer);
      if (n <= 0) break;
      said.append(buffer, static_cast<std::size_t>(n));
    }
    drain_ = std::thread([this] {
      char text[4096];
      while (::read(output_, text, sizeof text) > 0) {
      }
    });
  }
  ~Broker() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    drain_.join();
    ::close(output_);
    std::filesystem::remove(file_);
  }
  std::uint16_t port() const { return port_; }

 private:
  std::uint16_t port_;
  std::filesystem::path file_;
  pid_t child_ = -1;
  int output_ = -1;
  std::thread drain_;
};

// Everything published below "t/".
class Listener {
 public:
  struct Message {
    std::string topic, body;
    int qos;
    bool retained;
  };
  explicit Listener(std::uint16_t port) {
    mosquitto_lib_init();
    client_ = mosquitto_new(nullptr, true, this);
    mosquitto_int_option(client_, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
      auto& me = *static_cast<Listener*>(self);
      const std::lock_guard lock(me.mutex_);
      me.messages_.push_back(
          {message->topic,
           std::string(static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)),
           message->qos, message->retain});
      me.changed_.notify_all();
    });
    mosquitto_connect_callback_set(
        client_, [](mosquitto* client, void*, int) { mosquitto_subscribe(client, nullptr, "t/#", 2); });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      auto& me = *static_cast<Listener*>(self);
      const std::lock_guard lock(me.mutex_);
      me.subscribed_ = true;
      me.changed_.notify_all();
    });
    mosquitto_connect(client_, "127.0.0.1", port, 30);
    mosquitto_loop_start(client_);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return subscribed_; });
  }
  ~Listener() {
    mosquitto_disconnect(client_);
    mosquitto_loop_stop(client_, true);
    mosquitto_destroy(client_);
  }
  std::vector<Message> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return messages_.size() >= n; });
    return messages_;
  }

 private:
  mosquitto* client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool subscribed_ = false;
  std::vector<Message> messages_;
};

class NotifyMqtt : public testing::Test {
 protected:
  void SetUp() override {
    if (broker_program() == nullptr) GTEST_SKIP() << "mosquitto is not installed";
  }
  void at(const std::string& subscription, const std::string& uri, const std::string& qos = "",
          const std::string& version = "") {
    broker::Endpoint endpoint;
    endpoint.uri = uri;
    endpoint.timeout = std::chrono::seconds(20);
    if (!qos.empty()) endpoint.notifier_info.emplace_back("MQTT-QoS", qos);
    if (!version.empty()) endpoint.notifier_info.emplace_back("MQTT-Version", version);
    source_.at(subscription, std::move(endpoint));
  }
  static NotifyOptions hasty() {
    NotifyOptions options;
    options.back_off.first = options.back_off.longest = std::chrono::milliseconds(1);
    return options;
  }
  void start(NotifyOptions options = hasty()) {
    auto started = Notifier::start(std::move(options), source_);
    ASSERT_TRUE(started) << started.error().detail;
    notifier_ = std::move(*started);
  }
  static std::string address(const Broker& broker) { return "127.0.0.1:" + std::to_string(broker.port()); }

  FakeSource source_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifyMqtt, EveryQualityAndVersion) {
  const Broker broker;
  Listener listener(broker.port());
  start();
  std::uint64_t row = 0;
  for (const std::string version : {"", "mqtt3.1.1", "mqtt5.0"}) {
    for (const std::string qos : {"", "0", "1", "2"}) {
      const std::string name = "t/" + version + "/" + qos;
      at(name, "mqtt://" + address(broker) + "/" + name, qos, version);
      notifier_->deliver({source_.notice(++row, name)});
      source_.wait_for("settled", row);
      const auto message = listener.wait_for(row).back();
      EXPECT_EQ(message.topic, name);
      EXPECT_EQ(message.body, std::to_string(row));
      EXPECT_EQ(message.qos, qos.empty() ? 0 : qos[0] - '0');
      EXPECT_FALSE(message.retained);
    }
  }
  for (const auto& event : source_.events("ended")) EXPECT_TRUE(event.delivered) << event.reason;
}

TEST_F(NotifyMqtt, ConnectsOnlyWhereTheOperatorAllows) {
  const Broker broker;
  Listener listener(broker.port());
  auto options = hasty();
  options.rules = *AddressRules::public_and({"127.0.0.1"});
  start(options);
  std::uint64_t row = 0;
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.0.0.1"}) {
    at(host, "mqtt://" + host + ":" + std::to_string(broker.port()) + "/t/" + host, "1");
    notifier_->deliver({source_.notice(++row, host)});
    source_.wait_for("settled", row);
    EXPECT_EQ(listener.wait_for(row).back().topic, "t/" + host);
  }
  options.rules = *AddressRules::public_and({"127.0.0.2"});
  notifier_.reset();
  start(options);
  for (const std::string host : {"127.0.0.1", "localhost", "2130706433", "0x7f.0.0.1"}) {
    notifier_->deliver({source_.notice(++row, host)});
    source_.wait_for("gave up", row - 4);
    const auto last = source_.events("gave up").back();
    EXPECT_EQ(last.attempts, 1u) << host;
    EXPECT_NE(last.reason.find("inside a network"), std::string::npos) << host << ": " << last.reason;
  }
}

TEST_F(NotifyMqtt, ManyInOrder) {
  const Broker broker;
  Listener listener(broker.port());
  at("s", "mqtt://user:word@" + address(broker) + "/t/many", "1");
  start();
  constexpr std::uint64_t kNotices = 2000;
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < kNotices; ++i)
    notices.push_back(source_.notice(i, "s", "urn:e:" + std::to_string(i % 50)));
  notifier_->deliver(std::move(notices));
  source_.wait_for("settled", kNotices);
  std::map<std::uint64_t, std::uint64_t> last;
  const auto messages = listener.wait_for(kNotices);
  EXPECT_EQ(messages.size(), kNotices);
  for (const auto& message : messages) {
    const std::uint64_t row = std::stoul(message.body);
    const auto [known, first] = last.try_emplace(row % 50, row);
    if (!first) {
      EXPECT_GT(row, known->second);
      known->second = row;
    }
  }
}

TEST_F(NotifyMqtt, ABrokerThatComesBack) {
  auto broker = std::make_unique<Broker>();
  const std::uint16_t port = broker->port();
  at("s", "mqtt://" + address(*broker) + "/t/x", "1");
  start();
  notifier_->deliver({source_.notice(1, "s")});
  source_.wait_for("settled");
  broker.reset();
  notifier_->deliver({source_.notice(2, "s")});
  source_.wait([](const auto& events) {
    return std::any_of(events.begin(), events.end(),
                       [](const auto& event) { return event.reason == "no connection: Connection refused"; });
  });
  broker = std::make_unique<Broker>("allow_anonymous true\n", port);
  source_.wait_for("settled", 2);
}

TEST_F(NotifyMqtt, ABrokerThatRefuses) {
  const Broker broker("allow_anonymous false\n");
  auto options = hasty();
  options.back_off.first = options.back_off.longest = std::chrono::hours(1);
  start(options);
  at("5", "mqtt://u:p@" + address(broker) + "/t/x", "1", "mqtt5.0");
  at("3", "mqtt://u:p@" + address(broker) + "/t/x", "1", "mqtt3.1.1");
  for (const char* version : {"5", "3"}) {
    const std::size_t before = source_.events("ended").size();
    notifier_->deliver({source_.notice(before, version)});
    source_.wait_for("ended", before + 1);
    EXPECT_TRUE(source_.events("ended").back().reason.starts_with("the broker refuses the connection: "))
        << source_.events("ended").back().reason;
  }
}

TEST_F(NotifyMqtt, ABrokerThatDoesNotAnswer) {
  Sink sink([](Peer& peer) { peer.wait_for_end(); });
  broker::Endpoint endpoint;
  endpoint.uri = "mqtt://127.0.0.1:" + std::to_string(sink.port()) + "/t/x";
  endpoint.timeout = std::chrono::milliseconds(1);
  source_.at("s", endpoint);
  auto options = hasty();
  options.back_off.first = options.back_off.longest = std::chrono::hours(1);
  start(options);
  notifier_->deliver({source_.notice(1, "s")});
  source_.wait_for("ended");
  EXPECT_EQ(source_.events("ended")[0].reason, "no connection to the broker within 0.001 s");
}

TEST_F(NotifyMqtt, OverTls) {
  const Certificate certificate("IP:127.0.0.1,DNS:localhost");
  const Broker broker("allow_anonymous true\ncertfile " + certificate.certificate_file + "\nkeyfile " +
                      certificate.key_file + "\n");
  at("s", "mqtts://" + address(broker) + "/t/x", "1");
  auto options = hasty();
  options.ca_file = certificate.certificate_file;
  start(options);
  notifier_->deliver({source_.notice(1, "s")});
  source_.wait_for("settled");
}

TEST_F(NotifyMqtt, RefusesABrokerWithAnUnknownCertificate) {
  const Certificate certificate("IP:127.0.0.1");
  const Broker broker("allow_anonymous true\ncertfile " + certificate.certificate_file + "\nkeyfile " +
                      certificate.key_file + "\n");
  at("s", "mqtts://" + address(broker) + "/t/x", "1");
  auto options = hasty();
  options.back_off.first = options.back_off.longest = std::chrono::hours(1);
  start(options);
  notifier_->deliver({source_.notice(1, "s")});
  source_.wait_for("ended");
  EXPECT_FALSE(source_.events("ended")[0].delivered);
}

TEST(MqttSettings, Defaults) {
  broker::Endpoint endpoint;
  EXPECT_EQ(mqtt_settings(endpoint).qos, 0);
  EXPECT_TRUE(mqtt_settings(endpoint).version5);
  endpoint.notifier_info = {{"MQTT-QoS", "7"}, {"MQTT-Version", "mqtt3.1.1"}, {"X", "y"}};
  EXPECT_EQ(mqtt_settings(endpoint).qos, 0);
  EXPECT_FALSE(mqtt_settings(endpoint).version5);
}

}  // namespace
}  // namespace tsunagu::gateway::notify
