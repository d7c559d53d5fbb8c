// Payloads as devices write them → readings. Pure; nothing throws, whatever the bytes. Cost: one pass.
#pragma once
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "things/observation.h"

namespace tsunagu::things {

/// Adds what `bytes` hold to `out`, whose views then need both. InvalidRequest when nothing can be made of them at all.

/// FIWARE IoT Agent for JSON: an object of values, or a list of them. "TimeInstant" (ISO 8601) is the time. With
/// `attribute`: `bytes` is its value, JSON or bare text.
Result<void> read_json(std::string_view bytes, std::string_view attribute, Payload& out);
/// FIWARE UltraLight 2.0: groups a|1|b|2 separated by '#', each led by a time if it has one. With `attribute`: its
/// value.
Result<void> read_ultralight(std::string_view bytes, std::string_view attribute, Payload& out);
/// InfluxDB line protocol: measurement,tag=a field=1.5,other=2i,flag=t,text="x" TIME. The device is the value of the
/// tag `address_tag`, or the measurement where there is none. `tick_ns`: unit of TIME.
Result<void> read_lines(std::string_view bytes, std::string_view address_tag, std::int64_t tick_ns, Payload& out);
/// Lines of {"k":GROUP,"i":ADDRESS,"t":TIME,"v":{NAME:VALUE}}; k and t may be missing.
Result<void> read_ndjson(std::string_view bytes, Payload& out);
/// ChirpStack v4 event "up": the decoded `object`; the device is deviceInfo.devEui, the group deviceInfo.applicationId.
/// An uplink without it is a report without readings: for a mapping. Also what it tells of gateways, with `gatewayId`:
/// event "stats" (counts, location), state "conn" (ONLINE: "serviceStatus" is "working").
Result<void> read_chirpstack(std::string_view bytes, Payload& out);

/// A number as people and machines write it → JSON: `text` itself when it is a JSON number that fits a double, else
/// rewritten into `out` ("+5", ".5", "1."). Empty: none, NaN, infinite, too large.
std::string_view number_json(std::string_view text, Payload& out);
/// A value that can be an observation: itself. Empty for null and for a number that is too large for a double.
std::string_view value_json(std::string_view canonical);

/// A time as devices write it: ISO 8601 (UTC where it names no zone), or a number since 1970 in s, ms, µs or ns, as its
/// size tells.
std::optional<Instant> read_time(std::string_view text);

}  // namespace tsunagu::things
