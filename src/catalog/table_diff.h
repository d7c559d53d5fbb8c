// What changed between two versions of a table, cell by cell.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catalog/table.h"

namespace tsunagu::catalog {

struct ChangedCell {
  std::string column, before, after;
};
struct ChangedRow {
  enum class State : unsigned char { kAdded, kRemoved, kChanged } state = State::kAdded;
  std::vector<std::string> key;    ///< texts of the key's columns
  std::vector<ChangedCell> cells;  ///< those that differ; of a row added or removed, those that are not empty
};
struct TableDiff {
  std::vector<std::string> key;  ///< the columns rows are told apart by; empty: rows are compared whole
  std::vector<std::string> added_columns, removed_columns;
  std::uint64_t added = 0, removed = 0, changed = 0, unchanged = 0;
  std::vector<ChangedRow> rows;  ///< those of the page: added and changed in the order of `after`, then removed
  bool more = false;             ///< there are rows behind the page
};

/// Opens a version from its beginning.
using OpenTable = std::function<Result<std::unique_ptr<Table>>()>;

/// Compares by the columns `key` (those that both have; with none left, by whole rows) the columns that both have. Of
/// rows with the same key the first is compared with the first, and so on. Reads each version twice; memory: ~120 bytes
/// per row of `before`, and the page. Takes ~2 s per million rows: not for a connection's thread. ContentTooLarge
/// beyond 3 million rows.
Result<TableDiff> compare_tables(const OpenTable& before, const OpenTable& after, const std::vector<std::string>& key,
                                 std::uint64_t offset, std::uint64_t limit);

}  // namespace tsunagu::catalog
