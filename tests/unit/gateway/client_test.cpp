#include "gateway/http/client.h"

#include <future>

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

class SiteServer : public TestServer {
 public:
  SiteServer() : TestServer({}, add_routes) {}
  static void add_routes(Router& router) {
    router.add("GET", "/moved/{n}", [](const RequestPtr&, const PathParameters& parameters, Reply reply) {
      const int left = std::atoi(parameters[0].c_str());
      Response response;
      response.status = 302;
      response.headers.emplace_back("Location", left > 0 ? "/moved/" + std::to_string(left - 1) : "/hello");
      reply.send(std::move(response));
    });
    router.add("GET", "/to-file", [](const RequestPtr&, const PathParameters&, Reply reply) {
      Response response;
      response.status = 302;
      response.headers.emplace_back("Location", "file:///etc/passwd");
      reply.send(std::move(response));
    });
    for (const char* method : {"PUT", "PATCH", "DELETE"}) {
      router.add(method, "/seen", [](const RequestPtr& request, const PathParameters&, Reply reply) {
        Response response = text(std::string(request->method()) + " " + std::string(request->header("X")) + " " +
                                 std::string(request->body()));
        response.headers.emplace_back("X-Peer", request->peer());
        reply.send(std::move(response));
      });
    }
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port()) + path; }
};

FetchResult wait_for(HttpClient& client, const std::string& url, FetchOptions options = {}) {
  std::promise<FetchResult> result;
  client.fetch(url, std::move(options), [&result](FetchResult got) { result.set_value(std::move(got)); });
  return result.get_future().get();
}

std::string fault(const FetchResult& result) {
  return result ? "" : info(result.error().code).name;
}

TEST(HttpClient, Downloads) {
  SiteServer server;
  HttpClient client;
  const FetchResult got = wait_for(client, server.url("/hello"));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 200u);
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(got->header("content-TYPE"), "text/plain");
  EXPECT_EQ(wait_for(client, server.url("/nothing"))->status, 404u);
}

TEST(HttpClient, FollowsAFewRedirects) {
  SiteServer server;
  HttpClient client;
  const FetchResult got = wait_for(client, server.url("/moved/4"));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->body, "hello");
  EXPECT_EQ(got->url, server.url("/hello"));
  EXPECT_EQ(fault(wait_for(client, server.url("/moved/5"))), "Unavailable");
}

TEST(HttpClient, SpeaksOnlyHttp) {
  SiteServer server;
  HttpClient client;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "", "http://", "no url"}) {
    EXPECT_FALSE(wait_for(client, url)) << url;
  }
  EXPECT_EQ(fault(wait_for(client, "file:///etc/passwd")), "InvalidRequest");
  EXPECT_EQ(fault(wait_for(client, server.url("/to-file"))), "InvalidRequest");
}

TEST(HttpClient, TakesNoMoreThanAllowed) {
  SiteServer server;
  HttpClient client;
  FetchOptions options;
  options.max_bytes = 1000;
  EXPECT_EQ(wait_for(client, server.url("/bytes/1000"), options)->body.size(), 1000u);
  EXPECT_EQ(fault(wait_for(client, server.url("/bytes/1001"), options)), "ContentTooLarge");
  EXPECT_EQ(fault(wait_for(client, server.url("/digits/101"), options)), "ContentTooLarge");
}

TEST(HttpClient, DoesNotWaitForever) {
  SiteServer server;
  HttpClient client;
  FetchOptions options;
  options.timeout = std::chrono::milliseconds(50);
  const FetchResult got = wait_for(client, server.url("/held"), options);
  EXPECT_EQ(fault(got), "Unavailable");
  EXPECT_EQ(wait_for(client, server.url("/hello"))->body, "hello");
}

TEST(HttpClient, SaysWhyItCouldNotConnect) {
  HttpClient client;
  std::uint16_t unused = 0;
  {
    TestServer gone;
    unused = gone.port();
  }
  const FetchResult got = wait_for(client, "http://127.0.0.1:" + std::to_string(unused) + "/");
  EXPECT_EQ(fault(got), "Unavailable");
  EXPECT_NE(got.error().detail.find("127.0.0.1"), std::string::npos);
}

TEST(HttpClient, DownloadsManyAtOnce) {
  SiteServer server;
  HttpClient client;
  std::vector<std::promise<FetchResult>> results(100);
  for (auto& result : results) {
    client.fetch(server.url("/hello"), {}, [&result](FetchResult got) { result.set_value(std::move(got)); });
  }
  for (auto& result : results) EXPECT_EQ(result.get_future().get()->body, "hello");
}

TEST(HttpClient, CanBeAskedFromItsCallback) {
  SiteServer server;
  HttpClient client;
  std::promise<FetchResult> second;
  client.fetch(server.url("/hello"), {}, [&](const FetchResult&) {
    client.fetch(server.url("/bytes/3"), {}, [&](FetchResult got) { second.set_value(std::move(got)); });
  });
  EXPECT_EQ(second.get_future().get()->body, "bbb");
}

TEST(HttpClient, AnswersEverybodyWhenItStops) {
  SiteServer server;
  HttpClient client;
  std::promise<FetchResult> result;
  client.fetch(server.url("/held"), {}, [&](FetchResult got) { result.set_value(std::move(got)); });
  const Reply reply = server.held.take();
  client.stop();
  EXPECT_EQ(fault(result.get_future().get()), "Unavailable");
  EXPECT_EQ(fault(wait_for(client, server.url("/hello"))), "Unavailable");
}

TEST(FetchNow, SendsMethodHeadersAndBody) {
  SiteServer server;
  std::string peer;
  for (const std::string method : {"PUT", "PATCH", "DELETE"}) {
    FetchOptions options;
    options.method = method;
    options.headers = {{"X", "y"}, {"Content-Type", "text/plain"}};
    options.body = method == "DELETE" ? "" : "text";
    const FetchResult got = fetch_now(server.url("/seen"), options);
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, method + " y " + options.body);
    const std::string from(*got->header("X-Peer"));
    EXPECT_TRUE(peer.empty() || from == peer) << "the connection was not kept";
    peer = from;
  }
  FetchOptions post;
  post.method = "POST";
  EXPECT_EQ(fetch_now(server.url("/echo"), post)->status, 200u);
  FetchOptions head;
  head.method = "HEAD";
  EXPECT_EQ(fetch_now(server.url("/hello"), head)->body, "");
}

}  // namespace
}  // namespace tsunagu::gateway
