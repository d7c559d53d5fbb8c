// What is kept of an entity number beside its leaves: its states, and which series it has. One row of table `life`
// (docs/history-format.md).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/history.h"
#include "store/store.h"

namespace tsunagu::store {

struct SeriesInfo {
  SeriesKey key;
  std::uint64_t points = 0;       ///< in leaves
  Instant first_time, last_time;  ///< no point in leaves has its main_time outside
  bool edited = false;  ///< a HistoryWrite or retention changed it: it need not end with what the entity is now
  // Of retention (retention.h).
  Instant thinned_before;       ///< every point in leaves before this was thinned …
  std::int64_t thinned_to = 0;  ///< … to the last of each such period; 0: never
  bool last_kept = false;       ///< the one point in leaves is too old, and stays because it is the last
};

struct Life {
  std::uint64_t number = 0;
  std::uint64_t sequence = 0;  ///< leaves contain everything up to this journal row
  TenantId tenant;
  std::string id;  ///< empty while the entity exists
  Instant created_at, modified_at, deleted_at;
  bool edited = false;  ///< it was forgotten as a whole: series need not end with what the entity is now
  std::vector<EntityState> states;
  std::vector<SeriesInfo> series;  ///< ordered by key

  SeriesInfo* find(ngsi::TermId name, std::string_view dataset_id);
  const SeriesInfo* find(ngsi::TermId name, std::string_view dataset_id) const;
};

/// States and series as bytes, with a checksum.
std::string pack_life(const Life& life);
/// The opposite; `life.number` must be set. False when the bytes are damaged.
bool unpack_life(std::string_view bytes, Life& life);

}  // namespace tsunagu::store
