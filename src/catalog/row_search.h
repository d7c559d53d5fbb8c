// Rows of a distribution that were asked for: filters, text, order, offset and limit, total; what the CKAN data store
// answers. Filters on a live query go through the indexes of the graph.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/query_table.h"
#include "catalog/table.h"

namespace tsunagu::catalog {

inline constexpr std::string_view kRowNumber = "_id";

struct RowFilter {
  std::string column;        ///< or kRowNumber
  std::vector<Cell> any_of;  ///< the cell is one of these; texts and numbers that read alike are the same
};
struct RowText {
  std::string column;  ///< "": any
  std::string text;    ///< found anywhere in the cell, full-width and half-width, large and small letters alike
};
struct RowOrder {
  std::string column;
  bool descending = false;
};

struct RowRequest {
  std::vector<RowFilter> filters{};   ///< all must hold
  std::vector<RowText> texts{};       ///< all must hold
  std::vector<RowOrder> order{};      ///< none: as they come
  std::vector<std::string> fields{};  ///< none: _id and all
  bool distinct = false;              ///< rows whose fields are alike once
  std::uint64_t offset = 0, limit = 100;
  bool total = true;
  enum class Form : unsigned char { kObjects, kLists, kCsv, kTsv } form = Form::kObjects;
};

/// Not thread-safe; may be moved between threads. BadRequestData names a field that is not there.
class RowSearch {
 public:
  static constexpr std::uint64_t kMaxSorted = 200'000;    ///< offset + limit, when a file is sorted
  static constexpr std::size_t kMaxDistinct = 1'000'000;  ///< different rows that are remembered

  static Result<std::unique_ptr<RowSearch>> open(const Datasets& datasets, store::TenantId tenant,
                                                 const Distribution& distribution, RowRequest request);
  ~RowSearch();

  /// Works for about a millisecond. True when there is more to do.
  Result<bool> turn();

  /// The columns of the answer, in order, `_id` included when it is one.
  const std::vector<Column>& fields() const;
  // When turn() said false:
  /// The records: a JSON array, or of kCsv and kTsv the text.
  std::string take_records();
  std::optional<std::uint64_t> total() const;

 private:
  struct State;
  explicit RowSearch(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::catalog
