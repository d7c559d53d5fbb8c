#include <algorithm>

#include "base/text.h"
#include "base/uri.h"
#include "catalog/harvest/harvest.h"
#include "catalog/vocabulary.h"

namespace tsunagu::catalog {
namespace {

#define DCAT "http://www.w3.org/ns/dcat#"
#define DCT "http://purl.org/dc/terms/"
#define FOAF "http://xmlns.com/foaf/0.1/"
#define VCARD "http://www.w3.org/2006/vcard/ns#"

bool is_link(std::string_view url) {
  return (url.starts_with("https://") || url.starts_with("http://")) && is_absolute_iri(url);
}

/// One subject of the graph.
class Subject {
 public:
  Subject(const RdfGraph& graph, RdfNode node) : graph_(graph), node_(std::move(node)) {}

  std::string text(std::string_view predicate) const {
    const auto objects = graph_.objects(node_, predicate);
    return objects.empty() ? std::string() : objects.front().text;
  }
  Texts texts(std::string_view predicate) const {
    Texts all;
    for (const RdfNode& object : graph_.objects(node_, predicate)) {
      if (object.kind != RdfNode::Kind::kLiteral || object.text.empty()) continue;
      const std::string tag = object.language.empty() ? "ja" : object.language;
      const bool there = std::ranges::any_of(all, [&](const auto& each) { return each.first == tag; });
      if (!there) all.emplace_back(tag, object.text);
    }
    std::ranges::sort(all);
    return all;
  }
  std::vector<RdfNode> all(std::string_view predicate) const { return graph_.objects(node_, predicate); }
  std::optional<Subject> to(std::string_view predicate) const {
    const auto objects = graph_.objects(node_, predicate);
    return objects.empty() ? std::nullopt : std::optional(Subject(graph_, objects.front()));
  }
  Instant instant(std::string_view predicate) const {
    const std::string value = text(predicate);
    if (const auto at = parse_instant(value)) return *at;
    if (const auto at = parse_instant(value + "Z")) return *at;
    return parse_date(value).value_or(kNoInstant);
  }
  const RdfNode& node() const { return node_; }

 private:
  const RdfGraph& graph_;
  RdfNode node_;
};

std::string last_part(std::string_view iri) {
  while (iri.ends_with('/')) iri.remove_suffix(1);
  return std::string(iri.substr(iri.find_last_of("/#:") + 1));
}

void read_contact(const Subject& contact, ContactPoint& to) {
  to.name = contact.text(VCARD "fn");
  const auto behind = [](std::string value, std::string_view scheme) {
    return value.starts_with(scheme) ? value.substr(scheme.size()) : value;
  };
  to.email = behind(contact.text(VCARD "hasEmail"), "mailto:");
  to.telephone = behind(contact.text(VCARD "hasTelephone"), "tel:");
  to.url = contact.text(VCARD "hasURL");
  if (!is_link(to.url)) to.url.clear();
}

void read_publisher(const Subject& publisher, HarvestedPublisher& to) {
  to.name = publisher.texts(FOAF "name");
  to.url = publisher.text(FOAF "homepage");
  if (!is_link(to.url)) to.url.clear();
  const bool iri = publisher.node().kind == RdfNode::Kind::kIri;
  std::string slug = name_of(iri ? last_part(publisher.node().text) : std::string(text_in(to.name, "en")));
  if (slug.empty()) return;
  to.id = "urn:ngsi-ld:Organization:" + slug;
  if (to.name.empty()) to.name.emplace_back("ja", slug);
}

Result<Distribution> read_distribution_node(const Subject& from) {
  Distribution distribution;
  std::string url = from.text(DCAT "downloadURL");
  if (!is_link(url)) url = from.text(DCAT "accessURL");
  if (!is_link(url)) return bad("a distribution without accessURL");
  distribution.content = LinkContent{std::move(url)};
  distribution.title = from.texts(DCT "title");
  const FileFormat* format = nullptr;
  for (const std::string_view predicate : {DCT "format", DCAT "mediaType"}) {
    std::string text = from.text(predicate);
    const auto iana = text.find("media-types/");
    if (iana != std::string::npos) text = text.substr(iana + 12);
    if (format == nullptr) format = find_format(text);
    if (format == nullptr && distribution.format.empty()) distribution.format = last_part(text);
  }
  if (format != nullptr) {
    distribution.format = format->key;
    distribution.media_type = format->media_type;
  }
  const auto size = parse_number<double>(from.text(DCAT "byteSize"));
  if (size && *size > 0 && *size < 1e15) distribution.byte_size = static_cast<std::uint64_t>(*size);
  return distribution;
}

Result<Harvested> read_record(const RdfGraph& graph, const Subject& from, std::string_view source,
                              const std::string& key) {
  Harvested record;
  Dataset& dataset = record.dataset;
  dataset.harvested_from = harvested_from(source, key);
  dataset.title = from.texts(DCT "title");
  if (dataset.title.empty()) return bad("it has no title");
  dataset.name = name_of(from.text(DCT "identifier"));
  if (dataset.name.empty()) dataset.name = name_of(last_part(key));
  if (dataset.name.empty()) dataset.name = other_name("dataset", dataset.harvested_from);
  dataset.description = from.texts(DCT "description");
  for (const RdfNode& word : from.all(DCAT "keyword")) dataset.keyword.push_back(word.text);
  std::ranges::sort(dataset.keyword);
  for (const RdfNode& each : from.all(DCAT "theme")) {
    if (const Theme* theme = find_theme(each.text)) dataset.theme.emplace_back(theme->key);
  }
  std::ranges::sort(dataset.theme);
  if (const Frequency* frequency = find_frequency(from.text(DCT "accrualPeriodicity"))) {
    dataset.accrual_periodicity = frequency->key;
  }
  dataset.issued = from.instant(DCT "issued");
  dataset.modified = from.instant(DCT "modified");
  if (const auto period = from.to(DCT "temporal")) {
    dataset.temporal_start = period->text(DCAT "startDate");
    dataset.temporal_end = period->text(DCAT "endDate");
    for (std::string* date : {&dataset.temporal_start, &dataset.temporal_end}) {
      if (!parse_date(*date) && !parse_instant(*date)) date->clear();
    }
  }
  const std::string page = from.text(DCAT "landingPage");
  dataset.landing_page = is_link(page) ? page : is_link(key) ? key : "";
  if (const auto contact = from.to(DCAT "contactPoint")) read_contact(*contact, dataset.contact_point);
  if (const auto publisher = from.to(DCT "publisher")) read_publisher(*publisher, record.publisher);
  std::string license = from.text(DCT "license");
  std::vector<std::pair<std::string, Distribution>> distributions;
  for (const RdfNode& node : from.all(DCAT "distribution")) {
    const Subject each(graph, node);
    if (license.empty()) license = each.text(DCT "license");
    auto made = read_distribution_node(each);
    if (made) distributions.emplace_back(std::get<LinkContent>(made->content).url, std::move(*made));
  }
  // A graph has no order: that of the addresses.
  std::ranges::sort(distributions, {}, [](const auto& each) { return each.first; });
  for (auto& [url, each] : distributions) record.distributions.push_back(std::move(each));
  const License* known = find_license(license);
  dataset.license = known != nullptr           ? std::string(known->uri)
                    : is_absolute_uri(license) ? license
                                               : "urn:license:unknown";
  return record;
}

}  // namespace

Result<std::size_t> read_dcat(const RdfGraph& graph, std::string_view source, const HarvestHandlers& handlers) {
  const std::vector<RdfNode> datasets = graph.instances(DCAT "Dataset");
  if (datasets.empty()) return bad("there is no dcat:Dataset in it");
  for (const RdfNode& node : datasets) {
    const Subject from(graph, node);
    std::string key = node.kind == RdfNode::Kind::kIri ? node.text : from.text(DCT "identifier");
    if (key.empty()) {
      handlers.fault("", "a dcat:Dataset without an IRI and dct:identifier: it could not be recognised again");
      continue;
    }
    auto record = read_record(graph, from, source, key);
    if (record) {
      handlers.record(std::move(*record));
    } else {
      handlers.fault(harvested_from(source, key), record.error().detail);
    }
  }
  return datasets.size();
}

}  // namespace tsunagu::catalog
