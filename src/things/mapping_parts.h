// What reading and writing by a mapping share. Internal to Mapping.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu::things {

/// The value at an RFC 6901 pointer; empty when there is none.
std::string_view value_at(std::string_view json, std::string_view pointer);
/// Digits of both cases, with spaces, colons and hyphens between them or not.
std::optional<std::string> from_hex(std::string_view text);
/// Of a JSON text what it says, of anything else its JSON.
std::string text_of(std::string_view json);

}  // namespace tsunagu::things
