// The recommended data sets (推奨データセット): which columns a table of a kind has and how their cells are written.
// Written as TOML in data/standards; docs/studio.md is the reference.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// How the cells of a column are written.
enum class ColumnType : unsigned char {
  kText,
  kId,    ///< tells rows apart within the municipality
  kKana,  ///< full-width katakana
  kInteger,
  kNumber,
  kLatitude,  ///< decimal degrees, world geodetic system
  kLongitude,
  kCode,   ///< municipality or prefecture, 6 digits with check digit
  kDate,   ///< 2020-04-01
  kTime,   ///< 09:30
  kPhone,  ///< 011-231-4111
  kUrl,
  kWeekdays,         ///< 月火水木金
  kList,             ///< texts with ";" between
  kFlag,             ///< 有 or 無
  kMark,             ///< 1 or nothing
  kChoice,           ///< one of the codes
  kCorporateNumber,  ///< 13 digits with check digit
  kPostcode,         ///< 060-8588
  kMail,
};
std::optional<ColumnType> parse_column_type(std::string_view name);
const char* to_string(ColumnType type);  ///< "text", "latitude", "corporate_number"

struct StandardColumn {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool required = false;
  std::vector<std::string> aliases;
  std::vector<std::string> codes;  ///< kChoice
};

struct Standard {
  std::string key;
  int number = 0;
  std::string title_ja, title_en;
  std::string entity_type;
  std::string mapping;          ///< file in data/mappings
  std::vector<std::string> id;  ///< columns that tell rows apart within one municipality
  std::vector<StandardColumn> columns;

  /// Index of the column; size of `columns` when there is none.
  std::size_t find(std::string_view name) const;
};

/// Reads standards from TOML: `files` are name and text, one of them columns.toml, which the others build on. Fails
/// with file, line and reason.
Result<std::vector<Standard>> read_standards(std::span<const std::pair<std::string_view, std::string_view>> files);

/// Those compiled into the program, in order of number. The program ends when they are wrong: a test reads them.
const std::vector<Standard>& standards();
const Standard* find_standard(std::string_view key);

/// A column's name for comparison: compatibility form, small letters, hiragana as katakana, without spaces, brackets
/// and signs between. "名称（カナ）" and "名称_カナ" are the same.
std::string plain_name(std::string_view name);

/// Is it the name or an alias of a column of some standard? Fast.
bool is_known_column(std::string_view name);

}  // namespace tsunagu::catalog
