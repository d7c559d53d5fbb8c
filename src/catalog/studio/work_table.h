// An uploaded table as it stands: its records, the header found or told, the steps taken since, and which column is
// which of the standard. Rows are made when asked for; nothing is copied. Immutable, so thread-safe.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/studio/places.h"
#include "catalog/studio/profile.h"
#include "catalog/studio/standard.h"
#include "catalog/studio/step.h"
#include "catalog/table/row_file.h"

namespace tsunagu::catalog {

/// What its owner told about the table; the rest is found.
struct TableSettings {
  std::optional<std::size_t> header_row;  ///< record from 1; 0: there is none
  std::optional<std::string> standard;    ///< key, "" for none; unset: the one that fits
  std::string municipality;               ///< code of six digits, or ""
  /// Column of the standard → column of the table, or "" for none.
  std::map<std::string, std::string> columns;
};

struct WorkColumn {
  std::string name;
  std::size_t source = kMade;    ///< column of the file, or kMade
  std::size_t standard = kNone;  ///< column of the standard, or kNone
  FormRule rule;
  bool required = false;
  bool dropped = false;         ///< is not to be published
  std::size_t profile = kNone;  ///< in profiles()
  static constexpr std::size_t kMade = static_cast<std::size_t>(-1), kNone = kMade;
};

struct WorkRow {
  std::size_t number = 0;  ///< from 0, whatever steps have left out
  std::size_t line = 0;    ///< of the file
  std::vector<std::string> cells;
  bool dropped = false;
  bool ragged = false;  ///< the file has more cells here than there are columns
};

class WorkTable {
 public:
  WorkTable(std::shared_ptr<const RowFile> records, TableSettings settings, std::vector<Step> steps,
            std::shared_ptr<const Places> places, std::string hint);
  ~WorkTable();
  WorkTable(const WorkTable&) = delete;
  WorkTable& operator=(const WorkTable&) = delete;

  std::size_t rows() const { return rows_; }  ///< of the file, dropped ones included
  const std::vector<WorkColumn>& columns() const { return columns_; }
  const std::vector<ColumnProfile>& profiles() const { return profiles_; }
  std::size_t header_row() const { return header_row_; }                  ///< record from 1; 0: none
  const std::vector<std::string>& preamble() const { return preamble_; }  ///< what stands before the data, a line each
  const Standard* standard() const { return standard_; }
  double confidence() const { return confidence_; }
  const std::vector<Match>& candidates() const { return candidates_; }  ///< the best three
  /// Code of the municipality the table is of: told, or found in the first row that has one; "" for neither.
  const std::string& municipality() const { return municipality_; }
  /// Columns of the standard that are required and not there.
  std::vector<std::string> missing() const;
  const TableSettings& settings() const { return settings_; }
  const std::vector<Step>& steps() const { return steps_; }
  const Places& places() const { return *places_; }

  /// Index in columns(); kNone when there is none.
  std::size_t find(std::string_view name) const;
  std::size_t of_standard(std::string_view name) const;
  /// The first column of the type that is of the standard (or is known by its name); kNone.
  std::size_t of_type(ColumnType type) const;

  /// The form of a cell of the column; see form_of. A code is read by what municipalities there are.
  Form form(const WorkColumn& column, std::string_view text) const;
  /// Columns of latitude and longitude; kNone, unless there are both.
  std::pair<std::size_t, std::size_t> coordinates() const { return coordinates_; }

  /// Row `n` with all steps done.
  void row(std::size_t n, WorkRow& out) const;
  /// Row `n` as it came, by columns().
  void original(std::size_t n, WorkRow& out) const;
  /// visit(const WorkRow&) for each row, dropped ones too; may return false to stop.
  template <class Visit>
  void for_each(std::size_t from, Visit visit) const {
    WorkRow row;
    records_->for_each(data_ + from, data_ + rows_, [&](std::size_t n, const TableRecord& record) {
      take(n - data_, record, row);
      shape(row);
      return visit(static_cast<const WorkRow&>(row));
    });
  }

 private:
  struct Action;
  void find_header_row(std::string& hint);
  void find_municipality();
  void add_made_columns();
  void choose_standard(const std::string& hint);
  void make_rules();
  void compile_steps();
  void add_column(const std::string& name);
  void take(std::size_t n, const TableRecord& record, WorkRow& row) const;
  void shape(WorkRow& row) const;

  std::shared_ptr<const RowFile> records_;
  TableSettings settings_;
  std::vector<Step> steps_;
  std::shared_ptr<const Places> places_;
  std::size_t header_row_ = 0, data_ = 0, rows_ = 0;
  std::vector<std::string> preamble_;
  std::vector<ColumnProfile> profiles_;
  std::vector<WorkColumn> columns_;
  const Standard* standard_ = nullptr;
  double confidence_ = 0;
  std::string municipality_;
  std::pair<std::size_t, std::size_t> coordinates_{WorkColumn::kNone, WorkColumn::kNone};
  std::vector<Match> candidates_;
  std::vector<Action> actions_;
};

}  // namespace tsunagu::catalog
