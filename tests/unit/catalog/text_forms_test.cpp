#include "catalog/import/text_forms.h"

#include <gtest/gtest.h>

namespace tsunagu::catalog {
namespace {

std::string read(const std::vector<std::string>& formats, std::string_view text, std::string_view zone = "Asia/Tokyo") {
  const auto reader = MomentReader::make(formats, zone);
  if (!reader) return reader.error().detail;
  const auto moment = reader->read(text);
  if (!moment) return "-";
  return moment->has_time ? to_string(moment->instant) : moment->date;
}

TEST(TextForms, Numbers) {
  EXPECT_EQ(json_number("1,234,567"), "1234567");
  EXPECT_EQ(json_number("１２３．５"), "123.5");
  EXPECT_EQ(json_number("−5"), "-5");
  EXPECT_EQ(json_number("+3.10"), "3.10");
  EXPECT_EQ(json_number("007"), "7");
  EXPECT_EQ(json_number("0"), "0");
  EXPECT_EQ(json_number("-0.0"), "-0.0");
  EXPECT_EQ(json_number("12."), "12");
  EXPECT_EQ(json_number(" 1e+5 "), "1e5");
  for (const char* wrong :
       {"", "-", "abc", "1,23", "12,3456", ",1", "1,", "1..2", "0x1", "1e", "1e999", "1 2", ".5", "NaN", "約100"}) {
    EXPECT_EQ(json_number(wrong), std::nullopt) << wrong;
  }
}

TEST(TextForms, MunicipalCodes) {
  EXPECT_EQ(code6_of_code5("01403"), "014036");  // 泊村 in Shiribeshi
  EXPECT_EQ(code6_of_code5("01696"), "016969");  // 泊村 of the Northern Territories
  EXPECT_EQ(code6_of_code5("1100"), "011002");   // a lost leading zero
  EXPECT_EQ(code6_of_code5("37201"), "372013");
  EXPECT_EQ(code6_of_code5("011002"), std::nullopt);
  EXPECT_EQ(code6_of_code5("1x00"), std::nullopt);
  EXPECT_EQ(checked_code6("11002"), "011002");
  EXPECT_EQ(checked_code6("014036"), "014036");
  EXPECT_EQ(checked_code6("014037"), std::nullopt);
  EXPECT_EQ(checked_code6("1403"), std::nullopt);
  EXPECT_EQ(checked_code6(""), std::nullopt);
}

TEST(TextForms, Dates) {
  const std::vector<std::string> bears{"%Y年%m月%d日 %H:%M", "%Y年%m月%d日"};
  EXPECT_EQ(read(bears, "2017年04月15日 12:00"), "2017-04-15T03:00:00Z");
  EXPECT_EQ(read(bears, "２０１７年４月５日　７：０５"), "2017-04-04T22:05:00Z");
  EXPECT_EQ(read(bears, "2017年07月19日"), "2017-07-19");
  EXPECT_EQ(read({"%Y/%m/%d"}, "2020/4/1"), "2020-04-01");
  EXPECT_EQ(read({"%Y/%m/%d"}, "2023/02/29"), "-");
  EXPECT_EQ(read({"%Y/%m/%d"}, "2024/02/29"), "2024-02-29");
  EXPECT_EQ(read({"%Y/%m/%d"}, "2024/13/01"), "-");
  EXPECT_EQ(read({"%Y/%m/%d"}, "2024/01/01x"), "-");
  EXPECT_EQ(read({"%Y/%m/%d %H:%M"}, "2024/12/31 24:00"), "2024-12-31T15:00:00Z");
  EXPECT_EQ(read({"%Y/%m/%d %H:%M"}, "2024/12/31 24:01"), "-");
  EXPECT_EQ(read({"%j年%m月%d日"}, "令和2年4月1日"), "2020-04-01");
  EXPECT_EQ(read({"%j年%m月%d日"}, "令和元年5月1日"), "2019-05-01");
  EXPECT_EQ(read({"%j.%m.%d"}, "H31.4.30"), "2019-04-30");
  EXPECT_EQ(read({"iso"}, "2020-01-28T00:00:00+09:00"), "2020-01-27T15:00:00Z");
  EXPECT_EQ(read({"iso"}, "2020-01-28"), "2020-01-28");
  EXPECT_EQ(read({"%Y-%m-%dT%H:%M:%S%z"}, "2020-01-28T09:00:00+0900"), "2020-01-28T00:00:00Z");
  EXPECT_EQ(read({"%Y-%m-%d %H:%M"}, "2020-07-01 12:00", "Europe/Paris"), "2020-07-01T10:00:00Z");
  EXPECT_EQ(read({"%Q"}, "1"), "time format \"%Q\": after % one of Y m d H M S z j % is expected");
  EXPECT_EQ(read({"iso"}, "", "Mars/Olympus"), "unknown time zone \"Mars/Olympus\"");
}

TEST(TextForms, WhiteSpaceAndWidth) {
  EXPECT_EQ(trim_wide("\xE3\x80\x80 a b\t\r\n\xC2\xA0"), "a b");
  EXPECT_EQ(trim_wide("\xE3\x80\x80"), "");
  EXPECT_EQ(trim_wide("あ"), "あ");
  EXPECT_EQ(single_spaces(" ヒグマを目撃\r\n（親子）\xE3\x80\x80 x "), "ヒグマを目撃 （親子） x");
  EXPECT_EQ(nfkc("ＡＢＣ１２３ｶﾞｰ"), "ABC123ガー");
}

}  // namespace
}  // namespace tsunagu::catalog
