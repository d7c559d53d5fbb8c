#include "gateway/live/unknown_names.h"

#include <algorithm>

namespace tsunagu::gateway::live {
namespace {

bool unknown(const std::vector<ngsi::TermId>& names) {
  return std::ranges::find(names, ngsi::kNoTerm) != names.end();
}

bool unknown(const ngsi::TypeExpr& types) {
  if (types.kind == ngsi::TypeExpr::Kind::kType) return types.type == ngsi::kNoTerm;
  return std::ranges::any_of(types.children, [](const ngsi::TypeExpr& child) { return unknown(child); });
}

bool unknown(const ngsi::AttrPath& path) {
  if (path.of_entity) return false;
  return path.name == ngsi::kNoTerm || unknown(path.subs) || unknown(path.linked_types) ||
         (path.linked && unknown(*path.linked));
}

bool unknown(const ngsi::QueryExpr& q) {
  using Kind = ngsi::QueryExpr::Kind;
  if (q.kind == Kind::kCompare || q.kind == Kind::kExists) return unknown(q.path);
  return std::ranges::any_of(q.children, [](const ngsi::QueryExpr& child) { return unknown(child); });
}

bool unknown(const std::vector<ngsi::ProjectionNode>& nodes) {
  return std::ranges::any_of(nodes, [](const ngsi::ProjectionNode& node) {
    return (node.member.empty() && node.name == ngsi::kNoTerm) || unknown(node.children);
  });
}

}  // namespace

bool has_unknown_names(const ngsi::Selection& selection) {
  return (selection.types && unknown(*selection.types)) || unknown(selection.attrs) ||
         std::ranges::any_of(selection.q, [](const ngsi::QueryExpr& q) { return unknown(q); }) ||
         (selection.geo && selection.geo->geoproperty() == ngsi::kNoTerm);
}

bool has_unknown_names(const ngsi::Representation& how) {
  return unknown(how.attrs) || unknown(how.pick) || unknown(how.omit);
}

}  // namespace tsunagu::gateway::live
