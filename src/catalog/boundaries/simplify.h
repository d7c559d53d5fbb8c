// Outlines on a grid, with fewer points and without gaps: what two areas share is simplified once, for both.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <vector>

namespace tsunagu::catalog {

/// Hundred-thousandths of a degree (about a metre): longitude and latitude.
struct GridPoint {
  std::int32_t x = 0, y = 0;
  auto operator<=>(const GridPoint&) const = default;
};
using GridRing = std::vector<GridPoint>;    ///< closed: the last point is the first
using GridPolygon = std::vector<GridRing>;  ///< the outer ring, then holes
using GridArea = std::vector<GridPolygon>;  ///< a MultiPolygon
inline constexpr double kGridPerDegree = 1e5;

/// Douglas and Peucker's method on the stretches between the points where outlines meet, which stay: no line moves by
/// more than `tolerance_m` metres, and neighbours keep touching. Stretches that would make a ring vanish or an area for
/// which `valid` is false stay as they are. Pure; ~1 µs per point. Zero tolerance: nothing changes.
std::vector<GridArea> simplified(const std::vector<GridArea>& areas, double tolerance_m,
                                 const std::function<bool(const GridArea&)>& valid);

}  // namespace tsunagu::catalog
