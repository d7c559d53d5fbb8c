#include "trust/consent/find_all.h"

#include "base/json.h"

namespace tsunagu::trust {

std::vector<ngsi::RecordPtr> find_all(const store::Store& store, store::TenantId tenant, ngsi::TermId type,
                                      ngsi::TermId attribute, const std::string& uri) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, type, {}};
  ngsi::QueryExpr q;
  q.kind = ngsi::QueryExpr::Kind::kCompare;
  q.path.name = attribute;
  ngsi::QueryValue value;
  value.type = ngsi::QueryValue::Type::kUri;
  value.text = uri;
  append_json_string(value.json, uri);
  q.values.push_back(std::move(value));
  selection.q.push_back(std::move(q));
  std::vector<ngsi::RecordPtr> found;
  const auto cursor = store.query(tenant, std::move(selection));
  while (cursor->step(4096, 4096, found)) {
  }
  return found;
}

}  // namespace tsunagu::trust
