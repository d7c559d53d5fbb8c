// Who opens and shuts the gates of a paddy: a farmer who comes by in the morning and in the evening, or a controller
// that looks every ten minutes. Both want the same depth of water; what it should be on a day is `target`.
//
// Depths: Iwate Agricultural Research Center, extra issue on deep water (4–6 cm around panicle formation, rising to 10
// cm before meiosis; at least 10 cm when cold is forecast, at least 15 cm when 17 °C or less is forecast; water in the
// early morning, none by day). Calendar: that of central Hokkaido (transplanting 25 May, panicle formation 1 July, risk
// 4–16 July, heading 28 July, last water 22 August).
#pragma once
#include <cstdint>
#include <string_view>

#include "sim/clock.h"
#include "sim/paddy.h"

namespace tsunagu::sim {

struct Target {
  double least_mm = 0, most_mm = 0;  ///< water between the two
  bool drained = false;              ///< no water at all
  bool warm = false;                 ///< deep because cold is forecast
  std::string_view stage;            ///< in Japanese, for people
};

/// What rules of the server call the stage of a day: rooting, tillering, panicle, meiosis, heading, drained.
std::string_view growth_stage(int day_of_year);

/// Both given the same forecast: the mean of the day that follows. `cold_year`: no mid-season drainage.
Target target(int day_of_year, double forecast_mean_c, bool cold_year);

/// The forecast that was asked last (asked every three hours).
struct Knowledge {
  Climate::Forecast forecast;
  bool cold_year = false;
  bool sensor_silent = false;  ///< nothing heard for 30 minutes
};

/// What the controller does now. Never a gate open with a silent sensor.
Gates control(const Target& wanted, const Gates& now, double level_mm, const LocalTime& when, const Knowledge& known);

/// What a farmer does at a visit; `visit` counts them. He reads the depth to about a centimetre, guesses the opening,
/// and leaves the gate until he comes again.
Gates visit(const Target& wanted, const Paddy& field, double level_mm, const LocalTime& when, const Knowledge& known,
            std::uint64_t seed, std::int64_t visit);

/// Work of one visit to one field with its share of the way, hours: 2 h 49 min for 10 a in a season (Ministry of
/// Agriculture, production costs of rice, 2015), divided by the visits of a season to a field of half a hectare.
inline constexpr double kHoursOfVisit = 4.0 / 60;

}  // namespace tsunagu::sim
