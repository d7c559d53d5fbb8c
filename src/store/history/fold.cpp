#include "store/history/fold.h"

#include <algorithm>
#include <map>
#include <set>

#include "store/history/aging.h"
#include "store/history/tail_view.h"

namespace tsunagu::store {
namespace {

constexpr std::uint64_t kMergeRatio = 3;  // a leaf at the end is written anew when at least a third of it is added
constexpr std::uint64_t kMergePoints = 32768;
constexpr std::size_t kSmallLeaves = 8;  // at most so many are looked at for that

std::size_t count_of(const SeriesPoints& points) {
  std::size_t out = 0;
  for (const auto& [key, list] : points) out += list.size();
  return out;
}

// A leaf that is there, and what goes into it.
struct Target {
  LeafRow row;  ///< with its data if that has been read
  SeriesPoints added;
  std::uint64_t count = 0;
  bool read = false;  ///< it is written anew …
  bool aged = false;  ///< … because not all of its points stay
  bool gap = false;   ///< there may be leaves between this target and the next
};

class Fold {
 public:
  Fold(HistoryTables& tables, Life life, std::optional<TailView> view, const Retention& retention,
       const FoldLimits& limits)
      : tables_(tables),
        has_tail_(view.has_value()),
        view_(view ? std::move(*view) : TailView()),
        retention_(retention),
        limits_(limits) {
    out_.number = life.number;
    out_.life = std::move(life);
  }

  /// Empty: there is nothing to do.
  Result<std::optional<FoldedNumber>> run() {
    Life& life = *out_.life;
    if (view_.forget_folded) {
      life.states.clear();
      life.series.clear();
      life.edited = true;
    }
    add_states(life.states, view_.states);
    if (auto done = read_targets(); !done) return tl::unexpected(done.error());
    const bool idle = aging_.idle(retention_, life, view_, replacing_);
    if (idle && !has_tail_) return std::optional<FoldedNumber>();
    if (!idle)
      if (auto done = age(); !done) return tl::unexpected(done.error());
    place_points();
    for (std::size_t i = 0; i < targets_.size(); ++i)
      if (targets_[i].read)
        if (auto done = rewrite(i); !done) return tl::unexpected(done.error());
    if (auto done = append(); !done) return tl::unexpected(done.error());
    note_series();
    aging_.note(life);
    out_.more = aging_.more();
    std::erase_if(life.series, [](const SeriesInfo& s) { return s.points == 0 && !s.edited; });
    const bool past = !life.id.empty();
    if (past && !aged_.empty() &&
        std::all_of(life.series.begin(), life.series.end(), [](const auto& s) { return s.points == 0; }))
      life.states.clear();  // it goes with its last point
    const bool nothing = life.states.empty() && std::all_of(life.series.begin(), life.series.end(),
                                                            [](const auto& s) { return s.points == 0; });
    if (nothing && past) out_.life.reset();
    out_.bytes += 200;
    return std::optional(std::move(out_));
  }

 private:
  bool edits() const {
    return view_.forget_folded || std::any_of(view_.series.begin(), view_.series.end(),
                                              [](const SeriesTail& s) { return s.touches_leaves(); });
  }

  Result<void> read_targets() {
    Instant from;
    if (!edits()) {
      for (const SeriesTail& series : view_.series)
        if (!series.points.empty() && (from == kNoInstant || time_of(series.points.front()) < from))
          from = time_of(series.points.front());
      if (from == kNoInstant) return {};
    }
    std::uint64_t added = 0;
    for (const SeriesTail& series : view_.series) added += series.points.size();
    // Backwards, as far as points fall and some more.
    auto done = tables_.leaves(out_.number, kNoInstant, kNoInstant, true,
                               [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
                                 if (view_.forget_folded) {
                                   out_.gone.push_back(head.id);
                                   return true;
                                 }
                                 Target& target = targets_.emplace_back();
                                 target.row = head;
                                 if (from == kNoInstant) return load(target, data);
                                 if (targets_.size() == 1 && head.range.points <= kMergeRatio * added) {
                                   auto bytes = data();  // it will be merged
                                   if (!bytes) return tl::unexpected(bytes.error());
                                   target.row.data = std::move(*bytes);
                                 }
                                 return head.range.first_time >= from || targets_.size() < kSmallLeaves;
                               });
    std::reverse(targets_.begin(), targets_.end());
    return done;
  }

  bool concerned(const LeafRange& range) const {
    const auto within = [&](Instant written) {
      return written >= range.first_written && written <= range.last_written;
    };
    return std::any_of(view_.series.begin(), view_.series.end(), [&](const SeriesTail& s) {
      return s.forget_folded || std::any_of(s.forgotten.begin(), s.forgotten.end(), within) ||
             std::any_of(s.replaced.begin(), s.replaced.end(), [&](const Replaced& r) { return within(r.written); });
    });
  }

  // With edits every leaf that may be concerned is read, and written anew if it holds something that is edited.
  Result<bool> load(Target& target, const HistoryTables::Data& data) {
    if (!concerned(target.row.range)) return true;
    auto bytes = data();
    if (!bytes) return tl::unexpected(bytes.error());
    auto leaf = LeafReader::open(*bytes);
    if (!leaf) return tl::unexpected(leaf.error());
    for (const SeriesTail& series : view_.series) {
      if (!series.touches_leaves()) continue;
      const std::size_t i = leaf->find({series.name, std::string(series.dataset_id)});
      if (i == leaf->series_count()) continue;
      if (series.forget_folded) {
        target.read = true;
        continue;
      }
      std::vector<Point> points;
      std::vector<std::string> arena;
      if (auto done = leaf->points(i, points, arena); !done) return tl::unexpected(done.error());
      for (const Point& point : points) {
        if (std::find(series.forgotten.begin(), series.forgotten.end(), point.written) != series.forgotten.end())
          target.read = true;
        for (const Replaced& by : series.replaced) {
          if (by.written != point.written) continue;
          target.read = true;
          const Instant created = ngsi::AttributeView(point.instance.data()).created_at();
          replacing_[{series.name, std::string(series.dataset_id)}].push_back(
              {by.written, kNoInstant, view_.bytes.emplace_back(with_created_at(by.instance, created))});
        }
      }
    }
    return true;
  }

  // Leaves with points that do not stay, and some before them, become targets too.
  Result<void> age() {
    auto leaves = aging_.plan(tables_, *out_.life, view_, replacing_, limits_.aged_leaves);
    if (!leaves) return tl::unexpected(leaves.error());
    std::vector<Target> older;
    bool gap = true;
    for (AgedLeaf& leaf : *leaves) {
      const auto known =
          std::find_if(targets_.begin(), targets_.end(), [&](const Target& t) { return t.row.id == leaf.row.id; });
      Target& target = known != targets_.end() ? *known : older.emplace_back();
      if (known != targets_.end()) {
        gap = false;
      } else {
        target.row = std::move(leaf.row);
      }
      target.aged = leaf.changes;
      target.read |= leaf.changes;
    }
    if (!older.empty()) older.back().gap = gap;
    targets_.insert(targets_.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
    return {};
  }

  bool stays(const SeriesKey& key, const Point& point) {
    const Aging::Verdict verdict = aging_.verdict(key, place_of(point));
    if (verdict == Aging::Verdict::kStays) return true;
    ++(verdict == Aging::Verdict::kForgotten ? out_.forgotten : out_.thinned);
    aged_.insert(key);
    return false;
  }

  // Each new point goes into the leaf that covers its place; what is behind the last one is appended.
  void place_points() {
    const auto place = [&](const SeriesKey& key, const Point& point, std::vector<Point>*& behind_all) {
      if (!stays(key, point)) return;
      const Place at = place_of(point);
      const auto behind = std::upper_bound(targets_.begin(), targets_.end(), at, [](const Place& a, const Target& t) {
        return a < Place{t.row.range.first_time, t.row.from_written};
      });
      if (targets_.empty() || (behind == targets_.end() && at.time > targets_.back().row.range.last_time)) {
        if (!behind_all) behind_all = &appended_[key];
        behind_all->push_back(point);
        ++appended_count_;
        return;
      }
      Target& target = behind == targets_.begin() ? *behind : *std::prev(behind);
      target.added[key].push_back(point);
      target.read = true;
    };
    for (const SeriesTail& series : view_.series) {
      const SeriesKey key{series.name, std::string(series.dataset_id)};
      std::vector<Point>* behind_all = nullptr;
      for (const Point& point : series.points) place(key, point, behind_all);
    }
    for (const auto& [key, points] : replacing_) {
      std::vector<Point>* behind_all = nullptr;
      for (const Point& point : points) place(key, point, behind_all);
    }
    // Small leaves at the end are taken together with what is appended.
    while (!targets_.empty() && appended_count_ > 0 && !targets_.back().gap) {
      const Target& last = targets_.back();
      std::uint64_t count = last.row.range.points;
      count += count_of(last.added);
      if (!last.read && (count > kMergeRatio * appended_count_ || count + appended_count_ > kMergePoints)) break;
      appended_count_ += count;
      merged_.push_back(std::move(targets_.back()));
      targets_.pop_back();
    }
  }

  Result<std::string> data_of(Target& target) {
    if (!target.row.data.empty()) return std::move(target.row.data);
    std::string out;
    auto done =
        tables_.leaves(target.row.number, target.row.range.first_time, Instant{target.row.range.first_time.us + 1},
                       false, [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
                         if (head.id != target.row.id) return true;
                         auto bytes = data();
                         if (!bytes) return tl::unexpected(bytes.error());
                         out = std::move(*bytes);
                         return false;
                       });
    if (!done) return tl::unexpected(done.error());
    return out;
  }

  // Takes the points that stay out of a leaf, which goes.
  Result<void> take(Target& target, SeriesPoints& into) {
    auto bytes = data_of(target);
    if (!bytes) return tl::unexpected(bytes.error());
    leaves_.push_back(std::move(*bytes));
    auto leaf = LeafReader::open(leaves_.back());
    if (!leaf) return tl::unexpected(leaf.error());
    out_.gone.push_back(target.row.id);
    for (std::size_t i = 0; i < leaf->series_count(); ++i) {
      const SeriesKey key = leaf->series(i);
      std::vector<Point> points;
      auto& arena = arenas_.emplace_back();
      if (auto done = leaf->points(i, points, arena); !done) return done;
      before_[key] += points.size();
      if (const SeriesTail* edited = view_.find(key.name, key.dataset_id); edited && edited->touches_leaves())
        std::erase_if(points, [&](const Point& p) { return edited->drops(p.written); });
      if (std::erase_if(points, [&](const Point& p) { return !stays(key, p); }) > 0) {  // few are left: by themselves
        std::vector<std::string> few;
        few.reserve(points.size());
        for (Point& point : points) point.instance = few.emplace_back(point.instance);
        arena = std::move(few);
      }
      if (points.empty()) continue;
      auto& list = into[key];
      if (list.empty()) {
        list = std::move(points);
      } else {
        list.insert(list.end(), points.begin(), points.end());
      }
    }
    for (const auto& [key, points] : target.added) {
      auto& list = into[key];
      list.insert(list.end(), points.begin(), points.end());
    }
    return {};
  }

  // Writes target i anew, and moves i on over those that were taken with it: of leaves with points that do not stay
  // little is left.
  Result<void> rewrite(std::size_t& i) {
    SeriesPoints points;
    if (auto done = take(targets_[i], points); !done) return done;
    if (targets_[i].aged) {
      std::size_t before = i;
      while (i + 1 < targets_.size() && !targets_[i].gap && targets_[i + 1].aged && count_of(points) < kMergePoints)
        if (auto done = take(targets_[++i], points); !done) return done;
      for (std::size_t count = count_of(points); before > 0; count = count_of(points)) {
        Target& target = targets_[--before];
        if (target.read || target.gap || target.row.range.points > kMergeRatio * count || count > kMergePoints) break;
        if (auto done = take(target, points); !done) return done;
      }
    }
    write(std::move(points), i + 1 == targets_.size() && appended_.empty());
    release();
    return {};
  }

  Result<void> append() {
    for (Target& target : merged_)
      if (auto done = take(target, appended_); !done) return done;
    write(std::move(appended_), true);
    release();
    return {};
  }

  void release() {
    leaves_.clear();
    arenas_.clear();
  }

  // Packs points into one leaf, or several if it is too much for one.
  void write(SeriesPoints points, bool at_end) {
    std::erase_if(points, [](const auto& one) { return one.second.empty(); });
    if (points.empty()) return;
    for (auto& [key, list] : points)
      if (!std::is_sorted(list.begin(), list.end(), before_in_time))
        std::sort(list.begin(), list.end(), before_in_time);
    for (auto& [key, list] : points) after_[key] += list.size();
    pack(points, at_end);
  }

  void pack(const SeriesPoints& points, bool at_end) {
    std::size_t most = 0, all = 0;
    LeafWriter writer;
    Place first{};
    bool any = false;
    for (const auto& [key, list] : points) {
      most = std::max(most, list.size());
      all += list.size();
      if (const Place place = place_of(list.front()); !any || place < first) first = place, any = true;
    }
    std::size_t fit = most > limits_.series_points ? all * limits_.series_points / most : all;
    LeafRange range;
    std::string data;
    if (fit == all || fit > all / 4) {
      for (const auto& [key, list] : points)
        for (const Point& point : list) writer.add(point);
      range = writer.range();
      data = writer.finish();
      if (data.size() > limits_.leaf_bytes)
        fit = std::min(fit, std::max<std::size_t>(1, all * limits_.leaf_bytes / data.size()));
    }
    if (fit < all) {
      const std::size_t parts = (all + fit - 1) / fit;
      if (cut(points, all, at_end || parts > 2 ? std::max<std::size_t>(parts / 2, 1) * fit : all / 2, at_end)) return;
    }
    if (data.empty()) {
      for (const auto& [key, list] : points)
        for (const Point& point : list) writer.add(point);
      range = writer.range();
      data = writer.finish();
    }
    LeafRow& row = out_.made.emplace_back();
    row.number = out_.number;
    row.from_written = first.written;
    row.range = range;
    row.data = std::move(data);
    out_.bytes += row.data.size() + 100;
  }

  // Cuts behind about `count` points and packs both sides. False when all are of one place.
  bool cut(const SeriesPoints& points, std::size_t all, std::size_t count, bool at_end) {
    std::vector<Place> places;
    places.reserve(all);
    for (const auto& [key, list] : points)
      for (const Point& point : list) places.push_back(place_of(point));
    std::sort(places.begin(), places.end());
    auto at = std::lower_bound(places.begin(), places.end(), places[std::min(count, all - 1)]);
    if (at == places.begin()) at = std::upper_bound(places.begin(), places.end(), *at);
    if (at == places.end()) return false;
    SeriesPoints left, right;
    for (const auto& [key, list] : points) {
      const auto middle =
          std::partition_point(list.begin(), list.end(), [&](const Point& p) { return place_of(p) < *at; });
      if (middle != list.begin()) left[key].assign(list.begin(), middle);
      if (middle != list.end()) right[key].assign(middle, list.end());
    }
    pack(left, at_end);
    pack(right, at_end);
    return true;
  }

  void note_series() {
    Life& life = *out_.life;
    const auto info_of = [&](const SeriesKey& key) -> SeriesInfo& {
      if (SeriesInfo* known = life.find(key.name, key.dataset_id)) return *known;
      SeriesInfo& made = life.series.emplace_back();
      made.key = key;
      return made;
    };
    for (const auto& [key, count] : before_) info_of(key).points -= count;
    for (const auto& [key, count] : after_) info_of(key).points += count;
    const auto widen = [&](SeriesInfo& info, const Point& point) {
      const Instant time = time_of(point);
      if (info.first_time == kNoInstant || time < info.first_time) info.first_time = time;
      if (info.last_time == kNoInstant || time > info.last_time) info.last_time = time;
    };
    for (const SeriesTail& series : view_.series) {
      SeriesInfo& info = info_of({series.name, std::string(series.dataset_id)});
      info.edited |= series.edited;
      if (series.edited) info.last_kept = false;
      if (!series.points.empty()) widen(info, series.points.front()), widen(info, series.points.back());  // in order
    }
    for (const auto& [key, points] : replacing_)
      for (const Point& point : points) widen(info_of(key), point);
    for (const SeriesKey& key : aged_) info_of(key).edited = true;
    std::sort(life.series.begin(), life.series.end(),
              [](const SeriesInfo& a, const SeriesInfo& b) { return a.key < b.key; });
  }

  HistoryTables& tables_;
  const bool has_tail_;
  TailView view_;
  const Retention& retention_;
  const FoldLimits limits_;
  Aging aging_;
  std::set<SeriesKey> aged_;  ///< lost points that were too old
  FoldedNumber out_;
  std::vector<Target> targets_, merged_;
  SeriesPoints appended_, replacing_;
  std::uint64_t appended_count_ = 0;
  std::map<SeriesKey, std::uint64_t> before_, after_;  ///< points of leaves that go, that are made
  std::deque<std::string> leaves_;                     ///< under the points that are being written
  std::deque<std::vector<std::string>> arenas_;
};

}  // namespace

Result<std::optional<FoldedNumber>> fold_number(HistoryTables& tables, const Tail::Snapshot& sealed,
                                                std::uint64_t number, std::uint64_t folded, const Retention& retention,
                                                const FoldLimits& limits) {
  auto found = tables.life(number);
  if (!found) return tl::unexpected(found.error());
  Life life;
  if (*found) life = std::move(**found);
  const auto changes = changes_of(sealed, number, std::max(folded, life.sequence));
  if (changes.empty()) return std::optional<FoldedNumber>();
  TailView view = view_tail(changes);
  life.number = number;
  life.sequence = sealed.sequence;
  life.tenant = view.tenant;
  if (view.past && !view.id.empty()) life.id = view.id;
  if (life.created_at == kNoInstant) life.created_at = view.created_at;
  if (view.modified_at != kNoInstant) life.modified_at = view.modified_at;
  if (view.deleted_at != kNoInstant) life.deleted_at = view.deleted_at;
  return Fold(tables, std::move(life), std::move(view), retention, limits).run();
}

Result<std::optional<FoldedNumber>> age_number(HistoryTables& tables, std::uint64_t number, const Retention& retention,
                                               const FoldLimits& limits) {
  auto life = tables.life(number);
  if (!life) return tl::unexpected(life.error());
  if (!*life) return std::optional<FoldedNumber>();
  return Fold(tables, std::move(**life), std::nullopt, retention, limits).run();
}

}  // namespace tsunagu::store
