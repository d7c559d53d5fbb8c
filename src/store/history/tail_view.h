// What the tail says about one entity number: points that are not in leaves yet, and what happened to those that are.
#pragma once
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "store/history/leaf.h"
#include "store/history/tail.h"

namespace tsunagu::store {

/// main_time of a packed instance that was written at `written`.
inline Instant time_of(std::string_view instance, Instant written) {
  const ngsi::AttributeView view(instance.data());
  return view.flags() & ngsi::AttributeView::kObservedAt
             ? Instant{ngsi::detail::load<std::int64_t>(view.data() + ngsi::AttributeView::kFixedSize)}
             : written;
}
inline Instant time_of(const Point& point) {
  return time_of(point.instance, point.written);
}
/// By (main_time, written): the order in which points are kept.
inline bool before_in_time(const Point& a, const Point& b) {
  const Instant x = time_of(a), y = time_of(b);
  return x != y ? x < y : a.written < b.written;
}

/// Where a point stands in its series.
struct Place {
  Instant time, written;
  auto operator<=>(const Place&) const = default;
};
inline Place place_of(const Point& point) {
  return {time_of(point), point.written};
}

/// An instance in the place of one that may be in a leaf. Its createdAt is that of the one it replaces.
struct Replaced {
  Instant written;
  std::string_view instance;
};

struct SeriesTail {
  ngsi::TermId name;
  std::string_view dataset_id;
  std::vector<Point> points;       ///< ordered
  bool forget_folded = false;      ///< nothing in leaves counts any more
  std::vector<Instant> forgotten;  ///< instants of instances in leaves that count no more
  std::vector<Replaced> replaced;  ///< at most one for an instant; to be passed over when no leaf has it
  bool edited = false;             ///< by a HistoryWrite

  bool touches_leaves() const { return forget_folded || !forgotten.empty() || !replaced.empty(); }
  /// The instance in leaves that was written at this instant counts no more.
  bool drops(Instant written) const;
};

/// A change of the entity's state: what it was from an instant on, or an addition to what is known, by a HistoryWrite.
struct StateStep {
  enum class Kind : unsigned char { kWas, kAddTypes, kSetScopes } kind = Kind::kWas;
  EntityState state;  ///< of an addition: `at` and what is added; scopes may begin before what is known
};

struct TailView {
  std::vector<SeriesTail> series;  ///< ordered by name and datasetId
  std::vector<StateStep> states;
  bool forget_folded = false;  ///< the number as a whole: states and series in leaves count no more
  // Of the number, for when it is past.
  TenantId tenant;
  std::string_view id;  ///< set by creation, deletion and HistoryWrite
  bool past = false;    ///< deleted here, or written to history only
  Instant created_at, modified_at, deleted_at;
  std::deque<std::string> bytes;  ///< of points that are in no journal row as they are

  const SeriesTail* find(ngsi::TermId name, std::string_view dataset_id) const;
};

/// `only`: no other series is looked at (those of the result are then that one, if anything is to say about it).
TailView view_tail(const std::vector<const TailChange*>& changes, const SeriesKey* only = nullptr);

/// A copy of `instance` with another createdAt.
std::string with_created_at(std::string_view instance, Instant created_at);

/// Puts `steps` on top of `states`.
void add_states(std::vector<EntityState>& states, const std::vector<StateStep>& steps);

}  // namespace tsunagu::store
