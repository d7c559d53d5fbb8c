// Tables in files (RFC 4180, UTF-8, a head line; no line breaks inside fields), row by row.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tsunagu::sim {

/// Calls `see` for each row with the fields of `columns`, in their order; those of columns that are missing are empty.
/// False when the file cannot be read.
bool rows(const std::filesystem::path& file, const std::vector<std::string>& columns,
          const std::function<void(const std::vector<std::string>&)>& see);

}  // namespace tsunagu::sim
