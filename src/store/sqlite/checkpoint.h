// Writes the records of changed entities into the table `entity`, in small transactions between groups, so that the
// next start replays only a short tail of the journal. Used by the writer thread only.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

#include "store/memory/state.h"
#include "store/sqlite/database.h"

namespace tsunagu::store {

class Checkpoint {
 public:
  Checkpoint(Database& db, const State& state) : db_(db), state_(state) {}
  Result<void> prepare();

  /// The entity in this slot was created or changed.
  void changed(TenantId tenant, std::uint32_t slot);
  /// The entity with this number was deleted.
  void removed(std::uint64_t number) { next_removed_.push_back(number); }

  bool active() const { return active_; }
  /// Is there anything that a checkpoint would write?
  bool needed(std::uint64_t last_sequence) const { return last_sequence > sequence_; }
  /// Starts one for everything up to `last_sequence`.
  void start(std::uint64_t last_sequence);
  /// Writes at most `rows` rows in one transaction; the last slice also notes that the checkpoint is complete. After an
  /// error nothing of the slice is in the file, and it can be tried again.
  Result<void> slice(std::size_t rows, std::uint64_t last_sequence, std::uint64_t next_number);

  std::uint64_t sequence() const { return sequence_; }
  void set_sequence(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  struct Place {
    TenantId tenant;
    std::uint32_t slot;
  };
  Result<void> write_rows(std::size_t rows, std::uint64_t last_sequence, std::uint64_t next_number);

  Database& db_;
  const State& state_;
  Statement put_, remove_, note_;
  std::vector<std::vector<bool>> marks_;  ///< by tenant and slot: is in one of the lists of changed entities
  std::vector<Place> next_changed_, changed_;
  std::vector<std::uint64_t> next_removed_, removed_;
  std::size_t changed_done_ = 0, removed_done_ = 0;  ///< of the active one, already in the file
  bool active_ = false;
  std::uint64_t sequence_ = 0;  ///< of the last complete checkpoint
  std::uint64_t target_ = 0;    ///< of the active one
};

}  // namespace tsunagu::store
