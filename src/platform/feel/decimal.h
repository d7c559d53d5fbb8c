// Numbers of FEEL: IEEE 754-2008 decimal128, 34 digits, rounding half to even. Sixteen bytes, copied like an int.
// The arithmetic is that of the Intel Decimal Floating-Point Math Library; it is included in decimal.cpp only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu::platform::feel {

enum class Rounding : unsigned char { kHalfEven, kHalfUp, kHalfDown, kUp, kDown, kFloor, kCeiling };

class Decimal {
 public:
  constexpr Decimal() = default;
  Decimal(std::int64_t value);  // NOLINT(google-explicit-constructor): a whole number is a number
  Decimal(int value) : Decimal(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)

  /// "-12.50e3", ".5"; empty when it is something else or not finite.
  static std::optional<Decimal> parse(std::string_view text);
  /// The shortest decimal that reads back as `value`; empty when it is not finite.
  static std::optional<Decimal> from_double(double value);

  /// All digits, without exponent: "12300", "0.05".
  std::string text() const;
  double to_double() const;
  bool finite() const;
  bool zero() const;
  bool negative() const;  ///< less than zero
  bool whole() const;     ///< no fraction
  /// The number without its fraction; empty when it does not fit.
  std::optional<std::int64_t> to_int() const;

  friend Decimal operator+(Decimal a, Decimal b);
  friend Decimal operator-(Decimal a, Decimal b);
  friend Decimal operator*(Decimal a, Decimal b);
  friend Decimal operator/(Decimal a, Decimal b);
  friend Decimal operator-(Decimal a);
  friend bool operator==(Decimal a, Decimal b);
  friend bool operator<(Decimal a, Decimal b);
  friend bool operator<=(Decimal a, Decimal b) { return !(b < a); }

  Decimal abs() const { return negative() ? -*this : *this; }
  Decimal floor() const;
  /// With `scale` digits after the point (negative: zeros before it); not finite when it does not fit into 34 digits.
  Decimal rounded(int scale, Rounding how) const;
  Decimal sqrt() const;
  Decimal exp() const;
  Decimal log() const;
  Decimal power(Decimal exponent) const;
  /// Without zeros at the end of the fraction.
  Decimal trimmed() const;

 private:
  struct Parts;
  Parts parts() const;
  std::uint64_t low_ = 0, high_ = 0x3040000000000000;  // the bits of decimal128 with a binary integer coefficient
};

}  // namespace tsunagu::platform::feel
