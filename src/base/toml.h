// TOML files (toml++). Heavy: to be included in .cpp files only.
#pragma once
#include <toml++/toml.h>

#include <string_view>

#include "base/error.h"

namespace tsunagu {

/// The root of a TOML document. The error is "FILE:LINE: reason"; `file` is for it only.
Result<toml::table> parse_toml(std::string_view text, std::string_view file);

}  // namespace tsunagu
