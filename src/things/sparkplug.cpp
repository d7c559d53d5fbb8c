#include "things/sparkplug.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/json.h"

namespace tsunagu::things {
namespace {

using Wire = SparkplugMetric::Wire;

/// One field of a message of Protocol Buffers.
struct ProtoField {
  std::uint32_t id = 0;
  std::uint32_t kind = 0;      // 0 a number, 1 eight bytes, 2 bytes, 5 four bytes
  std::uint64_t number = 0;    // of all kinds but bytes
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
      case 0: field.number = variable(); break;
      case 1: field.number = fixed(8); break;
      case 2: field.bytes = take(variable()); break;
      case 5: field.number = fixed(4); break;
      default: good_ = false;
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
      case 1: metric.name = field.bytes; break;
      case 2: metric.alias = field.number; break;
      case 3: metric.at = instant_of(field.number); break;
      case 4: metric.type = static_cast<SparkplugType>(field.number); break;
      case 7: metric.null = field.number != 0; break;
      case 10: value(Wire::kInt, field); break;
      case 11: value(Wire::kLong, field); break;
      case 12:
        value(Wire::kFloat, field);
        metric.real = std::bit_cast<float>(static_cast<std::uint32_t>(field.number));
        break;
      case 13:
        value(Wire::kDouble, field);
        metric.real = std::bit_cast<double>(field.number);
        break;
      case 14: value(Wire::kBoolean, field); break;
      case 15:
        value(Wire::kText, field);
        metric.text = field.bytes;
        break;
      case 16:
      case 17:
      case 18: metric.wire = Wire::kOther; break;
      default: break;
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
    case SparkplugType::kInt8: return std::to_string(static_cast<std::int8_t>(number));
    case SparkplugType::kInt16: return std::to_string(static_cast<std::int16_t>(number));
    case SparkplugType::kInt32: return std::to_string(static_cast<std::int32_t>(number));
    case SparkplugType::kInt64: return std::to_string(static_cast<std::int64_t>(number));
    case SparkplugType::kDateTime: {
      const Instant at = instant_of(number);
      return at == kNoInstant ? "" : "{\"@type\":\"DateTime\",\"@value\":\"" + to_string(at) + "\"}";
    }
    default: return std::to_string(number);
  }
}

void put_variable(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
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
    case Wire::kLong: return number_json_of(metric.number, type);
    case Wire::kFloat: {  // as many digits as a float has, not as its double would need
      char digits[32];
      if (!std::isfinite(metric.real)) return {};
      const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(metric.real)).ptr;
      return real_json(std::strtod(std::string(digits, end).c_str(), nullptr));
    }
    case Wire::kDouble: return real_json(metric.real);
    case Wire::kBoolean: return metric.number != 0 ? "true" : "false";
    case Wire::kText: {
      std::string out;
      append_json_string(out, metric.text);
      return out;
    }
    default: return {};
  }
}

std::string sparkplug_request(std::string_view name, Instant at) {
  const auto ms = static_cast<std::uint64_t>(at.us / 1000);
  std::string metric;
  metric += '\x0a';
  put_variable(metric, name.size());
  metric += name;
  metric += '\x18';
  put_variable(metric, ms);
  metric += "\x20\x0b\x70\x01";  // Boolean, true
  std::string out("\x08");
  put_variable(out, ms);
  out += '\x12';
  put_variable(out, metric.size());
  return out + metric;
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
