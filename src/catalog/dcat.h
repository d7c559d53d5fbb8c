// The catalogue as RDF: DCAT 3 as DCAT-AP uses it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "catalog/dataset_index.h"
#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {

/// A way in which a distribution can be had.
struct Download {
  std::string_view format;  ///< "csv", "json", "geojson", "xlsx", "jsonld", "original", "link"
  std::string url;          ///< absolute
};
/// `site`: where the program is reached, without a slash at the end. `geographic`: the table has coordinates.
std::vector<Download> downloads_of(const Distribution& distribution, std::string_view site, bool geographic);

/// IRI of a data set: SITE/catalog/datasets/NAME.
std::string dataset_iri(std::string_view site, std::string_view name);

/// The catalogue itself and its two services, without its data sets: those are linked by describe_dataset.
RdfTriples describe_catalog(std::string_view site);
/// One data set with distributions, publisher, contact, place and time; `in_catalog` also links it to the catalogue.
RdfTriples describe_dataset(const IndexedDataset& dataset, const store::Store& store, store::TenantId tenant,
                            std::string_view site, bool in_catalog);

}  // namespace tsunagu::catalog
