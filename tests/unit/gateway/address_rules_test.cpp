// Nobody makes this server connect to what only it can reach.
#include "gateway/http/address_rules.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <future>

#include "gateway/http/client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

TEST(AddressRules, KnowWhatIsPublic) {
  const AddressRules rules = *AddressRules::public_and({});
  for (const char* address :
       {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1111",
        "2400:8500::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(rules.allows(address)) << address;
  }
  for (const char* address : {"127.0.0.1",
                              "127.255.255.255",
                              "0.0.0.0",
                              "10.0.0.1",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "169.254.169.254",
                              "100.64.0.1",
                              "192.0.0.8",
                              "192.0.2.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fe80::1%eth0",
                              "fc00::1",
                              "fd12::1",
                              "fec0::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1",
                              "3fff::1",
                              "::ffff:127.0.0.1",
                              "::ffff:a9fe:a9fe",
                              "::127.0.0.1",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b:1::1",
                              "2002:7f00:1::",
                              "2002:c0a8:101::1",
                              "100::1",
                              "",
                              "localhost",
                              "0x7f.1",
                              "2130706433",
                              "127.1",
                              "017700000001"}) {
    EXPECT_FALSE(rules.allows(address)) << address;
  }
}

TEST(AddressRules, AllowWhatTheOperatorNames) {
  const AddressRules rules = *AddressRules::public_and({"10.1.0.0/16", "192.168.7.9", "fd00::/9", "2001:db8::5"});
  for (const char* address : {"10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "192.168.7.9", "fd12::1", "2001:db8::5"})
    EXPECT_TRUE(rules.allows(address)) << address;
  for (const char* address : {"10.2.0.0", "10.0.255.255", "192.168.7.8", "fd80::1", "2001:db8::6", "127.0.0.1"})
    EXPECT_FALSE(rules.allows(address)) << address;
  EXPECT_TRUE(AddressRules().allows("169.254.169.254")) << "without rules everything is allowed";
  for (const char* wrong :
       {"", "10.0.0.0/33", "::/129", "10.0.0/8", "example.org", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8"})
    EXPECT_FALSE(AddressRules::public_and({wrong})) << wrong;
}

TEST(AddressRules, LookAtTheAddressThatIsConnectedTo) {
  const AddressRules rules = *AddressRules::public_and({});
  sockaddr_in four{};
  four.sin_family = AF_INET;
  ::inet_pton(AF_INET, "127.0.0.1", &four.sin_addr);
  EXPECT_FALSE(rules.allows(reinterpret_cast<const sockaddr&>(four)));
  ::inet_pton(AF_INET, "8.8.8.8", &four.sin_addr);
  EXPECT_TRUE(rules.allows(reinterpret_cast<const sockaddr&>(four)));
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, "::ffff:169.254.169.254", &six.sin6_addr);
  EXPECT_FALSE(rules.allows(reinterpret_cast<const sockaddr&>(six)));
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(rules.allows(other));
}

TEST(AddressRules, HoldForTheClientBehindEveryName) {
  const TestServer server;
  const std::string port = std::to_string(server.port());
  const auto ask = [](HttpClient& client, const std::string& url) {
    std::promise<FetchResult> done;
    client.fetch(url, {}, [&](FetchResult result) { done.set_value(std::move(result)); });
    return done.get_future().get();
  };
  HttpClient closed(*AddressRules::public_and({}));
  for (const char* host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1"}) {
    const auto answer = ask(closed, "http://" + std::string(host) + ":" + port + "/hello");
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, ErrorCode::kForbidden) << host << ": " << answer.error().detail;
  }
  HttpClient open(*AddressRules::public_and({"127.0.0.0/8"}));
  EXPECT_TRUE(ask(open, "http://127.0.0.1:" + port + "/hello"));
  EXPECT_FALSE(fetch_now("http://127.0.0.1:" + port + "/hello", {}, *AddressRules::public_and({})));
}

}  // namespace
}  // namespace tsunagu::gateway
