// The recent changes of the store, in memory, for all live streams together: bounded in bytes, the oldest go first.
#pragma once
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "store/store.h"

namespace tsunagu::gateway::live {

/// One change of one entity.
struct Change {
  /// Rises for the life of the data folder: journal row × 2^20 + place among the changes of its commit. The last of a
  /// commit has 2^20 - 1, so that who has seen it can go on behind it even when the program was started anew.
  std::uint64_t id = 0;
  store::TenantId tenant;
  ngsi::RecordPtr before, after;  ///< null: did not exist, does not exist any more
  Instant at;
};

/// Thread-safe. Places count the changes since the program started: 0, 1, 2 …
class Ring {
 public:
  explicit Ring(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// Every change up to the journal row `last_sequence` was before what will be, or was, pushed first.
  void begin(std::uint64_t last_sequence);

  /// The changes of one commit. ~50 ns each.
  void push(std::uint64_t sequence, std::span<const store::EntityChange> changes);

  /// Replaces `out` with the changes from `place` on, at most `most`; empty behind the newest. False when `place` is
  /// not kept any more.
  bool read(std::uint64_t place, std::size_t most, std::vector<Change>& out) const;

  struct End {
    std::uint64_t place;  ///< of the next change
    std::uint64_t id;     ///< that every change so far has at most
  };
  End end() const;
  /// The place behind the change `id`; empty when changes behind it are not kept any more, or it was never given.
  std::optional<std::uint64_t> place_behind(std::uint64_t id) const;

  std::size_t bytes() const;

 private:
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;
  std::uint64_t first_ = 0;  // place of changes_.front()
  bool begun_ = false;
  std::uint64_t floor_ = 0;  // an id that every change before changes_.front() has at most, and none behind it
  std::uint64_t last_ = 0;   // id of changes_.back(); floor_ when there is none
  std::size_t bytes_ = 0;
};

}  // namespace tsunagu::gateway::live
