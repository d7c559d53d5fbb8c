// A running query over the memory of a store.
#pragma once
#include <memory>

#include "store/memory/state.h"
#include "store/store.h"

namespace tsunagu::store {

std::unique_ptr<Cursor> open_cursor(std::shared_ptr<const State> state, TenantId tenant, ngsi::Selection selection);

}  // namespace tsunagu::store
