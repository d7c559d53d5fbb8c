#include "catalog/dcat.h"

#include <algorithm>

#include "base/uri.h"
#include "base/url.h"
#include "catalog/publisher.h"
#include "catalog/vocabulary.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace {

#define ADMS "http://www.w3.org/ns/adms#"
#define DCAT "http://www.w3.org/ns/dcat#"
#define DCT "http://purl.org/dc/terms/"
#define FOAF "http://xmlns.com/foaf/0.1/"
#define RDFS "http://www.w3.org/2000/01/rdf-schema#"
#define VCARD "http://www.w3.org/2006/vcard/ns#"
#define XSD "http://www.w3.org/2001/XMLSchema#"
#define EU "http://publications.europa.eu/resource/authority/"

constexpr std::string_view kMediaTypes = "https://www.iana.org/assignments/media-types/";
constexpr std::string_view kNgsiLd = "https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/";

/// Statements about one subject after the other.
class Triples {
 public:
  Triples& about(RdfNode subject, std::string_view type) { return again(std::move(subject)).iri(kRdfType, type); }
  /// Goes back to a subject whose type is stated.
  Triples& again(RdfNode subject) {
    subject_ = std::move(subject);
    return *this;
  }
  Triples& add(std::string_view predicate, RdfNode object) {
    if (!object.text.empty()) all_.push_back({subject_, std::string(predicate), std::move(object)});
    return *this;
  }
  Triples& iri(std::string_view predicate, std::string_view iri) {
    return is_absolute_iri(iri) ? add(predicate, RdfNode::iri(iri)) : *this;
  }
  Triples& text(std::string_view predicate, std::string_view text) { return add(predicate, RdfNode::literal(text)); }
  Triples& texts(std::string_view predicate, const Texts& texts) {
    for (const auto& [tag, text] : texts) add(predicate, RdfNode::literal(text, tag.starts_with('@') ? "" : tag));
    return *this;
  }
  Triples& typed(std::string_view predicate, std::string_view text, std::string_view type) {
    return text.empty() ? *this : add(predicate, RdfNode::literal(text, "", type));
  }
  Triples& date(std::string_view predicate, std::string_view date) {
    return typed(predicate, date, date.find('T') == std::string_view::npos ? XSD "date" : XSD "dateTime");
  }
  Triples& instant(std::string_view predicate, Instant at) {
    return at == kNoInstant ? *this : typed(predicate, to_string(at), XSD "dateTime");
  }
  RdfTriples take() { return std::move(all_); }

 private:
  RdfNode subject_;
  RdfTriples all_;
};

std::string catalog_iri(std::string_view site) {
  return std::string(site) + "/catalog";
}
std::string ngsild_iri(std::string_view site) {
  return std::string(site) + "/ngsi-ld/v1";
}
std::string ckan_iri(std::string_view site) {
  return std::string(site) + "/api/3/action";
}

bool is_geographic(const Distribution& distribution) {
  const auto* query = std::get_if<QueryContent>(&distribution.content);
  if (query != nullptr && std::ranges::find(query->attrs, "location") != query->attrs.end()) return true;
  return find_format(distribution.format) == find_format("GeoJSON");
}

void describe_contact(Triples& triples, const ContactPoint& contact, const RdfNode& dataset) {
  if (contact == ContactPoint()) return;
  const RdfNode node = RdfNode::blank("contact");
  triples.again(dataset).add(DCAT "contactPoint", node);
  triples.about(node, VCARD "Organization").text(VCARD "fn", contact.name);
  if (!contact.email.empty()) triples.iri(VCARD "hasEmail", "mailto:" + contact.email);
  if (!contact.telephone.empty()) {
    std::string number = "tel:";
    for (const char c : contact.telephone) {
      if ((c >= '0' && c <= '9') || c == '+' || c == '-') number += c;
    }
    triples.iri(VCARD "hasTelephone", number);
  }
  triples.iri(VCARD "hasURL", contact.url);
}

void describe_place(Triples& triples, const IndexedDataset& dataset, const store::Store& store,
                    store::TenantId tenant) {
  const std::string& id = dataset.dataset.spatial;
  if (id.empty()) return;
  triples.about(RdfNode::iri(id), DCT "Location").texts(RDFS "label", publisher_name(store, tenant, id));
  const ngsi::RecordPtr place = store.find(tenant, id);
  const ngsi::TermId location = ngsi::core_context()->find("location");
  const ngsi::AttributeView view =
      place && location != ngsi::kNoTerm ? place->find(location) : ngsi::AttributeView(nullptr);
  if (view.data() != nullptr && view.kind() == ngsi::AttrKind::kGeoProperty &&
      ngsi::walk::member(view.value(), "type") == "\"Point\"") {
    triples.typed(DCAT "centroid", view.value(), "https://www.iana.org/assignments/media-types/application/geo+json");
  }
}

void describe_distribution(Triples& triples, const IndexedDataset& of, const Distribution& distribution,
                           std::string_view site, const RdfNode& dataset) {
  for (const Download& download : downloads_of(distribution, site, is_geographic(distribution))) {
    const FileFormat* format =
        find_format(download.format == "link" || download.format == "original" ? distribution.format
                    : download.format == "jsonld"                              ? std::string_view("JSON-LD")
                                                                               : download.format);
    const RdfNode node = RdfNode::iri(download.url);
    triples.again(dataset).add(DCAT "distribution", node);
    triples.about(node, DCAT "Distribution");
    triples.texts(DCT "title", distribution.title.empty() ? of.dataset.title : distribution.title);
    triples.iri(DCAT "accessURL", download.url).iri(DCT "license", of.dataset.license);
    if (download.format != "link") triples.iri(DCAT "downloadURL", download.url);
    if (format != nullptr) {
      triples.iri(DCT "format", format->uri).iri(DCAT "mediaType", std::string(kMediaTypes).append(format->media_type));
    } else {
      triples.text(DCT "format", distribution.format);
    }
    const bool as_kept = download.format == "csv" && std::holds_alternative<FileContent>(distribution.content);
    if (as_kept && distribution.byte_size > 0) {
      triples.typed(DCAT "byteSize", std::to_string(distribution.byte_size), XSD "nonNegativeInteger");
    }
    if (download.format != "link" && download.format != "original") triples.iri(DCAT "accessService", ckan_iri(site));
    if (std::holds_alternative<QueryContent>(distribution.content)) {
      triples.iri(DCAT "accessService", ngsild_iri(site));
    }
  }
}

}  // namespace

std::string dataset_iri(std::string_view site, std::string_view name) {
  return catalog_iri(site) + "/datasets/" + std::string(name);
}

std::vector<Download> downloads_of(const Distribution& distribution, std::string_view site, bool geographic) {
  if (const auto* link = std::get_if<LinkContent>(&distribution.content)) return {{"link", link->url}};
  const std::string folder = std::string(site) + "/catalog/distributions/" + distribution.id;
  std::vector<Download> all{{"csv", folder + "/data.csv"}, {"json", folder + "/data.json"}};
  if (geographic) all.push_back({"geojson", folder + "/data.geojson"});
  all.push_back({"xlsx", folder + "/data.xlsx"});
  if (const auto* file = std::get_if<FileContent>(&distribution.content)) {
    if (file->original) all.push_back({"original", folder + "/original"});
  } else {
    all.push_back({"jsonld", folder + "/data.jsonld"});
  }
  return all;
}

RdfTriples describe_catalog(std::string_view site) {
  Triples triples;
  const std::string iri = catalog_iri(site);
  triples.about(RdfNode::iri(iri), DCAT "Catalog")
      .add(DCT "title", RdfNode::literal("オープンデータカタログ", "ja"))
      .add(DCT "title", RdfNode::literal("Open data catalogue", "en"))
      .add(DCT "description", RdfNode::literal("この都市OSで公開しているデータセットの一覧", "ja"))
      .add(DCT "description", RdfNode::literal("The data sets published by this city OS", "en"))
      .iri(DCT "language", EU "language/JPN")
      .iri(DCT "license", kCcBy4)
      .iri(FOAF "homepage", std::string(site) + "/datasets")
      .iri(DCAT "service", ngsild_iri(site))
      .iri(DCAT "service", ckan_iri(site))
      .iri(DCAT "themeTaxonomy", EU "data-theme");
  triples.about(RdfNode::iri(ngsild_iri(site)), DCAT "DataService")
      .add(DCT "title", RdfNode::literal("NGSI-LD API", "en"))
      .iri(DCAT "endpointURL", ngsild_iri(site))
      .iri(DCAT "endpointDescription", std::string(site) + "/openapi.json")
      .iri(DCT "conformsTo", kNgsiLd)
      .iri(DCT "license", kCcBy4);
  triples.about(RdfNode::iri(ckan_iri(site)), DCAT "DataService")
      .add(DCT "title", RdfNode::literal("CKAN Action API", "en"))
      .iri(DCAT "endpointURL", ckan_iri(site))
      .iri(DCAT "endpointDescription", std::string(site) + "/openapi.json")
      .iri(DCT "conformsTo", "https://docs.ckan.org/en/latest/api/")
      .iri(DCT "license", kCcBy4);
  return triples.take();
}

RdfTriples describe_dataset(const IndexedDataset& indexed, const store::Store& store, store::TenantId tenant,
                            std::string_view site, bool in_catalog) {
  const Dataset& dataset = indexed.dataset;
  const RdfNode node = RdfNode::iri(dataset_iri(site, dataset.name));
  Triples triples;
  triples.about(node, DCAT "Dataset")
      .text(DCT "identifier", dataset.name)
      .texts(DCT "title", dataset.title)
      .texts(DCT "description", dataset.description.empty() ? dataset.title : dataset.description)
      .iri(DCT "publisher", dataset.publisher)
      .iri(DCT "license", dataset.license)
      .instant(DCT "issued", dataset.issued)
      .instant(DCT "modified", dataset.modified)
      .iri(DCT "source", dataset.harvested_from)
      .iri(DCT "spatial", dataset.spatial)
      .iri(DCAT "landingPage",
           dataset.landing_page.empty() ? std::string(site) + "/datasets/" + dataset.name : dataset.landing_page);
  for (const std::string& keyword : dataset.keyword) triples.text(DCAT "keyword", keyword);
  for (const std::string& key : dataset.theme) {
    if (const Theme* theme = find_theme(key)) triples.iri(DCAT "theme", theme->uri);
  }
  if (const Frequency* frequency = find_frequency(dataset.accrual_periodicity)) {
    triples.iri(DCT "accrualPeriodicity", frequency->uri);
  }
  if (!dataset.conforms_to.empty()) {
    triples.iri(DCT "conformsTo", std::string(site) + "/catalog/standards#" + percent_encode(dataset.conforms_to));
  }
  const bool temporal = !dataset.temporal_start.empty() || !dataset.temporal_end.empty();
  if (temporal) triples.add(DCT "temporal", RdfNode::blank("time"));
  if (!dataset.publisher.empty()) {
    triples.about(RdfNode::iri(dataset.publisher), FOAF "Organization")
        .texts(FOAF "name", publisher_name(store, tenant, dataset.publisher))
        .iri(FOAF "homepage", text_attribute(store, tenant, dataset.publisher, "url"));
  }
  if (temporal) {
    triples.about(RdfNode::blank("time"), DCT "PeriodOfTime")
        .date(DCAT "startDate", dataset.temporal_start)
        .date(DCAT "endDate", dataset.temporal_end);
  }
  describe_contact(triples, dataset.contact_point, node);
  describe_place(triples, indexed, store, tenant);
  for (const Distribution& each : indexed.distributions) describe_distribution(triples, indexed, each, site, node);
  if (in_catalog) triples.again(RdfNode::iri(catalog_iri(site))).add(DCAT "dataset", node);
  return triples.take();
}

}  // namespace tsunagu::catalog
