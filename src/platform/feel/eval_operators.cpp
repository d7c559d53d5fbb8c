// Arithmetic, comparison and logic (DMN 1.5 tables 50 to 57): what has no meaning is null with a fault.
#include <algorithm>

#include "platform/feel/node.h"

namespace tsunagu::platform::feel {
namespace {

Decimal decimal_of(Duration d) {
  return Decimal(d.seconds) + Decimal(static_cast<std::int64_t>(d.nanos)) / Decimal(kNanosPerSecond);
}

std::optional<Duration> duration_from(Decimal seconds) {
  const Decimal whole = seconds.floor();
  const auto count = whole.to_int();
  const auto nanos = ((seconds - whole) * Decimal(kNanosPerSecond)).rounded(0, Rounding::kDown).to_int();
  if (!seconds.finite() || !count || !nanos) return std::nullopt;
  return duration_of(*count, *nanos);
}

std::optional<Months> months_from(Decimal count) {
  if (!count.finite()) return std::nullopt;
  const auto whole = count.rounded(0, Rounding::kDown).to_int();
  if (!whole) return std::nullopt;
  return Months{*whole};
}

Value finite(Decimal number, Machine& machine, std::uint32_t at) {
  if (number.finite()) return number;
  return machine.fault(at, "the result is not a number with 34 digits");
}

Value numbers(Operator op, Decimal a, Decimal b, Machine& machine, std::uint32_t at) {
  switch (op) {
    case Operator::kAdd:
      return finite(a + b, machine, at);
    case Operator::kSubtract:
      return finite(a - b, machine, at);
    case Operator::kMultiply:
      return finite(a * b, machine, at);
    case Operator::kDivide:
      if (b.zero()) return machine.fault(at, "division by zero");
      return finite(a / b, machine, at);
    case Operator::kPower:
      return finite(a.power(b), machine, at);
    default:
      return {};
  }
}

std::optional<DateTime> midnight_or(const Value& value) {
  if (const DateTime* moment = value.date_time()) return *moment;
  if (const Date* date = value.date()) return DateTime{*date, {0, zone_of_offset(0)}};
  return std::nullopt;
}

/// Point ± length, point - point.
Value temporal(Operator op, const Value& a, const Value& b) {
  const bool minus = op == Operator::kSubtract;
  if (!minus && op != Operator::kAdd) return {};
  if (!minus && (a.months() != nullptr || a.duration() != nullptr) && b.months() == nullptr &&
      b.duration() == nullptr) {
    return temporal(op, b, a);
  }
  if (const Months* by = b.months()) {
    const Months months{minus ? -by->count : by->count};
    if (const Date* date = a.date()) return add(*date, months);
    if (const DateTime* moment = a.date_time()) {
      const auto date = add(moment->date, months);
      if (date) return DateTime{*date, moment->time};
      return {};
    }
    if (const Months* months_a = a.months()) {
      std::int64_t sum = 0;
      if (__builtin_add_overflow(months_a->count, months.count, &sum)) return {};
      return Months{sum};
    }
    return {};
  }
  if (const Duration* by = b.duration()) {
    const Duration length = minus ? negated(*by) : *by;
    if (const Date* date = a.date()) {
      const auto sum = add(DateTime{*date, {}}, length);
      if (sum) return sum->date;
      return {};
    }
    if (const DateTime* moment = a.date_time()) return add(*moment, length);
    if (const Time* time = a.time()) return add(*time, length);
    if (const Duration* duration = a.duration()) return add(*duration, length);
    return {};
  }
  if (!minus) return {};
  if (a.time() != nullptr && b.time() != nullptr) {
    if ((a.time()->zone == nullptr) != (b.time()->zone == nullptr)) return {};
    return add(instant(*a.time()), negated(instant(*b.time())));
  }
  if (const Date* x = a.date(), *y = b.date(); x != nullptr && y != nullptr) {
    return Duration{(day_number(*x) - day_number(*y)) * kSecondsPerDay, 0};
  }
  const auto x = midnight_or(a), y = midnight_or(b);
  if (!x || !y || (x->time.zone == nullptr) != (y->time.zone == nullptr)) return {};
  return add(instant(*x), negated(instant(*y)));
}

/// Length × number, length ÷ number, length ÷ length.
Value scaled(Operator op, const Value& a, const Value& b, Machine& machine, std::uint32_t at) {
  if (op == Operator::kMultiply && a.number() != nullptr) return scaled(op, b, a, machine, at);
  const Decimal* by = b.number();
  if (by != nullptr && op == Operator::kDivide && by->zero()) return machine.fault(at, "division by zero");
  if (const Months* months = a.months()) {
    if (by != nullptr && op == Operator::kMultiply) return months_from(Decimal(months->count) * *by);
    if (by != nullptr && op == Operator::kDivide) return months_from(Decimal(months->count) / *by);
    if (b.months() != nullptr && op == Operator::kDivide && b.months()->count != 0) {
      return Decimal(months->count) / Decimal(b.months()->count);
    }
  }
  if (const Duration* duration = a.duration()) {
    if (by != nullptr && op == Operator::kMultiply) return duration_from(decimal_of(*duration) * *by);
    if (by != nullptr && op == Operator::kDivide) return duration_from(decimal_of(*duration) / *by);
    if (b.duration() != nullptr && op == Operator::kDivide && *b.duration() != Duration{}) {
      return decimal_of(*duration) / decimal_of(*b.duration());
    }
  }
  return {};
}

const char* name_of(Kind kind) {
  static constexpr const char* kNames[] = {"null",
                                           "boolean",
                                           "number",
                                           "string",
                                           "date",
                                           "time",
                                           "date and time",
                                           "years and months duration",
                                           "days and time duration",
                                           "list",
                                           "context",
                                           "range",
                                           "function"};
  return kNames[static_cast<std::size_t>(kind)];
}

Value compared(Operator op, const Value& a, const Value& b, Machine& machine, std::uint32_t at) {
  if (op == Operator::kEqual || op == Operator::kUnequal) {
    const auto answer = equal(a, b);
    if (answer) return *answer == (op == Operator::kEqual);
  } else if (const auto way = order(a, b)) {
    switch (op) {
      case Operator::kLess:
        return *way < 0;
      case Operator::kAtMost:
        return *way <= 0;
      case Operator::kGreater:
        return *way > 0;
      default:
        return *way >= 0;
    }
  }
  return machine.fault(at, std::string(name_of(a.kind())) + " and " + name_of(b.kind()) + " cannot be compared");
}

}  // namespace

Value arithmetic(Operator op, const Value& a, const Value& b, Machine& machine, std::uint32_t at) {
  const Decimal *x = a.number(), *y = b.number();
  if (x != nullptr && y != nullptr) return numbers(op, *x, *y, machine, at);
  if (op == Operator::kAdd && a.string() != nullptr && b.string() != nullptr) {
    if (a.string()->size() + b.string()->size() > kMaxText) return machine.fault(at, "the text is too long");
    if (!machine.step(at, b.string()->size() / 16)) return {};
    return *a.string() + *b.string();
  }
  Value out;
  if (!a.null() && !b.null()) {
    out = op == Operator::kMultiply || op == Operator::kDivide ? scaled(op, a, b, machine, at) : temporal(op, a, b);
  }
  if (!out.null()) return out;
  return machine.fault(at, std::string("no such arithmetic with ") + name_of(a.kind()) + " and " + name_of(b.kind()));
}

Value Binary::eval(Frame& frame) const {
  const Value a = left->eval(frame), b = right->eval(frame);
  if (op >= Operator::kEqual) return compared(op, a, b, frame.machine, at);
  return arithmetic(op, a, b, frame.machine, at);
}

Value Negation::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (const Decimal* number = value.number()) return -*number;
  if (const Months* months = value.months(); months != nullptr && months->count != INT64_MIN)
    return Months{-months->count};
  if (const Duration* duration = value.duration()) return negated(*duration);
  return frame.machine.fault(at, std::string("- of ") + name_of(value.kind()));
}

Value Logic::eval(Frame& frame) const {
  bool unknown = false;
  for (const NodePtr& operand : operands) {
    const Value value = operand->eval(frame);
    if (conjunction ? value.is_false() : value.is_true()) return !conjunction;
    unknown = unknown || value.boolean() == nullptr;
  }
  if (unknown) return {};
  return conjunction;
}

Value Between::eval(Frame& frame) const {
  const Value value = operand->eval(frame), from = low->eval(frame), to = high->eval(frame);
  const auto above = order(from, value), below = order(value, to);
  if (!above || !below) return frame.machine.fault(at, "between needs three values that can be compared");
  return *above <= 0 && *below <= 0;
}

std::optional<bool> satisfies(const Value& value, const Value& test) {
  if (const Range* range = test.range()) {
    if (const Range* inner = value.range()) return equal(Value(*inner), test);
    return contains(*range, value);
  }
  if (const List* list = test.list()) {
    if (value.list() != nullptr && equal(value, test).value_or(false)) return true;
    return std::any_of(list->begin(), list->end(), [&](const Value& item) {
      if (item.range() != nullptr) return satisfies(value, item).value_or(false);
      return (item.kind() == value.kind() || item.null()) && equal(value, item).value_or(false);
    });
  }
  return equal(value, test);
}

Value In::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  bool unknown = false;
  for (const NodePtr& test : tests) {
    const auto answer = satisfies(value, test->eval(frame));
    if (answer.value_or(false)) return true;
    unknown = unknown || !answer;
  }
  if (unknown) return frame.machine.fault(at, "in: the value cannot be compared with its tests");
  return false;
}

Value OpenRange::eval(Frame& frame) const {
  Value value = end->eval(frame);
  Range range;
  range.form = Range::Form::kOpen;
  switch (op) {
    case Operator::kLess:
      range.high = std::move(value);
      break;
    case Operator::kAtMost:
      range.high = std::move(value), range.high_closed = true;
      break;
    case Operator::kGreater:
      range.low = std::move(value);
      break;
    case Operator::kAtLeast:
      range.low = std::move(value), range.low_closed = true;
      break;
    default:
      range.low = range.high = std::move(value);
      range.low_closed = range.high_closed = true;
      range.form = op == Operator::kUnequal ? Range::Form::kUnequal : Range::Form::kEqual;
  }
  return range;
}

Value Interval::eval(Frame& frame) const {
  Range range{low->eval(frame), high->eval(frame), low_closed, high_closed};
  if (!range.low.null() && !range.high.null()) {
    const auto way = order(range.low, range.high);
    if (!way) return frame.machine.fault(at, "the ends of the range cannot be compared");
  }
  return range;
}

Value Tests::eval(Frame& frame) const {
  if (any) return true;
  const Value& value = frame.slots[input];
  bool unknown = false, found = false;
  for (const Test& test : tests) {
    const Value answer = test.node->eval(frame);
    if (answer.boolean() != nullptr && (test.asks_itself || value.boolean() == nullptr)) {
      found = answer.is_true();
    } else {
      const auto fits = satisfies(value, answer);
      found = fits.value_or(false);
      unknown = unknown || !fits;
    }
    if (found) break;
  }
  if (found) return !negated;
  if (unknown) return {};
  return negated;
}

}  // namespace tsunagu::platform::feel
