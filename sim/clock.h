// Simulated time, and the local time of Hokkaido (UTC+9, no summer time).
#pragma once
#include <cmath>
#include <cstdint>

#include "base/time.h"

namespace tsunagu::sim {

inline constexpr std::int64_t kSecond = 1'000'000, kHour = 3600 * kSecond, kDay = 24 * kHour;

/// Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
constexpr std::int64_t days_of(int year, int month, int day) {
  const int y = year - (month <= 2);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<std::int64_t>(y) - era * 400;
  const std::int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719'468;
}

/// A moment as people in Hokkaido tell it.
struct LocalTime {
  std::int64_t day = 0;  ///< days since 1970-01-01, local
  int year = 1970;
  int of_year = 1;  ///< 1 … 366
  double hour = 0;  ///< 0 ≤ hour < 24
};

constexpr LocalTime local(Instant t) {
  const std::int64_t us = t.us + 9 * kHour;
  LocalTime out;
  out.day = us / kDay - (us % kDay < 0);
  out.hour = static_cast<double>(us - out.day * kDay) / static_cast<double>(kHour);
  out.year = static_cast<int>(1970 + out.day * 400 / 146'097);
  while (days_of(out.year + 1, 1, 1) <= out.day) ++out.year;
  while (days_of(out.year, 1, 1) > out.day) --out.year;
  out.of_year = static_cast<int>(out.day - days_of(out.year, 1, 1)) + 1;
  return out;
}

/// Midnight, or another hour, of a local date.
constexpr Instant local_instant(int year, int month, int day, double hour = 0) {
  return Instant{days_of(year, month, day) * kDay - 9 * kHour +
                 static_cast<std::int64_t>(hour * static_cast<double>(kHour))};
}

/// 1 … 366 of a date, as LocalTime::of_year.
constexpr int of_year(int year, int month, int day) {
  return static_cast<int>(days_of(year, month, day) - days_of(year, 1, 1)) + 1;
}

/// Simulated time that starts at `start` when the wall clock shows `wall`, and runs `speed` times as fast.
struct Clock {
  Instant start, wall;
  double speed = 1;

  Instant at(Instant wall_now) const {
    return Instant{start.us + static_cast<std::int64_t>(static_cast<double>(wall_now.us - wall.us) * speed)};
  }
  /// When the wall clock will show that it is `simulated`.
  Instant wall_at(Instant simulated) const {
    return Instant{wall.us +
                   static_cast<std::int64_t>(std::ceil(static_cast<double>(simulated.us - start.us) / speed))};
  }
};

}  // namespace tsunagu::sim
