// The pieces of a View. Internal to it.
#pragma once
#include <memory>

#include "store/store.h"
#include "trust/policy/access.h"

namespace tsunagu::trust {

/// A query of what may be read.
std::unique_ptr<store::Cursor> guarded_query(const store::Store& behind, store::TenantId tenant, AccessPtr access,
                                             ngsi::Selection selection);

/// The past, as far as `access` goes.
std::unique_ptr<store::HistoryReader> guarded_history(const store::Store& behind, store::TenantId tenant,
                                                      AccessPtr access, std::unique_ptr<store::HistoryReader> inner);

/// A write that is refused, when it is carried out, as far as it is not allowed.
store::Write guarded_write(const store::Store& behind, AccessPtr access, store::Write write);

}  // namespace tsunagu::trust
