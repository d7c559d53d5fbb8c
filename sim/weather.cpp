#include "sim/weather.h"

#include <algorithm>

#include "sim/clock.h"

namespace tsunagu::sim {
namespace {

enum Stream : std::uint64_t { kSynoptic = 101, kLocal, kCloud, kShower, kWind, kGust, kSpell, kForecast };

constexpr double kPi = std::numbers::pi;

double days(Instant t) {
  return static_cast<double>(t.us) / static_cast<double>(kDay);
}

/// Where a place is in the stream of weather that comes from the west, in days; 600 km are about a day.
double arrival(const Place& place) {
  return (place.lng - 141.5) / 7.5;
}

/// Chance of a wet hour by month: autumn and winter of the Sea of Japan side are wet.
double wetness(int day_of_year) {
  return 0.30 + 0.12 * std::cos(2 * kPi * (day_of_year - 350) / 365.0);
}

/// The height of the sun as its sine; below zero at night.
double sun_height(const LocalTime& when, const Place& place) {
  const double declination = -23.44 * kPi / 180 * std::cos(2 * kPi * (when.of_year + 10) / 365.0);
  const double noon = 12 - (place.lng - 135) / 15;
  const double angle = (when.hour - noon) * kPi / 12, lat = place.lat * kPi / 180;
  return std::sin(lat) * std::sin(declination) + std::cos(lat) * std::cos(declination) * std::cos(angle);
}

/// Rises and falls in a day at each side of a spell.
double bump(double day, double first, double length) {
  const auto rise = [](double x) { return std::clamp(x, 0.0, 1.0); };
  return rise(day - first) * rise(first + length - day);
}

}  // namespace

double Climate::cold_spell(Instant t) const {
  const LocalTime when = local(t);
  const double day = when.of_year + when.hour / 24;
  double out = 0;
  const Chance chance(seed_, kSpell, static_cast<std::uint64_t>(when.year));
  if (cold_july_) out -= chance.between(6.5, 8, 0) * bump(day, chance.between(187, 189.5, 1), chance.between(5, 7, 2));
  for (int i = 0; i < 2; ++i) {
    if (chance.at(10 + 5 * i) > 0.45) continue;
    out -= chance.between(3, 6, 11 + 5 * i) *
           bump(day, chance.between(155, 225, 12 + 5 * i), chance.between(3, 6, 13 + 5 * i));
  }
  return std::max(out, -9.0);
}

double Climate::mean_temperature(Instant t, const Place& place) const {
  const double day = local(t).of_year + local(t).hour / 24;
  const double inland = std::clamp((place.lng - 141) / 2.5, 0.0, 1.0);
  const double season = 8 + (13.3 + inland) * std::cos(2 * kPi * (day - 212) / 365.25);
  const Chance passing(seed_, kSynoptic),
      here(seed_, kLocal,
           static_cast<std::uint64_t>(place.lat * 50) * 9'000 + static_cast<std::uint64_t>(place.lng * 50));
  const double x = days(t) - arrival(place);
  const double winter = 1 + 0.5 * std::cos(2 * kPi * (day - 15) / 365.25);
  return season - 0.7 * (place.lat - 43.2) + winter * (2.2 * passing.wave(x, 5) + 1.2 * passing.wave(x + 1e6, 2)) +
         0.5 * here.wave(days(t), 1.5) + cold_spell(t);
}

double Climate::cloud(Instant t, const Place& place) const {
  const Chance chance(seed_, kCloud);
  const double x = days(t) - arrival(place) + 0.4 * (place.lat - 43);
  const double wave = 0.7 * chance.wave(x, 1.7) + 0.5 * chance.wave(x + 1e6, 0.4);
  return std::clamp(0.5 + 0.75 * wave - 0.06 * cold_spell(t), 0.0, 1.0);
}

Weather Climate::at(Instant t, const Place& place) const {
  const LocalTime when = local(t);
  Weather out;
  out.cloud = cloud(t, place);
  const double height = sun_height(when, place);
  out.sun_w_m2 = height <= 0 ? 0 : 1'050 * std::pow(height, 1.15) * (1 - 0.72 * std::pow(out.cloud, 1.6));
  const double swing = (5.4 + 0.8 * std::sin(2 * kPi * (when.of_year - 80) / 365.0)) * (1 - 0.55 * out.cloud);
  out.temperature_c = mean_temperature(t, place) + swing * std::cos(2 * kPi * (when.hour - 14.2) / 24);

  const Chance shower(seed_, kShower);
  const double x = days(t) - arrival(place);
  const double threshold = 1 - wetness(when.of_year);
  const double wet = 0.55 * out.cloud + 0.45 * (0.5 + 0.5 * shower.wave(x + 0.3 * place.lat, 0.25));
  if (wet > threshold) {
    const double strength = (wet - threshold) / (1 - threshold);
    const double mm = 0.2 + 7 * strength * strength * (when.of_year > 180 && when.of_year < 290 ? 1.6 : 1.0);
    if (out.temperature_c > 1.5)
      out.rain_mm_h = mm;
    else
      out.snow_cm_h = 0.9 * mm;
  }
  const Chance wind(seed_, kWind), gust(seed_, kGust);
  const double winter = 0.5 + 0.5 * std::cos(2 * kPi * (when.of_year - 20) / 365.0);
  const double low = std::max(0.0, wind.wave(x, 1.1));
  out.wind_m_s = std::max(0.2, 2.2 + 1.3 * winter + (9 + 8 * winter) * low * low + 1.2 * gust.wave(days(t) * 24, 0.5) +
                                   1.5 * std::max(0.0, height));
  out.humidity =
      std::clamp(0.62 + 0.3 * out.cloud + (out.rain_mm_h > 0 ? 0.1 : 0.0) - 0.18 * std::max(0.0, height), 0.25, 1.0);
  out.blizzard = out.snow_cm_h > 0 && out.wind_m_s > 12 && out.temperature_c < -2;
  return out;
}

double Climate::mean_of_day(Instant t, const Place& place) const {
  const std::int64_t midnight = local(t).day * kDay - 9 * kHour;
  double sum = 0;
  for (int hour = 0; hour < 24; ++hour) sum += at(Instant{midnight + hour * kHour}, place).temperature_c;
  return sum / 24;
}

double Climate::fresh_snow_cm(Instant t, const Place& place) const {
  double sum = 0;
  for (int hour = 1; hour <= 12; ++hour) sum += at(Instant{t.us - hour * kHour}, place).snow_cm_h;
  return sum;
}

Climate::Forecast Climate::forecast(Instant t, const Place& place) const {
  const Chance error(seed_, kForecast);
  Forecast out;
  out.lowest_c = 99;
  for (int step = 0; step < 8; ++step) {
    const Weather w = at(Instant{t.us + step * 3 * kHour}, place);
    out.lowest_c = std::min(out.lowest_c, w.temperature_c);
    out.mean_c += w.temperature_c / 8;
    out.rain_mm += 3 * w.rain_mm_h;
  }
  const double off = 0.7 * error.normal(t.us / (6 * kHour));
  out.lowest_c += off;
  out.mean_c += off;
  return out;
}

}  // namespace tsunagu::sim
