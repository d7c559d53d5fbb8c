// Numbers and times as devices write them.
#include <cmath>
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "things/payload.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Has `text` the form of a JSON number (RFC 8259 clause 6)?
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > first;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t whole = i;
  if (!digits() || (text[whole] == '0' && i > whole + 1)) return false;
  if (i < text.size() && text[i] == '.' && (++i, !digits())) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

}  // namespace

std::string_view number_json(std::string_view text, Payload& out) {
  std::string_view plain = text.starts_with('+') ? text.substr(1) : text;
  if (plain.empty() || !(is_digit(plain[0]) || plain[0] == '-' || plain[0] == '.')) return {};  // nan, inf
  if (is_json_number(plain)) {
    if (plain.size() <= 15 && plain.find_first_of("eE") == std::string_view::npos) return plain;  // fits
    const auto value = walk::number(plain);
    return value && std::isfinite(*value) ? plain : std::string_view();
  }
  const auto value = parse_number<double>(plain);
  if (!value || !std::isfinite(*value)) return {};
  std::string json;
  append_json_number(json, *value);
  return out.keep(std::move(json));
}

std::string_view value_json(std::string_view canonical) {
  if (canonical.empty() || canonical == "null") return {};
  if (!walk::is_number(canonical)) return canonical;
  const auto value = walk::number(canonical);
  return value && std::isfinite(*value) ? canonical : std::string_view();
}

std::optional<Instant> read_time(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  if (const auto number = parse_number<double>(text)) {
    const double size = std::abs(*number);
    const double us = size < 1e11 ? *number * 1e6 : size < 1e14 ? *number * 1e3 : size < 1e17 ? *number : *number / 1e3;
    if (!(std::abs(us) < 2.5e17)) return std::nullopt;  // year 9892
    return Instant{static_cast<std::int64_t>(std::llround(us))};
  }
  if (auto instant = parse_instant(text)) return instant;
  return parse_instant(std::string(text) + "Z");
}

}  // namespace tsunagu::things
