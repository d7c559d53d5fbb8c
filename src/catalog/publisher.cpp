#include "catalog/publisher.h"

#include <algorithm>

#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

constexpr std::string_view kMunicipality = "urn:ngsi-ld:Municipality:", kOrganization = "urn:ngsi-ld:Organization:";

std::string attribute(const store::Store& store, store::TenantId tenant, std::string_view id, std::string_view name) {
  const ngsi::RecordPtr record = id.empty() ? nullptr : store.find(tenant, id);
  const ngsi::TermId term = ngsi::core_context()->find(name);
  if (!record || term == ngsi::kNoTerm) return {};
  const ngsi::AttributeView view = record->find(term);
  return view.data() == nullptr ? std::string() : std::string(view.value());
}

}  // namespace

Texts publisher_name(const store::Store& store, store::TenantId tenant, std::string_view id) {
  const std::string json = attribute(store, tenant, id, "name");
  Texts names;
  if (walk::is_string(json)) names.emplace_back("ja", json_string_text(json));
  walk::any_member(json, [&](std::string_view tag, std::string_view text) {
    if (walk::is_string(text)) names.emplace_back(json_string_text(tag), json_string_text(text));
    return false;
  });
  std::ranges::sort(names);
  if (names.empty() && !id.empty()) names.emplace_back("ja", id);
  return names;
}

std::string publisher_slug(std::string_view id) {
  for (const std::string_view prefix : {kMunicipality, kOrganization}) {
    if (id.starts_with(prefix)) return std::string(id.substr(prefix.size()));
  }
  return std::string(id);
}

std::string publisher_of_slug(const store::Store& store, store::TenantId tenant, std::string_view slug) {
  if (slug.empty()) return {};
  for (const std::string_view prefix : {kOrganization, kMunicipality, std::string_view()}) {
    std::string id = std::string(prefix).append(slug);
    if (store.find(tenant, id)) return id;
  }
  return {};
}

std::string text_attribute(const store::Store& store, store::TenantId tenant, std::string_view id,
                           std::string_view name) {
  const std::string json = attribute(store, tenant, id, name);
  return walk::is_string(json) ? json_string_text(json) : std::string();
}

}  // namespace tsunagu::catalog
