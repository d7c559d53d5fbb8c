#include "base/time.h"

#include <chrono>

namespace tsunagu {
namespace {

using Days = std::chrono::sys_days;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kFirst = Days(std::chrono::year(1) / 1 / 1).time_since_epoch().count() * kDay;
constexpr std::int64_t kBeyondLast = Days(std::chrono::year(10000) / 1 / 1).time_since_epoch().count() * kDay;

// Reads a text of fixed fields from left to right; the first mismatch makes `ok` false for good.
struct Reader {
  std::string_view rest;
  bool ok = true;

  int digits(std::size_t count) {
    if (rest.size() < count) return ok = false, 0;
    int value = 0;
    for (const char c : rest.substr(0, count)) {
      if (c < '0' || c > '9') return ok = false, 0;
      value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
  }

  int digits(std::size_t count, int max) {
    const int value = digits(count);
    if (value > max) ok = false;
    return value;
  }

  bool skip(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!skip(c)) ok = false;
  }

  std::int64_t date() {
    const int year = digits(4);
    expect('-');
    const int month = digits(2);
    expect('-');
    const int day = digits(2);
    const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
    if (!ok || year == 0 || !ymd.ok()) return ok = false, 0;
    return Days(ymd).time_since_epoch().count() * kDay;
  }

  std::int64_t fraction() {
    if (!skip('.') && !skip(',')) return 0;
    std::int64_t value = 0;
    std::int64_t unit = kSecond / 10;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1), unit /= 10) {
      if (unit == 0) ok = false;
      value += (rest.front() - '0') * unit;
    }
    if (unit == kSecond / 10) ok = false;
    return value;
  }

  std::int64_t zone() {
    if (skip('Z')) return 0;
    const bool west = skip('-');
    if (!west) expect('+');
    std::int64_t offset = digits(2, 23) * kHour;
    expect(':');
    offset += digits(2, 59) * kMinute;
    return west ? -offset : offset;
  }
};

char* put_digits(char* p, unsigned value, int width) {
  for (int i = width; i-- > 0; value /= 10) p[i] = static_cast<char>('0' + value % 10);
  return p + width;
}

}  // namespace

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

std::optional<Instant> parse_instant(std::string_view text) {
  Reader reader{text};
  std::int64_t us = reader.date();
  reader.expect('T');
  us += reader.digits(2, 23) * kHour;
  reader.expect(':');
  us += reader.digits(2, 59) * kMinute;
  reader.expect(':');
  us += reader.digits(2, 59) * kSecond;
  us += reader.fraction();
  us -= reader.zone();
  if (!reader.ok || !reader.rest.empty() || us < kFirst || us >= kBeyondLast) return std::nullopt;
  return Instant{us};
}

std::optional<Instant> parse_date(std::string_view text) {
  Reader reader{text};
  const std::int64_t us = reader.date();
  if (!reader.ok || !reader.rest.empty()) return std::nullopt;
  return Instant{us};
}

void append_instant(std::string& out, Instant t) {
  std::int64_t day = t.us / kDay;
  std::int64_t in_day = t.us % kDay;
  if (in_day < 0) in_day += kDay, --day;
  const std::chrono::year_month_day ymd{Days(std::chrono::days(day))};
  const auto seconds = static_cast<unsigned>(in_day / kSecond);
  const auto fraction = static_cast<unsigned>(in_day % kSecond);
  char text[32];
  char* p = put_digits(text, static_cast<unsigned>(static_cast<int>(ymd.year())), 4);
  *p++ = '-';
  p = put_digits(p, static_cast<unsigned>(ymd.month()), 2);
  *p++ = '-';
  p = put_digits(p, static_cast<unsigned>(ymd.day()), 2);
  *p++ = 'T';
  p = put_digits(p, seconds / 3600, 2);
  *p++ = ':';
  p = put_digits(p, seconds / 60 % 60, 2);
  *p++ = ':';
  p = put_digits(p, seconds % 60, 2);
  if (fraction != 0) {
    *p++ = '.';
    p = fraction % 1000 == 0 ? put_digits(p, fraction / 1000, 3) : put_digits(p, fraction, 6);
  }
  *p++ = 'Z';
  out.append(text, static_cast<std::size_t>(p - text));
}

std::string to_string(Instant t) {
  std::string out;
  append_instant(out, t);
  return out;
}

}  // namespace tsunagu
