// Text → tree (DMN 1.5 clause 10.3.1.2). Refused texts come back with the byte where they went wrong; nesting is
// limited, the parser never throws. Not thread-safe with the same Names.
#pragma once
#include <string_view>
#include <tl/expected.hpp>

#include "platform/feel/names.h"
#include "platform/feel/node.h"

namespace tsunagu::platform::feel {

struct SyntaxFault {
  std::uint32_t at = 0;
  std::string message;
};
template <class T>
using Parsed = tl::expected<T, SyntaxFault>;

/// An expression in the scope of `names`.
Parsed<NodePtr> parse_expression(std::string_view source, Names& names);
/// Unary tests ("-", "< 10", "not(1, 2)") on the value in slot `input`, which `?` names.
Parsed<NodePtr> parse_tests(std::string_view source, Names& names, std::size_t input);
/// A type: "list<number>", "tPerson".
Parsed<TypePtr> parse_type(std::string_view source, Names& names);

/// The whole in one call: the inputs get the first slots in this order.
Parsed<Expression> compile(std::string_view source, std::span<const std::string> inputs);

constexpr int kMaxHeight = 400;  ///< nodes below each other in one expression

}  // namespace tsunagu::platform::feel
