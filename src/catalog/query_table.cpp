#include "catalog/query_table.h"

#include "base/uri.h"

namespace tsunagu::catalog {

std::string_view type_name(Column::Type type) {
  switch (type) {
    case Column::Type::kNumber:
      return "numeric";
    case Column::Type::kTruth:
      return "bool";
    case Column::Type::kInstant:
      return "timestamp";
    case Column::Type::kJson:
    case Column::Type::kGeometry:
      return "json";
    case Column::Type::kText:
      break;
  }
  return "text";
}

Result<ngsi::Selection> make_selection(const QueryContent& content, const QueryTableOptions& options) {
  const ngsi::ContextPtr context = ngsi::core_context();
  ngsi::Selection selection;
  auto types = ngsi::parse_types(content.type, *context);
  if (!types) return tl::unexpected(types.error());
  selection.types = std::move(*types);
  const auto add = [&](const std::string& text) -> Result<void> {
    auto q = ngsi::parse_q(text, *context);
    if (!q) return tl::unexpected(q.error());
    selection.q.push_back(std::move(*q));
    return {};
  };
  if (!content.q.empty()) {
    if (auto done = add(content.q); !done) return tl::unexpected(done.error());
  }
  for (const std::string& text : options.q) {
    if (auto done = add(text); !done) return tl::unexpected(done.error());
  }
  selection.ids = options.ids;
  if (!options.order_by.empty()) {
    auto order = ngsi::parse_order_by(options.order_by, *context);
    if (!order) return tl::unexpected(order.error());
    selection.order = std::move(*order);
    if (auto done = ngsi::set_collation(selection, "und"); !done) return tl::unexpected(done.error());
  }
  selection.at = now();
  return selection;
}

Result<std::unique_ptr<QueryTable>> QueryTable::open(const broker::Broker& broker, store::TenantId tenant,
                                                     const QueryContent& content, QueryTableOptions options) {
  auto shape = QueryShape::of(broker, tenant, content);
  if (!shape) return tl::unexpected(shape.error());
  auto selection = make_selection(content, options);
  if (!selection) return tl::unexpected(selection.error());
  broker::PageRequest request;
  request.any_of.push_back(std::move(*selection));
  request.offset = options.offset;
  request.limit = options.limit;
  request.count = options.count;
  return std::unique_ptr<QueryTable>(
      new QueryTable(std::move(*shape), broker::PageQuery(broker.store, tenant, std::move(request))));
}

Result<bool> QueryTable::next(const RowHandler& row) {
  return next_records([&](const ngsi::Record& record) {
    shape_->fill(record, cells_);
    row({record.created_at().us, cells_});
  });
}

Result<bool> QueryTable::next_records(const std::function<void(const ngsi::Record&)>& take) {
  constexpr std::size_t kAtOnce = 500;
  std::vector<ngsi::RecordPtr>& page = query_.page();
  if (place_ == page.size() && more_) {
    page.clear();
    place_ = 0;
    const auto more = query_.turn();
    if (!more) return more;
    more_ = *more;
  }
  for (std::size_t n = 0; place_ < page.size() && n < kAtOnce; ++n) {
    const ngsi::RecordPtr record = std::move(page[place_++]);
    take(*record);
  }
  return more_ || place_ < page.size();
}

Result<FileContent> find_version(const Datasets& datasets, store::TenantId tenant, const Distribution& distribution,
                                 std::optional<std::uint32_t> version) {
  const auto* now = std::get_if<FileContent>(&distribution.content);
  if (now == nullptr) {
    return fail(ErrorCode::kOperationNotSupported,
                distribution.id + " is no file: it has no versions (the graph remembers the history of its entities)");
  }
  if (!version || *version == now->version) return *now;
  auto versions = datasets.versions(tenant, distribution.id);
  if (!versions) return tl::unexpected(versions.error());
  for (Version& each : *versions) {
    if (each.content.version == *version) return std::move(each.content);
  }
  return fail(ErrorCode::kResourceNotFound, distribution.id + " has no version " + std::to_string(*version));
}

Result<std::unique_ptr<Table>> open_table(const Datasets& datasets, store::TenantId tenant,
                                          const Distribution& distribution, std::optional<std::uint32_t> version) {
  if (const auto* link = std::get_if<LinkContent>(&distribution.content)) {
    return fail(ErrorCode::kOperationNotSupported, "this distribution is not kept here; it is at " + link->url);
  }
  const auto* query = std::get_if<QueryContent>(&distribution.content);
  if (query != nullptr && !version) {
    if (auto publishable = datasets.check_publishable(tenant, *query); !publishable) {
      return tl::unexpected(publishable.error());
    }
    return QueryTable::open(datasets.broker(), tenant, *query, {});
  }
  auto file = find_version(datasets, tenant, distribution, version);
  if (!file) return tl::unexpected(file.error());
  return open_file_table(datasets.files(), file->file);
}

Result<std::vector<Column>> columns_of(const Datasets& datasets, store::TenantId tenant,
                                       const Distribution& distribution) {
  if (const auto* query = std::get_if<QueryContent>(&distribution.content)) {
    if (auto publishable = datasets.check_publishable(tenant, *query); !publishable) {
      return tl::unexpected(publishable.error());
    }
    const auto shape = QueryShape::of(datasets.broker(), tenant, *query);
    if (!shape) return tl::unexpected(shape.error());
    return (*shape)->columns();
  }
  const auto* file = std::get_if<FileContent>(&distribution.content);
  return file == nullptr ? Result<std::vector<Column>>() : file_columns(datasets.files(), file->file);
}

}  // namespace tsunagu::catalog
