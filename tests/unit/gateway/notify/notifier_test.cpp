#include "gateway/notify/notifier.h"

#include <future>

#include "unit/gateway/notify/fake_source.h"
#include "unit/gateway/notify/sink.h"

namespace tsunagu::gateway::notify {
namespace {

using std::chrono::milliseconds;

// Pauses that end at once: what is tested is what happens, not how long it takes.
NotifyOptions hasty() {
  NotifyOptions options;
  options.back_off.first = milliseconds(1);
  options.back_off.longest = milliseconds(2);
  return options;
}
NotifyOptions patient() {
  NotifyOptions options;
  options.back_off.first = options.back_off.longest = std::chrono::hours(1);
  return options;
}

// What a sink was sent, in order of arrival.
class Received {
 public:
  void add(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    came_.notify_all();
  }
  std::vector<std::string> wait_for(std::size_t n) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return requests_.size() >= n; });
    return requests_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> requests_;
};

Sink::Serve good(Received& received) {
  return [&received](Peer& peer) {
    while (const auto request = peer.request()) {
      received.add(*request);
      if (!peer.ok()) return;
    }
  };
}

class NotifierTest : public testing::Test {
 protected:
  Notifier& start(NotifyOptions options = hasty()) {
    auto started = Notifier::start(std::move(options), source_);
    EXPECT_TRUE(started) << started.error().detail;
    notifier_ = std::move(*started);
    return *notifier_;
  }
  void deliver(broker::Notice notice) {
    std::vector<broker::Notice> one;
    one.push_back(std::move(notice));
    notifier_->deliver(std::move(one));
  }
  std::string reason_of_failure() {
    source_.wait([](const auto& events) {
      return std::any_of(events.begin(), events.end(),
                         [](const auto& event) { return event.what == "ended" && !event.delivered; });
    });
    for (const auto& event : source_.events("ended"))
      if (!event.delivered) return event.reason;
    return "";
  }
  // That a single attempt fails with what it returns.
  std::string failure_at(const std::string& uri, milliseconds timeout = std::chrono::seconds(20),
                         NotifyOptions options = patient()) {
    source_.at("s", uri, timeout);
    start(std::move(options));
    deliver(source_.notice(1, "s"));
    return reason_of_failure();
  }

  FakeSource source_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, Delivers) {
  Received received;
  Sink sink(good(received));
  source_.at("s", sink.url("/notify?a=b"));
  start();
  deliver(source_.notice(7, "s"));
  source_.wait_for("settled");
  const std::string request = received.wait_for(1).front();
  EXPECT_TRUE(request.starts_with("POST /notify?a=b HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nHost: 127.0.0.1:" + std::to_string(sink.port()) + "\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nContent-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nIdempotency-Key: 7-0\r\n"), std::string::npos);
  EXPECT_EQ(request.find("X-Injected"), std::string::npos);
  EXPECT_EQ(request.find("elsewhere"), std::string::npos);
  EXPECT_EQ(body_of(request), "7");
  const auto ended = source_.events("ended");
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_TRUE(ended[0].delivered);
  EXPECT_EQ(ended[0].attempts, 1u);
}

TEST_F(NotifierTest, KeepsConnectionsOpenAndOrder) {
  Received received;
  Sink sink(good(received));
  source_.at("s", sink.url());
  start();
  constexpr std::uint64_t kNotices = 2000;
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < kNotices; ++i)
    notices.push_back(source_.notice(i, "s", "urn:e:" + std::to_string(i % 37)));
  notifier_->deliver(std::move(notices));
  source_.wait_for("settled", kNotices);
  EXPECT_LE(sink.connections(), 8);
  std::map<std::uint64_t, std::uint64_t> last;
  for (const std::string& request : received.wait_for(kNotices)) {
    const std::uint64_t row = std::stoul(body_of(request));
    const auto [known, first] = last.try_emplace(row % 37, row);
    if (!first) {
      EXPECT_GT(row, known->second);
      known->second = row;
    }
  }
}

TEST_F(NotifierTest, SeveralThreadsShareTheEndpoints) {
  Received received;
  Sink sink(good(received));
  auto options = hasty();
  options.threads = 3;
  start(options);
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::string name = std::to_string(i % 10);
    source_.at(name, sink.url("/" + name));
    notices.push_back(source_.notice(i, name));
  }
  notifier_->deliver(std::move(notices));
  source_.wait_for("settled", 300);
  std::promise<std::size_t> waiting;
  notifier_->waiting({}, 10, [&](auto letters) { waiting.set_value(letters.size()); });
  EXPECT_EQ(waiting.get_future().get(), 0u);
}

TEST_F(NotifierTest, RepeatsUntilItArrives) {
  std::atomic<int> asked{0};
  Sink sink([&](Peer& peer) {
    while (peer.request()) {
      if (++asked < 10) {
        if (!peer.write("HTTP/1.1 500 Oh no\r\nContent-Length: 3\r\n\r\nabc")) return;
      } else {
        peer.ok();
      }
    }
  });
  source_.at("s", sink.url());
  start();
  deliver(source_.notice(1, "s"));
  source_.wait_for("settled");
  EXPECT_EQ(source_.events("settled")[0].attempts, 10u);
  EXPECT_EQ(source_.events("ended")[0].reason, "status 500");
}

// Names are looked up once more by nobody: what was checked is what is connected to.
TEST_F(NotifierTest, AddressesInsideANetworkAreNotConnectedTo) {
  for (const char* scheme : {"http", "https", "mqtt", "mqtts"}) {
    for (const char* host : {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "innocent.example", "169.254.169.254"}) {
      auto options = patient();
      options.rules = *AddressRules::public_and({});
      options.look_up = [](const std::string&) { return Addresses{"127.0.0.1", "::1"}; };
      const std::string uri = std::string(scheme) + "://" + host + ":1/topic";
      if (std::string_view(host) == "innocent.example" && std::string_view(scheme).starts_with("mqtt")) continue;
      FakeSource source;
      source.at("s", uri, std::chrono::seconds(20));
      auto started = Notifier::start(std::move(options), source);
      ASSERT_TRUE(started);
      std::vector<broker::Notice> one;
      one.push_back(source.notice(1, "s"));
      (*started)->deliver(std::move(one));
      source.wait_for("gave up");
      EXPECT_NE(source.events("gave up").front().reason.find("inside a network"), std::string::npos)
          << uri << ": " << source.events("gave up").front().reason;
    }
  }
}

TEST_F(NotifierTest, WhatIsRefusedIsGivenUp) {
  for (const std::string status : {"404", "400", "302", "307"}) {
    std::atomic<int> asked{0};
    Sink sink([&](Peer& peer) {
      while (peer.request()) {
        ++asked;
        peer.write("HTTP/1.1 " + status + " No\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
      }
    });
    FakeSource source;
    source.at("s", sink.url());
    auto notifier = *Notifier::start(hasty(), source);
    std::vector<broker::Notice> one{source.notice(1, "s")};
    notifier->deliver(one);
    source.wait_for("gave up");
    EXPECT_EQ(source.events("gave up")[0].reason, "status " + status);
    EXPECT_EQ(asked, 1);
  }
}

TEST_F(NotifierTest, NobodyListens) {
  std::uint16_t port;
  {
    Sink sink([](Peer&) {});
    port = sink.port();
  }
  EXPECT_EQ(failure_at("http://127.0.0.1:" + std::to_string(port)), "no connection: Connection refused");
}

TEST_F(NotifierTest, NoAnswerInTime) {
  Sink sink([](Peer& peer) { peer.wait_for_end(); });
  EXPECT_EQ(failure_at(sink.url(), milliseconds(1)), "no answer within 0.001 s");
}

TEST_F(NotifierTest, TimeOutIsCapped) {
  Sink sink([](Peer& peer) { peer.wait_for_end(); });
  auto options = patient();
  options.longest_timeout = milliseconds(2);
  EXPECT_EQ(failure_at(sink.url(), std::chrono::hours(9), options), "no answer within 0.002 s");
}

TEST_F(NotifierTest, AnswerBrokenOff) {
  Sink sink([](Peer& peer) {
    peer.request();
    peer.write("HTTP/1.1 20");
  });
  EXPECT_EQ(failure_at(sink.url()), "the connection was closed before the answer");
}

TEST_F(NotifierTest, AnswerIsNotHttp) {
  Sink sink([](Peer& peer) {
    peer.request();
    peer.write("220 mail.example.org ESMTP\r\n\r\n");
    peer.wait_for_end();
  });
  EXPECT_EQ(failure_at(sink.url()), "the answer is not HTTP");
}

TEST_F(NotifierTest, NoSuchName) {
  auto options = patient();
  options.look_up = [](const std::string&) { return Addresses(); };
  EXPECT_EQ(failure_at("http://nowhere.example/", std::chrono::seconds(20), options),
            "no address is known for nowhere.example");
}

TEST_F(NotifierTest, AnEndlessAnswerIsCutOff) {
  std::promise<std::uint64_t> written;
  Sink sink([&](Peer& peer) {
    peer.request();
    const std::string block(1 << 16, 'x');
    peer.write("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
    std::uint64_t sent = 0;
    while (peer.write(block)) sent += block.size();
    written.set_value(sent);
  });
  source_.at("s", sink.url());
  start();
  deliver(source_.notice(1, "s"));
  source_.wait_for("settled");
  EXPECT_LT(written.get_future().get(), 64u << 20);  // what the buffers of the sockets take
}

TEST_F(NotifierTest, AnEndlessChunkedAnswerIsCutOff) {
  std::promise<void> ended;
  Sink sink([&](Peer& peer) {
    peer.request();
    const std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
    peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (peer.write(chunk)) {
    }
    ended.set_value();
  });
  source_.at("s", sink.url());
  start();
  deliver(source_.notice(1, "s"));
  source_.wait_for("settled");
  ended.get_future().get();
}

TEST_F(NotifierTest, AConnectionClosedWhileIdleIsNoFailure) {
  Received received;
  Sink sink([&](Peer& peer) {
    received.add(peer.request().value_or(""));
    peer.ok();
  });
  source_.at("s", sink.url());
  start();
  for (std::uint64_t i = 1; i <= 20; ++i) {
    deliver(source_.notice(i, "s"));
    source_.wait_for("settled", i);
  }
  for (const auto& event : source_.events("ended")) EXPECT_TRUE(event.delivered) << event.reason;
}

TEST_F(NotifierTest, DeadOnesDoNotDelayOthers) {
  Received received;
  Sink dead([](Peer& peer) { peer.wait_for_end(); });
  Sink alive(good(received));
  auto options = patient();
  std::promise<void> release;
  options.look_up = [gate = release.get_future().share()](const std::string& host) {
    if (host == "slow.test") gate.wait();
    return Addresses{"127.0.0.1"};
  };
  start(options);
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::string name = "dead" + std::to_string(i);
    source_.at(name, i % 2 == 0 ? dead.url("/" + name) : "http://slow.test/" + name, std::chrono::hours(1));
    notices.push_back(source_.notice(1000 + i, name));
  }
  for (std::uint64_t i = 0; i < 50; ++i) {
    const std::string name = "alive" + std::to_string(i);
    source_.at(name, "http://fast.test:" + std::to_string(alive.port()) + "/" + name);
    notices.push_back(source_.notice(i, name));
  }
  notifier_->deliver(std::move(notices));
  source_.wait_for("settled", 50);
  EXPECT_EQ(source_.events("begins").size(), 100u);
  EXPECT_EQ(source_.events("ended").size(), 50u);
  notifier_->stop(milliseconds(0));
  release.set_value();
}

TEST_F(NotifierTest, AnUnknownEndpointIsTriedWithOneConnection) {
  std::promise<void> asked;
  Sink dead([&](Peer& peer) {
    if (peer.request()) asked.set_value();
    peer.wait_for_end();
  });
  source_.at("s", dead.url(), std::chrono::hours(1));
  start();
  for (std::uint64_t i = 0; i < 100; ++i) deliver(source_.notice(i, "s", "urn:e:" + std::to_string(i)));
  asked.get_future().get();
  std::promise<std::vector<broker::DeadLetter>> waiting;
  notifier_->waiting({}, 1000, [&](auto letters) { waiting.set_value(std::move(letters)); });
  EXPECT_EQ(waiting.get_future().get().size(), 100u);
  EXPECT_EQ(source_.events("begins").size(), 1u);
}

TEST_F(NotifierTest, NothingIsSentForWhatIsGone) {
  Received received;
  Sink sink(good(received));
  source_.at("s", sink.url());
  source_.nothing_to_say(2);
  start();
  deliver(source_.notice(1, "gone"));
  deliver(source_.notice(2, "s"));
  deliver(source_.notice(3, "s"));
  source_.wait_for("settled", 3);
  EXPECT_EQ(source_.events("begins").size(), 1u);
}

TEST_F(NotifierTest, AnAddressThatCannotBeCalledIsGivenUp) {
  source_.at("s", "http://exa mple/");
  start();
  deliver(source_.notice(1, "s"));
  source_.wait_for("gave up");
  EXPECT_NE(source_.events("gave up")[0].reason.find("percent-encoded"), std::string::npos);
}

TEST_F(NotifierTest, GivesUpWhatIsTooOld) {
  Sink sink([](Peer& peer) {
    while (peer.request()) peer.write("HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n");
  });
  source_.at("s", sink.url());
  auto options = patient();
  options.retry_for = std::chrono::seconds(60);
  start(options);
  auto notice = source_.notice(1, "s");
  notice.due.us -= 61'000'000;
  deliver(notice);
  source_.wait_for("gave up");
  EXPECT_EQ(source_.events("gave up")[0].reason, "it is too old; last: status 503");
}

TEST_F(NotifierTest, TheOldestGoWhenTooManyWait) {
  Sink sink([](Peer& peer) { peer.wait_for_end(); });
  source_.at("s", sink.url(), std::chrono::hours(1));
  auto options = patient();
  options.max_waiting = 10;
  start(options);
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < 20; ++i) {
    notices.push_back(source_.notice(i, "s", "urn:e:" + std::to_string(i)));
    notices.back().due.us += static_cast<std::int64_t>(i);
  }
  notifier_->deliver(std::move(notices));
  source_.wait_for("gave up", 10);
  const auto given_up = source_.events("gave up");
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(given_up[i].row, i + 1);  // 0 is under way
}

TEST_F(NotifierTest, TheLongestQueueGoesWhenMemoryIsShort) {
  Sink sink([](Peer& peer) { peer.wait_for_end(); });
  source_.at("many", sink.url("/many"), std::chrono::hours(1));
  source_.at("few", sink.url("/few"), std::chrono::hours(1));
  auto options = patient();
  options.max_waiting_bytes = 8'000;
  start(options);
  std::vector<broker::Notice> notices;
  for (std::uint64_t i = 0; i < 100; ++i) notices.push_back(source_.notice(i, i % 50 == 0 ? "few" : "many"));
  notifier_->deliver(std::move(notices));
  source_.wait([](const auto& events) { return FakeSource::count(events, "gave up") > 50; });
  for (const auto& event : source_.events("gave up")) EXPECT_NE(event.row % 50, 0u);
}

TEST_F(NotifierTest, OperatorsSeeRetryAndDrop) {
  std::atomic<bool> well{false};
  Received received;
  Sink sink([&](Peer& peer) {
    while (const auto request = peer.request()) {
      received.add(*request);
      if (well)
        peer.ok();
      else
        peer.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    }
  });
  source_.at("a", sink.url("/a"));
  source_.at("b", sink.url("/a"));
  auto options = patient();
  options.back_off.opens_after = 1;
  start(options);
  deliver(source_.notice(1, "a"));
  source_.wait_for("ended");
  for (std::uint64_t i = 2; i <= 5; ++i) deliver(source_.notice(i, i == 5 ? "b" : "a"));

  std::promise<std::vector<OpenCircuit>> circuits;
  notifier_->open_circuits(10, [&](auto open) { circuits.set_value(std::move(open)); });
  const auto open = circuits.get_future().get();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].uri, sink.url("/a"));
  EXPECT_EQ(open[0].reason, "status 500");
  EXPECT_EQ(open[0].failures, 1u);
  EXPECT_EQ(open[0].waiting, 5u);
  EXPECT_GT(open[0].next_attempt, now());

  broker::NoticeFilter third;
  third.row = 3;
  std::promise<std::vector<broker::DeadLetter>> seen;
  notifier_->waiting(third, 10, [&](auto letters) { seen.set_value(std::move(letters)); });
  const auto letters = seen.get_future().get();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].subscription, "a");
  EXPECT_EQ(letters[0].entities, std::vector<std::string>{"urn:e:1"});

  std::promise<std::size_t> dropped;
  notifier_->drop(third, [&](std::size_t n) { dropped.set_value(n); });
  EXPECT_EQ(dropped.get_future().get(), 1u);

  well = true;
  broker::NoticeFilter of_b;
  of_b.subscription = "b";
  std::promise<std::size_t> retried;
  notifier_->retry(of_b, [&](std::size_t n) { retried.set_value(n); });
  EXPECT_EQ(retried.get_future().get(), 1u);
  source_.wait_for("settled", 5);  // the one dropped too
  EXPECT_EQ(received.wait_for(5).size(), 5u);
}

TEST_F(NotifierTest, AnEndpointThatMovesTakesItsNoticesAlong) {
  Received received;
  Sink sick([](Peer& peer) {
    while (peer.request()) peer.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  });
  Sink well(good(received));
  source_.at("s", sick.url());
  start(patient());
  deliver(source_.notice(1, "s"));
  deliver(source_.notice(2, "s"));
  source_.wait_for("ended");
  source_.at("s", well.url());
  notifier_->retry({}, [](std::size_t) {});
  source_.wait_for("settled", 2);
  received.wait_for(2);
}

TEST_F(NotifierTest, StopsWhileSomethingIsUnderWay) {
  std::promise<void> asked;
  Sink sink([&](Peer& peer) {
    if (peer.request()) asked.set_value();
    peer.wait_for_end();
  });
  source_.at("s", sink.url(), std::chrono::hours(1));
  start();
  deliver(source_.notice(1, "s"));
  asked.get_future().get();
  notifier_->stop(milliseconds(0));
  deliver(source_.notice(2, "s"));
  EXPECT_EQ(source_.events("settled").size(), 0u);
  std::promise<std::size_t> retried;
  notifier_->retry({}, [&](std::size_t n) { retried.set_value(n); });
  EXPECT_EQ(retried.get_future().get(), 0u);
}

TEST_F(NotifierTest, StopsAfterWhatIsUnderWay) {
  std::promise<void> asked, go;
  const std::shared_future<void> may_go = go.get_future().share();
  std::once_flag first;  // the second may be sent too: the stop comes from another thread
  Sink sink([&](Peer& peer) {
    if (!peer.request()) return;
    std::call_once(first, [&] { asked.set_value(); });
    may_go.wait();
    peer.ok();
  });
  source_.at("s", sink.url(), std::chrono::hours(1));
  start();
  deliver(source_.notice(1, "s"));
  deliver(source_.notice(2, "s"));
  asked.get_future().get();
  std::thread stop([&] { notifier_->stop(std::chrono::hours(1)); });
  go.set_value();
  stop.join();
  EXPECT_EQ(source_.events("settled").size() >= 1, true);
}

TEST(Notifier, RefusesAFileThatHoldsNoCertificates) {
  FakeSource source;
  NotifyOptions options;
  options.ca_file = "/dev/null";
  EXPECT_FALSE(Notifier::start(options, source));
}

}  // namespace
}  // namespace tsunagu::gateway::notify
