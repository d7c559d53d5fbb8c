#include "store/history/aging.h"

#include <algorithm>
#include <limits>

namespace tsunagu::store {
namespace {

constexpr std::size_t kTail = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kLeavesBefore = 8;

bool is_older(Instant t, Instant horizon) {
  return horizon != kNoInstant && t < horizon;
}

// The last point of a series in a leaf that the tail does not drop.
class LastPoint final : public SeriesVisitor {
 public:
  explicit LastPoint(const SeriesTail* tail) : tail_(tail) {}
  bool point(const HistoryPoint& point) override {
    if (tail_ && tail_->drops(point.written)) return true;
    place = Place{point.at, point.written};
    return false;
  }
  std::optional<Place> place;

 private:
  const SeriesTail* tail_;
};

template <class Use>
void each_tail_point(const TailView& view, const SeriesPoints& replacing, const Use& use) {
  for (const SeriesTail& series : view.series) {
    const SeriesKey key{series.name, std::string(series.dataset_id)};
    for (const Point& point : series.points) use(key, point);
  }
  for (const auto& [key, points] : replacing)
    for (const Point& point : points) use(key, point);
}

}  // namespace

bool Aging::idle(const Retention& retention, const Life& life, const TailView& view, const SeriesPoints& replacing) {
  if (!retention.any()) return true;
  const Instant now = retention.now();
  const auto types = life.states.empty() ? std::vector<ngsi::TermId>() : life.states.back().types;
  exists_ = life.id.empty();
  bool due = false;
  const auto add = [&](const SeriesKey& key) -> Series* {
    if (const auto known = series_.find(key); known != series_.end()) return &known->second;
    const auto horizon = retention.horizon(life.tenant, types, key.name, now);
    if (!horizon) return nullptr;
    Series& made = series_[key];
    made.horizon = *horizon;
    made.thin_from = horizon->thin_before;
    return &made;
  };
  for (const SeriesInfo& info : life.series) {
    Series* const series = info.points > 0 ? add(info.key) : nullptr;
    if (!series) continue;
    const Horizon& horizon = series->horizon;
    series->folded = true;
    series->first = info.first_time;
    series->old = is_older(info.first_time, horizon.forget_before);
    const SeriesTail* const tail = view.find(info.key.name, info.key.dataset_id);
    const bool last_only = exists_ && info.last_kept && info.points == 1 && !tail;
    series->forgets = series->old && !last_only;
    due |= series->forgets && info.first_time < horizon.forget_due;
    if (horizon.thin_to == 0 || info.points == 1) continue;
    Instant from = info.first_time;
    if (info.thinned_to == horizon.thin_to) from = std::max(from, info.thinned_before);
    from = period_start(from, horizon.thin_to);
    if (from <= info.last_time) series->thin_from = std::min(from, horizon.thin_before);
    due |= series->thin_from < horizon.thin_due;
  }
  each_tail_point(view, replacing, [&](const SeriesKey& key, const Point& point) {
    Series* const series = add(key);
    if (!series) return;
    const Instant time = time_of(point);
    if (is_older(time, series->horizon.forget_before)) series->old = series->forgets = due = true;
    if (!is_older(time, series->horizon.thin_before)) return;
    series->thin_from = std::min(series->thin_from, period_start(time, series->horizon.thin_to));
    due = true;
  });
  if (!due) series_.clear();
  return !due;
}

Result<std::vector<AgedLeaf>> Aging::plan(HistoryTables& tables, const Life& life, const TailView& view,
                                          const SeriesPoints& replacing, std::size_t leaves) {
  if (exists_) {
    for (auto& [key, series] : series_)
      if (series.old)
        if (auto done = find_last(tables, life, view, key, series); !done) return tl::unexpected(done.error());
    each_tail_point(view, replacing, [&](const SeriesKey& key, const Point& point) {
      const auto it = series_.find(key);
      if (it != series_.end() && it->second.old) it->second.last = std::max(it->second.last, {place_of(point)});
    });
  }
  if (auto done = walk(tables, life, view, leaves); !done) return tl::unexpected(done.error());
  each_tail_point(view, replacing, [&](const SeriesKey& key, const Point& point) {
    if (const auto it = series_.find(key); it != series_.end()) look_at(it->second, point, kTail);
  });
  for (auto& [key, series] : series_) {
    series.thin_end = series.horizon.thin_before;
    if (more() && series.thin_from < series.thin_end)
      series.thin_end =
          std::clamp(period_start(end_, series.horizon.thin_to), series.thin_from, series.horizon.thin_before);
    // When all of a series is old, all of it was seen: whether the attribute exists is known too.
    if (more() || !series.last || series.last->time >= series.horizon.forget_before || !series.newest_is_tombstone)
      continue;
    series.last.reset();
    if (series.last_leaf != kTail) leaves_[series.last_leaf].changes = true;
  }
  if (std::none_of(leaves_.begin(), leaves_.end(), [](const AgedLeaf& leaf) { return leaf.changes; }))
    return std::move(leaves_);
  std::vector<AgedLeaf> before;
  auto done = tables.leaves(life.number, kNoInstant, leaves_.front().row.range.first_time, true,
                            [&](const LeafRow& head, const HistoryTables::Data&) -> Result<bool> {
                              before.push_back({head});
                              return before.size() < kLeavesBefore;
                            });
  if (!done) return tl::unexpected(done.error());
  leaves_.insert(leaves_.begin(), std::make_move_iterator(before.rbegin()), std::make_move_iterator(before.rend()));
  return std::move(leaves_);
}

Result<void> Aging::find_last(HistoryTables& tables, const Life& life, const TailView& view, const SeriesKey& key,
                              Series& series) {
  const SeriesInfo* const info = life.find(key.name, key.dataset_id);
  if (!info || info->points == 0) return {};
  LastPoint last(view.find(key.name, key.dataset_id));
  auto done = tables.leaves(life.number, info->first_time, Instant{info->last_time.us + 1}, true,
                            [&](const LeafRow&, const HistoryTables::Data& data) -> Result<bool> {
                              const auto bytes = data();
                              if (!bytes) return tl::unexpected(bytes.error());
                              const auto leaf = LeafReader::open(*bytes);
                              if (!leaf) return tl::unexpected(leaf.error());
                              const std::size_t i = leaf->find(key);
                              if (i == leaf->series_count()) return true;
                              return leaf->scan(i, kNoInstant, kNoInstant, true, false, last);
                            });
  if (done) series.last = last.place;
  return done;
}

Result<void> Aging::walk(HistoryTables& tables, const Life& life, const TailView& view, std::size_t leaves) {
  Instant from{std::numeric_limits<std::int64_t>::max()}, to;
  for (const auto& [key, series] : series_) {
    if (!series.folded) continue;
    if (series.forgets) from = std::min(from, series.first), to = std::max(to, series.horizon.forget_before);
    if (series.thin_from < series.horizon.thin_before)
      from = std::min(from, series.thin_from), to = std::max(to, series.horizon.thin_before);
  }
  if (to == kNoInstant) return {};
  return tables.leaves(life.number, from, to, false,
                       [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
                         if (head.range.last_time < from) return true;
                         if (leaves_.size() >= leaves && goes_on(head.range.first_time)) {
                           end_ = head.range.first_time;
                           return false;
                         }
                         const auto bytes = data();
                         if (!bytes) return tl::unexpected(bytes.error());
                         const auto leaf = LeafReader::open(*bytes);
                         if (!leaf) return tl::unexpected(leaf.error());
                         leaves_.push_back({head});
                         for (std::size_t i = 0; i < leaf->series_count(); ++i) {
                           const SeriesKey key = leaf->series(i);
                           const auto it = series_.find(key);
                           if (it == series_.end()) continue;
                           const SeriesTail* const tail = view.find(key.name, key.dataset_id);
                           std::vector<Point> points;
                           std::vector<std::string> arena;
                           if (auto done = leaf->points(i, points, arena); !done) return tl::unexpected(done.error());
                           for (const Point& point : points)
                             if (!tail || !tail->drops(point.written)) look_at(it->second, point, leaves_.size() - 1);
                         }
                         return true;
                       });
}

void Aging::look_at(Series& series, const Point& point, std::size_t leaf) {
  const Place place = place_of(point);
  const auto loses = [&](std::size_t where) {
    if (where != kTail) leaves_[where].changes = true;
  };
  if (place.written >= series.newest) {
    series.newest = place.written;
    series.newest_is_tombstone = point.deleted != kNoInstant;
  }
  if (is_older(place.time, series.horizon.forget_before)) {
    if (series.last == place) {
      series.last_leaf = leaf;
    } else {
      loses(leaf);
    }
    return;
  }
  if (place.time < series.thin_from || !is_older(place.time, series.horizon.thin_before)) return;
  const auto [it, fresh] =
      series.kept.try_emplace(period_start(place.time, series.horizon.thin_to).us, Kept{place, leaf});
  if (fresh) return;
  Kept loser{place, leaf};
  if (it->second.place < place) std::swap(loser, it->second);
  loses(loser.leaf);
}

// Would something be done for good if the walk ended before `at`?
bool Aging::goes_on(Instant at) const {
  return std::any_of(series_.begin(), series_.end(), [&](const auto& one) {
    const Series& series = one.second;
    return series.folded &&
           ((series.forgets && at > series.first) || (series.thin_from < series.horizon.thin_before &&
                                                      period_start(at, series.horizon.thin_to) > series.thin_from));
  });
}

Aging::Verdict Aging::verdict(const SeriesKey& key, const Place& place) const {
  const auto it = series_.find(key);
  if (it == series_.end()) return Verdict::kStays;
  const Series& series = it->second;
  if (is_older(place.time, series.horizon.forget_before))
    return series.last == place ? Verdict::kStays : Verdict::kForgotten;
  if (place.time < series.thin_from || !is_older(place.time, series.thin_end)) return Verdict::kStays;
  const auto kept = series.kept.find(period_start(place.time, series.horizon.thin_to).us);
  return kept == series.kept.end() || kept->second.place == place ? Verdict::kStays : Verdict::kThinned;
}

void Aging::note(Life& life) const {
  for (const auto& [key, series] : series_) {
    SeriesInfo* const info = life.find(key.name, key.dataset_id);
    if (!info) continue;
    if (series.horizon.thin_to > 0) {
      info->thinned_before = series.thin_end;
      info->thinned_to = series.horizon.thin_to;
    }
    if (info->points == 0) info->first_time = info->last_time = kNoInstant;
    if (info->points == 0 || !series.forgets) continue;
    const Instant limit = more() ? std::min(series.horizon.forget_before, end_) : series.horizon.forget_before;
    if (series.last && series.last->time < limit) {  // then it is the only one
      info->first_time = info->last_time = series.last->time;
      info->last_kept = true;
    } else {
      info->first_time = std::max(info->first_time, limit);
      info->last_kept = false;
    }
  }
}

}  // namespace tsunagu::store
