// Walking over canonical JSON text (base/json.h) without parsing it into a tree: no allocation, one pass. Every access
// stays inside the text, so that damaged text gives wrong answers but never a wild read.
#pragma once
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace tsunagu::ngsi::walk {

/// Index after the string that begins (with its quote) at `at`; text.size() if it never ends.
inline std::size_t string_end(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1;;) {
    i = text.find('"', i);
    if (i == std::string_view::npos) return text.size();
    std::size_t backslashes = 0;
    while (i - backslashes > at + 1 && text[i - backslashes - 1] == '\\') ++backslashes;
    ++i;
    if (backslashes % 2 == 0) return i;
  }
}

/// Index after the value that begins at `at`.
inline std::size_t value_end(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  if (text[at] == '"') return string_end(text, at);
  if (text[at] != '{' && text[at] != '[') {
    const auto end = text.find_first_of(",]}", at);
    return end == std::string_view::npos ? text.size() : end;
  }
  int depth = 0;
  for (std::size_t i = at; i < text.size();) {
    const char c = text[i];
    if (c == '"') {
      i = string_end(text, i);
      continue;
    }
    ++i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i;
  }
  return text.size();
}

inline bool is_string(std::string_view json) {
  return json.size() >= 2 && json.front() == '"';
}
inline bool is_array(std::string_view json) {
  return json.size() >= 2 && json.front() == '[';
}
inline bool is_object(std::string_view json) {
  return json.size() >= 2 && json.front() == '{';
}
inline bool is_bool(std::string_view json) {
  return json == "true" || json == "false";
}
inline bool is_number(std::string_view json) {
  return !json.empty() && (json.front() == '-' || (json.front() >= '0' && json.front() <= '9'));
}

/// Calls f(element) for each element of an array until it answers true; says whether it did.
template <class F>
bool any_element(std::string_view array, F&& f) {
  if (!is_array(array)) return false;
  for (std::size_t at = 1; at + 1 < array.size();) {
    const std::size_t end = value_end(array, at);
    if (end == at) return false;
    if (f(array.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

/// Calls f(key with quotes, value) for each member of an object until it answers true; says whether it did.
template <class F>
bool any_member(std::string_view object, F&& f) {
  if (!is_object(object)) return false;
  for (std::size_t at = 1; at + 1 < object.size();) {
    if (object[at] != '"') return false;
    const std::size_t colon = string_end(object, at);
    if (colon + 1 >= object.size()) return false;
    const std::size_t end = value_end(object, colon + 1);
    if (f(object.substr(at, colon - at), object.substr(colon + 1, end - colon - 1))) return true;
    at = end + 1;
  }
  return false;
}

/// Text of a canonical JSON string. A view into `json` when it has no escapes, else into `scratch`.
inline std::string_view string_text(std::string_view json, std::string& scratch) {
  if (!is_string(json)) return {};
  const auto inside = json.substr(1, json.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  scratch = json_string_text(json);
  return scratch;
}

/// Is the JSON string `key` (with quotes) the text `name`?
inline bool key_is(std::string_view key, std::string_view name) {
  if (!is_string(key)) return false;
  const auto inside = key.substr(1, key.size() - 2);
  return inside == name || (inside.find('\\') != std::string_view::npos && json_string_text(key) == name);
}

/// Value of the member `name`; empty if there is none.
inline std::string_view member(std::string_view object, std::string_view name) {
  std::string_view found;
  any_member(object, [&](std::string_view key, std::string_view value) {
    if (!key_is(key, name)) return false;
    found = value;
    return true;
  });
  return found;
}

/// Element number `index`; empty if there is none.
inline std::string_view element(std::string_view array, std::size_t index) {
  std::string_view found;
  any_element(array, [&](std::string_view value) {
    if (index-- != 0) return false;
    found = value;
    return true;
  });
  return found;
}

/// The number that `json` is; too large for a double gives ±infinity. Empty when it is no number.
inline std::optional<double> number(std::string_view json) {
  if (!is_number(json)) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), value);
  if (end != json.data() + json.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const auto exponent = json.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && exponent + 1 < json.size() && json[exponent + 1] == '-';
    value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return json.front() == '-' ? -value : value;
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace tsunagu::ngsi::walk
