// Networks (docs/networks.md): points from which broadband, Wi-Fi, 5G or LoRaWAN is served, what they cover, whether
// they work, and when they did not. A point is an entity; the apparatus there is a device that observes it.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "things/device.h"

namespace tsunagu::things {

struct NetworkKind {
  std::string_view name;  ///< "wifi"
  std::string_view type;  ///< of its points, in the core context
  ngsi::TermId term;      ///< of that
};
/// All of them, in the order in which they are told.
const std::array<NetworkKind, 4>& network_kinds();

enum class Service : std::uint8_t { kUnknown, kWorking, kOut };
std::string_view name(Service service);  ///< "unknown", "working", "outOfService": `serviceStatus`

/// A point as its entity says, as far as it can be seen. Views into `record`.
struct NetworkPoint {
  const NetworkKind* kind = nullptr;
  ngsi::RecordPtr record;
  std::string_view name;      ///< JSON: a text, or texts by language; "" for none
  std::string_view location;  ///< GeoJSON
  std::string_view area;      ///< GeoJSON
  double radius_m = 0;        ///< 0: none is said
  std::string municipality, operated_by;
  bool simulated = false;
  Service service = Service::kUnknown;
  Instant since;       ///< observedAt of the last word on it, else when that was written
  std::string reason;  ///< "silent", or any text
  Instant last_heard;

  std::string_view id() const { return record->id(); }
  bool has_coverage() const { return !area.empty() || (radius_m > 0 && !location.empty()); }
};
/// Empty for what is no point of a network. ~1 µs.
std::optional<NetworkPoint> read_network_point(ngsi::RecordPtr record);

/// Appends what the point covers as a GeoJSON geometry: its area, else 48 corners around its place
/// (16 below 500 m). False: it says
/// nothing, or is nearer to a pole than 1°.
bool append_coverage(std::string& out, const NetworkPoint& point);

/// A time during which a point did not work.
struct Outage {
  Instant from;
  Instant to;  ///< kNoInstant: it lasts
  std::string reason;
  Instant last_heard;
};
/// Those of `point` that overlap [from, to) (kNoInstant: open there), newest first, at most `limit`, of what is
/// remembered of the last 10,000 words on it: ~20 µs and ~200 ns a word.
Result<std::vector<Outage>> outages_of(const NetworkPoint& point, store::HistoryReader& history, Instant from,
                                       Instant to, std::size_t limit);

/// What the state of `device` means for the point that it is or serves, as a write: nothing when it is of no network,
/// or another device counts there. `at`: of the state, by the device's clock; `heard`: its last report.
store::Write service_write(const Device& device, Status status, Instant at, Instant heard);

}  // namespace tsunagu::things
