// Payloads of Sparkplug B (Eclipse Sparkplug 3.0, clause 6; Protocol Buffers as in its sparkplug_b.proto). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::things {

/// Numbers of types, clause 6.4.16; those whose values become attributes.
enum class SparkplugType : std::uint32_t {
  kUnknown = 0,
  kInt8 = 1,
  kInt16 = 2,
  kInt32 = 3,
  kInt64 = 4,
  kUint8 = 5,
  kUint16 = 6,
  kUint32 = 7,
  kUint64 = 8,
  kFloat = 9,
  kDouble = 10,
  kBoolean = 11,
  kString = 12,
  kDateTime = 13,
  kText = 14,
  kUuid = 15
};

struct SparkplugMetric {
  std::string name;  ///< "" when only the alias is told
  std::optional<std::uint64_t> alias;
  Instant at;  ///< kNoInstant: that of the payload
  SparkplugType type = SparkplugType::kUnknown;
  bool null = false;
  /// The value as it is on the wire: which of them, the type says.
  enum class Wire : std::uint8_t { kNone, kInt, kLong, kFloat, kDouble, kBoolean, kText, kOther } wire = Wire::kNone;
  std::uint64_t number = 0;
  double real = 0;
  std::string text;
};
struct SparkplugPayload {
  Instant at;
  std::optional<std::uint64_t> sequence;
  std::vector<SparkplugMetric> metrics;
};

/// InvalidRequest when the bytes are none. What it does not know is passed over.
Result<SparkplugPayload> read_sparkplug(std::string_view bytes);
/// Canonical JSON of a metric's value, as one of `type`; "" when it has none that can be an attribute (null, not a
/// number, bytes, data sets, templates).
std::string sparkplug_value(const SparkplugMetric& metric, SparkplugType type);

/// A payload of one metric: a command (NCMD, DCMD). By its alias only, when it has one (clause 6.4.7). `value`:
/// canonical JSON; BadRequestData when it is none of `type`.
Result<std::string> sparkplug_command(std::string_view name, std::optional<std::uint64_t> alias, SparkplugType type,
                                      std::string_view value, Instant at);

/// The name of the attribute: letters, digits and _ stay, everything else in ASCII becomes _ ("Engine/Speed" →
/// Engine_Speed).
std::string sparkplug_attribute(std::string_view metric);

}  // namespace tsunagu::things
