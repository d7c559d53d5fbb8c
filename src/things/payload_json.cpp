// Payloads in JSON: FIWARE IoT Agent JSON, NDJSON, ChirpStack v4.
#include <string>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "things/payload.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

constexpr std::string_view kTimeMember = "TimeInstant";
constexpr int kDepth = 32;

tl::unexpected<Error> unreadable(std::string detail) {
  return fail(ErrorCode::kInvalidRequest, std::move(detail));
}

/// The text of a JSON string or the digits of a number, kept.
std::string_view bare_text(std::string_view json, Payload& out) {
  if (!walk::is_string(json)) return walk::is_number(json) ? json : std::string_view();
  const auto inside = json.substr(1, json.size() - 2);
  return inside.find('\\') == std::string_view::npos ? inside : out.keep(json_string_text(json));
}

/// A time that stands in a payload; false (and a fault) when it is none.
bool take_time(std::string_view json, std::size_t line, Instant& at, Payload& out) {
  const auto time = read_time(bare_text(json, out));
  if (time) {
    at = *time;
  } else {
    out.fault(line, "the time " + std::string(json.substr(0, 60)) + " cannot be read");
  }
  return time.has_value();
}

/// Members of `object` as readings of `report`, but for the time.
void take_members(std::string_view object, std::size_t line, bool with_time, Report& report, Payload& out) {
  report.first = static_cast<std::uint32_t>(out.readings.size());
  bool readable = true;
  walk::any_member(object, [&](std::string_view key, std::string_view value) {
    const std::string_view name = bare_text(key, out);
    if (with_time && name == kTimeMember) {
      readable = take_time(value, line, report.at, out);
      return !readable;
    }
    if (const auto json = value_json(value); !json.empty()) {
      out.readings.push_back({name, json});
    } else {
      out.fault(line, std::string(name) + ": " + std::string(value.substr(0, 60)) + " is no value");
    }
    return false;
  });
  if (!readable) out.readings.resize(report.first);
  report.count = static_cast<std::uint32_t>(out.readings.size()) - report.first;
  if (report.count > 0) out.reports.push_back(report);
}

/// What ChirpStack tells of a gateway: its statistics, which have a time, or whether it is connected. Members that are
/// zero may be left out (Protocol Buffers), OFFLINE too.
void read_gateway(std::string_view json, Report& report, Payload& out) {
  report.first = static_cast<std::uint32_t>(out.readings.size());
  const std::string_view state = walk::member(json, "state");
  if (state.empty() && report.at != kNoInstant) {
    for (const std::string_view name :
         {"rxPacketsReceived", "rxPacketsReceivedOk", "txPacketsReceived", "txPacketsEmitted"}) {
      const auto count = walk::member(json, name);
      out.readings.push_back({name, walk::is_number(count) ? count : "0"});
    }
    const std::string_view place = walk::member(json, "location");
    const auto lat = walk::member(place, "latitude"), lon = walk::member(place, "longitude");
    if (walk::is_number(lat) && walk::is_number(lon)) {
      out.readings.push_back({"location", out.keep(R"({"type":"Point","coordinates":[)" + std::string(lon) + "," +
                                                   std::string(lat) + "]}")});
    }
  } else {
    const bool online = state == "\"ONLINE\"" || state == "1";
    out.readings.push_back({"serviceStatus", online ? "\"working\"" : "\"outOfService\""});
  }
  report.count = static_cast<std::uint32_t>(out.readings.size()) - report.first;
  out.reports.push_back(report);
}

}  // namespace

Result<void> read_json(std::string_view bytes, std::string_view attribute, Payload& out) {
  std::string text;
  const bool is_json = append_canonical_json(text, bytes, kDepth);
  if (!attribute.empty()) {
    if (!is_json) {
      text.clear();
      if (!valid_utf8(bytes)) return unreadable("the value is not UTF-8");
      append_json_string(text, trim(bytes));
    }
    const auto value = value_json(out.keep(std::move(text)));
    if (value.empty()) return unreadable(std::string(attribute) + " has no value");
    out.reports.push_back({{}, {}, {}, static_cast<std::uint32_t>(out.readings.size()), 1});
    out.readings.push_back({out.keep(std::string(attribute)), value});
    return {};
  }
  if (!is_json) return unreadable("the payload is no JSON (RFC 8259)");
  const std::string_view json = out.keep(std::move(text));
  const auto take = [&out](std::string_view object) {
    if (!walk::is_object(object)) {
      out.fault(0, "each element must be an object of values");
    } else {
      Report report;
      take_members(object, 0, true, report, out);
    }
    return false;
  };
  if (walk::is_array(json)) {
    walk::any_element(json, take);
  } else if (walk::is_object(json)) {
    take(json);
  } else {
    return unreadable("the payload must be an object of values, or a list of them");
  }
  return {};
}

Result<void> read_ndjson(std::string_view bytes, Payload& out) {
  std::size_t number = 0;
  while (!bytes.empty()) {
    const std::string_view line = trim(take_until(bytes, '\n'));
    ++number;
    if (line.empty()) continue;
    std::string text;
    if (!append_canonical_json(text, line, kDepth)) {
      out.fault(number, "the line is no JSON");
      continue;
    }
    const std::string_view json = out.keep(std::move(text));
    Report report;
    std::string_view values;
    bool readable = walk::is_object(json);
    walk::any_member(json, [&](std::string_view key, std::string_view value) {
      if (key == "\"k\"") {
        report.group = bare_text(value, out);
      } else if (key == "\"i\"") {
        report.address = bare_text(value, out);
      } else if (key == "\"v\"") {
        values = value;
      } else if (key == "\"t\"") {
        const auto time = read_time(bare_text(value, out));
        readable = time.has_value();
        if (time) report.at = *time;
      } else {
        readable = false;
      }
      return !readable;
    });
    if (!readable || report.address.empty() || !walk::is_object(values)) {
      out.fault(number, R"(a line is {"k":GROUP,"i":ADDRESS,"t":TIME,"v":{NAME:VALUE}}; k and t may be missing)");
      continue;
    }
    take_members(values, number, false, report, out);
  }
  return {};
}

Result<void> read_chirpstack(std::string_view bytes, Payload& out) {
  std::string text;
  if (!append_canonical_json(text, bytes, kDepth)) return unreadable("the payload is no JSON (RFC 8259)");
  const std::string_view json = out.keep(std::move(text));
  const std::string_view info = walk::member(json, "deviceInfo");
  Report report;
  report.address = bare_text(walk::member(info, "devEui"), out);
  report.group = bare_text(walk::member(info, "applicationId"), out);
  const std::string_view gateway = info.empty() ? bare_text(walk::member(json, "gatewayId"), out) : std::string_view();
  if (!gateway.empty()) report.address = gateway;
  if (report.address.empty()) return unreadable("an uplink of ChirpStack v4 names its device in deviceInfo.devEui");
  if (const auto time = walk::member(json, "time"); !time.empty() && time != "null") {
    if (!take_time(time, 0, report.at, out)) return unreadable(out.faults.back().reason);
  }
  if (!gateway.empty()) {
    read_gateway(json, report, out);
    return {};
  }
  const std::string_view object = walk::member(json, "object");
  if (walk::is_object(object)) {
    take_members(object, 0, false, report, out);
  } else {
    out.reports.push_back(report);
  }
  return {};
}

}  // namespace tsunagu::things
