#include <fmt/format.h>

#include <map>

#include "catalog/studio/findings.h"

namespace tsunagu::catalog {
namespace {

using Texts2 = std::pair<std::string, std::string>;

// What the cells of a type are to look like.
Texts2 wanted(ColumnType type) {
  switch (type) {
    case ColumnType::kId:
      return {"番号（空白や改行なし）", "an id without spaces"};
    case ColumnType::kKana:
      return {"全角カタカナ", "full-width katakana"};
    case ColumnType::kInteger:
      return {"整数（例 120）", "a whole number (120)"};
    case ColumnType::kNumber:
      return {"半角の数値（例 3.5）", "a number (3.5)"};
    case ColumnType::kLatitude:
    case ColumnType::kLongitude:
      return {"10進の度（例 43.06417）", "decimal degrees (43.06417)"};
    case ColumnType::kCode:
      return {"6けたの全国地方公共団体コード（例 011002）", "a municipality's code of six digits (011002)"};
    case ColumnType::kDate:
      return {"西暦の日付（例 2020-04-01）", "a date as 2020-04-01"};
    case ColumnType::kTime:
      return {"24時間制の時刻（例 09:30）", "a time as 09:30"};
    case ColumnType::kPhone:
      return {"電話番号（例 011-231-4111）", "a telephone number as 011-231-4111"};
    case ColumnType::kUrl:
      return {"https:// から始まる URL", "a URL that begins with https://"};
    case ColumnType::kWeekdays:
      return {"曜日（例 月火水木金）", "days of the week as 月火水木金"};
    case ColumnType::kList:
      return {"「;」で区切った並び", "a list separated by ;"};
    case ColumnType::kFlag:
      return {"「有」か「無」", "有 or 無"};
    case ColumnType::kMark:
      return {"該当すれば「1」、しなければ空欄", "1 for yes, empty for no"};
    case ColumnType::kChoice:
      return {"決められた語のどれか", "one of the words laid down"};
    case ColumnType::kCorporateNumber:
      return {"13けたの法人番号", "a corporate number of 13 digits"};
    case ColumnType::kPostcode:
      return {"郵便番号（例 060-8588）", "a postcode as 060-8588"};
    case ColumnType::kMail:
      return {"メールアドレス", "a mail address"};
    case ColumnType::kText:
      break;
  }
  return {"文字列", "text"};
}

}  // namespace

std::string Finding::name() const {
  switch (kind) {
    case FindingKind::kForm:
      return type == ColumnType::kLatitude || type == ColumnType::kLongitude ? "coordinate" : to_string(type);
    case FindingKind::kPlaceholder:
      return "placeholder";
    case FindingKind::kSpaces:
      return "spaces";
    case FindingKind::kLines:
      return "lines";
    case FindingKind::kWidth:
      return "width";
    case FindingKind::kRequired:
      return "required";
    case FindingKind::kSwapped:
      return "coordinates_swapped";
    case FindingKind::kOutside:
      return "coordinates_outside";
    case FindingKind::kHalf:
      return "coordinates_half";
    case FindingKind::kCodeName:
      return "code_name";
    case FindingKind::kDuplicateId:
      return "duplicate_id";
    case FindingKind::kDuplicateRow:
      return "duplicate_row";
    case FindingKind::kEmptyRow:
      return "empty_row";
    case FindingKind::kRagged:
      return "ragged";
    case FindingKind::kDatum:
      return "datum";
    case FindingKind::kEmptyColumn:
      return "empty_column";
    case FindingKind::kMissingColumn:
      return "missing_column";
    case FindingKind::kPairColumn:
      return "coordinates_in_one";
    case FindingKind::kAddressParts:
      return "address_parts";
    case FindingKind::kPersonal:
      return "personal";
    case FindingKind::kSmallGroups:
      return "small_groups";
    case FindingKind::kExactAge:
      return "exact_age";
    case FindingKind::kOtherEncoding:
      return "other_encoding";
    case FindingKind::kUnreadable:
      return "unreadable";
    case FindingKind::kBrokenRecord:
      return "broken_record";
  }
  return "";
}

std::string Finding::id() const {
  const char* mark = kind != FindingKind::kForm  ? ""
                     : fit == Form::Fit::kUnsure ? "?"
                     : fit == Form::Fit::kWrong  ? "!"
                                                 : "";
  std::string out = name() + mark;
  if (!column.empty()) out += ':' + column;
  if (kind == FindingKind::kOtherEncoding) out += ':' + example;
  return out;
}

std::pair<std::string, std::string> finding_message(const Finding& f) {
  const std::string& c = f.column;
  const std::size_t n = f.count;
  switch (f.kind) {
    case FindingKind::kForm: {
      const auto [ja, en] = wanted(f.type);
      if (f.fit == Form::Fit::kFixable) {
        return {fmt::format("「{}」は{}で書きます。{} 件の書き方が違います", c, ja, n),
                fmt::format("{} should be {}: {} cells are written differently", c, en, n)};
      }
      if (f.fit == Form::Fit::kUnsure) {
        return {fmt::format("「{}」の {} 件は{}ではありませんが、意味は推測できます。直した結果を確かめてください", c,
                            n, ja),
                fmt::format("{} cells of {} are not {}, but it can be guessed what is meant: please check the result",
                            n, c, en)};
      }
      return {fmt::format("「{}」の {} 件は{}として読めません。書き直してください", c, n, ja),
              fmt::format("{} cells of {} cannot be read as {}: please correct them", n, c, en)};
    }
    case FindingKind::kPlaceholder:
      return {fmt::format("「{}」の {} 件に、値がないことを表す文字（「-」「なし」など）があります", c, n),
              fmt::format("{} cells of {} hold signs for nothing, such as \"-\"", n, c)};
    case FindingKind::kSpaces:
      return {fmt::format("「{}」の {} 件に余分な空白があります", c, n),
              fmt::format("{} cells of {} have needless spaces", n, c)};
    case FindingKind::kLines:
      return {fmt::format("「{}」の {} 件にセル内の改行があります", c, n),
              fmt::format("{} cells of {} have line breaks", n, c)};
    case FindingKind::kWidth:
      return {fmt::format("「{}」の {} 件に全角の英数字か半角カナがあります", c, n),
              fmt::format("{} cells of {} have full-width digits or letters, or half-width kana", n, c)};
    case FindingKind::kRequired:
      return {fmt::format("必ず書く項目「{}」が {} 行で空欄です", c, n),
              fmt::format("{} is required and empty in {} rows", c, n)};
    case FindingKind::kSwapped:
      return {fmt::format("{} 行で緯度と経度が入れかわっています", n),
              fmt::format("Latitude and longitude are the wrong way round in {} rows", n)};
    case FindingKind::kOutside:
      return {fmt::format("{} 行の位置が市町村の外にあります", n),
              fmt::format("{} rows lie outside the municipality", n)};
    case FindingKind::kHalf:
      return {fmt::format("緯度と経度の片方「{}」だけがない行が {} 行あります", c, n),
              fmt::format("{} rows have only one of latitude and longitude: {} is missing", n, c)};
    case FindingKind::kCodeName:
      return {fmt::format("{} 行で「{}」と市町村名が合わないか、そのコードの市町村がありません", n, c),
              fmt::format("In {} rows {} and the municipality's name do not fit, or there is no such code", n, c)};
    case FindingKind::kDuplicateId:
      return {fmt::format("同じ「{}」の行が {} 行あります。区別できる番号にしてください", c, n),
              fmt::format("{} rows repeat an earlier {}: give each its own", n, c)};
    case FindingKind::kDuplicateRow:
      return {fmt::format("まったく同じ行が {} 行あります", n), fmt::format("{} rows repeat an earlier row", n)};
    case FindingKind::kEmptyRow:
      return {fmt::format("空の行が {} 行あります", n), fmt::format("{} rows are empty", n)};
    case FindingKind::kRagged:
      return {
          fmt::format(
              "見出しより列の多い行が {} 行あります。区切りや引用符を確かめてください。余った列は公開されません", n),
          fmt::format("{} rows have more cells than there are columns: check commas and quotes. What is too much is "
                      "not published",
                      n)};
    case FindingKind::kDatum:
      return {fmt::format("{} 行の位置が旧日本測地系のようです（約 400 m ずれています）", n),
              fmt::format("{} positions seem to be in the old Japanese datum (about 400 m off)", n)};
    case FindingKind::kEmptyColumn:
      return {fmt::format("列「{}」には何も入っていません", c), fmt::format("The column {} is empty", c)};
    case FindingKind::kMissingColumn:
      return {fmt::format("必要な列「{}」がありません", c), fmt::format("The column {} is needed and not there", c)};
    case FindingKind::kPairColumn:
      return {fmt::format("列「{}」に緯度と経度がまとめて入っています", c),
              fmt::format("The column {} holds latitude and longitude in one", c)};
    case FindingKind::kAddressParts:
      return {"住所が複数の列に分かれています", "The address is spread over several columns"};
    case FindingKind::kPersonal: {
      const std::size_t split = f.detail.find('\n');
      return {fmt::format("列「{}」は{}", c, f.detail.substr(0, split)),
              fmt::format("Column {}: {}", c, f.detail.substr(split + 1))};
    }
    case FindingKind::kSmallGroups:
      return {fmt::format("属性の組み合わせが同じ人が {} 人未満で、特定されうる行が {} 行あります",
                          Disclosure::kSmallest, n),
              fmt::format(
                  "{} rows belong to groups of fewer than {} people who share these traits, who could be recognised", n,
                  Disclosure::kSmallest)};
    case FindingKind::kExactAge:
      return {fmt::format("「{}」が1歳きざみです。年代にすると特定されにくくなります", c),
              fmt::format("{} gives exact ages: bands of ten years tell less", c)};
    case FindingKind::kOtherEncoding:
      return {
          fmt::format("{} 行だけ文字コードが {} です（正しく読めています）。行: {}", n, f.example, f.detail),
          fmt::format("{} lines are in another encoding, {} (they were read well): lines {}", n, f.example, f.detail)};
    case FindingKind::kUnreadable:
      return {fmt::format("読めない文字のある行が {} 行あります（� で表示）。行: {}", n, f.detail),
              fmt::format("{} lines have bytes that mean nothing (shown as �): lines {}", n, f.detail)};
    case FindingKind::kBrokenRecord:
      return {fmt::format("読めなかった行が {} か所あります（引用符の閉じ忘れなど）。行: {}", n, f.detail),
              fmt::format("{} records could not be read ({}): lines {}", n, f.example, f.detail)};
  }
  return {};
}

}  // namespace tsunagu::catalog
