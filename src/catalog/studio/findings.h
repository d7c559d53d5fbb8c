// What is not as it should be in a table, and how it is repaired.
#pragma once
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/studio/disclosure.h"
#include "catalog/studio/work_table.h"
#include "catalog/table/read_table.h"

namespace tsunagu::catalog {

enum class FindingKind : unsigned char {
  // of cells
  kForm,  ///< not in the form of its type; told by the type's name
  kPlaceholder,
  kSpaces,
  kLines,
  kWidth,
  kRequired,
  // of rows
  kSwapped,
  kOutside,
  kHalf,      ///< only one of latitude and longitude
  kCodeName,  ///< code and name are those of two municipalities, or there is no such code
  kDuplicateId,
  kDuplicateRow,
  kEmptyRow,
  kRagged,
  // of the table
  kDatum,
  kEmptyColumn,
  kMissingColumn,
  kPairColumn,
  kAddressParts,
  kPersonal,
  kSmallGroups,
  kExactAge,
  // of the file
  kOtherEncoding,
  kUnreadable,
  kBrokenRecord,
};
enum class Severity : unsigned char { kError, kWarning, kNote };
const char* to_string(Severity severity);

struct Finding {
  FindingKind kind;
  Form::Fit fit = Form::Fit::kWrong;  ///< kForm: how sure its repair is
  ColumnType type = ColumnType::kText;
  Severity severity = Severity::kWarning;
  std::string column;  ///< "" for the whole
  std::size_t column_at = WorkColumn::kNone;
  std::size_t count = 0;
  std::vector<std::size_t> rows;  ///< the first 20
  std::string example, after;     ///< a cell as it is, and repaired
  std::string detail;             ///< for the message
  std::optional<Step> repair;

  std::string id() const;    ///< "date:開始日"; "?" behind the kind: its repair is a guess, "!": there is none
  std::string name() const;  ///< of the kind: "date", "duplicate_id"
};
/// {Japanese, English}
std::pair<std::string, std::string> finding_message(const Finding& finding);

/// One thing found in a row.
struct Hit {
  FindingKind kind;
  std::size_t column = WorkColumn::kNone;
  Form::Fit fit = Form::Fit::kWrong;
  std::string after;
};
/// Everything that a row shows by itself (repetitions need all rows). Pure. ~2 µs for 25 columns that are fine.
void check_row(const WorkTable& table, const WorkRow& row, std::vector<Hit>& out);

struct Analysis {
  std::vector<Finding> findings;                         ///< errors first
  std::vector<bool> kept;                                ///< by row: will be published
  std::vector<bool> flagged;                             ///< by row: has a finding
  std::vector<std::size_t> repeated_ids, repeated_rows;  ///< sorted
  std::vector<std::size_t> filled;                       ///< by column: cells that are not empty
  std::size_t rows = 0;                                  ///< that will be published
  std::size_t cells = 0, faulty_cells = 0;               ///< of these rows
  Disclosure disclosure;

  std::size_t count(Severity severity) const;
  /// In `findings`; kNone when a hit was not counted.
  std::size_t find(const Hit& hit) const;
  std::unordered_map<std::uint64_t, std::size_t> places;  ///< of hits in `findings`
};

/// Looks at every row once. `done` counts rows; nothing comes out when `stop` is set meanwhile.
std::optional<Analysis> analyse(const WorkTable& table, const std::vector<ReadNote>& notes,
                                std::atomic<std::uint64_t>& done, const std::atomic<bool>& stop);

}  // namespace tsunagu::catalog
