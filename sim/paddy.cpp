#include "sim/paddy.h"

#include <algorithm>

namespace tsunagu::sim {

Paddy Paddy::make(std::uint64_t seed, std::int64_t index, const Place& centre) {
  const Chance chance(seed, 201, static_cast<std::uint64_t>(index));
  Paddy out;
  // Blocks of ten fields along farm roads, 54 m by 100 m as in the consolidated fields of Sorachi.
  const double row = static_cast<double>(index / 10), column = static_cast<double>(index % 10);
  out.place = {centre.lat + 0.0011 * row, centre.lng + 0.0009 * column};
  out.area_m2 = 100 * std::round(chance.between(38, 72, 0));
  out.percolation_mm_d = chance.between(7, 15, 1);
  out.inflow_mm_h = chance.between(6, 11, 2);
  return out;
}

Water after(const Paddy& field, const Water& water, const Gates& gates, const Weather& weather, double leaf_cover,
            double seconds) {
  const double hours = seconds / 3600;
  Water out = water;
  const double in = std::clamp(gates.inlet, 0.0, 1.0) * field.inflow_mm_h * hours;
  // 200 W/m² over a day evaporate about 5 mm.
  const double evaporated = 0.001 * weather.sun_w_m2 * hours;
  const double wet = std::clamp((water.level_mm + 60) / 60, 0.0, 1.0);  // a drying soil gives less
  const double percolated = field.percolation_mm_d / 24 * hours * wet;
  out.level_mm += in + weather.rain_mm_h * hours - evaporated * wet - percolated;
  out.used_mm += in;
  if (out.level_mm > gates.weir_mm && out.level_mm > 0) {
    // A weir lets more through the higher the water stands over it: a third of the head in an hour.
    const double head = out.level_mm - std::max(0.0, gates.weir_mm);
    const double spilled = head * (1 - std::exp(-hours / 3));
    out.level_mm -= spilled;
    out.spilled_mm += spilled;
  }
  out.level_mm = std::clamp(out.level_mm, -60.0, 300.0);

  // Heat: the layer of water and 6 cm of mud with it. 28 W/(m² K) to the air: convection, long waves and evaporation.
  constexpr double kToAir = 28;
  const double depth = std::max(0.0, out.level_mm) / 1000 + 0.06;
  const double capacity = 4.186e6 * depth;
  const double gained = weather.sun_w_m2 * 0.90 * (1 - 0.65 * leaf_cover);
  const double rate = kToAir / capacity;
  const double equilibrium = weather.temperature_c + gained / kToAir;
  out.temperature_c = equilibrium + (water.temperature_c - equilibrium) * std::exp(-rate * seconds);
  if (in > 0) {
    const double from_river = 0.75 * weather.temperature_c + 2.5;
    const double share = std::min(1.0, in / 1000 / depth);
    out.temperature_c += share * (from_river - out.temperature_c);
  }
  return out;
}

double leaf_cover(int day_of_year) {
  return 0.95 * std::clamp((day_of_year - 150) / 48.0, 0.0, 1.0);
}

double panicle_mm(int day_of_year) {
  if (day_of_year < 182 || day_of_year > 206) return 0;
  return std::min(170.0, 30 + 9.0 * (day_of_year - 182));
}

double panicle_temperature(const Water& water, const Weather& weather, int day_of_year) {
  const double height = panicle_mm(day_of_year);
  if (height <= 0 || water.level_mm <= 0) return weather.temperature_c;
  const double share = std::clamp(water.level_mm / height, 0.0, 1.0);
  return share * water.temperature_c + (1 - share) * weather.temperature_c;
}

}  // namespace tsunagu::sim
