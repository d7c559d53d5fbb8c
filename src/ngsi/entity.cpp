#include "ngsi/entity.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tsunagu::ngsi {

namespace {

bool before(const Attribute& a, const Attribute& b) {
  return a.name != b.name ? a.name < b.name : a.dataset_id < b.dataset_id;
}

// An Attribute is big: sort numbers, then move each instance once.
void sort_instances(std::vector<Attribute>& list) {
  if (!std::is_sorted(list.begin(), list.end(), before)) {
    std::vector<std::uint32_t> order(list.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return before(list[a], list[b]); });
    std::vector<Attribute> sorted;
    sorted.reserve(list.size());
    for (std::uint32_t i : order) sorted.push_back(std::move(list[i]));
    list = std::move(sorted);
  }
  for (Attribute& a : list)
    if (!a.subs.empty()) sort_instances(a.subs);
}

}  // namespace

void Entity::sort_attributes() { sort_instances(attributes); }

const Attribute* Entity::find(TermId name, std::string_view dataset_id) const {
  for (const Attribute& a : attributes)
    if (a.name == name && a.dataset_id == dataset_id) return &a;
  return nullptr;
}

Attribute* Entity::find(TermId name, std::string_view dataset_id) {
  return const_cast<Attribute*>(std::as_const(*this).find(name, dataset_id));
}

}  // namespace tsunagu::ngsi
