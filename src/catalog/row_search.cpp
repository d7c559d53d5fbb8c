#include "catalog/row_search.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "base/hash.h"
#include "base/json_object.h"
#include "base/text.h"
#include "base/uri.h"
#include "broker/ranking.h"
#include "catalog/fold.h"
#include "catalog/table_writer.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kNumberField = static_cast<std::size_t>(-1);  // stands for _id

Result<std::size_t> find_field(const std::vector<Column>& columns, std::string_view name) {
  if (name == kRowNumber) return kNumberField;
  const auto at = std::ranges::find(columns, name, [](const Column& c) { return std::string_view(c.id); });
  if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
  return bad("there is no field \"" + std::string(name) + "\"");
}

/// One form for texts and numbers that read alike: 5, 5.0 and "5".
std::string plain(const Cell& cell) {
  if (const auto number = parse_number<double>(cell.text); number && std::isfinite(*number)) {
    std::string out;
    append_json_number(out, *number);
    return out;
  }
  return cell.text;
}

struct Filter {
  std::size_t field;
  std::unordered_set<std::string> any_of;
  bool holds(const TableRow& row) const {
    if (field == kNumberField) return any_of.contains(std::to_string(row.number));
    const Cell& cell = row.cells[field];
    return cell.kind != Cell::Kind::kAbsent && (any_of.contains(cell.text) || any_of.contains(plain(cell)));
  }
};
struct Text {
  std::optional<std::size_t> field;
  std::string folded;
  bool holds(const TableRow& row) const {
    const auto has = [this](const Cell& cell) { return fold(cell.text).find(folded) != std::string::npos; };
    return field ? has(row.cells[*field]) : std::ranges::any_of(row.cells, has);
  }
};
struct Order {
  std::size_t field;
  bool descending;
};

/// Bytes that compare in the order of the cell: numbers, then texts, then nothing.
void append_sort_key(std::string& key, const Cell& cell, bool descending) {
  const std::size_t begin = key.size();
  const auto number = cell.kind == Cell::Kind::kNumber ? parse_number<double>(cell.text) : std::nullopt;
  if (number) {
    std::uint64_t bits = 0;
    const double value = *number == 0 ? 0 : *number;
    std::memcpy(&bits, &value, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | std::uint64_t{1} << 63;
    key += '\1';
    for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(bits >> shift & 0xFF);
  } else if (cell.kind == Cell::Kind::kAbsent) {
    key += '\xFF';  // last in both directions
  } else {
    key += '\2';
    for (const char c : cell.text) {
      key += c;
      if (c == '\0') key += '\1';
    }
    key.append(2, '\0');
  }
  if (!descending || cell.kind == Cell::Kind::kAbsent) return;
  for (std::size_t i = begin; i < key.size(); ++i) key[i] = static_cast<char>(~key[i]);
}

}  // namespace

struct RowSearch::State {
  RowRequest request;
  std::unique_ptr<Table> table;
  QueryTable* paged = nullptr;  ///< the table, when the graph does offset, limit and total by itself
  std::vector<Filter> filters;
  std::vector<Text> texts;
  std::vector<Order> order;
  std::vector<std::size_t> fields;
  std::vector<Column> columns;
  std::unique_ptr<TableWriter> csv;
  std::vector<std::string> names;  ///< of fields, as JSON with colon
  std::unordered_set<std::uint64_t> seen;
  broker::Ranking<std::string> ranking;
  std::string records;
  std::vector<Cell> chosen;
  std::uint64_t matches = 0, given = 0;
  bool done = false, too_many = false;

  Result<void> read(const std::vector<Column>& all);
  void print(std::string& out, const TableRow& row);
  void print_record(const ngsi::Record& record);
  void add(std::string_view record) {
    if (given++ > 0 && !csv) records += ',';
    records += record;
  }
  void take(const TableRow& row);
};

Result<void> RowSearch::State::read(const std::vector<Column>& all) {
  if (request.fields.empty()) {
    fields.push_back(kNumberField);
    for (std::size_t i = 0; i < all.size(); ++i) fields.push_back(i);
  }
  for (const std::string& name : request.fields) {
    const auto field = find_field(all, name);
    if (!field) return tl::unexpected(field.error());
    fields.push_back(*field);
  }
  for (const std::size_t field : fields) {
    columns.push_back(field == kNumberField ? Column{std::string(kRowNumber), Column::Type::kNumber} : all[field]);
  }
  for (const RowText& text : request.texts) {
    Text made{std::nullopt, fold(text.text)};
    if (!text.column.empty()) {
      const auto field = find_field(all, text.column);
      if (!field) return tl::unexpected(field.error());
      if (*field == kNumberField) return bad("q cannot look into _id; use filters");
      made.field = *field;
    }
    texts.push_back(std::move(made));
  }
  const bool csv_form = request.form == RowRequest::Form::kCsv || request.form == RowRequest::Form::kTsv;
  if (csv_form) {
    csv = csv_writer(
        columns,
        {.delimiter = request.form == RowRequest::Form::kCsv ? ',' : '\t', .header = false, .harmless = false});
  }
  for (const Column& column : columns) {
    std::string& name = names.emplace_back();
    append_json_string(name, column.id);
    name += ':';
  }
  chosen.resize(fields.size());
  return {};
}

void RowSearch::State::print(std::string& out, const TableRow& row) {
  if (csv) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      chosen[i] =
          fields[i] == kNumberField ? Cell{Cell::Kind::kNumber, std::to_string(row.number)} : row.cells[fields[i]];
    }
    return csv->row(out, {row.number, chosen});
  }
  const bool objects = request.form == RowRequest::Form::kObjects;
  out += objects ? '{' : '[';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    if (objects) out += names[i];
    if (fields[i] == kNumberField) {
      append_json_number(out, row.number);
    } else {
      append_cell_json(out, row.cells[fields[i]]);
    }
  }
  out += objects ? '}' : ']';
}

/// A row of a live query, without a detour over cells.
void RowSearch::State::print_record(const ngsi::Record& record) {
  if (given++ > 0) records += ',';
  const bool objects = request.form == RowRequest::Form::kObjects;
  records += objects ? '{' : '[';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) records += ',';
    if (objects) records += names[i];
    if (fields[i] == kNumberField) {
      append_json_number(records, record.created_at().us);
    } else {
      paged->shape().append_json(records, record, fields[i]);
    }
  }
  records += objects ? '}' : ']';
}

void RowSearch::State::take(const TableRow& row) {
  for (const Filter& filter : filters) {
    if (!filter.holds(row)) return;
  }
  for (const Text& text : texts) {
    if (!text.holds(row)) return;
  }
  if (request.distinct) {
    std::string record;
    print(record, row);
    if (!seen.insert(hash64(record)).second) return;
    too_many = too_many || seen.size() > kMaxDistinct;
  }
  ++matches;
  if (!order.empty()) {
    std::string key, record;
    for (const Order& each : order) {
      if (each.field == kNumberField) {
        append_sort_key(key, {Cell::Kind::kNumber, std::to_string(row.number)}, each.descending);
      } else {
        append_sort_key(key, row.cells[each.field], each.descending);
      }
    }
    print(record, row);
    ranking.offer(std::move(key), std::move(record));
    return;
  }
  if (paged != nullptr) {
    if (given++ > 0 && !csv) records += ',';
    return print(records, row);
  }
  if (matches <= request.offset || given >= request.limit) return;
  std::string record;
  print(record, row);
  add(record);
}

RowSearch::RowSearch(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowSearch::~RowSearch() = default;

namespace {

/// What the graph's indexes and order can do of a request: the rest is left in it.
Result<QueryTableOptions> for_the_graph(const QueryShape& shape, RowRequest& request) {
  QueryTableOptions options;
  const std::vector<Column>& columns = shape.columns();
  std::vector<RowFilter> rest;
  for (RowFilter& filter : request.filters) {
    const auto field = find_field(columns, filter.column);
    if (!field) return tl::unexpected(field.error());
    if (*field == kNumberField) {
      std::string q = "createdAt==";
      bool good = !filter.any_of.empty();
      for (const Cell& value : filter.any_of) {
        const auto us = parse_number<std::int64_t>(value.text);
        good = good && us && *us > 0 && *us < 253'402'300'800'000'000;
        if (!good) break;
        if (q.back() != '=') q += ',';
        append_instant(q, Instant{*us});
      }
      if (!good) return bad("_id is a number");
      options.q.push_back(std::move(q));
    } else if (*field == 0 && options.ids.empty() && !filter.any_of.empty() &&
               std::ranges::all_of(filter.any_of, [](const Cell& c) { return is_absolute_uri(c.text); })) {
      for (const Cell& value : filter.any_of) options.ids.push_back(value.text);
    } else if (auto q = shape.q_for(*field, filter.any_of)) {
      options.q.push_back(std::move(*q));
    } else {
      rest.push_back(std::move(filter));
    }
  }
  request.filters = std::move(rest);
  for (const RowOrder& order : request.order) {
    const auto field = find_field(columns, order.column);
    if (!field) return tl::unexpected(field.error());
    const auto key = *field == kNumberField ? std::optional<std::string>("createdAt") : shape.order_for(*field);
    if (!key) return bad("the rows of a live query cannot be sorted by " + order.column);
    if (!options.order_by.empty()) options.order_by += ',';
    options.order_by.append(*key).append(order.descending ? ";desc" : "");
  }
  request.order.clear();
  return options;
}

}  // namespace

Result<std::unique_ptr<RowSearch>> RowSearch::open(const Datasets& datasets, store::TenantId tenant,
                                                   const Distribution& distribution, RowRequest request) {
  auto state = std::make_unique<State>();
  if (const auto* query = std::get_if<QueryContent>(&distribution.content)) {
    if (auto publishable = datasets.check_publishable(tenant, *query); !publishable) {
      return tl::unexpected(publishable.error());
    }
    const auto shape = QueryShape::of(datasets.broker(), tenant, *query);
    if (!shape) return tl::unexpected(shape.error());
    auto options = for_the_graph(**shape, request);
    if (!options) return tl::unexpected(options.error());
    const bool whole = request.filters.empty() && request.texts.empty() && !request.distinct;
    if (whole) {
      options->offset = request.offset;
      options->limit = request.limit;
      options->count = request.total;
    }
    auto table = QueryTable::open(datasets.broker(), tenant, *query, std::move(*options));
    if (!table) return tl::unexpected(table.error());
    if (whole) state->paged = table->get();
    state->table = std::move(*table);
  } else {
    auto table = open_table(datasets, tenant, distribution);
    if (!table) return tl::unexpected(table.error());
    state->table = std::move(*table);
    if (!request.order.empty() && request.offset + request.limit > kMaxSorted) {
      return fail(ErrorCode::kTooComplexQuery, "a file is sorted for the first 200,000 rows: ask for less, or filter");
    }
  }
  const std::vector<Column>& columns = state->table->columns();
  for (const RowFilter& filter : request.filters) {
    const auto field = find_field(columns, filter.column);
    if (!field) return tl::unexpected(field.error());
    Filter made{*field, {}};
    for (const Cell& value : filter.any_of) made.any_of.insert({value.text, plain(value)});
    state->filters.push_back(std::move(made));
  }
  for (const RowOrder& order : request.order) {
    const auto field = find_field(columns, order.column);
    if (!field) return tl::unexpected(field.error());
    state->order.push_back({*field, order.descending});
  }
  state->request = std::move(request);
  state->ranking = broker::Ranking<std::string>(state->request.offset + state->request.limit);
  if (auto done = state->read(columns); !done) return tl::unexpected(done.error());
  const bool csv = state->csv != nullptr;
  if (!csv) state->records = "[";
  return std::unique_ptr<RowSearch>(new RowSearch(std::move(state)));
}

Result<bool> RowSearch::turn() {
  State& state = *state_;
  if (state.done) return false;
  const bool straight = state.paged != nullptr && !state.csv;
  const auto more =
      straight ? state.paged->next_records([&state](const ngsi::Record& record) { state.print_record(record); })
               : state.table->next([&state](const TableRow& row) { state.take(row); });
  if (!more) return more;
  if (state.too_many) {
    return fail(ErrorCode::kTooComplexQuery, "there are more than 1,000,000 different rows: filter, or leave distinct");
  }
  const bool enough =
      state.paged == nullptr && state.order.empty() && !state.request.total && state.given >= state.request.limit;
  if (*more && !enough) return true;
  state.done = true;
  if (!state.order.empty()) {
    std::vector<std::string> sorted;
    state.ranking.take(state.request.offset, sorted);
    for (const std::string& record : sorted) state.add(record);
  }
  if (!state.csv) state.records += ']';
  return false;
}

const std::vector<Column>& RowSearch::fields() const {
  return state_->columns;
}
std::string RowSearch::take_records() {
  return std::move(state_->records);
}
std::optional<std::uint64_t> RowSearch::total() const {
  if (!state_->request.total) return std::nullopt;
  return state_->paged != nullptr ? state_->paged->total() : std::optional(state_->matches);
}

}  // namespace tsunagu::catalog
