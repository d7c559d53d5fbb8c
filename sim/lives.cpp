#include "sim/lives.h"

#include <algorithm>

#include "sim/clock.h"

namespace tsunagu::sim {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

double seconds(Instant t) {
  return static_cast<double>(t.us) / static_cast<double>(kSecond);
}
Chance own(const Scene& s, std::uint64_t stream) {
  return Chance(s.seed, stream, s.device);
}

/// How awake people are: 0 at night … 1 by day, an hour earlier or later from one to the next.
double awake(const Scene& s) {
  const double hour = local(s.t).hour - own(s, 601).between(-1, 1, 0);
  return std::clamp(0.5 - 1.4 * std::cos(kTurn * (hour - 2) / 24), 0.0, 1.0);
}

}  // namespace

double rounded(double value, int digits) {
  const double scale = std::pow(10, digits);
  return std::round(value * scale) / scale;
}

void say_place(JsonObject& values, std::string_view name, const Place& place) {
  std::string& out = values.member(name);
  out += "{\"type\":\"Point\",\"coordinates\":[";
  append_json_number(out, rounded(place.lng, 5));
  out += ',';
  append_json_number(out, rounded(place.lat, 5));
  out += "]}";
}

void say_weather(const Scene& s, JsonObject& values) {
  const Weather w = s.climate.at(s.t, s.home);
  const auto forecast = s.climate.forecast(s.t, s.home);
  values.number("temperature", rounded(w.temperature_c, 1))
      .number("relativeHumidity", rounded(100 * w.humidity, 0))
      .number("precipitation", rounded(w.rain_mm_h, 1))
      .number("snowfall", rounded(w.snow_cm_h, 1))
      .number("windSpeed", rounded(w.wind_m_s, 1))
      .number("solarRadiation", rounded(w.sun_w_m2, 0))
      .number("forecastLowest", rounded(forecast.lowest_c, 1))
      .number("forecastMean", rounded(forecast.mean_c, 1));
}

void say_cow(const Scene& s, JsonObject& values) {
  const LocalTime when = local(s.t);
  const Chance walk = own(s, 611), mood = own(s, 612);
  // Twice a day to the milking, between them on the pasture; in heat, one day in 21, restless and warmer.
  const bool milking = (when.hour > 5 && when.hour < 7) || (when.hour > 16.5 && when.hour < 18.5);
  const double cycle = std::fmod(static_cast<double>(when.day) + mood.between(0, 21, 1), 21);
  const bool heat = cycle < 1;
  const double far = milking ? 0.0002 : 0.004;
  Place place = s.home;
  place.lat += far * walk.wave(seconds(s.t), 2'400);
  place.lng += far * walk.wave(seconds(s.t) + 1e9, 2'700);
  const double day = std::clamp(0.5 - std::cos(kTurn * (when.hour - 1) / 24), 0.1, 1.0);
  const double activity = std::clamp((heat ? 65 : 28) * day + 12 * mood.wave(seconds(s.t), 900), 0.0, 100.0);
  say_place(values, "location", place);
  values.number("bodyTemperature", rounded(38.6 + 0.2 * mood.wave(seconds(s.t), 7'200) + (heat ? 0.5 : 0), 2))
      .number("activityRate", rounded(activity, 0))
      .number("ruminationTime",
              rounded(std::clamp(26 + 14 * mood.wave(seconds(s.t) + 1e9, 5'400) - (heat ? 10 : 0), 0.0, 55.0), 0));
}

void say_bed(const Scene& s, JsonObject& values) {
  const Chance chance = own(s, 621);
  const double up = awake(s) + 0.25 * chance.wave(seconds(s.t), 1'500);
  const bool in_bed = up < 0.75;
  values.truth("inBed", in_bed);
  if (!in_bed) return;
  values
      .number("heartRate",
              rounded(58 + chance.between(0, 14, 1) + 6 * chance.wave(seconds(s.t), 600) + 8 * awake(s), 0))
      .number("respirationRate", rounded(13 + chance.between(0, 4, 2) + 2 * chance.wave(seconds(s.t) + 1e9, 400), 0));
}

void say_wearable(const Scene& s, JsonObject& values) {
  const Chance chance = own(s, 631);
  const LocalTime when = local(s.t);
  const double walking = std::max(0.0, awake(s) * (0.2 + chance.wave(seconds(s.t), 1'200)));
  const double of_day = std::clamp((when.hour - 6) / 15, 0.0, 1.0);
  values
      .number("heartRate",
              rounded(60 + chance.between(0, 15, 1) + 45 * walking + 4 * chance.wave(seconds(s.t), 120), 0))
      .number("stepCount",
              rounded((3'500 + chance.between(0, 6'000, when.day)) * of_day * of_day * (3 - 2 * of_day), 0))
      .number("skinTemperature", rounded(33 + 1.2 * chance.wave(seconds(s.t), 3'600), 1));
}

void say_machine(const Scene& s, JsonObject& values) {
  const Chance chance = own(s, 641);
  const LocalTime when = local(s.t);
  const bool workday = (when.day + 3) % 7 < 5;  // 1970-01-01 was a Thursday
  const bool shift = workday && when.hour >= 8 && when.hour < 20 && !(when.hour >= 12 && when.hour < 13);
  const double cycle_s = chance.between(90, 400, 1);
  const double in_cycle = std::fmod(seconds(s.t), cycle_s) / cycle_s;
  const bool stopped = chance.at(s.t.us / (30 * kSecond * 60)) < 0.06;
  const bool cutting = shift && !stopped && in_cycle < 0.8;
  // The bearing wears for about 60 days until it is changed.
  const double wear = std::fmod(static_cast<double>(when.day) + chance.between(0, 60, 2), 60) / 60;
  const double load = cutting ? 0.6 + 0.3 * chance.wave(seconds(s.t), 20) : 0;
  values.text("machineState", !shift    ? "off"
                              : stopped ? "alarm"
                              : cutting ? "cutting"
                                        : "idle")
      .number("spindleSpeed",
              rounded(cutting ? chance.between(3'000, 12'000, 3) + 40 * chance.wave(seconds(s.t), 15) : 0, 0))
      .number("activePower", rounded(shift ? 1.2 + 9 * load : 0.3, 1))
      .number("vibration",
              rounded((cutting ? 1.2 + 5 * wear * wear : 0.1) + 0.3 * std::abs(chance.wave(seconds(s.t), 11)), 2))
      .number("temperature", rounded(20 + (shift ? 16 : 0) + 4 * chance.wave(seconds(s.t), 5'400), 1))
      .number("partCount", std::floor(std::max(0.0, std::fmod(when.hour - 8, 24)) * 3'600 / cycle_s * 0.9));
}

void say_plough(const Scene& s, JsonObject& values) {
  const Chance chance = own(s, 651);
  const double snow = s.climate.fresh_snow_cm(s.t, s.home);
  const double hour = local(s.t).hour;
  // Out from 2 to 8 h when 10 cm have fallen, and by day while it goes on.
  const bool out = snow >= 10 && (hour < 8 ? hour >= 2 : snow >= 20);
  Place place = s.home;
  if (out) {
    // Up and down the streets of a square of about 3 km.
    const double way = seconds(s.t) * 6.5 / 111'000 + chance.between(0, 10, 1);
    const double row = std::fmod(way / 0.03, 20), along = std::fmod(way, 0.03);
    place.lat += 0.0015 * (std::floor(row) - 10);
    place.lng += (static_cast<int>(row) % 2 ? 0.03 - along : along) * 1.35 - 0.02;
  }
  say_place(values, "location", place);
  values.number("speed", out ? rounded(20 + 6 * chance.wave(seconds(s.t), 60), 0) : 0.0)
      .truth("bladeDown", out)
      .number("freshSnow", rounded(snow, 1));
}

void say_camera(const Scene& s, JsonObject& values) {
  const Chance bears = own(s, 661), deer = own(s, 662);
  const LocalTime when = local(s.t);
  const std::int64_t look = s.t.us / (900 * kSecond);
  // Bears are about from April to November, most at dawn and dusk and in June and September.
  const bool season = when.of_year > 95 && when.of_year < 330;
  const double dusk = std::exp(-std::pow(when.hour - 4.5, 2) / 4) + std::exp(-std::pow(when.hour - 19, 2) / 4);
  const double month = 1 + 0.8 * std::cos(2 * kTurn * (when.of_year - 165) / 365.0);
  values.number("bearsSeen", season && bears.at(look) < 0.004 * dusk * month ? (bears.at(look + 1) < 0.25 ? 2 : 1) : 0)
      .number("deerSeen", deer.at(look) < 0.05 * (0.3 + dusk) ? 1 + deer.below(5, look + 1) : 0)
      .number("temperature", rounded(s.climate.at(s.t, s.home).temperature_c, 1));
}

void say_meter(const Scene& s, JsonObject& values) {
  const Chance chance = own(s, 671);
  const double hour = local(s.t).hour;
  const double evening = std::exp(-std::pow(hour - 19, 2) / 8) + 0.6 * std::exp(-std::pow(hour - 7.5, 2) / 3);
  const double cold = std::max(0.0, 10 - s.climate.at(s.t, s.home).temperature_c);
  const double power = chance.between(0.2, 0.5, 1) + chance.between(0.4, 1.6, 2) * evening + 0.03 * cold +
                       0.25 * std::abs(chance.wave(seconds(s.t), 300));
  values.number("activePower", rounded(power, 2))
      .number("voltage", rounded(101 - 1.5 * evening + chance.wave(seconds(s.t), 600), 1));
}

}  // namespace tsunagu::sim
