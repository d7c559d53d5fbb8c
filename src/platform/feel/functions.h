// The built-in functions of DMN 1.5 clause 10.3.4. Names resolve to one value each; calls by position and by name reach
// the form that fits. A wrong argument gives null and a fault.
#pragma once
#include <span>
#include <string_view>

#include "platform/feel/machine.h"

namespace tsunagu::platform::feel {

struct Arguments {
  std::span<const Value> values;
  Machine& machine;
  std::uint32_t at;

  std::size_t size() const { return values.size(); }
  const Value& operator[](std::size_t i) const { return values[i]; }
  Value fault(std::string message) const { return machine.fault(at, std::move(message)); }
};

/// One form of a built-in function.
struct Form {
  std::string_view name;
  std::string_view parameters;  ///< separated by commas; with `…` at the end for as many as are given
  std::size_t needed;           ///< of them, those that must be there
  Value (*run)(const Arguments& arguments);
};

/// The forms of a file of built-in functions.
using Forms = std::span<const Form>;
Forms string_functions();
Forms list_functions();
Forms number_functions();
Forms temporal_functions();
Forms context_functions();
Forms range_functions();

/// The longest name of a built-in function at the front of `words`; null and count 0 when there is none.
struct Builtin {
  std::size_t tokens = 0;
  Value value;
  std::string_view name;
};
struct Token;
Builtin find_builtin(std::span<const Token> tokens);
/// By its whole name; null when there is none.
Value builtin(std::string_view name);

}  // namespace tsunagu::platform::feel
