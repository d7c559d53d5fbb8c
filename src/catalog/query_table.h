// The table of a live query: entities of a type as rows, their attributes as columns.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/query.h"
#include "catalog/table.h"

namespace tsunagu::catalog {

/// A column and where it comes from.
struct QueryColumn {
  enum class Part : unsigned char { kId, kValue, kLanguage, kLongitude, kLatitude, kObservedAt };
  Column column;
  Part part = Part::kValue;
  std::string attribute;  ///< short name
  ngsi::TermId term;
  std::string language;
  bool vocabulary = false;  ///< the values are IRIs of a vocabulary, shown by their short names
};

/// The columns of a query. First `id`, then the attributes asked for, or all that the type has, `name` first. As the
/// first 200 entities show them: a LanguageProperty is one column in Japanese (or the language there is) with the
/// attribute's name and one NAME_TAG for each other language; a GeoProperty of points alone is `latitude` and
/// `longitude` (NAME_latitude, NAME_longitude unless it is `location`), any other one a column of GeoJSON; an attribute
/// asked for as NAME.observedAt the time of its value.
class QueryShape {
 public:
  /// BadRequestData for a type, attribute or q that cannot be. Cost: ~100 µs, remembered until something is written.
  static Result<std::shared_ptr<const QueryShape>> of(const broker::Broker& broker, store::TenantId tenant,
                                                      const QueryContent& content);

  const std::vector<QueryColumn>& query_columns() const { return parts_; }
  const std::vector<Column>& columns() const { return columns_; }

  /// What says in the NGSI-LD query language that the column has one of these values; empty when an index of the graph
  /// cannot tell.
  std::optional<std::string> q_for(std::size_t column, const std::vector<Cell>& values) const;
  /// What orderBy calls it; empty when there is no such order.
  std::optional<std::string> order_for(std::size_t column) const;
  /// The cells of one entity.
  void fill(const ngsi::Record& record, std::vector<Cell>& cells) const;
  /// One of them as JSON, straight from the record: what append_cell_json() would write.
  void append_json(std::string& out, const ngsi::Record& record, std::size_t column) const;

 private:
  void add(const store::Store& store, store::TenantId tenant, const QueryContent& content);
  std::vector<QueryColumn> parts_;
  std::vector<Column> columns_;
};
using QueryShapePtr = std::shared_ptr<const QueryShape>;

struct QueryTableOptions {
  std::vector<std::string> q;    ///< besides that of the content; all must hold
  std::vector<std::string> ids;  ///< only these entities; empty: any
  std::string order_by;          ///< as the parameter orderBy; "": as they come
  std::uint64_t offset = 0, limit = std::uint64_t{1} << 62;
  bool count = false;
};
/// What selects the entities. BadRequestData.
Result<ngsi::Selection> make_selection(const QueryContent& content, const QueryTableOptions& options);

class QueryTable final : public Table {
 public:
  static Result<std::unique_ptr<QueryTable>> open(const broker::Broker& broker, store::TenantId tenant,
                                                  const QueryContent& content, QueryTableOptions options);
  const std::vector<Column>& columns() const override { return shape_->columns(); }
  Result<bool> next(const RowHandler& row) override;
  /// The same, for those who read records by themselves.
  Result<bool> next_records(const std::function<void(const ngsi::Record&)>& take);
  const QueryShape& shape() const { return *shape_; }
  /// When next() said false, if asked for.
  std::optional<std::uint64_t> total() const { return query_.total(); }
  const store::Plan& plan() const { return query_.plan(); }

 private:
  QueryTable(QueryShapePtr shape, broker::PageQuery query)
      : shape_(std::move(shape)), query_(std::move(query)), cells_(shape_->columns().size()) {}
  QueryShapePtr shape_;
  broker::PageQuery query_;
  std::vector<Cell> cells_;
  std::size_t place_ = 0;
  bool more_ = true;
};

}  // namespace tsunagu::catalog
