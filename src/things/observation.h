// What a device says, before and after it is judged.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::things {

/// Doubts about one observation; none: it is good. Kept beside the value as the sub-property `quality`, a list of the
/// names below; a value without it is good.
enum QualityFlag : std::uint8_t {
  kOutOfRange = 1,  ///< "outOfRange": below or above what the model can measure
  kTooFast = 2,     ///< "rateOfChange": faster than the model says is possible
  kStuck = 4,       ///< "stuck": has not moved for longer than the model says is believable
  kLate = 8,        ///< "late": came after a newer one, and takes its place in the past
  kRepeated = 16,   ///< "duplicate": another value for an instant that has one
  kClock = 32,      ///< "clock": the device's clock cannot be right; observedAt is when it arrived
};
using Quality = std::uint8_t;
/// Appends ["outOfRange","late"].
void append_quality_json(std::string& out, Quality quality);

/// How bytes of a device are to be read (docs/things.md).
enum class Format : std::uint8_t {
  kJson,        ///< FIWARE IoT Agent JSON: {"t":15.2,"h":80}, a list of such, or with `attribute` a bare value
  kUltraLight,  ///< FIWARE UltraLight 2.0: t|15.2|h|80#…, or with `attribute` a bare value
  kLine,        ///< InfluxDB line protocol
  kNdjson,      ///< lines of {"k":GROUP,"i":ADDRESS,"t":TIME,"v":{NAME:VALUE}}
  kChirpStack,  ///< ChirpStack v4, event "up"
};

/// One value under the name that the device gives it. Views into the payload, or into Payload::texts.
struct Reading {
  std::string_view name;
  std::string_view value;  ///< canonical JSON; a number that fits a double
};
/// Readings of one device for one instant.
struct Report {
  std::string_view group, address;  ///< "": those of the message
  Instant at;                       ///< kNoInstant: when it arrived
  std::uint32_t first = 0, count = 0;
};
/// What a payload holds. Parts that cannot be read are in `faults` and left out; the rest counts.
struct Payload {
  std::vector<Report> reports;
  std::vector<Reading> readings;
  struct Fault {
    std::size_t line = 0;  ///< from 1; 0: the payload has no lines
    std::string reason;
  };
  std::vector<Fault> faults;      ///< the first 100
  std::uint64_t faulty = 0;       ///< how many there were
  std::deque<std::string> texts;  ///< what the views do not find in the payload
  void fault(std::size_t line, std::string reason);
  std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

}  // namespace tsunagu::things
