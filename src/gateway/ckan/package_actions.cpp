// package_list, package_show, package_search, current_package_list_with_resources, resource_show, resource_search.
#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "catalog/fold.h"
#include "catalog/publisher.h"
#include "catalog/vocabulary.h"
#include "gateway/ckan/call.h"
#include "gateway/ckan/package_json.h"
#include "gateway/ckan/search_text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::opendata {
namespace {

using catalog::DatasetMatches;
using catalog::DatasetQuery;
using catalog::Facet;
using catalog::IndexedDataset;
using catalog::IndexedDatasetPtr;

/// CKAN's names of what data sets are counted and filtered by.
struct Field {
  std::string_view name;
  Facet facet;
};
constexpr std::array<Field, 8> kFields{{{"organization", Facet::kPublisher},
                                        {"owner_org", Facet::kPublisher},
                                        {"groups", Facet::kTheme},
                                        {"tags", Facet::kKeyword},
                                        {"res_format", Facet::kFormat},
                                        {"license_id", Facet::kLicense},
                                        {"vocab_standard", Facet::kStandard},
                                        {"conforms_to", Facet::kStandard}}};
/// Every data set here has these: filters on them change nothing.
constexpr std::array<std::string_view, 7> kAlways{"dataset_type", "type",    "state",      "capacity",
                                                  "site_id",      "private", "entity_type"};

const Field* find_field(std::string_view name) {
  const auto at = std::ranges::find(kFields, name, &Field::name);
  return at == kFields.end() ? nullptr : &*at;
}

/// How CKAN calls a value of a facet.
std::string ckan_value(Facet facet, const std::string& value) {
  if (facet == Facet::kPublisher) return catalog::publisher_slug(value);
  const catalog::License* license = facet == Facet::kLicense ? catalog::find_license(value) : nullptr;
  return license != nullptr ? std::string(license->key) : value;
}
std::string our_value(const CkanCall& call, Facet facet, const std::string& value) {
  if (facet == Facet::kPublisher) return catalog::publisher_of_slug(call.parts.store(), call.tenant, value);
  const catalog::License* license = facet == Facet::kLicense ? catalog::find_license(value) : nullptr;
  return license != nullptr ? std::string(license->uri) : value;
}

using Test = std::function<bool(const IndexedDataset&)>;

Test in_range(const SearchClause& clause) {
  const bool modified = clause.field == "metadata_modified";
  return [from = clause.from, to = clause.to, modified, negative = clause.negative](const IndexedDataset& dataset) {
    const std::string at = to_string(modified ? dataset.dataset.modified : dataset.dataset.issued);
    const auto open = [](const std::string& end) { return end.empty() || end == "*"; };
    return ((open(from) || at >= from) && (open(to) || at <= to)) != negative;
  };
}

Test has_text(const SearchClause& clause) {
  std::vector<std::string> values;
  for (const std::string& value : clause.values) {
    std::string folded = catalog::fold(value);
    while (folded.ends_with('*')) folded.pop_back();
    values.push_back(std::move(folded));
  }
  return [field = clause.field, values, negative = clause.negative](const IndexedDataset& dataset) {
    const auto found = [&](const std::string& value) {
      if (field == "title") return dataset.title.find(value) != std::string::npos;
      if (field == "notes") return dataset.rest.find(value) != std::string::npos;
      return dataset.title.find(value) != std::string::npos || dataset.keyword.find(value) != std::string::npos ||
             dataset.rest.find(value) != std::string::npos;
    };
    return std::ranges::any_of(values, found) != negative;
  };
}

CkanResult<void> add_clauses(const CkanCall& call, std::string_view parameter, std::string_view text,
                             DatasetQuery& query, std::vector<Test>& tests) {
  const auto clauses = parse_search(text);
  if (!clauses) return tl::unexpected(CkanError::invalid(std::string(parameter), clauses.error().detail));
  for (const SearchClause& clause : *clauses) {
    if (std::ranges::find(kAlways, clause.field) != kAlways.end()) continue;
    if (clause.range) {
      if (clause.field != "metadata_modified" && clause.field != "metadata_created") {
        return tl::unexpected(CkanError::invalid(
            std::string(parameter), "ranges are for metadata_modified and metadata_created, not " + clause.field));
      }
      tests.push_back(in_range(clause));
    } else if (const Field* field = find_field(clause.field)) {
      std::vector<std::string> values;
      for (const std::string& value : clause.values) values.push_back(our_value(call, field->facet, value));
      (clause.negative ? query.lacks : query.has).emplace_back(field->facet, std::move(values));
    } else if (clause.field == "name" || clause.field == "id") {
      std::vector<std::string> names;
      for (const std::string& value : clause.values) {
        const std::string_view name = catalog::name_in(value);
        names.push_back(name.empty() ? value : std::string(name));
      }
      tests.push_back([names, negative = clause.negative](const IndexedDataset& dataset) {
        return (std::ranges::find(names, dataset.dataset.name) != names.end()) != negative;
      });
    } else if (clause.field.empty() || clause.field == "title" || clause.field == "notes" || clause.field == "text") {
      if (clause.field.empty() && !clause.negative && clause.values.size() == 1) {
        for (std::string& word : catalog::words_of(clause.values[0])) {
          while (word.ends_with('*')) word.pop_back();
          if (!word.empty()) query.words.push_back(std::move(word));
        }
        if (query.words.size() > 50) return tl::unexpected(CkanError::invalid("q", "more than 50 words"));
      } else {
        tests.push_back(has_text(clause));
      }
    } else {
      return tl::unexpected(CkanError::invalid(std::string(parameter), "there is no field " + clause.field));
    }
  }
  return {};
}

CkanResult<void> read_sort(const CkanCall& call, DatasetQuery& query) {
  using Sort = DatasetQuery::Sort;
  const std::string text = call.text("sort");
  std::string_view first = trim(std::string_view(text).substr(0, text.find(',')));
  if (first.empty()) return {};
  const std::string_view field = take_until(first, ' ');
  const bool descending = equal_ignoring_case(trim(first), "desc");
  if (field == "score" || field == "relevance") {
    query.sort = Sort::kRelevance;
    query.turned = !descending && !trim(first).empty();
  } else if (field == "metadata_modified" || field == "metadata_created") {
    query.sort = Sort::kModified;
    query.turned = !descending;
  } else if (field == "title" || field == "title_string" || field == "name" || field == "id") {
    query.sort = field.starts_with("title") ? Sort::kTitle : Sort::kName;
    query.turned = descending;
  } else if (field == "views_recent" || field == "views_total" || field == "downloads") {
    query.sort = Sort::kDownloads;
    query.turned = !descending;
  } else {
    return tl::unexpected(CkanError::invalid("sort", "Cannot sort by field `" + std::string(field) + "`"));
  }
  return {};
}

std::vector<std::string> facet_fields(const CkanCall& call) {
  auto fields = call.list("facet.field");
  std::erase_if(fields, [](const std::string& name) { return find_field(name) == nullptr; });
  return fields;
}

void append_facets(JsonObject& result, const CkanCall& call, const DatasetMatches& matches, std::uint64_t limit) {
  const std::vector<std::string> fields = facet_fields(call);
  std::string facets, search;
  JsonObject plain(facets), detailed(search);
  for (const std::string& name : fields) {
    const Facet facet = find_field(name)->facet;
    const auto& counts = matches.facets[static_cast<std::size_t>(facet)];
    std::vector<std::pair<std::string, std::uint64_t>> values(counts.begin(), counts.end());
    std::ranges::stable_sort(values, std::greater(), [](const auto& value) { return value.second; });
    if (limit > 0 && values.size() > limit) values.resize(limit);
    std::string flat = "{", items = "[";
    for (const auto& [value, count] : values) {
      const std::string shown = ckan_value(facet, value);
      const catalog::Texts names = catalog::publisher_name(call.parts.store(), call.tenant, value);
      const catalog::Theme* theme = facet == Facet::kTheme ? catalog::find_theme(value) : nullptr;
      const std::string_view display = facet == Facet::kPublisher ? catalog::text_in(names, "ja")
                                       : theme != nullptr         ? theme->ja
                                                                  : std::string_view(shown);
      if (flat.size() > 1) flat += ',';
      append_json_string(flat, shown);
      flat.append(":").append(std::to_string(count));
      if (items.size() > 1) items += ',';
      JsonObject(items).text("name", shown).text("display_name", display).number("count", count).end();
    }
    plain.json(name, flat + "}");
    JsonObject(detailed.member(name)).text("title", name).json("items", items + "]").end();
  }
  plain.end();
  detailed.end();
  result.json("facets", facets).json("search_facets", search);
}

void package_search(const CkanCallPtr& call) {
  DatasetQuery query;
  std::vector<Test> tests;
  const auto rows = call->natural("rows", 10, 1000), start = call->natural("start", 0, 1'000'000'000);
  const auto facet_limit = call->natural("facet.limit", 50, 10'000);
  for (const auto* number : {&rows, &start, &facet_limit}) {
    if (!*number) return call->send(number->error());
  }
  query.limit = *rows;
  query.offset = *start;
  if (auto done = add_clauses(*call, "q", call->text("q"), query, tests); !done) return call->send(done.error());
  std::vector<std::string> filters{call->text("fq")};
  if (call->has("fq_list")) {
    for (std::string& each : call->list("fq_list")) filters.push_back(std::move(each));
  }
  for (const std::string& filter : filters) {
    if (auto done = add_clauses(*call, "fq", filter, query, tests); !done) return call->send(done.error());
  }
  if (auto done = read_sort(*call, query); !done) return call->send(done.error());
  if (!tests.empty()) {
    query.test = [&tests](const IndexedDataset& dataset) {
      return std::ranges::all_of(tests, [&](const Test& test) { return test(dataset); });
    };
  }
  const DatasetMatches matches = call->parts.index.search(call->tenant, query);
  std::string out;
  JsonObject result(out);
  result.number("count", matches.count).text("sort", call->text("sort"));
  append_facets(result, *call, matches, *facet_limit);
  result.member("results") += '[';
  for (std::size_t i = 0; i < matches.page.size(); ++i) {
    if (i > 0) out += ',';
    append_package(out, call->parts, call->tenant, *matches.page[i]);
  }
  out += ']';
  result.end();
  call->send(out);
}

DatasetMatches all_in_order(const CkanCall& call, std::uint64_t offset, std::uint64_t limit, DatasetQuery::Sort sort) {
  DatasetQuery query;
  query.sort = sort;
  query.offset = offset;
  query.limit = limit;
  return call.parts.index.search(call.tenant, query);
}

void package_list(const CkanCallPtr& call) {
  const auto limit = call->natural("limit", 1'000'000, 1'000'000), offset = call->natural("offset", 0, 1'000'000'000);
  if (!limit) return call->send(limit.error());
  if (!offset) return call->send(offset.error());
  std::vector<std::string> names;
  for (const auto& each : all_in_order(*call, *offset, *limit, DatasetQuery::Sort::kName).page) {
    names.push_back(each->dataset.name);
  }
  std::string out;
  append_json_texts(out, names);
  call->send(out);
}

void package_list_with_resources(const CkanCallPtr& call) {
  const auto limit = call->natural("limit", 1000, 1000), offset = call->natural("offset", 0, 1'000'000'000);
  if (!limit) return call->send(limit.error());
  if (!offset) return call->send(offset.error());
  std::string out = "[";
  for (const auto& each : all_in_order(*call, *offset, *limit, DatasetQuery::Sort::kModified).page) {
    if (out.size() > 1) out += ',';
    append_package(out, call->parts, call->tenant, *each);
  }
  call->send(out + "]");
}

IndexedDatasetPtr find_dataset(const CkanCall& call, std::string_view name) {
  DatasetQuery query;
  query.names = {std::string(name)};
  DatasetMatches matches = call.parts.index.search(call.tenant, query);
  return matches.page.empty() ? nullptr : matches.page.front();
}

void package_show(const CkanCallPtr& call) {
  const std::string id = call->text("id").empty() ? call->text("name_or_id") : call->text("id");
  if (id.empty()) return call->send(CkanError::invalid("id", "Missing value"));
  const std::string_view name = catalog::name_in(id);
  const auto dataset = find_dataset(*call, name.empty() ? std::string_view(id) : name);
  if (!dataset) return call->send(CkanError::not_found());
  std::string out;
  append_package(out, call->parts, call->tenant, *dataset);
  call->send(out);
}

void resource_show(const CkanCallPtr& call) {
  const std::string id = call->text("id");
  if (id.empty()) return call->send(CkanError::invalid("id", "Missing value"));
  const auto dataset = find_dataset(*call, catalog::name_in(id));
  for (std::size_t i = 0; dataset && i < dataset->distributions.size(); ++i) {
    if (dataset->distributions[i].id != id) continue;
    std::string out;
    append_resource(out, call->parts, *dataset, i);
    return call->send(out);
  }
  call->send(CkanError::not_found("Resource was not found."));
}

/// query: "field:text", one or a list; all must hold.
void resource_search(const CkanCallPtr& call) {
  const auto offset = call->natural("offset", 0, 1'000'000'000), limit = call->natural("limit", 1000, 1000);
  if (!offset) return call->send(offset.error());
  if (!limit) return call->send(limit.error());
  const std::string json = call->json("query");
  const std::vector<std::string> terms =
      ngsi::walk::is_array(json) ? call->list("query") : std::vector<std::string>{call->text("query")};
  std::vector<std::pair<std::string, std::string>> wanted;
  for (const std::string& term : terms) {
    const std::size_t colon = term.find(':');
    const std::string field = term.substr(0, colon);
    const bool known = field == "name" || field == "format" || field == "url" || field == "id";
    if (colon == std::string::npos || !known) {
      return call->send(CkanError::invalid("query", "write field:text with name, format, url or id; not " + term));
    }
    wanted.emplace_back(field, catalog::fold(term.substr(colon + 1)));
  }
  std::uint64_t count = 0;
  std::string out;
  JsonObject result(out);
  result.member("results") += '[';
  bool any = false;
  for (const auto& dataset : call->parts.index.all(call->tenant)) {
    for (std::size_t i = 0; i < dataset->distributions.size(); ++i) {
      const catalog::Distribution& each = dataset->distributions[i];
      const auto* link = std::get_if<catalog::LinkContent>(&each.content);
      const auto holds = [&](const auto& term) {
        if (term.first == "id") return catalog::fold(each.id) == term.second;
        std::string text = term.first == "format" ? each.format : link != nullptr ? link->url : each.id;
        if (term.first == "name") {
          text.clear();
          for (const auto& [tag, title] : each.title.empty() ? dataset->dataset.title : each.title) text += title;
        }
        return catalog::fold(text).find(term.second) != std::string::npos;
      };
      if (!std::ranges::all_of(wanted, holds) || count++ < *offset || count > *offset + *limit) continue;
      if (std::exchange(any, true)) out += ',';
      append_resource(out, call->parts, *dataset, i);
    }
  }
  out += ']';
  result.number("count", count).end();
  call->send(out);
}

}  // namespace

std::vector<CkanAction> package_actions() {
  return {
      {"package_list", "The names of all data sets. limit, offset.", package_list},
      {"package_show", "One data set. id: its name or id.", package_show},
      {"package_search",
       "Data sets found. q, fq (organization, groups, tags, res_format, license_id, name, title, notes, "
       "metadata_modified), sort, rows (10, at most 1000), start, facet.field, facet.limit.",
       package_search},
      {"current_package_list_with_resources", "All data sets, last changed first. limit, offset.",
       package_list_with_resources},
      {"resource_show", "One resource. id.", resource_show},
      {"resource_search", "Resources found. query: name:…, format:…, url:…; offset, limit.", resource_search},
  };
}

}  // namespace tsunagu::gateway::opendata
