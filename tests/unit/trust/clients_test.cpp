// What a client may be, and what is left of what a person allowed it.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "store/embedded.h"
#include "trust/clients/client.h"
#include "trust/clients/grants.h"
#include "trust/keys.h"
#include "trust/tokens/memory.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kDayOfGrants = 86'400'000'000;

TEST(Registration, FillsInWhatIsUsual) {
  const auto service = read_registration(R"({"client_name":"Sensor hub"})");
  ASSERT_TRUE(service) << service.error().detail;
  EXPECT_TRUE(service->id.starts_with("app-"));
  EXPECT_TRUE(service->may(kClientCredentials));
  EXPECT_EQ(service->auth_method, "client_secret_basic");
  EXPECT_EQ(grantable(*service, ""), "openid profile offline_access graph.read");
  EXPECT_EQ(grantable(*service, "graph.write graph.read x"), "graph.read");
  const auto app = read_registration(
      R"({"client_id":"bus","client_name":"バス","redirect_uris":["https://bus.example/cb"],"token_endpoint_auth_method":"none"})");
  ASSERT_TRUE(app) << app.error().detail;
  EXPECT_TRUE(app->may(kAuthorizationCode) && app->may(kRefreshToken) && !app->may(kClientCredentials));
  Client back;
  ASSERT_TRUE(read_item(to_json(*app), back));
  EXPECT_EQ(to_json(back), to_json(*app));
  EXPECT_EQ(subject_of(*app).id, "urn:ngsi-ld:Program:bus");
}

TEST(Registration, SaysWhatIsWrong) {
  const auto with = [](const std::string& more) {
    return read_registration(R"({"client_name":"A")" + more + "}").has_value();
  };
  EXPECT_TRUE(with(R"(,"redirect_uris":["jp.example.app:/cb","http://127.0.0.1:8000/cb","http://[::1]/cb"])"));
  for (const char* uri : {"http://example.org/cb", "https://example.org/cb#x", "/cb", "javascript:alert(1)", "https://",
                          "https://u@example.org/", "https://*.example.org/", "http://127.0.0.1.example.org/",
                          "data:text/html,x", "app:/cb"}) {
    EXPECT_FALSE(with(R"(,"redirect_uris":[")" + std::string(uri) + "\"]")) << uri;
  }
  for (const char* more :
       {R"(,"client_id":"A B")", R"(,"grant_types":["password"])", R"(,"grant_types":["authorization_code"])",
        R"(,"token_endpoint_auth_method":"none")", R"(,"scope":"admin")", R"(,"jwks":{"keys":[]})",
        R"(,"token_endpoint_auth_method":"private_key_jwt")", R"(,"secret":"mine")",
        R"(,"redirect_uris":["https://a.example/"],"grant_types":["client_credentials"])"}) {
    EXPECT_FALSE(with(more)) << more;
  }
  for (const char* text : {"", "[]", "{}", "{", R"({"client_name":""})"}) EXPECT_FALSE(read_registration(text)) << text;
}

TEST(Registration, KeepsNoSecret) {
  Client client;
  const std::string secret = random_text(32);
  client.secret = secret_digest(secret);
  EXPECT_TRUE(secret_fits(client, secret));
  EXPECT_FALSE(secret_fits(client, ""));
  EXPECT_FALSE(secret_fits(client, client.secret));
  EXPECT_FALSE(secret_fits(Client(), ""));
  EXPECT_EQ(describe(client).find(client.secret), std::string::npos);
}

class GrantStore : public ::testing::Test {
 protected:
  GrantStore() {
    std::string name = (fs::temp_directory_path() / "tsunagu-grants-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    open();
  }
  ~GrantStore() override {
    close();
    fs::remove_all(folder);
  }
  void open() {
    store::EmbeddedOptions options;
    options.folder = folder / "data";
    store = std::move(*store::open_embedded(std::move(options)));
    grants = std::make_unique<ClientGrants>(*store);
  }
  void close() {
    store->stop();
    grants.reset();
    store.reset();
  }
  std::string begin(const std::string& id) {
    ClientGrant grant;
    grant.id = id;
    grant.client = "app";
    grant.scopes = "openid";
    std::promise<std::string> token;
    grants->begin(grant, at,
                  [&](Result<ClientGrants::Renewed> got) { token.set_value(got ? got->refresh_token : ""); });
    return token.get_future().get();
  }
  /// The next token; "" when it is refused.
  std::string renew(const std::string& token, const std::string& client = "app", std::int64_t days = 0) {
    std::promise<std::string> next;
    grants->renew(
        token, client, Instant{at.us + days * kDayOfGrants}, [&](const ClientGrant& grant) { stolen = grant.id; },
        [&](Result<ClientGrants::Renewed> got) { next.set_value(got ? got->refresh_token : ""); });
    return next.get_future().get();
  }

  const Instant at = now();
  fs::path folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<ClientGrants> grants;
  std::string stolen;
};

TEST_F(GrantStore, EveryRefreshTokenIsGoodOnce) {
  const std::string first = begin("g"), second = renew(first);
  ASSERT_FALSE(second.empty());
  EXPECT_NE(second, first);
  EXPECT_FALSE(grants->holding(first, at));
  EXPECT_TRUE(grants->holding(second, at));
  const std::string third = renew(second);
  close();
  open();
  EXPECT_TRUE(grants->holding(third, at)) << "a restart loses nothing";
  EXPECT_FALSE(renew(third).empty());
}

TEST_F(GrantStore, OneUsedAgainEndsTheFamily) {
  const std::string first = begin("g"), second = renew(first);
  EXPECT_EQ(renew(first), "");
  EXPECT_EQ(stolen, "g");
  EXPECT_EQ(renew(second), "");
  EXPECT_FALSE(grants->find("g"));
}

TEST_F(GrantStore, WhoOnlyKnowsTheIdEndsNothing) {
  const std::string first = begin("g");
  for (const std::string& made_up : {std::string("g.x"), std::string("g"), std::string("g."), std::string(),
                                     std::string("h.x"), std::string(10'000, 'g')}) {
    EXPECT_EQ(renew(made_up), "");
  }
  EXPECT_EQ(renew(first, "other"), "") << "it is another client's";
  EXPECT_EQ(stolen, "");
  EXPECT_FALSE(renew(first).empty());
}

TEST_F(GrantStore, UnusedOnesEnd) {
  EXPECT_EQ(renew(begin("g"), "app", 15), "");
  std::string token = begin("h");
  for (std::int64_t day = 10; day < 90; day += 10) token = renew(token, "app", day);
  EXPECT_FALSE(token.empty());
  EXPECT_EQ(renew(token, "app", 91), "") << "after 90 days the person is asked again";
}

TEST_F(GrantStore, RevocationsLastAsLongAsTheyMatter) {
  Revocations revocations(*store);
  std::promise<void> done;
  revocations.revoke("old", Instant{at.us - 1}, {});
  revocations.revoke("id", Instant{at.us + kDayOfGrants}, [&](const Result<void>& written) {
    EXPECT_TRUE(written);
    done.set_value();
  });
  EXPECT_TRUE(revocations.holds("id"));
  EXPECT_FALSE(revocations.holds("old"));
  done.get_future().get();
  Revocations again(*store);
  again.load(at);
  EXPECT_TRUE(again.holds("id"));
  Revocations later(*store);
  later.load(Instant{at.us + 2 * kDayOfGrants});
  EXPECT_FALSE(later.holds("id"));
}

TEST(AuthorizationCodes, AreGoodOnceAndForAMinute) {
  Codes codes;
  const Instant at = now();
  Codes::Code code;
  code.grant.id = "g";
  const auto text = codes.keep(code, at);
  ASSERT_TRUE(text);
  EXPECT_FALSE(codes.take("x", at));
  const auto first = codes.take(*text, at);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->used);
  EXPECT_TRUE(codes.take(*text, at)->used);
  const auto late = codes.keep(code, at);
  EXPECT_FALSE(codes.take(*late, Instant{at.us + 60'000'000}));
}

}  // namespace
}  // namespace tsunagu::trust
