// Which points of one entity number are too old to stay, leaves and tail together.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <map>
#include <optional>
#include <vector>

#include "store/history/retention.h"
#include "store/history/tail_view.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {

using SeriesPoints = std::map<SeriesKey, std::vector<Point>>;

/// A leaf with points of the time that was looked at.
struct AgedLeaf {
  LeafRow row;
  bool changes = false;  ///< not all of its points stay
};

class Aging {
 public:
  enum class Verdict : unsigned char { kStays, kForgotten, kThinned };

  /// Nothing is too old yet, for all that `life` says, and nothing in `view` and `replacing` (points in new places) is.
  /// plan() need not be called then; everything stays.
  bool idle(const Retention& retention, const Life& life, const TailView& view, const SeriesPoints& replacing);

  /// Reads leaves, from the oldest on that may change, about `leaves` of them. Gives those it looked at and some
  /// before, in order; all in between are among them.
  Result<std::vector<AgedLeaf>> plan(HistoryTables& tables, const Life& life, const TailView& view,
                                     const SeriesPoints& replacing, std::size_t leaves);

  /// Of a point that counts. Known for points in any leaf and in the tail, but thinning only as far as plan() came.
  Verdict verdict(const SeriesKey& key, const Place& place) const;

  /// Notes in `life`, whose numbers of points are right again, how far it came. Further than that is for later if there
  /// is more.
  void note(Life& life) const;
  bool more() const { return end_ != kNoInstant; }

 private:
  struct Kept {
    Place place;
    std::size_t leaf;
  };
  struct Series {
    Horizon horizon;
    bool folded = false;        ///< something is in leaves
    Instant first;              ///< nothing in leaves is earlier
    bool old = false;           ///< something may be too old to be remembered …
    bool forgets = false;       ///< … and is not just the last point
    Instant thin_from;          ///< everything in leaves before is thinned, and nothing of the tail falls there
    Instant thin_end;           ///< plan() came so far; a start of a period
    std::optional<Place> last;  ///< stays, however old
    std::size_t last_leaf = ~std::size_t{0};  ///< it is not in one of those that plan() looked at
    Instant newest;                           ///< written, of what plan() saw
    bool newest_is_tombstone = false;
    absl::flat_hash_map<std::int64_t, Kept> kept;  ///< of each period from thin_from to thin_end, by its start
  };

  Instant start(const Series& series, const SeriesInfo* info) const;
  Result<void> find_last(HistoryTables& tables, const Life& life, const TailView& view, const SeriesKey& key,
                         Series& series);
  Result<void> walk(HistoryTables& tables, const Life& life, const TailView& view, std::size_t leaves);
  void look_at(Series& series, const Point& point, std::size_t leaf);
  bool goes_on(Instant at) const;

  bool exists_ = false;  ///< the entity
  std::map<SeriesKey, Series> series_;
  std::vector<AgedLeaf> leaves_;
  Instant end_;  ///< plan() stopped before the leaf that begins here; kNoInstant: it came to the end
};

}  // namespace tsunagu::store
