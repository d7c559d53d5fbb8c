// GeoJSON geometries (clause 4.7, RFC 7946) as numbers.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {

struct LonLat {
  double lon, lat;  ///< degrees
  bool operator==(const LonLat&) const = default;
};
using Path = std::vector<LonLat>;

/// Any geometry, as points, lines and polygons. A GeometryCollection is taken apart into what it contains.
struct Shape {
  struct Part {
    enum class Kind : unsigned char { kPoint, kLine, kPolygon } kind;
    std::vector<Path> paths;  ///< a point: one of one position; a line: one; a polygon: its rings, the outer one first
  };
  std::vector<Part> parts;
  bool collection = false;  ///< it was a GeometryCollection: parts may overlap and be of different kinds
};

/// `geometry` is canonical JSON. The error says what is wrong: type, form of the coordinates, longitude or latitude out
/// of range, lines of one position, rings that are not closed.
Result<Shape> read_shape(std::string_view geometry);
/// The same from a type name and the coordinates.
Result<Shape> read_shape(std::string_view type, std::string_view coordinates);
/// A geometry that is a Point, quickly: no allocation. Empty for other geometries and for wrong ones.
std::optional<LonLat> read_point(std::string_view geometry);

std::optional<Box> box_of(const Shape& shape);
inline bool overlap(const Box& a, const Box& b) {
  return a.min_lon <= b.max_lon && b.min_lon <= a.max_lon && a.min_lat <= b.max_lat && b.min_lat <= a.max_lat;
}
inline bool inside(LonLat p, const Box& box) {
  return p.lon >= box.min_lon && p.lon <= box.max_lon && p.lat >= box.min_lat && p.lat <= box.max_lat;
}

}  // namespace tsunagu::ngsi
