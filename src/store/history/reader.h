// Reading history: leaves of the file and the tail in memory as one.
#pragma once
#include <memory>

#include "store/history/tail.h"
#include "store/memory/state.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {

/// What readers of a store share with its writer.
struct HistoryShared {
  explicit HistoryShared(std::filesystem::path file) : pool(std::move(file)) {}
  Tail tail;
  ReadPool pool;
};

Result<std::unique_ptr<HistoryReader>> open_history(std::shared_ptr<const State> state,
                                                    std::shared_ptr<HistoryShared> shared, TenantId tenant);

}  // namespace tsunagu::store
