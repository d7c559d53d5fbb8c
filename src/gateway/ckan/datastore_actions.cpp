// datastore_search, datastore_info.
#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "base/url.h"
#include "catalog/row_search.h"
#include "gateway/ckan/call.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::opendata {
namespace walk = ngsi::walk;
namespace {

using catalog::Cell;
using catalog::RowRequest;

constexpr std::uint64_t kMaxRows = 32'000, kDefaultRows = 100;
constexpr std::size_t kMaxFilterValues = 10'000;

Cell cell_of(std::string_view json) {
  if (walk::is_string(json)) return {Cell::Kind::kText, json_string_text(json)};
  return {walk::is_number(json) ? Cell::Kind::kNumber : Cell::Kind::kBoolean, std::string(json)};
}

CkanResult<void> read_filters(const CkanCall& call, RowRequest& request) {
  const std::string json = call.json("filters");
  if (json.empty()) return {};
  if (!walk::is_object(json)) {
    return tl::unexpected(CkanError::invalid("filters", "Not a JSON object: {\"field\": value or [values]}"));
  }
  std::size_t values = 0;
  bool good = true;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    catalog::RowFilter filter{json_string_text(key), {}};
    const auto take = [&](std::string_view one) {
      good = good && !walk::is_object(one) && !walk::is_array(one) && one != "null";
      filter.any_of.push_back(cell_of(one));
      return !good || ++values > kMaxFilterValues;
    };
    if (walk::is_array(value)) {
      walk::any_element(value, take);
    } else {
      take(value);
    }
    request.filters.push_back(std::move(filter));
    return !good || values > kMaxFilterValues;
  });
  if (!good) return tl::unexpected(CkanError::invalid("filters", "Values are texts, numbers, true or false"));
  if (values > kMaxFilterValues) return tl::unexpected(CkanError::invalid("filters", "More than 10,000 values"));
  return {};
}

void read_texts(const CkanCall& call, RowRequest& request) {
  const std::string json = call.json("q");
  if (walk::is_object(json)) {
    walk::any_member(json, [&](std::string_view key, std::string_view value) {
      request.texts.push_back({json_string_text(key), cell_of(value).text});
      return false;
    });
  } else if (const std::string text = call.text("q"); !text.empty()) {
    request.texts.push_back({"", text});
  }
}

/// "capacity desc, name": names may be quoted.
CkanResult<void> read_order(const CkanCall& call, RowRequest& request) {
  for (const std::string& each : call.list("sort")) {
    std::string_view name = trim(each);
    catalog::RowOrder order;
    for (const auto& [end, descending] : {std::pair<std::string_view, bool>(" desc", true), {" asc", false}}) {
      if (name.size() <= end.size() || !equal_ignoring_case(name.substr(name.size() - end.size()), end)) continue;
      order.descending = descending;
      name = trim(name.substr(0, name.size() - end.size()));
      break;
    }
    for (const std::string_view behind : {" nulls first", " nulls last", " NULLS FIRST", " NULLS LAST"}) {
      if (name.ends_with(behind)) return tl::unexpected(CkanError::invalid("sort", "nulls come last always"));
    }
    if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    order.column = name;
    request.order.push_back(std::move(order));
  }
  if (request.order.size() > 20) return tl::unexpected(CkanError::invalid("sort", "More than 20 fields"));
  return {};
}

CkanResult<RowRequest> read_request(const CkanCall& call) {
  RowRequest request;
  if (auto done = read_filters(call, request); !done) return tl::unexpected(done.error());
  read_texts(call, request);
  if (auto done = read_order(call, request); !done) return tl::unexpected(done.error());
  request.fields = call.list("fields");
  const auto distinct = call.truth("distinct", false), total = call.truth("include_total", true);
  if (!distinct) return tl::unexpected(distinct.error());
  if (!total) return tl::unexpected(total.error());
  request.distinct = *distinct;
  request.total = *total;
  const auto limit = call.natural("limit", kDefaultRows, kMaxRows),
             offset = call.natural("offset", 0, 1'000'000'000'000);
  if (!limit) return tl::unexpected(limit.error());
  if (!offset) return tl::unexpected(offset.error());
  request.limit = *limit;
  request.offset = *offset;
  using Form = RowRequest::Form;
  const std::string form = call.text("records_format");
  constexpr std::array<std::pair<std::string_view, Form>, 4> kForms{
      {{"objects", Form::kObjects}, {"lists", Form::kLists}, {"csv", Form::kCsv}, {"tsv", Form::kTsv}}};
  const auto known = std::ranges::find(kForms, form, [](const auto& each) { return each.first; });
  if (known == kForms.end() && !form.empty()) {
    return tl::unexpected(CkanError::invalid("records_format", "Value must be one of objects, lists, csv, tsv"));
  }
  if (!form.empty()) request.form = known->second;
  return request;
}

std::string fields_json(const std::vector<catalog::Column>& columns) {
  std::string out = "[";
  for (const catalog::Column& column : columns) {
    if (out.size() > 1) out += ',';
    const bool number = column.id == catalog::kRowNumber;
    JsonObject(out).text("id", column.id).text("type", number ? "int" : catalog::type_name(column.type)).end();
  }
  return out + "]";
}

/// A search on its way.
struct Run {
  CkanCallPtr call;
  std::unique_ptr<catalog::RowSearch> search;
  std::string resource;
  std::uint64_t limit = 0, offset = 0;
};

std::string link(const Run& run) {
  std::string url = "/api/3/action/datastore_search?resource_id=" + percent_encode(run.resource);
  for (const std::string_view name :
       {"q", "filters", "sort", "fields", "distinct", "records_format", "include_total"}) {
    if (!run.call->has(name)) continue;
    url.append("&").append(name).append("=");
    append_percent_encoded(url, run.call->text(name));
  }
  return url.append("&limit=").append(std::to_string(run.limit));
}

void finish(Run& run) {
  CkanCall& call = *run.call;
  const auto total = run.search->total();
  std::string out;
  JsonObject result(out);
  result.truth("include_total", total.has_value()).text("resource_id", run.resource);
  result.json("fields", fields_json(run.search->fields()));
  const std::string form = call.text("records_format");
  result.text("records_format", form.empty() ? "objects" : form);
  const std::string records = run.search->take_records();
  if (form == "csv" || form == "tsv") {
    result.text("records", records);
  } else {
    result.json("records", records);
  }
  result.number("limit", run.limit);
  if (run.offset > 0) result.number("offset", run.offset);
  for (const std::string_view name : {"filters", "q"}) {
    const std::string json = call.json(name);
    if (!json.empty()) result.json(name, json);
  }
  if (call.has("sort")) result.text("sort", call.text("sort"));
  const std::string start = link(run);
  JsonObject(result.member("_links"))
      .text("start", start)
      .text("next", start + "&offset=" + std::to_string(run.offset + run.limit))
      .end();
  if (total) result.number("total", *total).truth("total_was_estimated", false);
  result.end();
  call.send(out);
}

void step(const std::shared_ptr<Run>& run) {
  if (run->call->reply.client_gone()) return;
  const auto more = run->search->turn();
  if (!more) return run->call->send(CkanError::of(more.error()));
  if (!*more) return finish(*run);
  run->call->reply.defer([run] { step(run); });
}

CkanResult<catalog::Distribution> find_resource(const CkanCall& call, std::string_view parameter) {
  const std::string id = call.text(parameter);
  if (id.empty()) return tl::unexpected(CkanError::invalid(std::string(parameter), "Missing value"));
  auto distribution = call.parts.datasets.distribution(call.tenant, id);
  const bool link = distribution && std::holds_alternative<catalog::LinkContent>(distribution->content);
  if (!distribution || link) {
    return tl::unexpected(CkanError::not_found("Resource \"" + id + "\" was not found."));
  }
  return std::move(*distribution);
}

void datastore_search(const CkanCallPtr& call) {
  const auto distribution = find_resource(*call, "resource_id");
  if (!distribution) return call->send(distribution.error());
  auto request = read_request(*call);
  if (!request) return call->send(request.error());
  auto run = std::make_shared<Run>();
  run->call = call;
  run->resource = distribution->id;
  run->limit = request->limit;
  run->offset = request->offset;
  auto search = catalog::RowSearch::open(call->parts.datasets, call->tenant, *distribution, std::move(*request));
  if (!search) return call->send(CkanError::of(search.error()));
  run->search = std::move(*search);
  step(run);
}

void datastore_info(const CkanCallPtr& call) {
  const auto distribution = find_resource(*call, call->has("resource_id") ? "resource_id" : "id");
  if (!distribution) return call->send(distribution.error());
  const auto columns = catalog::columns_of(call->parts.datasets, call->tenant, *distribution);
  if (!columns) return call->send(CkanError::of(columns.error()));
  std::string out, schema;
  JsonObject types(schema);
  for (const catalog::Column& column : *columns) {
    std::string name;
    append_json_string(name, column.id);
    append_json_string(types.member(std::string_view(name).substr(1, name.size() - 2)), type_name(column.type));
  }
  types.end();
  JsonObject result(out);
  JsonObject meta(result.member("meta"));
  meta.text("id", distribution->id).text("table_type", "BASE TABLE");
  if (const auto* file = std::get_if<catalog::FileContent>(&distribution->content)) meta.number("count", file->rows);
  meta.end();
  result.json("schema", schema).json("fields", fields_json(*columns)).end();
  call->send(out);
}

}  // namespace

std::vector<CkanAction> datastore_actions() {
  return {
      {"datastore_search",
       "Rows of a resource. resource_id; filters, q, sort, fields, distinct, limit (100, at most 32000), offset, "
       "include_total, records_format (objects, lists, csv, tsv).",
       datastore_search},
      {"datastore_info", "The fields of a resource. id.", datastore_info},
  };
}

}  // namespace tsunagu::gateway::opendata
