// Lexical forms: XML Schema dates, times and durations, with zones by name behind an @.
#include <limits>

#include "base/text.h"
#include "platform/feel/temporal.h"

namespace tsunagu::platform::feel {
namespace {

class Scan {
 public:
  explicit Scan(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Between `least` and `most` digits.
  std::optional<std::int64_t> digits(std::size_t least, std::size_t most) {
    const std::size_t count = count_digits();
    if (count < least || count > most) return std::nullopt;
    return number(count);
  }
  std::optional<std::int64_t> digits() {
    const std::size_t count = count_digits();
    if (count == 0 || count > 18) return std::nullopt;
    return number(count);
  }
  bool leading_zero() const { return !rest_.empty() && rest_[0] == '0'; }
  std::size_t count_digits() const {
    std::size_t count = 0;
    while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') ++count;
    return count;
  }
  /// ".5" → 500,000,000; further digits than nine are cut.
  std::optional<std::int64_t> fraction() {
    const std::size_t count = count_digits();
    if (count == 0) return std::nullopt;
    std::int64_t out = 0;
    for (std::size_t i = 0; i < 9; ++i) out = out * 10 + (i < count ? rest_[i] - '0' : 0);
    rest_.remove_prefix(count);
    return out;
  }
  bool done() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::int64_t number(std::size_t count) {
    const std::int64_t out = *parse_number<std::int64_t>(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return out;
  }
  std::string_view rest_;
};

std::optional<Date> date_in(Scan& scan) {
  const bool negative = scan.take('-');
  if (scan.leading_zero() && scan.count_digits() > 4) return std::nullopt;
  const auto year = scan.digits(4, 9);
  if (!year || !scan.take('-')) return std::nullopt;
  const auto month = scan.digits(2, 2);
  if (!month || !scan.take('-')) return std::nullopt;
  const auto day = scan.digits(2, 2);
  const std::int64_t signed_year = year && negative ? -*year : year.value_or(0);
  if (!day || !valid(signed_year, *month, *day)) return std::nullopt;
  return Date{static_cast<std::int32_t>(signed_year), static_cast<std::uint8_t>(*month),
              static_cast<std::uint8_t>(*day)};
}

/// What stands behind the first letter that ends an integer: checked multiplication and sum.
bool add_units(std::int64_t& sum, std::int64_t count, std::int64_t unit) {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(count, unit, &product) && !__builtin_add_overflow(sum, product, &sum);
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  Scan scan(text);
  const auto date = date_in(scan);
  return scan.done() ? date : std::nullopt;
}

std::optional<Time> parse_time(std::string_view text) {
  Scan scan(text);
  const auto hour = scan.digits(2, 2);
  if (!hour || !scan.take(':')) return std::nullopt;
  const auto minute = scan.digits(2, 2);
  if (!minute || !scan.take(':')) return std::nullopt;
  const auto second = scan.digits(2, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t nanos = ((*hour * 60 + *minute) * 60 + *second) * kNanosPerSecond;
  if (scan.take('.')) {
    const auto fraction = scan.fraction();
    if (!fraction) return std::nullopt;
    nanos += *fraction;
  }
  if (scan.done()) return Time{nanos, nullptr};
  std::string_view zone = scan.rest();
  const bool named = zone[0] == '@';
  if (named) zone.remove_prefix(1);
  const bool offset = !zone.empty() && (zone[0] == '+' || zone[0] == '-' || zone == "Z");
  if (zone.empty() || (named && offset && zone != "Z") || (!named && !offset)) return std::nullopt;
  const Zone* found = find_zone(zone);
  if (found == nullptr) return std::nullopt;
  return Time{nanos, found};
}

std::optional<DateTime> parse_date_time(std::string_view text) {
  const std::size_t at = text.find('T');
  if (at == std::string_view::npos) return std::nullopt;
  const auto date = parse_date(text.substr(0, at));
  const auto time = parse_time(text.substr(at + 1));
  if (!date || !time) return std::nullopt;
  return DateTime{*date, *time};
}

std::optional<Months> parse_months(std::string_view text) {
  Scan scan(text);
  const bool negative = scan.take('-');
  if (!scan.take('P') || scan.done()) return std::nullopt;
  std::int64_t sum = 0;
  bool months = false;
  while (!scan.done()) {
    const auto count = scan.digits();
    if (!count || months) return std::nullopt;
    const bool years = sum == 0 && scan.take('Y');
    if (!years && !scan.take('M')) return std::nullopt;
    months = !years;
    if (!add_units(sum, *count, years ? 12 : 1)) return std::nullopt;
  }
  return Months{negative ? -sum : sum};
}

std::optional<Duration> parse_duration(std::string_view text) {
  Scan scan(text);
  const bool negative = scan.take('-');
  if (!scan.take('P') || scan.done()) return std::nullopt;
  std::int64_t seconds = 0, nanos = 0;
  if (!scan.take('T')) {
    const auto days = scan.digits();
    if (!days || !scan.take('D') || !add_units(seconds, *days, kSecondsPerDay)) return std::nullopt;
    if (!scan.done() && !scan.take('T')) return std::nullopt;
    if (scan.done() && text.back() == 'T') return std::nullopt;
  } else if (scan.done()) {
    return std::nullopt;
  }
  for (int stage = 0; !scan.done();) {  // hours, minutes, seconds: in this order
    const auto count = scan.digits();
    if (!count) return std::nullopt;
    std::int64_t unit = 0;
    if (stage < 1 && scan.take('H')) {
      unit = 3600, stage = 1;
    } else if (stage < 2 && scan.take('M')) {
      unit = 60, stage = 2;
    } else if (stage < 3 && scan.take('S')) {
      unit = 1, stage = 3;
    } else if (stage < 3 && scan.take('.')) {
      nanos = scan.fraction().value_or(0);
      if (!scan.take('S')) return std::nullopt;
      unit = 1, stage = 3;
    } else {
      return std::nullopt;
    }
    if (!add_units(seconds, *count, unit)) return std::nullopt;
  }
  const Duration out{seconds, static_cast<std::int32_t>(nanos)};
  return negative ? negated(out) : out;
}

}  // namespace tsunagu::platform::feel
