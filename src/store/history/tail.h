// The part of history that is not folded into leaves yet: the journal's rows themselves, in memory, and where in them
// each entity number is. One thread appends (the writer), any may read; parts are dropped when they are folded and
// nobody reads them any more.
#pragma once
#include <absl/container/btree_set.h>
#include <absl/container/flat_hash_map.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/memory/lock.h"
#include "store/store.h"

namespace tsunagu::store {

/// One change of one entity number, as it stands in a journal row; stays where it is for as long as its part.
struct TailChange {
  const TailChange* previous;  ///< the one before of the same number in the same part
  std::string_view bytes;      ///< see read_change (change.h)
  std::uint64_t sequence;      ///< of the journal row
};

/// A number that stood under this id and does not, or that was written to history only.
struct EndedNumber {
  TenantId tenant;
  std::string_view id;
  std::uint64_t number;
  auto operator<=>(const EndedNumber&) const = default;
};

class TailPart {
 public:
  /// The newest change of this number in this part; null if there is none.
  const TailChange* last(std::uint64_t number) const;
  /// Appends the numbers that stood under `id`.
  void numbers(TenantId tenant, std::string_view id, std::vector<std::uint64_t>& out) const;
  /// Appends ids of the tenant behind `after`, in order, at most `limit` different ones.
  void ids_behind(TenantId tenant, std::string_view after, std::size_t limit, std::vector<std::string>& out) const;
  /// Every number in this part, in order. Of a sealed part only.
  std::vector<std::uint64_t> all_numbers() const;

 private:
  friend class Tail;
  void append(std::uint64_t sequence, std::string row);

  mutable StateMutex mutex_;  ///< for the two look-up tables; rows and changes never move
  std::deque<std::string> rows_;
  std::deque<TailChange> changes_;
  absl::flat_hash_map<std::uint64_t, const TailChange*> last_;
  absl::btree_set<EndedNumber> ended_;
};

class Tail {
 public:
  Tail();

  /// What there is now: parts, oldest first; changes behind `sequence` are to be passed over.
  struct Snapshot {
    std::vector<std::shared_ptr<const TailPart>> parts;
    std::uint64_t sequence = 0;
    std::uint64_t fold_target = 0;  ///< leaves contain nothing behind this one (while it has not changed)
  };
  Snapshot snapshot() const;
  std::uint64_t fold_target() const;

  /// A sound journal row. Cost ~60 ns per change besides the row's bytes, which it takes over.
  void append(std::uint64_t sequence, std::string row);
  /// The newest row is this one, though it need not be kept: it is folded.
  void set_sequence(std::uint64_t sequence);

  // Folding.
  struct Load {
    std::uint64_t bytes = 0;                      ///< of rows in the part that is appended to
    std::uint64_t total = 0;                      ///< of all rows
    std::chrono::steady_clock::time_point since;  ///< of its first row
    bool sealed = false;                          ///< there are parts that wait to be folded
  };
  Load load() const;
  /// From now on rows go to a new part. Returns what is to be folded: everything up to `sequence`.
  Snapshot seal();
  /// Everything up to `sequence` (of a seal()) is in leaves.
  void drop(std::uint64_t sequence);

 private:
  struct Kept {
    std::shared_ptr<TailPart> part;
    std::uint64_t last_sequence = 0;
    std::uint64_t bytes = 0;
  };
  std::mutex appending_;  ///< held by whoever changes parts_: append(), seal(), drop()
  mutable StateMutex mutex_;
  std::vector<Kept> parts_;  ///< the last one is appended to
  std::uint64_t sequence_ = 0, fold_target_ = 0, total_ = 0;
  std::chrono::steady_clock::time_point since_;
};

/// The changes of one number in a snapshot, oldest first, without those up to `folded`.
std::vector<const TailChange*> changes_of(const Tail::Snapshot& snapshot, std::uint64_t number, std::uint64_t folded);

}  // namespace tsunagu::store
