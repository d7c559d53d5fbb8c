#include "store/history/series_scan.h"

#include <algorithm>

namespace tsunagu::store {
namespace {

bool by_main_time(const TimeWindow& window) {
  return window.everything || window.property == TimeProperty::kObservedAt;
}

// The time of a point by which the window chooses; kNoInstant if it has none.
Instant window_time(const TimeWindow& window, const Point& point) {
  const ngsi::AttributeView view(point.instance.data());
  if (window.everything) return time_of(point);
  switch (window.property) {
    case TimeProperty::kObservedAt:
      return view.flags() & ngsi::AttributeView::kObservedAt ? time_of(point) : kNoInstant;
    case TimeProperty::kCreatedAt:
      return view.created_at();
    case TimeProperty::kModifiedAt:
      return view.modified_at();
    case TimeProperty::kDeletedAt:
      return point.deleted;
  }
  return kNoInstant;
}

bool inside(const TimeWindow& window, Instant at) {
  return at != kNoInstant && window.contains(at);
}

// Stands between a leaf and the visitor: puts the tail's points in between and leaves out what counts no more.
class Merger final : public SeriesVisitor {
 public:
  Merger(SeriesSource& source, const TimeWindow& window, bool backwards, SeriesVisitor& visitor)
      : source_(source), window_(window), backwards_(backwards), visitor_(visitor) {
    std::sort(source_.passed_over.begin(), source_.passed_over.end());
    if (backwards_) std::reverse(source_.points.begin(), source_.points.end());
  }

  bool ended() const { return ended_; }

  bool run(const RunSummary& summary) override {
    if (ended_) return true;
    if (!source_.passed_over.empty()) return false;
    deliver_before(backwards_ ? summary.last_at : summary.first_at);
    if (ended_) return true;
    if (const Point* next = pending(); next && comes_before(*next, backwards_ ? summary.first_at : summary.last_at))
      return false;
    return visitor_.run(summary);
  }

  bool numbers(std::span<const Instant> at, std::span<const double> values) override {
    if (ended_) return true;
    if (!source_.passed_over.empty()) return false;
    for (std::size_t done = 0; done < at.size();) {
      deliver_before(at[done]);
      if (ended_) return true;
      std::size_t end = at.size();
      if (const Point* next = pending()) {
        end = done + 1;
        while (end < at.size() && !comes_before(*next, at[end])) ++end;
      }
      if (!visitor_.numbers(at.subspan(done, end - done), values.subspan(done, end - done))) {
        delivered_ = done;
        return false;
      }
      done = end;
    }
    return true;
  }

  bool point(const HistoryPoint& point) override {
    if (ended_) return false;
    if (delivered_ > 0) {
      --delivered_;
      return true;
    }
    if (std::binary_search(source_.passed_over.begin(), source_.passed_over.end(), point.written)) return true;
    const Point here{point.written, point.deleted, point.instance.bytes()};
    const Instant at = window_time(window_, here);
    if (!inside(window_, at)) return true;
    while (!ended_ && pending() && (backwards_ ? before_in_time(here, *pending()) : before_in_time(*pending(), here)))
      deliver();
    if (!ended_) ended_ = !visitor_.point({at, point.written, point.deleted, point.instance});
    return !ended_;
  }

  void finish() {
    while (!ended_ && pending()) deliver();
  }

 private:
  const Point* pending() const { return next_ < source_.points.size() ? &source_.points[next_] : nullptr; }
  // Of points at the same time, those of the tail were written later.
  bool comes_before(const Point& point, Instant at) const {
    return backwards_ ? time_of(point) >= at : time_of(point) < at;
  }
  void deliver_before(Instant at) {
    while (!ended_ && pending() && comes_before(*pending(), at)) deliver();
  }
  void deliver() {
    const Point& point = source_.points[next_++];
    const Instant at = window_time(window_, point);
    if (inside(window_, at))
      ended_ = !visitor_.point({at, point.written, point.deleted, ngsi::AttributeView(point.instance.data())});
  }

  SeriesSource& source_;
  const TimeWindow& window_;
  const bool backwards_;
  SeriesVisitor& visitor_;
  std::size_t next_ = 0;       ///< of the tail's points
  std::size_t delivered_ = 0;  ///< points that the leaf shows again though the visitor had them as numbers
  bool ended_ = false;
};

// One number, by main time.
Result<bool> scan_source(HistoryTables& tables, SeriesSource& source, const SeriesKey& key, const TimeWindow& window,
                         bool backwards, SeriesVisitor& visitor) {
  Merger merger(source, window, backwards, visitor);
  if (source.folded) {
    const Instant from = std::max(window.from, source.first_time);
    const Instant behind_last{source.last_time.us + 1};
    const Instant to = window.to == kNoInstant ? behind_last : std::min(window.to, behind_last);
    auto done = tables.leaves(
        source.number, from, to, backwards, [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
          if (head.range.last_time < from) return true;
          const auto bytes = data();
          if (!bytes) return tl::unexpected(bytes.error());
          auto leaf = LeafReader::open(*bytes);
          if (!leaf) return tl::unexpected(leaf.error());
          const std::size_t i = leaf->find(key);
          if (i == leaf->series_count()) return true;
          const auto more = leaf->scan(i, window.from, window.to, backwards, !window.everything, merger);
          if (!more) return tl::unexpected(more.error());
          return !merger.ended();
        });
    if (!done) return tl::unexpected(done.error());
  }
  merger.finish();
  return !merger.ended();
}

struct Range {
  Instant first, last;
};

Range range_of(const SeriesSource& source) {
  Range out;
  if (source.folded) out = {source.first_time, source.last_time};
  if (!source.points.empty()) {
    const Instant first = time_of(source.points.front()), last = time_of(source.points.back());
    out.first = source.folded ? std::min(out.first, first) : first;
    out.last = source.folded ? std::max(out.last, last) : last;
  }
  return out;
}

// By another time than that of keeping, or of several numbers that overlap: points are collected, and delivered as far
// as no leaf that is still to be read can hold an earlier one.
class Gathering {
 public:
  Gathering(HistoryTables& tables, const SeriesKey& key, const TimeWindow& window, bool backwards,
            SeriesVisitor& visitor)
      : tables_(tables), key_(key), window_(window), backwards_(backwards), visitor_(visitor) {}

  Result<void> run(std::vector<SeriesSource>& sources) {
    std::vector<LeafPlace> places;
    for (SeriesSource& source : sources) {
      for (const Point& point : source.points) add(point);
      std::sort(source.passed_over.begin(), source.passed_over.end());
      if (!source.folded) continue;
      auto done =
          tables_.leaves(source.number, source.first_time, Instant{source.last_time.us + 1}, false,
                         [&](const LeafRow& head, const HistoryTables::Data&) -> Result<bool> {
                           const Range range = by_window(head.range);
                           if (range.last == kNoInstant || (window_.from != kNoInstant && range.last < window_.from) ||
                               (window_.to != kNoInstant && range.first >= window_.to))
                             return true;
                           places.push_back({range, &source, head.range.first_time, head.from_written});
                           return true;
                         });
      if (!done) return done;
    }
    std::sort(places.begin(), places.end(), [this](const LeafPlace& a, const LeafPlace& b) {
      return backwards_ ? a.range.last > b.range.last : a.range.first < b.range.first;
    });
    for (const LeafPlace& place : places) {
      if (!deliver(backwards_ ? place.range.last : place.range.first)) return {};
      if (auto done = read(place); !done) return done;
    }
    (void)deliver(kNoInstant);
    return {};
  }

 private:
  struct LeafPlace {
    Range range;
    const SeriesSource* source;
    Instant first_time, from_written;
  };
  struct Item {
    Instant at;
    Instant written, deleted;
    std::string instance;
  };

  Range by_window(const LeafRange& r) const {
    if (by_main_time(window_)) return {r.first_time, r.last_time};
    if (window_.property == TimeProperty::kCreatedAt) return {r.first_created, r.last_created};
    return {r.first_modified, r.last_modified};
  }

  void add(const Point& point) {
    const Instant at = window_time(window_, point);
    if (inside(window_, at)) items_.push_back({at, point.written, point.deleted, std::string(point.instance)});
    sorted_ = false;
  }

  Result<void> read(const LeafPlace& place) {
    return tables_.leaves(place.source->number, place.first_time, Instant{place.first_time.us + 1}, false,
                          [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
                            if (head.range.first_time != place.first_time || head.from_written != place.from_written)
                              return true;
                            std::vector<std::string> arena;
                            const auto points = points_in(data, key_, arena);
                            if (!points) return tl::unexpected(points.error());
                            const auto& passed_over = place.source->passed_over;
                            for (const Point& point : *points)
                              if (!std::binary_search(passed_over.begin(), passed_over.end(), point.written))
                                add(point);
                            return false;
                          });
  }

  // Delivers what comes before `limit` (kNoInstant: everything). False: the visitor has enough.
  bool deliver(Instant limit) {
    if (!sorted_) {
      std::sort(items_.begin() + static_cast<std::ptrdiff_t>(next_), items_.end(),
                [this](const Item& a, const Item& b) {
                  const bool less = a.at != b.at ? a.at < b.at : a.written < b.written;
                  const bool same = a.at == b.at && a.written == b.written;
                  return backwards_ ? !less && !same : less;
                });
      sorted_ = true;
    }
    for (; next_ < items_.size(); ++next_) {
      Item& item = items_[next_];
      if (limit != kNoInstant && (backwards_ ? item.at <= limit : item.at >= limit)) return true;
      if (!visitor_.point({item.at, item.written, item.deleted, ngsi::AttributeView(item.instance.data())}))
        return false;
      item.instance = {};
    }
    return true;
  }

  HistoryTables& tables_;
  const SeriesKey& key_;
  const TimeWindow& window_;
  const bool backwards_;
  SeriesVisitor& visitor_;
  std::vector<Item> items_;
  std::size_t next_ = 0;
  bool sorted_ = true;
};

}  // namespace

Result<SeriesSource> make_source(HistoryTables& tables, std::uint64_t number, const SeriesInfo* info,
                                 const SeriesKey& key, TailView& view) {
  SeriesSource out;
  out.number = number;
  SeriesTail* tail = nullptr;
  for (SeriesTail& one : view.series)
    if (one.name == key.name && one.dataset_id == key.dataset_id) tail = &one;
  if (tail) out.points = std::move(tail->points);
  out.folded = info && info->points > 0 && !(tail ? tail->forget_folded : view.forget_folded);
  if (!out.folded) return out;
  out.first_time = info->first_time;
  out.last_time = info->last_time;
  if (!tail) return out;
  out.passed_over = tail->forgotten;
  for (const Replaced& one : tail->replaced) {
    out.passed_over.push_back(one.written);
    auto done =
        tables.leaves(number, info->first_time, Instant{info->last_time.us + 1}, false,
                      [&](const LeafRow& head, const HistoryTables::Data& data) -> Result<bool> {
                        if (one.written < head.range.first_written || one.written > head.range.last_written)
                          return true;
                        std::vector<std::string> arena;
                        const auto points = points_in(data, key, arena);
                        if (!points) return tl::unexpected(points.error());
                        for (const Point& point : *points) {
                          if (point.written != one.written) continue;
                          const Instant created = ngsi::AttributeView(point.instance.data()).created_at();
                          out.points.push_back({one.written, kNoInstant,
                                                view.bytes.emplace_back(with_created_at(one.instance, created))});
                          return false;
                        }
                        return true;
                      });
    if (!done) return tl::unexpected(done.error());
  }
  std::sort(out.points.begin(), out.points.end(), before_in_time);
  return out;
}

Result<void> scan_series(HistoryTables& tables, std::vector<SeriesSource> sources, const SeriesKey& key,
                         const TimeWindow& window, bool newest_first, SeriesVisitor& visitor) {
  std::erase_if(sources, [](const SeriesSource& s) { return !s.folded && s.points.empty(); });
  std::sort(sources.begin(), sources.end(),
            [](const SeriesSource& a, const SeriesSource& b) { return range_of(a).first < range_of(b).first; });
  bool apart = true;
  for (std::size_t i = 1; i < sources.size(); ++i) apart &= range_of(sources[i - 1]).last < range_of(sources[i]).first;
  if (!apart || !by_main_time(window)) return Gathering(tables, key, window, newest_first, visitor).run(sources);
  if (newest_first) std::reverse(sources.begin(), sources.end());
  for (SeriesSource& source : sources) {
    const auto more = scan_source(tables, source, key, window, newest_first, visitor);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
  }
  return {};
}

}  // namespace tsunagu::store
