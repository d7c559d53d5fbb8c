// A season of paddies, twice: by the hand of a farmer and by rules, under the same sky.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/practice.h"

namespace tsunagu::sim {

struct SeasonSettings {
  std::uint64_t seed = 1;
  int year = 2026;
  int fields = 20;
  bool cold_july = false;
  Place centre{43.196, 141.776};        // Iwamizawa
  int first_day = 140, last_day = 244;  // 20 May … 1 September
};

enum class Practice { kByHand, kByRules };

/// What a season came to, over all fields.
struct Outcome {
  double water_mm = 0;       ///< let in, mean of the fields
  double spilled_mm = 0;     ///< of it and of the rain: run off, mean of the fields
  double water_m3 = 0;       ///< of all fields
  double hours = 0;          ///< worked for the water of all fields
  double visits = 0;         ///< to fields
  double gate_moves = 0;     ///< of motors, all fields
  double cold_sum = 0;       ///< mean of the fields: Σ max(0, 20 °C − panicle) over the risk window, °C·day
  double shallow_hours = 0;  ///< mean of the fields: more than 2 cm below what is wanted while cold is forecast
};

/// One hour of the first field.
struct Hour {
  Instant at;
  float air_c = 0, rain_mm = 0;
  struct Side {
    float level_mm = 0, water_c = 0, inlet = 0, used_mm = 0, hours = 0;
  };
  std::array<Side, 2> side;         ///< by Practice
  float least_mm = 0, most_mm = 0;  ///< what is wanted
};

struct Season {
  SeasonSettings settings;
  bool cold_year = false;  ///< June was 1.5 °C below the long mean, or cold in July is foreseen: no mid-season drainage
  std::array<Outcome, 2> outcome;
  std::vector<Hour> hours;
  const Outcome& of(Practice p) const { return outcome[static_cast<std::size_t>(p)]; }
};

/// Pure: the same settings give the same season. About 15 ms a field.
Season run_season(const SeasonSettings& settings);

/// A table for people.
std::string table(const Season& season);
/// The picture of it, SVG: rain and air, depth against what is wanted, water and panicle, gate, water used and hours.
/// Says that it is a simulation.
std::string picture(const Season& season);

}  // namespace tsunagu::sim
