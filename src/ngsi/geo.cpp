#include <cmath>
#include <limits>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/geo_planar.h"
#include "ngsi/geo_shape.h"
#include "ngsi/geo_sphere.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {

namespace {

using Relation = GeoQuery::Relation;
using Place = PolygonLocator::Place;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kMaxCoordinateBytes = 1 << 20;

struct Georel {
  Relation relation = Relation::kNear;
  double min_m = 0, max_m = kInfinity;
};

std::optional<Relation> relation_named(std::string_view name) {
  if (name == "near") return Relation::kNear;
  if (name == "within") return Relation::kWithin;
  if (name == "contains") return Relation::kContains;
  if (name == "intersects") return Relation::kIntersects;
  if (name == "equals") return Relation::kEquals;
  if (name == "disjoint") return Relation::kDisjoint;
  if (name == "overlaps") return Relation::kOverlaps;
  return std::nullopt;
}

Result<Georel> parse_georel(std::string_view text) {
  Georel out;
  std::string_view rest = text;
  const auto name = trim(take_until(rest, ';'));
  const auto relation = relation_named(name);
  if (!relation) {
    return bad("georel: \"" + std::string(name) +
               "\" is not a relation; there are near, within, contains, intersects, equals, disjoint and overlaps");
  }
  out.relation = *relation;
  if (*relation != Relation::kNear) {
    if (text.find(';') != std::string_view::npos) return bad("georel: only near takes a distance");
    return out;
  }
  bool has_min = false, has_max = false;
  while (!rest.empty()) {
    const auto modifier = trim(take_until(rest, ';'));
    const auto at = modifier.find("==");
    const auto key = trim(modifier.substr(0, at));
    const auto value =
        at == std::string_view::npos ? std::nullopt : parse_number<double>(trim(modifier.substr(at + 2)));
    const bool is_max = key == "maxDistance";
    if ((!is_max && key != "minDistance") || (is_max ? has_max : has_min)) {
      return bad("georel: near takes maxDistance==<metres> or minDistance==<metres>, each once");
    }
    if (!value || !std::isfinite(*value) || *value < 0)
      return bad("georel: the distance must be a number of metres, 0 or more");
    (is_max ? has_max : has_min) = true;
    (is_max ? out.max_m : out.min_m) = *value;
  }
  if (!has_min && !has_max) return bad("georel: near needs maxDistance==<metres> or minDistance==<metres>");
  return out;
}

}  // namespace

struct GeoQuery::State {
  State(Georel rel, TermId property, Shape s, std::unique_ptr<PlanarShape> p)
      : georel(rel),
        geoproperty(property),
        shape(std::move(s)),
        box(*box_of(shape)),
        polygons(shape),
        sphere(shape),
        planar(std::move(p)) {
    if (shape.parts.size() == 1 && shape.parts[0].kind == Shape::Part::Kind::kPoint) point = shape.parts[0].paths[0][0];
    for (const auto& part : shape.parts) only_polygons = only_polygons && part.kind == Shape::Part::Kind::kPolygon;
    if (georel.relation != Relation::kNear) {
      if (georel.relation != Relation::kDisjoint) bounds = box;
    } else if (georel.max_m < kInfinity) {
      bounds = grow(box, georel.max_m);
    }
  }

  bool matches_point(LonLat p) const;
  bool matches_shape(const Shape& data) const;
  bool matches_geometry(std::string_view json) const;
  double distance(LonLat p) const;
  double distance(const Shape& data, const Box& data_box) const;

  Georel georel;
  TermId geoproperty;
  Shape shape;
  Box box;
  std::optional<Box> bounds;
  std::optional<LonLat> point;  ///< the shape is this one point
  bool only_polygons = true;
  PolygonLocator polygons;
  SphereShape sphere;
  std::unique_ptr<PlanarShape> planar;  ///< null: near a point needs none
};

namespace {

Shape shape_of(LonLat p) {
  return Shape{{{Shape::Part::Kind::kPoint, {{p}}}}, false};
}

bool is_point(const Shape& s) {
  return s.parts.size() == 1 && s.parts[0].kind == Shape::Part::Kind::kPoint;
}

/// f(value) for each instance of the GeoProperty until it answers true.
template <class F>
bool any_geometry(const Record& record, TermId name, F&& f) {
  if (name == kNoTerm) return false;
  for (AttributeView a : record.attributes()) {
    if (a.name().value < name.value) continue;
    if (a.name() != name) return false;
    if (a.kind() == AttrKind::kGeoProperty && f(a.value())) return true;
  }
  return false;
}

Result<Shape> parse_shape(std::string_view geometry, std::string_view coordinates) {
  if (geometry == "GeometryCollection") return bad("geometry: a GeometryCollection cannot be asked for");
  if (coordinates.size() > kMaxCoordinateBytes) {
    return fail(ErrorCode::kTooComplexQuery,
                "coordinates: longer than " + std::to_string(kMaxCoordinateBytes) + " bytes");
  }
  std::string canonical;
  if (!append_canonical_json(canonical, coordinates, 8)) {
    return bad("coordinates: not a JSON array of coordinates as in GeoJSON, for example [141.35,43.06]");
  }
  auto shape = read_shape(geometry, canonical);
  if (!shape) return bad("coordinates: " + shape.error().detail);
  if (shape->parts.empty()) return bad("coordinates: the geometry is empty");
  return shape;
}

}  // namespace

double GeoQuery::State::distance(LonLat p) const {
  if (point) return haversine_m(*point, p);
  if (polygons.locate(p) != Place::kOutside) return 0;
  return sphere.outline_distance_m(SphereShape(shape_of(p)));
}

double GeoQuery::State::distance(const Shape& data, const Box& data_box) const {
  if (is_point(data)) return distance(data.parts[0].paths[0][0]);
  if (overlap(box, data_box)) {
    if (point && PolygonLocator(data).locate(*point) != Place::kOutside) return 0;
    if (!point && planar->test(Relation::kIntersects, data)) return 0;
  }
  return sphere.outline_distance_m(SphereShape(data));
}

bool GeoQuery::State::matches_point(LonLat p) const {
  if (bounds && !inside(p, *bounds)) return false;
  if (georel.relation == Relation::kNear) {
    const double metres = distance(p);
    return metres >= georel.min_m && metres <= georel.max_m;
  }
  if (georel.relation == Relation::kOverlaps) return false;  // a point has no part outside of itself
  if (point) return (p == *point) != (georel.relation == Relation::kDisjoint);
  if (!only_polygons) return planar->test(georel.relation, shape_of(p));
  switch (georel.relation) {
    case Relation::kWithin:
      return polygons.locate(p) == Place::kInside;
    case Relation::kIntersects:
      return polygons.locate(p) != Place::kOutside;
    case Relation::kDisjoint:
      return polygons.locate(p) == Place::kOutside;
    default:
      return false;
  }
}

bool GeoQuery::State::matches_shape(const Shape& data) const {
  const auto data_box = box_of(data);
  if (!data_box || (bounds && !overlap(*data_box, *bounds))) return false;
  if (georel.relation != Relation::kNear) return planar->test(georel.relation, data);
  const double metres = distance(data, *data_box);
  return metres >= georel.min_m && metres <= georel.max_m;
}

bool GeoQuery::State::matches_geometry(std::string_view json) const {
  if (const auto p = read_point(json)) return matches_point(*p);
  const auto data = read_shape(json);
  return data && matches_shape(*data);
}

Result<GeoQuery> GeoQuery::parse(std::string_view georel, std::string_view geometry, std::string_view coordinates,
                                 TermId geoproperty) {
  auto rel = parse_georel(georel);
  if (!rel) return tl::unexpected<Error>(std::move(rel.error()));
  auto shape = parse_shape(geometry, coordinates);
  if (!shape) return tl::unexpected<Error>(std::move(shape.error()));
  std::unique_ptr<PlanarShape> planar;
  if (rel->relation != Relation::kNear || !is_point(*shape)) {
    auto made = PlanarShape::make(*shape);
    if (!made) return bad("coordinates: " + made.error().detail);
    planar = std::move(*made);
  }
  GeoQuery out;
  out.state_ = std::make_shared<const State>(*rel, geoproperty, std::move(*shape), std::move(planar));
  return out;
}

Result<GeoQuery> GeoQuery::origin(std::string_view geometry, std::string_view coordinates) {
  return parse("near;minDistance==0", geometry, coordinates, kNoTerm);
}

GeoQuery::Relation GeoQuery::relation() const {
  return state_->georel.relation;
}
TermId GeoQuery::geoproperty() const {
  return state_->geoproperty;
}
std::optional<Box> GeoQuery::bounds() const {
  return state_->bounds;
}
double GeoQuery::max_distance_m() const {
  return state_->georel.max_m;
}

bool GeoQuery::matches_geometry(std::string_view geometry_json) const {
  return state_->matches_geometry(geometry_json);
}

bool GeoQuery::matches(const Record& record) const {
  return any_geometry(record, state_->geoproperty,
                      [&](std::string_view json) { return state_->matches_geometry(json); });
}

double GeoQuery::distance_m(const Record& record) const {
  double nearest = kInfinity;
  any_geometry(record, state_->geoproperty, [&](std::string_view json) {
    nearest = std::min(nearest, distance_m(json));
    return false;
  });
  return nearest;
}

double GeoQuery::distance_m(std::string_view geometry_json) const {
  if (const auto p = read_point(geometry_json)) return state_->distance(*p);
  const auto data = read_shape(geometry_json);
  const auto data_box = data ? box_of(*data) : std::nullopt;
  return data_box ? state_->distance(*data, *data_box) : kInfinity;
}

}  // namespace tsunagu::ngsi
