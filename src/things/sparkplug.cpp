#include "things/sparkplug.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

using Wire = SparkplugMetric::Wire;

/// One field of a message of Protocol Buffers.
struct ProtoField {
  std::uint32_t id = 0;
  std::uint32_t kind = 0;    // 0 a number, 1 eight bytes, 2 bytes, 5 four bytes
  std::uint64_t number = 0;  // of all kinds but bytes
  std::string_view bytes;
};

/// Reads fields one after the other; `good` is false after the first that does not fit.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }

  bool next(ProtoField& field) {
    if (rest_.empty() || !good_) return false;
    const std::uint64_t key = variable();
    field.id = static_cast<std::uint32_t>(key >> 3);
    field.kind = static_cast<std::uint32_t>(key & 7);
    field.bytes = {};
    switch (field.kind) {
      case 0:
        field.number = variable();
        break;
      case 1:
        field.number = fixed(8);
        break;
      case 2:
        field.bytes = take(variable());
        break;
      case 5:
        field.number = fixed(4);
        break;
      default:
        good_ = false;
    }
    if (field.id == 0 || key > 0xffffffff) good_ = false;
    return good_;
  }

 private:
  std::string_view take(std::uint64_t n) {
    if (n > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view part = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return part;
  }
  std::uint64_t fixed(std::size_t n) {
    std::uint64_t value = 0;
    const std::string_view part = take(n);
    if (good_) std::memcpy(&value, part.data(), n);  // little endian, as we are
    return value;
  }
  std::uint64_t variable() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const std::string_view one = take(1);
      if (!good_) return 0;
      const auto byte = static_cast<std::uint8_t>(one[0]);
      if (shift < 64) value |= std::uint64_t(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    good_ = false;
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

/// Milliseconds since 1970, of which the writer's clock may be anything.
Instant instant_of(std::uint64_t ms) {
  constexpr std::uint64_t kMost = 253'402'300'799'000;  // 9999-12-31
  return ms > kMost ? kNoInstant : Instant{static_cast<std::int64_t>(ms) * 1000};
}

bool read_metric(std::string_view bytes, SparkplugMetric& metric) {
  ProtoReader in(bytes);
  const auto value = [&](Wire wire, const ProtoField& field) {
    metric.wire = wire;
    metric.number = field.number;
  };
  for (ProtoField field; in.next(field);) {
    const bool bytes_wanted = field.id == 1 || field.id == 8 || field.id == 9 || field.id >= 15;
    if ((field.kind == 2) != bytes_wanted && field.id <= 18) return false;
    switch (field.id) {
      case 1:
        metric.name = field.bytes;
        break;
      case 2:
        metric.alias = field.number;
        break;
      case 3:
        metric.at = instant_of(field.number);
        break;
      case 4:
        metric.type = static_cast<SparkplugType>(field.number);
        break;
      case 7:
        metric.null = field.number != 0;
        break;
      case 10:
        value(Wire::kInt, field);
        break;
      case 11:
        value(Wire::kLong, field);
        break;
      case 12:
        value(Wire::kFloat, field);
        metric.real = std::bit_cast<float>(static_cast<std::uint32_t>(field.number));
        break;
      case 13:
        value(Wire::kDouble, field);
        metric.real = std::bit_cast<double>(field.number);
        break;
      case 14:
        value(Wire::kBoolean, field);
        break;
      case 15:
        value(Wire::kText, field);
        metric.text = field.bytes;
        break;
      case 16:
      case 17:
      case 18:
        metric.wire = Wire::kOther;
        break;
      default:
        break;
    }
  }
  return in.good() && valid_utf8(metric.name) && valid_utf8(metric.text);
}

std::string real_json(double value) {
  std::string out;
  if (std::isfinite(value)) append_json_number(out, value);
  return out;
}

std::string number_json_of(std::uint64_t number, SparkplugType type) {
  switch (type) {
    case SparkplugType::kInt8:
      return std::to_string(static_cast<std::int8_t>(number));
    case SparkplugType::kInt16:
      return std::to_string(static_cast<std::int16_t>(number));
    case SparkplugType::kInt32:
      return std::to_string(static_cast<std::int32_t>(number));
    case SparkplugType::kInt64:
      return std::to_string(static_cast<std::int64_t>(number));
    case SparkplugType::kDateTime: {
      const Instant at = instant_of(number);
      return at == kNoInstant ? "" : "{\"@type\":\"DateTime\",\"@value\":\"" + to_string(at) + "\"}";
    }
    default:
      return std::to_string(number);
  }
}

void put_variable(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}
void put_text(std::string& out, std::string_view text) {
  put_variable(out, text.size());
  out += text;
}
void put_bytes(std::string& out, char key, std::uint64_t value, std::size_t n) {
  out += key;
  for (std::size_t i = 0; i < n; ++i) out += static_cast<char>(value >> (8 * i));
}

/// Field and value of a metric; false when the JSON is none of the type.
bool put_value(std::string& out, SparkplugType type, std::string_view json) {
  const auto number = walk::number(json);
  const auto whole = [&](double least, double most, char key) {
    if (!number || std::trunc(*number) != *number || *number < least || *number > most) return false;
    // Whole numbers above 2^53 are exact in their digits only.
    const auto exact = parse_number<std::int64_t>(json);
    const auto large = parse_number<std::uint64_t>(json);
    std::uint64_t bits = 0;
    if (exact) {
      bits = static_cast<std::uint64_t>(*exact);
    } else if (large) {
      bits = *large;
    } else if (std::abs(*number) < 0x1p63) {
      bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(*number));
    } else {
      return false;
    }
    out += key;
    put_variable(out, key == '\x50' ? bits & 0xffffffff : bits);
    return true;
  };
  switch (type) {
    case SparkplugType::kInt8:
      return whole(-128, 127, '\x50');
    case SparkplugType::kInt16:
      return whole(-32768, 32767, '\x50');
    case SparkplugType::kInt32:
      return whole(-0x1p31, 0x1p31 - 1, '\x50');
    case SparkplugType::kUint8:
      return whole(0, 255, '\x50');
    case SparkplugType::kUint16:
      return whole(0, 65535, '\x50');
    case SparkplugType::kUint32:
      return whole(0, 0x1p32 - 1, '\x58');
    case SparkplugType::kInt64:
      return whole(-0x1p63, 0x1p63 - 1024, '\x58');
    case SparkplugType::kUint64:
      return whole(0, 0x1p64, '\x58');
    case SparkplugType::kDateTime: {
      if (!walk::is_string(json)) return whole(0, 253'402'300'799'000.0, '\x58');
      const auto at = parse_instant(json_string_text(json));
      if (!at || at->us < 0) return false;
      out += '\x58';
      put_variable(out, static_cast<std::uint64_t>(at->us / 1000));
      return true;
    }
    case SparkplugType::kFloat: {
      if (!number || std::abs(*number) > static_cast<double>(std::numeric_limits<float>::max())) return false;
      put_bytes(out, '\x65', std::bit_cast<std::uint32_t>(static_cast<float>(*number)), 4);
      return true;
    }
    case SparkplugType::kDouble:
      if (number) put_bytes(out, '\x69', std::bit_cast<std::uint64_t>(*number), 8);
      return number.has_value();
    case SparkplugType::kBoolean:
      if (!walk::is_bool(json)) return false;
      out.append(1, '\x70').append(1, json == "true" ? '\x01' : '\0');
      return true;
    case SparkplugType::kString:
    case SparkplugType::kText:
    case SparkplugType::kUuid:
      if (!walk::is_string(json)) return false;
      out += '\x7a';
      put_text(out, json_string_text(json));
      return true;
    default:
      return false;
  }
}

}  // namespace

Result<SparkplugPayload> read_sparkplug(std::string_view bytes) {
  const auto broken = [] { return fail(ErrorCode::kInvalidRequest, "this is no payload of Sparkplug B"); };
  SparkplugPayload payload;
  ProtoReader in(bytes);
  for (ProtoField field; in.next(field);) {
    const bool bytes_wanted = field.id == 2 || field.id == 4 || field.id == 5;
    if ((field.kind == 2) != bytes_wanted && field.id <= 5) return broken();
    if (field.id == 1) payload.at = instant_of(field.number);
    if (field.id == 2 && !read_metric(field.bytes, payload.metrics.emplace_back())) return broken();
    if (field.id == 3) payload.sequence = field.number;
  }
  if (!in.good()) return broken();
  return payload;
}

std::string sparkplug_value(const SparkplugMetric& metric, SparkplugType type) {
  if (metric.null) return {};
  switch (metric.wire) {
    case Wire::kInt:
    case Wire::kLong:
      return number_json_of(metric.number, type);
    case Wire::kFloat: {  // as many digits as a float has, not as its double would need
      char digits[32];
      if (!std::isfinite(metric.real)) return {};
      const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(metric.real)).ptr;
      return real_json(std::strtod(std::string(digits, end).c_str(), nullptr));
    }
    case Wire::kDouble:
      return real_json(metric.real);
    case Wire::kBoolean:
      return metric.number != 0 ? "true" : "false";
    case Wire::kText: {
      std::string out;
      append_json_string(out, metric.text);
      return out;
    }
    default:
      return {};
  }
}

Result<std::string> sparkplug_command(std::string_view name, std::optional<std::uint64_t> alias, SparkplugType type,
                                      std::string_view value, Instant at) {
  const auto ms = static_cast<std::uint64_t>(at.us / 1000);
  std::string metric;
  if (alias) {
    metric += '\x10';
    put_variable(metric, *alias);
  } else {
    metric += '\x0a';
    put_text(metric, name);
  }
  metric += '\x18';
  put_variable(metric, ms);
  metric += '\x20';
  put_variable(metric, static_cast<std::uint64_t>(type));
  if (!put_value(metric, type, value)) {
    return fail(ErrorCode::kBadRequestData, std::string(value.substr(0, 60)) + " is no value of the metric's type (" +
                                                std::to_string(static_cast<unsigned>(type)) + ")");
  }
  std::string out("\x08");
  put_variable(out, ms);
  out += '\x12';
  put_text(out, metric);
  return out;
}

std::string sparkplug_attribute(std::string_view metric) {
  std::string out(metric);
  for (char& c : out) {
    const bool stays = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                       (c >= 'a' && c <= 'z');
    if (!stays) c = '_';
  }
  return out;
}

}  // namespace tsunagu::things
