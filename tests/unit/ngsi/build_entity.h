// Entities for tests, built in code.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ngsi/context.h"
#include "ngsi/query.h"
#include "ngsi/record.h"
#include "ngsi/term.h"

namespace tsunagu::ngsi::test {

inline TermId term(std::string_view name) {
  return core_context()->intern(name);
}

inline Attribute attribute(std::string_view name, AttrKind kind, std::string json) {
  Attribute a;
  a.name = term(name);
  a.kind = kind;
  a.value = std::move(json);
  return a;
}
inline Attribute property(std::string_view name, std::string json) {
  return attribute(name, AttrKind::kProperty, std::move(json));
}
inline Attribute geo(std::string_view name, std::string json) {
  return attribute(name, AttrKind::kGeoProperty, std::move(json));
}
inline Attribute point(std::string_view name, std::string coordinates) {
  return geo(name, R"({"type":"Point","coordinates":)" + coordinates + "}");
}
inline Attribute relationship(std::string_view name, std::string json) {
  return attribute(name, AttrKind::kRelationship, std::move(json));
}

inline RecordPtr record(std::string id, std::vector<Attribute> attributes, std::vector<std::string> types = {"Thing"},
                        std::vector<std::string> scopes = {}) {
  Entity e;
  e.id = std::move(id);
  for (const auto& t : types) e.types.push_back(term(t));
  e.scopes = std::move(scopes);
  e.attributes = std::move(attributes);
  e.created_at = *parse_instant("2024-01-01T00:00:00Z");
  e.modified_at = *parse_instant("2024-06-01T12:00:00Z");
  return *encode(std::move(e));
}
inline RecordPtr record(std::vector<Attribute> attributes) {
  return record("urn:ngsi-ld:Thing:1", std::move(attributes));
}

/// Entities that relationships lead to.
class World : public Linked {
 public:
  void add(const RecordPtr& r) { entities_.emplace(r->id(), r); }
  RecordPtr find(std::string_view id) const override {
    const auto it = entities_.find(std::string(id));
    return it == entities_.end() ? RecordPtr() : it->second;
  }

 private:
  std::map<std::string, RecordPtr> entities_;
};

}  // namespace tsunagu::ngsi::test
