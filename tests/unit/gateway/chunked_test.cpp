#include "gateway/http/chunked.h"

#include <gtest/gtest.h>

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kHello = "5\r\nhello\r\n1;a=\"b\"\r\n,\r\n0006 \r\n world\r\n0\r\nTrailer: x\r\n\r\n";

// The error's name, or "" when all of `bytes` is fine.
std::string refusal(std::string_view bytes, std::size_t max_bytes = 100) {
  ChunkedDecoder decoder;
  std::string out;
  const auto taken = decoder.feed(bytes, out, max_bytes);
  return taken ? "" : info(taken.error().code).name;
}

TEST(ChunkedDecoder, GivesTheDataAndLeavesWhatFollows) {
  ChunkedDecoder decoder;
  std::string out;
  EXPECT_EQ(decoder.feed(std::string(kHello) + "GET", out, 100), kHello.size());
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(out, "hello, world");
}

TEST(ChunkedDecoder, TakesBytesOneByOne) {
  ChunkedDecoder decoder;
  std::string out;
  for (std::size_t i = 0; i < kHello.size(); ++i) {
    EXPECT_FALSE(decoder.done()) << i;
    EXPECT_EQ(decoder.feed(kHello.substr(i, 1), out, 100), 1u);
  }
  EXPECT_TRUE(decoder.done());
  EXPECT_EQ(out, "hello, world");
}

TEST(ChunkedDecoder, RefusesWhatIsNotChunkedCoding) {
  for (const std::string_view bytes : {"x", "\r\n", "-1\r\n", "0x5\r\n", "5\n", "5\rx", "5\r\nhello!", "5\r\nhello\rx",
                                       "5;a\n", "1234567890123456", "0\r\nA\n", "0\r\nA\rB"}) {
    EXPECT_EQ(refusal(bytes), "InvalidRequest") << bytes;
  }
  EXPECT_EQ(refusal("0\r\n" + std::string(20000, 'x')), "InvalidRequest");
  EXPECT_EQ(refusal("1;" + std::string(20000, 'x')), "InvalidRequest");
}

TEST(ChunkedDecoder, RefusesALargeBodyBeforeItComes) {
  EXPECT_EQ(refusal("5\r\nhello\r\n5\r\n", 10), "");
  EXPECT_EQ(refusal("5\r\nhello\r\n6\r\n", 10), "ContentTooLarge");
  EXPECT_EQ(refusal("fffffffffffffff\r\n", 10), "ContentTooLarge");
}

}  // namespace
}  // namespace tsunagu::gateway
