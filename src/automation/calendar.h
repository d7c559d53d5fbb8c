// Times of day, seasons, schedules and the sun, as rules name them. Pure.
#pragma once
#include "automation/rule.h"

namespace tsunagu::automation {

/// Local date and time of day.
struct LocalTime {
  int year = 0, month = 0, day = 0;
  int weekday = 0;              ///< 0: Monday
  std::int64_t us_of_day = 0;   ///< since local midnight
};
LocalTime local_time(Instant t, int utc_offset_minutes);
/// Local midnight of the day in which `t` lies, as an instant.
Instant day_begin(Instant t, int utc_offset_minutes);

/// Are hours and season of the condition met?
bool in_window(const Condition& condition, int utc_offset_minutes, Instant t);
/// The next instant behind `t` at which in_window may change; kNoInstant without hours and season.
Instant next_border(const Condition& condition, int utc_offset_minutes, Instant t);

/// When the sun rises or sets on the (local) day that begins at `midnight`; to about a minute (NOAA's solar
/// calculator, after Meeus). Below 66° it does so every day.
Instant sun_at(bool sunset, double longitude, double latitude, Instant midnight);

/// When a rule that is looked at at certain times is looked at next, behind `t`. kNoInstant for other triggers.
Instant next_occurrence(const Rule& rule, Instant t);

}  // namespace tsunagu::automation
