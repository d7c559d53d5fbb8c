// Finding entities of trust by whom they name.
#pragma once
#include <string>
#include <vector>

#include "store/store.h"

namespace tsunagu::trust {

/// All entities of a type whose Relationship `attribute` names `uri`. Reads memory only.
std::vector<ngsi::RecordPtr> find_all(const store::Store& store, store::TenantId tenant, ngsi::TermId type,
                                      ngsi::TermId attribute, const std::string& uri);

}  // namespace tsunagu::trust
