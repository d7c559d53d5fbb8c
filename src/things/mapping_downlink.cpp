// Commands → bytes of LoRaWAN, and what both directions share.
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "things/mapping.h"
#include "things/mapping_parts.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

}  // namespace

std::string_view value_at(std::string_view json, std::string_view pointer) {
  while (!pointer.empty() && !json.empty()) {
    if (pointer.front() != '/') return {};
    pointer.remove_prefix(1);
    const std::size_t end = std::min(pointer.find('/'), pointer.size());
    std::string part(pointer.substr(0, end));
    pointer.remove_prefix(end);
    for (std::size_t i = 0; (i = part.find('~', i)) != std::string::npos; ++i) {
      part.replace(i, 2, part.substr(i, 2) == "~1" ? "/" : "~");
    }
    if (walk::is_object(json)) {
      json = walk::member(json, part);
    } else {
      const auto index = parse_number<std::size_t>(part);
      json = index && walk::is_array(json) ? walk::element(json, *index) : std::string_view();
    }
  }
  return json;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != ':' && c != '-') digits += c;
  }
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, fault] = std::from_chars(digits.data() + i, digits.data() + i + 2, byte, 16);
    if (fault != std::errc{} || end != digits.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

std::string text_of(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string(json);
}

const Mapping::Order* Mapping::command(std::string_view name) const {
  for (const Order& order : commands_) {
    if (order.name == name) return &order;
  }
  return nullptr;
}

/// Puts a whole number where the field is; false when it does not fit.
bool Mapping::put(const Item& field, double raw, std::string& bytes) {
  const unsigned width = field.bits > 0 ? field.bits : static_cast<unsigned>(8 * size_of(field.form));
  const bool has_sign =
      field.bits == 0 && (field.form == Form::kI8 || field.form == Form::kI16 || field.form == Form::kI32);
  const double least = has_sign ? -std::ldexp(1, static_cast<int>(width) - 1) : 0;
  if (!(raw >= least && raw < least + std::ldexp(1, static_cast<int>(width)))) return false;
  const auto number = static_cast<std::uint32_t>(static_cast<std::int64_t>(raw))
                      << (field.bits > 0 ? field.first_bit : 0);
  const std::size_t size = size_of(field.form);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t place = field.big ? size - 1 - i : i;
    char& byte = bytes[field.at + i];
    const auto part = static_cast<char>(number >> (8 * place));
    byte = field.bits > 0 ? static_cast<char>(byte | part) : part;
  }
  return true;
}

Result<Mapping::Downlink> Mapping::downlink(std::string_view name, std::string_view value) const {
  const Order* order = command(name);
  if (order == nullptr) return fail(ErrorCode::kBadRequestData, "the mapping knows no command " + std::string(name));
  Downlink frame = order->frame;
  for (const Item& field : order->fields) {
    const auto wrong = [&](std::string_view json, const char* why) {
      const std::string what = field.from.empty() ? std::string(name) : field.from;
      return fail(ErrorCode::kBadRequestData, what + ": " + std::string(json.substr(0, 60)) + why);
    };
    std::string_view json = value_at(value, field.from);
    if (json.empty()) return wrong("", "it is missing in the command");
    if (!field.values.empty()) {
      const std::string text = text_of(json);
      std::string_view found;
      for (const auto& [key, raw] : field.values) {
        if (key == text) found = raw;
      }
      if (found.empty()) return wrong(json, " is none of its values");
      json = found;
    }
    auto number = walk::is_bool(json) ? std::optional<double>(json == "true" ? 1 : 0) : walk::number(json);
    if (!number) return wrong(json, " is no number");
    const double raw = std::round((*number - field.offset) / field.scale);
    if (!put(field, raw, frame.bytes)) return wrong(json, " does not fit into its bytes");
  }
  return frame;
}

}  // namespace tsunagu::things
