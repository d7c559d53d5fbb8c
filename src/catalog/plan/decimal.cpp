#include "catalog/plan/decimal.h"

#include <algorithm>
#include <charconv>

namespace tsunagu::catalog {
namespace {

using Wide = Decimal::Wide;

std::string digits_of(Wide units) {
  std::string out;
  do {
    out += static_cast<char>('0' + static_cast<int>(units % 10));
    units /= 10;
  } while (units != 0);
  std::reverse(out.begin(), out.end());
  return out;
}

Wide absolute(Wide value) {
  return value < 0 ? -value : value;
}

}  // namespace

std::optional<Wide> Decimal::scaled(Wide units, int by) {
  for (; by > 0; --by) {
    if (__builtin_mul_overflow(units, Wide{10}, &units)) return std::nullopt;
  }
  return units;
}

std::optional<Decimal> Decimal::parse(std::string_view json) {
  const bool negative = json.starts_with('-');
  if (negative) json.remove_prefix(1);
  Decimal out;
  bool point = false, any = false;
  int digits = 0;
  std::size_t i = 0;
  for (; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '.' && !point && any) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    if (point && out.scale_ == kMaxScale) continue;
    if (out.units_ != 0 || c != '0') ++digits;
    if (digits > kMaxDigits) return std::nullopt;
    out.units_ = out.units_ * 10 + (c - '0');
    if (point) ++out.scale_;
  }
  if (!any || (point && json[i - 1] == '.')) return std::nullopt;
  if (i < json.size()) {
    if (json[i] != 'e' && json[i] != 'E') return std::nullopt;
    std::string_view power = json.substr(i + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    int exponent = 0;
    const auto [stop, fault] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (fault != std::errc{} || stop != power.data() + power.size() || exponent > kMaxDigits || exponent < -kMaxDigits)
      return std::nullopt;
    out.scale_ -= exponent;
    if (out.scale_ < 0) {
      const auto more = scaled(out.units_, -out.scale_);
      if (!more) return std::nullopt;
      out.units_ = *more;
      out.scale_ = 0;
    }
    for (; out.scale_ > kMaxScale; --out.scale_) out.units_ /= 10;
  }
  if (negative) out.units_ = -out.units_;
  return out;
}

std::optional<Decimal> Decimal::quotient(const Decimal& a, const Decimal& b, int digits, Rounding rounding) {
  if (b.units_ == 0 || digits < 0 || digits > kMaxScale) return std::nullopt;
  // a / b = (a.units · 10^b.scale) / (b.units · 10^a.scale)
  const int shift = digits + b.scale_ - a.scale_;
  const auto above = scaled(a.units_, std::max(shift, 0)), below = scaled(b.units_, std::max(-shift, 0));
  if (!above || !below) return std::nullopt;
  Decimal out;
  out.scale_ = digits;
  out.units_ = *above / *below;  // towards zero
  if (rounding == Rounding::kHalfUp) {
    const Wide rest = absolute(*above % *below), whole = absolute(*below);
    if (rest >= whole - rest) out.units_ += (*above < 0) == (*below < 0) ? 1 : -1;
  }
  return out;
}

std::optional<Decimal> Decimal::sum(const Decimal& a, const Decimal& b) {
  Decimal out;
  out.scale_ = std::max(a.scale_, b.scale_);
  const auto x = scaled(a.units_, out.scale_ - a.scale_), y = scaled(b.units_, out.scale_ - b.scale_);
  if (!x || !y || __builtin_add_overflow(*x, *y, &out.units_)) return std::nullopt;
  return out;
}

std::optional<Decimal> Decimal::product(const Decimal& a, const Decimal& b) {
  Decimal out;
  if (__builtin_mul_overflow(a.units_, b.units_, &out.units_)) return std::nullopt;
  for (out.scale_ = a.scale_ + b.scale_; out.scale_ > 0 && out.units_ % 10 == 0; --out.scale_) out.units_ /= 10;
  if (out.scale_ > 2 * kMaxScale) return std::nullopt;
  return out;
}

Decimal Decimal::negated() const {
  Decimal out = *this;
  out.units_ = -units_;
  return out;
}

std::string Decimal::fixed(int digits) const {
  Wide units = absolute(units_);
  int scale = scale_;
  for (; scale > digits; --scale) units /= 10;
  if (const auto more = scaled(units, digits - scale); more && scale < digits) {
    units = *more;
  } else if (scale < digits) {
    digits = scale;  // as many as there is room for
  }
  std::string out = digits_of(units);
  if (digits > 0) {
    if (out.size() <= static_cast<std::size_t>(digits))
      out.insert(0, static_cast<std::size_t>(digits) + 1 - out.size(), '0');
    out.insert(out.size() - static_cast<std::size_t>(digits), ".");
  }
  return units_ < 0 && units != 0 ? "-" + out : out;
}

std::string Decimal::text() const {
  std::string out = fixed(scale_);
  if (scale_ > 0) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) out.pop_back();
  }
  return out;
}

double Decimal::number() const {
  const std::string digits = text();
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  const int scale = std::max(scale_, other.scale_);
  const auto a = scaled(units_, scale - scale_), b = scaled(other.units_, scale - other.scale_);
  if (a && b) return *a <=> *b;
  return number() < other.number() ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::optional<Decimal> achievement(const Decimal& value, const Decimal& target, bool smaller_is_better) {
  if (smaller_is_better) return std::nullopt;
  const auto hundredfold = Decimal::product(value, Decimal(100));
  if (!hundredfold) return std::nullopt;
  return Decimal::quotient(*hundredfold, target, 1, Rounding::kTruncate);
}

}  // namespace tsunagu::catalog
