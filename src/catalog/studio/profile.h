// What the columns of a table hold, by a sample of their cells; and which standard they are written after. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/studio/forms.h"
#include "catalog/studio/standard.h"
#include "catalog/table/row_file.h"

namespace tsunagu::catalog {

struct ColumnProfile {
  std::string name;
  ColumnType type = ColumnType::kText;  ///< what nine of ten cells are; kText when unsure
  DateOrder order = DateOrder::kUnknown;
  bool pairs = false;                 ///< "latitude,longitude" in one cell
  std::size_t seen = 0;               ///< cells looked at that are not empty
  std::vector<std::string> examples;  ///< three different ones
};

/// Looks at up to 500 records (fewer of a very wide table) spread over those from `data` on, and, for the order of
/// dates such as 1/2/2020, at up to 100,000.
std::vector<ColumnProfile> profile_columns(const RowFile& rows, std::size_t data, std::vector<std::string> names);

struct Match {
  const Standard* standard = nullptr;
  double confidence = 0;  ///< 0 to 1
  /// By column of the standard: the file's column, or kNone.
  std::vector<std::size_t> columns;
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};

/// How well the columns are those of `standard`, and which is which. `hint`: text about the table (file name, what
/// stands before the header) that may name it.
Match match_standard(const Standard& standard, const std::vector<ColumnProfile>& columns, std::string_view hint);
/// All standards, the best first; a confidence below kSure means that none should be taken by itself.
std::vector<Match> match_standards(const std::vector<ColumnProfile>& columns, std::string_view hint);
inline constexpr double kSure = 0.4;

}  // namespace tsunagu::catalog
