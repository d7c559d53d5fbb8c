// Weather of Hokkaido: seasons, days and nights, passing lows, cold spells of summer (yamase), snow and blizzards.
// Made up, but of the right size: monthly means are within about 1.5 °C of those of Iwamizawa (Japan Meteorological
// Agency, normals 1991–2020). A pure function of seed, time and place.
#pragma once
#include <cstdint>

#include "base/time.h"
#include "sim/noise.h"

namespace tsunagu::sim {

struct Place {
  double lat = 43.2, lng = 141.78;
};

struct Weather {
  double temperature_c = 0;
  double rain_mm_h = 0;  ///< liquid
  double snow_cm_h = 0;  ///< fresh snow
  double wind_m_s = 0;
  double sun_w_m2 = 0;    ///< global radiation
  double cloud = 0;       ///< 0 clear … 1 covered
  double humidity = 0.7;  ///< 0 … 1
  bool blizzard = false;  ///< snow, and wind above 12 m/s below −2 °C: the road cannot be seen
};

class Climate {
 public:
  /// `cold_july`: a cold spell for sure in the first half of July of every year, as in 1993 and 2003.
  explicit Climate(std::uint64_t seed, bool cold_july = false) : seed_(seed), cold_july_(cold_july) {}

  Weather at(Instant t, const Place& place) const;
  /// Of the local day that holds `t`, from its 24 hours.
  double mean_of_day(Instant t, const Place& place) const;
  /// Fresh snow of the 12 hours before `t`, centimetres.
  double fresh_snow_cm(Instant t, const Place& place) const;
  /// What a forecaster says at `t` about the lowest and the mean temperature of the 24 hours that follow: right but for
  /// an error of about 0.7 °C.
  struct Forecast {
    double lowest_c = 0, mean_c = 0, rain_mm = 0;
  };
  Forecast forecast(Instant t, const Place& place) const;
  /// How much colder it is than the season by a cold spell of summer, ≤ 0.
  double cold_spell(Instant t) const;

 private:
  double mean_temperature(Instant t, const Place& place) const;
  double cloud(Instant t, const Place& place) const;

  std::uint64_t seed_;
  bool cold_july_;
};

}  // namespace tsunagu::sim
