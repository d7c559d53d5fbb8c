#include "store/sqlite/checkpoint.h"

#include <algorithm>

#include "store/sqlite/folder.h"

namespace tsunagu::store {

Result<void> Checkpoint::prepare() {
  const auto make = [this](Statement& to, std::string_view sql) -> Result<void> {
    auto statement = db_.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    to = std::move(*statement);
    return {};
  };
  auto done = make(put_, "INSERT OR REPLACE INTO entity(number, tenant, sequence, hash, record) VALUES(?,?,?,?,?)");
  if (done) done = make(remove_, "DELETE FROM entity WHERE number=?");
  if (done)
    done = make(note_, "INSERT OR REPLACE INTO meta(key, value) VALUES('checkpoint_sequence', ?), ('next_number', ?)");
  return done;
}

void Checkpoint::changed(TenantId tenant, std::uint32_t slot) {
  if (marks_.size() <= tenant.value) marks_.resize(tenant.value + 1u);
  auto& marks = marks_[tenant.value];
  if (marks.size() <= slot) marks.resize(std::max<std::size_t>(slot + 1u, marks.size() * 2));
  if (marks[slot]) return;
  marks[slot] = true;
  next_changed_.push_back({tenant, slot});
}

void Checkpoint::start(std::uint64_t last_sequence) {
  changed_.swap(next_changed_);
  removed_.swap(next_removed_);
  // In the order of the table, so that neighbours share pages and new rows are appended.
  std::sort(changed_.begin(), changed_.end(), [](const Place& a, const Place& b) {
    return a.tenant != b.tenant ? a.tenant < b.tenant : a.slot < b.slot;
  });
  changed_done_ = removed_done_ = 0;
  target_ = last_sequence;
  active_ = true;
}

Result<void> Checkpoint::slice(std::size_t rows, std::uint64_t last_sequence, std::uint64_t next_number) {
  if (const auto done = write_rows(rows, last_sequence, next_number); !done) {
    if (db_.in_transaction()) (void)db_.exec("ROLLBACK");
    return done;
  }
  // Only now is it sure that the rows need not be written again.
  const std::size_t removed = std::min(rows, removed_.size() - removed_done_);
  const std::size_t changed = std::min(rows - removed, changed_.size() - changed_done_);
  removed_done_ += removed;
  for (std::size_t i = 0; i < changed; ++i) {
    const Place place = changed_[changed_done_++];
    marks_[place.tenant.value][place.slot] = false;
  }
  if (removed_done_ == removed_.size() && changed_done_ == changed_.size()) {
    active_ = false;
    sequence_ = target_;
    removed_ = {};
    changed_ = {};
  }
  return {};
}

Result<void> Checkpoint::write_rows(std::size_t rows, std::uint64_t last_sequence, std::uint64_t next_number) {
  if (auto done = db_.exec("BEGIN IMMEDIATE"); !done) return done;
  const std::size_t removed_end = std::min(removed_.size(), removed_done_ + rows);
  rows -= removed_end - removed_done_;
  const std::size_t changed_end = std::min(changed_.size(), changed_done_ + rows);
  for (std::size_t i = removed_done_; i < removed_end; ++i)
    if (auto done = remove_.bind(1, static_cast<std::int64_t>(removed_[i])).run(); !done) return done;
  for (std::size_t i = changed_done_; i < changed_end; ++i) {
    const Graph::Slot& slot = state_.tenant(changed_[i].tenant)->graph.slot(changed_[i].slot);
    if (!slot.record) continue;  // deleted meanwhile
    const std::string_view bytes = slot.record->bytes();
    put_.bind(1, static_cast<std::int64_t>(slot.number)).bind(2, changed_[i].tenant.value);
    put_.bind(3, static_cast<std::int64_t>(last_sequence)).bind(4, row_hash(slot.number, bytes)).bind_blob(5, bytes);
    if (auto done = put_.run(); !done) return done;
  }
  const bool last = removed_end == removed_.size() && changed_end == changed_.size();
  if (last)
    if (auto done =
            note_.bind(1, static_cast<std::int64_t>(target_)).bind(2, static_cast<std::int64_t>(next_number)).run();
        !done)
      return done;
  return db_.exec("COMMIT");
}

}  // namespace tsunagu::store
