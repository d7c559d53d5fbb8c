// A time of day "12:30:00.5Z" (clause 4.6.3).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tsunagu::ngsi {

/// Microseconds since midnight UTC; empty when `text` is no time. The 'Z' may be missing in data.
inline std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto two = [&](std::size_t at, int limit) {
    const int tens = text[at] - '0', ones = text[at + 1] - '0';
    const bool digits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
    return digits && tens * 10 + ones < limit ? tens * 10 + ones : -1;
  };
  if (text.size() < 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const int hours = two(0, 24), minutes = two(3, 60), seconds = two(6, 60);
  if (hours < 0 || minutes < 0 || seconds < 0) return std::nullopt;
  std::int64_t fraction = 0;
  if (text.size() > 8) {
    if ((text[8] != '.' && text[8] != ',') || text.size() == 9 || text.size() > 15) return std::nullopt;
    std::int64_t unit = 100000;
    for (char c : text.substr(9)) {
      if (c < '0' || c > '9') return std::nullopt;
      fraction += (c - '0') * unit;
      unit /= 10;
    }
  }
  return ((hours * 60LL + minutes) * 60 + seconds) * 1000000 + fraction;
}

}  // namespace tsunagu::ngsi
