// Records of other catalogues → data sets of ours, with links to where the files are. Pure: no network, no clock.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/dataset.h"
#include "catalog/rdf/rdf.h"

namespace tsunagu::catalog {

struct HarvestedPublisher {
  std::string id;  ///< urn:ngsi-ld:Organization:…
  Texts name;
  std::string url;
};

/// `dataset.name` is what the source suggests; `dataset.harvested_from` is `source`#KEY, which tells the record for
/// good: whoever takes it in makes the name unique.
struct Harvested {
  Dataset dataset;
  std::vector<Distribution> distributions;  ///< all of kind link; without ids
  HarvestedPublisher publisher;             ///< id "": the source names none
};

struct HarvestHandlers {
  std::function<void(Harvested)> record;
  /// A record that cannot be taken in. `key`: as in harvested_from; "" when it has none.
  std::function<void(const std::string& key, const std::string& reason)> fault;
};

/// One page of package_search. Gives the number of results that the source says it has in all. BadRequestData when it
/// is no such answer.
struct CkanPage {
  std::uint64_t count = 0;
  std::size_t records = 0;
};
Result<CkanPage> read_ckan_page(std::string_view document, std::string_view source, const HarvestHandlers& handlers);

/// A DCAT document. BadRequestData when there is no dcat:Dataset in it.
Result<std::size_t> read_dcat(const RdfGraph& graph, std::string_view source, const HarvestHandlers& handlers);

/// "SOURCE#KEY", the key percent-encoded.
std::string harvested_from(std::string_view source, std::string_view key);
/// [a-z0-9_-]{2,100} out of any text; "" when nothing is left.
std::string name_of(std::string_view text);
/// A name for a record whose own is taken: the same for the same record.
std::string other_name(std::string_view name, std::string_view harvested_from);

}  // namespace tsunagu::catalog
