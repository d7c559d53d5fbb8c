// Expressions and what they give, side by side, both as FEEL writes them.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "platform/feel/parser.h"

namespace tsunagu::platform::feel {

/// The value as a literal; "! message" when the text is refused.
inline std::string give(const std::string& source, std::vector<std::pair<std::string, Value>> inputs = {}) {
  std::vector<std::string> names;
  List values;
  for (auto& [name, value] : inputs) {
    names.push_back(name);
    values.push_back(value);
  }
  const auto expression = compile(source, names);
  if (!expression) return "! " + std::to_string(expression.error().at) + ": " + expression.error().message;
  Machine machine;
  return literal(expression->eval(values, machine));
}

using Pairs = std::vector<std::pair<const char*, const char*>>;
inline void expect_all(const Pairs& pairs) {
  for (const auto& [source, wanted] : pairs) EXPECT_EQ(give(source), wanted) << source;
}

}  // namespace tsunagu::platform::feel
