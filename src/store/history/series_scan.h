// One scan over one series: points of leaves and points of the tail, put together in order.
#pragma once
#include <vector>

#include "store/history/tail_view.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {

/// One entity number's part in a series.
struct SeriesSource {
  std::uint64_t number = 0;
  std::vector<Point> points;         ///< of the tail, ordered; those that replace points in leaves among them
  bool folded = false;               ///< leaves are to be read
  Instant first_time, last_time;     ///< of what is in leaves
  std::vector<Instant> passed_over;  ///< written of points in leaves that count no more
};

/// What the tail says about a series, with what it replaces looked up in leaves. `info` null: nothing is in leaves.
Result<SeriesSource> make_source(HistoryTables& tables, std::uint64_t number, const SeriesInfo* info,
                                 const SeriesKey& key, TailView& view);

/// Sources are of one id. Ends early when the visitor says so.
Result<void> scan_series(HistoryTables& tables, std::vector<SeriesSource> sources, const SeriesKey& key,
                         const TimeWindow& window, bool newest_first, SeriesVisitor& visitor);

}  // namespace tsunagu::store
