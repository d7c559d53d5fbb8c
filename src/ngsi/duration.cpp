#include "ngsi/duration.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.h"

namespace tsunagu::ngsi {
namespace {

using std::chrono::sys_days;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kMaxYears = 10'000;
constexpr std::int64_t kMaxMonths = 12 * kMaxYears;
constexpr std::int64_t kMaxUs = 366 * kDay * kMaxYears;
constexpr std::int64_t kAverageMonth = 2'629'746 * kSecond;  // 400 years are 146,097 days
constexpr std::int64_t kLast =
    sys_days(std::chrono::year(10000) / 1 / 1).time_since_epoch().count() * kDay - 1;  // 9999-12-31T23:59:59.999999Z

tl::unexpected<Error> wrong(std::string_view text) {
  return bad("\"" + std::string(text.substr(0, 64)) +
             "\" is not a duration such as PT1H, P1D, P2W, P1M or P1Y2M3DT4H5M6S (years, months, days, hours, minutes "
             "and seconds in this order, or weeks alone; at most 10,000 years)");
}

struct Unit {
  char letter;
  bool in_time;  // behind the T
  std::int64_t months, us;
};
constexpr Unit kUnits[] = {{'Y', false, 12, 0},          {'M', false, 1, 0},
                           {'D', false, 0, kDay},        {'H', true, 0, 3600 * kSecond},
                           {'M', true, 0, 60 * kSecond}, {'S', true, 0, kSecond}};

/// "500" of "1.500S" as microseconds; -1 when it is none.
std::int64_t fraction_us(std::string_view digits) {
  if (digits.empty() || digits.size() > 6) return -1;
  const auto value = parse_number<std::uint32_t>(digits);
  if (!value) return -1;
  std::int64_t us = *value;
  for (std::size_t i = digits.size(); i < 6; ++i) us *= 10;
  return us;
}

/// months / 12 years and so on behind `t`, the day kept where the month has it.
std::int64_t add_months(std::int64_t t, std::int64_t months) {
  std::int64_t day = t / kDay, in_day = t % kDay;
  if (in_day < 0) in_day += kDay, --day;
  const std::chrono::year_month_day ymd{sys_days(std::chrono::days(day))};
  const std::int64_t month = static_cast<int>(ymd.year()) * 12LL + static_cast<unsigned>(ymd.month()) - 1 + months;
  if (month >= 12 * kMaxYears) return kLast;
  const auto year = std::chrono::year(static_cast<int>(month / 12));
  const auto of_year = std::chrono::month(static_cast<unsigned>(month % 12) + 1);
  const std::chrono::year_month_day_last last{year, std::chrono::month_day_last(of_year)};
  const auto date = year / of_year / std::min(ymd.day(), last.day());
  return sys_days(date).time_since_epoch().count() * kDay + in_day;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  Duration out;
  std::string_view rest = text;
  if (!rest.starts_with('P')) return wrong(text);
  rest.remove_prefix(1);
  bool in_time = false, any = false;
  std::size_t unit = 0;
  while (!rest.empty()) {
    if (rest.front() == 'T') {
      if (in_time || rest.size() == 1) return wrong(text);
      in_time = true;
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto count = parse_number<std::uint32_t>(rest.substr(0, digits));
    if (!count) return wrong(text);
    rest.remove_prefix(digits);
    std::int64_t fraction = 0;
    if (rest.starts_with('.') || rest.starts_with(',')) {
      rest.remove_prefix(1);
      const std::size_t length = std::min(rest.find_first_not_of("0123456789"), rest.size());
      fraction = fraction_us(rest.substr(0, length));
      rest.remove_prefix(length);
      if (fraction < 0 || !rest.starts_with('S')) return wrong(text);
    }
    if (rest.empty()) return wrong(text);
    const char letter = rest.front();
    rest.remove_prefix(1);
    if (letter == 'W') {
      if (any || in_time || !rest.empty()) return wrong(text);
      out.us = 7 * kDay * *count;
      any = true;
      break;
    }
    while (unit < std::size(kUnits) && (kUnits[unit].letter != letter || kUnits[unit].in_time != in_time)) ++unit;
    if (unit == std::size(kUnits)) return wrong(text);
    if (kUnits[unit].us != 0 && *count > kMaxUs / kUnits[unit].us) return wrong(text);
    out.months += kUnits[unit].months * *count;
    out.us += kUnits[unit].us * *count + fraction;
    any = true;
    ++unit;
  }
  if (!any || out.months > kMaxMonths || out.us > kMaxUs) return wrong(text);
  return out;
}

Instant advance(Instant start, const Duration& duration, std::int64_t times) {
  std::int64_t t = start.us;
  if (duration.months != 0) {
    if (times > kMaxMonths / duration.months) return {kLast};
    t = add_months(t, duration.months * times);
  }
  if (duration.us != 0) {
    if (times > (kLast - t) / duration.us) return {kLast};
    t += duration.us * times;
  }
  return {std::min(t, kLast)};
}

std::int64_t whole_durations(Instant start, const Duration& duration, Instant t) {
  if (t <= start) return 0;
  if (duration.months == 0) return (t.us - start.us) / duration.us;
  std::int64_t k = (t.us - start.us) / (duration.months * kAverageMonth + duration.us);
  while (k > 0 && advance(start, duration, k) > t) --k;
  for (Instant next = advance(start, duration, k + 1); next <= t && next.us < kLast;
       next = advance(start, duration, k + 1))
    ++k;
  return k;
}

}  // namespace tsunagu::ngsi
