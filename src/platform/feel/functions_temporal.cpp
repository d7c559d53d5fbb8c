// Dates, times and durations (DMN 1.5 clauses 10.3.4.1 and 10.3.4.6).
#include <array>
#include <chrono>

#include "platform/feel/arguments.h"

namespace tsunagu::platform::feel {
namespace {

Value refused(const Arguments& a, const std::string& text) {
  return a.fault("“" + text.substr(0, 100) + "” is none");
}

Value to_date(const Arguments& a) {
  const Value& from = single(a[0]);
  if (from.date() != nullptr) return from;
  if (const DateTime* moment = from.date_time()) return moment->date;
  if (const std::string* text = from.string()) {
    if (const auto date = parse_date(*text)) return *date;
    return refused(a, *text);
  }
  return a.fault("date needs a string, a date or a date and time");
}

Value date_of_parts(const Arguments& a) {
  const auto year = whole(a, 0), month = whole(a, 1), day = whole(a, 2);
  if (!year || !month || !day || !valid(*year, *month, *day)) return a.fault("there is no such day");
  return Date{static_cast<std::int32_t>(*year), static_cast<std::uint8_t>(*month), static_cast<std::uint8_t>(*day)};
}

Value to_time(const Arguments& a) {
  const Value& from = single(a[0]);
  if (from.time() != nullptr) return from;
  if (const DateTime* moment = from.date_time()) return moment->time;
  if (from.date() != nullptr) return Time{0, zone_of_offset(0)};
  if (const std::string* text = from.string()) {
    const std::string_view rest = text->starts_with('T') ? std::string_view(*text).substr(1) : std::string_view(*text);
    if (const auto time = parse_time(rest)) return *time;
    return refused(a, *text);
  }
  return a.fault("time needs a string, a time or a date and time");
}

Value time_of_parts(const Arguments& a) {
  const auto hour = whole(a, 0), minute = whole(a, 1);
  const Decimal* second = number(a, 2);
  if (!hour || !minute || second == nullptr || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59 ||
      second->negative() || !(*second < Decimal(60))) {
    return a.fault("there is no such time");
  }
  const auto nanos = (*second * Decimal(kNanosPerSecond)).rounded(0, Rounding::kDown).to_int();
  Time out{(*hour * 60 + *minute) * 60 * kNanosPerSecond + nanos.value_or(0), nullptr};
  if (given(a, 3)) {
    const Duration* offset = single(a[3]).duration();
    if (offset == nullptr || offset->seconds > 18 * 3600 || offset->seconds < -18 * 3600)
      return a.fault("the offset is a short duration");
    out.zone = zone_of_offset(static_cast<std::int32_t>(offset->seconds));
  }
  return out;
}

Value to_date_time(const Arguments& a) {
  const Value& from = single(a[0]);
  if (from.date_time() != nullptr) return from;
  if (const Date* date = from.date()) return DateTime{*date, {}};
  if (const std::string* text = from.string()) {
    if (const auto moment = parse_date_time(*text)) return *moment;
    if (const auto date = parse_date(*text)) return DateTime{*date, {}};
    return refused(a, *text);
  }
  return a.fault("date and time needs a string");
}

Value combined(const Arguments& a) {
  const Value &from = single(a[0]), &at = single(a[1]);
  const Date* date = from.date();
  if (from.date_time() != nullptr) date = &from.date_time()->date;
  if (date != nullptr && at.time() != nullptr) return DateTime{*date, *at.time()};
  if (from.date_time() != nullptr && at.string() != nullptr) {  // the same instant, seen in another zone
    const Zone* zone = find_zone(*at.string());
    if (zone != nullptr) return moment_at(instant(*from.date_time()), zone);
  }
  return a.fault("date and time needs a date and a time");
}

Value to_duration(const Arguments& a) {
  const Value& from = single(a[0]);
  if (from.months() != nullptr || from.duration() != nullptr) return from;
  if (const std::string* text = from.string()) {
    if (const auto months = parse_months(*text)) return *months;
    if (const auto duration = parse_duration(*text)) return *duration;
    return refused(a, *text);
  }
  return a.fault("duration needs a string");
}

std::optional<DateTime> moment_of(const Value& value) {
  if (value.date() != nullptr) return DateTime{*value.date(), {}};
  if (value.date_time() != nullptr) return *value.date_time();
  return std::nullopt;
}

Value months_from(const Arguments& a) {
  auto from = moment_of(single(a[0])), to = moment_of(single(a[1]));
  if (!from || !to) return a.fault("years and months duration needs two dates");
  from->time = to->time = Time{};  // days count, times of the day do not
  return months_between(*from, *to);
}

template <class Compute>
Value of_date(const Arguments& a, const Compute& compute) {
  const auto moment = moment_of(single(a[0]));
  if (!moment) return a.fault("a date is needed");
  return compute(moment->date);
}

Value day_name(Date date) {
  static constexpr std::array kDays = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
  return std::string(kDays[static_cast<std::size_t>(weekday(date) - 1)]);
}

Value month_name(Date date) {
  static constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
  return std::string(kMonths[date.month - 1u]);
}

DateTime current(const Machine& machine) {
  if (machine.clock) return machine.clock();
  const auto nanos =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  return moment_at(duration_of(0, nanos), zone_of_offset(0)).value_or(DateTime{});
}

constexpr std::array kForms = {
    Form{"date", "from", 1, to_date},
    Form{"date", "year, month, day", 3, date_of_parts},
    Form{"time", "from", 1, to_time},
    Form{"time", "hour, minute, second, offset", 3, time_of_parts},
    Form{"date and time", "from", 1, to_date_time},
    Form{"date and time", "date, time", 2, combined},
    Form{"date and time", "date and time, timezone", 2, combined},
    Form{"duration", "from", 1, to_duration},
    Form{"years and months duration", "from, to", 2, months_from},
    Form{"day of year", "date", 1,
         [](const Arguments& a) { return of_date(a, [](Date d) { return Value(Decimal(day_of_year(d))); }); }},
    Form{"day of week", "date", 1, [](const Arguments& a) { return of_date(a, day_name); }},
    Form{"month of year", "date", 1, [](const Arguments& a) { return of_date(a, month_name); }},
    Form{"week of year", "date", 1,
         [](const Arguments& a) { return of_date(a, [](Date d) { return Value(Decimal(week_of_year(d))); }); }},
    Form{"now", "", 0, [](const Arguments& a) { return Value(current(a.machine)); }},
    Form{"today", "", 0, [](const Arguments& a) { return Value(current(a.machine).date); }},
};

}  // namespace

Forms temporal_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
