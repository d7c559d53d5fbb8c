#include "catalog/studio/forms.h"

#include <gtest/gtest.h>

#include "catalog/studio/disclosure.h"
#include "catalog/studio/places.h"

namespace tsunagu::catalog {
namespace {

// "= text": fine; "> text": fixable; "? text": a guess; "!": cannot be read.
std::string form(ColumnType type, std::string_view text, DateOrder order = DateOrder::kUnknown) {
  static const std::vector<std::string> kCodes{"消火栓", "私設消火栓", "防火水そう", "その他"};
  const Form made = form_of({type, &kCodes, order}, text);
  switch (made.fit) {
    case Form::Fit::kFine:
      return "=";
    case Form::Fit::kFixable:
      return "> " + made.text;
    case Form::Fit::kUnsure:
      return "? " + made.text;
    case Form::Fit::kWrong:
      break;
  }
  return "!";
}

TEST(Forms, Dates) {
  const auto date = [](std::string_view text, DateOrder order = DateOrder::kUnknown) {
    return form(ColumnType::kDate, text, order);
  };
  EXPECT_EQ(date("2020-04-01"), "=");
  EXPECT_EQ(date("2020-02-30"), "!");
  EXPECT_EQ(date("2020/4/1"), "> 2020-04-01");
  EXPECT_EQ(date("令和２年４月１日"), "> 2020-04-01");
  EXPECT_EQ(date("令和元年5月1日（水）"), "> 2019-05-01");
  EXPECT_EQ(date("H31.4.30"), "> 2019-04-30");
  EXPECT_EQ(date("h31.4.30"), "> 2019-04-30");
  EXPECT_EQ(date("20200401"), "> 2020-04-01");
  EXPECT_EQ(date("2020-01-28T00:00:00+09:00"), "> 2020-01-28");
  EXPECT_EQ(date("5/16/2020"), "> 2020-05-16");
  EXPECT_EQ(date("16/5/2020"), "> 2020-05-16");
  EXPECT_EQ(date("1/2/2020"), "? 2020-01-02");
  EXPECT_EQ(date("1/2/2020", DateOrder::kMonthFirst), "> 2020-01-02");
  EXPECT_EQ(date("1/2/2020", DateOrder::kDayFirst), "> 2020-02-01");
  EXPECT_EQ(date("8/20/2020  3:30:00 PM"), "? 2020-08-20");
  EXPECT_EQ(date("2020.10/5"), "? 2020-10-05");
  EXPECT_EQ(date("43922"), "? 2020-04-01");
  EXPECT_EQ(date("未定の日"), "!");
}

TEST(Forms, Times) {
  const auto time = [](std::string_view text) { return form(ColumnType::kTime, text); };
  EXPECT_EQ(time("09:30"), "=");
  EXPECT_EQ(time("24:00"), "=");
  EXPECT_EQ(time("9:30"), "> 09:30");
  EXPECT_EQ(time("９：３０"), "> 09:30");
  EXPECT_EQ(time("9時"), "> 09:00");
  EXPECT_EQ(time("9時半"), "> 09:30");
  EXPECT_EQ(time("午後5時30分"), "> 17:30");
  EXPECT_EQ(time("17：00（受付）"), "? 17:00");
  EXPECT_EQ(time("0.375"), "? 09:00");
  EXPECT_EQ(time("25:00"), "!");
  EXPECT_EQ(time("12：.30"), "!");
}

TEST(Forms, Numbers) {
  EXPECT_EQ(form(ColumnType::kInteger, "120"), "=");
  EXPECT_EQ(form(ColumnType::kInteger, "１２０"), "> 120");
  EXPECT_EQ(form(ColumnType::kInteger, "1,200人"), "> 1200");
  EXPECT_EQ(form(ColumnType::kInteger, "12.0"), "> 12");
  EXPECT_EQ(form(ColumnType::kInteger, "約120名"), "? 120");
  EXPECT_EQ(form(ColumnType::kInteger, "19（休床中）"), "!");
  EXPECT_EQ(form(ColumnType::kNumber, "-3.50"), "=");
  EXPECT_EQ(form(ColumnType::kNumber, "3.5㎡"), "> 3.5");
  EXPECT_EQ(form(ColumnType::kNumber, "1号認定 20"), "!");
}

TEST(Forms, Degrees) {
  EXPECT_EQ(form(ColumnType::kLatitude, "43.06417"), "=");
  EXPECT_EQ(form(ColumnType::kLatitude, "43°03′50.4″"), "> 43.064");
  EXPECT_EQ(form(ColumnType::kLatitude, "北緯43度3分50.4秒"), "> 43.064");
  EXPECT_EQ(form(ColumnType::kLongitude, "Ｅ１４１．５"), "> 141.5");
  EXPECT_EQ(form(ColumnType::kLongitude, "1413000"), "? 141.5");
  EXPECT_EQ(form(ColumnType::kLongitude, "東のほう"), "!");
  EXPECT_EQ(form(ColumnType::kLongitude, "1413"), "!");
}

TEST(Forms, Codes) {
  EXPECT_EQ(form(ColumnType::kCode, "011002"), "=");
  EXPECT_EQ(form(ColumnType::kCode, "01100"), "> 011002");
  EXPECT_EQ(form(ColumnType::kCode, "1100"), "> 011002");
  EXPECT_EQ(form(ColumnType::kCode, "０１１００２"), "> 011002");
  EXPECT_EQ(form(ColumnType::kCode, "011001"), "? 011002");
  EXPECT_EQ(form(ColumnType::kCode, "37201"), "> 372013");
  EXPECT_EQ(form(ColumnType::kCode, "1"), "> 010006");
  EXPECT_EQ(form(ColumnType::kCode, "48"), "!");
  EXPECT_EQ(form(ColumnType::kCode, "札幌市"), "!");
  // With a table of municipalities a lost zero can be told from a lost check digit.
  const Places places = Places::shipped();
  EXPECT_EQ(places.code_of("11002"), "011002");
  EXPECT_EQ(places.code_of("01100"), "011002");
  EXPECT_EQ(places.code_of("37201"), "372013");
  ASSERT_NE(places.by_name("函館市"), nullptr);
  EXPECT_EQ(places.by_name("函館市")->code, "012025");
}

TEST(Forms, CorporateNumber) {
  EXPECT_EQ(form(ColumnType::kCorporateNumber, "7000020010006"), "=");  // 北海道
  EXPECT_EQ(form(ColumnType::kCorporateNumber, "T7000020010006"), "> 7000020010006");
  EXPECT_EQ(form(ColumnType::kCorporateNumber, "7000020010007"), "!");
}

TEST(Forms, Telephones) {
  const auto phone = [](std::string_view text) { return form(ColumnType::kPhone, text); };
  EXPECT_EQ(phone("011-231-4111"), "=");
  EXPECT_EQ(phone("0112314111"), "=");
  EXPECT_EQ(phone("09012345678"), "> 090-1234-5678");
  EXPECT_EQ(phone("（011）231－4111"), "> 011-231-4111");
  EXPECT_EQ(phone("０１１－２３１－４１１１"), "> 011-231-4111");
  EXPECT_EQ(phone("011-231-4111（内線 12）"), "? 011-231-4111");
  EXPECT_EQ(phone("112314111"), "? 0112314111");
  EXPECT_EQ(phone("市役所"), "!");
}

TEST(Forms, WordsAndMarks) {
  EXPECT_EQ(form(ColumnType::kFlag, "有"), "=");
  EXPECT_EQ(form(ColumnType::kFlag, "○"), "> 有");
  EXPECT_EQ(form(ColumnType::kFlag, "なし"), "> 無");
  EXPECT_EQ(form(ColumnType::kFlag, "△"), "!");
  EXPECT_EQ(form(ColumnType::kMark, "1"), "=");
  EXPECT_EQ(form(ColumnType::kMark, "〇"), "> 1");
  EXPECT_EQ(form(ColumnType::kMark, "×"), "> ");
  EXPECT_EQ(form(ColumnType::kChoice, "消火栓"), "=");
  EXPECT_EQ(form(ColumnType::kChoice, "防火水槽"), "!");
  EXPECT_EQ(form(ColumnType::kChoice, " 消火栓　"), "> 消火栓");
  EXPECT_EQ(form(ColumnType::kChoice, "防火水ぞう"), "? 防火水そう");
  EXPECT_EQ(form(ColumnType::kWeekdays, "月火水木金"), "=");
  EXPECT_EQ(form(ColumnType::kWeekdays, "月～金"), "> 月火水木金");
  EXPECT_EQ(form(ColumnType::kWeekdays, "月・水・金曜日"), "> 月水金");
  EXPECT_EQ(form(ColumnType::kWeekdays, "毎日"), "> 月火水木金土日");
  EXPECT_EQ(form(ColumnType::kWeekdays, "要予約"), "!");
  EXPECT_EQ(form(ColumnType::kList, "内科、外科"), "> 内科;外科");
  EXPECT_EQ(form(ColumnType::kKana, "サッポロシ"), "=");
  EXPECT_EQ(form(ColumnType::kKana, "さっぽろし"), "> サッポロシ");
  EXPECT_EQ(form(ColumnType::kKana, "ｻｯﾎﾟﾛ"), "> サッポロ");
  EXPECT_EQ(form(ColumnType::kKana, "札幌市"), "!");
}

TEST(Forms, AddressesOfTheWeb) {
  EXPECT_EQ(form(ColumnType::kUrl, "https://www.city.sapporo.jp/"), "=");
  EXPECT_EQ(form(ColumnType::kUrl, "ｈｔｔｐ：／／www.city.sapporo.jp/"), "> http://www.city.sapporo.jp/");
  EXPECT_EQ(form(ColumnType::kUrl, "www.city.sapporo.jp"), "? https://www.city.sapporo.jp");
  EXPECT_EQ(form(ColumnType::kUrl, "市のホームページ"), "!");
  EXPECT_EQ(form(ColumnType::kPostcode, "〒０６０－８５８８"), "> 060-8588");
  EXPECT_EQ(form(ColumnType::kPostcode, "0608588"), "> 060-8588");
  EXPECT_EQ(form(ColumnType::kMail, "a@example.jp"), "=");
  EXPECT_EQ(form(ColumnType::kMail, "a＠example.jp"), "> a@example.jp");
}

TEST(Forms, Tidying) {
  EXPECT_TRUE(has_untidy_spaces(" a"));
  EXPECT_TRUE(has_untidy_spaces("a  b"));
  EXPECT_TRUE(has_untidy_spaces("a　　b"));
  EXPECT_FALSE(has_untidy_spaces("a　b"));
  EXPECT_EQ(tidy_spaces("　札幌市　　中央区  "), "札幌市　中央区");
  EXPECT_TRUE(has_untidy_width("番町１丁目"));
  EXPECT_FALSE(has_untidy_width("番町1丁目（東）"));
  EXPECT_EQ(tidy_width("ＡＢ１２（東）ｶﾞ"), "AB12（東）ガ");
  EXPECT_TRUE(is_placeholder("－"));
  EXPECT_FALSE(is_placeholder("0"));
}

TEST(Forms, OldDatum) {
  // Tokyo's origin of the old datum lies about 450 m off.
  const GeoPoint moved = from_tokyo_datum({35.65815278, 139.74135833});
  EXPECT_NEAR(moved.lat, 35.66139, 0.0002);
  EXPECT_NEAR(moved.lng, 139.73813, 0.0002);
}

TEST(Forms, PersonalNumbers) {
  EXPECT_TRUE(is_personal_number("123456789018"));
  EXPECT_FALSE(is_personal_number("123456789019"));
  EXPECT_FALSE(is_personal_number("12345678901"));
}

}  // namespace
}  // namespace tsunagu::catalog
