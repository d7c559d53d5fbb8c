// Bodies without end and upgrades, as the connection handles them.
#include <atomic>
#include <future>

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

struct Seen {
  std::atomic<int> asked{0};
  std::atomic<bool> destroyed{false};
  std::promise<std::shared_ptr<Worker>> worker;
  LiveStream::Line* line = nullptr;  // to be used on the worker only
  std::string text;                  // what next() says; on the worker only
};

/// Says what the test puts into `seen.text`, and echoes; "end" from the client ends it.
class Puppet final : public LiveStream {
 public:
  explicit Puppet(Seen& seen) : seen_(seen) {}
  ~Puppet() override { seen_.destroyed = true; }
  void start(Line& line) override {
    seen_.line = &line;
    seen_.worker.set_value(line.worker());
  }
  bool next(std::string& out) override {
    ++seen_.asked;
    out += std::exchange(seen_.text, {});
    if (stopping_) out += "bye";
    return !stopping_ && !ended_;
  }
  void received(std::string_view bytes) override {
    seen_.text += bytes;
    ended_ = bytes.ends_with("end");
    seen_.line->wake();
  }
  void stop() override { stopping_ = true; }

 private:
  Seen& seen_;
  bool stopping_ = false;
  bool ended_ = false;
};

class LiveServer : public TestServer {
 public:
  LiveServer() : TestServer({}, [this](Router& router) { add_routes(router); }) {}
  ~LiveServer() { server.reset(); }  // its threads use `seen`
  void add_routes(Router& router) {
    router.add("GET", "/live", [this](const RequestPtr&, const PathParameters&, Reply reply) {
      reply.live(text(""), std::make_unique<Puppet>(seen));
    });
    router.add("GET", "/upgrade", [this](const RequestPtr&, const PathParameters&, Reply reply) {
      Response head;
      head.status = 101;
      head.headers = {{"Upgrade", "echo"}, {"Connection", "Upgrade"}};
      reply.live(std::move(head), std::make_unique<Puppet>(seen));
    });
  }
  void say(const std::shared_ptr<Worker>& worker, std::string words) {
    worker->defer([this, words = std::move(words)] {
      seen.text = words;
      seen.line->wake();
    });
  }
  Seen seen;
};

void read_until(RawClient& client, std::string_view text) {
  while (client.buffer().find(text) == std::string::npos) ASSERT_TRUE(client.receive()) << client.buffer();
}

TEST(LiveStream, IsAskedWhenItWakesOnly) {
  LiveServer server;
  RawClient client(server.port());
  client.send(get("/live"));
  const auto worker = server.seen.worker.get_future().get();
  RawClient other(server.port());
  RawClient another(server.port());  // one of them is on the same thread
  while (server.seen.asked == 0) std::this_thread::yield();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(other.ask(get("/hello")).body, "hello");
    ASSERT_EQ(another.ask(get("/hello")).body, "hello");
  }
  const int asked = server.seen.asked;
  EXPECT_LE(asked, 2);
  server.say(worker, "one");
  read_until(client, "3\r\none\r\n");
  server.say(worker, "two");
  read_until(client, "3\r\ntwo\r\n");
  EXPECT_TRUE(client.buffer().find("Transfer-Encoding: chunked") != std::string::npos);
}

TEST(LiveStream, EndsWhenTheClientGoes) {
  LiveServer server;
  RawClient client(server.port());
  client.send(get("/live"));
  server.seen.worker.get_future().wait();
  client.close();
  while (!server.seen.destroyed) std::this_thread::yield();
}

TEST(LiveStream, TheServerDoesNotWaitForIt) {
  LiveServer server;
  RawClient client(server.port());
  client.send(get("/live"));
  server.seen.worker.get_future().wait();
  server.server->stop(std::chrono::hours(1));
  EXPECT_TRUE(server.seen.destroyed);
  const std::string all = client.rest();
  EXPECT_TRUE(all.ends_with("3\r\nbye\r\n0\r\n\r\n")) << all;
}

TEST(LiveStream, AClientThatDoesNotReadIsCutOffAtTheEnd) {
  LiveServer server;
  RawClient client(server.port(), 4096);
  client.send(get("/live"));
  const auto worker = server.seen.worker.get_future().get();
  server.say(worker, std::string(64 << 20, 'x'));
  server.server->stop(std::chrono::hours(1));
  EXPECT_TRUE(server.seen.destroyed);
}

TEST(LiveStream, AnUpgradePassesBytesBothWays) {
  LiveServer server;
  RawClient client(server.port());
  client.send(get("/upgrade", "Connection: Upgrade\r\nUpgrade: echo\r\n") + "early ");
  read_until(client, "\r\n\r\nearly ");
  EXPECT_TRUE(client.buffer().starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << client.buffer();
  EXPECT_EQ(client.buffer().find("Content-Length"), std::string::npos);
  EXPECT_EQ(client.buffer().find("Connection: close"), std::string::npos);
  client.send(std::string(100'000, 'y'));
  client.send("the end");
  const std::string all = client.rest();
  EXPECT_TRUE(all.ends_with("ythe end"));
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(server.seen.destroyed);
}

TEST(LiveStream, WhatIsSaidToAStreamIsDropped) {
  LiveServer server;
  RawClient client(server.port());
  client.send(get("/live"));
  const auto worker = server.seen.worker.get_future().get();
  client.send(get("/hello") + std::string(1 << 20, 'x'));
  server.say(worker, "still");
  read_until(client, "5\r\nstill\r\n");
  EXPECT_EQ(client.buffer().find("hello"), std::string::npos);
}

TEST(LiveStream, HeadHasNoStream) {
  LiveServer server;
  RawClient client(server.port());
  client.send("HEAD /live HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 200);
  while (!server.seen.destroyed) std::this_thread::yield();
  EXPECT_EQ(server.seen.asked, 0);
}

}  // namespace
}  // namespace tsunagu::gateway
