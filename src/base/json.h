// Writing JSON into a string. Values kept by the program are *canonical JSON*: no white space, strings with the fewest
// escapes (\" \\ \b \f \n \r \t, other control characters as \u00xx, everything else as UTF-8), so that equal strings
// are equal bytes.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace tsunagu {

/// Appends `text` as a JSON string, quotes included. `text` must be UTF-8. ~1 ns per byte.
void append_json_string(std::string& out, std::string_view text);

/// The text of a canonical JSON string `json` (quotes included) without quotes and escapes.
std::string json_string_text(std::string_view json);

void append_json_number(std::string& out, double value);  ///< reads back the same; 25.0 → 25
void append_json_number(std::string& out, std::int64_t value);

/// Copies valid JSON text into canonical form. False (and `out` unspecified) when `text` is not valid JSON, nests
/// deeper than `max_depth`, or has an invalid UTF-8 string. Numbers keep their digits as written.
bool append_canonical_json(std::string& out, std::string_view text, int max_depth = 64);

/// Is `text` valid UTF-8?
bool valid_utf8(std::string_view text);

}  // namespace tsunagu
