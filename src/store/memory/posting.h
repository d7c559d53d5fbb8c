// The two shapes of an index: a set of slots, and a set of (key, slot). Both ordered, so that a walk can go on from
// where it was.
#pragma once
#include <absl/container/btree_set.h>

#include <cstdint>

namespace tsunagu::store {

/// The slots that have something in common. ~6 bytes per slot.
using Posting = absl::btree_set<std::uint32_t>;

/// 12 bytes instead of the 16 that a u64 beside a u32 would take.
struct KeyedSlot {
  std::uint32_t high = 0, low = 0, slot = 0;

  KeyedSlot() = default;
  KeyedSlot(std::uint64_t key, std::uint32_t s)
      : high(static_cast<std::uint32_t>(key >> 32)), low(static_cast<std::uint32_t>(key)), slot(s) {}
  std::uint64_t key() const { return std::uint64_t{high} << 32 | low; }
  bool operator<(const KeyedSlot& o) const {
    const std::uint64_t a = key(), b = o.key();
    return a != b ? a < b : slot < o.slot;
  }
  bool operator==(const KeyedSlot&) const = default;
};

/// ~17 bytes per entry.
using KeySet = absl::btree_set<KeyedSlot>;

}  // namespace tsunagu::store
