// Relations between shapes in the plane of longitude and latitude (GEOS).
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.h"
#include "ngsi/geo_shape.h"

namespace tsunagu::ngsi {

/// On which side of the line from `a` to `b` lies `p`? 1 left, -1 right, 0 on it. Never wrong by rounding.
int side(LonLat a, LonLat b, LonLat p);

/// Says where points lie in the polygons of a shape; edges are sorted into bands of latitude. Boundaries are treated as
/// GEOS treats them.
class PolygonLocator {
 public:
  enum class Place : unsigned char { kOutside, kBoundary, kInside };

  explicit PolygonLocator(const Shape& shape);
  bool empty() const { return edges_.empty(); }
  /// Cost: the edges of one band.
  Place locate(LonLat p) const;

 private:
  struct Edge {
    LonLat a, b;
  };
  std::size_t band_of(double lat) const;
  std::size_t count_entries() const;

  std::vector<Edge> edges_;
  std::vector<std::uint32_t> starts_;   ///< where each band begins in entries_
  std::vector<std::uint32_t> entries_;  ///< numbers of edges
  std::size_t bands_ = 1;
  double min_lat_ = 0, max_lat_ = 0;
};

/// The shape of a query, prepared for many tests. Thread-safe (tests that need GEOS run one at a time).
class PlanarShape {
 public:
  /// BadRequestData when the shape is not valid (crossing rings, holes outside, …); says why and where.
  static Result<std::unique_ptr<PlanarShape>> make(const Shape& shape);
  ~PlanarShape();
  PlanarShape(const PlanarShape&) = delete;
  PlanarShape& operator=(const PlanarShape&) = delete;

  /// Is `data` in this relation to the shape of the query? kIntersects, kWithin, kContains, kEquals, kDisjoint,
  /// kOverlaps. False when GEOS cannot tell because `data` is not valid.
  bool test(GeoQuery::Relation relation, const Shape& data) const;

 private:
  struct State;
  explicit PlanarShape(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::ngsi
