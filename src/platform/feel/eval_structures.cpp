// Names, paths, filters, iterations, functions, lists and contexts.
#include <algorithm>
#include <array>

#include "platform/feel/node.h"

namespace tsunagu::platform::feel {
namespace {

/// A function with the values around it, as they were when it was made.
class Closure final : public Function {
 public:
  Closure(std::shared_ptr<const LambdaShape> shape, List around)
      : shape_(std::move(shape)), around_(std::move(around)) {}

  Value call(std::span<const Value> arguments, Machine& machine, std::uint32_t at) const override {
    const LambdaShape& shape = *shape_;
    if (arguments.size() != shape.names.size()) {
      return machine.fault(at, "the function takes " + std::to_string(shape.names.size()) + " arguments");
    }
    if (shape.body == nullptr) return machine.fault(at, "an external function cannot be called");
    if (!machine.step(at, kCallSteps) || !machine.enter(at, shape.body->height)) return {};
    List slots(shape.slots);
    std::copy(around_.begin(), around_.end(), slots.begin());
    bool fits = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      Value value = coerced(arguments[i], shape.types[i].get(), machine, at);
      if (value.null() && !arguments[i].null()) fits = false;
      slots[shape.first + i] = std::move(value);
    }
    Value out;
    if (fits) {
      if (shape.self)
        slots[*shape.self] =
            Value(std::static_pointer_cast<const Function>(std::make_shared<Closure>(shape_, around_)));
      Frame frame{slots.data(), slots.size(), machine};
      out = shape.body->eval(frame);
      if (shape.result_type) out = coerced(std::move(out), shape.result_type.get(), machine, at);
    }
    machine.leave(shape.body->height);
    return out;
  }

  bool arrange(std::span<const std::string> names, std::span<const Value> given, List& arguments) const override {
    const auto& wanted = shape_->names;
    if (names.size() > wanted.size()) return false;
    arguments.assign(wanted.size(), Value());
    std::vector<bool> seen(wanted.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto at = std::find(wanted.begin(), wanted.end(), names[i]);
      if (at == wanted.end()) return false;
      const auto index = static_cast<std::size_t>(at - wanted.begin());
      arguments[index] = given[i];
      seen[index] = true;
    }
    return std::find(seen.begin(), seen.end(), false) == seen.end();
  }

  std::size_t arity() const override { return shape_->names.size(); }

 private:
  std::shared_ptr<const LambdaShape> shape_;
  List around_;
};

Value zone_or_null(const Time& time) {
  if (time.zone == nullptr) return {};
  std::string name = zone_name(*time.zone);
  if (name.empty()) return {};
  return name;
}

Value whole(std::int64_t number) {
  return Decimal(number);
}

Value time_property(const Time& time, std::optional<std::int32_t> offset, std::string_view name) {
  const std::int64_t seconds = time.nanos / kNanosPerSecond;
  if (name == "hour") return whole(seconds / 3600);
  if (name == "minute") return whole(seconds / 60 % 60);
  if (name == "second") {
    const auto fraction = time.nanos % kNanosPerSecond;
    if (fraction == 0) return whole(seconds % 60);
    return (Decimal(seconds % 60) + Decimal(fraction) / Decimal(kNanosPerSecond)).trimmed();
  }
  if (name == "time offset" && offset) return Duration{*offset, 0};
  if (name == "timezone") return zone_or_null(time);
  return {};
}

Value date_property(Date date, std::string_view name) {
  if (name == "year") return whole(date.year);
  if (name == "month") return whole(date.month);
  if (name == "day") return whole(date.day);
  if (name == "weekday") return whole(weekday(date));
  return {};
}

Value duration_property(Duration duration, std::string_view name) {
  const bool negative = duration.seconds < 0;
  const Duration size = negative ? negated(duration) : duration;
  const auto sign = [&](std::int64_t part) { return whole(negative ? -part : part); };
  if (name == "days") return sign(size.seconds / kSecondsPerDay);
  if (name == "hours") return sign(size.seconds % kSecondsPerDay / 3600);
  if (name == "minutes") return sign(size.seconds / 60 % 60);
  if (name == "seconds") {
    if (size.nanos == 0) return sign(size.seconds % 60);
    const Decimal out =
        (Decimal(size.seconds % 60) + Decimal(static_cast<std::int64_t>(size.nanos)) / Decimal(kNanosPerSecond))
            .trimmed();
    return negative ? -out : out;
  }
  return {};
}

Value range_property(const Range& range, std::string_view name) {
  if (range.form == Range::Form::kUnequal) return {};
  if (name == "start") return range.low;
  if (name == "end") return range.high;
  if (name == "start included") return range.low_closed;
  if (name == "end included") return range.high_closed;
  return {};
}

}  // namespace

Value property(const Value& value, std::string_view name, Machine& machine, std::uint32_t at, int depth) {
  switch (value.kind()) {
    case Kind::kContext:
      if (const Value* entry = find(*value.context(), name)) return *entry;
      break;
    case Kind::kList: {
      if (depth > 50 || !machine.step(at, value.list()->size())) return {};
      List out;
      out.reserve(value.list()->size());
      for (const Value& item : *value.list()) out.push_back(property(item, name, machine, at, depth + 1));
      return out;
    }
    case Kind::kDate: {
      Value out = date_property(*value.date(), name);
      if (!out.null()) return out;
      if (name == "hour" || name == "minute" || name == "second") return whole(0);
      if (name == "time offset") return Duration{};
      if (name == "timezone") return {};
      break;
    }
    case Kind::kTime:
      return time_property(*value.time(), offset_of(*value.time()), name);
    case Kind::kDateTime: {
      const DateTime& moment = *value.date_time();
      Value out = date_property(moment.date, name);
      if (!out.null()) return out;
      std::optional<std::int32_t> offset;
      if (moment.time.zone != nullptr) offset = offset_at(*moment.time.zone, moment.date, moment.time.nanos);
      return time_property(moment.time, offset, name);
    }
    case Kind::kMonths:
      if (name == "years") return whole(value.months()->count / 12);
      if (name == "months") return whole(value.months()->count % 12);
      break;
    case Kind::kDuration: {
      Value out = duration_property(*value.duration(), name);
      if (!out.null()) return out;
      break;
    }
    case Kind::kRange:
      return range_property(*value.range(), name);
    default:
      break;
  }
  return machine.fault(at, "there is no “" + std::string(name) + "” in " + literal(value).substr(0, 100));
}

Value Expression::eval(std::span<const Value> inputs, Machine& machine) const {
  if (root == nullptr || !machine.enter(0, root->height)) return {};
  List frame_slots(std::max(slots, inputs.size()));
  std::copy(inputs.begin(), inputs.end(), frame_slots.begin());
  Frame frame{frame_slots.data(), frame_slots.size(), machine};
  Value out = root->eval(frame);
  machine.leave(root->height);
  return out;
}

Value ItemName::eval(Frame& frame) const {
  for (const std::size_t item : items) {
    const Context* context = frame.slots[item].context();
    if (context == nullptr) continue;
    if (const Value* entry = find(*context, name)) return *entry;
  }
  if (outside != nullptr) return outside->eval(frame);
  return frame.machine.fault(at, "nothing is named “" + name + "”");
}

Value If::eval(Frame& frame) const {
  const Value value = condition->eval(frame);
  if (boxed && value.boolean() == nullptr) return frame.machine.fault(at, "the condition is neither true nor false");
  return (value.is_true() ? then : otherwise)->eval(frame);
}

Value InstanceOf::eval(Frame& frame) const {
  return instance_of(operand->eval(frame), *type, frame.machine);
}

Value Path::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (value.null()) return frame.machine.fault(at, "“" + name + "” of null");
  return property(value, name, frame.machine, at);
}

Value Filter::eval(Frame& frame) const {
  const Value value = operand->eval(frame);
  if (value.null()) return frame.machine.fault(at, "a filter of null");
  List single;
  const List* list = value.list();
  if (list == nullptr) {
    single.push_back(value);
    list = &single;
  }
  const auto pick = [&](const Decimal& number) -> Value {
    const auto index = number.to_int();
    const auto size = static_cast<std::int64_t>(list->size());
    if (!index || !number.whole() || *index == 0 || *index > size || *index < -size) {
      return frame.machine.fault(at, "there is no item " + number.text() + " in a list of " + std::to_string(size));
    }
    return (*list)[static_cast<std::size_t>(*index > 0 ? *index - 1 : size + *index)];
  };
  if (const auto* constant = dynamic_cast<const Constant*>(condition.get());
      constant != nullptr && constant->value.number() != nullptr) {
    return pick(*constant->value.number());
  }
  List out;
  if (list->empty()) {
    const std::size_t faults = frame.machine.faults.size();
    frame.slots[item] = Value();
    const Value answer = condition->eval(frame);
    frame.machine.faults.resize(std::min(faults, frame.machine.faults.size()));
    if (answer.number() != nullptr) return pick(*answer.number());
    return out;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    if (!frame.machine.step(at)) return {};
    frame.slots[item] = (*list)[i];
    const Value answer = condition->eval(frame);
    if (answer.is_true()) out.push_back((*list)[i]);
    if (i == 0 && answer.number() != nullptr) return pick(*answer.number());
    if (i == 0 && answer.boolean() == nullptr && !answer.null())
      return frame.machine.fault(at, "a filter needs a condition or a number");
  }
  return out;
}

bool expand(const Value& from, const Value& to, bool from_in, bool to_in, List& out, Machine& machine,
            std::uint32_t at) {
  std::optional<std::int64_t> first, last;
  const bool dates = from.date() != nullptr && to.date() != nullptr;
  if (dates) {
    first = day_number(*from.date()), last = day_number(*to.date());
  } else if (from.number() != nullptr && to.number() != nullptr && from.number()->whole() && to.number()->whole()) {
    first = from.number()->to_int(), last = to.number()->to_int();
  }
  constexpr std::int64_t kFar = 4'000'000'000'000'000'000;
  if (!first || !last || *first > kFar || *first < -kFar || *last > kFar || *last < -kFar) {
    machine.fault(at, "this range cannot be walked through");
    return false;
  }
  const std::int64_t step = *first <= *last ? 1 : -1;
  if (!from_in) *first += step;
  if (!to_in) *last -= step;
  if ((*last - *first) * step < 0) return true;
  const auto count = static_cast<std::uint64_t>((*last - *first) * step) + 1;
  if (count > kMaxList - std::min(kMaxList, out.size())) {
    machine.fault(at, "the range has too many items");
    return false;
  }
  if (!machine.step(at, count)) return false;
  out.reserve(out.size() + count);
  for (std::int64_t i = *first;; i += step) {
    out.push_back(dates ? Value(date_of(i)) : Value(Decimal(i)));
    if (i == *last) return true;
  }
}

namespace {

/// The items of one iteration; false: there are none to be had, and the whole is null.
bool domain(const Iterator& iterator, Frame& frame, std::uint32_t at, List& out) {
  Value from = iterator.from->eval(frame);
  if (iterator.to != nullptr) return expand(from, iterator.to->eval(frame), true, true, out, frame.machine, at);
  if (const List* list = from.list()) {
    out = *list;
    return true;
  }
  if (const Range* range = from.range()) {
    return expand(range->low, range->high, range->low_closed, range->high_closed, out, frame.machine, at);
  }
  if (from.null()) {
    frame.machine.fault(at, "nothing to walk through: null");
    return false;
  }
  out.push_back(std::move(from));
  return true;
}

/// Calls `body` for every combination, the last iterator fastest; `body` gives false to end early.
template <class Body>
bool each(const std::vector<Iterator>& iterators, std::size_t index, Frame& frame, std::uint32_t at, const Body& body,
          bool& go_on) {
  List items;
  if (!domain(iterators[index], frame, at, items)) return false;
  for (Value& item : items) {
    if (!frame.machine.step(at)) return false;
    frame.slots[iterators[index].slot] = std::move(item);
    if (index + 1 == iterators.size()) {
      go_on = body();
    } else if (!each(iterators, index + 1, frame, at, body, go_on)) {
      return false;
    }
    if (!go_on) return true;
  }
  return true;
}

}  // namespace

Value For::eval(Frame& frame) const {
  bool go_on = true;
  auto out = std::make_shared<List>();
  bool full = false;
  frame.slots[partial] = List{};
  const bool done = each(
      iterators, 0, frame, at,
      [&] {
        if (uses_partial) frame.slots[partial] = *out;
        if (uses_partial && !frame.machine.step(at, out->size())) return false;
        out->push_back(result->eval(frame));
        full = out->size() >= kMaxList;
        return !full;
      },
      go_on);
  if (full) return frame.machine.fault(at, "the list has too many items");
  if (!done || frame.machine.exhausted()) return {};
  return std::move(*out);
}

Value Quantified::eval(Frame& frame) const {
  bool go_on = true, unknown = false;
  const bool done = each(
      iterators, 0, frame, at,
      [&] {
        const Value value = condition->eval(frame);
        unknown = unknown || value.boolean() == nullptr;
        if (boxed && unknown) return false;
        return every ? !value.is_false() : !value.is_true();
      },
      go_on);
  if (!done) return {};
  if (!go_on && !(boxed && unknown)) return !every;
  if (unknown)
    return frame.machine.fault(
        at, every ? "every: a condition is neither true nor false" : "some: a condition is neither true nor false");
  return every;
}

Value Call::eval(Frame& frame) const {
  const Value callee = function->eval(frame);
  const Function* called = callee.function();
  if (called == nullptr) return frame.machine.fault(at, "this is not a function");
  if (names.empty() && arguments.size() <= 4) {
    std::array<Value, 4> given;
    for (std::size_t i = 0; i < arguments.size(); ++i) given[i] = arguments[i]->eval(frame);
    return called->call(std::span(given.data(), arguments.size()), frame.machine, at);
  }
  List given;
  given.reserve(arguments.size());
  for (const NodePtr& argument : arguments) given.push_back(argument->eval(frame));
  if (names.empty()) return called->call(given, frame.machine, at);
  List ordered;
  if (!called->arrange(names, given, ordered)) return frame.machine.fault(at, "the function has other parameters");
  return called->call(ordered, frame.machine, at);
}

Value Lambda::eval(Frame& frame) const {
  List around(frame.slots, frame.slots + shape->first);
  return Value(std::static_pointer_cast<const Function>(std::make_shared<Closure>(shape, std::move(around))));
}

Value ContextNode::eval(Frame& frame) const {
  if (twice) return frame.machine.fault(at, "two entries of the context have the same name");
  Context out;
  out.reserve(entries.size());
  for (const Entry& entry : entries) {
    Value value = entry.value->eval(frame);
    if (entry.type) value = coerced(std::move(value), entry.type.get(), frame.machine, at);
    frame.slots[entry.slot] = value;
    if (result == nullptr) out.emplace_back(entry.name, std::move(value));
  }
  if (result != nullptr) return result->eval(frame);
  return out;
}

Value ListNode::eval(Frame& frame) const {
  List out;
  out.reserve(items.size());
  for (const NodePtr& item : items) out.push_back(item->eval(frame));
  return out;
}

Value Coerced::eval(Frame& frame) const {
  return coerced(operand->eval(frame), type.get(), frame.machine, at);
}

}  // namespace tsunagu::platform::feel
