#include "catalog/import/entity.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "catalog/import/json_walk.h"

namespace tsunagu::catalog {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

bool is_geometry(const Members& members) {
  static constexpr std::array<std::string_view, 6> kTypes{"\"Point\"",      "\"LineString\"",      "\"Polygon\"",
                                                          "\"MultiPoint\"", "\"MultiLineString\"", "\"MultiPolygon\""};
  bool typed = false, placed = false;
  for (const auto& [name, value] : members) {
    if (name == "type") typed = std::find(kTypes.begin(), kTypes.end(), value) != kTypes.end();
    if (name == "coordinates") placed = true;
  }
  return typed && placed;
}

Members members_of(std::string_view object) {
  Members members;
  for_each_member(
      object, [&members](std::string name, std::string_view value) { members.emplace_back(std::move(name), value); });
  return members;
}

std::string object_of(Members members) {
  std::sort(members.begin(), members.end());
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    out += value;
  }
  return out += '}';
}

// The members whose values are plain JSON, not attributes of the attribute.
bool is_value_member(std::string_view name) {
  static constexpr std::array<std::string_view, 14> kNames{
      "type",       "value",    "object",     "languageMap", "vocab",      "json", "valueList",
      "objectList", "unitCode", "observedAt", "datasetId",   "objectType", "lang", "valueType"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

std::string to_json(const Entity& entity) {
  std::string out = "{\"id\":";
  append_json_string(out, entity.id);
  out += ",\"type\":";
  out += entity.type;
  if (!entity.scope.empty()) {
    out += ",\"scope\":";
    out += entity.scope;
  }
  for (const auto& [name, json] : entity.attributes) {
    out += ',';
    append_json_string(out, name);
    out += ':';
    out += json;
  }
  if (!entity.context.empty()) {
    out += ",\"@context\":";
    out += entity.context;
  }
  return out += '}';
}

Result<Entity> entity_of_json(std::string_view json) {
  Entity entity;
  for_each_member(json, [&entity](std::string name, std::string_view value) {
    if (name == "id" || name == "@id") {
      if (value[0] == '"') entity.id = json_string_text(value);
    } else if (name == "type" || name == "@type") {
      entity.type = value;
    } else if (name == "scope") {
      entity.scope = value;
    } else if (name == "@context") {
      entity.context = value;
    } else {
      entity.attributes.emplace_back(std::move(name), value);
    }
  });
  if (entity.id.empty()) return bad("not an entity: it has no \"id\"");
  if (entity.type.empty()) return bad("not an entity: it has no \"type\"");
  return entity;
}

std::string sorted_json(std::string_view json) {
  if (json.starts_with('[')) {
    std::string out = "[";
    for_each_element(json, [&out](std::string_view item) {
      if (out.size() > 1) out += ',';
      out += sorted_json(item);
    });
    return out += ']';
  }
  if (!json.starts_with('{')) {
    std::string number;  // 3.10 and 3.1 are the same
    if (const auto value = parse_number<double>(json)) append_json_number(number, *value);
    return number.empty() ? std::string(json) : number;
  }
  Members members = members_of(json);
  for (auto& [name, value] : members) value = sorted_json(value);
  return object_of(std::move(members));
}

std::string comparable_attribute(std::string_view json) {
  if (json.starts_with('[')) {  // several instances, or a plain list
    std::string out = "[";
    bool instances = json.size() > 2;
    for_each_element(json, [&](std::string_view item) {
      instances = instances && item.starts_with('{');
      if (out.size() > 1) out += ',';
      out += item.starts_with('{') ? comparable_attribute(item) : sorted_json(item);
    });
    if (instances) return out += ']';
  }
  const auto as = [](std::string_view type, std::string_view value) {
    return object_of({{"type", "\"" + std::string(type) + "\""}, {"value", sorted_json(value)}});
  };
  if (!json.starts_with('{')) return as("Property", json);
  Members members = members_of(json);
  if (is_geometry(members)) return as("GeoProperty", json);
  const auto has = [&members](std::string_view name) {
    return std::any_of(members.begin(), members.end(), [name](const auto& member) { return member.first == name; });
  };
  if (!has("type")) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{
        {{"value", "Property"},
         {"object", "Relationship"},
         {"languageMap", "LanguageProperty"},
         {"vocab", "VocabProperty"},
         {"json", "JsonProperty"},
         {"valueList", "ListProperty"},
         {"objectList", "ListRelationship"}}};
    const auto found =
        std::find_if(kTypes.begin(), kTypes.end(), [&has](const auto& known) { return has(known.first); });
    if (found == kTypes.end()) return as("Property", json);
    std::string type = "\"" + std::string(found->second) + "\"";
    for (const auto& [name, value] : members) {
      if (name == "value" && value.starts_with('{') && is_geometry(members_of(value))) type = "\"GeoProperty\"";
    }
    members.emplace_back("type", std::move(type));
  }
  Members kept;
  for (auto& [name, value] : members) {
    if (name == "createdAt" || name == "modifiedAt" || name == "instanceId") continue;
    kept.emplace_back(name, is_value_member(name) ? sorted_json(value) : comparable_attribute(value));
  }
  return object_of(std::move(kept));
}

std::string text_member(std::string_view object, std::string_view name) {
  std::string found;
  if (!object.starts_with('{')) return found;
  for_each_member(object, [&](const std::string& member, std::string_view value) {
    if (member == name && value[0] == '"') found = json_string_text(value);
  });
  return found;
}

}  // namespace tsunagu::catalog
