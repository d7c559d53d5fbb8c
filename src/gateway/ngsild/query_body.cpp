// The body of POST /entityOperations/query: a Query object (5.2.23).
#include <simdjson.h>

#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

namespace dom = simdjson::dom;

tl::unexpected<Error> wrong(std::string_view member, std::string_view expected) {
  return bad("Query: member \"" + std::string(member) + "\" must be " + std::string(expected));
}

Result<void> read(const dom::element& value, std::string_view name, std::optional<std::string>& into) {
  std::string_view text;
  if (value.get(text)) return wrong(name, "a string");
  into = text;
  return {};
}

/// An array of strings, not empty; or one string.
Result<void> read(const dom::element& value, std::string_view name, std::vector<std::string>& into) {
  std::string_view text;
  if (!value.get(text)) {
    into.emplace_back(text);
    return {};
  }
  dom::array array;
  if (value.get(array) || array.size() == 0) return wrong(name, "an array of strings, not empty");
  for (const dom::element item : array) {
    if (item.get(text) || text.empty()) return wrong(name, "an array of strings, none of them empty");
    into.emplace_back(text);
  }
  return {};
}

/// An array of strings whose elements are joined by commas, as the query parameter would be.
Result<void> read_joined(const dom::element& value, std::string_view name, std::optional<std::string>& into) {
  std::vector<std::string> items;
  if (auto ok = read(value, name, items); !ok) return ok;
  into.emplace();
  for (const std::string& item : items) into->append(into->empty() ? "" : ",").append(item);
  return {};
}

/// A comma-separated string, or an array of strings.
Result<void> read_list_or_array(const dom::element& value, std::string_view name, std::vector<std::string>& into) {
  std::string_view text;
  if (value.get(text)) return read(value, name, into);
  auto list = read_list(name, text);
  if (!list) return tl::unexpected(list.error());
  into = std::move(*list);
  return {};
}

/// A JSON value as text: coordinates may be an array or the text of one.
Result<void> read_coordinates(const dom::element& value, std::string_view name, std::optional<std::string>& into) {
  if (!read(value, name, into)) into = simdjson::minify(value);
  return {};
}

Result<void> read_flag_member(const dom::element& value, std::string_view name) {
  return value.is_bool() ? Result<void>() : wrong(name, "true or false");
}

Result<EntitySelector> read_selector(const dom::element& value) {
  dom::object object;
  if (value.get(object)) return wrong("entities", "an array of objects with a type");
  EntitySelector selector;
  for (const auto [name, member] : object) {
    std::optional<std::string> text;
    Result<void> ok;
    if (name == "id") {
      ok = read(member, "entities.id", selector.ids);
    } else if (name == "idPattern") {
      ok = read(member, "entities.idPattern", text);
      if (ok) selector.id_pattern = *text;
    } else if (name == "type") {
      ok = read(member, "entities.type", text);
      if (ok) selector.types = *text;
    } else {
      return bad("Query: unknown member \"" + std::string(name) + "\" in entities");
    }
    if (!ok) return tl::unexpected(ok.error());
  }
  if (selector.types.empty()) return wrong("entities", "an array of objects, each with a \"type\"");
  if (!selector.ids.empty()) selector.id_pattern.clear();  // 5.2.33: the id is what counts
  return selector;
}

Result<void> read_entities(const dom::element& value, QueryInput& input) {
  dom::array array;
  if (value.get(array) || array.size() == 0) return wrong("entities", "an array, not empty");
  for (const dom::element item : array) {
    auto selector = read_selector(item);
    if (!selector) return tl::unexpected(selector.error());
    if (selector->types == "*") input.local = true;
    input.selectors.push_back(std::move(*selector));
  }
  return {};
}

Result<void> read_geo(const dom::element& value, QueryInput& input) {
  dom::object object;
  if (value.get(object)) return wrong("geoQ", "an object");
  for (const auto [name, member] : object) {
    Result<void> ok;
    if (name == "georel") {
      ok = read(member, "geoQ.georel", input.georel);
    } else if (name == "geometry") {
      ok = read(member, "geoQ.geometry", input.geometry);
    } else if (name == "coordinates") {
      ok = read_coordinates(member, "geoQ.coordinates", input.coordinates);
    } else if (name == "geoproperty") {
      ok = read(member, "geoQ.geoproperty", input.geoproperty);
    } else if (name != "type") {
      return bad("Query: unknown member \"" + std::string(name) + "\" in geoQ");
    }
    if (!ok) return ok;
  }
  return {};
}

Result<void> read_ordering(const dom::element& value, QueryInput& input) {
  dom::object object;
  if (value.get(object)) return wrong("ordering", "an object");
  for (const auto [name, member] : object) {
    Result<void> ok;
    if (name == "orderBy") {
      ok = read_joined(member, "ordering.orderBy", input.order_by);
    } else if (name == "collation") {
      ok = read(member, "ordering.collation", input.collation);
    } else if (name == "coordinates") {
      ok = read_coordinates(member, "ordering.coordinates", input.order_from);
    } else if (name == "geometry") {
      ok = read(member, "ordering.geometry", input.order_geometry);
    } else if (name != "type") {
      return bad("Query: unknown member \"" + std::string(name) + "\" in ordering");
    }
    if (!ok) return ok;
  }
  return {};
}

/// TemporalQuery (5.2.21) and AggregationParams (5.2.44).
Result<void> read_temporal(std::string_view place, const dom::element& value, ngsi::TemporalInput& input) {
  dom::object object;
  if (value.get(object)) return wrong(place, "an object");
  const bool aggregation = place == "aggrParams";
  for (const auto [name, member] : object) {
    const std::string path = std::string(place) + "." + std::string(name);
    Result<void> ok;
    if (name == "type") continue;
    if (name == "aggrMethods") {
      ok = read_joined(member, path, input.aggr_methods);
    } else if (name == "aggrPeriodDuration") {
      ok = read(member, path, input.aggr_period);
    } else if (aggregation) {
      return bad("Query: unknown member \"" + std::string(name) + "\" in aggrParams");
    } else if (name == "timerel") {
      ok = read(member, path, input.timerel);
    } else if (name == "timeAt") {
      ok = read(member, path, input.time_at);
    } else if (name == "endTimeAt") {
      ok = read(member, path, input.end_time_at);
    } else if (name == "timeproperty") {
      ok = read(member, path, input.timeproperty);
    } else if (name == "lastN") {
      std::int64_t count = 0;
      if (member.get(count)) return wrong(path, "a whole number");
      input.last_n = std::to_string(count);
    } else {
      return bad("Query: unknown member \"" + std::string(name) + "\" in temporalQ");
    }
    if (!ok) return ok;
  }
  return {};
}

/// The members that only a temporal query has, and those that it has not.
Result<void> check_place(std::string_view name, bool temporal) {
  const bool of_temporal = name == "temporalQ" || name == "aggrParams";
  const bool of_join = name == "join" || name == "joinLevel" || name == "containedBy" || name == "geometryProperty";
  if (of_temporal && !temporal) return bad("Query: \"" + std::string(name) + "\" is for temporal queries");
  if (of_join && temporal) return bad("Query: \"" + std::string(name) + "\" is not for temporal queries");
  return {};
}

Result<void> read_join_level(const dom::element& value, QueryInput& input) {
  std::int64_t level = 0;
  if (value.get(level)) return wrong("joinLevel", "a whole number");
  input.join_level = std::to_string(level);
  return {};
}

Result<void> read_member(std::string_view name, const dom::element& value, QueryInput& input, bool& typed) {
  if (name == "@context") return {};
  if (name == "type" || name == "@type") {
    std::string_view type;
    if (value.get(type) || type != "Query") return wrong("type", "\"Query\"");
    typed = true;
    return {};
  }
  if (name == "entities") return read_entities(value, input);
  if (name == "attrs") return read(value, name, input.attrs);
  if (name == "pick") return read_joined(value, name, input.pick);
  if (name == "omit") return read_joined(value, name, input.omit);
  if (name == "q") return read(value, name, input.q);
  if (name == "geoQ") return read_geo(value, input);
  if (name == "scopeQ") return read(value, name, input.scope_q);
  if (name == "csf") return read(value, name, input.csf);
  if (name == "lang") return read(value, name, input.lang);
  if (name == "expandValues") return read_list_or_array(value, name, input.expand_values);
  if (name == "jsonKeys") return read_list_or_array(value, name, input.json_keys);
  if (name == "datasetId") return read_joined(value, name, input.dataset_id);
  if (name == "geometryProperty") return read(value, name, input.geometry_property);
  if (name == "join") return read(value, name, input.join);
  if (name == "joinLevel") return read_join_level(value, input);
  if (name == "containedBy") return read_list_or_array(value, name, input.contained_by);
  if (name == "ordering") return read_ordering(value, input);
  if (name == "splitEntities" || name == "entityMap") return read_flag_member(value, name);
  if (name == "entityMapLifetime") {
    std::optional<std::string> ignored;
    return read(value, name, ignored);
  }
  if (name == "temporalQ") return read_temporal(name, value, input.temporal);
  if (name == "aggrParams") return {};  // read after temporalQ, whose aggregation it replaces
  return bad("Query: unknown member \"" + std::string(name) + "\"");
}

}  // namespace

Result<QueryInput> read_query_body(const Call& call, bool temporal) {
  auto input = read_query_input(call);
  if (!input) return input;
  const std::string text = call.body->canonical();
  dom::parser parser;
  dom::object object;
  if (parser.parse(text).get(object)) return bad("Query: cannot be read");
  bool typed = false;
  for (const auto [name, value] : object) {
    if (auto ok = check_place(name, temporal); !ok) return tl::unexpected(ok.error());
    if (auto ok = read_member(name, value, *input, typed); !ok) return tl::unexpected(ok.error());
  }
  dom::element aggregation;
  if (!object.at_key("aggrParams").get(aggregation)) {
    input->temporal.aggr_methods.reset();
    input->temporal.aggr_period.reset();
    if (auto ok = read_temporal("aggrParams", aggregation, input->temporal); !ok) return tl::unexpected(ok.error());
  }
  if (!typed) return wrong("type", "\"Query\"");
  if (input->csf) {
    if (auto csf = ngsi::parse_q(*input->csf, *call.context); !csf) return bad("csf: " + csf.error().detail);
  }
  return input;
}

}  // namespace tsunagu::gateway::ngsild
