#include "store/sqlite/check_history.h"

#include <algorithm>
#include <map>

#include "store/history/tail_view.h"

namespace tsunagu::store {
namespace {

using Note = std::function<void(std::string)>;

// What history holds of one number.
class NumberCheck {
 public:
  NumberCheck(HistoryTables& tables, std::uint64_t number, const Note& note)
      : tables_(tables), number_(number), note_(note) {}

  Result<void> run(const Tail::Snapshot& tail, std::uint64_t folded, const ngsi::Record* now, HistoryCounts& counts) {
    auto life = tables_.life(number_);
    if (!life) return problem(life.error().detail);
    if (*life) life_ = std::move(**life);
    if (now && !life_.id.empty()) problem("exists, and its history says that it does not");
    if (auto done = read_leaves(counts); !done) return done;
    for (const SeriesInfo& info : life_.series) {
      const auto it = series_.find(info.key);
      const std::uint64_t points = it == series_.end() ? 0 : it->second.points;
      if (points != info.points)
        problem("leaves hold " + std::to_string(points) + " points of a series, table life says " +
                std::to_string(info.points));
      if (it != series_.end() && (it->second.first < info.first_time || it->second.last > info.last_time))
        problem("a series in leaves reaches beyond what table life says");
    }
    for (const auto& [key, one] : series_)
      if (!life_.find(key.name, key.dataset_id)) problem("leaves hold a series that table life does not know");
    add_tail(view_tail(changes_of(tail, number_, std::max(folded, life_.sequence))));
    compare(now);
    return {};
  }

 private:
  struct Series {
    std::uint64_t points = 0;
    Instant first, last, newest;
    bool ends_with_tombstone = false, edited = false;
    std::string instance;  ///< the newest
  };

  Result<void> problem(const std::string& what) {
    note_("entity " + std::to_string(number_) + ": " + what);
    return {};
  }

  static void newest(Series& series, const Point& point) {
    if (point.written < series.newest) return;
    series.newest = point.written;
    series.ends_with_tombstone = point.deleted != kNoInstant;
    series.instance = point.instance;
  }

  Result<void> read_leaves(HistoryCounts& counts) {
    Instant end_time, end_written;
    auto done = tables_.leaves(
        number_, kNoInstant, kNoInstant, false,
        [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
          const auto damaged = [&](const std::string& what) {
            note_("table leaf, row " + std::to_string(head.id) + ": " + what);
            return true;
          };
          ++counts.leaves;
          const auto bytes = data();
          if (!bytes) return damaged("wrong checksum");
          auto leaf = LeafReader::open(*bytes);
          if (!leaf) return damaged(leaf.error().detail);
          const LeafRange &a = leaf->range(), &b = head.range;
          if (a.first_time != b.first_time || a.last_time != b.last_time || a.first_written != b.first_written ||
              a.last_written != b.last_written || a.first_modified != b.first_modified ||
              a.last_modified != b.last_modified || a.first_created != b.first_created ||
              a.last_created != b.last_created || a.points != b.points)
            damaged("its range is not what the row says");
          if (end_time != kNoInstant &&
              (b.first_time < end_time || (b.first_time == end_time && head.from_written <= end_written)))
            damaged("overlaps the one before");
          for (std::size_t i = 0; i < leaf->series_count(); ++i) {
            std::vector<Point> points;
            std::vector<std::string> arena;
            if (auto read = leaf->points(i, points, arena); !read) return damaged(read.error().detail);
            if (!std::is_sorted(points.begin(), points.end(), before_in_time)) damaged("points are not in order");
            Series& series = series_[leaf->series(i)];
            for (const Point& point : points) {
              const Instant time = time_of(point);
              if (series.points++ == 0 || time < series.first) series.first = time;
              if (series.points == 1 || time > series.last) series.last = time;
              newest(series, point);
              if (time > end_time || (time == end_time && point.written > end_written))
                end_time = time, end_written = point.written;
            }
            counts.points += points.size();
          }
          return true;
        });
    return done;
  }

  void add_tail(const TailView& view) {
    if (view.forget_folded) {
      series_.clear();
      life_.series.clear();
      life_.edited = true;
    }
    for (const SeriesInfo& info : life_.series) series_[info.key].edited = info.edited;
    for (const SeriesTail& one : view.series) {
      Series& series = series_[{one.name, std::string(one.dataset_id)}];
      series.edited |= one.edited;
      for (const Point& point : one.points) newest(series, point);
    }
  }

  // Of a series that no HistoryWrite has touched, the newest instance is the one that is now.
  void compare(const ngsi::Record* now) {
    if (life_.edited) return;
    if (now)
      for (const ngsi::AttributeView instance : now->attributes()) {
        const auto it = series_.find({instance.name(), std::string(instance.dataset_id())});
        const std::string name = std::to_string(instance.name().value);
        if (it == series_.end()) {
          problem("has attribute " + name + ", which its history does not know");
        } else if (!it->second.edited && (it->second.ends_with_tombstone || it->second.instance != instance.bytes())) {
          problem("has another instance of attribute " + name + " than its history ends with");
        }
      }
    for (const auto& [key, series] : series_)
      if (!series.edited && !series.ends_with_tombstone && !(now && now->find(key.name, key.dataset_id).data()))
        problem("its history of attribute " + std::to_string(key.name.value) + " does not end, but it is not there");
  }

  HistoryTables& tables_;
  const std::uint64_t number_;
  const Note& note_;
  Life life_;
  std::map<SeriesKey, Series> series_;
};

}  // namespace

Result<HistoryCounts> check_history(HistoryTables& tables, const FolderHead& head, const Image& now, const Note& note) {
  HistoryCounts counts;
  Tail tail;
  auto done = read_journal(
      tables.database(), std::max(head.folded_sequence, head.first_sequence > 0 ? head.first_sequence - 1 : 0),
      [&](std::string_view data, std::uint64_t sequence) -> Result<void> {
        if (auto sound = check_row(data, sequence); !sound) return sound;
        tail.append(sequence, std::string(data));
        return {};
      },
      note);
  if (!done) return tl::unexpected(done.error());
  const Tail::Snapshot snapshot = tail.snapshot();
  std::vector<std::uint64_t> numbers = snapshot.parts.front()->all_numbers();
  for (const Image::Entity& entity : now.entities) numbers.push_back(entity.number);
  for (std::uint64_t last = 0;;) {
    const auto some = tables.numbers_behind(last, 10000);
    if (!some) return tl::unexpected(some.error());
    if (some->empty()) break;
    numbers.insert(numbers.end(), some->begin(), some->end());
    last = some->back();
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  auto entity = now.entities.begin();
  for (const std::uint64_t number : numbers) {
    while (entity != now.entities.end() && entity->number < number) ++entity;
    const ngsi::Record* record =
        entity != now.entities.end() && entity->number == number ? entity->record.get() : nullptr;
    if (auto checked = NumberCheck(tables, number, note).run(snapshot, head.folded_sequence, record, counts); !checked)
      return tl::unexpected(checked.error());
  }
  auto orphans = tables.database().integer("SELECT count(*) FROM leaf WHERE number NOT IN (SELECT number FROM life)");
  if (!orphans) return tl::unexpected(orphans.error());
  if (*orphans > 0) note("table leaf: " + std::to_string(*orphans) + " rows of numbers that table life does not know");
  return counts;
}

}  // namespace tsunagu::store
