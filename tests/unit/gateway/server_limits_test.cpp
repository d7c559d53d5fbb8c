// Clients that are slow, broken or hostile, and the end of the server.
#include <future>

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

using std::chrono::milliseconds;

// What a client that sends `bytes` is told before the connection is closed.
Answer told(std::uint16_t port, std::string_view bytes) {
  RawClient client(port);
  client.send(bytes);
  Answer answer = client.answer();
  EXPECT_TRUE(answer.has("Connection: close\r\n")) << answer.head;
  EXPECT_TRUE(answer.has("Content-Type: application/json\r\n"));
  EXPECT_TRUE(client.closed());
  return answer;
}

ServerOptions small() {
  ServerOptions options;
  options.max_header_bytes = 1000;
  options.max_body_bytes = 100;
  return options;
}

TEST(ServerLimits, SayWhatIsTooLarge) {
  TestServer server(small());
  EXPECT_EQ(told(server.port(), get("/" + std::string(2000, 'x'))).status, 414);
  EXPECT_EQ(told(server.port(), "GET /" + std::string(2000, 'x')).status, 414);
  EXPECT_EQ(told(server.port(), get("/", "A: " + std::string(2000, 'x') + "\r\n")).status, 431);
  EXPECT_EQ(told(server.port(), "GET / HTTP/1.1\r\nA: " + std::string(2000, 'x')).status, 431);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n").status, 413);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n")
                .status,
            413);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n").status,
            413);
}

TEST(ServerLimits, AnswersBeforeAHugeBodyIsSent) {
  TestServer server(small());
  RawClient client(server.port());
  client.send(post("/echo", std::string(1 << 20, 'x')));
  EXPECT_EQ(client.answer().status, 413);
}

TEST(ServerLimits, RefusesWhatIsNotHttp) {
  TestServer server;
  EXPECT_EQ(told(server.port(), "\x16\x03\x01\x02").status, 400);
  EXPECT_EQ(told(server.port(), "GET / HTTP/1.1\n\n").status, 400);
  EXPECT_EQ(told(server.port(), "GET /\r\n\r\n").status, 400);
  EXPECT_EQ(told(server.port(), "GET / HTTP/1.1\r\n\r\n").status, 400);
  EXPECT_EQ(told(server.port(), get("/", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")).status, 400);
  EXPECT_EQ(told(server.port(), get("/", "Transfer-Encoding: gzip\r\n")).status, 501);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\n\r\n").status, 411);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n").status,
            400);
  EXPECT_EQ(told(server.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 505);
}

TEST(ServerLimits, TellsAClientThatItsRequestWasCutOff) {
  TestServer server;
  for (const std::string_view part :
       {"GET", "GET / HTTP/1.1\r\nHost", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc"}) {
    RawClient client(server.port());
    client.send(part);
    client.finish();
    EXPECT_EQ(client.answer().status, 400);
    EXPECT_TRUE(client.closed());
  }
}

TEST(ServerLimits, SurvivesClientsThatVanish) {
  TestServer server;
  for (const std::string& part : {std::string(), std::string("GET"), get("/hello"), get("/bytes/10000000"),
                                  std::string("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc")}) {
    for (int i = 0; i < 20; ++i) {
      RawClient client(server.port());
      client.send(part);
      if (i % 2 == 0) client.reset();
    }
  }
  EXPECT_EQ(RawClient(server.port()).ask(get("/hello")).body, "hello");
}

TEST(ServerLimits, TellsSlowClients) {
  ServerOptions options;
  options.header_timeout = milliseconds(40);
  options.body_timeout = milliseconds(40);
  TestServer server(options);
  EXPECT_EQ(told(server.port(), "GET / HTTP/1.1\r\nHo").status, 408);
  EXPECT_EQ(told(server.port(), "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nabc").status, 408);
}

TEST(ServerLimits, ClosesIdleConnections) {
  ServerOptions options;
  options.idle_timeout = milliseconds(40);
  TestServer server(options);
  RawClient silent(server.port());
  EXPECT_TRUE(silent.closed());
  RawClient used(server.port());
  EXPECT_EQ(used.ask(get("/hello")).status, 200);
  EXPECT_TRUE(used.closed());
}

TEST(ServerLimits, WaitsForHandlersHoweverLong) {
  ServerOptions options;
  options.idle_timeout = options.header_timeout = options.body_timeout = options.write_timeout = milliseconds(20);
  TestServer server(options);
  RawClient client(server.port());
  client.send(get("/held"));
  Reply reply = server.held.take();
  RawClient other(server.port());
  EXPECT_TRUE(other.closed());  // that long the limits were over
  reply.send(text("at last"));
  EXPECT_EQ(client.answer().body, "at last");
}

TEST(ServerLimits, GivesUpClientsThatDoNotRead) {
  constexpr std::size_t kSize = 50'000'000;
  ServerOptions options;
  options.threads = 1;
  options.write_timeout = milliseconds(20);
  options.idle_timeout = milliseconds(100);
  TestServer server(options);
  RawClient client(server.port(), 16 << 10);
  client.send(get("/bytes/" + std::to_string(kSize)));
  RawClient witness(server.port());
  EXPECT_EQ(witness.ask(get("/hello")).status, 200);
  EXPECT_TRUE(witness.closed());  // after more sweeps than it takes to give up the other
  EXPECT_LT(client.rest().size(), kSize);
  EXPECT_TRUE(client.ended());
}

TEST(ServerLimits, RefusesTooManyConnections) {
  ServerOptions options;
  options.max_connections = 2;
  options.threads = 1;
  TestServer server(options);
  RawClient first(server.port());
  auto second = std::make_unique<RawClient>(server.port());
  EXPECT_EQ(first.ask(get("/hello")).status, 200);
  EXPECT_EQ(second->ask(get("/hello")).status, 200);
  EXPECT_EQ(told(server.port(), get("/hello")).status, 503);
  EXPECT_EQ(first.ask(get("/hello")).status, 200);
  second->ask(get("/hello", "Connection: close\r\n"));
  second.reset();
  for (;;) {  // the place of the second is free as soon as the server has seen it go
    RawClient third(server.port());
    const int status = third.ask(get("/hello")).status;
    if (status == 200) break;
    ASSERT_EQ(status, 503);
  }
}

// --- the end ---------------------------------------------------------------------------------------------------------

TEST(ServerStop, FinishesWhatWasAccepted) {
  TestServer server;
  RawClient busy(server.port());
  busy.send(get("/held"));
  Reply reply = server.held.take();
  RawClient idle(server.port());
  EXPECT_EQ(idle.ask(get("/hello")).status, 200);
  RawClient sending(server.port());
  // The interim answer tells that the request has been begun to be read.
  EXPECT_EQ(sending.ask("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n").status,
            100);
  auto stopped = std::async(std::launch::async, [&] { server.server->stop(std::chrono::minutes(1)); });
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(stopped.wait_for(milliseconds(0)), std::future_status::timeout);
  sending.send("abc");
  const Answer echo = sending.answer();
  EXPECT_EQ(echo.body, "abc");
  EXPECT_TRUE(echo.has("Connection: close\r\n"));
  reply.send(text("finished"));
  EXPECT_EQ(busy.answer().body, "finished");
  stopped.get();
  EXPECT_FALSE(RawClient(server.port()).connected());
}

TEST(ServerStop, DoesNotWaitLongerThanTheGrace) {
  TestServer server;
  RawClient busy(server.port());
  busy.send(get("/held"));
  Reply reply = server.held.take();
  server.server->stop(milliseconds(0));
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(reply.client_gone());
  reply.defer([] {});
  server.server.reset();
  reply.send(text("nobody hears this"));
}

TEST(ServerStop, EndsStreamsAndStepsThatWouldGoOnForever) {
  class Endless final : public BodyStream {
   public:
    bool next(std::string& chunk) override {
      chunk.append(1000, 'x');
      return true;
    }
  };
  class EndlessServer : public TestServer {
   public:
    EndlessServer() : TestServer({}, [this](Router& router) { add_routes(router); }) {}
    void add_routes(Router& router) {
      router.add("GET", "/stream", [](const RequestPtr&, const PathParameters&, Reply reply) {
        reply.stream(text(""), std::make_unique<Endless>());
      });
      router.add("GET", "/steps", [this](const RequestPtr&, const PathParameters&, Reply reply) {
        step(std::make_shared<Reply>(std::move(reply)));
      });
    }
    void step(const std::shared_ptr<Reply>& reply) {
      reply->defer([this, reply] { step(reply); });
    }
  };
  EndlessServer server;
  RawClient stream(server.port());
  stream.send(get("/stream"));
  ASSERT_TRUE(stream.receive());
  RawClient steps(server.port());
  steps.send(get("/steps"));
  EXPECT_EQ(RawClient(server.port()).ask(get("/hello")).status, 200);
  server.server->stop(milliseconds(1));
  stream.rest();
  EXPECT_TRUE(stream.ended());
}

}  // namespace
}  // namespace tsunagu::gateway
