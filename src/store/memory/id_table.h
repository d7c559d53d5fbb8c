// From the hash of an id to a slot: open addressing, 8 bytes per cell, at most 3/4 full. The ids themselves are in the
// records, so the caller compares. Growing copies cells without looking at a record.
#pragma once
#include <cstdint>
#include <vector>

namespace tsunagu::store {

inline constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

class IdTable {
 public:
  /// The slot whose entry has `hash` and for which same(slot) holds; kNoSlot if there is none.
  template <class Same>
  std::uint32_t find(std::uint64_t hash, Same&& same) const {
    if (cells_.empty()) return kNoSlot;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t i = tag & mask();; i = (i + 1) & mask()) {
      const Cell& cell = cells_[i];
      if (cell.slot == kNoSlot) return kNoSlot;
      if (cell.tag == tag && same(cell.slot)) return cell.slot;
    }
  }

  /// The caller knows that it is not there yet.
  void insert(std::uint64_t hash, std::uint32_t slot) {
    if ((size_ + 1) * 4 > cells_.size() * 3) resize(cells_.empty() ? 16 : cells_.size() * 2);
    place(static_cast<std::uint32_t>(hash), slot);
    ++size_;
  }

  void erase(std::uint64_t hash, std::uint32_t slot) {
    if (cells_.empty()) return;
    const auto tag = static_cast<std::uint32_t>(hash);
    std::size_t hole = tag & mask();
    while (cells_[hole].slot != slot) {
      if (cells_[hole].slot == kNoSlot) return;
      hole = (hole + 1) & mask();
    }
    // Close the gap: move back every later cell of the run that may stand at the hole.
    for (std::size_t i = (hole + 1) & mask(); cells_[i].slot != kNoSlot; i = (i + 1) & mask()) {
      const std::size_t home = cells_[i].tag & mask();
      if (((i - home) & mask()) >= ((i - hole) & mask())) {
        cells_[hole] = cells_[i];
        hole = i;
      }
    }
    cells_[hole].slot = kNoSlot;
    --size_;
  }

  void reserve(std::size_t n) {
    std::size_t cells = 16;
    while (cells * 3 < n * 4) cells *= 2;
    if (cells > cells_.size()) resize(cells);
  }

  void clear() {
    if (cells_.size() > 4096) {
      cells_ = {};
    } else {
      for (Cell& cell : cells_) cell.slot = kNoSlot;
    }
    size_ = 0;
  }

  std::size_t size() const { return size_; }

 private:
  struct Cell {
    std::uint32_t tag = 0;
    std::uint32_t slot = kNoSlot;
  };

  std::size_t mask() const { return cells_.size() - 1; }

  void place(std::uint32_t tag, std::uint32_t slot) {
    std::size_t i = tag & mask();
    while (cells_[i].slot != kNoSlot) i = (i + 1) & mask();
    cells_[i] = {tag, slot};
  }

  void resize(std::size_t count) {
    std::vector<Cell> old(count);
    old.swap(cells_);
    for (const Cell& cell : old)
      if (cell.slot != kNoSlot) place(cell.tag, cell.slot);
  }

  std::vector<Cell> cells_;  ///< size is a power of two
  std::size_t size_ = 0;
};

}  // namespace tsunagu::store
