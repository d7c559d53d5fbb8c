#include "catalog/table/xlsx_values.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "base/text.h"
#include "base/time.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kMaxRows = 1'048'576, kMaxColumns = 16'384;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kDays1900To1970 = 25'569;  // of 1899-12-30, which makes up for Excel's 29 February 1900
constexpr std::int64_t kDays1904To1970 = 24'107;

NumberShape shape(bool date, bool time) {
  return date && time ? NumberShape::kDateTime
         : date       ? NumberShape::kDate
         : time       ? NumberShape::kTime
                      : NumberShape::kPlain;
}

}  // namespace

std::optional<CellAddress> parse_address(std::string_view text) {
  CellAddress address;
  std::size_t i = 0, column = 0;
  for (; i < text.size() && text[i] >= 'A' && text[i] <= 'Z' && i < 4; ++i) {
    column = column * 26 + static_cast<std::size_t>(text[i] - 'A') + 1;
  }
  const auto row = parse_number<std::size_t>(text.substr(i));
  if (column == 0 || column > kMaxColumns || !row || *row == 0 || *row > kMaxRows) return std::nullopt;
  address.column = column - 1;
  address.row = *row;
  return address;
}

std::optional<CellArea> parse_area(std::string_view text) {
  const std::string_view first = take_until(text, ':');
  const auto from = parse_address(first);
  const auto to = text.empty() ? from : parse_address(text);
  if (!from || !to || to->row < from->row || to->column < from->column) return std::nullopt;
  return CellArea{*from, *to};
}

NumberShape shape_of_builtin(int id) {
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58) {
    return NumberShape::kDate;
  }
  if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56) {
    return NumberShape::kTime;
  }
  return id == 22 ? NumberShape::kDateTime : NumberShape::kPlain;
}

NumberShape shape_of_code(std::string_view code) {
  bool date = false, time = false, minutes_or_months = false;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const std::size_t end = std::min(code.find(']', i), code.size());
      const std::string_view inside = code.substr(i + 1, end - i - 1);
      if (inside == "h" || inside == "hh" || inside == "m" || inside == "mm" || inside == "s" || inside == "ss") {
        time = true;
      }
      i = end;
    } else if (c == '0' || c == '#' || c == '?') {
      if (!date && !time) return NumberShape::kPlain;
    } else if (c == 'y' || c == 'd' || c == 'g' || c == 'Y' || c == 'D') {
      date = true;
    } else if (c == 'h' || c == 's' || c == 'H' || c == 'S') {
      time = true;
    } else if (c == 'm' || c == 'M') {
      minutes_or_months = true;
    }
  }
  if (minutes_or_months && !date && !time) date = true;
  return shape(date, time);
}

std::string cell_number(std::string_view text, NumberShape shape, bool date1904) {
  const auto value = parse_number<double>(text);
  if (!value || !std::isfinite(*value)) return std::string(text);
  if (shape == NumberShape::kPlain) {
    if (text.size() <= 15 && text.find_first_of("eE") == std::string_view::npos) return std::string(text);
    std::string shortest = fmt::format("{:.15g}", *value);
    if (shortest.find('e') == std::string::npos) return shortest;
    return std::abs(*value) < 1 ? fmt::format("{:.15f}", *value) : fmt::format("{:.0f}", *value);
  }
  constexpr double kLastDay = 2'958'466;  // 9999-12-31
  if (*value < 0 || *value >= kLastDay) return std::string(text);
  const auto seconds = static_cast<std::int64_t>(std::llround(*value * kSecondsPerDay));
  std::int64_t day = seconds / kSecondsPerDay;
  const std::int64_t rest = seconds % kSecondsPerDay;
  std::string out;
  const bool with_date = day > 0 && (shape != NumberShape::kTime);
  if (with_date) {
    if (!date1904 && day < 60) ++day;
    const std::int64_t since = day - (date1904 ? kDays1904To1970 : kDays1900To1970);
    out = to_string(Instant{since * kSecondsPerDay * 1'000'000}).substr(0, 10);
    if (shape == NumberShape::kDate && rest == 0) return out;
    if (rest == 0 && shape == NumberShape::kDateTime) return out;
    out += 'T';
  }
  const std::int64_t hours = rest / 3600 + (with_date ? 0 : day * 24);
  out += fmt::format("{:02}:{:02}", hours, rest / 60 % 60);
  if (rest % 60 != 0) out += fmt::format(":{:02}", rest % 60);
  return out;
}

}  // namespace tsunagu::catalog
