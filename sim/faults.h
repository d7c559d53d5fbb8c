// What goes wrong in the field: power cuts, dead devices, stuck and glitching sensors, batteries. Pure.
#pragma once
#include <cstdint>

#include "sim/kinds.h"
#include "sim/weather.h"

namespace tsunagu::sim {

/// Is the power cut where `place` is? Districts of a quarter of a degree; about once in 40 days for 1 to 6 hours, ten
/// times as often in a blizzard.
bool power_cut(std::uint64_t seed, Instant t, const Place& place, const Climate& climate);

enum class Fault : std::uint8_t { kNone, kDead, kStuck, kGlitch };
/// One device in 60 is dead for a day or several, one in 90 stuck for hours, one report in 3,000 is nonsense.
Fault fault_of(std::uint64_t seed, std::uint64_t device, Instant t);

/// 0 … 1; falls over one to three years and is changed then.
double battery(std::uint64_t seed, std::uint64_t device, Instant t);

}  // namespace tsunagu::sim
