// Dates, times and durations of FEEL (DMN 1.5 clauses 10.3.2.3.4 to 10.3.2.3.8): the proleptic Gregorian calendar with
// years from -999,999,999 to 999,999,999, nanoseconds, zones as offsets or as names of the IANA database (by ICU).
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu::platform::feel {

struct Date {
  std::int32_t year = 0;
  std::uint8_t month = 1, day = 1;
  friend auto operator<=>(const Date&, const Date&) = default;
};

/// An offset or a named zone. Interned: the same zone is the same pointer, for the life of the program.
class Zone;

struct Time {
  std::int64_t nanos = 0;      ///< since midnight
  const Zone* zone = nullptr;  ///< nullptr: local time without zone
};

struct DateTime {
  Date date;
  Time time;
};

struct Months {
  std::int64_t count = 0;
  friend auto operator<=>(const Months&, const Months&) = default;
};

/// A length of time: seconds, plus nanoseconds from 0 to 999,999,999.
struct Duration {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

constexpr std::int64_t kNanosPerSecond = 1'000'000'000, kSecondsPerDay = 86'400,
                       kNanosPerDay = kNanosPerSecond * kSecondsPerDay;

bool leap_year(std::int64_t year);
int days_in_month(std::int64_t year, int month);
bool valid(std::int64_t year, std::int64_t month, std::int64_t day);
/// Days since 1970-01-01, and back; empty outside of the years that FEEL knows.
std::int64_t day_number(Date date);
std::optional<Date> date_of(std::int64_t day_number);
int weekday(Date date);  ///< 1 Monday … 7 Sunday
int day_of_year(Date date);
int week_of_year(Date date);  ///< ISO 8601

const Zone* zone_of_offset(std::int32_t seconds);
/// "Z", "+09:00" or a name; nullptr when there is no such zone.
const Zone* find_zone(std::string_view text);
std::string zone_name(const Zone& zone);  ///< the name; empty for an offset
/// Seconds east of Greenwich at this local time.
std::int32_t offset_at(const Zone& zone, Date date, std::int64_t nanos);
/// The same for a time without date; empty for a zone whose offset changes in the year.
std::optional<std::int32_t> offset_of(const Time& time);

std::optional<Date> parse_date(std::string_view text);
std::optional<Time> parse_time(std::string_view text);
std::optional<DateTime> parse_date_time(std::string_view text);
std::optional<Months> parse_months(std::string_view text);
std::optional<Duration> parse_duration(std::string_view text);

std::string text(Date date);
std::string text(const Time& time);
std::string text(const DateTime& moment);
std::string text(Months months);
std::string text(Duration duration);

/// Seconds and nanoseconds since 1970-01-01T00:00:00 UTC; without zone as if the zone were UTC.
Duration instant(const DateTime& moment);
Duration instant(const Time& time);
/// -1, 0, 1; empty when only one of the two has a zone.
std::optional<int> compare(const DateTime& a, const DateTime& b);
std::optional<int> compare(const Time& a, const Time& b);

Duration duration_of(std::int64_t seconds, std::int64_t nanos);  ///< nanos of any size
std::optional<Duration> add(Duration a, Duration b);
Duration negated(Duration a);
std::optional<Date> add(Date date, Months months);
std::optional<DateTime> add(const DateTime& moment, Duration by);
Time add(const Time& time, Duration by);
/// Whole months from `a` to `b`, towards zero.
Months months_between(const DateTime& a, const DateTime& b);
/// The local time of an instant in a zone (nullptr: UTC without zone).
std::optional<DateTime> moment_at(Duration instant, const Zone* zone);

}  // namespace tsunagu::platform::feel
