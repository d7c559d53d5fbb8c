// FEEL: a text that is refused, or an expression that is evaluated, also as unary tests and as a type.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "platform/feel/parser.h"

using namespace tsunagu::platform::feel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string inputs[] = {"a", "b c", "?"};
  const Value values[] = {Decimal(3), Context{{"d e", List{Decimal(1), Decimal(2)}}}, Decimal(5)};
  Machine machine(20'000);
  if (const auto expression = compile(text, inputs)) static_cast<void>(literal(expression->eval(values, machine)));
  Names names;
  for (const std::string& input : inputs) names.define(input);
  if (auto tests = parse_tests(text, names, 2)) {
    const Expression expression{std::shared_ptr<const Node>(std::move(*tests)), names.slots()};
    static_cast<void>(expression.eval(values, machine));
  }
  static_cast<void>(parse_type(text, names));
  return 0;
}
