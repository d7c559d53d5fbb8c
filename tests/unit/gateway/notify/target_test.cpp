#include "gateway/notify/target.h"

#include <gtest/gtest.h>

namespace tsunagu::gateway::notify {
namespace {

TEST(Target, Http) {
  auto t = parse_target("http://Example.org/a/b?c=d#e");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->host, "example.org");
  EXPECT_EQ(t->port, 80);
  EXPECT_EQ(t->path, "/a/b?c=d");
  EXPECT_EQ(t->host_header, "example.org");
  EXPECT_EQ(t->origin, "http://example.org:80");
  EXPECT_FALSE(t->tls);
  EXPECT_FALSE(t->mqtt);

  t = parse_target("https://user:p%40ss@[::1]:8443?x");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->host, "::1");
  EXPECT_EQ(t->host_header, "[::1]:8443");
  EXPECT_EQ(t->path, "/?x");
  EXPECT_EQ(t->user, "user");
  EXPECT_EQ(t->password, "p@ss");
  EXPECT_TRUE(t->tls);
  EXPECT_EQ(parse_target("HTTPS://a")->port, 443);
}

TEST(Target, Mqtt) {
  auto t = parse_target("mqtt://user:password@broker:1884/a/%E6%B8%A9%E5%BA%A6/c");
  ASSERT_TRUE(t);
  EXPECT_TRUE(t->mqtt);
  EXPECT_EQ(t->port, 1884);
  EXPECT_EQ(t->path, "a/温度/c");
  EXPECT_EQ(t->user, "user");
  EXPECT_EQ(parse_target("mqtt://b/t")->port, 1883);
  EXPECT_EQ(parse_target("mqtts://b/t")->port, 8883);
  EXPECT_EQ(parse_target("mqtt://user@b/t")->user, "user");
}

TEST(Target, Refused) {
  for (const char* uri : {"",
                          "example.org",
                          "ftp://a/",
                          "http://",
                          "http:///a",
                          "http://a b/",
                          "http://a/\r\nX: y",
                          "http://a:0/",
                          "http://a:65536/",
                          "http://a:x/",
                          "http://[::1/",
                          "http://[::1]x/",
                          "http://名/",
                          "http://a%/",
                          "http://u%zz@a/",
                          "http://u%00@a/",
                          "mqtt://a",
                          "mqtt://a/",
                          "mqtt://a/x/#",
                          "mqtt://a/+/x",
                          "mqtt://a/%2B",
                          "mqtt://a/%23",
                          "mqtt://a/%00"})
    EXPECT_FALSE(parse_target(uri)) << uri;
}

}  // namespace
}  // namespace tsunagu::gateway::notify
