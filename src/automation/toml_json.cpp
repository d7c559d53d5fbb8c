#include "automation/toml_json.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/json.h"
#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {

namespace walk = ngsi::walk;

namespace {

void put(toml::table& table, const std::string& name, std::string_view json);

void put(toml::array& array, std::string_view json) {
  if (walk::is_string(json)) {
    array.push_back(json_string_text(json));
  } else if (walk::is_bool(json)) {
    array.push_back(json == "true");
  } else if (const auto whole = parse_number<std::int64_t>(json)) {
    array.push_back(*whole);
  } else if (const auto number = walk::number(json)) {
    array.push_back(*number);
  } else if (walk::is_object(json)) {
    array.push_back(table_of(json));
  } else if (walk::is_array(json)) {
    toml::array inner;
    walk::any_element(json, [&](std::string_view element) {
      put(inner, element);
      return false;
    });
    array.push_back(std::move(inner));
  }
}

void put(toml::table& table, const std::string& name, std::string_view json) {
  toml::array one;
  put(one, json);
  if (one.empty()) return;  // null
  one[0].visit([&](auto& node) { table.insert_or_assign(name, std::move(node)); });
}

bool bare_key(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void append_toml_text(std::string& out, const std::string& text) {
  // JSON's escapes are TOML's, but for DEL, which TOML wants escaped.
  std::string json;
  append_json_string(json, text);
  for (const char c : json) c == '\x7f' ? out += "\\u007F" : out += c;
}

void append_key(std::string& out, std::string_view key) {
  const std::string text = json_string_text(key);
  bare_key(text) ? out += text : (append_toml_text(out, text), out);
  out += " = ";
}

}  // namespace

toml::table table_of(std::string_view json) {
  toml::table out;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    put(out, json_string_text(key), value);
    return false;
  });
  return out;
}

void append_json(std::string& out, const toml::node& node) {
  if (const auto* table = node.as_table()) {
    JsonObject object(out);
    for (const auto& [key, value] : *table) {
      std::string quoted;
      append_json_string(quoted, key.str());
      append_json(object.member(std::string_view(quoted).substr(1, quoted.size() - 2)), value);
    }
    object.end();
  } else if (const auto* array = node.as_array()) {
    out += '[';
    bool any = false;
    for (const toml::node& item : *array) {
      if (any) out += ',';
      any = true;
      append_json(out, item);
    }
    out += ']';
  } else if (node.is_string()) {
    append_json_string(out, node.value_or(std::string()));
  } else if (node.is_boolean()) {
    out += node.value_or(false) ? "true" : "false";
  } else if (node.is_integer()) {
    append_json_number(out, node.value_or(std::int64_t{0}));
  } else if (node.is_floating_point()) {
    const double value = node.value_or(0.0);
    std::isfinite(value) ? append_json_number(out, value) : void(out += "null");
  } else {
    std::ostringstream text;
    node.visit([&](const auto& each) {
      if constexpr (!toml::is_table<decltype(each)> && !toml::is_array<decltype(each)>) text << each.get();
    });
    append_json_string(out, text.str());
  }
}

void append_toml(std::string& out, std::string_view json) {
  bool any = false;
  const auto separate = [&] {
    if (any) out += ", ";
    any = true;
  };
  if (walk::is_object(json)) {
    out += "{ ";
    walk::any_member(json, [&](std::string_view key, std::string_view value) {
      if (value == "null") return false;
      separate();
      append_key(out, key);
      append_toml(out, value);
      return false;
    });
    out += any ? " }" : "}";
  } else if (walk::is_array(json)) {
    out += '[';
    walk::any_element(json, [&](std::string_view value) {
      if (value == "null") return false;
      separate();
      append_toml(out, value);
      return false;
    });
    out += ']';
  } else if (walk::is_string(json)) {
    append_toml_text(out, json_string_text(json));
  } else {
    out += json;
  }
}

void append_toml_lines(std::string& out, std::string_view object) {
  walk::any_member(object, [&](std::string_view key, std::string_view value) {
    if (value == "null") return false;
    append_key(out, key);
    if (walk::is_array(value) && walk::is_object(walk::element(value, 0))) {
      out += "[\n";
      walk::any_element(value, [&](std::string_view each) {
        out += "  ";
        append_toml(out, each);
        out += ",\n";
        return false;
      });
      out += "]\n";
    } else {
      append_toml(out, value);
      out += '\n';
    }
    return false;
  });
}

}  // namespace tsunagu::automation
