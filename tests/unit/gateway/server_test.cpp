// What a client sees of the server when both behave.
#include "gateway/http/server.h"

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

TEST(Server, AnswersOneRequestAfterTheOther) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(get("/hello"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_TRUE(answer.has("Content-Type: text/plain\r\n"));
    EXPECT_TRUE(answer.has("Date: "));
    EXPECT_FALSE(answer.has("Connection:"));
  }
}

TEST(Server, KnowsThePeer) {
  TestServer server;
  EXPECT_TRUE(RawClient(server.port()).ask(get("/peer")).body.starts_with("127.0.0.1:"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/hello") + get("/held") + post("/echo", "1") + get("/digits/2") + get("/bytes/100000") +
              get("/bytes/2"));
  EXPECT_EQ(client.answer().body, "hello");
  server.held.take().send(text("held"));
  EXPECT_EQ(client.answer().body, "held");
  EXPECT_EQ(client.answer().body, "1");
  EXPECT_EQ(client.answer().body, "01234567890123456789");
  EXPECT_EQ(client.answer().body.size(), 100000u);
  EXPECT_EQ(client.answer().body, "bb");
}

TEST(Server, AnswersManyPipelinedRequests) {
  TestServer server;
  RawClient client(server.port());
  std::string requests;
  for (int i = 0; i < 5000; ++i) requests += get("/bytes/" + std::to_string(i % 300));
  std::thread sender([&] { client.send(requests); });
  for (int i = 0; i < 5000; ++i) ASSERT_EQ(client.answer().body.size(), static_cast<std::size_t>(i % 300)) << i;
  sender.join();
}

TEST(Server, TakesARequestByteByByte) {
  TestServer server;
  RawClient client(server.port());
  for (const char c : "\r\n" + post("/echo", "abc")) client.send({&c, 1});
  EXPECT_EQ(client.answer().body, "abc");
}

TEST(Server, TakesLargeBodies) {
  TestServer server;
  RawClient client(server.port());
  const std::string body(5 << 20, 'x');
  std::thread sender([&] { client.send(post("/echo", body) + post("/echo", "small")); });
  EXPECT_EQ(client.answer().body, body);
  EXPECT_EQ(client.answer().body, "small");
  sender.join();
}

TEST(Server, TakesChunkedBodies) {
  TestServer server;
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
              get("/hello"));
  EXPECT_EQ(client.answer().body, "abcde");
  EXPECT_EQ(client.answer().body, "hello");
}

TEST(Server, AsksForABodyThatWaits) {
  TestServer server;
  RawClient client(server.port());
  const Answer go_on =
      client.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(go_on.status, 100);
  EXPECT_EQ(client.ask("abc").body, "abc");
}

TEST(Server, AnswersHeadWithoutTheBody) {
  TestServer server;
  RawClient client(server.port());
  const Answer head = client.ask("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 5\r\n"));
  EXPECT_EQ(client.ask("HEAD /digits/5 HTTP/1.1\r\nHost: h\r\n\r\n", true).status, 200);
  EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST(Server, AnswersOptionsAndWrongMethods) {
  TestServer server;
  RawClient client(server.port());
  const Answer options = client.ask("OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(options.status, 204);
  EXPECT_TRUE(options.has("Allow: GET, HEAD, OPTIONS\r\n"));
  EXPECT_FALSE(options.has("Content-Length"));
  EXPECT_EQ(client.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").status, 204);
  const Answer refused = client.ask("DELETE /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(refused.status, 405);
  EXPECT_TRUE(refused.has("Content-Type: application/json\r\n"));
  EXPECT_EQ(client.ask("DELETE /thing HTTP/1.1\r\nHost: h\r\n\r\n").status, 204);
  EXPECT_EQ(client.ask(get("/nothing")).status, 404);
}

TEST(Server, ClosesWhenTheClientSaysSo) {
  TestServer server;
  RawClient client(server.port());
  const Answer answer = client.ask(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(answer.has("Connection: close\r\n"));
  EXPECT_TRUE(client.closed());
}

TEST(Server, SpeaksHttp10) {
  TestServer server;
  RawClient once(server.port());
  EXPECT_EQ(once.ask("GET /hello HTTP/1.0\r\n\r\n").body, "hello");
  EXPECT_TRUE(once.closed());
  RawClient kept(server.port());
  const Answer answer = kept.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(answer.has("Connection: keep-alive\r\n"));
  const Answer streamed = kept.ask("GET /digits/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_FALSE(streamed.has("chunked"));
  EXPECT_EQ(streamed.body, "012345678901234567890123456789");
}

TEST(Server, AnswersAClientThatHasClosedItsHalf) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/hello") + get("/bytes/10"));
  client.finish();
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(client.answer().body.size(), 10u);
  EXPECT_TRUE(client.closed());
}

TEST(Server, AnswersWhenAHandlerFails) {
  TestServer server;
  RawClient client(server.port());
  EXPECT_EQ(client.ask(get("/forgotten")).status, 500);
  EXPECT_EQ(client.ask(get("/throws")).status, 500);
  EXPECT_EQ(client.ask(get("/hello")).status, 200);
}

TEST(Server, KeepsControlCharactersOutOfHeaders) {
  TestServer server;
  const Answer answer = RawClient(server.port()).ask(get("/injected"));
  EXPECT_TRUE(answer.has("Location: /a  Evil: 1\r\n"));
}

TEST(Server, AllowsOtherOriginsIfConfigured) {
  ServerOptions options;
  options.cors_origin = "*";
  TestServer server(options);
  RawClient client(server.port());
  EXPECT_TRUE(client.ask(get("/hello")).has("Access-Control-Allow-Origin: *\r\n"));
  const Answer preflight =
      client.ask("OPTIONS /hello HTTP/1.1\r\nHost: h\r\nAccess-Control-Request-Headers: link\r\n\r\n");
  EXPECT_TRUE(preflight.has("Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r\n"));
  EXPECT_TRUE(preflight.has("Access-Control-Allow-Headers: link\r\n"));
  TestServer plain;
  EXPECT_FALSE(RawClient(plain.port()).ask(get("/hello")).has("Access-Control"));
}

TEST(Server, RefusesAnAddressInUse) {
  TestServer server;
  ServerOptions options;
  options.port = server.port();
  EXPECT_FALSE(Server::start(options, Router()));
  options.host = "not an address";
  EXPECT_FALSE(Server::start(options, Router()));
}

TEST(Server, ServesManyConnectionsOnSeveralThreads) {
  ServerOptions options;
  options.threads = 3;
  TestServer server(options);
  std::vector<std::thread> clients;
  std::atomic<int> right = 0;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawClient client(server.port());
      for (int n = 0; n < 200; ++n) right += client.ask(post("/echo", std::to_string(n))).body == std::to_string(n);
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(right, 1600);
}

TEST(Server, Counts) {
  MetricRegistry metrics;
  ServerOptions options;
  options.metrics = &metrics;
  {
    TestServer server(options);
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) client.ask(get("/bytes/" + std::to_string(i)));
    client.ask(get("/nothing"));
    client.ask("nonsense\r\n\r\n");
    const std::string now = metrics.text();
    EXPECT_NE(now.find("tsunagu_http_requests_total{method=\"GET\",route=\"/bytes/{n}\",status=\"2xx\"} 3\n"),
              std::string::npos)
        << now;
    EXPECT_NE(now.find("tsunagu_http_requests_total{method=\"\",route=\"\",status=\"4xx\"} 2\n"), std::string::npos);
    EXPECT_NE(now.find("tsunagu_http_connections 1\n"), std::string::npos);
  }
  EXPECT_NE(metrics.text().find("tsunagu_http_connections 0\n"), std::string::npos);
  EXPECT_EQ(metrics.text().find("tsunagu_http_sent_bytes_total 0\n"), std::string::npos);
}

// --- answers from other threads --------------------------------------------------------------------------------------

TEST(Server, TakesAnswersFromAnyThread) {
  TestServer server;
  std::vector<std::unique_ptr<RawClient>> clients;
  std::vector<Reply> replies;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(get("/held"));
    replies.push_back(server.held.take());
  }
  std::thread([&replies] {
    for (std::size_t i = 0; i < replies.size(); ++i) replies[i].send(text(std::to_string(i)));
  }).join();
  for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(clients[i]->answer().body, std::to_string(i));
}

TEST(Server, KnowsThatTheClientHasGone) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/held"));
  Reply reply = server.held.take();
  EXPECT_FALSE(reply.client_gone());
  client.reset();
  while (!reply.client_gone()) std::this_thread::yield();
  reply.send(text("too late"));
  EXPECT_EQ(RawClient(server.port()).ask(get("/hello")).body, "hello");
}

class StepServer : public TestServer {
 public:
  explicit StepServer(ServerOptions options)
      : TestServer(std::move(options), [this](Router& router) { add_routes(router); }) {}
  void add_routes(Router& router) {
    router.add("GET", "/steps", [this](const RequestPtr&, const PathParameters&, Reply reply) {
      step(std::make_shared<Reply>(std::move(reply)));
    });
    router.add("GET", "/enough", [this](const RequestPtr&, const PathParameters&, Reply reply) {
      enough = true;
      reply.send(text("enough"));
    });
  }
  void step(const std::shared_ptr<Reply>& reply) {
    if (enough) return reply->send(text("done"));
    reply->defer([this, reply] { step(reply); });
  }
  std::atomic<bool> enough = false;
};

TEST(Server, ServesOthersBetweenTheStepsOfALongOne) {
  ServerOptions options;
  options.threads = 1;
  StepServer server(options);
  RawClient slow(server.port());
  slow.send(get("/steps"));
  EXPECT_EQ(RawClient(server.port()).ask(get("/enough")).body, "enough");
  EXPECT_EQ(slow.answer().body, "done");
}

}  // namespace
}  // namespace tsunagu::gateway
