// Walking *canonical* JSON (base/json.h): it is valid and has no white space, so finding one's way needs no parser.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.h"

namespace tsunagu::catalog {

/// The end of the value that begins at `at`.
inline std::size_t end_of_value(std::string_view json, std::size_t at) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = at; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        quoted = false;
        if (depth == 0) return i + 1;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return i;
      if (--depth == 0) return i + 1;
    } else if (depth == 0 && (c == ',' || c == ':')) {
      return i;
    }
  }
  return json.size();
}

/// visit(name text, canonical JSON of the value) for each member of an object.
template <class Visit>
void for_each_member(std::string_view object, Visit visit) {
  for (std::size_t at = 1; at < object.size() && object[at] != '}';) {
    const std::size_t name_end = end_of_value(object, at);
    const std::size_t value_end = end_of_value(object, name_end + 1);
    visit(json_string_text(object.substr(at, name_end - at)), object.substr(name_end + 1, value_end - name_end - 1));
    at = value_end + (value_end < object.size() && object[value_end] == ',' ? 1 : 0);
  }
}

/// visit(canonical JSON of the element) for each element of an array.
template <class Visit>
void for_each_element(std::string_view array, Visit visit) {
  for (std::size_t at = 1; at < array.size() && array[at] != ']';) {
    const std::size_t end = end_of_value(array, at);
    visit(array.substr(at, end - at));
    at = end + (end < array.size() && array[end] == ',' ? 1 : 0);
  }
}

}  // namespace tsunagu::catalog
