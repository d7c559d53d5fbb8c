#include "sim/fleet.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/csv.h"
#include "sim/faults.h"
#include "sim/lives.h"

namespace tsunagu::sim {
namespace {

constexpr Place kIwamizawa{43.196, 141.776}, kBetsukai{43.394, 145.117}, kMuroran{42.3150, 140.9737},
    kSapporoHills{42.955, 141.270};
constexpr int kDemonstration = 500;
constexpr std::int64_t kStepOfField = 600 * kSecond;

/// How many of `total` devices are of each kind: their share of 500; no more weather stations than towns and no more
/// buses than vehicles, and what is left over are meters.
std::array<std::size_t, kKinds> counts(std::size_t total, std::size_t towns, std::size_t vehicles) {
  std::array<std::size_t, kKinds> out{};
  std::size_t given = 0;
  for (std::size_t i = 0; i + 1 < kKinds; ++i) {
    const auto kind = static_cast<Kind>(i);
    std::size_t most = total;
    if (kind == Kind::kWeather) most = towns;
    if (kind == Kind::kBus) most = vehicles;
    const auto share = static_cast<std::size_t>(facts(kind).share);
    out[i] = std::min({(total * share + kDemonstration / 2) / kDemonstration, most, total - given});
    given += out[i];
  }
  out[kKinds - 1] = total - given;
  return out;
}

}  // namespace

Result<Fleet> Fleet::make(const FleetSettings& settings) {
  Fleet out(settings);
  std::vector<Place> towns;
  std::vector<double> people;  // summed up, to draw a town by its people
  if (!rows(settings.municipalities, {"name", "office_lat", "office_lng", "population"},
            [&](const auto& f) {
              const auto lat = parse_number<double>(f[1]), lng = parse_number<double>(f[2]),
                         population = parse_number<double>(f[3]);
              if (!lat || !lng) return;
              towns.push_back({*lat, *lng});
              out.town_names_.push_back(f[0]);
              people.push_back((people.empty() ? 0 : people.back()) + population.value_or(1'000));
            }) ||
      towns.empty())
    return fail(ErrorCode::kResourceNotFound,
                fmt::format("{}: there are no municipalities", settings.municipalities.string()));
  if (!settings.gtfs.empty() && std::filesystem::is_directory(settings.gtfs)) {
    auto timetable = Timetable::read(settings.gtfs);
    if (!timetable) return tl::unexpected(timetable.error());
    out.timetable_ = std::move(*timetable);
  } else {
    out.timetable_ = Timetable::made_up(settings.seed, kIwamizawa, 90);
  }

  const auto number = counts(settings.devices, towns.size(), out.timetable_.vehicles().size());
  out.devices_.reserve(settings.devices);
  for (std::size_t k = 0; k < kKinds; ++k) {
    const auto kind = static_cast<Kind>(k);
    out.ranges_[k] = {out.devices_.size(), number[k]};
    for (std::size_t i = 0; i < number[k]; ++i) {
      const Chance chance(settings.seed, 701 + k, i);
      const auto drawn =
          std::upper_bound(people.begin(), people.end(), chance.between(0, people.back(), 0)) - people.begin();
      const Place town = towns[std::min(static_cast<std::size_t>(drawn), towns.size() - 1)];
      const auto near = [&](const Place& p, double far) {
        return Place{p.lat + far * chance.normal(1), p.lng + far * 1.3 * chance.normal(2)};
      };
      Place home = near(town, 0.012);
      switch (kind) {
        case Kind::kWeather:
          home = towns[i];
          break;
        case Kind::kPaddy:
          home = Paddy::make(settings.seed, static_cast<std::int64_t>(i), kIwamizawa).place;
          break;
        case Kind::kCow:
          home = near({kBetsukai.lat + 0.03 * static_cast<double>(i / 20), kBetsukai.lng}, 0.003);
          break;
        case Kind::kMachine:
          home = near(kMuroran, 0.01);
          break;
        case Kind::kBus:
          home = out.timetable_.at(i, settings.start, settings.seed, out.climate_).place;
          break;
        case Kind::kPlough:
          home = towns[i % towns.size()];
          break;
        case Kind::kCamera:
          home = near(kSapporoHills, 0.035);
          break;
        default:
          break;
      }
      out.devices_.push_back({kind, home});
    }
  }
  const Instant start{settings.start.us / kStepOfField * kStepOfField};
  for (std::size_t i = 0; i < number[static_cast<std::size_t>(Kind::kPaddy)]; ++i) {
    Field field;
    field.paddy = Paddy::make(settings.seed, static_cast<std::int64_t>(i), kIwamizawa);
    field.at = start;
    field.by_hand = i % 2 == 1;
    const int day = local(start).of_year;
    field.known.forecast = out.climate_.forecast(start, field.paddy.place);
    field.wanted = target(day, field.known.forecast.mean_c, false);
    if (day >= 140 && !field.wanted.drained) field.water.level_mm = (field.wanted.least_mm + field.wanted.most_mm) / 2;
    field.water.temperature_c = out.climate_.at(start, field.paddy.place).temperature_c + 2;
    out.fields_.push_back(field);
  }
  return out;
}

std::string Fleet::group(Kind kind) {
  return fmt::format("sim-{}", facts(kind).name);
}

std::string Fleet::address(std::size_t device) const {
  return fmt::format("{}-{:04}", facts(devices_[device].kind).name, number(device) + 1);
}

void Fleet::due(Instant from, Instant until, const std::function<void(std::size_t, Instant)>& report) const {
  for (std::size_t k = 0; k < kKinds; ++k) {
    const Range range = ranges_[k];
    if (range.count == 0) continue;
    const std::int64_t interval = facts(static_cast<Kind>(k)).interval_s * kSecond;
    const auto count = static_cast<std::int64_t>(range.count);
    // Device j of `count` reports j/count into each interval: the first at or after an offset is found without looking.
    const auto first_from = [&](std::int64_t offset) {
      return (std::clamp<std::int64_t>(offset, 0, interval) * count + interval - 1) / interval;
    };
    for (std::int64_t cycle = from.us / interval; cycle * interval < until.us; ++cycle) {
      const std::int64_t begin = cycle * interval;
      const std::int64_t last = first_from(until.us - begin);
      for (std::int64_t j = first_from(from.us - begin); j < last; ++j)
        report(range.first + static_cast<std::size_t>(j), Instant{begin + interval * j / count});
    }
  }
}

void Fleet::advance(Field& field, std::size_t number, Instant t) {
  while (field.at.us + kStepOfField <= t.us) {
    const LocalTime when = local(field.at);
    if (const std::int64_t turn = field.at.us / (3 * kHour); turn != field.asked) {
      field.asked = turn;
      field.known.forecast = climate_.forecast(field.at, field.paddy.place);
    }
    field.wanted = target(when.of_year, field.known.forecast.mean_c, field.known.cold_year);
    const bool growing = when.of_year >= 140 && when.of_year <= 260;
    if (!growing) {
      field.gates = {0, 0};
    } else if (field.by_hand) {
      const double step = static_cast<double>(kStepOfField) / static_cast<double>(kHour);
      const bool comes = (when.hour >= 6.5 && when.hour < 6.5 + step) || (when.hour >= 18 && when.hour < 18 + step);
      if (comes)
        field.gates = visit(field.wanted, field.paddy, field.water.level_mm, when, field.known, settings_.seed + number,
                            field.at.us / kHour);
    } else if (field.commanded) {
      if (!field.weir_commanded) field.gates.weir_mm = field.wanted.drained ? 0 : field.wanted.most_mm + 20;
    } else {
      field.gates = control(field.wanted, field.gates, field.water.level_mm, when, field.known);
    }
    field.water = after(field.paddy, field.water, field.gates, climate_.at(field.at, field.paddy.place),
                        leaf_cover(when.of_year), static_cast<double>(kStepOfField / kSecond));
    field.at.us += kStepOfField;
  }
}

void Fleet::set_gate(std::size_t paddy, double opening) {
  Field& field = fields_[paddy];
  field.commanded = true;
  field.gates.inlet = std::clamp(opening, 0.0, 1.0);
}

void Fleet::set_weir(std::size_t paddy, double mm) {
  Field& field = fields_[paddy];
  field.commanded = field.weir_commanded = true;
  field.gates.weir_mm = std::clamp(mm, 0.0, 300.0);
}

void Fleet::say_paddy(std::size_t device, Instant t, JsonObject& values) {
  Field& field = fields_[number(device)];
  advance(field, number(device), t);
  const Chance noise(settings_.seed, 720, device);
  const Weather weather = climate_.at(t, field.paddy.place);
  values.number("waterLevel", rounded(field.water.level_mm / 10 + 0.08 * noise.normal(t.us / kSecond), 1))
      .number("waterTemperature", rounded(field.water.temperature_c, 1))
      .number("gateOpening", rounded(100 * field.gates.inlet, 0))
      .number("waterUsed", rounded(field.water.used_mm, 0))
      .number("airTemperature", rounded(weather.temperature_c, 1))
      .number("forecastLowest", rounded(field.known.forecast.lowest_c, 1))
      .number("forecastMean", rounded(field.known.forecast.mean_c, 1));
}

void Fleet::say_bus(std::size_t device, Instant t, JsonObject& values) const {
  const auto position = timetable_.at(number(device), t, settings_.seed, climate_);
  say_place(values, "location", position.place);
  values.number("speed", rounded(position.speed_km_h, 0)).number("heading", rounded(position.heading_deg, 0));
  if (!position.trip) return;
  values.number("delay", position.delay_s)
      .text("lineName", position.trip->line)
      .text("nextStop", position.next_stop->name);
}

bool Fleet::say(std::size_t device, Instant t, std::string& out) {
  const Device& d = devices_[device];
  const Fault fault = fault_of(settings_.seed, device, t);
  if (fault == Fault::kDead || (facts(d.kind).mains && power_cut(settings_.seed, t, d.home, climate_))) return false;
  // A stuck sensor says what it said when it stuck. (Not of a paddy: its water goes on.)
  const bool stuck = fault == Fault::kStuck && d.kind != Kind::kPaddy;
  const Instant moment = stuck ? Instant{t.us / (8 * kHour) * (8 * kHour)} : t;
  const Scene scene{settings_.seed, device, moment, d.home, climate_};
  JsonObject values(out);
  switch (d.kind) {
    case Kind::kWeather:
      say_weather(scene, values);
      break;
    case Kind::kPaddy:
      say_paddy(device, t, values);
      break;
    case Kind::kBus:
      say_bus(device, moment, values);
      break;
    case Kind::kCow:
      say_cow(scene, values);
      break;
    case Kind::kBed:
      say_bed(scene, values);
      break;
    case Kind::kWearable:
      say_wearable(scene, values);
      break;
    case Kind::kMachine:
      say_machine(scene, values);
      break;
    case Kind::kPlough:
      say_plough(scene, values);
      break;
    case Kind::kCamera:
      say_camera(scene, values);
      break;
    case Kind::kMeter:
      say_meter(scene, values);
      break;
  }
  if (!facts(d.kind).mains) values.number("batteryLevel", rounded(battery(settings_.seed, device, t), 2));
  values.end();
  return true;
}

}  // namespace tsunagu::sim
