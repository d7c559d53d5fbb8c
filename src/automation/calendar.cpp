#include "automation/calendar.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tsunagu::automation {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000, kDayUs = 1440 * kMinuteUs;

std::int64_t floor_day(std::int64_t us) {
  const std::int64_t days = us / kDayUs;
  return us % kDayUs < 0 ? days - 1 : days;
}

/// Days since 1970-01-01 → date (Howard Hinnant, chrono-compatible low-level date algorithms).
void civil(std::int64_t days, LocalTime& out) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto doe = static_cast<unsigned>(days - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
  out.day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  out.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  out.year = static_cast<int>(yoe) + static_cast<int>(era) * 400 + (out.month <= 2 ? 1 : 0);
}

bool between(int from, int to, int value, bool with_end) {
  const bool before_end = with_end ? value <= to : value < to;
  return from <= to ? value >= from && before_end : value >= from || before_end;
}

double radians(double degrees) {
  return degrees * std::numbers::pi / 180;
}
double degrees(double radians) {
  return radians * 180 / std::numbers::pi;
}

}  // namespace

LocalTime local_time(Instant t, int utc_offset_minutes) {
  const std::int64_t us = t.us + utc_offset_minutes * kMinuteUs, days = floor_day(us);
  LocalTime out;
  civil(days, out);
  out.us_of_day = us - days * kDayUs;
  out.weekday = static_cast<int>(((days + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  return out;
}

Instant day_begin(Instant t, int utc_offset_minutes) {
  const std::int64_t offset = utc_offset_minutes * kMinuteUs;
  return {floor_day(t.us + offset) * kDayUs - offset};
}

bool in_window(const Condition& c, int utc_offset_minutes, Instant t) {
  if (!c.hours && !c.season) return true;
  const LocalTime local = local_time(t, utc_offset_minutes);
  if (c.season && !between(c.season->from, c.season->to, local.month * 100 + local.day, true)) return false;
  return !c.hours || between(c.hours->from, c.hours->to, static_cast<int>(local.us_of_day / kMinuteUs), false);
}

Instant next_border(const Condition& c, int utc_offset_minutes, Instant t) {
  if (!c.hours && !c.season) return kNoInstant;
  const std::int64_t midnight = day_begin(t, utc_offset_minutes).us;
  std::int64_t next = midnight + kDayUs;
  if (c.hours) {
    for (const int minute : {c.hours->from, c.hours->to}) {
      const std::int64_t at = midnight + minute * kMinuteUs;
      if (at > t.us) next = std::min(next, at);
    }
  }
  return {next};
}

Instant sun_at(bool sunset, double longitude, double latitude, Instant midnight) {
  // At local noon is near enough: the declination moves 0.4° a day at most.
  const double julian_day = static_cast<double>(midnight.us) / static_cast<double>(kDayUs) + 0.5 + 2440587.5;
  const double century = (julian_day - 2451545) / 36525;
  const double mean_longitude = std::fmod(280.46646 + century * (36000.76983 + century * 0.0003032), 360);
  const double mean_anomaly = 357.52911 + century * (35999.05029 - 0.0001537 * century);
  const double eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century);
  const double m = radians(mean_anomaly);
  const double centre = std::sin(m) * (1.914602 - century * (0.004817 + 0.000014 * century)) +
                        std::sin(2 * m) * (0.019993 - 0.000101 * century) + std::sin(3 * m) * 0.000289;
  const double node = radians(125.04 - 1934.136 * century);
  const double apparent = radians(mean_longitude + centre - 0.00569 - 0.00478 * std::sin(node));
  const double obliquity = radians(23 + (26 + (21.448 - century * 46.815) / 60) / 60 + 0.00256 * std::cos(node));
  const double declination = std::asin(std::sin(obliquity) * std::sin(apparent));
  const double y = std::pow(std::tan(obliquity / 2), 2), l = radians(mean_longitude);
  const double equation_minutes =
      4 * degrees(y * std::sin(2 * l) - 2 * eccentricity * std::sin(m) +
                  4 * eccentricity * y * std::sin(m) * std::cos(2 * l) - 0.5 * y * y * std::sin(4 * l) -
                  1.25 * eccentricity * eccentricity * std::sin(2 * m));
  const double phi = radians(latitude);
  const double cosine =
      std::cos(radians(90.833)) / (std::cos(phi) * std::cos(declination)) - std::tan(phi) * std::tan(declination);
  const double hour_angle = degrees(std::acos(std::clamp(cosine, -1.0, 1.0)));
  // Minutes of UTC since the UTC midnight next to local noon less half a day.
  const double minutes = 720 - 4 * (longitude + (sunset ? -hour_angle : hour_angle)) - equation_minutes;
  const std::int64_t noon = midnight.us + kDayUs / 2;
  const std::int64_t solar = static_cast<std::int64_t>(longitude * 4 * 60) * 1'000'000;
  const std::int64_t base = floor_day(noon + solar) * kDayUs;  // UTC date under the mean sun of the place
  return {base + static_cast<std::int64_t>(minutes * 60) * 1'000'000};
}

Instant next_occurrence(const Rule& rule, Instant t) {
  const Trigger& trigger = rule.trigger;
  const bool sun = trigger.kind == Trigger::Kind::kSun;
  if (!sun && trigger.kind != Trigger::Kind::kSchedule) return kNoInstant;
  Instant midnight = day_begin(t, rule.utc_offset_minutes);
  if (sun) midnight.us -= kDayUs;  // an offset may lead over midnight
  for (int day = 0; day < 10; ++day, midnight.us += kDayUs) {
    const int weekday = local_time(midnight, rule.utc_offset_minutes).weekday;
    if ((trigger.weekdays >> weekday & 1) == 0) continue;
    if (sun) {
      const Instant at{sun_at(trigger.sunset, trigger.longitude, trigger.latitude, midnight).us + trigger.offset.us};
      if (at > t) return at;
    } else if (trigger.every.us != 0) {
      const std::int64_t steps = t < midnight ? 0 : (t.us - midnight.us) / trigger.every.us + 1;
      if (steps * trigger.every.us < kDayUs) return {midnight.us + steps * trigger.every.us};
    } else {
      for (const int minute : trigger.at) {
        if (const Instant at{midnight.us + minute * kMinuteUs}; at > t) return at;
      }
    }
  }
  return kNoInstant;
}

}  // namespace tsunagu::automation
