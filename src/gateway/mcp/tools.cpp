#include "gateway/mcp/tools.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "base/json.h"
#include "base/url.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::mcp {
namespace {

namespace walk = ngsi::walk;

constexpr std::string_view kApi = "/ngsi-ld/v1", kCatalog = "/catalog";

/// Takes the arguments of a call one by one; remembers the first thing that is wrong.
class Arguments {
 public:
  explicit Arguments(std::string_view object) : object_(object) {}

  std::optional<std::string> text(std::string_view name) {
    const std::string_view value = take(name);
    if (value.empty()) return std::nullopt;
    std::string scratch;
    std::string out(walk::string_text(value, scratch));
    if (!walk::is_string(value) || out.empty()) wrong(name, "must be a text");
    return out;
  }
  std::string needed(std::string_view name) {
    auto value = text(name);
    if (!value) wrong(name, "is missing");
    return value.value_or("");
  }
  std::optional<double> number(std::string_view name, double least, double most) {
    const std::string_view value = take(name);
    if (value.empty()) return std::nullopt;
    const auto given = walk::number(value);
    if (!given || !(*given >= least && *given <= most)) wrong(name, fmt::format("must be {} to {}", least, most));
    return given;
  }
  std::optional<std::int64_t> natural(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto given = number(name, static_cast<double>(least), static_cast<double>(most));
    if (given && *given != std::floor(*given)) wrong(name, "must be a whole number");
    return given ? std::optional(static_cast<std::int64_t>(*given)) : std::nullopt;
  }
  /// Texts joined by commas.
  std::optional<std::string> list(std::string_view name) {
    const std::string_view value = take(name);
    if (value.empty()) return std::nullopt;
    std::string out, scratch;
    bool good = walk::is_array(value);
    walk::any_element(value, [&](std::string_view each) {
      const std::string_view item = walk::string_text(each, scratch);
      good = good && walk::is_string(each) && !item.empty() && item.find(',') == std::string_view::npos;
      if (!out.empty()) out += ',';
      out += item;
      return false;
    });
    if (!good || out.empty()) wrong(name, "must be a list of texts without commas");
    return out;
  }
  /// One that has been taken already is a mistake of ours; one that nobody takes is a mistake of the client.
  std::string_view take(std::string_view name) {
    taken_.push_back(name);
    return walk::member(object_, name);
  }
  void wrong(std::string_view name, std::string_view what) {
    if (!error_) error_ = fmt::format("{}: {}", name, what);
  }
  Result<void> end() {
    walk::any_member(object_, [&](std::string_view key, std::string_view) {
      const std::string name = json_string_text(key);
      if (std::ranges::find(taken_, name) == taken_.end()) wrong(name, "is no argument of this tool");
      return false;
    });
    if (error_) return fail(ErrorCode::kBadRequestData, *error_);
    return {};
  }

 private:
  std::string_view object_;
  std::vector<std::string_view> taken_;
  std::optional<std::string> error_;
};

/// A target in the making.
class Query {
 public:
  explicit Query(std::string_view path, std::string_view api = kApi) : target_(std::string(api).append(path)) {}
  Query& segment(std::string_view text) {
    target_ += '/';
    append_percent_encoded(target_, text);
    return *this;
  }
  Query& add(std::string_view name, std::string_view value) {
    target_ += any_ ? '&' : '?';
    any_ = true;
    target_.append(name).append("=");
    append_percent_encoded(target_, value);
    return *this;
  }
  Query& add_given(std::string_view name, const std::optional<std::string>& value) {
    return value ? add(name, *value) : *this;
  }
  Query& add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
  std::string take() { return std::move(target_); }

 private:
  std::string target_;
  bool any_ = false;
};

Result<Plan> finish(Arguments& arguments, Query& query) {
  if (auto ok = arguments.end(); !ok) return tl::unexpected(ok.error());
  return Plan{query.take(), {}};
}

Result<Plan> list_types(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/types");
  query.add("details", "true");
  return finish(arguments, query);
}

Result<Plan> describe_type(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/types");
  query.segment(arguments.needed("type"));
  return finish(arguments, query);
}

Result<Plan> query_entities(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/entities");
  query.add("type", arguments.needed("type"));
  query.add_given("q", arguments.text("q"));
  query.add_given("scopeQ", arguments.text("scope"));
  if (const std::string_view near = arguments.take("near"); !near.empty()) {
    Arguments place(near);
    const auto longitude = place.number("longitude", -180, 180), latitude = place.number("latitude", -90, 90),
               metres = place.number("metres", 0, 25'000'000);
    const auto fits = place.end();
    if (!walk::is_object(near) || !longitude || !latitude || !metres || !fits) {
      arguments.wrong("near", fits ? "has longitude, latitude (degrees) and metres" : fits.error().detail);
    } else {
      query.add("georel", fmt::format("near;maxDistance=={}", *metres)).add("geometry", "Point");
      query.add("coordinates", fmt::format("[{},{}]", *longitude, *latitude));
    }
  }
  if (const auto attributes = arguments.list("attributes")) query.add("pick", "id,type," + *attributes);
  query.add_given("orderBy", arguments.text("order_by"));
  query.add("limit", arguments.natural("limit", 1, 200).value_or(20));
  query.add("offset", arguments.natural("offset", 0, 100'000'000).value_or(0));
  query.add("count", "true").add("format", "simplified");
  return finish(arguments, query);
}

Result<Plan> get_entity(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/entities");
  query.segment(arguments.needed("id")).add("format", "concise").add("options", "sysAttrs");
  return finish(arguments, query);
}

void add_time(Arguments& arguments, Query& query) {
  const auto from = arguments.text("from"), to = arguments.text("to");
  if (from && to) query.add("timerel", "between").add("timeAt", *from).add("endTimeAt", *to);
  if (from && !to) query.add("timerel", "after").add("timeAt", *from);
  if (!from && to) query.add("timerel", "before").add("timeAt", *to);
  query.add_given("timeproperty", arguments.text("time"));
}

Result<Plan> get_history(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/temporal/entities");
  query.segment(arguments.needed("id")).add("format", "temporalValues");
  if (const auto attributes = arguments.list("attributes")) query.add("attrs", *attributes);
  add_time(arguments, query);
  query.add("lastN", arguments.natural("last", 1, 10'000).value_or(1000));
  return finish(arguments, query);
}

Result<Plan> aggregate_history(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/temporal/entities");
  const auto id = arguments.text("id"), type = arguments.text("type");
  if (id.has_value() == type.has_value()) arguments.wrong("id", "give either the id of one entity or a type");
  if (id) query.segment(*id);
  query.add_given("type", type).add("format", "aggregatedValues");
  query.add("attrs", arguments.needed("attribute"));
  query.add("aggrMethods", arguments.list("methods").value_or("avg,min,max,totalCount"));
  query.add_given("aggrPeriodDuration", arguments.text("period"));
  add_time(arguments, query);
  if (type) query.add("limit", arguments.natural("limit", 1, 200).value_or(20));
  return finish(arguments, query);
}

Result<Plan> map_link(std::string_view given, const std::string& site) {
  Arguments arguments(given);
  const auto id = arguments.text("id"), type = arguments.text("type");
  if (id.has_value() == type.has_value()) arguments.wrong("id", "give either the id of one entity or a type");
  if (auto ok = arguments.end(); !ok) return tl::unexpected(ok.error());
  std::string link = site + (id ? "/explore/" : "/map?type=");
  append_percent_encoded(link, id ? *id : *type);
  std::string answer = "{\"link\":";
  append_json_string(answer, link);
  return Plan{{}, answer + "}"};
}

Result<Plan> search_datasets(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/datasets", kCatalog);
  for (const std::string_view name : {"q", "publisher", "theme", "format"}) query.add_given(name, arguments.text(name));
  query.add("limit", arguments.natural("limit", 1, 100).value_or(20));
  query.add("offset", arguments.natural("offset", 0, 100'000'000).value_or(0));
  return finish(arguments, query);
}

Result<Plan> describe_dataset(std::string_view given, const std::string&) {
  Arguments arguments(given);
  Query query("/datasets", kCatalog);
  query.segment(arguments.needed("name"));
  return finish(arguments, query);
}

#define TSUNAGU_MCP_TIME                                                                                               \
  R"("from":{"type":"string","format":"date-time","description":"Beginning, UTC, for example 2024-01-01T00:00:00Z"},)" \
  R"("to":{"type":"string","format":"date-time","description":"End (not included), UTC"},)"                            \
  R"("time":{"type":"string","enum":["observedAt","createdAt","modifiedAt"],"default":"observedAt",)"                  \
  R"("description":"Which time of a value counts; modifiedAt where values have no observedAt"})"

constexpr std::array<Tool, 9> kTools{{
    {"list_types", "データの種類 / Kinds of data",
     "Lists the kinds of entities there are (municipalities, shelters, sensors, …) and the names of their attributes. "
     "Begin here: the names are needed by the other tools.",
     "{}", "[]", "types", list_types},
    {"describe_type", "種類の詳しい説明 / One kind of data",
     "How many entities of a type there are and, of each attribute, its name and what kind of value it has.",
     R"({"type":{"type":"string","description":"Name of a type, from list_types"}})", R"(["type"])", "type",
     describe_type},
    {"query_entities", "データをさがす / Find entities",
     "Finds entities of a type by their attributes (q), place (near) or region (scope). Gives simplified entities and "
     "how many there are in all. q is the NGSI-LD query language: population>50000;name~=\"^函館\".",
     R"({"type":{"type":"string"},"q":{"type":"string","description":"For example population>50000;name==\"函館市\". ; is and, | is or, ~= a regular expression"},)"
     R"("near":{"type":"object","properties":{"longitude":{"type":"number"},"latitude":{"type":"number"},"metres":{"type":"number"}},"required":["longitude","latitude","metres"]},)"
     R"("scope":{"type":"string","description":"For example /Hokkaido/#"},)"
     R"("attributes":{"type":"array","items":{"type":"string"},"description":"Only these"},)"
     R"("order_by":{"type":"string","description":"For example population;desc"},)"
     R"("limit":{"type":"integer","minimum":1,"maximum":200,"default":20},"offset":{"type":"integer","minimum":0,"default":0}})",
     R"(["type"])", "entities", query_entities},
    {"get_entity", "ひとつを見る / One entity", "Everything that is known of one entity now, with units and times.",
     R"({"id":{"type":"string","description":"A URI such as urn:ngsi-ld:Municipality:012025"}})", R"(["id"])", "entity",
     get_entity},
    {"get_history", "推移を見る / History",
     "How the attributes of one entity changed: values with their times, the newest `last` of them.",
     R"({"id":{"type":"string"},"attributes":{"type":"array","items":{"type":"string"}},)" TSUNAGU_MCP_TIME
     R"(,"last":{"type":"integer","minimum":1,"maximum":10000,"default":1000}})",
     R"(["id"])", "history", get_history},
    {"aggregate_history", "推移を集計する / Aggregates of history",
     "Sums up the history of an attribute by periods, for one entity or for those of a type.",
     R"({"id":{"type":"string"},"type":{"type":"string"},"attribute":{"type":"string"},)"
     R"("methods":{"type":"array","items":{"type":"string","enum":["totalCount","distinctCount","sum","avg","min","max","stddev","sumsq"]}},)"
     R"("period":{"type":"string","description":"ISO 8601: PT1H, P1D, P1M; none: one period"},)" TSUNAGU_MCP_TIME
     R"(,"limit":{"type":"integer","minimum":1,"maximum":200,"default":20,"description":"Entities, with type"}})",
     R"(["attribute"])", "aggregates", aggregate_history},
    {"map_link", "地図へのリンク / Link to the map",
     "A link that shows a person one entity, or all of a type on the map.",
     R"({"id":{"type":"string"},"type":{"type":"string"}})", "[]", "", map_link},
    {"search_datasets", "データセットをさがす / Find data sets",
     "Finds open data sets by words in title, keywords and description. Gives names, titles, publishers, licences, "
     "formats, quality, and how many there are of each publisher, theme and format.",
     R"({"q":{"type":"string","description":"Words; each must be found. Japanese or English"},)"
     R"("publisher":{"type":"string","description":"Id, from the facets"},"theme":{"type":"string"},"format":{"type":"string"},)"
     R"("limit":{"type":"integer","minimum":1,"maximum":100,"default":20},"offset":{"type":"integer","minimum":0,"default":0}})",
     "[]", "datasets", search_datasets},
    {"describe_dataset", "データセットの説明 / One data set",
     "One open data set: licence, contact, quality, distributions with their columns and download addresses. A "
     "distribution of kind query is live: its `queries.ngsiLd` says type, q and attrs for query_entities; rows of any "
     "that is kept here are at its `queries.dataStore` or `url`.",
     R"({"name":{"type":"string","description":"From search_datasets"}})", R"(["name"])", "dataset", describe_dataset},
}};

}  // namespace

std::span<const Tool> tools() {
  return kTools;
}

const Tool* find_tool(std::string_view name) {
  const auto it = std::ranges::find(kTools, name, &Tool::name);
  return it == kTools.end() ? nullptr : &*it;
}

std::string tools_json() {
  std::string out = "[";
  for (const Tool& tool : kTools) {
    if (out.size() > 1) out += ',';
    const auto member = [&](std::string_view name, std::string_view text) {
      append_json_string(out, name);
      out += ':';
      append_json_string(out, text);
      out += ',';
    };
    out += '{';
    member("name", tool.name);
    member("title", tool.title);
    member("description", tool.description);
    out.append(R"("inputSchema":{"type":"object","properties":)").append(tool.properties);
    out.append(R"(,"required":)").append(tool.required).append(R"(,"additionalProperties":false},)");
    out +=
        R"("annotations":{"readOnlyHint":true,"destructiveHint":false,"idempotentHint":true,"openWorldHint":false}})";
  }
  return out + "]";
}

}  // namespace tsunagu::gateway::mcp
