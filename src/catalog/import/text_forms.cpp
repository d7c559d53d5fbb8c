#include "catalog/import/text_forms.h"

#include <fmt/format.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tsunagu::catalog {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

// Length of the white space that `text` begins with: one character, 0 when it begins with none.
std::size_t space_length(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
  if (text.starts_with("\xC2\xA0")) return 2;
  if (text.starts_with("\xE3\x80\x80")) return 3;
  return 0;
}

char check_digit(std::string_view five) {
  int sum = 0;
  for (int i = 0; i < 5; ++i) sum += (five[static_cast<std::size_t>(i)] - '0') * (6 - i);
  return static_cast<char>('0' + (11 - sum % 11) % 10);
}

struct Parts {
  int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0;
  bool has_time = false;
  std::optional<int> offset_minutes;
};

bool take_number(std::string_view& text, std::size_t max_digits, int low, int high, int& value) {
  std::size_t n = 0;
  while (n < text.size() && n < max_digits && is_digit(text[n])) ++n;
  const auto number = parse_number<int>(text.substr(0, n));
  if (!number || *number < low || *number > high) return false;
  text.remove_prefix(n);
  value = *number;
  return true;
}

bool take_offset(std::string_view& text, Parts& parts) {
  if (text.starts_with('Z')) {
    text.remove_prefix(1);
    parts.offset_minutes = 0;
    return true;
  }
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0, minutes = 0;
  if (!take_number(text, 2, 0, 23, hours)) return false;
  if (text.starts_with(':')) text.remove_prefix(1);
  if (!text.empty() && is_digit(text[0]) && !take_number(text, 2, 0, 59, minutes)) return false;
  parts.offset_minutes = sign * (hours * 60 + minutes);
  return true;
}

bool take_era_year(std::string_view& text, Parts& parts) {
  struct Era {
    std::string_view name, letter;
    int first;
  };
  constexpr std::array<Era, 5> kEras{
      {{"令和", "R", 2019}, {"平成", "H", 1989}, {"昭和", "S", 1926}, {"大正", "T", 1912}, {"明治", "M", 1868}}};
  for (const Era& era : kEras) {
    const std::string_view name = text.starts_with(era.name)     ? era.name
                                  : text.starts_with(era.letter) ? era.letter
                                                                 : "";
    if (name.empty()) continue;
    text.remove_prefix(name.size());
    int year = 1;
    constexpr std::string_view kFirstYear = "元";
    if (text.starts_with(kFirstYear)) {
      text.remove_prefix(kFirstYear.size());
    } else if (!take_number(text, 2, 1, 99, year)) {
      return false;
    }
    parts.year = era.first + year - 1;
    return true;
  }
  return false;
}

bool fits(std::string_view text, std::string_view format, Parts& parts) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == ' ') {
      while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
      continue;
    }
    if (format[i] != '%') {
      if (text.empty() || text[0] != format[i]) return false;
      text.remove_prefix(1);
      continue;
    }
    bool good = false;
    switch (format[++i]) {
      case 'Y':
        good = take_number(text, 4, 1, 9999, parts.year);
        break;
      case 'j':
        good = take_era_year(text, parts);
        break;
      case 'm':
        good = take_number(text, 2, 1, 12, parts.month);
        break;
      case 'd':
        good = take_number(text, 2, 1, 31, parts.day);
        break;
      case 'H':
        good = take_number(text, 2, 0, 24, parts.hour);
        parts.has_time = true;
        break;
      case 'M':
        good = take_number(text, 2, 0, 59, parts.minute);
        break;
      case 'S':
        good = take_number(text, 2, 0, 59, parts.second);
        break;
      case 'z':
        good = take_offset(text, parts);
        break;
      case '%':
        good = text.starts_with('%');
        if (good) text.remove_prefix(1);
        break;
    }
    if (!good) return false;
  }
  return text.empty();
}

std::optional<Instant> midnight(int year, int month, int day) {
  return parse_date(fmt::format("{:04}-{:02}-{:02}", year, month, day));
}

constexpr std::int64_t kMinute = 60'000'000;

std::int64_t offset_us(const icu::TimeZone& zone, std::int64_t local_us) {
  int32_t raw = 0, saving = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone.getOffset(static_cast<UDate>(local_us / 1000), true, raw, saving, status);
  return U_SUCCESS(status) ? (static_cast<std::int64_t>(raw) + saving) * 1000 : 0;
}

}  // namespace

std::string nfkc(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
    return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return std::string(text);
  std::string out;
  icu::StringByteSink<std::string> sink(&out);
  normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, status);
  return U_SUCCESS(status) ? out : std::string(text);
}

std::string_view trim_wide(std::string_view text) {
  while (const std::size_t length = space_length(text)) text.remove_prefix(length);
  while (!text.empty()) {
    std::size_t length = space_length(text.substr(text.size() - 1));
    if (length == 0 && text.size() >= 2) length = space_length(text.substr(text.size() - 2)) == 2 ? 2 : 0;
    if (length == 0 && text.size() >= 3) length = space_length(text.substr(text.size() - 3)) == 3 ? 3 : 0;
    if (length == 0) break;
    text.remove_suffix(length);
  }
  return text;
}

std::string single_spaces(std::string_view text) {
  std::string out;
  for (text = trim_wide(text); !text.empty();) {
    if (const std::size_t length = space_length(text)) {
      if (out.back() != ' ') out += ' ';
      text.remove_prefix(length);
    } else {
      out += text[0];
      text.remove_prefix(1);
    }
  }
  return out;
}

std::optional<std::string> json_number(std::string_view text) {
  std::string plain;
  for (std::string_view rest = trim_wide(text); !rest.empty();) {
    constexpr std::string_view kMinus = "\xE2\x88\x92";  // U+2212
    if (rest.starts_with(kMinus)) {
      plain += '-';
      rest.remove_prefix(kMinus.size());
    } else {
      plain += rest[0];
      rest.remove_prefix(1);
    }
  }
  plain = nfkc(plain);
  std::string_view in = plain;
  std::string out;
  if (in.starts_with('+')) in.remove_prefix(1);
  if (in.starts_with('-')) {
    out = "-";
    in.remove_prefix(1);
  }
  std::string whole;
  std::size_t group = 0;  // digits since the last comma
  bool grouped = false;
  while (!in.empty() && (is_digit(in[0]) || in[0] == ',')) {
    if (in[0] == ',') {
      if (whole.empty() || (grouped ? group != 3 : group > 3)) return std::nullopt;
      grouped = true;
      group = 0;
    } else {
      whole += in[0];
      ++group;
    }
    in.remove_prefix(1);
  }
  if (whole.empty() || (grouped && group != 3)) return std::nullopt;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  out += whole;
  if (in.starts_with('.')) {
    std::size_t digits = 1;
    while (digits < in.size() && is_digit(in[digits])) ++digits;
    if (digits == 1 && in.size() > 1) return std::nullopt;
    if (digits > 1) out += in.substr(0, digits);
    in.remove_prefix(digits);
  }
  if (!in.empty() && (in[0] == 'e' || in[0] == 'E')) {
    const auto exponent = parse_number<int>(in.substr(in.size() > 1 && in[1] == '+' ? 2 : 1));
    if (!exponent || std::abs(*exponent) > 300) return std::nullopt;
    out += fmt::format("e{}", *exponent);
    in = {};
  }
  if (!in.empty() || out.size() > 400) return std::nullopt;
  return out;
}

std::optional<std::string> code6_of_code5(std::string_view code) {
  if (code.size() < 4 || code.size() > 5 || !all_digits(code)) return std::nullopt;
  std::string full(5 - code.size(), '0');
  full += code;
  full += check_digit(full);
  return full;
}

std::optional<std::string> checked_code6(std::string_view code) {
  if (code.size() < 5 || code.size() > 6 || !all_digits(code)) return std::nullopt;
  std::string full(6 - code.size(), '0');
  full += code;
  if (full[5] != check_digit(std::string_view(full).substr(0, 5))) return std::nullopt;
  return full;
}

Result<MomentReader> MomentReader::make(std::vector<std::string> formats, std::string_view zone) {
  for (const std::string& format : formats) {
    for (std::size_t i = format.find('%'); i != std::string::npos; i = format.find('%', i + 2)) {
      if (i + 1 >= format.size() || std::string_view("YmdHMSzj%").find(format[i + 1]) == std::string_view::npos) {
        return bad(fmt::format("time format \"{}\": after % one of Y m d H M S z j % is expected", format));
      }
    }
  }
  std::shared_ptr<icu::TimeZone> found(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8(icu::StringPiece(zone.data(), static_cast<int32_t>(zone.size())))));
  if (!found || *found == icu::TimeZone::getUnknown()) {
    return bad(fmt::format("unknown time zone \"{}\"", zone));
  }
  MomentReader reader;
  for (const std::string& format : formats) reader.formats_.push_back(nfkc(format));
  reader.zone_ = std::move(found);
  return reader;
}

std::optional<Moment> MomentReader::read(std::string_view text) const {
  const auto& zone = *static_cast<const icu::TimeZone*>(zone_.get());
  const std::string plain = single_spaces(nfkc(text));
  for (const std::string& format : formats_) {
    if (format == "iso") {
      const auto instant = parse_instant(plain);
      if (instant) {
        int32_t raw = 0, saving = 0;
        UErrorCode status = U_ZERO_ERROR;
        zone.getOffset(static_cast<UDate>(instant->us / 1000), false, raw, saving, status);
        const Instant local{instant->us + (static_cast<std::int64_t>(raw) + saving) * 1000};
        return Moment{*instant, to_string(local).substr(0, 10), true};
      }
      if (const auto date = parse_date(plain))
        return Moment{Instant{date->us - offset_us(zone, date->us)}, plain, false};
      continue;
    }
    Parts parts;
    if (!fits(plain, format, parts)) continue;
    const auto day = midnight(parts.year, parts.month, parts.day);
    if (!day || (parts.hour == 24 && (parts.minute != 0 || parts.second != 0))) continue;
    const std::int64_t local = day->us + (parts.hour * 60 + parts.minute) * kMinute + parts.second * 1'000'000LL;
    const std::int64_t offset = parts.offset_minutes ? *parts.offset_minutes * kMinute : offset_us(zone, local);
    return Moment{Instant{local - offset}, to_string(Instant{day->us}).substr(0, 10), parts.has_time};
  }
  return std::nullopt;
}

}  // namespace tsunagu::catalog
