#include "catalog/studio/forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "catalog/import/text_forms.h"
#include "catalog/studio/form_parts.h"

namespace tsunagu::catalog {
namespace {

using namespace forms;
using Fit = Form::Fit;

// "2020-04-01": shape alone.
bool date_shape(std::string_view t) {
  return t.size() == 10 && t[4] == '-' && t[7] == '-' && all_digits(t.substr(0, 4)) && all_digits(t.substr(5, 2)) &&
         all_digits(t.substr(8, 2));
}

const MomentReader& usual_dates() {
  static const MomentReader reader =
      *MomentReader::make({"%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y年 %m月 %d日", "%Y.%m.%d", "%j年%m月%d日",
                           "%j年 %m月 %d日", "%j.%m.%d", "%j/%m/%d", "%j-%m-%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S",
                           "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "iso", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"},
                          "Asia/Tokyo");
  return reader;
}

Form date_form(std::string_view text, DateOrder order);

// A date with something else: a time behind it, or two signs between its parts.
Form loose_date(const std::string& plain, DateOrder order) {
  std::string rest = plain;
  if (const std::size_t space = rest.find(' '); space != std::string::npos && space >= 8) rest.resize(space);
  std::replace(rest.begin(), rest.end(), '.', '/');
  if (rest == plain) return wrong();
  Form form = date_form(rest, order);
  if (form.fit != Fit::kWrong) form.fit = Fit::kUnsure;
  return form;
}

Form date_form(std::string_view text, DateOrder order) {
  if (date_shape(text) && parse_date(text)) return {};
  std::string plain = single_spaces(nfkc(text));
  // A day of the week behind it: 2020年4月1日(水).
  if (const std::size_t bracket = plain.find('('); bracket != std::string::npos && plain.ends_with(')')) {
    plain = std::string(trim(std::string_view(plain).substr(0, bracket)));
  }
  if (!plain.empty() && plain[0] >= 'a' && plain[0] <= 'z') plain[0] = static_cast<char>(plain[0] - ('a' - 'A'));
  if (const auto moment = usual_dates().read(plain)) return fixed(text, moment->date);
  if (const auto pair = slash_date(plain)) {
    const bool day_first = order == DateOrder::kDayFirst || (order == DateOrder::kUnknown && pair->first > 12);
    const int month = day_first ? pair->second : pair->first, day = day_first ? pair->first : pair->second;
    const std::string made = fmt::format("{}-{:02}-{:02}", plain.substr(plain.size() - 4), month, day);
    if (!parse_date(made)) return wrong();
    const bool sure =
        order != DateOrder::kUnknown || pair->first == pair->second || pair->first > 12 || pair->second > 12;
    return sure ? fixed(text, made) : unsure(made);
  }
  if (all_digits(plain) && plain.size() == 8) {
    const std::string made = plain.substr(0, 4) + '-' + plain.substr(4, 2) + '-' + plain.substr(6);
    if (parse_date(made)) return fixed(text, made);
  }
  // A day as Excel counts them, from 1954 to 2064.
  if (all_digits(plain) && plain.size() == 5 && plain >= "20000" && plain < "60000") {
    const std::int64_t day = std::strtol(plain.c_str(), nullptr, 10) - 25'569;
    return unsure(to_string(Instant{day * 86'400'000'000}).substr(0, 10));
  }
  return loose_date(plain, order);
}

Form number_form(std::string_view text, bool integer) {
  // Fast: "120", "-3.5".
  {
    std::string_view t = text;
    if (t.starts_with('-')) t.remove_prefix(1);
    const std::size_t dot = t.find('.');
    const std::string_view whole = t.substr(0, dot);
    const bool plain = all_digits(whole) && (whole.size() == 1 || whole[0] != '0');
    if (plain && dot == std::string_view::npos) return {};
    if (plain && all_digits(t.substr(dot + 1))) {
      if (!integer) return {};
      if (t.substr(dot + 1).find_first_not_of('0') == std::string_view::npos) {
        return {Fit::kFixable, std::string(text.substr(0, text.find('.')))};
      }
      return wrong();
    }
  }
  std::string plain = nfkc(trim_wide(text));
  bool sure = true;
  for (const std::string_view about : {"約", "およそ", "計", "¥", "￥", "\\"}) {
    if (plain.starts_with(about)) {
      plain.erase(0, about.size());
      sure = about == "¥" || about == "￥" || about == "\\";
    }
  }
  // nfkc makes ㎡ "m2" and ㎜ "mm".
  constexpr std::array<std::string_view, 28> kUnits{
      "箇所", "か所", "ヶ所", "カ所", "世帯", "人", "名", "台", "床", "円", "個", "基", "室", "件",
      "本",   "棟",   "面",   "歳",   "cm",   "mm", "km", "m2", "m",  "%",  "席", "分", "回", "箱"};
  for (const std::string_view unit : kUnits) {
    if (plain.size() > unit.size() && plain.ends_with(unit)) {
      plain.resize(plain.size() - unit.size());
      break;
    }
  }
  const auto number = json_number(plain);
  if (!number) return wrong();
  std::string made = *number;
  if (made.find('e') != std::string::npos) {
    const auto value = parse_number<double>(made);
    if (!value || std::abs(*value) > 1e15) return wrong();
    made = fmt::format("{:.10f}", *value);
    made.erase(made.find_last_not_of('0') + 1);
    if (made.ends_with('.')) made.pop_back();
  }
  if (integer) {
    const std::size_t dot = made.find('.');
    if (dot != std::string::npos) {
      if (made.find_first_not_of('0', dot + 1) != std::string::npos) return wrong();
      made.resize(dot);
    }
  }
  return sure ? fixed(text, std::move(made)) : unsure(std::move(made));
}

Form url_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    const std::size_t scheme = t.starts_with("https://") ? 8 : t.starts_with("http://") ? 7 : 0;
    return scheme != 0 && t.size() > scheme + 2 && t.find_first_of(" \t\r\n\"<>") == std::string_view::npos &&
           t.find("\xE3\x80\x80") == std::string_view::npos && t.substr(scheme).find('.') != std::string_view::npos;
  };
  if (good(text)) return {};
  std::string plain = nfkc(trim_wide(text));
  const std::size_t colon = plain.find("://");
  if (colon != std::string::npos) {
    for (std::size_t i = 0; i < colon; ++i) {
      if (plain[i] >= 'A' && plain[i] <= 'Z') plain[i] = static_cast<char>(plain[i] + ('a' - 'A'));
    }
  }
  if (good(plain)) return fixed(text, plain);
  if (plain.starts_with("www.") && good("https://" + plain)) return unsure("https://" + plain);
  if (plain.starts_with("ttp://") || plain.starts_with("ttps://")) {
    if (good("h" + plain)) return unsure("h" + plain);
  }
  return wrong();
}

Form mail_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    const std::size_t at = t.find('@');
    return at != std::string_view::npos && at > 0 && t.find('@', at + 1) == std::string_view::npos &&
           t.find('.', at) != std::string_view::npos && t.back() != '.' &&
           std::all_of(t.begin(), t.end(), [](char c) { return c > ' ' && c < 0x7f; });
  };
  if (good(text)) return {};
  const std::string plain = nfkc(trim_wide(text));
  return good(plain) ? fixed(text, plain) : wrong();
}

Form postcode_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    return t.size() == 8 && t[3] == '-' && all_digits(t.substr(0, 3)) && all_digits(t.substr(4));
  };
  if (good(text)) return {};
  std::string plain = plain_dashes(nfkc(trim_wide(text)));
  if (plain.starts_with("〒")) plain = std::string(trim(std::string_view(plain).substr(3)));
  if (plain.size() == 7 && all_digits(plain)) plain.insert(3, "-");
  return good(plain) ? fixed(text, plain) : wrong();
}

Form id_form(std::string_view text) {
  std::string plain = nfkc(trim_wide(text));
  std::erase_if(plain, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  const std::size_t dot = plain.find('.');
  if (dot != std::string::npos && plain.substr(dot) == ".0" && all_digits(plain.substr(0, dot))) plain.resize(dot);
  return fixed(text, std::move(plain));
}

}  // namespace

Form form_of(const FormRule& rule, std::string_view text) {
  if (text.empty()) return {};
  switch (rule.type) {
    case ColumnType::kText:
      return {};
    case ColumnType::kId:
      return id_form(text);
    case ColumnType::kKana:
      return kana_form(text);
    case ColumnType::kInteger:
      return number_form(text, true);
    case ColumnType::kNumber:
      return number_form(text, false);
    case ColumnType::kLatitude:
    case ColumnType::kLongitude:
      return degrees_form(text);
    case ColumnType::kCode:
      return code_form(text);
    case ColumnType::kDate:
      return date_form(text, rule.order);
    case ColumnType::kTime:
      return time_form(text);
    case ColumnType::kPhone:
      return phone_form(text);
    case ColumnType::kUrl:
      return url_form(text);
    case ColumnType::kWeekdays:
      return weekdays_form(text);
    case ColumnType::kList:
      return list_form(text);
    case ColumnType::kFlag:
      return flag_form(text, "有", "無");
    case ColumnType::kMark:
      return flag_form(text, "1", "");
    case ColumnType::kChoice:
      return rule.codes != nullptr ? choice_form(text, *rule.codes) : Form{};
    case ColumnType::kCorporateNumber:
      return corporate_form(text);
    case ColumnType::kPostcode:
      return postcode_form(text);
    case ColumnType::kMail:
      return mail_form(text);
  }
  return {};
}

bool is_placeholder(std::string_view text) {
  text = trim_wide(text);
  constexpr std::array<std::string_view, 26> kTexts{
      "-",      "－",       "ー",  "―",   "—",  "‐",    "−",    "--",   "なし", "無し", "無", "不明", "未定",
      "未記入", "該当なし", "N/A", "n/a", "NA", "NULL", "null", "#N/A", "＊",   "*",    "・", "／",   "/"};
  return std::find(kTexts.begin(), kTexts.end(), text) != kTexts.end();
}

std::optional<std::pair<int, int>> slash_date(std::string_view text) {
  const auto first = parse_number<int>(take_until(text, '/'));
  const auto second = parse_number<int>(take_until(text, '/'));
  if (!first || !second || text.size() != 4 || !all_digits(text)) return std::nullopt;
  if (*first < 1 || *first > 31 || *second < 1 || *second > 31) return std::nullopt;
  return std::pair(*first, *second);
}

bool has_untidy_spaces(std::string_view text) {
  if (text.empty()) return false;
  if (trim_wide(text).size() != text.size()) return true;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == ' ' && (text[i + 1] == ' ' || text[i + 1] == '\xE3')) {
      if (text[i + 1] == ' ' || text.substr(i + 1).starts_with("\xE3\x80\x80")) return true;
    }
    if (text[i] == '\xE3' && text.substr(i).starts_with("\xE3\x80\x80\xE3\x80\x80")) return true;
    if (text[i] == '\t') return true;
  }
  return false;
}

std::string tidy_spaces(std::string_view text) {
  std::string out;
  bool space = false, wide = false;
  for (text = trim_wide(text); !text.empty();) {
    const bool is_wide = text.starts_with("\xE3\x80\x80");
    if (is_wide || text[0] == ' ' || text[0] == '\t') {
      wide = space ? wide : is_wide;
      space = true;
      text.remove_prefix(is_wide ? 3 : 1);
      continue;
    }
    if (space) out += wide ? "\xE3\x80\x80" : " ";
    space = false;
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

namespace {

// Length and ASCII of a full-width letter or digit that the text begins with; 0: none.
std::pair<std::size_t, char> wide_letter(std::string_view text) {
  if (text.size() < 3 || text[0] != '\xEF') return {0, 0};
  const unsigned code =
      0xf000u | (static_cast<unsigned char>(text[1]) & 0x3fu) << 6 | (static_cast<unsigned char>(text[2]) & 0x3fu);
  const auto ascii = code >= 0xff01 && code <= 0xff5e ? static_cast<char>(code - 0xfee0) : '\0';
  const bool wanted =
      (ascii >= '0' && ascii <= '9') || (ascii >= 'A' && ascii <= 'Z') || (ascii >= 'a' && ascii <= 'z');
  return wanted ? std::pair<std::size_t, char>{3, ascii} : std::pair<std::size_t, char>{0, 0};
}

// Bytes of half-width katakana (U+FF66 … U+FF9F) that the text begins with.
std::size_t narrow_kana(std::string_view text) {
  std::size_t n = 0;
  while (text.size() >= n + 3 && text[n] == '\xEF') {
    const unsigned code = 0xf000u | (static_cast<unsigned char>(text[n + 1]) & 0x3fu) << 6 |
                          (static_cast<unsigned char>(text[n + 2]) & 0x3fu);
    if (code < 0xff66 || code > 0xff9f) break;
    n += 3;
  }
  return n;
}

}  // namespace

bool has_untidy_width(std::string_view text) {
  for (std::size_t at = text.find('\xEF'); at != std::string_view::npos; at = text.find('\xEF', at + 1)) {
    if (wide_letter(text.substr(at)).first != 0 || narrow_kana(text.substr(at)) != 0) return true;
  }
  return false;
}

std::string tidy_width(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (const auto [size, ascii] = wide_letter(text); size != 0) {
      out += ascii;
      text.remove_prefix(size);
    } else if (const std::size_t kana = narrow_kana(text); kana != 0) {
      out += nfkc(text.substr(0, kana));
      text.remove_prefix(kana);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

std::optional<std::pair<double, double>> parse_pair(std::string_view text) {
  const std::string plain = nfkc(trim_wide(text));
  std::string_view rest = plain;
  const auto first = json_number(take_until(rest, ','));
  const auto second = json_number(rest);
  if (!first || !second || first->find('.') == std::string::npos) return std::nullopt;
  const auto a = parse_number<double>(*first), b = parse_number<double>(*second);
  if (!a || !b || std::abs(*a) > 180 || std::abs(*b) > 180) return std::nullopt;
  return std::pair(*a, *b);
}

std::string degrees_text(double degrees) {
  std::string text = fmt::format("{:.8f}", degrees);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace tsunagu::catalog
