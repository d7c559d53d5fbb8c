// Bodies that are produced while they are sent.
#include <atomic>

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr int kPieces = 800;  // 50 MiB: more than the kernel keeps

// Counts what it was asked for.
class Counted final : public BodyStream {
 public:
  Counted(std::atomic<int>& pieces, std::atomic<bool>& destroyed) : pieces_(pieces), destroyed_(destroyed) {}
  ~Counted() override { destroyed_ = true; }
  bool next(std::string& chunk) override {
    chunk.append(kPiece, 'x');
    return ++pieces_ < kPieces;
  }

 private:
  std::atomic<int>& pieces_;
  std::atomic<bool>& destroyed_;
};

class Broken final : public BodyStream {
 public:
  bool next(std::string& chunk) override {
    if (std::exchange(begun_, true)) throw std::runtime_error("x");
    chunk = "begin";
    return true;
  }

 private:
  bool begun_ = false;
};

class StreamServer : public TestServer {
 public:
  StreamServer() : TestServer(one_thread(), [this](Router& router) { add_routes(router); }) {}
  static ServerOptions one_thread() {
    ServerOptions options;
    options.threads = 1;
    return options;
  }
  void add_routes(Router& router) {
    router.add("GET", "/counted", [this](const RequestPtr&, const PathParameters&, Reply reply) {
      reply.stream(text(""), std::make_unique<Counted>(pieces, destroyed));
    });
    router.add("GET", "/broken", [](const RequestPtr&, const PathParameters&, Reply reply) {
      reply.stream(text(""), std::make_unique<Broken>());
    });
  }
  std::atomic<int> pieces = 0;
  std::atomic<bool> destroyed = false;
};

TEST(Stream, SendsPiecesAsChunks) {
  StreamServer server;
  RawClient client(server.port());
  client.send(get("/digits/2"));
  while (client.receive() && client.buffer().find("0\r\n\r\n") == std::string::npos) {
  }
  EXPECT_TRUE(client.buffer().find("\r\n\r\na\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n") != std::string::npos)
      << client.buffer();
}

TEST(Stream, GoesOnWithTheNextRequest) {
  StreamServer server;
  RawClient client(server.port());
  client.send(get("/digits/1000") + get("/hello"));
  EXPECT_EQ(client.answer().body.size(), 10000u);
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(client.ask(get("/digits/1")).body, "0123456789");
}

TEST(Stream, WaitsForASlowReader) {
  StreamServer server;
  RawClient slow(server.port(), 16 << 10);
  slow.send(get("/counted"));
  // Others are served while the slow one does not read; every answer is a turn in which the stream could have gone on.
  RawClient other(server.port());
  int before = -1;
  for (int still = 0; still < 100; ++still) {
    ASSERT_EQ(other.ask(get("/hello")).body, "hello");
    if (std::exchange(before, server.pieces.load()) != before) still = 0;
  }
  EXPECT_LT(server.pieces, kPieces / 2);
  EXPECT_EQ(slow.answer().body.size(), kPieces * kPiece);
  EXPECT_EQ(server.pieces, kPieces);
  EXPECT_EQ(slow.ask(get("/hello")).body, "hello");
}

TEST(Stream, StopsWhenTheClientGoes) {
  StreamServer server;
  RawClient client(server.port(), 16 << 10);
  client.send(get("/counted"));
  ASSERT_TRUE(client.receive());
  client.reset();
  while (!server.destroyed) std::this_thread::yield();
  EXPECT_LT(server.pieces, kPieces);
}

TEST(Stream, CutsTheAnswerOffWhenItFails) {
  StreamServer server;
  RawClient client(server.port());
  const Answer answer = client.ask(get("/broken"));
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.body, "begin");
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace tsunagu::gateway
