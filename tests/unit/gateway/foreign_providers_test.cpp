// The file of providers, and what a provider may say of itself.
#include "gateway/oidc/foreign_providers.h"

#include <gtest/gtest.h>

#include "gateway/oidc/discovery.h"

namespace tsunagu::gateway::oidc {
namespace {

constexpr const char* kGoodProvider = R"(
[[provider]]
key = "town"
title = { ja = "まちのID", en = "Town ID" }
issuer = "https://id.example.lg.jp"
client_id = "tsunagu"
scopes = ["openid", "profile", "email"]
unknown = "resident"
strong_acr = ["urn:two"]
)";

TEST(ForeignProviders, AreReadFromTheirFile) {
  const auto read = read_providers(kGoodProvider, "f.toml");
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->size(), 1u);
  const ForeignProvider& town = read->front();
  EXPECT_EQ(town.title_ja, "まちのID");
  EXPECT_EQ(town.title_en, "Town ID");
  EXPECT_TRUE(town.new_residents && town.secret.empty() && town.account_claim.empty() && town.audience.empty());
  EXPECT_EQ(town.scopes.size(), 3u);
}

TEST(ForeignProviders, SayWhatIsWrong) {
  const auto reason = [](const std::string& more, const std::string& issuer = "https://id.example.lg.jp") {
    const auto read =
        read_providers("[[provider]]\nkey = \"k\"\nissuer = \"" + issuer + "\"\nclient_id = \"c\"\n" + more, "f.toml");
    return read ? std::string() : read.error().detail;
  };
  EXPECT_EQ(reason(""), "");
  EXPECT_EQ(reason("", "http://127.0.0.1:8080"), "");
  for (const auto& [more, word] : {std::pair{"secret = \"s\"", "secret_file"},
                                   {"unknown = \"staff\"", "unknown"},
                                   {"scopes = [\"profile\"]", "openid"},
                                   {"scopes = [1]", "scopes"},
                                   {"title = 3", "title"},
                                   {"assurance = \"card\"", "assurance"},
                                   {"isuer = \"x\"", "isuer"},
                                   {"secret_file = \"/nowhere/at/all\"", "/nowhere"},
                                   {"secret_env = \"TSUNAGU_NOT_SET\"", "TSUNAGU_NOT_SET"},
                                   {"= 3", "f.toml"}}) {
    EXPECT_NE(reason(more).find(word), std::string::npos) << more << ": " << reason(more);
  }
  for (const char* issuer :
       {"http://id.example.lg.jp", "http://127.0.0.1.evil.example", "id.example", "https://a/?b", "https://a/#b"})
    EXPECT_NE(reason("", issuer), "") << issuer;
  EXPECT_NE(reason("unknown = 1").find("f.toml: line 1, provider \"k\": "), std::string::npos) << reason("unknown = 1");
  EXPECT_NE(reason("\n\n[[provider]]\nkey = \"K\"").find("line 7"), std::string::npos);
  EXPECT_NE(reason("title = \"open").find("f.toml:5: "), std::string::npos) << reason("title = \"open");
  const auto twice = read_providers(std::string(kGoodProvider) + kGoodProvider, "f.toml");
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().detail.find("line 11, provider \"town\": another provider"), std::string::npos)
      << twice.error().detail;
  for (const char* text : {"", "provider = 1", "provider = [1]", "[other]\na = 1", "[[provider]]"})
    EXPECT_FALSE(read_providers(text, "f.toml")) << text;
}

TEST(ForeignMetadata, IsThatOfItsIssuer) {
  const std::string good =
      R"({"issuer":"https://op","authorization_endpoint":"https://op/a","token_endpoint":"https://op/t","jwks_uri":"https://op/k")";
  const auto read =
      read_metadata(good + R"(,"token_endpoint_auth_methods_supported":["client_secret_post"]})", "https://op");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_TRUE(read->secret_by_post && !read->names_issuer);
  EXPECT_FALSE(read_metadata(good + "}", "https://op/")) << "mix-up: it says that it is somebody else";
  EXPECT_FALSE(read_metadata(good, "https://op"));
  EXPECT_FALSE(read_metadata("[]", "https://op"));
  for (const char* instead : {"http://op/t", "file:///etc/passwd", "", "/t"}) {
    std::string changed = good;
    changed.replace(changed.find("https://op/t"), std::string_view("https://op/t").size(), instead);
    EXPECT_FALSE(read_metadata(changed + "}", "https://op")) << instead;
  }
}

}  // namespace
}  // namespace tsunagu::gateway::oidc
