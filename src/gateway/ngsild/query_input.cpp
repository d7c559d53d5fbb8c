#include "gateway/ngsild/query_input.h"

#include <algorithm>

#include "base/text.h"
#include "base/uri.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

std::optional<std::string> text(const QueryString& query, std::string_view name) {
  const auto value = query.get(name);
  if (!value) return std::nullopt;
  return std::string(*value);
}

/// Reads a list parameter into `into`.
Result<void> read_names(const QueryString& query, std::string_view name, std::vector<std::string>& into) {
  const auto value = query.get(name);
  if (!value) return {};
  auto list = read_list(name, *value);
  if (!list) return tl::unexpected(list.error());
  into = std::move(*list);
  return {};
}

/// Parameters that only federation would use: read, checked, and without effect here.
Result<void> check_unused(const Call& call, const QueryInput& input) {
  for (const std::string_view name : {"splitEntities", "entityMap"}) {
    if (auto flag = read_flag(call, name); !flag) return tl::unexpected(flag.error());
  }
  if (input.csf) {
    if (auto csf = ngsi::parse_q(*input.csf, *call.context); !csf) return bad("csf: " + csf.error().detail);
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> read_list(std::string_view name, std::string_view list) {
  std::vector<std::string> items;
  if (list.ends_with(',')) return bad("parameter " + std::string(name) + " ends in a comma");
  do {
    const std::string_view item = trim(take_until(list, ','));
    if (item.empty()) return bad("parameter " + std::string(name) + " has an empty element");
    items.emplace_back(item);
  } while (!list.empty());
  return items;
}

Result<bool> read_flag(const Call& call, std::string_view name, bool absent) {
  const auto value = call.query.get(name);
  if (!value) return absent;
  if (*value == "true") return true;
  if (*value == "false") return false;
  return bad("parameter " + std::string(name) + " must be true or false");
}

Result<std::vector<std::string>> read_options(const Call& call, const std::vector<std::string_view>& allowed) {
  const auto value = call.query.get("options");
  if (!value) return std::vector<std::string>();
  auto list = read_list("options", *value);
  if (!list) return list;
  for (const std::string& keyword : *list) {
    if (std::find(allowed.begin(), allowed.end(), keyword) != allowed.end()) continue;
    std::string known;
    for (const std::string_view option : allowed) known.append(known.empty() ? "" : ", ").append(option);
    return fail(ErrorCode::kInvalidRequest, "unknown option \"" + keyword + "\"; this operation knows " + known);
  }
  return list;
}

Result<std::optional<ngsi::TypeExpr>> read_types(const Call& call) {
  const auto value = call.query.get("type");
  if (!value) return std::optional<ngsi::TypeExpr>();
  auto types = ngsi::parse_types(*value, *call.context);
  if (!types) return tl::unexpected(types.error());
  return std::optional<ngsi::TypeExpr>(std::move(*types));
}

Result<broker::MergeOptions> read_merge_options(const Call& call) {
  broker::MergeOptions options;
  const auto keywords = read_options(call, {"simplified", "keyValues"});
  if (!keywords) return tl::unexpected(keywords.error());
  options.simplified = !keywords->empty();
  if (const auto format = call.query.get("format")) {
    if (*format != "simplified" && *format != "keyValues" && *format != "normalized" && *format != "concise") {
      return fail(ErrorCode::kInvalidRequest, "format must be simplified (keyValues), normalized or concise");
    }
    options.simplified = *format == "simplified" || *format == "keyValues";
  }
  options.lang = call.query.get("lang").value_or("");
  if (const auto text = call.query.get("observedAt")) {
    const auto instant = parse_instant(*text);
    if (!instant) return bad("observedAt must be a date and time such as 2024-02-29T12:00:00Z");
    options.observed_at = *instant;
  }
  return options;
}

Result<Paging> read_paging(const Call& call) {
  const ApiOptions& options = call.api.options;
  Paging paging;
  paging.limit = options.default_limit;
  const auto count = read_flag(call, "count");
  if (!count) return tl::unexpected(count.error());
  paging.count = *count;
  if (const auto value = call.query.get("limit")) {
    const auto limit = parse_number<std::uint64_t>(*value);
    if (!limit) return bad("limit must be a whole number, 0 or more");
    if (*limit == 0 && !paging.count) return bad("limit=0 is for counting only: add count=true");
    if (*limit > options.max_limit) {
      return fail(ErrorCode::kTooManyResults, "limit must not be more than " + std::to_string(options.max_limit));
    }
    paging.limit = *limit;
  }
  if (const auto value = call.query.get("offset")) {
    const auto offset = parse_number<std::uint64_t>(*value);
    if (!offset || *offset > (1ull << 62)) return bad("offset must be a whole number, 0 or more");
    paging.offset = *offset;
  }
  return paging;
}

Result<QueryInput> read_query_input(const Call& call) {
  QueryInput input;
  const QueryString& query = call.query;
  if (query.all().empty()) return input;
  EntitySelector selector;
  if (auto ok = read_names(query, "id", selector.ids); !ok) return tl::unexpected(ok.error());
  selector.id_pattern = query.get("idPattern").value_or("");
  selector.types = query.get("type").value_or("");
  if (query.get("type") && selector.types.empty()) return bad("parameter type is empty");
  if (query.get("idPattern") && selector.id_pattern.empty()) return bad("parameter idPattern is empty");
  const auto local = read_flag(call, "local");
  if (!local) return tl::unexpected(local.error());
  const bool everything = selector.types == "*";
  if (everything && query.get("local") && !*local)
    return bad("type=* asks for this broker alone: local=false contradicts it");
  input.local = *local || everything;
  if (!selector.ids.empty() || !selector.id_pattern.empty() || !selector.types.empty()) {
    input.selectors.push_back(std::move(selector));
  }
  for (const auto& [name, into] : {std::pair("attrs", &input.attrs),
                                   {"expandValues", &input.expand_values},
                                   {"jsonKeys", &input.json_keys},
                                   {"containedBy", &input.contained_by}}) {
    if (auto ok = read_names(query, name, *into); !ok) return tl::unexpected(ok.error());
  }
  input.pick = text(query, "pick");
  input.omit = text(query, "omit");
  input.q = text(query, "q");
  input.scope_q = text(query, "scopeQ");
  input.csf = text(query, "csf");
  input.georel = text(query, "georel");
  input.geometry = text(query, "geometry");
  input.coordinates = text(query, "coordinates");
  input.geoproperty = text(query, "geoproperty");
  input.order_by = text(query, "orderBy");
  input.collation = text(query, "collation");
  input.order_from = text(query, "orderFrom");
  input.order_geometry = text(query, "orderGeometry");
  input.lang = text(query, "lang");
  input.dataset_id = text(query, "datasetId");
  input.geometry_property = text(query, "geometryProperty");
  input.join = text(query, "join");
  input.join_level = text(query, "joinLevel");
  input.temporal = {text(query, "timerel"),           text(query, "timeAt"), text(query, "endTimeAt"),
                    text(query, "timeproperty"),      text(query, "lastN"),  text(query, "aggrMethods"),
                    text(query, "aggrPeriodDuration")};
  if (auto ok = check_unused(call, input); !ok) return tl::unexpected(ok.error());
  return input;
}

}  // namespace tsunagu::gateway::ngsild
