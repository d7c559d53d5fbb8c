// A paddy: its water and the temperature of it. The balance of water of a field (rain and inflow in; evaporation,
// percolation, drain and spill over the weir out), and the balance of heat of a layer of water that the crop shades.
// Depths are millimetres of water over the soil; below zero the soil dries.
#pragma once
#include <cstdint>

#include "sim/weather.h"

namespace tsunagu::sim {

/// What a field is; differs from field to field.
struct Paddy {
  Place place;
  double area_m2 = 5'000;
  double percolation_mm_d = 11;  ///< through soil and levee
  double inflow_mm_h = 8;        ///< with the gate fully open

  /// The `index`-th field of a region of fields around `centre`.
  static Paddy make(std::uint64_t seed, std::int64_t index, const Place& centre);
};

/// What is set on it.
struct Gates {
  double inlet = 0;     ///< 0 shut … 1 open
  double weir_mm = 80;  ///< the height above which water spills; 0: the field is drained
};

struct Water {
  double level_mm = 0;
  double temperature_c = 12;
  double used_mm = 0;     ///< let in since the start
  double spilled_mm = 0;  ///< run off over the weir or drained
};

/// The water `seconds` later (at most 900), when the weather stays as it is. `leaf_cover`: 0 bare water … 1 closed
/// crop.
Water after(const Paddy& field, const Water& water, const Gates& gates, const Weather& weather, double leaf_cover,
            double seconds);

/// How much of the water the crop shades on a day of the year: from transplanting (25 May) to closure in mid-July.
double leaf_cover(int day_of_year);
/// Height of the young panicle over the soil, millimetres; zero before it forms (about 1 July) and after the risk.
double panicle_mm(int day_of_year);
/// What the panicle feels: water when it is under it, else air.
double panicle_temperature(const Water& water, const Weather& weather, int day_of_year);

}  // namespace tsunagu::sim
