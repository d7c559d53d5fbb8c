#include "gateway/notify/response_reader.h"

#include <gtest/gtest.h>

namespace tsunagu::gateway::notify {
namespace {

using State = ResponseReader::State;

// The same outcome whether it comes at once or byte by byte.
State read(const std::string& text, unsigned* status = nullptr, bool* keep_alive = nullptr) {
  ResponseReader at_once;
  const State state = at_once.feed(text);
  ResponseReader slowly;
  for (const char c : text) {
    if (slowly.state() != State::kHead && slowly.state() != State::kBody) break;
    slowly.feed({&c, 1});
  }
  if (state != State::kDropped) {
    EXPECT_EQ(slowly.state(), state) << text;
  }
  EXPECT_EQ(slowly.status(), at_once.status());
  if (status != nullptr) *status = at_once.status();
  if (keep_alive != nullptr) *keep_alive = at_once.keep_alive();
  return state;
}

TEST(ResponseReader, Complete) {
  unsigned status = 0;
  bool keep_alive = false;
  for (const std::string text :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length:  5 \r\n\r\nhello",
        "HTTP/1.1 200\nContent-Length: 0\n\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"}) {
    EXPECT_EQ(read(text, &status, &keep_alive), State::kDone) << text;
    EXPECT_TRUE(status == 204 || status == 200 || status == 404) << status;
    EXPECT_TRUE(keep_alive) << text;
  }
}

TEST(ResponseReader, NotToBeUsedAgain) {
  for (const std::string text : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                                 "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    bool keep_alive = true;
    EXPECT_EQ(read(text, nullptr, &keep_alive), State::kDone) << text;
    EXPECT_FALSE(keep_alive) << text;
  }
}

TEST(ResponseReader, MoreMustCome) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), State::kHead);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"), State::kBody);
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), State::kBody);
}

TEST(ResponseReader, TooLongOrWrongBehindTheHead) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nuntil the end",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"})
    EXPECT_EQ(read(text), State::kDropped) << text;
}

TEST(ResponseReader, NotHttp) {
  for (const std::string text :
       {"220 mail.example.org\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 099 No\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"})
    EXPECT_EQ(read(text), State::kBad) << text;
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nX: " + std::string(ResponseReader::kMaxHead, 'x')), State::kBad);
}

TEST(ResponseReader, IsUsedAgain) {
  ResponseReader reader;
  EXPECT_FALSE(reader.begun());
  reader.feed("HTTP/1.1 500 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(reader.begun());
  reader.reset();
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), State::kDone);
  EXPECT_EQ(reader.status(), 200u);
  EXPECT_TRUE(reader.keep_alive());
}

}  // namespace
}  // namespace tsunagu::gateway::notify
