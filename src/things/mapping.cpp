#include "things/mapping.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "things/mapping_parts.h"
#include "things/payload.h"
#include "trust/keys.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

}  // namespace

/// One payload.
struct Mapping::Reader {
  const Mapping& mapping;
  Payload& out;
  std::string_view json;
  std::string bytes;

  void read(std::string_view object, Instant at, std::string_view address) {
    Report report;
    report.address = address;
    report.at = at;
    report.first = static_cast<std::uint32_t>(out.readings.size());
    for (const Item& item : mapping.items_) {
      const std::optional<std::string> raw = raw_of(item, object);
      if (!raw) continue;
      const std::string value = value_of(item, *raw);
      if (value.empty()) continue;
      out.readings.push_back({out.keep(item.name), out.keep(value)});
    }
    report.count = static_cast<std::uint32_t>(out.readings.size()) - report.first;
    if (report.count > 0) out.reports.push_back(report);
  }

  /// As JSON; none: it is not there.
  std::optional<std::string> raw_of(const Item& item, std::string_view object) {
    if (item.form == Form::kJson) {
      const std::string_view found = value_at(object, item.from);
      if (found.empty() || found == "null") return std::nullopt;
      return std::string(found);
    }
    const std::size_t size = size_of(item.form);
    if (item.at > bytes.size() || bytes.size() - item.at < size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t place = item.big ? size - 1 - i : i;
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[item.at + i])) << (8 * place);
    }
    if (item.bits > 0) value = (value >> item.first_bit) & ((1u << item.bits) - 1);
    std::int64_t number = value;
    if (item.bits == 0 && item.form == Form::kI8) number = static_cast<std::int8_t>(value);
    if (item.bits == 0 && item.form == Form::kI16) number = static_cast<std::int16_t>(value);
    if (item.bits == 0 && item.form == Form::kI32) number = static_cast<std::int32_t>(value);
    std::string text;
    if (item.form == Form::kF32) {
      const double wide = std::strtod(fmt::format("{:.7g}", std::bit_cast<float>(value)).c_str(), nullptr);
      if (!std::isfinite(wide)) {
        out.fault(0, item.name + " is no number (NaN or infinite)");
        return std::nullopt;
      }
      append_json_number(text, wide);
    } else {
      append_json_number(text, number);
    }
    return text;
  }

  /// "" when it means nothing.
  std::string value_of(const Item& item, const std::string& raw) {
    const auto number = walk::number(raw);
    for (const double none : item.skip) {
      if (number && *number == none) return {};
    }
    if (!item.values.empty()) {
      const std::string text = text_of(raw);
      for (const auto& [key, value] : item.values) {
        if (key == text) return value;
      }
      out.fault(0, item.name + ": " + text.substr(0, 60) + " is none of its values");
      return {};
    }
    if (item.corrected) {
      auto from = number;
      if (!from && walk::is_string(raw)) from = parse_number<double>(trim(text_of(raw)));  // "21.5"
      const double corrected = from ? *from * item.scale + item.offset : NAN;
      if (!std::isfinite(corrected)) {
        out.fault(0, item.name + ": " + raw.substr(0, 60) + " is no number");
        return {};
      }
      std::string text;
      append_json_number(text, std::strtod(fmt::format("{:.9g}", corrected).c_str(), nullptr));
      return text;
    }
    if (value_json(raw).empty()) {
      out.fault(0, item.name + ": " + raw.substr(0, 60) + " is no value");
      return {};
    }
    return raw;
  }
};

Result<void> Mapping::apply(std::string_view bytes, Payload& out) const {
  Reader reader{*this, out, {}, {}};
  if (needs_json_) {
    std::string text;
    if (!append_canonical_json(text, bytes, 32)) return fail(ErrorCode::kInvalidRequest, "the payload is no JSON");
    reader.json = out.keep(std::move(text));
  }
  if (needs_bytes_ && bytes_from_.empty()) {
    reader.bytes = bytes;
  } else if (needs_bytes_) {
    const std::string text = text_of(value_at(reader.json, bytes_from_));
    auto decoded = hex_ ? from_hex(text) : [&]() -> std::optional<std::string> {
      auto got = trust::from_base64(text);
      if (!got) return std::nullopt;
      return std::move(*got);
    }();
    if (!decoded) return fail(ErrorCode::kInvalidRequest, bytes_from_ + " is not " + (hex_ ? "hexadecimal" : "Base64"));
    reader.bytes = std::move(*decoded);
  }
  Instant at;
  if (const auto time = value_at(reader.json, time_); !time_.empty() && !time.empty() && time != "null") {
    const auto read = read_time(text_of(time));
    if (!read) return fail(ErrorCode::kInvalidRequest, time_ + ": " + std::string(time.substr(0, 60)) + " is no time");
    at = *read;
  }
  std::string_view address;
  if (!device_.empty()) address = out.keep(text_of(value_at(reader.json, device_)));
  if (each_.empty()) {
    reader.read(reader.json, at, address);
    return {};
  }
  walk::any_element(value_at(reader.json, each_), [&](std::string_view element) {
    Instant its = at;
    if (const auto time = value_at(element, time_); !time_.empty() && !time.empty()) {
      if (const auto read = read_time(text_of(time))) its = *read;
    }
    reader.read(element, its, address);
    return false;
  });
  return {};
}

}  // namespace tsunagu::things
