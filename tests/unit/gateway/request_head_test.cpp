#include "gateway/http/request_head.h"

#include <gtest/gtest.h>

namespace tsunagu::gateway {
namespace {

using Found = HeadScanner::Found;

std::string get_with(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

// The error's name, or "" when the head is accepted.
std::string refusal(std::string_view bytes) {
  RequestHead head;
  const auto read = head.read(bytes);
  return read ? "" : info(read.error().code).name;
}

TEST(HeadScanner, FindsTheEndInBytesThatComeOneByOne) {
  const std::string text = "GET / HTTP/1.1\r\nHost: h\r\n\r\nNEXT";
  HeadScanner scanner;
  for (std::size_t size = 0; size < 27; ++size) EXPECT_EQ(scanner.scan(text.substr(0, size)), Found::kNothing) << size;
  EXPECT_EQ(scanner.scan(text), Found::kEnd);
  EXPECT_EQ(scanner.size(), 27u);
}

TEST(HeadScanner, MeasuresTheRequestLine) {
  HeadScanner scanner;
  EXPECT_EQ(scanner.scan("GET /a"), Found::kNothing);
  EXPECT_EQ(scanner.request_line(), 0u);
  EXPECT_EQ(scanner.scan("GET /a HTTP/1.1\r\nA"), Found::kNothing);
  EXPECT_EQ(scanner.request_line(), 17u);
}

TEST(HeadScanner, RefusesWhatIsNotHttp) {
  EXPECT_EQ(HeadScanner().scan("\x16\x03\x01 TLS"), Found::kFault);
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\nHost: h\n\n"), Found::kFault);
  EXPECT_EQ(HeadScanner().scan("GET / HTTP/1.1\r\nHost: h\n"), Found::kFault);
}

TEST(RequestHead, ReadsTheParts) {
  RequestHead head;
  ASSERT_TRUE(head.read(
      "PATCH /a/b%2Fc?q=1&r=%20 HTTP/1.1\r\nHost: h:1\r\nContent-Length: 12\r\nX-Empty:\r\naccept:  a , b \t\r\n\r\n"));
  EXPECT_EQ(head.view(head.method), "PATCH");
  EXPECT_EQ(head.view(head.target), "/a/b%2Fc?q=1&r=%20");
  EXPECT_EQ(head.view(head.path), "/a/b%2Fc");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_EQ(head.field("ACCEPT"), "a , b");
  EXPECT_EQ(head.field("x-empty"), "");
  EXPECT_EQ(head.field("x-none"), std::nullopt);
}

TEST(RequestHead, JoinsRepeatedHeaders) {
  RequestHead head;
  ASSERT_TRUE(head.read(get_with("Link: <a>\r\nX: y\r\nLINK: <b>\r\nlink: <c>\r\n")));
  EXPECT_EQ(head.field("Link"), "<a>, <b>, <c>");
  EXPECT_EQ(head.field("x"), "y");
}

TEST(RequestHead, TakesThePathOfAnAbsoluteTarget) {
  RequestHead head;
  ASSERT_TRUE(head.read("GET http://example.org/a?b HTTP/1.1\r\nHost: example.org\r\n\r\n"));
  EXPECT_EQ(head.view(head.path), "/a");
}

TEST(RequestHead, TakesTheStarOnlyForOptions) {
  EXPECT_EQ(refusal("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "");
  EXPECT_EQ(refusal("GET * HTTP/1.1\r\nHost: h\r\n\r\n"), "InvalidRequest");
}

TEST(RequestHead, DecidesHowLongTheConnectionLives) {
  const auto keeps_alive = [](std::string_view version, std::string_view connection) {
    RequestHead head;
    EXPECT_TRUE(head.read("GET / " + std::string(version) + "\r\nHost: h\r\nConnection: " + std::string(connection) +
                          "\r\n\r\n"));
    return head.keep_alive;
  };
  EXPECT_TRUE(keeps_alive("HTTP/1.1", "upgrade"));
  EXPECT_FALSE(keeps_alive("HTTP/1.1", "foo, Close"));
  EXPECT_FALSE(keeps_alive("HTTP/1.0", "foo"));
  EXPECT_TRUE(keeps_alive("HTTP/1.0", "Keep-Alive"));
}

TEST(RequestHead, RefusesWhatCouldBeReadInTwoWays) {
  EXPECT_EQ(refusal(get_with("Content-Length: 3\r\nContent-Length: 3\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 3, 3\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: +3\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: -1\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 0x3\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 3\r\ncontent-length: 4\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length : 3\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 3\r\ntransfer-encoding: CHUNKED\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Transfer-Encoding: chunked, chunked\r\n")), "NotImplemented");
  EXPECT_EQ(refusal(get_with("Transfer-Encoding: \x0b"
                             "chunked\r\n")),
            "InvalidRequest");
  EXPECT_EQ(refusal(get_with(std::string_view("Transfer-Encoding\0: chunked\r\n", 29))), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("host: other\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length:\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 99999999999999999999\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Transfer-Encoding: gzip, chunked\r\n")), "NotImplemented");
  EXPECT_EQ(refusal(get_with("Transfer-Encoding: identity\r\n")), "NotImplemented");
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("Host: other\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("A : b\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("A: b\r\n c\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("A: b\rc\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with(std::string_view("A: b\0c\r\n", 8))), "InvalidRequest");
  EXPECT_EQ(refusal(get_with(": b\r\n")), "InvalidRequest");
  EXPECT_EQ(refusal(get_with("no colon\r\n")), "InvalidRequest");
}

TEST(RequestHead, RefusesBadRequestLines) {
  const auto line = [](std::string_view text) { return refusal(std::string(text) + "\r\nHost: h\r\n\r\n"); };
  EXPECT_EQ(line("GET / HTTP/1.1"), "");
  EXPECT_EQ(line("GET / HTTP/1.2"), "");
  EXPECT_EQ(line("GET /"), "InvalidRequest");
  EXPECT_EQ(line("GET"), "InvalidRequest");
  EXPECT_EQ(line("GET  / HTTP/1.1"), "InvalidRequest");
  EXPECT_EQ(line("GET /a b HTTP/1.1"), "InvalidRequest");
  EXPECT_EQ(line("GET a HTTP/1.1"), "InvalidRequest");
  EXPECT_EQ(line("G(T / HTTP/1.1"), "InvalidRequest");
  EXPECT_EQ(line("GET /\x01 HTTP/1.1"), "InvalidRequest");
  EXPECT_EQ(line("GET / http/1.1"), "InvalidRequest");
  EXPECT_EQ(line("GET / HTTP/11"), "InvalidRequest");
  EXPECT_EQ(line("CONNECT h:80 HTTP/1.1"), "InvalidRequest");
}

TEST(RequestHead, TellsAnotherVersionOfHttp) {
  RequestHead head;
  EXPECT_FALSE(head.read("PRI * HTTP/2.0\r\n\r\n"));
  EXPECT_TRUE(head.bad_version);
}

TEST(RequestHead, WantsALengthWhereABodyIsExpected) {
  for (const std::string method : {"POST", "PUT", "PATCH"}) {
    EXPECT_EQ(refusal(method + " / HTTP/1.1\r\nHost: h\r\n\r\n"), "LengthRequired");
    EXPECT_EQ(refusal(method + " / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"), "");
    EXPECT_EQ(refusal(method + " / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"), "");
  }
  EXPECT_EQ(refusal("DELETE / HTTP/1.1\r\nHost: h\r\n\r\n"), "");
}

TEST(RequestHead, TakesAHundredHeadersAndNoMore) {
  std::string fields;
  for (int i = 0; i < 99; ++i) fields += "H" + std::to_string(i) + ": v\r\n";
  EXPECT_EQ(refusal(get_with(fields)), "");
  EXPECT_EQ(refusal(get_with(fields + "One-More: v\r\n")), "HeadersTooLarge");
}

}  // namespace
}  // namespace tsunagu::gateway
