// Who publishes: a Municipality or an Organization.
#pragma once
#include <string>
#include <string_view>

#include "catalog/dataset.h"
#include "store/store.h"

namespace tsunagu::catalog {

/// The name of an entity in the languages it has, or its id when it has none or is not there.
Texts publisher_name(const store::Store& store, store::TenantId tenant, std::string_view id);

/// The short name that CKAN knows it by: "011002" of urn:ngsi-ld:Municipality:011002, "hokkaido" of
/// urn:ngsi-ld:Organization:hokkaido; of other ids, the id itself.
std::string publisher_slug(std::string_view id);
/// The id for a short name (or id); the Organization goes first. "" when neither is in the graph.
std::string publisher_of_slug(const store::Store& store, store::TenantId tenant, std::string_view slug);

/// A text attribute of an entity ("url"); "" when it has none.
std::string text_attribute(const store::Store& store, store::TenantId tenant, std::string_view id,
                           std::string_view name);

}  // namespace tsunagu::catalog
