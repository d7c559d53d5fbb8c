// GET /catalog/datasets, GET and DELETE /catalog/datasets/{name}, GET /catalog/quality.
#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "catalog/publisher.h"
#include "catalog/quality.h"
#include "catalog/vocabulary.h"
#include "gateway/catalog/describe.h"

namespace tsunagu::gateway::opendata {
namespace {

using catalog::DatasetMatches;
using catalog::DatasetQuery;
using catalog::Facet;
using catalog::IndexedDatasetPtr;

constexpr std::size_t kFacetValues = 100;
constexpr std::string_view kText = R"({"type":"string"})", kNumber = R"({"type":"integer","minimum":0})";

struct FacetName {
  std::string_view name;
  Facet facet;
};
constexpr std::array<FacetName, 5> kFacetNames{{{"publisher", Facet::kPublisher},
                                                {"theme", Facet::kTheme},
                                                {"keyword", Facet::kKeyword},
                                                {"format", Facet::kFormat},
                                                {"standard", Facet::kStandard}}};

Result<DatasetQuery> read_query(const Ask& ask) {
  DatasetQuery query;
  query.words = catalog::words_of(ask.get("q").value_or(""));
  if (query.words.size() > 50) return fail(ErrorCode::kTooComplexQuery, "q has more than 50 words");
  for (const FacetName& each : kFacetNames) {
    const auto value = ask.get(each.name);
    if (!value || value->empty()) continue;
    std::vector<std::string> values;
    for (std::string_view rest = *value; !rest.empty();) values.emplace_back(take_until(rest, ','));
    if (each.facet == Facet::kPublisher) {
      for (std::string& one : values) {
        if (!one.starts_with("urn:")) one = catalog::publisher_of_slug(ask.parts.store(), ask.tenant, one);
      }
    }
    query.has.emplace_back(each.facet, std::move(values));
  }
  using Sort = DatasetQuery::Sort;
  const std::string_view sort = ask.get("sort").value_or("relevance");
  constexpr std::array<std::pair<std::string_view, Sort>, 4> kSorts{{{"relevance", Sort::kRelevance},
                                                                     {"modified", Sort::kModified},
                                                                     {"title", Sort::kTitle},
                                                                     {"downloads", Sort::kDownloads}}};
  const auto known = std::ranges::find(kSorts, sort, [](const auto& each) { return each.first; });
  if (known == kSorts.end()) {
    return fail(ErrorCode::kInvalidRequest, "sort is one of relevance, modified, title, downloads");
  }
  query.sort = known->second;
  const auto offset = ask.natural("offset", 0, 1'000'000'000, 0), limit = ask.natural("limit", 0, 1000, 20);
  if (!offset) return tl::unexpected(offset.error());
  if (!limit) return tl::unexpected(limit.error());
  query.offset = *offset;
  query.limit = *limit;
  return query;
}

void append_facet(std::string& out, const Ask& ask, Facet facet, const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> values(counts.begin(), counts.end());
  std::ranges::stable_sort(values, std::greater(), [](const auto& value) { return value.second; });
  if (values.size() > kFacetValues) values.resize(kFacetValues);
  out += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& [key, count] = values[i];
    catalog::Texts title{{"ja", key}};
    if (facet == Facet::kPublisher) title = catalog::publisher_name(ask.parts.store(), ask.tenant, key);
    if (const catalog::Theme* theme = facet == Facet::kTheme ? catalog::find_theme(key) : nullptr) {
      title = {{"en", std::string(theme->en)}, {"ja", std::string(theme->ja)}};
    }
    if (i > 0) out += ',';
    JsonObject(out).text("key", key).json("title", texts_json(title)).number("count", count).end();
  }
  out += ']';
}

void list_datasets(const AskPtr& ask) {
  const auto query = read_query(*ask);
  if (!query) return ask->send(query.error());
  const DatasetMatches matches = ask->parts.index.search(ask->tenant, *query);
  std::string body;
  JsonObject object(body);
  object.number("count", matches.count);
  object.member("results") += '[';
  for (std::size_t i = 0; i < matches.page.size(); ++i) {
    if (i > 0) body += ',';
    append_summary(body, ask->parts, ask->tenant, *matches.page[i]);
  }
  body += ']';
  JsonObject facets(object.member("facets"));
  for (const FacetName& each : kFacetNames) {
    append_facet(facets.member(each.name), *ask, each.facet, matches.facets[static_cast<std::size_t>(each.facet)]);
  }
  facets.end();
  object.end();
  ask->send_json(std::move(body));
}

Result<IndexedDatasetPtr> find_dataset(const Ask& ask, std::string_view name) {
  DatasetQuery query;
  query.names = {std::string(name)};
  query.limit = 1;
  const auto found = ask.parts.datasets.find(ask.tenant, name);
  if (!found) return tl::unexpected(found.error());
  DatasetMatches matches = ask.parts.index.search(ask.tenant, query);
  if (!matches.page.empty()) return std::move(matches.page.front());
  return fail(ErrorCode::kResourceNotFound, "there is no data set " + std::string(name));
}

void get_dataset(const AskPtr& ask) {
  std::string_view name = ask->path[0];
  using catalog::RdfForm;
  std::optional<RdfForm> form;
  for (const auto& [end, which] : {std::pair<std::string_view, RdfForm>(".jsonld", RdfForm::kJsonLd),
                                   {".ttl", RdfForm::kTurtle},
                                   {".rdf", RdfForm::kXml}}) {
    if (form || !name.ends_with(end)) continue;
    name.remove_suffix(end.size());
    form = which;
  }
  const auto dataset = find_dataset(*ask, name);
  if (!dataset) return ask->send(dataset.error());
  if (form) return send_dataset_rdf(ask, **dataset, *form);
  std::string body;
  append_details(body, ask->parts, ask->tenant, **dataset);
  ask->send_json(std::move(body));
}

void delete_dataset(const AskPtr& ask) {
  const bool taken = ask->parts.workbench.take([ask] {
    if (auto done = ask->parts.editor.remove(ask->tenant, ask->path[0]); !done) return ask->send(done.error());
    Response response;
    response.status = 204;
    ask->reply.send(std::move(response));
  });
  if (!taken) ask->send(Error{ErrorCode::kUnavailable, "too much is being done at the moment; try again"});
}

/// What the data sets of one publisher have in common.
struct Sum {
  std::uint64_t datasets = 0;
  std::set<std::string> standards;
  double stars = 0, completeness = 0, freshness = 0, validity = 0, score = 0;
  void add(const catalog::Quality& quality) {
    ++datasets;
    stars += quality.stars;
    completeness += quality.completeness;
    freshness += quality.freshness;
    validity += quality.validity;
    score += quality.score;
  }
};

double mean(double sum, std::uint64_t count) {
  return std::round(sum / static_cast<double>(count) * 1000) / 1000;
}

std::uint64_t count_municipalities(const Ask& ask) {
  const ngsi::TermId type = ngsi::core_context()->find("Municipality");
  for (const store::TypeCount& each : ask.parts.store().types(ask.tenant)) {
    if (each.type == type) return each.entities;
  }
  return 0;
}

void get_quality(const AskPtr& ask) {
  std::map<std::string, Sum> sums;
  const Instant at = now();
  for (const IndexedDatasetPtr& each : ask->parts.index.all(ask->tenant)) {
    const catalog::Dataset& dataset = each->dataset;
    if (!dataset.publisher.starts_with("urn:ngsi-ld:Municipality:")) continue;
    Sum& sum = sums[dataset.publisher];
    sum.add(catalog::quality_of(dataset, each->distributions, ask->parts.store(), ask->tenant, at));
    if (!dataset.conforms_to.empty()) sum.standards.insert(dataset.conforms_to);
  }
  std::string body;
  JsonObject object(body);
  object.member("municipalities") += '[';
  bool any = false;
  for (const auto& [id, sum] : sums) {
    if (std::exchange(any, true)) body += ',';
    std::string code = catalog::text_attribute(ask->parts.store(), ask->tenant, id, "municipalityCode");
    if (code.empty()) code = catalog::publisher_slug(id);
    JsonObject(body)
        .text("id", id)
        .text("code", code)
        .json("name", texts_json(catalog::publisher_name(ask->parts.store(), ask->tenant, id)))
        .number("datasets", sum.datasets)
        .number("standards", sum.standards.size())
        .number("stars", mean(sum.stars, sum.datasets))
        .number("completeness", mean(sum.completeness, sum.datasets))
        .number("freshness", mean(sum.freshness, sum.datasets))
        .number("validity", mean(sum.validity, sum.datasets))
        .number("score", mean(sum.score, sum.datasets))
        .end();
  }
  body += ']';
  object.number("counted", sums.size()).number("of", count_municipalities(*ask));
  object.end();
  ask->send_json(std::move(body));
}

}  // namespace

void add_dataset_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  document.add_schema("DatasetList", R"({"type":"object","properties":{"count":{"type":"integer"},)"
                                     R"("results":{"type":"array","items":{"$ref":"#/components/schemas/Dataset"}},)"
                                     R"("facets":{"type":"object"}}})");
  document.add_schema("Dataset", R"({"type":"object","properties":{"name":{"type":"string"},"title":{"type":"object"},)"
                                 R"("distributions":{"type":"array","items":{"type":"object"}}}})");
  document.add_schema("CatalogueQuality", R"({"type":"object","properties":{"municipalities":{"type":"array",)"
                                          R"("items":{"type":"object"}},"counted":{"type":"integer"},)"
                                          R"("of":{"type":"integer"}}})");
  add_route(
      router, document, parts,
      {.method = "GET",
       .path = "/catalog/datasets",
       .id = "listDatasets",
       .summary = "Find data sets",
       .parameters = {{"q", "query", "Words; each must be found in title, keywords or description", kText},
                      {"publisher", "query", "Ids or short names, comma between", kText},
                      {"theme", "query", "Keys, comma between", kText},
                      {"keyword", "query", "Keywords, comma between", kText},
                      {"format", "query", "CSV, XLSX, …, comma between", kText},
                      {"standard", "query", "Keys of standards, comma between", kText},
                      {"sort", "query", "relevance, modified, title, downloads", kText},
                      {"offset", "query", "How many to pass over", kNumber},
                      {"limit", "query", "At most 1,000; 20 if not given", kNumber}},
       .answers =
           {{200, "A page of data sets, and how many there are of each facet", "DatasetList", {"application/json"}}},
       .handle = list_datasets});
  add_route(router, document, parts,
            {.method = "GET",
             .path = "/catalog/datasets/{name}",
             .id = "getDataset",
             .summary = "One data set with its distributions; NAME.jsonld, NAME.ttl and NAME.rdf give it as DCAT",
             .parameters = {},
             .answers = {{200,
                          "The data set",
                          "Dataset",
                          {"application/json", "application/ld+json", "text/turtle", "application/rdf+xml"}},
                         {404, "There is none of this name", "ProblemDetails", {"application/json"}}},
             .handle = get_dataset});
  add_route(router, document, parts,
            {.method = "DELETE",
             .path = "/catalog/datasets/{name}",
             .id = "deleteDataset",
             .summary = "Remove a data set and its distributions; history and files stay",
             .parameters = {},
             .answers = {{204, "It is removed", "", {}},
                         {404, "There is none of this name", "ProblemDetails", {"application/json"}}},
             .handle = delete_dataset});
  add_route(router, document, parts,
            {.method = "GET",
             .path = "/catalog/quality",
             .id = "getCatalogueQuality",
             .summary = "How good the open data of each municipality are, and how many publish any",
             .parameters = {},
             .answers = {{200, "Means over the data sets of each", "CatalogueQuality", {"application/json"}}},
             .handle = get_quality});
}

}  // namespace tsunagu::gateway::opendata
