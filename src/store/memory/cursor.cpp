#include "store/memory/cursor.h"

#include <algorithm>
#include <limits>
#include <shared_mutex>

#include "store/memory/planner.h"

namespace tsunagu::store {
namespace {

constexpr std::size_t kBatch = 128;                // records taken under one lock
constexpr std::uint64_t kPatience = 16384;         // records walked before collecting is considered again
constexpr std::uint64_t kMostCollected = 200'000;  // slots collected under one lock: a few milliseconds

// Linked entities of the same tenant. Locks for each look-up, so nobody may call it with the lock held.
class LinkedInTenant final : public ngsi::Linked {
 public:
  LinkedInTenant(const State& state, TenantId tenant, Instant at) : state_(state), tenant_(tenant), at_(at) {}
  ngsi::RecordPtr find(std::string_view id) const override {
    const std::uint64_t hash = Graph::id_hash(id);
    std::shared_lock lock(state_.mutex);
    const Graph& graph = state_.tenant(tenant_)->graph;
    const std::uint32_t slot = graph.find(id, hash);
    if (slot == kNoSlot || graph.slot(slot).record->expired(at_)) return nullptr;
    return graph.slot(slot).record;
  }

 private:
  const State& state_;
  TenantId tenant_;
  Instant at_;
};

ngsi::Selection at_some_instant(ngsi::Selection selection) {
  if (selection.at == kNoInstant) selection.at = now();
  return selection;
}

class GraphCursor final : public Cursor {
 public:
  GraphCursor(std::shared_ptr<const State> state, TenantId tenant, ngsi::Selection selection)
      : state_(std::move(state)),
        tenant_(tenant),
        selection_(at_some_instant(std::move(selection))),
        linked_(*state_, tenant, selection_.at) {
    std::shared_lock lock(state_->mutex);
    if (!state_->tenant(tenant_)) {
      done_ = true;
      plan_.access = "unknown tenant";
      return;
    }
    open();
  }

  bool step(std::size_t budget, std::size_t want, std::vector<ngsi::RecordPtr>& out) override {
    budget = std::max<std::size_t>(budget, 1);
    const std::size_t full = out.size() + std::min(want, std::numeric_limits<std::size_t>::max() - out.size());
    while (budget > 0 && out.size() < full && !done_)
      budget -= std::min(budget, find_some(std::min(budget, kBatch), full, out));
    return !done_;
  }

  std::optional<std::uint64_t> known_count() const override { return known_count_; }

  std::uint64_t skip_cheaply(std::uint64_t n) override {
    if (filters_ || done_ || !known_count_) return 0;
    std::shared_lock lock(state_->mutex);
    if (some_expired()) return 0;
    std::uint64_t skipped = 0;
    while (skipped < n) {
      slots_.clear();
      fill(walk_, graph(), from_, static_cast<std::size_t>(std::min<std::uint64_t>(n - skipped, 65536)), slots_);
      if (slots_.empty()) break;
      skipped += slots_.size();
      from_ = slots_.back() + 1;
    }
    slots_.clear();
    return skipped;
  }

  const Plan& plan() const override { return plan_; }

 private:
  const Graph& graph() const { return state_->tenant(tenant_)->graph; }

  bool some_expired() const {
    const KeySet& expiries = graph().expiries();
    return !expiries.empty() && expiries.begin()->key() <= time_key(selection_.at);
  }

  void open() {
    const bool one_type = !selection_.types || selection_.types->kind == ngsi::TypeExpr::Kind::kType ||
                          (selection_.types->kind == ngsi::TypeExpr::Kind::kAnd && selection_.types->children.empty());
    filters_ = !one_type || !selection_.ids.empty() || selection_.id_regex || !selection_.attrs.empty() ||
               !selection_.q.empty() || selection_.geo || selection_.scope || selection_.any_of;
    if (!selection_.ids.empty()) {
      plan_.access = "id";
      plan_.candidates = selection_.ids.size();
      for (const std::string& id : selection_.ids)
        if (const std::uint32_t slot = graph().find(id); slot != kNoSlot) slots_.push_back(slot);
      take_collected();
      return;
    }
    Ways ways = plan_ways(selection_, graph());
    walk_ = std::move(ways.walk);
    collected_ = std::move(ways.collected);
    plan_.access = walk_.text;
    plan_.candidates = walk_.estimate;
    if (!filters_) {
      known_count_ = count(walk_, graph(), ~std::uint64_t{0});
      if (some_expired()) *known_count_ -= expired();
    }
    if (ways.collect_now) collect_now();
  }

  // Entities that the count includes but that have expired; the writer is about to remove them.
  std::uint64_t expired() const {
    std::uint64_t n = 0;
    for (const KeyedSlot& due : graph().expiries()) {
      if (due.key() > time_key(selection_.at)) break;
      const ngsi::Record& record = *graph().slot(due.slot).record;
      if (record.expired(selection_.at) && (!selection_.types || ngsi::matches(*selection_.types, record))) ++n;
    }
    return n;
  }

  void collect_now() {
    plan_.access = collected_->text;
    plan_.candidates = collected_->estimate;
    slots_.clear();
    collect(*collected_, graph(), from_, slots_);
    collected_.reset();
    take_collected();
  }

  void take_collected() {
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
    listed_ = true;
    next_slot_ = 0;
  }

  // Takes up to `n` more candidates as records; the query is done when there are none.
  void take(std::size_t n) {
    records_.clear();
    next_record_ = 0;
    std::shared_lock lock(state_->mutex);
    if (!listed_ && collected_ && plan_.examined >= kPatience) reconsider();
    std::size_t taken = 0;
    const auto add = [&](std::uint32_t slot) {
      ++taken;
      if (slot >= graph().slot_end()) return;
      if (const ngsi::RecordPtr& record = graph().slot(slot).record) records_.push_back(record);
    };
    if (listed_) {
      fetch_ahead(next_slot_, std::min(slots_.size(), next_slot_ + std::min(n, slots_.size())));
      for (; taken < n && next_slot_ < slots_.size(); ++next_slot_) add(slots_[next_slot_]);
    } else {
      slots_.clear();
      fill(walk_, graph(), from_, n, slots_);
      if (slots_.size() > n) slots_.resize(n);
      for (const std::uint32_t slot : slots_) add(slot);
      if (!slots_.empty()) from_ = slots_.back() + 1;
      slots_.clear();
    }
    if (taken == 0) done_ = true;
  }

  // Records lie anywhere in memory: asks for all of them at once instead of waiting for one after the other.
  void fetch_ahead(std::size_t begin, std::size_t end) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (slots_[i] < graph().slot_end()) __builtin_prefetch(&graph().slot(slots_[i]));
    }
    for (std::size_t i = begin; i < end; ++i) {
      if (slots_[i] < graph().slot_end()) __builtin_prefetch(graph().slot(slots_[i]).record.get(), 1);
    }
  }

  // The walk takes long: a large collection may still be much less than what is left of the walk.
  void reconsider() {
    collected_->estimate = count(*collected_, graph(), kMostCollected);
    const std::uint64_t left = walk_.estimate > plan_.examined ? walk_.estimate - plan_.examined : graph().size();
    if (collected_->estimate < kMostCollected && collected_->estimate < left / 4) {
      collect_now();
    } else {
      collected_.reset();
    }
  }

  // Evaluates up to `most` records until `out` is full. Returns how many.
  std::size_t find_some(std::size_t most, std::size_t full, std::vector<ngsi::RecordPtr>& out) {
    if (next_record_ == records_.size()) {
      take(filters_ ? batch_ : std::min(most, full - out.size()));
      batch_ = std::min(batch_ * 2, kBatch);
    }
    std::size_t done = 0;
    for (; done < most && out.size() < full && next_record_ < records_.size(); ++done) {
      ngsi::RecordPtr record = std::move(records_[next_record_++]);
      if (ngsi::matches(selection_, *record, &linked_)) out.push_back(std::move(record));
    }
    plan_.examined += done;
    return std::max<std::size_t>(done, 1);
  }

  std::shared_ptr<const State> state_;
  TenantId tenant_;
  ngsi::Selection selection_;
  LinkedInTenant linked_;
  Plan plan_;
  bool done_ = false;
  bool filters_ = true;
  std::optional<std::uint64_t> known_count_;

  Access walk_;
  std::optional<Access> collected_;
  std::uint32_t from_ = 0;  ///< next slot of the walk
  bool listed_ = false;     ///< slots_ holds all candidates that are left
  std::vector<std::uint32_t> slots_;
  std::size_t next_slot_ = 0;

  std::vector<ngsi::RecordPtr> records_;  ///< taken, from next_record_ on not evaluated yet
  std::size_t next_record_ = 0;
  std::size_t batch_ = 32;
};

}  // namespace

std::unique_ptr<Cursor> open_cursor(std::shared_ptr<const State> state, TenantId tenant, ngsi::Selection selection) {
  return std::make_unique<GraphCursor>(std::move(state), tenant, std::move(selection));
}

}  // namespace tsunagu::store
