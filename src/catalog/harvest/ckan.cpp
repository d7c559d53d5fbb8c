#include <algorithm>

#include "base/json.h"
#include "base/uri.h"
#include "base/url.h"
#include "catalog/harvest/harvest.h"
#include "catalog/vocabulary.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

constexpr std::size_t kMaxResources = 1000;

std::string text(std::string_view object, std::string_view name) {
  const std::string_view value = walk::member(object, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

bool is_link(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) && is_absolute_iri(url);
}

/// Texts in Japanese, and in other languages when the record has the members that ckanext-fluent adds.
Texts texts(std::string_view object, const std::string& name) {
  Texts all;
  walk::any_member(walk::member(object, name + "_translated"), [&](std::string_view tag, std::string_view value) {
    if (walk::is_string(value)) all.emplace_back(json_string_text(tag), json_string_text(value));
    return false;
  });
  const std::string plain = text(object, name);
  const bool japanese = std::ranges::any_of(all, [](const auto& each) { return each.first == "ja"; });
  if (!plain.empty() && !japanese) all.emplace_back("ja", plain);
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  std::ranges::sort(all);
  return all;
}

/// CKAN writes instants without a zone, in UTC.
Instant instant(std::string_view object, std::string_view name) {
  std::string value = text(object, name);
  if (value.empty()) return kNoInstant;
  if (const auto at = parse_instant(value)) return *at;
  if (const auto at = parse_instant(value + "Z")) return *at;
  return parse_date(value).value_or(kNoInstant);
}

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  walk::any_element(list, [&](std::string_view each) {
    std::string name = text(each, "display_name");
    if (name.empty()) name = text(each, "name");
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    return names.size() >= 1000;
  });
  return names;
}

/// The value of an extra: [{"key":…,"value":…}].
std::string extra(std::string_view package, std::string_view key) {
  std::string found;
  walk::any_element(walk::member(package, "extras"), [&](std::string_view each) {
    if (text(each, "key") == key) found = text(each, "value");
    return !found.empty();
  });
  return found;
}

Distribution read_resource(std::string_view resource) {
  Distribution distribution;
  distribution.title = texts(resource, "name");
  distribution.content = LinkContent{text(resource, "url")};
  distribution.format = text(resource, "format");
  distribution.media_type = text(resource, "mimetype");
  if (const FileFormat* format = find_format(distribution.format)) {
    distribution.format = format->key;
    if (distribution.media_type.empty()) distribution.media_type = format->media_type;
  }
  const double size = walk::number(walk::member(resource, "size")).value_or(0);
  if (size > 0 && size < 1e15) distribution.byte_size = static_cast<std::uint64_t>(size);
  return distribution;
}

Result<Harvested> read_package(std::string_view package, std::string_view key, std::string_view site,
                               std::string_view source) {
  Harvested record;
  Dataset& dataset = record.dataset;
  dataset.name = name_of(text(package, "name"));
  if (dataset.name.empty()) dataset.name = name_of(key);
  dataset.harvested_from = harvested_from(source, key);
  if (dataset.name.empty()) return bad("neither its name nor its id makes a name");
  dataset.title = texts(package, "title");
  if (dataset.title.empty()) dataset.title.emplace_back("ja", dataset.name);
  dataset.description = texts(package, "notes");
  dataset.keyword = names_in(walk::member(package, "tags"));
  walk::any_element(walk::member(package, "groups"), [&](std::string_view group) {
    const std::string name = text(group, "name");
    if (const Theme* theme = find_theme(name)) dataset.theme.emplace_back(theme->key);
    return false;
  });
  const std::string url = text(package, "license_url"), id = text(package, "license_id");
  const License* license = find_license(id.empty() ? url : id);
  if (license == nullptr) license = find_license(url);
  dataset.license = license != nullptr ? std::string(license->uri) : is_link(url) ? url : "";
  if (dataset.license.empty()) dataset.license = "urn:license:" + (id.empty() ? "unknown" : name_of(id));
  const Frequency* frequency = find_frequency(extra(package, "frequency"));
  if (frequency == nullptr) frequency = find_frequency(text(package, "accrual_periodicity"));
  if (frequency != nullptr) dataset.accrual_periodicity = frequency->key;
  dataset.contact_point = {text(package, "author"), text(package, "author_email"), "", ""};
  if (dataset.contact_point.name.empty()) {
    dataset.contact_point = {text(package, "maintainer"), text(package, "maintainer_email"), "", ""};
  }
  dataset.issued = instant(package, "metadata_created");
  dataset.modified = instant(package, "metadata_modified");
  dataset.landing_page = std::string(site) + "/dataset/" + percent_encode(text(package, "name"));
  const std::string_view organization = walk::member(package, "organization");
  const std::string slug = name_of(text(organization, "name"));
  if (!slug.empty()) {
    record.publisher.id = "urn:ngsi-ld:Organization:" + slug;
    record.publisher.name = texts(organization, "title");
    if (record.publisher.name.empty()) record.publisher.name.emplace_back("ja", slug);
  }
  std::size_t resources = 0;
  walk::any_element(walk::member(package, "resources"), [&](std::string_view resource) {
    Distribution distribution = read_resource(resource);
    if (is_link(std::get<LinkContent>(distribution.content).url)) {
      record.distributions.push_back(std::move(distribution));
    }
    return ++resources >= kMaxResources;
  });
  return record;
}

}  // namespace

Result<CkanPage> read_ckan_page(std::string_view document, std::string_view source, const HarvestHandlers& handlers) {
  std::string json;
  if (!append_canonical_json(json, document)) return bad("the answer is not JSON");
  const std::string_view result = walk::member(json, "result");
  const std::string_view results = walk::member(result, "results");
  const auto count = walk::number(walk::member(result, "count"));
  if (walk::member(json, "success") != "true" || !walk::is_array(results) || !count || !(*count >= 0 && *count < 1e9)) {
    return bad("the answer is none of CKAN's package_search: it lacks success, result.count or result.results");
  }
  std::string_view site = source;
  if (const auto api = site.find("/api/"); api != std::string_view::npos) site = site.substr(0, api);
  CkanPage page{static_cast<std::uint64_t>(*count), 0};
  walk::any_element(results, [&](std::string_view package) {
    ++page.records;
    std::string key = text(package, "id");
    if (key.empty()) key = text(package, "name");
    if (key.empty()) {
      handlers.fault("", "a record without id and name");
      return false;
    }
    auto record = read_package(package, key, site, source);
    if (record) {
      handlers.record(std::move(*record));
    } else {
      handlers.fault(harvested_from(source, key), record.error().detail);
    }
    return false;
  });
  return page;
}

}  // namespace tsunagu::catalog
