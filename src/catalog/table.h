// A distribution as a stream of typed rows, whatever its kind, so that everything behind it — downloads, data store,
// differences — is written once.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/datasets.h"
#include "catalog/import/row.h"

namespace tsunagu::catalog {

struct Column {
  enum class Type : unsigned char { kText, kNumber, kTruth, kInstant, kJson, kGeometry };
  std::string id;
  Type type = Type::kText;
};
/// As the CKAN data store calls it: "text", "numeric", "bool", "timestamp", "json".
std::string_view type_name(Column::Type type);

/// One row: as many cells as there are columns. Valid during the call that gives it.
struct TableRow {
  std::int64_t number = 0;  ///< tells the row apart, see Table
  const std::vector<Cell>& cells;
};
using RowHandler = std::function<void(const TableRow&)>;

/// Not thread-safe; may be moved between threads. `number` of a row is stable: in a file its place from 1 (for as long
/// as the version is the same); in a query the entity's createdAt in µs since 1970, which no other entity of the store
/// has.
class Table {
 public:
  virtual ~Table() = default;
  virtual const std::vector<Column>& columns() const = 0;
  /// Gives the next rows: about a millisecond of work, a few hundred rows. True when there may be more.
  virtual Result<bool> next(const RowHandler& row) = 0;
};

/// Opens a table from its beginning; of a file the version asked for, or the newest. ResourceNotFound for a version
/// that is not remembered; OperationNotSupported for a link (its bytes are elsewhere) and for versions of a query.
Result<std::unique_ptr<Table>> open_table(const Datasets& datasets, store::TenantId tenant,
                                          const Distribution& distribution,
                                          std::optional<std::uint32_t> version = std::nullopt);
/// The file that a version of a distribution is. Errors as above.
Result<FileContent> find_version(const Datasets& datasets, store::TenantId tenant, const Distribution& distribution,
                                 std::optional<std::uint32_t> version);

/// The table in a file: UTF-8 CSV with one header line. A column is of numbers or truth values when all cells of its
/// first thousand rows are; the cells behind them that are none stay texts. Empty cells are absent. Of a column name
/// that comes twice the second one is called NAME_2; one without a name is called column_N. A row with fewer cells is
/// filled up, cells beyond the header are left out; a record that cannot be read is passed over.
/// Memory: one block of 64 KiB and its rows.
Result<std::unique_ptr<Table>> open_file_table(const Files& files, const FileId& file);

/// Column names and types of a file, without its rows. ~5 ms; remembered for the next time.
Result<std::vector<Column>> file_columns(const Files& files, const FileId& file);

/// Those of a distribution as it is now; none of a link.
Result<std::vector<Column>> columns_of(const Datasets& datasets, store::TenantId tenant,
                                       const Distribution& distribution);

}  // namespace tsunagu::catalog
