// The part of `check` that proves history: leaves, what is written beside them, and that history ends with what is now.
#pragma once
#include <functional>
#include <string>

#include "store/sqlite/folder.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {

struct HistoryCounts {
  std::uint64_t leaves = 0, points = 0;
};

/// `now`: the entities that exist, finished. Within one read transaction of `tables`.
Result<HistoryCounts> check_history(HistoryTables& tables, const FolderHead& head, const Image& now,
                                    const std::function<void(std::string)>& note);

}  // namespace tsunagu::store
