#include "catalog/studio/form_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

using namespace forms;
using Fit = Form::Fit;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// The characters of a UTF-8 text, one by one.
std::vector<std::string_view> letters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t size = std::min<std::size_t>(byte < 0x80   ? 1
                                                   : byte < 0xe0 ? 2
                                                   : byte < 0xf0 ? 3
                                                                 : 4,
                                                   text.size() - i);
    out.push_back(text.substr(i, size));
    i += size;
  }
  return out;
}

unsigned code_point(std::string_view letter) {
  if (letter.size() == 3) {
    return (static_cast<unsigned char>(letter[0]) & 0xfu) << 12 | (static_cast<unsigned char>(letter[1]) & 0x3fu) << 6 |
           (static_cast<unsigned char>(letter[2]) & 0x3fu);
  }
  return letter.size() == 1 ? static_cast<unsigned char>(letter[0]) : 0;
}

std::string utf8_of(unsigned code) {
  return {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | (code >> 6 & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}

// What stands behind a bracket is a remark: "17:00(受付)" → "17:00".
bool cut_remark(std::string& text) {
  const std::size_t bracket = text.find('(');
  if (bracket == std::string::npos || bracket == 0) return false;
  text = std::string(trim(std::string_view(text).substr(0, bracket)));
  return true;
}

std::size_t distance(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = up;
    }
  }
  return row.back();
}

}  // namespace

std::string plain_dashes(std::string_view text) {
  std::string out(text);
  for (const std::string_view dash : {"－", "ー", "―", "—", "–", "‐", "‑", "−", "ｰ", "─"})
    out = replaced(std::move(out), dash, "-");
  return out;
}

Form time_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    return t.size() == 5 && t[2] == ':' && all_digits(t.substr(0, 2)) && all_digits(t.substr(3)) &&
           t.substr(3) < "60" && (t.substr(0, 2) < "24" || t == "24:00");
  };
  if (good(text)) return {};
  std::string plain = single_spaces(nfkc(text));
  bool sure = !cut_remark(plain);
  plain = replaced(std::move(plain), " ", "");
  bool afternoon = false;
  for (const auto& [mark, later] :
       {std::pair{"午前", false}, {"午後", true}, {"AM", false}, {"PM", true}, {"am", false}, {"pm", true}}) {
    const std::string_view m(mark);
    if (plain.starts_with(m)) {
      plain.erase(0, m.size());
      afternoon = later;
    } else if (plain.ends_with(m)) {
      plain.resize(plain.size() - m.size());
      afternoon = later;
    }
  }
  if (plain.ends_with("時")) plain.replace(plain.size() - 3, 3, ":00");
  plain = replaced(replaced(std::move(plain), "時半", ":30"), "時", ":");
  plain = replaced(std::move(plain), "分", "");
  if (const auto part = parse_number<double>(plain);
      part && plain.find('.') != std::string::npos && *part > 0 && *part < 1) {
    const auto minutes = static_cast<int>(std::lround(*part * 1440));
    return unsure(fmt::format("{:02}:{:02}", minutes / 60, minutes % 60));
  }
  std::string_view rest = plain;
  const std::string_view hours = take_until(rest, ':');
  const std::string_view minutes = take_until(rest, ':');
  const auto h = parse_number<int>(hours), m = parse_number<int>(minutes);
  if (!h || !m || hours.size() > 2 || minutes.size() != 2 || *m > 59 || *h < 0 || *m < 0) return wrong();
  if (!rest.empty() && rest != "00") return wrong();
  const int hour = afternoon && *h < 12 ? *h + 12 : *h;
  std::string made = fmt::format("{:02}:{:02}", hour, *m);
  if (!good(made)) return wrong();
  return sure ? fixed(text, std::move(made)) : unsure(std::move(made));
}

Form phone_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    if (t.starts_with("+81-"))
      t.remove_prefix(4);
    else if (!t.starts_with('0'))
      return false;
    std::size_t digits = 0, dashes = 0;
    for (std::size_t i = 0; i < t.size(); ++i) {
      if (digit(t[i])) {
        ++digits;
      } else if (t[i] != '-' || i == 0 || i + 1 == t.size() || t[i - 1] == '-') {
        return false;
      } else {
        ++dashes;
      }
    }
    return digits >= 9 && digits <= 11 && dashes <= 3;
  };
  if (good(text)) {
    if (text.find('-') != std::string_view::npos) return {};
    if (text.size() == 11)
      return {Fit::kFixable, fmt::format("{}-{}-{}", text.substr(0, 3), text.substr(3, 4), text.substr(7))};
    if (text.size() == 10 && (text.starts_with("0120") || text.starts_with("0570"))) {
      return {Fit::kFixable, fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 3), text.substr(7))};
    }
    return {};  // without the list of area codes nobody knows where the hyphens belong
  }
  std::string plain = plain_dashes(nfkc(trim_wide(text)));
  bool sure = true;
  for (const std::string_view remark : {"内線", "代表", "(代", "、", ",", "~", "/", "又は", "または", "\n"}) {
    const std::size_t at = plain.find(remark);
    if (at != std::string::npos && at > 8) {
      plain.resize(at);
      sure = false;
    }
  }
  for (const std::string_view name : {"TEL", "Tel", "tel", "電話", ":", "："}) {
    if (plain.starts_with(name)) plain.erase(0, name.size());
  }
  for (char& c : plain) {
    if (c == '(' || c == ')' || c == '.') c = '-';
  }
  std::erase(plain, ' ');
  while (plain.find("--") != std::string::npos) plain = replaced(std::move(plain), "--", "-");
  while (plain.starts_with('-')) plain.erase(0, 1);
  while (plain.ends_with('-')) plain.pop_back();
  if (!good(plain) && all_digits(plain) && (plain.size() == 9 || plain.size() == 10) && plain[0] != '0') {
    plain.insert(0, "0");  // a table program took it for a number
    sure = false;
  }
  if (!good(plain)) return wrong();
  return sure ? fixed(text, std::move(plain)) : unsure(std::move(plain));
}

Form degrees_form(std::string_view text) {
  {
    std::string_view t = text;
    if (t.starts_with('-')) t.remove_prefix(1);
    const std::size_t dot = t.find('.');
    const std::string_view whole = t.substr(0, dot);
    if (all_digits(whole) && whole.size() <= 3 && (dot == std::string_view::npos || all_digits(t.substr(dot + 1)))) {
      const auto value = parse_number<double>(t);
      return value && *value <= 180 ? Form{} : wrong();
    }
  }
  std::string plain = nfkc(trim_wide(text));
  for (const std::string_view name : {"北緯", "東経", "緯度", "経度", "N", "E", ":"}) {
    if (plain.starts_with(name)) plain.erase(0, name.size());
    if (plain.ends_with(name)) plain.resize(plain.size() - name.size());
  }
  plain = std::string(trim_wide(plain));
  if (const auto number = json_number(plain)) {
    const auto value = parse_number<double>(*number);
    if (value && std::abs(*value) <= 180) return fixed(text, *number);
    // DDDMMSS.s
    if (value && *value > 200'000 && *value < 1'600'000) {
      const double d = std::floor(*value / 10'000), m = std::floor(std::fmod(*value, 10'000) / 100),
                   s = std::fmod(*value, 100);
      if (m < 60 && s < 60) return unsure(degrees_text(d + m / 60 + s / 3600));
    }
    return wrong();
  }
  // Degrees, minutes, seconds with anything between.
  std::array<double, 3> parts{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < plain.size();) {
    if (!digit(plain[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    bool dot = false;
    while (end < plain.size() && (digit(plain[end]) || (plain[end] == '.' && !dot && count == 2)))
      dot |= plain[end++] == '.';
    if (count == 3) return wrong();
    parts[count++] = parse_number<double>(std::string_view(plain).substr(i, end - i)).value_or(-1);
    i = end;
  }
  if (count < 2 || parts[0] < 0 || parts[0] > 180 || parts[1] < 0 || parts[1] >= 60 || parts[2] < 0 || parts[2] >= 60)
    return wrong();
  return {Fit::kFixable, degrees_text(parts[0] + parts[1] / 60 + parts[2] / 3600)};
}

Form code_form(std::string_view text) {
  if (text.size() == 6 && checked_code6(text)) return {};
  std::string plain = nfkc(trim_wide(text));
  if (plain.ends_with(".0")) plain.resize(plain.size() - 2);
  if (!all_digits(plain) || plain.size() > 6) return wrong();
  if (plain.size() == 6) {
    if (checked_code6(plain)) return fixed(text, plain);
    return unsure(*code6_of_code5(plain.substr(0, 5)));  // the check digit does not fit
  }
  if (plain.size() <= 2) {
    const auto prefecture = parse_number<int>(plain);
    if (!prefecture || *prefecture < 1 || *prefecture > 47) return wrong();
    return {Fit::kFixable, *code6_of_code5(fmt::format("{:02}000", *prefecture))};
  }
  if (plain.size() == 3) return wrong();
  return {Fit::kFixable, *code6_of_code5(plain)};
}

// The check digit comes first: 9 less the remainder by 9 of the sum of the other digits, each second one from the right
// doubled (法人番号の指定等に関する省令).
Form corporate_form(std::string_view text) {
  const auto good = [](std::string_view t) {
    if (t.size() != 13 || !all_digits(t)) return false;
    int sum = 0;
    for (std::size_t i = 1; i < 13; ++i) sum += (t[i] - '0') * (i % 2 == 1 ? 2 : 1);
    return t[0] - '0' == 9 - sum % 9;
  };
  if (good(text)) return {};
  std::string plain = plain_dashes(nfkc(trim_wide(text)));
  if (plain.starts_with('T')) plain.erase(0, 1);
  std::erase_if(plain, [](char c) { return c == '-' || c == ' '; });
  return good(plain) ? fixed(text, std::move(plain)) : wrong();
}

Form weekdays_form(std::string_view text) {
  constexpr std::array<std::string_view, 8> kDays{"月", "火", "水", "木", "金", "土", "日", "祝"};
  const auto day = [&kDays](std::string_view letter) {
    return static_cast<std::size_t>(std::find(kDays.begin(), kDays.end(), letter) - kDays.begin());
  };
  const auto all = letters(text);
  if (std::all_of(all.begin(), all.end(), [&](std::string_view letter) { return day(letter) < kDays.size(); }))
    return {};
  std::string plain = single_spaces(nfkc(text));
  if (plain == "毎日" || plain == "年中無休" || plain == "全日") return {Fit::kFixable, "月火水木金土日"};
  if (plain == "平日") return {Fit::kFixable, "月火水木金"};
  for (const std::string_view word : {"曜日", "曜", "祝日", "祭日"})
    plain = replaced(std::move(plain), word, word.starts_with("祝") ? "祝" : "");
  std::string out;
  std::size_t last = kDays.size();
  bool range = false;
  for (const std::string_view letter : letters(plain)) {
    const std::size_t at = day(letter);
    if (at < kDays.size()) {
      if (range && last < 7 && at < 7 && at > last) {
        for (std::size_t i = last + 1; i < at; ++i) out += kDays[i];
      } else if (range) {
        return wrong();
      }
      range = false;
      out += letter;
      last = at;
    } else if (letter == "~" || letter == "-" || letter == "～" || letter == "〜" || letter == "ー" || letter == "−" ||
               letter == "–") {
      range = true;
    } else if (letter != "・" && letter != "、" && letter != "," && letter != "," && letter != " " && letter != "/" &&
               letter != ";") {
      return wrong();
    }
  }
  if (out.empty() || range) return wrong();
  return fixed(text, std::move(out));
}

Form list_form(std::string_view text) {
  constexpr std::array<std::string_view, 6> kSeparators{"、", "，", ",", "；", "\n", "\r"};
  if (std::none_of(kSeparators.begin(), kSeparators.end(),
                   [text](std::string_view s) { return text.find(s) != std::string_view::npos; })) {
    return {};
  }
  std::string plain(text);
  for (const std::string_view separator : kSeparators) plain = replaced(std::move(plain), separator, ";");
  std::string out;
  for (std::string_view rest = plain; !rest.empty();) {
    const std::string_view item = trim_wide(take_until(rest, ';'));
    if (item.empty()) continue;
    if (!out.empty()) out += ';';
    out += item;
  }
  return fixed(text, std::move(out));
}

Form kana_form(std::string_view text) {
  std::string out;
  bool foreign = false;
  const std::string plain = has_untidy_width(text) ? tidy_width(text) : std::string(text);
  for (const std::string_view letter : letters(plain)) {
    const unsigned code = code_point(letter);
    if (code >= 0x3041 && code <= 0x3096) {
      out += utf8_of(code + 96);
      continue;
    }
    if ((code >= 0x3400 && code <= 0x9fff) || letter.size() == 4) foreign = true;  // a kanji has no reading of its own
    out += letter;
  }
  return foreign ? wrong() : fixed(text, std::move(out));
}

Form flag_form(std::string_view text, std::string_view yes, std::string_view no) {
  if (text == yes || text == no) return {};
  constexpr std::array<std::string_view, 21> kYes{"有",   "○",    "〇",   "◯",  "◎",  "●",    "有り",
                                                  "あり", "ある", "はい", "1",  "可", "可能", "対応",
                                                  "true", "yes",  "y",    "on", "✓",  "レ",   "該当"};
  constexpr std::array<std::string_view, 20> kNo{"無",   "×",      "✕", "✖",    "x",      "無し",  "なし",
                                                 "ない", "いいえ", "0", "不可", "非対応", "false", "no",
                                                 "n",    "off",    "-", "ー",   "非該当", "対象外"};
  std::string plain = nfkc(trim_wide(text));
  std::transform(plain.begin(), plain.end(), plain.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  if (std::find(kYes.begin(), kYes.end(), plain) != kYes.end()) return {Fit::kFixable, std::string(yes)};
  if (std::find(kNo.begin(), kNo.end(), plain) != kNo.end() || is_placeholder(text))
    return {Fit::kFixable, std::string(no)};
  return wrong();
}

Form choice_form(std::string_view text, const std::vector<std::string>& codes) {
  if (std::find(codes.begin(), codes.end(), text) != codes.end()) return {};
  const std::string plain = plain_name(text);
  for (const std::string& code : codes) {
    if (plain_name(code) == plain) return {Fit::kFixable, code};
  }
  // The nearest one, when it is near enough and the only one.
  const auto own = letters(plain);
  const std::string* best = nullptr;
  std::size_t least = own.size() / 3 + 1;
  bool tied = false;
  for (const std::string& code : codes) {
    const std::string other = plain_name(code);
    const std::size_t far = distance(own, letters(other));
    if (far < least) {
      least = far;
      best = &code;
      tied = false;
    } else if (far == least && best != nullptr) {
      tied = true;
    }
  }
  return best != nullptr && !tied ? unsure(*best) : wrong();
}

}  // namespace tsunagu::catalog
