// A value of FEEL: 24 bytes; numbers, dates, times and durations are held in place, everything longer by a counted
// pointer to something that never changes. Copying is cheap and safe between threads.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "platform/feel/decimal.h"
#include "platform/feel/temporal.h"

namespace tsunagu::platform::feel {

class Value;
class Function;
class Machine;
using List = std::vector<Value>;
using Context = std::vector<std::pair<std::string, Value>>;  ///< in order of definition, every name once
struct Range;

enum class Kind : unsigned char {
  kNull,
  kBoolean,
  kNumber,
  kString,
  kDate,
  kTime,
  kDateTime,
  kMonths,
  kDuration,
  kList,
  kContext,
  kRange,
  kFunction
};

class Value {
 public:
  Value() = default;
  Value(bool value) : data_(value) {}                                        // NOLINT(google-explicit-constructor)
  Value(Decimal value) : data_(value) {}                                     // NOLINT(google-explicit-constructor)
  Value(Date value) : data_(value) {}                                        // NOLINT(google-explicit-constructor)
  Value(Time value) : data_(value) {}                                        // NOLINT(google-explicit-constructor)
  Value(const DateTime& value);                                              // NOLINT(google-explicit-constructor)
  Value(Months value) : data_(value) {}                                      // NOLINT(google-explicit-constructor)
  Value(Duration value) : data_(value) {}                                    // NOLINT(google-explicit-constructor)
  Value(std::string value);                                                  // NOLINT(google-explicit-constructor)
  Value(List value);                                                         // NOLINT(google-explicit-constructor)
  Value(Context value);                                                      // NOLINT(google-explicit-constructor)
  Value(Range value);                                                        // NOLINT(google-explicit-constructor)
  Value(std::shared_ptr<const Function> value) : data_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  template <class T>
  Value(std::optional<T> value) {  // NOLINT(google-explicit-constructor): no value is null
    if (value) *this = Value(std::move(*value));
  }
  Value(const char*) = delete;
  Value(int) = delete;

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool null() const { return kind() == Kind::kNull; }
  bool is_true() const { return data_.index() == 1 && *std::get_if<bool>(&data_); }
  bool is_false() const { return data_.index() == 1 && !*std::get_if<bool>(&data_); }

  // nullptr when the value is of another kind.
  const bool* boolean() const { return std::get_if<bool>(&data_); }
  const Decimal* number() const { return std::get_if<Decimal>(&data_); }
  const std::string* string() const { return held<std::string>(); }
  const Date* date() const { return std::get_if<Date>(&data_); }
  const Time* time() const { return std::get_if<Time>(&data_); }
  const DateTime* date_time() const { return held<DateTime>(); }
  const Months* months() const { return std::get_if<Months>(&data_); }
  const Duration* duration() const { return std::get_if<Duration>(&data_); }
  const List* list() const { return held<List>(); }
  const Context* context() const { return held<Context>(); }
  const Range* range() const { return held<Range>(); }
  const Function* function() const { return held<Function>(); }

 private:
  template <class T>
  const T* held() const {
    const auto* pointer = std::get_if<std::shared_ptr<const T>>(&data_);
    return pointer == nullptr ? nullptr : pointer->get();
  }
  std::variant<std::monostate, bool, Decimal, std::shared_ptr<const std::string>, Date, Time,
               std::shared_ptr<const DateTime>, Months, Duration, std::shared_ptr<const List>,
               std::shared_ptr<const Context>, std::shared_ptr<const Range>, std::shared_ptr<const Function>>
      data_;
};

/// [low..high]. A comparison without left side is a range too, but never equal to one between ends: its null end is
/// open for ever, while a null end of an interval says nothing.
struct Range {
  enum class Form : unsigned char { kInterval, kOpen, kEqual, kUnequal };
  Value low, high;
  bool low_closed = false, high_closed = false;
  Form form = Form::kInterval;
};

/// Something that can be called: a built-in function, function(…) …, a business knowledge model, a decision service.
class Function {
 public:
  virtual ~Function() = default;
  virtual Value call(std::span<const Value> arguments, Machine& machine, std::uint32_t at) const = 0;
  /// Puts arguments by name into order; false when there is no parameter of a name or one is missing.
  virtual bool arrange(std::span<const std::string> names, std::span<const Value> given, List& arguments) const = 0;
  virtual std::size_t arity() const = 0;
};

const Value* find(const Context& context, std::string_view name);
/// Sets or adds.
void put(Context& context, std::string name, Value value);

/// DMN 1.5 table 53: empty when the two cannot be compared.
std::optional<bool> equal(const Value& a, const Value& b);
/// The same kind and equal, as `is()` wants it: 12:00Z is not 12:00+00:00.
bool same(const Value& a, const Value& b);
/// -1, 0, 1; empty when the two cannot be ordered.
std::optional<int> order(const Value& a, const Value& b);
/// Whether `value` lies in `range`; empty when it cannot be said.
std::optional<bool> contains(const Range& range, const Value& value);

/// A value for people and for string(): strings bare at the top, quoted inside.
std::string text(const Value& value);
/// As a FEEL expression would write it: strings quoted.
std::string literal(const Value& value);

}  // namespace tsunagu::platform::feel
