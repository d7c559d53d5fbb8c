#include "catalog/boundaries/geometry.h"

#include <geos_c.h>

#include <cmath>
#include <memory>
#include <numbers>

namespace tsunagu::catalog {
namespace {

/// GEOS wants one handle per thread.
GEOSContextHandle_t geos() {
  struct Handle {
    GEOSContextHandle_t handle = GEOS_init_r();
    ~Handle() { GEOS_finish_r(handle); }
  };
  thread_local Handle owner;
  return owner.handle;
}

struct Destroy {
  void operator()(GEOSGeometry* g) const { GEOSGeom_destroy_r(geos(), g); }
};
using Geometry = std::unique_ptr<GEOSGeometry, Destroy>;

GEOSGeometry* ring_of(const GridRing& ring) {
  std::vector<double> numbers;
  numbers.reserve(ring.size() * 2);
  for (const GridPoint p : ring) {
    numbers.push_back(p.x);
    numbers.push_back(p.y);
  }
  GEOSCoordSequence* const positions =
      GEOSCoordSeq_copyFromBuffer_r(geos(), numbers.data(), static_cast<unsigned>(ring.size()), 0, 0);
  return positions ? GEOSGeom_createLinearRing_r(geos(), positions) : nullptr;
}

Geometry polygon_of(const GridPolygon& polygon) {
  std::vector<GEOSGeometry*> rings;
  for (const GridRing& ring : polygon) {
    GEOSGeometry* const made = ring_of(ring);
    if (made == nullptr) {
      for (GEOSGeometry* r : rings) GEOSGeom_destroy_r(geos(), r);
      return nullptr;
    }
    rings.push_back(made);
  }
  if (rings.empty()) return nullptr;
  return Geometry(
      GEOSGeom_createPolygon_r(geos(), rings[0], rings.data() + 1, static_cast<unsigned>(rings.size() - 1)));
}

Geometry collection(std::vector<Geometry> parts) {
  std::vector<GEOSGeometry*> members;
  for (Geometry& part : parts) members.push_back(part.release());
  return Geometry(
      GEOSGeom_createCollection_r(geos(), GEOS_MULTIPOLYGON, members.data(), static_cast<unsigned>(members.size())));
}

GridRing read_ring(const GEOSGeometry* ring) {
  const GEOSCoordSequence* const positions = GEOSGeom_getCoordSeq_r(geos(), ring);
  unsigned size = 0;
  GEOSCoordSeq_getSize_r(geos(), positions, &size);
  GridRing out;
  for (unsigned i = 0; i < size; ++i) {
    double x = 0, y = 0;
    GEOSCoordSeq_getXY_r(geos(), positions, i, &x, &y);
    const GridPoint p{static_cast<std::int32_t>(std::lround(x)), static_cast<std::int32_t>(std::lround(y))};
    if (out.empty() || out.back() != p) out.push_back(p);
  }
  return out;
}

/// The polygons in `g`; lines and points that a repair leaves are dropped.
void take_polygons(const GEOSGeometry* g, GridArea& out) {
  const int kind = GEOSGeomTypeId_r(geos(), g);
  if (kind == GEOS_MULTIPOLYGON || kind == GEOS_GEOMETRYCOLLECTION) {
    for (int i = 0; i < GEOSGetNumGeometries_r(geos(), g); ++i) take_polygons(GEOSGetGeometryN_r(geos(), g, i), out);
    return;
  }
  if (kind != GEOS_POLYGON || GEOSisEmpty_r(geos(), g) != 0) return;
  GridPolygon polygon{read_ring(GEOSGetExteriorRing_r(geos(), g))};
  if (polygon[0].size() < 4) return;
  for (int i = 0; i < GEOSGetNumInteriorRings_r(geos(), g); ++i) {
    GridRing hole = read_ring(GEOSGetInteriorRingN_r(geos(), g, i));
    if (hole.size() >= 4) polygon.push_back(std::move(hole));
  }
  out.push_back(std::move(polygon));
}

double ring_area(const GridRing& ring) {
  constexpr double kRadius = 6371.0072, kRadians = std::numbers::pi / 180 / kGridPerDegree;
  double sum = 0;
  for (std::size_t i = 1; i < ring.size(); ++i) {
    sum += (ring[i].x - ring[i - 1].x) * kRadians *
           (2 + std::sin(ring[i].y * kRadians) + std::sin(ring[i - 1].y * kRadians));
  }
  return std::fabs(sum) * kRadius * kRadius / 2;
}

}  // namespace

bool valid_area(const GridArea& area) {
  std::vector<Geometry> parts;
  for (const GridPolygon& polygon : area) {
    Geometry made = polygon_of(polygon);
    if (!made) return false;
    parts.push_back(std::move(made));
  }
  const Geometry all = collection(std::move(parts));
  return all && GEOSisValid_r(geos(), all.get()) == 1;
}

GridArea joined(const std::vector<GridPolygon>& pieces, std::size_t& repaired) {
  GridArea out;
  std::vector<Geometry> parts;
  for (const GridPolygon& piece : pieces) {
    Geometry made = polygon_of(piece);
    if (made && GEOSisValid_r(geos(), made.get()) != 1) {
      ++repaired;
      made.reset(GEOSMakeValid_r(geos(), made.get()));
      GridArea polygons;
      if (made) take_polygons(made.get(), polygons);
      for (const GridPolygon& polygon : polygons) {
        if (Geometry good = polygon_of(polygon)) parts.push_back(std::move(good));
      }
      continue;
    }
    if (made) parts.push_back(std::move(made));
  }
  if (parts.empty()) return out;
  if (parts.size() == 1) {
    take_polygons(parts[0].get(), out);
    return out;
  }
  const Geometry all = collection(std::move(parts));
  const Geometry one(all ? GEOSUnaryUnionPrec_r(geos(), all.get(), 1) : nullptr);  // on the grid
  if (one) take_polygons(one.get(), out);
  return out;
}

double area_km2(const GridArea& area) {
  double sum = 0;
  for (const GridPolygon& polygon : area) {
    for (std::size_t i = 0; i < polygon.size(); ++i) sum += i == 0 ? ring_area(polygon[i]) : -ring_area(polygon[i]);
  }
  return sum;
}

bool contains(const GridArea& area, double lon, double lat) {
  const double x = lon * kGridPerDegree, y = lat * kGridPerDegree;
  bool odd = false;
  for (const GridPolygon& polygon : area) {
    for (const GridRing& ring : polygon) {
      for (std::size_t i = 1; i < ring.size(); ++i) {
        const GridPoint a = ring[i - 1], b = ring[i];
        if ((a.y > y) != (b.y > y) &&
            x < static_cast<double>(b.x - a.x) * (y - a.y) / static_cast<double>(b.y - a.y) + a.x)
          odd = !odd;
      }
    }
  }
  return odd;
}

}  // namespace tsunagu::catalog
