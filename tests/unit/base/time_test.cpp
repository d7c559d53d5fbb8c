#include "base/time.h"

#include <gtest/gtest.h>

namespace tsunagu {
namespace {

std::string round_trip(std::string_view text) {
  const auto t = parse_instant(text);
  return t ? to_string(*t) : "none";
}

TEST(Instant, IsReadInUtcAndWithOffset) {
  EXPECT_EQ(round_trip("2024-02-29T12:00:00Z"), "2024-02-29T12:00:00Z");
  EXPECT_EQ(round_trip("2024-03-01T08:30:00+09:00"), "2024-02-29T23:30:00Z");
  EXPECT_EQ(round_trip("1969-12-31T23:59:59-00:30"), "1970-01-01T00:29:59Z");
  EXPECT_EQ(parse_instant("1970-01-01T00:00:01Z")->us, 1'000'000);
  EXPECT_EQ(parse_instant("1969-12-31T23:59:59.5Z")->us, -500'000);
}

TEST(Instant, KeepsMicrosecondsAndWritesAsFewDigitsAsNeeded) {
  EXPECT_EQ(round_trip("2024-01-01T00:00:00.000000Z"), "2024-01-01T00:00:00Z");
  EXPECT_EQ(round_trip("2024-01-01T00:00:00.5Z"), "2024-01-01T00:00:00.500Z");
  EXPECT_EQ(round_trip("2024-01-01T00:00:00,0301Z"), "2024-01-01T00:00:00.030100Z");
  EXPECT_EQ(round_trip("1899-12-31T23:59:59.999999Z"), "1899-12-31T23:59:59.999999Z");
}

TEST(Instant, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Z",
                           "2024-02-29",
                           "2024-02-29T12:00:00",
                           "2024-02-29T12:00Z",
                           "2024-02-29 12:00:00Z",
                           "2023-02-29T12:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-00T00:00:00Z",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:60Z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T00:00:00.1234567Z",
                           "2024-01-01T00:00:00+0900",
                           "2024-01-01T00:00:00+24:00",
                           "2024-01-01T00:00:00+09:60",
                           "2024-01-01T00:00:00Zx",
                           "2024-01-01T00:00:00z",
                           "+024-01-01T00:00:00Z",
                           "0000-01-01T00:00:00Z",
                           "0001-01-01T00:00:00+09:00",
                           "9999-12-31T23:59:59-01:00",
                           "2024-1-1T00:00:00Z"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

TEST(Instant, CoversTheWholeRangeOfYears) {
  EXPECT_EQ(round_trip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(round_trip("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
}

TEST(Date, IsMidnightUtc) {
  ASSERT_TRUE(parse_date("2024-02-29"));
  EXPECT_EQ(to_string(*parse_date("2024-02-29")), "2024-02-29T00:00:00Z");
  for (const char* text : {"", "2024-02-30", "2024-02-29T", "2024-2-9", "20240229", "0000-01-01"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Now, IsAfterThisWasWritten) {
  EXPECT_GT(now(), *parse_instant("2024-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace tsunagu
