#include "store/history/tail.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "store/sqlite/change.h"

namespace tsunagu::store {

const TailChange* TailPart::last(std::uint64_t number) const {
  std::shared_lock lock(mutex_);
  const auto it = last_.find(number);
  return it == last_.end() ? nullptr : it->second;
}

void TailPart::numbers(TenantId tenant, std::string_view id, std::vector<std::uint64_t>& out) const {
  std::shared_lock lock(mutex_);
  for (auto it = ended_.lower_bound({tenant, id, 0}); it != ended_.end() && it->tenant == tenant && it->id == id; ++it)
    out.push_back(it->number);
}

void TailPart::ids_behind(TenantId tenant, std::string_view after, std::size_t limit,
                          std::vector<std::string>& out) const {
  std::shared_lock lock(mutex_);
  std::string_view last = after;
  std::size_t found = 0;
  for (auto it = ended_.lower_bound({tenant, after, ~std::uint64_t{0}});
       it != ended_.end() && it->tenant == tenant && found < limit; ++it) {
    if (it->id == last) continue;
    last = it->id;
    out.emplace_back(last);
    ++found;
  }
}

std::vector<std::uint64_t> TailPart::all_numbers() const {
  std::shared_lock lock(mutex_);
  std::vector<std::uint64_t> out;
  out.reserve(last_.size());
  for (const auto& [number, change] : last_) out.push_back(number);
  std::sort(out.begin(), out.end());
  return out;
}

void TailPart::append(std::uint64_t sequence, std::string row) {
  const std::string& kept = rows_.emplace_back(std::move(row));
  std::lock_guard lock(mutex_);
  each_change(kept, [&](std::uint64_t number, std::string_view bytes) {
    const TailChange*& last = last_[number];
    last = &changes_.emplace_back(TailChange{last, bytes, sequence});
    const auto op = static_cast<ChangeOp>(bytes[4]);
    if (op != ChangeOp::kDelete && op != ChangeOp::kHistory) return;
    const ChangeView change = read_change(bytes);
    ended_.insert({change.tenant, change.id, number});
  });
}

Tail::Tail() {
  parts_.push_back({std::make_shared<TailPart>(), 0});
}

Tail::Snapshot Tail::snapshot() const {
  std::shared_lock lock(mutex_);
  Snapshot out;
  for (const Kept& kept : parts_) out.parts.push_back(kept.part);
  out.sequence = sequence_;
  out.fold_target = fold_target_;
  return out;
}

std::uint64_t Tail::fold_target() const {
  std::shared_lock lock(mutex_);
  return fold_target_;
}

void Tail::append(std::uint64_t sequence, std::string row) {
  const std::size_t size = row.size();
  std::lock_guard appending(appending_);
  parts_.back().part->append(sequence, std::move(row));
  std::lock_guard lock(mutex_);
  Kept& kept = parts_.back();
  if (kept.bytes == 0) since_ = std::chrono::steady_clock::now();
  kept.bytes += size;
  total_ += size;
  kept.last_sequence = sequence_ = sequence;
}

void Tail::set_sequence(std::uint64_t sequence) {
  std::lock_guard lock(mutex_);
  sequence_ = std::max(sequence_, sequence);
}

Tail::Load Tail::load() const {
  std::shared_lock lock(mutex_);
  return {parts_.back().bytes, total_, since_, parts_.size() > 1};
}

Tail::Snapshot Tail::seal() {
  std::lock_guard appending(appending_);
  std::lock_guard lock(mutex_);
  Snapshot out;
  if (parts_.back().bytes > 0) parts_.push_back({std::make_shared<TailPart>(), sequence_});
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) out.parts.push_back(parts_[i].part);
  out.sequence = parts_.size() > 1 ? parts_[parts_.size() - 2].last_sequence : sequence_;
  out.fold_target = fold_target_ = out.sequence;
  return out;
}

void Tail::drop(std::uint64_t sequence) {
  std::vector<Kept> dropped;  // freed without the locks
  std::lock_guard appending(appending_);
  std::lock_guard lock(mutex_);
  while (parts_.size() > 1 && parts_.front().last_sequence <= sequence) {
    total_ -= parts_.front().bytes;
    dropped.push_back(std::move(parts_.front()));
    parts_.erase(parts_.begin());
  }
}

std::vector<const TailChange*> changes_of(const Tail::Snapshot& snapshot, std::uint64_t number, std::uint64_t folded) {
  std::vector<const TailChange*> out;
  for (auto part = snapshot.parts.rbegin(); part != snapshot.parts.rend(); ++part)
    for (const TailChange* change = (*part)->last(number); change && change->sequence > folded;
         change = change->previous)
      if (change->sequence <= snapshot.sequence) out.push_back(change);
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace tsunagu::store
