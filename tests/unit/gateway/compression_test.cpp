// Answers made smaller for those who can read them so.
#include "gateway/http/compression.h"

#include <zlib.h>

#include "unit/gateway/raw_client.h"
#include "unit/gateway/test_server.h"

namespace tsunagu::gateway {
namespace {

std::string gunzip(const std::string& bytes) {
  z_stream state{};
  inflateInit2(&state, 15 + 16);
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  char piece[4096];
  int result = Z_OK;
  while (result == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(piece);
    state.avail_out = sizeof piece;
    result = inflate(&state, Z_NO_FLUSH);
    text.append(piece, sizeof piece - state.avail_out);
  }
  inflateEnd(&state);
  return result == Z_STREAM_END ? text : "broken";
}

Answer ask(RawClient& client, std::string_view path, std::string_view coding) {
  return client.ask(get(path, "Accept-Encoding: " + std::string(coding) + "\r\n"));
}

TEST(Compression, WhatTheHeaderAllows) {
  EXPECT_TRUE(accepts_coding("gzip", "gzip"));
  EXPECT_TRUE(accepts_coding("deflate, gzip;q=0.5, br", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip;q=0", "gzip"));
  EXPECT_FALSE(accepts_coding("gzip;q=0.000, br", "gzip"));
  EXPECT_FALSE(accepts_coding("gzipped", "gzip"));
  EXPECT_FALSE(accepts_coding("*", "gzip"));
  EXPECT_FALSE(accepts_coding("", "gzip"));
}

TEST(Compression, ABodyInOnePieceKeepsItsLength) {
  TestServer server;
  RawClient client(server.port());
  const Answer answer = ask(client, "/bytes/50000", "gzip");
  EXPECT_TRUE(answer.has("Content-Encoding: gzip\r\n"));
  EXPECT_TRUE(answer.has("Vary: Accept-Encoding\r\n"));
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(answer.body.size()) + "\r\n"));
  EXPECT_LT(answer.body.size(), 1000u);
  EXPECT_EQ(gunzip(answer.body), std::string(50'000, 'b'));
}

TEST(Compression, ALongBodyIsCompressedWhileItIsSent) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 2; ++i) {  // the connection can be used again
    const Answer answer = ask(client, "/bytes/5000000", "gzip, br");
    EXPECT_TRUE(answer.has("Transfer-Encoding: chunked\r\n"));
    EXPECT_FALSE(answer.has("Content-Length"));
    EXPECT_EQ(gunzip(answer.body), std::string(5'000'000, 'b'));
  }
}

TEST(Compression, AStream) {
  TestServer server;
  RawClient client(server.port());
  const Answer answer = ask(client, "/digits/1000", "gzip");
  EXPECT_TRUE(answer.has("Content-Encoding: gzip\r\n"));
  EXPECT_EQ(gunzip(answer.body).size(), 10'000u);
}

TEST(Compression, NotUnlessAskedForAndNotWhenItIsShort) {
  TestServer server;
  RawClient client(server.port());
  const Answer plain = client.ask(get("/bytes/50000"));
  EXPECT_FALSE(plain.has("Content-Encoding"));
  EXPECT_TRUE(plain.has("Vary: Accept-Encoding\r\n"));
  EXPECT_EQ(plain.body.size(), 50'000u);
  EXPECT_EQ(ask(client, "/hello", "gzip").body, "hello");
  EXPECT_EQ(ask(client, "/bytes/5000", "gzip;q=0").body.size(), 5'000u);
}

}  // namespace
}  // namespace tsunagu::gateway
