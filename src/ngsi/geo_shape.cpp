#include "ngsi/geo_shape.h"

#include <algorithm>
#include <charconv>

#include "ngsi/json_walk.h"

namespace tsunagu::ngsi {

namespace {

constexpr int kMaxCollectionDepth = 8;
using Kind = Shape::Part::Kind;

/// "[141.35,43.06]" with any further numbers (height). The text must be canonical JSON.
std::optional<LonLat> read_position(std::string_view json) {
  if (!walk::is_array(json)) return std::nullopt;
  const char* const end = json.data() + json.size();
  LonLat p{};
  const auto lon = std::from_chars(json.data() + 1, end, p.lon);
  if (lon.ec != std::errc{} || lon.ptr == end || *lon.ptr != ',') return std::nullopt;
  const auto lat = std::from_chars(lon.ptr + 1, end, p.lat);
  if (lat.ec != std::errc{} || lat.ptr == end || (*lat.ptr != ',' && *lat.ptr != ']')) return std::nullopt;
  return p;
}

bool in_range(LonLat p) {
  return p.lon >= -180 && p.lon <= 180 && p.lat >= -90 && p.lat <= 90;
}

/// Reads one geometry into parts; keeps the first thing that is wrong.
class ShapeReader {
 public:
  Result<Shape> take() {
    if (!error_.empty()) return bad(std::move(error_));
    return std::move(shape_);
  }

  bool geometry(std::string_view json, int depth) {
    if (!walk::is_object(json)) return wrong("a geometry must be a GeoJSON object");
    std::string scratch;
    const auto type = walk::string_text(walk::member(json, "type"), scratch);
    if (type == "GeometryCollection") {
      shape_.collection = true;
      const auto geometries = walk::member(json, "geometries");
      if (depth == kMaxCollectionDepth) return wrong("geometry collections are nested too deep");
      return each(geometries, "\"geometries\" must be an array",
                  [&](std::string_view g) { return geometry(g, depth + 1); });
    }
    return coordinates(type, walk::member(json, "coordinates"));
  }

  bool coordinates(std::string_view type, std::string_view json) {
    if (json.empty()) return wrong("the coordinates are missing");
    if (type == "Point") return point(json);
    if (type == "LineString") return line(json);
    if (type == "Polygon") return polygon(json);
    if (type == "MultiPoint")
      return each(json, "a MultiPoint is an array of positions", [&](auto v) { return point(v); });
    if (type == "MultiLineString")
      return each(json, "a MultiLineString is an array of lines", [&](auto v) { return line(v); });
    if (type == "MultiPolygon")
      return each(json, "a MultiPolygon is an array of polygons", [&](auto v) { return polygon(v); });
    return wrong("\"" + std::string(type) +
                 "\" is not a geometry type; there are Point, MultiPoint, LineString, MultiLineString, Polygon and "
                 "MultiPolygon");
  }

 private:
  bool wrong(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
  }

  template <class F>
  bool each(std::string_view array, const char* otherwise, F&& f) {
    if (!walk::is_array(array)) return wrong(otherwise);
    return !walk::any_element(array, [&](std::string_view v) { return !f(v); });
  }

  bool position(std::string_view json, Path& out) {
    const auto p = read_position(json);
    if (!p) return wrong("a position is an array of longitude and latitude, as in [141.35,43.06]");
    if (!in_range(*p)) {
      const bool swapped = in_range({p->lat, p->lon});
      return wrong("the position " + std::string(json) +
                   " is not on Earth: longitude is -180 to 180, latitude -90 to 90" +
                   (swapped ? "; longitude comes first" : ""));
    }
    out.push_back(*p);
    return true;
  }

  bool positions(std::string_view json, Path& out) {
    return each(json, "a line is an array of positions", [&](std::string_view v) { return position(v, out); });
  }

  bool point(std::string_view json) {
    Path path;
    if (!position(json, path)) return false;
    shape_.parts.push_back({Kind::kPoint, {std::move(path)}});
    return true;
  }

  bool line(std::string_view json) {
    Path path;
    if (!positions(json, path)) return false;
    if (path.size() < 2) return wrong("a line needs two positions or more");
    shape_.parts.push_back({Kind::kLine, {std::move(path)}});
    return true;
  }

  bool polygon(std::string_view json) {
    Shape::Part part{Kind::kPolygon, {}};
    const bool read = each(json, "a polygon is an array of rings", [&](std::string_view ring) {
      Path& path = part.paths.emplace_back();
      if (!positions(ring, path)) return false;
      if (path.size() < 4) return wrong("a ring of a polygon needs four positions or more");
      if (path.front() != path.back()) return wrong("a ring of a polygon must end where it begins");
      return true;
    });
    if (!read) return false;
    if (part.paths.empty()) return wrong("a polygon needs a ring");
    shape_.parts.push_back(std::move(part));
    return true;
  }

  Shape shape_;
  std::string error_;
};

}  // namespace

Result<Shape> read_shape(std::string_view geometry) {
  ShapeReader reader;
  reader.geometry(geometry, 0);
  return reader.take();
}

Result<Shape> read_shape(std::string_view type, std::string_view coordinates) {
  ShapeReader reader;
  reader.coordinates(type, coordinates);
  return reader.take();
}

std::optional<LonLat> read_point(std::string_view geometry) {
  constexpr std::string_view kUsual = R"({"type":"Point","coordinates":)";
  std::string_view position;
  if (geometry.starts_with(kUsual)) {
    position = geometry.substr(kUsual.size());
  } else if (walk::member(geometry, "type") == "\"Point\"") {
    position = walk::member(geometry, "coordinates");
  } else {
    return std::nullopt;
  }
  const auto p = read_position(position);
  return p && in_range(*p) ? p : std::nullopt;
}

std::optional<Box> box_of(const Shape& shape) {
  std::optional<Box> box;
  for (const auto& part : shape.parts) {
    for (const LonLat p : part.paths.front()) {  // holes lie inside
      if (!box) box = Box{p.lon, p.lat, p.lon, p.lat};
      box->min_lon = std::min(box->min_lon, p.lon);
      box->max_lon = std::max(box->max_lon, p.lon);
      box->min_lat = std::min(box->min_lat, p.lat);
      box->max_lat = std::max(box->max_lat, p.lat);
    }
  }
  return box;
}

std::optional<Box> bounding_box(std::string_view geometry_json) {
  if (const auto p = read_point(geometry_json)) return Box{p->lon, p->lat, p->lon, p->lat};
  const auto shape = read_shape(geometry_json);
  return shape ? box_of(*shape) : std::nullopt;
}

}  // namespace tsunagu::ngsi
