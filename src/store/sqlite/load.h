// From the file to memory.
#pragma once
#include "store/embedded.h"
#include "store/history/tail.h"
#include "store/memory/state.h"
#include "store/sqlite/database.h"
#include "store/sqlite/writer.h"

namespace tsunagu::store {

struct Loading {
  Writer::Start start;
  /// What the tail of the journal changed: the next checkpoint is to write (changed) or delete (removed) it.
  std::vector<std::pair<TenantId, std::uint32_t>> changed;
  std::vector<std::uint64_t> removed;
};

/// Fills `state`, `tail` and the term table from the file.
Result<Loading> load(Database& db, State& state, Tail& tail, const EmbeddedOptions& options);

}  // namespace tsunagu::store
