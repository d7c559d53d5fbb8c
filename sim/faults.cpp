#include "sim/faults.h"

#include "sim/clock.h"

namespace tsunagu::sim {
namespace {

enum FaultStream : std::uint64_t { kPower = 501, kDeath, kStuckness, kGlitches, kBattery };

}  // namespace

bool power_cut(std::uint64_t seed, Instant t, const Place& place, const Climate& climate) {
  const auto district = static_cast<std::uint64_t>(place.lat * 4) * 4'096 + static_cast<std::uint64_t>(place.lng * 4);
  const Chance chance(seed, kPower, district);
  const LocalTime when = local(t);
  for (std::int64_t day = when.day - 1; day <= when.day; ++day) {
    const double begins = chance.between(0, 24, 3 * day + 1), lasts = chance.between(1, 6, 3 * day + 2);
    const double since = static_cast<double>(when.day - day) * 24 + when.hour - begins;
    if (since < 0 || since >= lasts) continue;
    const Instant begin{t.us - static_cast<std::int64_t>(since * static_cast<double>(kHour))};
    if (chance.at(3 * day) < (climate.at(begin, place).blizzard ? 0.25 : 0.025)) return true;
  }
  return false;
}

Fault fault_of(std::uint64_t seed, std::uint64_t device, Instant t) {
  const std::int64_t day = local(t).day;
  if (Chance(seed, kDeath, device).at(day / 4) < 1.0 / 60) return Fault::kDead;
  if (Chance(seed, kStuckness, device).at(t.us / (8 * kHour)) < 1.0 / 90) return Fault::kStuck;
  if (Chance(seed, kGlitches, device).at(t.us / (10 * kSecond)) < 1.0 / 3'000) return Fault::kGlitch;
  return Fault::kNone;
}

double battery(std::uint64_t seed, std::uint64_t device, Instant t) {
  const Chance chance(seed, kBattery, device);
  const double life_days = chance.between(365, 1'095, 0);
  const double age = static_cast<double>(t.us) / static_cast<double>(kDay) + chance.between(0, life_days, 1);
  return 1 - 0.93 * (age / life_days - std::floor(age / life_days));
}

}  // namespace tsunagu::sim
