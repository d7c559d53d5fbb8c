// Numbers and booleans (DMN 1.5 clauses 10.3.4.1, 10.3.4.2 and 10.3.4.5).
#include <algorithm>
#include <array>

#include "platform/feel/arguments.h"

namespace tsunagu::platform::feel {
namespace {

Value finite_or_fault(const Arguments& a, Decimal value) {
  if (value.finite()) return value;
  return a.fault("the result is not a number with 34 digits");
}

Value rounded(const Arguments& a, Rounding how, bool scale_needed) {
  const Decimal* value = number(a, 0);
  if (value == nullptr) return a.fault("a number is needed");
  std::int64_t scale = 0;
  if (scale_needed || a.size() > 1) {
    const Decimal* wanted = number(a, 1);
    const auto digits = wanted == nullptr ? std::nullopt : wanted->rounded(0, Rounding::kDown).to_int();
    if (!digits || *digits < -6111 || *digits > 6176) return a.fault("the number of digits is out of range");
    scale = *digits;
  }
  // More digits than there are room for change nothing.
  const Decimal out = value->rounded(static_cast<int>(scale), how);
  return out.finite() ? Value(out) : Value(*value);
}

template <class Compute>
Value computed(const Arguments& a, const Compute& compute) {
  const Decimal* value = number(a, 0);
  if (value == nullptr) return a.fault("a number is needed");
  return compute(*value);
}

Value modulo(const Arguments& a) {
  const Decimal *dividend = number(a, 0), *divisor = number(a, 1);
  if (dividend == nullptr || divisor == nullptr) return a.fault("modulo needs two numbers");
  if (divisor->zero()) return a.fault("division by zero");
  return finite_or_fault(a, *dividend - *divisor * (*dividend / *divisor).floor());
}

Value absolute(const Arguments& a) {
  const Value& value = single(a[0]);
  if (const Decimal* n = value.number()) return n->abs();
  if (const Months* months = value.months()) return Months{months->count < 0 ? -months->count : months->count};
  if (const Duration* duration = value.duration()) return duration->seconds < 0 ? negated(*duration) : *duration;
  return a.fault("abs needs a number or a duration");
}

Value parity(const Arguments& a, bool odd) {
  const Decimal* value = number(a, 0);
  if (value == nullptr) return a.fault("a number is needed");
  if (!value->whole()) return false;
  const Decimal rest = *value - Decimal(2) * (*value / Decimal(2)).floor();
  return rest.zero() != odd;
}

Value to_number(const Arguments& a) {
  if (a.size() == 1 && single(a[0]).number() != nullptr) return single(a[0]);
  const std::string* from = string(a, 0);
  if (from == nullptr) return a.fault("number needs a string");
  const auto sign = [&](std::size_t i, std::string_view allowed) -> std::optional<char> {
    if (!given(a, i)) return '\0';
    const std::string* text = string(a, i);
    if (text == nullptr || text->size() != 1 || allowed.find((*text)[0]) == std::string_view::npos) return std::nullopt;
    return (*text)[0];
  };
  const auto grouping = sign(1, " ,."), point = sign(2, ".,");
  if (!grouping || !point || (*grouping != '\0' && *grouping == *point))
    return a.fault("the separators are not those of a number");
  std::string plain;
  for (const char c : *from) {
    if (*grouping != '\0' && c == *grouping) continue;
    plain += *point != '\0' && c == *point ? '.' : c;
  }
  if (plain.starts_with('+')) return a.fault("this is not a number");
  const auto out = Decimal::parse(plain);
  if (!out) return a.fault("“" + from->substr(0, 100) + "” is not a number");
  return *out;
}

Value negate(const Arguments& a) {
  const Value& value = single(a[0]);
  if (value.boolean() == nullptr) return a.fault("not needs true or false");
  return !*value.boolean();
}

/// What is not given is null.
Value identical(const Arguments& a) {
  if (a.size() == 0) return a.fault("is needs two values");
  return same(a[0], a.size() > 1 ? a[1] : Value());
}

constexpr std::array kForms = {
    Form{"decimal", "n, scale", 2, [](const Arguments& a) { return rounded(a, Rounding::kHalfEven, true); }},
    Form{"floor", "n, scale", 1, [](const Arguments& a) { return rounded(a, Rounding::kFloor, false); }},
    Form{"ceiling", "n, scale", 1, [](const Arguments& a) { return rounded(a, Rounding::kCeiling, false); }},
    Form{"round up", "n, scale", 2, [](const Arguments& a) { return rounded(a, Rounding::kUp, true); }},
    Form{"round down", "n, scale", 2, [](const Arguments& a) { return rounded(a, Rounding::kDown, true); }},
    Form{"round half up", "n, scale", 2, [](const Arguments& a) { return rounded(a, Rounding::kHalfUp, true); }},
    Form{"round half down", "n, scale", 2, [](const Arguments& a) { return rounded(a, Rounding::kHalfDown, true); }},
    Form{"abs", "n", 1, absolute},
    Form{"modulo", "dividend, divisor", 2, modulo},
    Form{"sqrt", "number", 1,
         [](const Arguments& a) {
           return computed(
               a, [&](Decimal n) { return n.negative() ? a.fault("the root of a negative number") : Value(n.sqrt()); });
         }},
    Form{"log", "number", 1,
         [](const Arguments& a) {
           return computed(a, [&](Decimal n) {
             return n.negative() || n.zero() ? a.fault("the logarithm needs a positive number") : Value(n.log());
           });
         }},
    Form{"exp", "number", 1,
         [](const Arguments& a) { return computed(a, [&](Decimal n) { return finite_or_fault(a, n.exp()); }); }},
    Form{"odd", "number", 1, [](const Arguments& a) { return parity(a, true); }},
    Form{"even", "number", 1, [](const Arguments& a) { return parity(a, false); }},
    Form{"number", "from, grouping separator, decimal separator", 1, to_number},
    Form{"not", "negand", 1, negate},
    Form{"is", "value1, value2", 0, identical},
};

}  // namespace

Forms number_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
