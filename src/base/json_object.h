// Writing a JSON object or array member by member.
#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace tsunagu {

/// JsonObject(out).text("a", "x").number("b", 1).end() appends {"a":"x","b":1}. Names are written as they are.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }

  JsonObject& text(std::string_view name, std::string_view value) {
    append_json_string(member(name), value);
    return *this;
  }
  JsonObject& text_if(std::string_view name, std::string_view value) {
    return value.empty() ? *this : text(name, value);
  }
  JsonObject& number(std::string_view name, std::floating_point auto value) {
    append_json_number(member(name), static_cast<double>(value));
    return *this;
  }
  JsonObject& number(std::string_view name, std::integral auto value) {
    append_json_number(member(name), static_cast<std::int64_t>(value));
    return *this;
  }
  JsonObject& truth(std::string_view name, bool value) { return json(name, value ? "true" : "false"); }
  /// `value`: JSON text.
  JsonObject& json(std::string_view name, std::string_view value) {
    member(name) += value;
    return *this;
  }
  /// The text to which the member's value is to be appended.
  std::string& member(std::string_view name) {
    if (any_) out_ += ',';
    any_ = true;
    out_.append(1, '"').append(name).append("\":");
    return out_;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool any_ = false;
};

/// Appends ["a","b"].
template <class Texts>
void append_json_texts(std::string& out, const Texts& texts) {
  out += '[';
  bool any = false;
  for (const auto& text : texts) {
    if (any) out += ',';
    any = true;
    append_json_string(out, text);
  }
  out += ']';
}

}  // namespace tsunagu
