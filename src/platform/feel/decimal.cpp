#include "platform/feel/decimal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

// Arguments by value, rounding and flags by parameter: this is what libbidgcc000 was built with.
#define DECIMAL_CALL_BY_REFERENCE 0
#define DECIMAL_GLOBAL_ROUNDING 0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>

namespace tsunagu::platform::feel {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kNearestEven = 0, kDownward = 1, kUpward = 2, kTowardZero = 3, kNearestAway = 4;
constexpr int kBias = 6176;
constexpr std::size_t kMaxText = 6200;

BID_UINT128 bits(Decimal value) {
  return std::bit_cast<BID_UINT128>(value);
}
Decimal number(BID_UINT128 value) {
  return std::bit_cast<Decimal>(value);
}

}  // namespace

struct Decimal::Parts {
  Wide coefficient;
  int exponent;
  bool negative, special;
};

Decimal::Parts Decimal::parts() const {
  Parts out{};
  out.negative = (high_ >> 63) != 0;
  out.special = ((high_ >> 61) & 3) == 3;  // infinite, not a number, or a coefficient that is out of range and means 0
  out.coefficient = (static_cast<Wide>(high_ & ((1ull << 49) - 1)) << 64) | low_;
  out.exponent = static_cast<int>((high_ >> 49) & 0x3fff) - kBias;
  return out;
}

Decimal::Decimal(std::int64_t value) {
  const bool negative = value < 0;
  low_ = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  if (negative) high_ |= 1ull << 63;
}

std::optional<Decimal> Decimal::parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxText) return std::nullopt;
  std::string copy;
  copy.reserve(text.size() + 1);
  std::size_t at = 0;
  if (text[0] == '-' || text[0] == '+') copy += text[at++];
  bool digits = false;
  const auto take_digits = [&] {
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, digits = true) copy += text[at];
  };
  take_digits();
  if (at < text.size() && text[at] == '.') {
    if (!digits) copy += '0';
    copy += text[at++];
    digits = false;
    take_digits();
  }
  if (!digits) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    copy += text[at++];
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) copy += text[at++];
    digits = false;
    take_digits();
    if (!digits) return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  unsigned flags = 0;
  const Decimal out = number(bid128_from_string(copy.data(), kNearestEven, &flags));
  if (!out.finite()) return std::nullopt;
  return out;
}

std::optional<Decimal> Decimal::from_double(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return parse({buffer, static_cast<std::size_t>(end - buffer)});
}

std::string Decimal::text() const {
  const Parts p = parts();
  if (p.special) return "0";
  if (p.coefficient == 0 && p.exponent >= 0) return "0";
  char digits[40];
  int size = 0;
  for (Wide rest = p.coefficient; rest != 0 || size == 0; rest /= 10) {
    digits[size++] = static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  std::reverse(digits, digits + size);
  std::string out;
  if (p.negative && p.coefficient != 0) out += '-';
  if (p.exponent >= 0) {
    out.append(digits, static_cast<std::size_t>(size)).append(static_cast<std::size_t>(p.exponent), '0');
  } else if (-p.exponent < size) {
    out.append(digits, static_cast<std::size_t>(size + p.exponent)).append(1, '.');
    out.append(digits + size + p.exponent, static_cast<std::size_t>(-p.exponent));
  } else {
    out.append("0.").append(static_cast<std::size_t>(-p.exponent - size), '0');
    out.append(digits, static_cast<std::size_t>(size));
  }
  return out;
}

double Decimal::to_double() const {
  unsigned flags = 0;
  return bid128_to_binary64(bits(*this), kNearestEven, &flags);
}

bool Decimal::finite() const {
  return ((high_ >> 59) & 0xf) != 0xf;
}
bool Decimal::zero() const {
  const Parts p = parts();
  return finite() && (p.special || p.coefficient == 0);
}
bool Decimal::negative() const {
  return (high_ >> 63) != 0 && !zero();
}

bool Decimal::whole() const {
  if (!finite()) return false;
  if (parts().exponent >= 0) return true;
  unsigned flags = 0;
  return number(bid128_round_integral_zero(bits(*this), &flags)) == *this;
}

std::optional<std::int64_t> Decimal::to_int() const {
  const Parts p = parts();
  if (p.special) return zero() ? std::optional<std::int64_t>(0) : std::nullopt;
  if (p.exponent == 0 && p.coefficient <= static_cast<Wide>(INT64_MAX)) {
    const auto value = static_cast<std::int64_t>(p.coefficient);
    return p.negative ? -value : value;
  }
  unsigned flags = 0;
  const auto value = static_cast<std::int64_t>(bid128_to_int64_int(bits(*this), &flags));
  if ((flags & BID_INVALID_EXCEPTION) != 0) return std::nullopt;
  return value;
}

Decimal operator+(Decimal a, Decimal b) {
  unsigned flags = 0;
  return number(bid128_add(bits(a), bits(b), kNearestEven, &flags));
}
Decimal operator-(Decimal a, Decimal b) {
  unsigned flags = 0;
  return number(bid128_sub(bits(a), bits(b), kNearestEven, &flags));
}
Decimal operator*(Decimal a, Decimal b) {
  unsigned flags = 0;
  return number(bid128_mul(bits(a), bits(b), kNearestEven, &flags));
}
Decimal operator/(Decimal a, Decimal b) {
  unsigned flags = 0;
  return number(bid128_div(bits(a), bits(b), kNearestEven, &flags));
}
Decimal operator-(Decimal a) {
  if (a.zero()) return a;
  a.high_ ^= 1ull << 63;
  return a;
}
bool operator==(Decimal a, Decimal b) {
  if (a.low_ == b.low_ && a.high_ == b.high_) return true;
  unsigned flags = 0;
  return bid128_quiet_equal(bits(a), bits(b), &flags) != 0;
}
bool operator<(Decimal a, Decimal b) {
  unsigned flags = 0;
  return bid128_quiet_less(bits(a), bits(b), &flags) != 0;
}

Decimal Decimal::floor() const {
  unsigned flags = 0;
  return number(bid128_round_integral_negative(bits(*this), &flags));
}

Decimal Decimal::rounded(int scale, Rounding how) const {
  unsigned mode = kNearestEven;
  switch (how) {
    case Rounding::kHalfEven:
      break;
    case Rounding::kHalfUp:
      mode = kNearestAway;
      break;
    case Rounding::kUp:
      mode = negative() ? kDownward : kUpward;
      break;
    case Rounding::kDown:
      mode = kTowardZero;
      break;
    case Rounding::kFloor:
      mode = kDownward;
      break;
    case Rounding::kCeiling:
      mode = kUpward;
      break;
    case Rounding::kHalfDown: {
      // Half goes towards zero: cut, and add one when more than half was cut off.
      const Decimal cut = rounded(scale, Rounding::kDown);
      if (!cut.finite()) return cut;
      const Decimal rest = (*this - cut).abs();
      const Decimal away = rounded(scale, Rounding::kUp);
      return (away - *this).abs() < rest ? away : cut;
    }
  }
  const Parts p = parts();
  if (scale > kBias || scale < -kBias || p.special) return *this;
  Decimal unit = 1;
  unit.high_ = static_cast<std::uint64_t>(kBias - scale) << 49;
  unsigned flags = 0;
  return number(bid128_quantize(bits(*this), bits(unit), mode, &flags));
}

Decimal Decimal::sqrt() const {
  unsigned flags = 0;
  return number(bid128_sqrt(bits(*this), kNearestEven, &flags)).trimmed();
}
Decimal Decimal::exp() const {
  unsigned flags = 0;
  return number(bid128_exp(bits(*this), kNearestEven, &flags));
}
Decimal Decimal::log() const {
  unsigned flags = 0;
  return number(bid128_log(bits(*this), kNearestEven, &flags));
}

Decimal Decimal::power(Decimal exponent) const {
  const auto times = exponent.to_int();
  if (times && exponent.whole() && *times >= 0 && *times <= 4096) {
    Decimal out = 1, square = *this;
    for (auto rest = *times; rest != 0; rest >>= 1) {
      if ((rest & 1) != 0) out = out * square;
      if (rest > 1) square = square * square;
    }
    return out;
  }
  unsigned flags = 0;
  return number(bid128_pow(bits(*this), bits(exponent), kNearestEven, &flags)).trimmed();
}

Decimal Decimal::trimmed() const {
  Parts p = parts();
  if (p.special || p.exponent >= 0) return *this;
  if (p.coefficient == 0) return Decimal();
  while (p.exponent < 0 && p.coefficient % 10 == 0) {
    p.coefficient /= 10;
    ++p.exponent;
  }
  Decimal out;
  out.low_ = static_cast<std::uint64_t>(p.coefficient);
  out.high_ = static_cast<std::uint64_t>(p.coefficient >> 64) | (static_cast<std::uint64_t>(p.exponent + kBias) << 49);
  if (p.negative) out.high_ |= 1ull << 63;
  return out;
}

}  // namespace tsunagu::platform::feel
