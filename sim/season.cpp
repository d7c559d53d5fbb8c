#include "sim/season.h"

#include <fmt/format.h>

#include <algorithm>

namespace tsunagu::sim {
namespace {

constexpr int kStepSeconds = 600, kStepsOfHour = 3600 / kStepSeconds;
/// With rules a farmer looks at a field once a week (levees, weeds, the sensor itself) and at the screen every day.
constexpr double kHoursOfScreen = 0.2 / 60;

struct Side {
  Water water;
  Gates gates;
  Outcome outcome;
  std::int64_t visits = 0;
  double hours = 0;
};

void by_hand(Side& side, const Paddy& field, const Target& wanted, const LocalTime& when, const Knowledge& known,
             std::uint64_t seed) {
  const bool morning = when.hour >= 6.5 && when.hour < 6.5 + 1.0 / kStepsOfHour;
  const bool evening = when.hour >= 18 && when.hour < 18 + 1.0 / kStepsOfHour;
  // A drained field is looked at in the morning only.
  if (!morning && !(evening && !wanted.drained)) return;
  side.gates = visit(wanted, field, side.water.level_mm, when, known, seed, ++side.visits);
  side.outcome.visits += 1;
  side.hours += kHoursOfVisit;
}

void by_rules(Side& side, const Target& wanted, const LocalTime& when, const Knowledge& known) {
  const Gates next = control(wanted, side.gates, side.water.level_mm, when, known);
  if (next.inlet != side.gates.inlet) side.outcome.gate_moves += 1;
  side.gates = next;
  if (when.hour >= 6.5 && when.hour < 6.5 + 1.0 / kStepsOfHour) {
    side.hours += kHoursOfScreen;
    if (when.of_year % 7 == 0) {
      side.hours += kHoursOfVisit;
      side.outcome.visits += 1;
    }
  }
}

bool foreseen_cold_year(const Climate& climate, const SeasonSettings& s) {
  double june = 0, july = 99;
  for (int day = 1; day <= 30; ++day) june += climate.mean_of_day(local_instant(s.year, 6, day, 12), s.centre) / 30;
  for (int day = 1; day <= 16; ++day)
    july = std::min(july, climate.mean_of_day(local_instant(s.year, 7, day, 12), s.centre));
  return june < 15.0 || july < 14.5;
}

}  // namespace

Season run_season(const SeasonSettings& settings) {
  Season out;
  out.settings = settings;
  const Climate climate(settings.seed, settings.cold_july);
  out.cold_year = foreseen_cold_year(climate, settings);
  Knowledge known;
  known.cold_year = out.cold_year;
  for (int f = 0; f < settings.fields; ++f) {
    const Paddy field = Paddy::make(settings.seed, f, settings.centre);
    std::array<Side, 2> sides;
    for (int day = settings.first_day; day <= settings.last_day; ++day) {
      const Instant midnight{local_instant(settings.year, 1, 1).us + (day - 1) * kDay};
      double rain = 0;
      for (int step = 0; step < 24 * kStepsOfHour; ++step) {
        const Instant t{midnight.us + step * kStepSeconds * kSecond};
        if (step % (3 * kStepsOfHour) == 0) known.forecast = climate.forecast(t, field.place);
        const LocalTime when = local(t);
        const Weather weather = climate.at(t, field.place);
        const Target wanted = target(day, known.forecast.mean_c, out.cold_year);
        by_hand(sides[0], field, wanted, when, known, settings.seed + static_cast<std::uint64_t>(f));
        by_rules(sides[1], wanted, when, known);
        rain += weather.rain_mm_h / kStepsOfHour;
        for (Side& side : sides) {
          side.water = after(field, side.water, side.gates, weather, leaf_cover(day), kStepSeconds);
          if (day >= 185 && day <= 197) {
            const double panicle = panicle_temperature(side.water, weather, day);
            side.outcome.cold_sum += std::max(0.0, 20 - panicle) * kStepSeconds / 86'400;
          }
          if (wanted.warm && side.water.level_mm < wanted.least_mm - 20)
            side.outcome.shallow_hours += 1.0 / kStepsOfHour;
        }
        if (f > 0 || step % kStepsOfHour != 0) continue;
        Hour hour{t,  static_cast<float>(weather.temperature_c), static_cast<float>(rain),
                  {}, static_cast<float>(wanted.least_mm),       static_cast<float>(wanted.most_mm)};
        for (std::size_t i = 0; i < 2; ++i) {
          const Side& side = sides[i];
          hour.side[i] = {static_cast<float>(side.water.level_mm), static_cast<float>(side.water.temperature_c),
                          static_cast<float>(side.gates.inlet), static_cast<float>(side.water.used_mm),
                          static_cast<float>(side.hours)};
        }
        rain = 0;
        out.hours.push_back(hour);
      }
    }
    for (std::size_t i = 0; i < 2; ++i) {
      Outcome& sum = out.outcome[i];
      const Side& side = sides[i];
      sum.water_mm += side.water.used_mm / settings.fields;
      sum.spilled_mm += side.water.spilled_mm / settings.fields;
      sum.water_m3 += side.water.used_mm / 1000 * field.area_m2;
      sum.hours += side.hours;
      sum.visits += side.outcome.visits;
      sum.gate_moves += side.outcome.gate_moves;
      sum.cold_sum += side.outcome.cold_sum / settings.fields;
      sum.shallow_hours += side.outcome.shallow_hours / settings.fields;
    }
  }
  return out;
}

std::string table(const Season& season) {
  const Outcome &hand = season.of(Practice::kByHand), &rules = season.of(Practice::kByRules);
  std::string out =
      fmt::format("Simulation, no measurement. {} fields, {}, seed {}: {}\n\n{:<44} {:>10} {:>10} {:>9}\n",
                  season.settings.fields, season.settings.year, season.settings.seed,
                  season.cold_year ? "a cold year, without mid-season drainage" : "with mid-season drainage", "",
                  "by hand", "by rules", "change");
  const auto row = [&out](std::string_view name, double a, double b, int digits) {
    const std::string change = a > 0 ? fmt::format("{:+.0f} %", 100 * (b - a) / a) : "";
    out += fmt::format("{:<44} {:>10.{}f} {:>10.{}f} {:>9}\n", name, a, digits, b, digits, change);
  };
  row("water let in, mm", hand.water_mm, rules.water_mm, 0);
  row("water let in, all fields, m3", hand.water_m3, rules.water_m3, 0);
  row("run off over weirs and drains, mm", hand.spilled_mm, rules.spilled_mm, 0);
  row("hours worked for water, all fields", hand.hours, rules.hours, 1);
  row("visits to fields", hand.visits, rules.visits, 0);
  row("moves of gates by motor", hand.gate_moves, rules.gate_moves, 0);
  row("cold at the panicle 4-16 July, degC day", hand.cold_sum, rules.cold_sum, 1);
  row("hours too shallow while cold was forecast", hand.shallow_hours, rules.shallow_hours, 0);
  return out;
}

}  // namespace tsunagu::sim
