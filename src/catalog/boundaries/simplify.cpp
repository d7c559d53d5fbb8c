#include "catalog/boundaries/simplify.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <unordered_map>
#include <utility>

namespace tsunagu::catalog {
namespace {

constexpr double kMetresPerDegree = 111'195;

struct Hash {
  std::size_t operator()(GridPoint p) const {
    const auto key =
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(p.x)) << 32) | static_cast<std::uint32_t>(p.y);
    return std::hash<std::uint64_t>()(key * 0x9e3779b97f4a7c15u);
  }
};

/// The points that a point is joined to by any outline: more than two, and lines meet there.
class Meetings {
 public:
  explicit Meetings(const std::vector<GridArea>& areas) {
    for (const GridArea& area : areas) {
      for (const GridPolygon& polygon : area) {
        for (const GridRing& ring : polygon) {
          for (std::size_t i = 1; i < ring.size(); ++i) {
            note(ring[i - 1], ring[i]);
            note(ring[i], ring[i - 1]);
          }
        }
      }
    }
  }
  bool at(GridPoint p) const {
    const auto found = joined_.find(p);
    return found != joined_.end() && found->second.meeting;
  }

 private:
  struct Joined {
    GridPoint one, two;
    int count = 0;
    bool meeting = false;
  };
  void note(GridPoint from, GridPoint to) {
    Joined& j = joined_[from];
    if ((j.count > 0 && j.one == to) || (j.count > 1 && j.two == to)) return;
    if (j.count == 2) {
      j.meeting = true;
      return;
    }
    (j.count++ == 0 ? j.one : j.two) = to;
  }
  std::unordered_map<GridPoint, Joined, Hash> joined_;
};

/// The place farthest from the first point; of several, the one with the smallest coordinates.
std::size_t farthest(const GridRing& open) {
  std::size_t best = 0;
  std::int64_t reach = -1;
  for (std::size_t i = 1; i < open.size(); ++i) {
    const std::int64_t dx = open[i].x - open[0].x, dy = open[i].y - open[0].y, d = dx * dx + dy * dy;
    if (d > reach || (d == reach && open[i] < open[best])) {
      reach = d;
      best = i;
    }
  }
  return best;
}

/// A ring as the stretches between the points that stay; each begins where the one before ends.
std::vector<GridRing> stretches(const GridRing& ring, const Meetings& meetings) {
  GridRing open(ring.begin(), ring.end() - 1);
  auto first = std::find_if(open.begin(), open.end(), [&](GridPoint p) { return meetings.at(p); });
  if (first == open.end()) first = std::min_element(open.begin(), open.end());
  std::rotate(open.begin(), first, open.end());
  std::vector<std::size_t> stay{0};
  for (std::size_t i = 1; i < open.size(); ++i) {
    if (meetings.at(open[i])) stay.push_back(i);
  }
  if (stay.size() == 1) stay.push_back(farthest(open));
  open.push_back(open.front());
  stay.push_back(open.size() - 1);
  std::vector<GridRing> out;
  for (std::size_t i = 1; i < stay.size(); ++i) {
    out.emplace_back(open.begin() + static_cast<std::ptrdiff_t>(stay[i - 1]),
                     open.begin() + static_cast<std::ptrdiff_t>(stay[i]) + 1);
  }
  return out;
}

GridRing thinned(const GridRing& line, double tolerance) {
  constexpr double kMetres = kMetresPerDegree / kGridPerDegree;
  const double narrowing = std::cos(line.front().y / kGridPerDegree * std::numbers::pi / 180);
  std::vector<bool> kept(line.size(), false);
  kept.front() = kept.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> open{{0, line.size() - 1}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    const double ax = line[from].x * narrowing, ay = line[from].y;
    const double bx = line[to].x * narrowing - ax, by = line[to].y - ay, length = bx * bx + by * by;
    double worst = 0;
    std::size_t at = from;
    for (std::size_t i = from + 1; i < to; ++i) {
      const double px = line[i].x * narrowing - ax, py = line[i].y - ay;
      const double along = length > 0 ? std::clamp((px * bx + py * by) / length, 0.0, 1.0) : 0;
      const double d = std::hypot(px - along * bx, py - along * by);
      if (d > worst) {
        worst = d;
        at = i;
      }
    }
    if (worst * kMetres <= tolerance) continue;
    kept[at] = true;
    open.emplace_back(from, at);
    open.emplace_back(at, to);
  }
  GridRing out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (kept[i]) out.push_back(line[i]);
  }
  return out;
}

/// A stretch and the same one run backwards are one.
class Stretches {
 public:
  explicit Stretches(double tolerance) : tolerance_(tolerance) {}
  void append(GridRing& out, const GridRing& stretch) {
    GridRing key = stretch;
    const bool backwards = std::lexicographical_compare(key.rbegin(), key.rend(), key.begin(), key.end());
    if (backwards) std::reverse(key.begin(), key.end());
    auto found = thinned_.find(key);
    if (found == thinned_.end()) {
      GridRing made = kept_.contains(key) ? key : thinned(key, tolerance_);
      found = thinned_.emplace(std::move(key), std::move(made)).first;
    }
    GridRing line = found->second;
    if (backwards) std::reverse(line.begin(), line.end());
    out.insert(out.end(), line.begin() + (out.empty() ? 0 : 1), line.end());
  }
  /// From now on the stretch stays as it is. False when it did already.
  bool keep(GridRing stretch) {
    if (std::lexicographical_compare(stretch.rbegin(), stretch.rend(), stretch.begin(), stretch.end()))
      std::reverse(stretch.begin(), stretch.end());
    thinned_.erase(stretch);
    return kept_.insert(std::move(stretch)).second;
  }

 private:
  double tolerance_;
  std::map<GridRing, GridRing> thinned_;
  std::set<GridRing> kept_;
};

}  // namespace

std::vector<GridArea> simplified(const std::vector<GridArea>& areas, double tolerance_m,
                                 const std::function<bool(const GridArea&)>& valid) {
  if (tolerance_m <= 0) return areas;
  const Meetings meetings(areas);
  Stretches all(tolerance_m);
  std::vector<GridArea> out(areas.size());
  for (bool again = true; again;) {
    again = false;
    for (std::size_t a = 0; a < areas.size(); ++a) {
      GridArea made;
      bool good = true;
      for (const GridPolygon& polygon : areas[a]) {
        GridPolygon& into = made.emplace_back();
        for (const GridRing& ring : polygon) {
          GridRing& line = into.emplace_back();
          for (const GridRing& stretch : stretches(ring, meetings)) all.append(line, stretch);
          good = good && line.size() >= 4;
        }
      }
      if (!good || !valid(made)) {
        for (const GridPolygon& polygon : areas[a]) {
          for (const GridRing& ring : polygon) {
            for (GridRing& stretch : stretches(ring, meetings)) again = all.keep(std::move(stretch)) || again;
          }
        }
      }
      out[a] = std::move(made);
    }
  }
  return out;
}

}  // namespace tsunagu::catalog
