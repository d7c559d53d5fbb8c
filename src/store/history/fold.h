// Folding one entity number: what the tail holds of it goes into leaves.
#pragma once
#include <optional>
#include <vector>

#include "store/history/retention.h"
#include "store/history/tail.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {

/// What is to be written for one number, all in one transaction.
struct FoldedNumber {
  std::uint64_t number = 0;
  std::optional<Life> life;        ///< none: nothing is remembered any more, its row goes
  std::vector<std::int64_t> gone;  ///< rows of table leaf
  std::vector<LeafRow> made;
  std::size_t bytes = 0;                     ///< about, to be written
  std::uint64_t forgotten = 0, thinned = 0;  ///< points that were too old
  bool more = false;                         ///< when this is written, there are more that are
};

struct FoldLimits {
  std::size_t series_points = 4096;    ///< of one series in one leaf …
  std::size_t leaf_bytes = 64u << 10;  ///< … and packed: what is more is cut
  std::size_t aged_leaves = 32;        ///< about so many are looked at for points that are too old
};

/// Empty when everything up to the snapshot's sequence is in leaves already. Reads only leaves that new points or edits
/// fall into, or whose points have become too old, and small ones at the end, so that a point is written again O(log)
/// times.
Result<std::optional<FoldedNumber>> fold_number(HistoryTables& tables, const Tail::Snapshot& sealed,
                                                std::uint64_t number, std::uint64_t folded, const Retention& retention,
                                                const FoldLimits& limits = {});

/// The same for nothing but points in leaves that have become too old. Empty when none has. May be killed and repeated.
Result<std::optional<FoldedNumber>> age_number(HistoryTables& tables, std::uint64_t number, const Retention& retention,
                                               const FoldLimits& limits = {});

}  // namespace tsunagu::store
