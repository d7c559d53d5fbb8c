#include "ngsi/geo_planar.h"

#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <mutex>

namespace tsunagu::ngsi {

namespace {

/// GEOS wants one handle per thread; geometries may pass between threads.
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
  void operator()(const GEOSPreparedGeometry* g) const { GEOSPreparedGeom_destroy_r(geos(), g); }
};
using Geometry = std::unique_ptr<GEOSGeometry, Destroy>;
using Prepared = std::unique_ptr<const GEOSPreparedGeometry, Destroy>;

GEOSCoordSequence* sequence(const Path& path) {
  static_assert(sizeof(LonLat) == 2 * sizeof(double));
  return GEOSCoordSeq_copyFromBuffer_r(geos(), &path.front().lon, static_cast<unsigned>(path.size()), 0, 0);
}

Geometry to_geos(const Shape::Part& part) {
  switch (part.kind) {
    case Shape::Part::Kind::kPoint:
      return Geometry(GEOSGeom_createPointFromXY_r(geos(), part.paths[0][0].lon, part.paths[0][0].lat));
    case Shape::Part::Kind::kLine: {
      auto* positions = sequence(part.paths[0]);
      return Geometry(positions ? GEOSGeom_createLineString_r(geos(), positions) : nullptr);
    }
    case Shape::Part::Kind::kPolygon: {
      std::vector<GEOSGeometry*> rings;
      for (const Path& path : part.paths) {
        auto* positions = sequence(path);
        GEOSGeometry* ring = positions ? GEOSGeom_createLinearRing_r(geos(), positions) : nullptr;
        if (!ring) {
          for (auto* made : rings) GEOSGeom_destroy_r(geos(), made);
          return nullptr;
        }
        rings.push_back(ring);
      }
      return Geometry(
          GEOSGeom_createPolygon_r(geos(), rings[0], rings.data() + 1, static_cast<unsigned>(rings.size() - 1)));
    }
  }
  return nullptr;
}

/// A shape of one kind: a single geometry or a Multi one.
Geometry to_geos(const Shape& shape) {
  if (shape.parts.empty()) return nullptr;
  if (shape.parts.size() == 1) return to_geos(shape.parts[0]);
  std::vector<GEOSGeometry*> members;
  for (const auto& part : shape.parts) {
    Geometry g = to_geos(part);
    if (!g) {
      for (auto* made : members) GEOSGeom_destroy_r(geos(), made);
      return nullptr;
    }
    members.push_back(g.release());
  }
  using Kind = Shape::Part::Kind;
  const Kind kind = shape.parts[0].kind;
  const int type = kind == Kind::kPoint  ? GEOS_MULTIPOINT
                   : kind == Kind::kLine ? GEOS_MULTILINESTRING
                                         : GEOS_MULTIPOLYGON;
  return Geometry(GEOSGeom_createCollection_r(geos(), type, members.data(), static_cast<unsigned>(members.size())));
}

}  // namespace

int side(LonLat a, LonLat b, LonLat p) {
  constexpr double kRoundingBound = 3.3306690738754716e-16;  // Shewchuk: (3 + 16u)u with u = 2^-53
  const double left = (a.lon - p.lon) * (b.lat - p.lat), right = (a.lat - p.lat) * (b.lon - p.lon);
  const double determinant = left - right;
  if (std::fabs(determinant) > kRoundingBound * (std::fabs(left) + std::fabs(right))) return determinant > 0 ? 1 : -1;
  return GEOSOrientationIndex_r(geos(), a.lon, a.lat, b.lon, b.lat, p.lon, p.lat);
}

PolygonLocator::PolygonLocator(const Shape& shape) {
  for (const auto& part : shape.parts) {
    if (part.kind != Shape::Part::Kind::kPolygon) continue;
    for (const Path& ring : part.paths) {
      for (std::size_t i = 1; i < ring.size(); ++i) edges_.push_back({ring[i - 1], ring[i]});
    }
  }
  if (edges_.empty()) return;
  min_lat_ = max_lat_ = edges_[0].a.lat;
  for (const Edge& e : edges_) {
    min_lat_ = std::min(min_lat_, e.a.lat);
    max_lat_ = std::max(max_lat_, e.a.lat);
  }
  constexpr std::size_t kEdgesPerBand = 4, kMaxBands = 4096, kEntriesPerEdge = 8;
  bands_ = std::clamp<std::size_t>(edges_.size() / kEdgesPerBand, 1, kMaxBands);
  while (bands_ > 1 && count_entries() > kEntriesPerEdge * edges_.size()) bands_ /= 2;
  starts_.assign(bands_ + 1, 0);
  const auto bands_of = [&](const Edge& e) {
    const auto one = band_of(e.a.lat), other = band_of(e.b.lat);
    return std::pair(std::min(one, other), std::max(one, other));
  };
  for (const Edge& e : edges_) {
    const auto [first, last] = bands_of(e);
    for (auto band = first; band <= last; ++band) ++starts_[band + 1];
  }
  for (std::size_t band = 0; band < bands_; ++band) starts_[band + 1] += starts_[band];
  entries_.resize(starts_.back());
  auto next = starts_;
  for (std::uint32_t i = 0; i < edges_.size(); ++i) {
    const auto [first, last] = bands_of(edges_[i]);
    for (auto band = first; band <= last; ++band) entries_[next[band]++] = i;
  }
}

std::size_t PolygonLocator::band_of(double lat) const {
  if (max_lat_ <= min_lat_) return 0;
  const double band = (lat - min_lat_) / (max_lat_ - min_lat_) * static_cast<double>(bands_);
  return std::min(static_cast<std::size_t>(std::max(0.0, band)), bands_ - 1);
}

std::size_t PolygonLocator::count_entries() const {
  std::size_t count = 0;
  for (const Edge& e : edges_) {
    const auto one = band_of(e.a.lat), other = band_of(e.b.lat);
    count += 1 + (one > other ? one - other : other - one);
  }
  return count;
}

PolygonLocator::Place PolygonLocator::locate(LonLat p) const {
  if (edges_.empty() || p.lat < min_lat_ || p.lat > max_lat_) return Place::kOutside;
  const std::size_t band = band_of(p.lat);
  bool in = false;  // has a ray to the east crossed an odd number of edges?
  for (std::uint32_t i = starts_[band]; i < starts_[band + 1]; ++i) {
    const LonLat a = edges_[entries_[i]].a, b = edges_[entries_[i]].b;
    if (a.lon < p.lon && b.lon < p.lon) continue;
    if (p == a || p == b) return Place::kBoundary;
    if (a.lat == p.lat && b.lat == p.lat) {
      if (std::min(a.lon, b.lon) <= p.lon) return Place::kBoundary;
    } else if ((a.lat > p.lat) != (b.lat > p.lat)) {
      const int where = side(a, b, p);
      if (where == 0) return Place::kBoundary;
      if ((where > 0) == (b.lat > a.lat)) in = !in;
    }
  }
  return in ? Place::kInside : Place::kOutside;
}

struct PlanarShape::State {
  Geometry geometry;
  mutable std::mutex mutex;  // GEOS builds its indexes at the first test
  Prepared prepared;

  bool test_one(GeoQuery::Relation relation, const GEOSGeometry* data) const;
};

PlanarShape::PlanarShape(std::unique_ptr<State> state) : state_(std::move(state)) {}
PlanarShape::~PlanarShape() = default;

Result<std::unique_ptr<PlanarShape>> PlanarShape::make(const Shape& shape) {
  auto state = std::make_unique<State>();
  state->geometry = to_geos(shape);
  if (!state->geometry) return bad("the coordinates do not make a geometry");
  if (GEOSisValid_r(geos(), state->geometry.get()) != 1) {
    char* reason = GEOSisValidReason_r(geos(), state->geometry.get());
    Error error{ErrorCode::kBadRequestData, std::string("the geometry is not valid: ") + (reason ? reason : "unknown")};
    GEOSFree_r(geos(), reason);
    return tl::unexpected<Error>(std::move(error));
  }
  state->prepared.reset(GEOSPrepare_r(geos(), state->geometry.get()));
  if (!state->prepared) return bad("the geometry is not valid");
  return std::unique_ptr<PlanarShape>(new PlanarShape(std::move(state)));
}

bool PlanarShape::State::test_one(GeoQuery::Relation relation, const GEOSGeometry* data) const {
  using Relation = GeoQuery::Relation;
  const auto* query = prepared.get();
  switch (relation) {  // 2 says that GEOS failed
    case Relation::kIntersects:
      return GEOSPreparedIntersects_r(geos(), query, data) == 1;
    case Relation::kDisjoint:
      return GEOSPreparedIntersects_r(geos(), query, data) == 0;
    case Relation::kWithin:
      return GEOSPreparedContains_r(geos(), query, data) == 1;
    case Relation::kContains:
      return GEOSPreparedWithin_r(geos(), query, data) == 1;
    case Relation::kOverlaps:
      return GEOSPreparedOverlaps_r(geos(), query, data) == 1;
    case Relation::kEquals:
      return GEOSEquals_r(geos(), geometry.get(), data) == 1;
    case Relation::kNear:
      return false;
  }
  return false;
}

bool PlanarShape::test(GeoQuery::Relation relation, const Shape& data) const {
  using Relation = GeoQuery::Relation;
  if (!data.collection) {
    const Geometry g = to_geos(data);
    if (!g) return false;
    const std::lock_guard lock(state_->mutex);
    return state_->test_one(relation, g.get());
  }
  bool all = !data.parts.empty(), any = false, all_covered = true, any_holds_query = false;
  for (const auto& part : data.parts) {
    const Geometry g = to_geos(part);
    if (!g) return false;
    const std::lock_guard lock(state_->mutex);
    const bool holds = state_->test_one(relation, g.get());
    all = all && holds;
    any = any || holds;
    if (relation == Relation::kWithin || relation == Relation::kOverlaps) {
      all_covered = all_covered && GEOSPreparedCovers_r(geos(), state_->prepared.get(), g.get()) == 1;
    }
    if (relation == Relation::kOverlaps)
      any_holds_query = any_holds_query || state_->test_one(Relation::kContains, g.get());
  }
  switch (relation) {
    case Relation::kWithin:
      return any && all_covered;
    case Relation::kOverlaps:
      return any && !all_covered && !any_holds_query;
    case Relation::kDisjoint:
    case Relation::kEquals:
      return all;
    default:
      return any;
  }
}

}  // namespace tsunagu::ngsi
