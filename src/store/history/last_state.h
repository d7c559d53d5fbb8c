// What an entity was at last, of one that may not exist any more.
#pragma once
#include "base/error.h"
#include "ngsi/record.h"
#include "store/history.h"

namespace tsunagu::store {

/// A record of the last instance of each series (deleted ones: the last before), the last types and scopes. Costs a
/// look-up per series.
Result<ngsi::RecordPtr> last_state(HistoryReader& history, const RememberedEntity& who);

}  // namespace tsunagu::store
