#include "gateway/notify/notice_routes.h"

#include "unit/gateway/notify/fake_source.h"
#include "unit/gateway/notify/sink.h"
#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway::notify {
namespace {

class NoticeRoutes : public testing::Test {
 protected:
  NoticeRoutes() {
    NotifyOptions options;
    options.back_off.first = options.back_off.longest = std::chrono::hours(1);
    options.back_off.opens_after = 1;
    notifier_ = std::move(*Notifier::start(options, source_));
    server_ = std::make_unique<TestServer>(ServerOptions{}, [this](Router& router) {
      openapi::Document document;
      add_notice_routes(router, document, *notifier_, source_);
    });
  }
  Answer get(const std::string& path) {
    RawClient client(server_->port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return client.answer();
  }
  Answer post(const std::string& path, const std::string& body) {
    RawClient client(server_->port());
    client.send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                body);
    return client.answer();
  }

  FakeSource source_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<TestServer> server_;
};

TEST_F(NoticeRoutes, ListRetryDrop) {
  Sink sink([](Peer& peer) {
    while (peer.request()) peer.write("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  });
  source_.at("urn:s", sink.url("/in"));
  notifier_->deliver({source_.notice(4, "urn:s")});
  source_.wait_for("ended");
  const Answer waiting = get("/admin/notices");
  EXPECT_EQ(waiting.status, 200);
  EXPECT_TRUE(waiting.body.starts_with(R"([{"row":4,"part":0,"subscription":"urn:s","endpoint":")" + sink.url("/in") +
                                       R"(","entities":["urn:e:1"],"dueAt":")"))
      << waiting.body;
  EXPECT_NE(waiting.body.find(R"("attempts":1,"reason":"status 500"}])"), std::string::npos);
  EXPECT_EQ(get("/admin/notices?subscription=urn:other").body, "[]");
  EXPECT_EQ(get("/admin/notices?state=dead&limit=5").body, "[]");
  const Answer open = get("/admin/notices?state=open-circuits");
  EXPECT_TRUE(open.body.starts_with(R"([{"endpoint":")" + sink.url("/in") + R"(","waiting":1,"failures":1,)"))
      << open.body;

  EXPECT_EQ(post("/admin/notices/retry", "").body, R"({"retried":1})");
  source_.wait_for("ended", 2);
  EXPECT_EQ(post("/admin/notices/drop", "").status, 400);
  EXPECT_EQ(post("/admin/notices/drop", R"({"row":5})").body, R"({"dropped":0})");
  EXPECT_EQ(post("/admin/notices/drop", R"({"all":true})").body, R"({"dropped":1})");
  EXPECT_EQ(get("/admin/notices").body, "[]");
}

TEST_F(NoticeRoutes, RefusesWhatItDoesNotKnow) {
  for (const char* path : {"/admin/notices?state=lost", "/admin/notices?limit=0", "/admin/notices?limit=10001",
                           "/admin/notices?limit=x", "/admin/notices?colour=red", "/admin/notices?state=%zz"})
    EXPECT_EQ(get(path).status, 400) << path;
  for (const char* body :
       {"[]", "{", R"({"row":"4"})", R"({"part":4294967296})", R"({"colour":"red"})", R"({"all":false})"}) {
    EXPECT_EQ(post("/admin/notices/retry", body).status, 400) << body;
    EXPECT_EQ(post("/admin/notices/drop", body).status, 400) << body;
  }
}

}  // namespace
}  // namespace tsunagu::gateway::notify
