// Exact decimal numbers, for figures that are printed in a plan: 13.5 % of 16.0 % is 84.375 %, and the plan
// prints 84.3.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu::catalog {

enum class Rounding : unsigned char {
  kHalfUp,    ///< 0.25 → 0.3, -0.25 → -0.3
  kTruncate,  ///< 0.29 → 0.2
};

/// units · 10^-scale. A value type; no operation is inexact, those that cannot be say so.
class Decimal {
 public:
  __extension__ using Wide = __int128;
  static constexpr int kMaxScale = 15;
  static constexpr int kMaxDigits = 30;

  constexpr Decimal() = default;
  constexpr explicit Decimal(std::int64_t units, int scale = 0) : units_(units), scale_(scale) {}

  /// A JSON number ("13.5", "-2e3"). Empty for anything else. Digits behind the 15th of the fraction are dropped; a
  /// number of more than 30 digits is none.
  static std::optional<Decimal> parse(std::string_view json);

  /// a / b with so many digits behind the point. Empty when b is 0 or the digits do not suffice.
  static std::optional<Decimal> quotient(const Decimal& a, const Decimal& b, int digits, Rounding rounding);
  std::optional<Decimal> rounded(int digits, Rounding rounding) const {
    return quotient(*this, Decimal(1), digits, rounding);
  }

  /// Empty when the digits do not suffice.
  static std::optional<Decimal> sum(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> product(const Decimal& a, const Decimal& b);
  Decimal negated() const;

  /// As JSON writes it, without zeros at the end: "84.3", "16".
  std::string text() const;
  /// With exactly so many digits behind the point (those beyond are dropped): "16.0".
  std::string fixed(int digits) const;
  double number() const;
  bool is_zero() const { return units_ == 0; }

  bool operator==(const Decimal& other) const { return (*this <=> other) == std::strong_ordering::equal; }
  std::strong_ordering operator<=>(const Decimal& other) const;

 private:
  static std::optional<Wide> scaled(Wide units, int by);
  Wide units_ = 0;
  int scale_ = 0;
};

/// How much of the target is reached, in percent, truncated to 0.1 as the plan prints it. Empty where a smaller value
/// is better (the plan prints ー) and where the target is 0.
std::optional<Decimal> achievement(const Decimal& value, const Decimal& target, bool smaller_is_better);

}  // namespace tsunagu::catalog
