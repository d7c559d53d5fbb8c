#include "broker/discovery.h"

#include <algorithm>
#include <map>

namespace tsunagu::broker {
namespace {

template <class Item, class Term>
void order_by_name(std::vector<Item>& items, Term term) {
  std::sort(items.begin(), items.end(),
            [&](const Item& a, const Item& b) { return ngsi::terms().text(term(a)) < ngsi::terms().text(term(b)); });
}

void order_attributes(std::vector<AttributeDetails>& attributes) {
  for (AttributeDetails& attribute : attributes) {
    order_by_name(attribute.types, [](ngsi::TermId t) { return t; });
  }
  order_by_name(attributes, [](const AttributeDetails& a) { return a.attribute; });
}

}  // namespace

std::vector<TypeDetails> entity_types(const store::Store& store, store::TenantId tenant) {
  std::map<ngsi::TermId, TypeDetails> by_type;
  for (const store::TypeCount& count : store.types(tenant)) {
    if (count.entities > 0) by_type[count.type] = {count.type, count.entities, {}};
  }
  for (const store::AttributeUse& use : store.attribute_uses(tenant)) {
    const auto at = by_type.find(use.type);
    if (at == by_type.end() || use.entities == 0) continue;
    at->second.attributes.push_back({use.attribute, use.entities, use.kinds, {use.type}});
  }
  std::vector<TypeDetails> types;
  types.reserve(by_type.size());
  for (auto& [term, details] : by_type) {
    order_attributes(details.attributes);
    types.push_back(std::move(details));
  }
  order_by_name(types, [](const TypeDetails& t) { return t.type; });
  return types;
}

std::vector<AttributeDetails> attributes(const store::Store& store, store::TenantId tenant) {
  std::map<ngsi::TermId, AttributeDetails> by_name;
  for (const store::AttributeUse& use : store.attribute_uses(tenant)) {
    if (use.entities == 0) continue;
    AttributeDetails& details = by_name[use.attribute];
    details.attribute = use.attribute;
    details.entities += use.entities;
    details.kinds = static_cast<std::uint16_t>(details.kinds | use.kinds);
    details.types.push_back(use.type);
  }
  std::vector<AttributeDetails> all;
  all.reserve(by_name.size());
  for (auto& [term, details] : by_name) all.push_back(std::move(details));
  order_attributes(all);
  return all;
}

std::optional<TypeDetails> entity_type(const store::Store& store, store::TenantId tenant, ngsi::TermId type) {
  std::vector<TypeDetails> all = entity_types(store, tenant);
  const auto at = std::find_if(all.begin(), all.end(), [&](const TypeDetails& t) { return t.type == type; });
  if (at == all.end()) return std::nullopt;
  return std::move(*at);
}

std::optional<AttributeDetails> attribute(const store::Store& store, store::TenantId tenant, ngsi::TermId attribute) {
  std::vector<AttributeDetails> all = attributes(store, tenant);
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const AttributeDetails& a) { return a.attribute == attribute; });
  if (at == all.end()) return std::nullopt;
  return std::move(*at);
}

}  // namespace tsunagu::broker
