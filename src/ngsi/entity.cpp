#include "ngsi/entity.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tsunagu::ngsi {

namespace {

bool before(const Attribute& a, const Attribute& b) {
  return a.name != b.name ? a.name < b.name : a.dataset_id < b.dataset_id;
}

}  // namespace

std::string_view null_json(AttrKind kind) {
  switch (kind) {
    case AttrKind::kLanguageProperty:
      return R"({"@none":"urn:ngsi-ld:null"})";
    case AttrKind::kListProperty:
    case AttrKind::kListRelationship:
      return R"(["urn:ngsi-ld:null"])";
    default:
      return kNullJson;
  }
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

std::string_view kind_name(AttrKind kind) {
  switch (kind) {
    case AttrKind::kProperty:
      return "Property";
    case AttrKind::kGeoProperty:
      return "GeoProperty";
    case AttrKind::kRelationship:
      return "Relationship";
    case AttrKind::kLanguageProperty:
      return "LanguageProperty";
    case AttrKind::kVocabProperty:
      return "VocabProperty";
    case AttrKind::kJsonProperty:
      return "JsonProperty";
    case AttrKind::kListProperty:
      return "ListProperty";
    case AttrKind::kListRelationship:
      return "ListRelationship";
  }
  return "";
}

std::string_view value_member(AttrKind kind) {
  switch (kind) {
    case AttrKind::kRelationship:
      return "object";
    case AttrKind::kLanguageProperty:
      return "languageMap";
    case AttrKind::kVocabProperty:
      return "vocab";
    case AttrKind::kJsonProperty:
      return "json";
    case AttrKind::kListProperty:
      return "valueList";
    case AttrKind::kListRelationship:
      return "objectList";
    default:
      return "value";
  }
}

namespace {

// A canonical JSON string at the front of `rest`, quotes included, is cut off; empty when there is none.
std::string_view take_string(std::string_view& rest) {
  if (rest.empty() || rest[0] != '"') return {};
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      std::string_view text = rest.substr(0, i + 1);
      rest.remove_prefix(i + 1);
      return text;
    }
  }
  return {};
}

bool take(std::string_view& rest, std::string_view text) {
  if (rest.substr(0, text.size()) != text) return false;
  rest.remove_prefix(text.size());
  return true;
}

}  // namespace

std::string_view plain_value(std::string_view value, std::string_view* type) {
  if (type) *type = {};
  std::string_view rest = value, name, inner;
  if (take(rest, R"({"@type":)")) {
    name = take_string(rest);
    if (name.empty() || !take(rest, R"(,"@value":)") || rest.empty()) return value;
    inner = rest.substr(0, rest.size() - 1);
    if (!inner.empty() && inner[0] == '"') {  // nothing but the closing brace may follow
      std::string_view after = inner;
      if (take_string(after).empty() || !after.empty()) return value;
    } else if (inner.find_first_of(",[]{}") != std::string_view::npos) {
      return value;
    }
  } else if (take(rest, R"({"@value":)") && !rest.empty() && rest[0] == '"') {
    inner = take_string(rest);
    if (inner.empty() || !take(rest, R"(,"@type":)")) return value;
    name = take_string(rest);
    if (name.empty() || rest != "}") return value;
  } else {
    return value;
  }
  if (type) *type = name.substr(1, name.size() - 2);
  return inner;
}

void Entity::sort_attributes() {
  sort_instances(attributes);
}

const Attribute* Entity::find(TermId name, std::string_view dataset_id) const {
  for (const Attribute& a : attributes)
    if (a.name == name && a.dataset_id == dataset_id) return &a;
  return nullptr;
}

Attribute* Entity::find(TermId name, std::string_view dataset_id) {
  return const_cast<Attribute*>(std::as_const(*this).find(name, dataset_id));
}

}  // namespace tsunagu::ngsi
