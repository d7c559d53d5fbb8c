// The kinds of devices that the region has, and what each of them measures.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tsunagu::sim {

enum class Kind : std::uint8_t { kWeather, kPaddy, kBus, kCow, kBed, kWearable, kMachine, kPlough, kCamera, kMeter };
inline constexpr std::size_t kKinds = 10;

struct Measure {
  std::string_view name, unit;  ///< attribute of the graph; UN/CEFACT common code
  double least = 0, most = 0;   ///< what the sensor can measure; both 0: no number
  double max_per_second = 0;    ///< 0: any
};

struct KindFacts {
  std::string_view name;             ///< of addresses and, with "sim-" before it, of the service group
  std::string_view title, title_en;  ///< for people
  std::string_view asset_type;       ///< of the entity observed (Smart Data Models); "": the device itself
  std::string_view category;         ///< Device.category: sensor, actuator, meter …
  std::int64_t interval_s;
  bool mains;  ///< has no battery: silent when the power is cut
  int share;   ///< of the 500 devices of the demonstration region
  std::span<const Measure> measures;
};

const KindFacts& facts(Kind kind);

}  // namespace tsunagu::sim
