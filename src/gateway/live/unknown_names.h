// A query that is kept may name what nobody has used yet: such names have no number, and are to be looked up again
// when new names have come (see ngsi/query.h).
#pragma once
#include "ngsi/query.h"
#include "ngsi/representation.h"

namespace tsunagu::gateway::live {

bool has_unknown_names(const ngsi::Selection& selection);
bool has_unknown_names(const ngsi::Representation& how);

}  // namespace tsunagu::gateway::live
