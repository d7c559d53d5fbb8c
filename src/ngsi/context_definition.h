// Parts of the @context compiler that look at one JSON value only. Only for context*.cpp.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace simdjson::dom {
class element;
class object;
}  // namespace simdjson::dom

namespace tsunagu::ngsi {

/// A keyword of JSON-LD 1.1, "@id", "@type", …
bool is_keyword(std::string_view text);
/// The name in quotes for an error message, cut when long.
std::string named(std::string_view name);
std::optional<std::string_view> text_of(const simdjson::dom::element& element);
bool is_bool(const simdjson::dom::element& element);
/// Are the members of an expanded term definition known, and of the right type? BadRequestData names the wrong one.
Result<void> check_definition(std::string_view term, const simdjson::dom::object& definition);

}  // namespace tsunagu::ngsi
