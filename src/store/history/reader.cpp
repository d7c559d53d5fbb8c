#include "store/history/reader.h"

#include <algorithm>
#include <shared_mutex>

#include "store/history/series_scan.h"
#include "store/history/tail_view.h"

namespace tsunagu::store {
namespace {

// One entity number as this reader sees it.
struct Number {
  std::uint64_t number = 0;
  Life life;                               ///< empty when nothing is folded
  std::vector<const TailChange*> changes;  ///< that are not
};

class Anything final : public SeriesVisitor {
 public:
  bool found = false;
  bool run(const RunSummary& summary) override { return found |= summary.count > 0; }
  bool point(const HistoryPoint&) override {
    found = true;
    return false;
  }
};

class StoreHistory final : public HistoryReader {
 public:
  StoreHistory(std::shared_ptr<const State> state, std::shared_ptr<HistoryShared> shared, TenantId tenant)
      : state_(std::move(state)), shared_(std::move(shared)), tenant_(tenant) {}

  ~StoreHistory() override {
    if (!tables_) return;
    if (tables_->database().exec("COMMIT")) shared_->pool.give_back(std::move(tables_));
  }

  Result<void> begin() {
    auto tables = shared_->pool.take();
    if (!tables) return tl::unexpected(tables.error());
    tables_ = std::move(*tables);
    // Leaves must not hold more than the tail that was seen: look at the tail first, and again if folding has begun in
    // between.
    for (;;) {
      tail_ = shared_->tail.snapshot();
      if (auto done = tables_->database().exec("BEGIN"); !done) return done;
      const auto folded = tables_->database().integer("SELECT value FROM meta WHERE key='folded_sequence'");
      if (!folded) return tl::unexpected(folded.error());
      folded_ = static_cast<std::uint64_t>(*folded);
      if (shared_->tail.fold_target() <= tail_.sequence) return {};
      if (auto done = tables_->database().exec("COMMIT"); !done) return done;
    }
  }

  Result<std::optional<RememberedEntity>> entity(std::string_view id) override {
    if (auto found = find(id); !found) return tl::unexpected(found.error());
    return remembered();
  }

  Result<std::vector<EntityState>> states(std::string_view id) override {
    if (auto found = find(id); !found) return tl::unexpected(found.error());
    std::vector<EntityState> out;
    for (const Number& number : numbers_) {
      std::vector<EntityState> own = states_of(number, view_tail(number.changes));
      out.insert(out.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
    }
    return out;
  }

  Result<std::vector<SeriesKey>> series(std::string_view id) override {
    if (auto found = find(id); !found) return tl::unexpected(found.error());
    std::vector<SeriesKey> out;
    for (const Number& number : numbers_)
      if (auto done = add_series(number, view_tail(number.changes), out); !done) return tl::unexpected(done.error());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  Result<void> scan(std::string_view id, const SeriesKey& series, const TimeWindow& window, bool newest_first,
                    SeriesVisitor& visitor) override {
    if (auto found = find(id); !found) return tl::unexpected(found.error());
    std::vector<TailView> views;
    views.reserve(numbers_.size());
    std::vector<SeriesSource> sources;
    for (const Number& number : numbers_) {
      views.push_back(view_tail(number.changes, &series));
      auto source =
          make_source(*tables_, number.number, number.life.find(series.name, series.dataset_id), series, views.back());
      if (!source) return tl::unexpected(source.error());
      sources.push_back(std::move(*source));
    }
    return scan_series(*tables_, std::move(sources), series, window, newest_first, visitor);
  }

  Result<std::vector<RememberedEntity>> past_entities(std::string_view after, std::size_t limit) override {
    std::vector<RememberedEntity> out;
    std::string last(after);
    while (out.size() < limit) {
      std::vector<std::string> ids;
      const std::size_t some = std::max<std::size_t>(limit - out.size(), 16);
      if (auto done = tables_->past_ids_behind(tenant_, last, some, ids); !done) return tl::unexpected(done.error());
      for (const auto& part : tail_.parts) part->ids_behind(tenant_, last, some, ids);
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      if (ids.empty()) break;
      if (ids.size() > some) ids.resize(some);  // behind that, one of the lists may have been cut off
      for (const std::string& id : ids) {
        if (auto found = find(id); !found) return tl::unexpected(found.error());
        auto one = remembered();
        if (!one) return tl::unexpected(one.error());
        if (*one && past_) out.push_back(std::move(**one));
        if (out.size() == limit) break;
      }
      last = ids.back();
    }
    return out;
  }

 private:
  // Finds the numbers that stood under `id` and makes them the current ones.
  Result<void> find(std::string_view id) {
    if (known_ && id_ == id) return {};
    known_ = false;
    id_ = id;
    numbers_.clear();
    past_ = false;
    std::vector<std::uint64_t> numbers;
    {
      std::shared_lock lock(state_->mutex);
      const Tenant* tenant = state_->tenant(tenant_);
      const std::uint32_t slot = tenant ? tenant->graph.find(id) : kNoSlot;
      if (slot != kNoSlot) numbers.push_back(tenant->graph.slot(slot).number);
    }
    // What was deleted since this reader was opened is found in the tail as it is now, or, when it was folded since, in
    // the tables as they are now: it goes this way, so it is looked for this way.
    const Tail::Snapshot current = shared_->tail.snapshot();
    for (const auto& part : current.parts) part->numbers(tenant_, id, numbers);
    if (current.fold_target != tail_.fold_target) {
      auto fresh = shared_->pool.take();
      if (!fresh) return tl::unexpected(fresh.error());
      if (auto done = (*fresh)->past_numbers(tenant_, id, numbers); !done) return done;
      shared_->pool.give_back(std::move(*fresh));
    }
    for (const auto& part : tail_.parts) part->numbers(tenant_, id, numbers);
    if (auto done = tables_->past_numbers(tenant_, id, numbers); !done) return done;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const std::uint64_t number : numbers) {
      Number one;
      one.number = number;
      auto life = tables_->life(number);
      if (!life) return tl::unexpected(life.error());
      if (*life) one.life = std::move(**life);
      one.changes = changes_of(tail_, number, std::max(folded_, one.life.sequence));
      if (!*life && one.changes.empty()) continue;
      numbers_.push_back(std::move(one));
    }
    known_ = true;
    return {};
  }

  static std::vector<EntityState> states_of(const Number& number, const TailView& view) {
    std::vector<EntityState> out;
    if (!view.forget_folded) out = number.life.states;
    add_states(out, view.states);
    return out;
  }

  Result<void> add_series(const Number& number, TailView view, std::vector<SeriesKey>& out) {
    for (const SeriesTail& one : view.series)
      if (!one.points.empty()) out.push_back({one.name, std::string(one.dataset_id)});
    if (view.forget_folded) return {};
    for (const SeriesInfo& info : number.life.series) {
      const SeriesTail* tail = view.find(info.key.name, info.key.dataset_id);
      if (info.points == 0 || (tail && tail->forget_folded)) continue;
      if (tail && tail->forgotten.size() >= info.points) {  // perhaps all of it
        auto source = make_source(*tables_, number.number, &info, info.key, view);
        if (!source) return tl::unexpected(source.error());
        Anything anything;
        TimeWindow all;
        all.everything = true;
        std::vector<SeriesSource> sources;
        sources.push_back(std::move(*source));
        if (auto done = scan_series(*tables_, std::move(sources), info.key, all, false, anything); !done) return done;
        if (!anything.found) continue;
      }
      out.push_back(info.key);
    }
    return {};
  }

  // Sums up the current numbers.
  Result<std::optional<RememberedEntity>> remembered() {
    RememberedEntity out;
    bool anything = false;
    for (const Number& number : numbers_) {
      const TailView view = view_tail(number.changes);
      const std::vector<EntityState> states = states_of(number, view);
      std::vector<SeriesKey> series;
      if (states.empty())
        if (auto done = add_series(number, view_tail(number.changes), series); !done)
          return tl::unexpected(done.error());
      if (!states.empty()) out.types = states.back().types;
      anything |= !states.empty() || !series.empty();
      out.created_at = view.created_at != kNoInstant && number.life.created_at == kNoInstant ? view.created_at
                                                                                             : number.life.created_at;
      out.modified_at = view.modified_at != kNoInstant ? view.modified_at : number.life.modified_at;
      out.deleted_at = view.deleted_at != kNoInstant ? view.deleted_at : number.life.deleted_at;
      past_ = view.past || !number.life.id.empty();
    }
    if (!anything) return std::optional<RememberedEntity>();
    out.id = id_;
    if (out.types.empty()) out.types = current_types();
    return std::optional(std::move(out));
  }

  // Of an entity that exists and whose states were forgotten.
  std::vector<ngsi::TermId> current_types() const {
    std::vector<ngsi::TermId> out;
    std::shared_lock lock(state_->mutex);
    const Tenant* tenant = state_->tenant(tenant_);
    const std::uint32_t slot = tenant ? tenant->graph.find(id_) : kNoSlot;
    if (slot == kNoSlot) return out;
    const ngsi::Record& record = *tenant->graph.slot(slot).record;
    for (std::uint16_t i = 0; i < record.type_count(); ++i) out.push_back(record.type(i));
    return out;
  }

  std::shared_ptr<const State> state_;
  std::shared_ptr<HistoryShared> shared_;
  const TenantId tenant_;
  std::unique_ptr<HistoryTables> tables_;
  Tail::Snapshot tail_;
  std::uint64_t folded_ = 0;

  // The id asked for last: several questions about one id follow each other.
  std::string id_;
  bool known_ = false, past_ = false;
  std::vector<Number> numbers_;
};

}  // namespace

Result<std::unique_ptr<HistoryReader>> open_history(std::shared_ptr<const State> state,
                                                    std::shared_ptr<HistoryShared> shared, TenantId tenant) {
  auto out = std::make_unique<StoreHistory>(std::move(state), std::move(shared), tenant);
  if (auto done = out->begin(); !done) return tl::unexpected(done.error());
  return std::unique_ptr<HistoryReader>(std::move(out));
}

}  // namespace tsunagu::store
