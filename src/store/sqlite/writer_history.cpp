// The writer's side of history: HistoryWrite, and writing what is folded.
#include <algorithm>

#include "store/sqlite/folder.h"
#include "store/sqlite/writer.h"

namespace tsunagu::store {
namespace {

constexpr std::uint64_t kTrimRows = 200;
constexpr std::int64_t kFreePages = 4096;  // of 8 KiB

Outcome refused(Error error) {
  Outcome outcome;
  outcome.result = tl::unexpected(std::move(error));
  return outcome;
}

}  // namespace

Result<std::vector<std::uint64_t>> Writer::past_numbers(TenantId tenant, std::string_view id) {
  std::vector<std::uint64_t> out;
  for (const EndedNumber& one : ended_)
    if (one.tenant == tenant && one.id == id) out.push_back(one.number);
  for (const auto& part : history_.tail.snapshot().parts) part->numbers(tenant, id, out);
  auto tables = history_.pool.take();
  if (!tables) return tl::unexpected(tables.error());
  if (auto done = (*tables)->past_numbers(tenant, id, out); !done) return tl::unexpected(done.error());
  history_.pool.give_back(std::move(*tables));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Outcome Writer::write_history(const HistoryWrite& write) {
  if (!state_.tenant(write.tenant)) return refused({ErrorCode::kNonexistentTenant, "Unknown tenant"});
  if (!room_) return refused(room_.error());
  for (const ngsi::Attribute& attribute : write.add)
    if (auto fits = ngsi::check_sizes(attribute); !fits) return refused(fits.error());
  for (const HistoryWrite::Replacement& one : write.replace)
    if (auto fits = ngsi::check_sizes(one.by); !fits) return refused(fits.error());
  const bool removes =
      write.forget || !write.forget_series.empty() || !write.forget_instances.empty() || !write.replace.empty();
  const Touched& touched = touched_[touch(write.tenant, write.id)];
  Result<std::vector<std::uint64_t>> numbers;
  // What is only added goes to the life that an entity has now; the lives before need not be looked for.
  if (removes || !touched.current) numbers = past_numbers(write.tenant, write.id);
  if (!numbers) return refused(numbers.error());
  const Instant at = next_instant();
  Outcome outcome;
  outcome.before = outcome.after = touched.current;

  std::erase(*numbers, touched.current ? touched.number : 0);  // a HistoryWrite made it known while the entity exists
  const bool adds = !write.add.empty() || !write.types.empty() || !write.scopes.empty();
  std::uint64_t target = touched.current ? touched.number : numbers->empty() ? 0 : numbers->back();
  if (adds && target == 0) {
    if (write.types.empty())
      return refused({ErrorCode::kBadRequestData, "Nothing is remembered of " + write.id + ", and no type is given"});
    target = next_number_++;
    numbers->push_back(target);
    ended_.push_back({write.tenant, write.id, target});
  }
  if (touched.current) numbers->push_back(touched.number);
  for (const std::uint64_t number : *numbers) {
    const bool adding = adds && number == target;
    if (!removes && !adding) continue;
    const std::size_t size = row_.size();
    row_.append_history(write.tenant, number, at, write, !touched.current || number != touched.number, adding);
    count_change(size);
  }
  last_instant_.us += static_cast<std::int64_t>(write.add.size());
  past_changes_.push_back({write.tenant, touched.current, write.types});
  return outcome;
}

// While history beyond leaves is more than it may be, the folding thread goes first; an error when it cannot.
Result<void> Writer::make_room() {
  const auto enough = [this] { return history_.tail.load().total < options_.max_unfolded_bytes; };
  while (!enough()) {
    if (auto failing = folding_.failing()) {
      if (failing->code != ErrorCode::kStorageFull && failing->code != ErrorCode::kReadOnly)
        failing->code = ErrorCode::kUnavailable;
      failing->detail = "History cannot be folded, and there is too much of it in memory already: " + failing->detail;
      return tl::unexpected(std::move(*failing));
    }
    write_folded_slice();
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [&] { return folding_.has_slice() || folding_.failing() || enough(); });
  }
  return {};
}

void Writer::write_folded_slice() {
  folding_.write_slice([this](const FoldSlice& slice) { return write_folded(slice); });
}

Result<void> Writer::write_folded(const FoldSlice& slice) {
  const auto number_of = [](Instant t) { return t.us; };
  const auto write = [&]() -> Result<void> {
    if (auto done = begin_.run(); !done) return done;
    for (const FoldedNumber& one : slice.numbers) {
      const auto number = static_cast<std::int64_t>(one.number);
      for (const std::int64_t leaf : one.gone)
        if (auto done = remove_leaf_.bind(1, leaf).run(); !done) return done;
      for (const LeafRow& leaf : one.made) {
        const LeafRange& r = leaf.range;
        int column = 0;
        put_leaf_.bind(++column, number);
        for (const Instant t : {r.first_time, leaf.from_written, r.last_time, r.first_written, r.last_written,
                                r.first_modified, r.last_modified, r.first_created, r.last_created})
          put_leaf_.bind(++column, number_of(t));
        put_leaf_.bind(11, static_cast<std::int64_t>(r.points))
            .bind(12, row_hash(one.number, leaf.data))
            .bind_blob(13, leaf.data);
        if (auto done = put_leaf_.run(); !done) return done;
      }
      if (!one.life) {
        if (auto done = remove_life_.bind(1, number).run(); !done) return done;
        continue;
      }
      const std::string data = pack_life(*one.life);
      put_life_.bind(1, number).bind(2, static_cast<std::int64_t>(one.life->sequence)).bind(3, one.life->tenant.value);
      put_life_.bind_text(4, one.life->id).bind(5, one.life->created_at.us).bind(6, one.life->modified_at.us);
      if (auto done = put_life_.bind(7, one.life->deleted_at.us).bind_blob(8, data).run(); !done) return done;
    }
    if (slice.mark)
      if (auto done = note_folded_.bind(1, static_cast<std::int64_t>(*slice.mark)).run(); !done) return done;
    return commit_.run();
  };
  const auto done = write();
  if (!done && db_.in_transaction()) (void)db_.exec("ROLLBACK");
  if (!done) return done;
  if (slice.mark) folded_sequence_ = *slice.mark;
  std::lock_guard lock(mutex_);
  for (const FoldedNumber& one : slice.numbers) {
    stats_.points_forgotten += one.forgotten;
    stats_.points_thinned += one.thinned;
  }
  return done;
}

std::uint64_t Writer::trimmable() const {
  const std::uint64_t end =
      std::min(folded_sequence_, checkpoint_.sequence());  // that row stays: it says how far the journal came
  return end > first_sequence_ ? end - first_sequence_ : 0;
}

Result<void> Writer::trim_journal() {
  const std::uint64_t rows = std::min<std::uint64_t>(trimmable(), kTrimRows);
  if (rows == 0) return {};
  trim_journal_.bind(1, static_cast<std::int64_t>(first_sequence_))
      .bind(2, static_cast<std::int64_t>(first_sequence_ + rows - 1));
  if (auto done = trim_journal_.run(); !done) return done;
  first_sequence_ += rows;
  if (trimmable() > 0) return {};
  // Free pages are used again; only when they are many is the file made smaller.
  const auto free = db_.integer("PRAGMA freelist_count");
  const auto pages = db_.integer("PRAGMA page_count");
  if (free && pages && *free > kFreePages && *free > *pages / 4) return db_.exec("PRAGMA incremental_vacuum(1024)");
  return {};
}

}  // namespace tsunagu::store
