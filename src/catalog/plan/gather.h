// What a term of a definition finds in the graph, now and in the past.
#pragma once
#include "catalog/plan/compute.h"
#include "store/store.h"

namespace tsunagu::catalog {

/// Reads the current entities and, for sums and means, the whole history of the attribute. Blocks: ~1 µs for each
/// entity, ~20 µs more for each whose history is read. Thread-safe. Errors of the store.
Result<Inputs> gather(const store::Store& store, store::TenantId tenant, const Term& term);

}  // namespace tsunagu::catalog
