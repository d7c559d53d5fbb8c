#include "platform/feel/temporal.h"

#include <fmt/format.h>

namespace tsunagu::platform::feel {
namespace {

constexpr std::int64_t kLastYear = 999'999'999;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::string fraction_text(std::int64_t nanos) {
  if (nanos == 0) return {};
  std::string out = fmt::format(".{:09}", nanos);
  while (out.back() == '0') out.pop_back();
  return out;
}

}  // namespace

bool leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && leap_year(year) ? 29 : kDays[month - 1];
}

bool valid(std::int64_t year, std::int64_t month, std::int64_t day) {
  return year >= -kLastYear && year <= kLastYear && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_in_month(year, static_cast<int>(month));
}

// The year begins in March, so that the leap day is its last; eras of 400 years have 146,097 days.
std::int64_t day_number(Date date) {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
  const std::int64_t month = (date.month + 9) % 12;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + date.day - 1;
  return era * 146'097 + day_of_era - 719'468;
}

std::optional<Date> date_of(std::int64_t number) {
  if (number > 400'000'000'000 || number < -400'000'000'000) return std::nullopt;
  number += 719'468;
  const std::int64_t era = floor_div(number, 146'097), day_of_era = number - era * 146'097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month + 2) / 5 + 1;
  const std::int64_t calendar_month = month < 10 ? month + 3 : month - 9;
  const std::int64_t year = era * 400 + year_of_era + (calendar_month <= 2 ? 1 : 0);
  if (year > kLastYear || year < -kLastYear) return std::nullopt;
  return Date{static_cast<std::int32_t>(year), static_cast<std::uint8_t>(calendar_month),
              static_cast<std::uint8_t>(day)};
}

int weekday(Date date) {
  const std::int64_t number = day_number(date) + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(number - floor_div(number, 7) * 7) + 1;
}

int day_of_year(Date date) {
  return static_cast<int>(day_number(date) - day_number({date.year, 1, 1})) + 1;
}

int week_of_year(Date date) {
  const auto weeks_in = [](std::int32_t year) {
    const int first = weekday({year, 1, 1});
    return first == 4 || (first == 3 && leap_year(year)) ? 53 : 52;
  };
  const int week = (day_of_year(date) - weekday(date) + 10) / 7;
  if (week < 1) return weeks_in(date.year - 1);
  return week > weeks_in(date.year) ? 1 : week;
}

std::string text(Date date) {
  const std::int64_t year = date.year < 0 ? -static_cast<std::int64_t>(date.year) : date.year;
  return fmt::format("{}{:04}-{:02}-{:02}", date.year < 0 ? "-" : "", year, date.month, date.day);
}

std::string text(const Time& time) {
  const std::int64_t seconds = time.nanos / kNanosPerSecond;
  std::string out = fmt::format("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                                fraction_text(time.nanos % kNanosPerSecond));
  if (time.zone == nullptr) return out;
  const std::string name = zone_name(*time.zone);
  if (!name.empty()) return out + "@" + name;
  const std::int32_t offset = offset_at(*time.zone, {1970, 1, 1}, 0), size = offset < 0 ? -offset : offset;
  if (offset == 0) return out + "Z";
  out += fmt::format("{}{:02}:{:02}", offset < 0 ? '-' : '+', size / 3600, size / 60 % 60);
  if (size % 60 != 0) out += fmt::format(":{:02}", size % 60);
  return out;
}

std::string text(const DateTime& moment) {
  return text(moment.date) + "T" + text(moment.time);
}

std::string text(Months months) {
  const std::uint64_t size =
      months.count < 0 ? 0 - static_cast<std::uint64_t>(months.count) : static_cast<std::uint64_t>(months.count);
  std::string out = months.count < 0 ? "-P" : "P";
  if (size >= 12) out += fmt::format("{}Y", size / 12);
  if (size % 12 != 0 || size == 0) out += fmt::format("{}M", size % 12);
  return out;
}

std::string text(Duration duration) {
  const bool negative = duration.seconds < 0;
  if (negative) duration = negated(duration);
  std::string out = negative ? "-P" : "P";
  const std::int64_t days = duration.seconds / kSecondsPerDay, seconds = duration.seconds % kSecondsPerDay;
  if (days != 0) out += fmt::format("{}D", days);
  if (seconds == 0 && duration.nanos == 0) return days == 0 ? out + "T0S" : out;
  out += 'T';
  if (seconds >= 3600) out += fmt::format("{}H", seconds / 3600);
  if (seconds / 60 % 60 != 0) out += fmt::format("{}M", seconds / 60 % 60);
  if (seconds % 60 != 0 || duration.nanos != 0) {
    out += fmt::format("{}{}S", seconds % 60, fraction_text(duration.nanos));
  }
  return out;
}

Duration duration_of(std::int64_t seconds, std::int64_t nanos) {
  const std::int64_t carry = floor_div(nanos, kNanosPerSecond);
  return {seconds + carry, static_cast<std::int32_t>(nanos - carry * kNanosPerSecond)};
}

std::optional<Duration> add(Duration a, Duration b) {
  std::int64_t seconds = 0;
  const std::int32_t nanos = a.nanos + b.nanos;
  if (__builtin_add_overflow(a.seconds, b.seconds, &seconds)) return std::nullopt;
  if (nanos >= kNanosPerSecond && __builtin_add_overflow(seconds, 1, &seconds)) return std::nullopt;
  return duration_of(nanos >= kNanosPerSecond ? seconds - 1 : seconds, nanos);
}

Duration negated(Duration a) {
  if (a.seconds == INT64_MIN) return {INT64_MAX, 0};
  return duration_of(-a.seconds, -static_cast<std::int64_t>(a.nanos));
}

Duration instant(const DateTime& moment) {
  Duration out = duration_of(day_number(moment.date) * kSecondsPerDay, moment.time.nanos);
  if (moment.time.zone != nullptr) out.seconds -= offset_at(*moment.time.zone, moment.date, moment.time.nanos);
  return out;
}

Duration instant(const Time& time) {
  Duration out = duration_of(0, time.nanos);
  if (const auto offset = offset_of(time)) out.seconds -= *offset;
  return out;
}

namespace {
int order(Duration a, Duration b) {
  return a < b ? -1 : a == b ? 0 : 1;
}
}  // namespace

std::optional<int> compare(const DateTime& a, const DateTime& b) {
  if ((a.time.zone == nullptr) != (b.time.zone == nullptr)) return std::nullopt;
  return order(instant(a), instant(b));
}

std::optional<int> compare(const Time& a, const Time& b) {
  if ((a.zone == nullptr) != (b.zone == nullptr)) return std::nullopt;
  return order(instant(a), instant(b));
}

std::optional<Date> add(Date date, Months months) {
  if (months.count > kLastYear * 24 || months.count < -kLastYear * 24) return std::nullopt;
  const std::int64_t count = date.year * 12ll + (date.month - 1) + months.count;
  const std::int64_t year = floor_div(count, 12);
  const int month = static_cast<int>(count - year * 12) + 1;
  if (year > kLastYear || year < -kLastYear) return std::nullopt;
  const int day = std::min<int>(date.day, days_in_month(year, month));
  return Date{static_cast<std::int32_t>(year), static_cast<std::uint8_t>(month), static_cast<std::uint8_t>(day)};
}

std::optional<DateTime> moment_at(Duration instant, const Zone* zone) {
  std::int64_t seconds = instant.seconds;
  const auto local = [&](std::int64_t offset) -> std::optional<DateTime> {
    std::int64_t here = 0;
    if (__builtin_add_overflow(seconds, offset, &here)) return std::nullopt;
    const std::int64_t day = floor_div(here, kSecondsPerDay);
    const auto date = date_of(day);
    if (!date) return std::nullopt;
    return DateTime{*date, {(here - day * kSecondsPerDay) * kNanosPerSecond + instant.nanos, zone}};
  };
  auto out = local(0);
  if (!out || zone == nullptr) return out;
  // The offset depends on the local time, which depends on the offset: two steps settle it.
  out = local(offset_at(*zone, out->date, out->time.nanos));
  if (!out) return out;
  return local(offset_at(*zone, out->date, out->time.nanos));
}

std::optional<DateTime> add(const DateTime& moment, Duration by) {
  const auto sum = add(instant(moment), by);
  if (!sum) return std::nullopt;
  return moment_at(*sum, moment.time.zone);
}

Time add(const Time& time, Duration by) {
  const std::int64_t day = floor_div(by.seconds, kSecondsPerDay);
  const std::int64_t nanos = time.nanos + (by.seconds - day * kSecondsPerDay) * kNanosPerSecond + by.nanos;
  return {nanos % kNanosPerDay, time.zone};
}

Months months_between(const DateTime& a, const DateTime& b) {
  if (b.date < a.date || (b.date == a.date && b.time.nanos < a.time.nanos)) return {-months_between(b, a).count};
  std::int64_t count = (b.date.year - static_cast<std::int64_t>(a.date.year)) * 12 + b.date.month - a.date.month;
  if (b.date.day < a.date.day || (b.date.day == a.date.day && b.time.nanos < a.time.nanos)) --count;
  return {count};
}

}  // namespace tsunagu::platform::feel
