#include <gtest/gtest.h>

#include "gateway/http/http.h"

namespace tsunagu::gateway {
namespace {

struct FakeRequest final : Request {
  FakeRequest(std::string_view given_method, std::string_view given_target)
      : method_text(given_method), target_text(given_target) {}
  std::string_view method() const override { return method_text; }
  std::string_view target() const override { return target_text; }
  std::string_view path() const override { return target().substr(0, target().find('?')); }
  std::string_view body() const override { return {}; }
  std::string_view header(std::string_view name) const override {
    return name == "Accept" ? std::string_view(accept) : std::string_view{};
  }
  bool has_header(std::string_view name) const override { return !header(name).empty(); }
  std::string_view peer() const override { return "127.0.0.1:1"; }
  std::string method_text;
  std::string target_text;
  std::string accept;
};

struct Kept final : Reply::Sink {
  void send(Response given) override { response = std::move(given), ++answers; }
  void stream(Response given, std::unique_ptr<BodyStream>) override { response = std::move(given), ++answers; }
  void live(Response given, std::unique_ptr<LiveStream>) override { response = std::move(given), ++answers; }
  void defer(std::function<void()> work) override { work(); }
  bool client_gone() const override { return false; }
  Response response;
  int answers = 0;
};

class RouterTest : public testing::Test {
 protected:
  // A route that answers its name and what it was given.
  void add(std::string_view method, std::string_view pattern, std::string name) {
    router_.add(method, pattern, [name](const RequestPtr&, const PathParameters& parameters, Reply reply) {
      Response response;
      response.body = name;
      for (const std::string& parameter : parameters) response.body += "|" + parameter;
      reply.send(std::move(response));
    });
  }
  Response ask(std::string_view method, std::string_view target, std::string accept = "") {
    const auto kept = std::make_shared<Kept>();
    const auto request = std::make_shared<FakeRequest>(method, target);
    request->accept = std::move(accept);
    router_.dispatch(request, Reply(kept));
    EXPECT_EQ(kept->answers, 1);
    return kept->response;
  }
  std::string body(std::string_view target) { return ask("GET", target).body; }

  Router router_;
};

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST_F(RouterTest, FindsTheRouteOfAPath) {
  add("GET", "/", "root");
  add("GET", "/entities", "all");
  add("GET", "/entities/{id}", "one");
  add("GET", "/entities/{id}/attrs/{name}", "attribute");
  EXPECT_EQ(body("/"), "root");
  EXPECT_EQ(body("/?a=b"), "root");
  EXPECT_EQ(body("/entities?type=T"), "all");
  EXPECT_EQ(body("/entities/urn:a"), "one|urn:a");
  EXPECT_EQ(body("/entities/urn:a/attrs/b"), "attribute|urn:a|b");
  EXPECT_EQ(body("/entit%69es"), "all");
  for (const char* path :
       {"/none", "/entities/", "/entities/a/", "/entities/a/attrs", "//", "/entities//attrs/b", "*"}) {
    EXPECT_EQ(ask("GET", path).status, path[0] == '*' ? 204u : 404u) << path;
  }
}

TEST_F(RouterTest, DecodesParameters) {
  add("GET", "/e/{id}", "e");
  EXPECT_EQ(body("/e/a%2Fb+c%20%E6%9C%AD"), "e|a/b+c 札");
  EXPECT_EQ(ask("GET", "/e/%zz").status, 400u);
  EXPECT_EQ(ask("GET", "/e/%00").status, 400u);
  EXPECT_EQ(ask("GET", "/e/%ff").status, 400u);
}

TEST_F(RouterTest, PrefersLiteralsAndComesBackWhenTheyLeadNowhere) {
  add("GET", "/a/{x}", "parameter");
  add("GET", "/a/b/c", "literal");
  add("GET", "/a/{x}/d", "deep");
  EXPECT_EQ(body("/a/b/c"), "literal");
  EXPECT_EQ(body("/a/b"), "parameter|b");
  EXPECT_EQ(body("/a/b/d"), "deep|b");
}

TEST_F(RouterTest, GivesTheRestOfThePath) {
  add("GET", "/static/{*}", "file");
  EXPECT_EQ(body("/static/a/b.css"), "file|a/b.css");
  EXPECT_EQ(body("/static/"), "file|");
  EXPECT_EQ(ask("GET", "/static").status, 404u);
  EXPECT_EQ(ask("GET", "/static/a/../b").status, 404u);
  EXPECT_EQ(ask("GET", "/static/%2e%2e/b").status, 404u);
}

TEST_F(RouterTest, SaysWhichMethodsThereAre) {
  add("GET", "/a", "get");
  add("PATCH", "/a", "patch");
  const Response refused = ask("DELETE", "/a");
  EXPECT_EQ(refused.status, 405u);
  EXPECT_EQ(header(refused, "Allow"), "GET, HEAD, PATCH, OPTIONS");
  const Response options = ask("OPTIONS", "/a");
  EXPECT_EQ(options.status, 204u);
  EXPECT_EQ(options.body, "");
  EXPECT_EQ(header(options, "Allow"), "GET, HEAD, PATCH, OPTIONS");
  EXPECT_NE(header(options, "Accept-Patch"), "");
  EXPECT_EQ(ask("HEAD", "/a").body, "get");
}

TEST_F(RouterTest, AnswersWhenTheHandlerForgets) {
  router_.add("GET", "/a", [](const RequestPtr&, const PathParameters&, const Reply&) {});
  EXPECT_EQ(ask("GET", "/a").status, 500u);
}

TEST(Reply, AnswersTheOneItReplaces) {
  const auto first = std::make_shared<Kept>();
  const auto second = std::make_shared<Kept>();
  Reply reply(first);
  reply = Reply(second);
  EXPECT_EQ(first->response.status, 500u);
  EXPECT_EQ(second->answers, 0);
  reply.send(Response{});
  reply.send(Response{});
  EXPECT_EQ(second->answers, 1);
}

TEST(QueryString, DecodesAndKeepsTheOrder) {
  const auto query = QueryString::parse("/a?q=name==%22a+b%22&x&q=%2B&&=1");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("q"), "+");
  EXPECT_EQ(query->get("x"), "");
  EXPECT_EQ(query->get("y"), std::nullopt);
  EXPECT_EQ(query->all().front(), (std::pair<std::string, std::string>("q", "name==\"a b\"")));
  EXPECT_TRUE(QueryString::parse("/a")->all().empty());
}

TEST(QueryString, RefusesBadEncoding) {
  for (const char* target : {"/?a=%", "/?a=%1", "/?a=%zz", "/?%ff=1", "/?a=%00"})
    EXPECT_FALSE(QueryString::parse(target)) << target;
}

TEST_F(RouterTest, PageBesideARoute) {
  const auto page = [](const RequestPtr&, const PathParameters&, Reply reply) {
    Response response;
    response.body = "page";
    reply.send(std::move(response));
  };
  add("GET", "/trust/log", "route");
  router_.add_page("/trust/log", page);
  router_.add_page("/map", page);
  router_.set_door([](const Request&, std::string_view, std::string_view) -> std::optional<Response> {
    Response response;
    response.status = 401;
    return response;
  });
  EXPECT_EQ(ask("GET", "/trust/log", "text/html,application/xhtml+xml,*/*;q=0.8").body, "page");
  EXPECT_EQ(ask("GET", "/trust/log", "application/json").status, 401);
  EXPECT_EQ(ask("GET", "/trust/log").status, 401);
  EXPECT_EQ(ask("GET", "/map").body, "page");
  EXPECT_EQ(ask("HEAD", "/map").status, 200);
  EXPECT_EQ(header(ask("OPTIONS", "/map"), "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(ask("POST", "/map").status, 405);
  EXPECT_EQ(header(ask("OPTIONS", "/trust/log"), "Allow"), "GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace tsunagu::gateway
