// Files of data/ that are compiled into the program: standards, mappings, the table of municipalities.
#pragma once
#include <span>
#include <string_view>
#include <utility>

namespace tsunagu::catalog {

/// Path below data/ ("standards/01-aed.toml") and text.
std::span<const std::pair<std::string_view, std::string_view>> shipped_files();
/// The text; "" when there is no such file.
std::string_view shipped_file(std::string_view path);

}  // namespace tsunagu::catalog
