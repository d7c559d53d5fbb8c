// The client against a server that does what each test says, packet by packet.
#include "gateway/mqtt/client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

namespace tsunagu::gateway::mqtt {
namespace {

/// A server with one connection at a time. Every call blocks until it has happened.
class ServerInTheTest {
 public:
  ServerInTheTest() : door_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(door_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(door_, 5), 0);
    ::getsockname(door_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~ServerInTheTest() {
    hang_up();
    ::close(door_);
  }
  std::uint16_t port() const { return port_; }

  void accept() {
    line_ = ::accept(door_, nullptr, nullptr);
    reader_ = PacketReader(1u << 20);
  }
  void hang_up() {
    if (line_ >= 0) ::close(line_);
    line_ = -1;
  }
  template <class P>
  P expect() {
    for (;;) {
      auto packet = reader_.next();
      if (!packet) {
        ADD_FAILURE() << packet.error().detail;
        return {};
      }
      if (*packet) {
        if (P* wanted = std::get_if<P>(&**packet)) return std::move(*wanted);
        ADD_FAILURE() << "packet " << (*packet)->index();
        return {};
      }
      char bytes[4096];
      const ssize_t got = ::recv(line_, bytes, sizeof bytes, 0);
      if (got <= 0) {
        ADD_FAILURE() << "the client hung up";
        return {};
      }
      reader_.add({bytes, static_cast<std::size_t>(got)});
    }
  }
  void say(const Packet& packet) {
    std::string bytes;
    append(bytes, Version::k5, packet);
    EXPECT_EQ(::send(line_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Accepts a client and its subscription.
  Connect welcome(bool session_present) {
    accept();
    Connect connect = expect<Connect>();
    say(Connack{session_present, 0, {}});
    const auto subscribe = expect<Subscribe>();
    say(Granted{PacketType::kSuback, subscribe.id, {}, {1}});
    return connect;
  }
  void deliver(std::uint16_t id, std::string payload, bool duplicate = false) {
    Publish publish;
    publish.topic = "t";
    publish.payload = std::move(payload);
    publish.qos = 1;
    publish.id = id;
    publish.duplicate = duplicate;
    say(publish);
  }

 private:
  int door_, line_ = -1;
  std::uint16_t port_ = 0;
  PacketReader reader_{1u << 20};
};

/// What the client hands over, kept until the test asks.
class Received {
 public:
  void operator()(Publish message, Acknowledge acknowledge) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(message), std::move(acknowledge));
    changed_.notify_all();
  }
  std::pair<Publish, Acknowledge> next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !waiting_.empty(); });
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    return one;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<Publish, Acknowledge>> waiting_;
};

struct Fixture {
  ServerInTheTest server;
  Received received;
  std::unique_ptr<Client> client;
  Fixture() {
    ClientOptions options;
    options.server.port = server.port();
    options.client_id = "test";
    options.filters = {"t"};
    options.first_wait_ms = 1;
    client = std::make_unique<Client>(
        options, [this](Publish message, Acknowledge done) { received(std::move(message), std::move(done)); }, nullptr);
    client->start();
  }
};

TEST(MqttClient, KeepsItsSessionAndNamesItself) {
  Fixture f;
  const Connect connect = f.server.welcome(false);
  EXPECT_FALSE(connect.clean_start);
  EXPECT_EQ(connect.client_id, "test");
  EXPECT_EQ(connect.properties.number(PropertyId::kSessionExpiry), 0xffffffffu);
  EXPECT_EQ(connect.properties.number(PropertyId::kReceiveMaximum), 65535u);
}

TEST(MqttClient, AcknowledgesWhenToldSoAndInTheOrderOfTheMessages) {
  Fixture f;
  f.server.welcome(false);
  for (std::uint16_t id = 1; id <= 3; ++id) f.server.deliver(id, std::to_string(id));
  auto one = f.received.next(), two = f.received.next(), three = f.received.next();
  EXPECT_EQ(two.first.payload, "2");
  EXPECT_EQ(f.client->state().waiting, 3u);
  three.second();
  two.second();
  one.second();
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 1);
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 2);
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 3);
}

TEST(MqttClient, WhatWasNotAcknowledgedComesAgainAndAnOldWordCountsForNothing) {
  Fixture f;
  f.server.welcome(false);
  f.server.deliver(7, "x");
  auto before = f.received.next();
  f.server.hang_up();
  f.server.welcome(true);
  before.second();  // of the connection that is gone
  f.server.deliver(7, "x", true);
  f.server.deliver(8, "y");
  auto again = f.received.next(), other = f.received.next();
  EXPECT_TRUE(again.first.duplicate);
  other.second();
  again.second();
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 7);
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 8);
  const ClientState state = f.client->state();
  EXPECT_EQ(state.outages.size(), 2u);
  EXPECT_FALSE(state.outages.back().session_lost);
  EXPECT_EQ(state.repeated, 1u);
}

TEST(MqttClient, TellsOfAServerThatForgotTheSession) {
  Fixture f;
  f.server.welcome(false);
  f.server.hang_up();
  f.server.welcome(false);
  f.server.deliver(1, "x");
  f.received.next();
  EXPECT_TRUE(f.client->state().outages.back().session_lost);
}

TEST(MqttClient, SendsAgainWhatTheServerDidNotAcknowledge) {
  Fixture f;
  f.server.welcome(false);
  std::promise<Result<std::uint8_t>> answered;
  Publish command;
  command.topic = "/paddy/1/cmd";
  command.payload = "{}";
  command.qos = 1;
  f.client->publish(command, [&](Result<std::uint8_t> reason) { answered.set_value(std::move(reason)); });
  const auto first = f.server.expect<Publish>();
  EXPECT_FALSE(first.duplicate);
  f.server.hang_up();
  f.server.welcome(true);
  const auto second = f.server.expect<Publish>();
  EXPECT_TRUE(second.duplicate);
  EXPECT_EQ(second.payload, "{}");
  f.server.say(Acknowledgement{PacketType::kPuback, second.id, 0x10, {}});
  EXPECT_EQ(answered.get_future().get().value(), 0x10);
}

TEST(MqttClient, SaysGoodbyeAfterTheLastAcknowledgement) {
  Fixture f;
  f.server.welcome(false);
  f.server.deliver(1, "x");
  f.received.next().second();
  std::thread stops([&] { f.client->stop(); });
  EXPECT_EQ(f.server.expect<Acknowledgement>().id, 1);
  EXPECT_EQ(f.server.expect<Farewell>().reason, 0);
  stops.join();
  std::promise<bool> refused;
  f.client->publish({}, [&](const Result<std::uint8_t>& reason) { refused.set_value(!reason); });
  EXPECT_TRUE(refused.get_future().get());
}

TEST(MqttClient, SpeaksTheOlderVersionWithWhoKnowsNoOther) {
  Fixture f;
  f.server.accept();
  EXPECT_EQ(f.server.expect<Connect>().version, Version::k5);
  f.server.say(Connack{false, 0x84, {}});
  f.server.hang_up();
  f.server.accept();
  EXPECT_EQ(f.server.expect<Connect>().version, Version::k311);
}

TEST(MqttBrokerUrl, IsReadInAllItsForms) {
  const auto url = read_broker_url("mqtts://tsunagu:s:cret@mqtt.example.jp:9883");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->server.tls);
  EXPECT_EQ(url->server.host, "mqtt.example.jp");
  EXPECT_EQ(url->server.port, 9883);
  EXPECT_EQ(url->user, "tsunagu");
  EXPECT_EQ(url->password, "s:cret");
  EXPECT_EQ(read_broker_url("localhost")->server.port, 1883);
  EXPECT_EQ(read_broker_url("mqtts://[::1]")->server.host, "::1");
  EXPECT_EQ(read_broker_url("mqtts://[::1]")->server.port, 8883);
  for (const char* wrong : {"", "mqtt://", "http://x/y", "x:0", "x:99999", "[::1"})
    EXPECT_FALSE(read_broker_url(wrong)) << wrong;
}

}  // namespace
}  // namespace tsunagu::gateway::mqtt
