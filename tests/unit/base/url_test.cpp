#include "base/url.h"

#include <gtest/gtest.h>

namespace tsunagu {
namespace {

using Parameters = std::vector<QueryParameter>;

TEST(PercentEncoding, IsReadAndWritten) {
  EXPECT_EQ(percent_decode("urn%3Angsi-ld%3aShelter+1"), "urn:ngsi-ld:Shelter+1");
  EXPECT_EQ(percent_decode("%E6%9C%AD%E5%B9%8C"), "札幌");
  EXPECT_EQ(percent_encode("札幌 a/b?c&d=e+f%-._~"), "%E6%9C%AD%E5%B9%8C%20a%2Fb%3Fc%26d%3De%2Bf%25-._~");
  for (int byte = 1; byte < 128; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(percent_decode(percent_encode(text)), text);
  }
}

TEST(PercentEncoding, RefusesWhatIsBroken) {
  for (const char* text : {"%", "%4", "%4g", "a%", "%%41", "%ff", "%C0%AF"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(QueryString, IsSplitThenDecoded) {
  EXPECT_EQ(*parse_query("type=Shelter&q=name==%22a%26b%22&attrs=a+b,c%2Bd&count"),
            (Parameters{{"type", "Shelter"}, {"q", "name==\"a&b\""}, {"attrs", "a b,c+d"}, {"count", ""}}));
  EXPECT_EQ(*parse_query(""), Parameters{});
  EXPECT_EQ(*parse_query("&&a=1&"), (Parameters{{"a", "1"}}));
  EXPECT_EQ(*parse_query("a=1&a=2"), (Parameters{{"a", "1"}, {"a", "2"}}));
  EXPECT_EQ(*parse_query("=x"), (Parameters{{"", "x"}}));
}

TEST(QueryString, TellsWhichPartIsBroken) {
  const auto parameters = parse_query("type=A&q=%zz");
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().code, ErrorCode::kInvalidRequest);
  EXPECT_NE(parameters.error().detail.find("q=%zz"), std::string::npos);
  ASSERT_FALSE(parse_query("q=%\xff"));
  EXPECT_NE(parse_query("q=%\xff").error().detail.find("q%3D%25%FF"), std::string::npos);
}

}  // namespace
}  // namespace tsunagu
