#include "broker/subscriptions/subscription.h"

#include "base/json.h"
#include "broker/subscriptions/endpoint_address.h"
#include "broker/subscriptions/outbox_row.h"
#include "subscription_sample.h"

namespace tsunagu::broker {
namespace {

ngsi::ContextPtr context(std::string_view json) {
  std::vector<std::string> missing;
  auto compiled = ngsi::compile_context(
      json, [](std::string_view) { return nullptr; }, missing);
  EXPECT_TRUE(compiled);
  return *compiled;
}

TEST(Subscription, NamesAreExpandedAndCompactedBack) {
  const auto mine =
      context(R"({"a":"https://example.org/a","b":"https://example.org/v1.2/b","T":"https://example.org/T"})");
  const std::string body =
      body_of("1",
              R"("entities":[{"type":"(T|U);V"}],"watchedAttributes":["a","c"],)"
              R"x("q":"a.b>1;(b[x.y]==\"a\"|!c)","expandValues":"a,c","geoQ":{"georel":"within","geometry":"Point",)x"
              R"("coordinates":[1,2],"geoproperty":"b"})",
              R"("pick":["id","a","b{a,c}"],"join":"flat",)");
  // "!c" is not of the language: take it out again, but first see that it is refused with its place.
  EXPECT_NE(read(body, *mine).error().detail.find("Subscription: q: "), std::string::npos);
  std::string good = body;
  good.replace(good.find("!c"), 2, "c");
  const auto expanded = expand_subscription(good, *mine);
  ASSERT_TRUE(expanded);
  EXPECT_NE(expanded->find("https://example.org/v1.2/b"), std::string::npos);
  ASSERT_TRUE(read_subscription(*expanded)) << read_subscription(*expanded).error().detail;
  EXPECT_EQ(compact_subscription(*expanded, *mine), good);
  // Seen by somebody with other names it means the same.
  const auto other = context(R"({"x.y":"https://example.org/a","ex":"https://example.org/v1.2/"})");
  const std::string theirs = compact_subscription(*expanded, *other);
  EXPECT_EQ(*expand_subscription(theirs, *other), *expanded) << theirs;
}

TEST(Subscription, ExpandedValuesKeepTheirMeaning) {
  const auto mine = context(R"({"open":"https://example.org/open"})");
  const auto expanded =
      expand_subscription(body_of("1", R"("entities":[{"type":"T"}],"q":"state==open","expandValues":"state")"), *mine);
  ASSERT_TRUE(expanded) << expanded.error().detail;
  const auto subscription = read_subscription(*expanded);
  ASSERT_TRUE(subscription) << subscription.error().detail;
  EXPECT_EQ(subscription->filter.q.front().values.front().expanded, "\"https://example.org/open\"");
}

TEST(Subscription, MergeGoesIntoTheEndpointAndReplacesTheRest) {
  EXPECT_EQ(
      merge_subscription(
          R"({"a":1,"geoQ":{"x":1},"notification":{"format":"f","endpoint":{"uri":"u","accept":"j"}}})",
          R"({"a":null,"b":2,"c":null,"geoQ":{"y":1},"notification":{"format":"urn:ngsi-ld:null","endpoint":{"uri":"v"}}})"),
      R"({"geoQ":{"y":1},"notification":{"endpoint":{"uri":"v","accept":"j"}},"b":2})");
}

TEST(Subscription, SurvivesPacking) {
  const auto subscription = made(body_of("1", R"("watchedAttributes":["a"],"q":"a>1")"));
  subscription->context_json = "\"https://example.org/c\"";
  subscription->account->attempt_begins(Instant{5'000'000});
  subscription->account->attempt_ended(false, Instant{6'000'000});
  const auto again = unpack_subscription(pack_subscription(*subscription));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->document, subscription->document);
  EXPECT_EQ(again->created_at, subscription->created_at);
  EXPECT_EQ(again->context_json, subscription->context_json);
  const Account::Figures figures = again->account->figures();
  EXPECT_EQ(figures.sent, 1u);
  EXPECT_EQ(figures.failed, 1u);
  EXPECT_EQ(figures.last_failure, Instant{6'000'000});
  EXPECT_EQ(figures.last_success, kNoInstant);
}

TEST(Subscription, BytesThatAreNoneAreRefused) {
  for (const char* packed : {"", "{}", "[", "{\"subscription\":", "{\"subscription\":{}}", "{\"subscription\":5}"}) {
    EXPECT_FALSE(unpack_subscription(packed)) << packed;
  }
}

TEST(Subscription, StatusIsTheClocksAndTheClients) {
  auto subscription =
      made(body_of("1", R"("watchedAttributes":["a"],"expiresAt":"2030-01-01T00:00:00Z","isActive":false)"));
  using Status = Subscription::Status;
  EXPECT_EQ(subscription->status(*parse_instant("2029-12-31T23:59:59Z")), Status::kPaused);
  EXPECT_EQ(subscription->status(*parse_instant("2030-01-01T00:00:00Z")), Status::kExpired);
}

TEST(EndpointAddress, PartsAndDefaults) {
  const auto plain = split_endpoint("http://Example.ORG/a/b?c");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->host, "example.org");
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(plain->path, "/a/b?c");
  EXPECT_EQ(split_endpoint("mqtts://me:secret@host/t")->port, 8883);
  EXPECT_EQ(split_endpoint("https://[::1]:8443/")->host, "::1");
  EXPECT_EQ(split_endpoint("https://[::1]:8443/")->port, 8443);
  for (const char* wrong :
       {"", "ftp://a/b", "http://", "http://a:99999/", "http://a:x/", "http://[::1/", "urn:a:b", "http:/a"}) {
    EXPECT_FALSE(split_endpoint(wrong)) << wrong;
  }
}

TEST(EndpointAddress, OursUnderAnyNameOfThisMachine) {
  const std::vector<EndpointAddress> own{*split_endpoint("http://127.0.0.1:1026"),
                                         *split_endpoint("https://city.example")};
  for (const char* ours : {"http://127.0.0.1:1026/x", "http://localhost:1026", "http://[::1]:1026/",
                           "https://city.example/ngsi-ld/v1/entities"}) {
    EXPECT_TRUE(is_own_address(*split_endpoint(ours), own)) << ours;
  }
  for (const char* other :
       {"http://127.0.0.1:1027/x", "http://city.example/", "http://example.org:1026", "mqtt://127.0.0.1:1026/t"}) {
    EXPECT_FALSE(is_own_address(*split_endpoint(other), own)) << other;
  }
}

TEST(OutboxRow, ComesBackAndDamageIsSeen) {
  OutboxBody body;
  body.change.tenant = store::TenantId{3};
  body.change.at = {77};
  body.change.after = record_of(R"({"id":"urn:x:1","type":"T","a":1})");
  body.parts.push_back({0, OutboxPart::State::kDue, 0, kNoInstant, "urn:s:1", ""});
  body.parts.push_back({4, OutboxPart::State::kDead, 9, Instant{5}, "urn:s:2", "status 500"});
  const std::string packed = pack_outbox(body);
  const auto again = unpack_outbox(packed);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->change.tenant, store::TenantId{3});
  EXPECT_FALSE(again->change.before);
  EXPECT_EQ(again->change.after->bytes(), body.change.after->bytes());
  ASSERT_EQ(again->parts.size(), 2u);
  EXPECT_EQ(again->parts[1].number, 4u);
  EXPECT_EQ(again->parts[1].reason, "status 500");
  EXPECT_EQ(again->parts[1].subscription, "urn:s:2");
  for (std::size_t n = 0; n < packed.size(); ++n) EXPECT_FALSE(unpack_outbox(packed.substr(0, n))) << n;
  EXPECT_FALSE(unpack_outbox(packed + "x"));
}

}  // namespace
}  // namespace tsunagu::broker
