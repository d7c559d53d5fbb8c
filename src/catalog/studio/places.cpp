#include "catalog/studio/places.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "catalog/import/csv.h"
#include "catalog/import/json_walk.h"
#include "catalog/import/row.h"
#include "catalog/import/text_forms.h"
#include "catalog/studio/shipped.h"

namespace tsunagu::catalog {
namespace {

constexpr double kDegree = 3.14159265358979323846 / 180;
constexpr double kNear = 0.003;  // degrees, about 300 m

std::optional<std::vector<GeoPoint>> read_ring(std::string_view json) {
  std::vector<GeoPoint> ring;
  bool good = true;
  for_each_element(json, [&](std::string_view position) {
    std::array<double, 2> numbers{};
    std::size_t n = 0;
    if (!position.starts_with('[')) {
      good = false;
      return;
    }
    for_each_element(position, [&](std::string_view number) {
      if (n < 2) numbers[n] = parse_number<double>(number).value_or(1000);
      ++n;
    });
    good = good && n >= 2 && std::abs(numbers[0]) <= 180 && std::abs(numbers[1]) <= 90;
    ring.push_back({numbers[1], numbers[0]});
  });
  if (!good || ring.size() < 4) return std::nullopt;
  return ring;
}

bool inside(const std::vector<std::vector<GeoPoint>>& rings, GeoPoint p) {
  bool in = false;
  for (const auto& ring : rings) {
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      const GeoPoint &a = ring[i], &b = ring[j];
      if ((a.lat > p.lat) != (b.lat > p.lat) && p.lng < (b.lng - a.lng) * (p.lat - a.lat) / (b.lat - a.lat) + a.lng)
        in = !in;
    }
  }
  return in;
}

bool near_edge(const std::vector<std::vector<GeoPoint>>& rings, GeoPoint p) {
  const double shrink = std::cos(p.lat * kDegree);
  for (const auto& ring : rings) {
    for (std::size_t i = 0, j = ring.size() - 1; i < ring.size(); j = i++) {
      const double ax = (ring[j].lng - p.lng) * shrink, ay = ring[j].lat - p.lat;
      const double bx = (ring[i].lng - p.lng) * shrink, by = ring[i].lat - p.lat;
      const double dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy;
      const double t = length > 0 ? std::clamp(-(ax * dx + ay * dy) / length, 0.0, 1.0) : 0;
      const double x = ax + t * dx, y = ay + t * dy;
      if (x * x + y * y < kNear * kNear) return true;
    }
  }
  return false;
}

}  // namespace

Places Places::shipped() {
  Places out;
  Columns columns;
  CsvReader reader(',', {[&](CsvRecord& record) {
                           if (columns.names().empty()) {
                             for (const std::string& name : record.fields) columns.add(name);
                             return;
                           }
                           const auto cell = [&](std::string_view name) {
                             const std::size_t at = columns.find(name);
                             return at < record.fields.size() ? record.fields[at] : std::string();
                           };
                           Place place;
                           place.code = cell("code6");
                           place.name = cell("name");
                           place.office = {parse_number<double>(cell("office_lat")).value_or(0),
                                           parse_number<double>(cell("office_lng")).value_or(0)};
                           place.area_km2 = parse_number<double>(cell("area_km2")).value_or(0);
                           const auto [known, is_new] = out.names_.emplace(place.name, place.code);
                           if (!is_new) known->second.clear();
                           out.places_.emplace(place.code, std::move(place));
                         },
                         [](std::size_t, const std::string&) {}});
  reader.feed(shipped_file("region/municipalities.csv"));
  reader.finish();
  return out;
}

bool Places::set_outline(std::string_view code, std::string_view geometry) {
  const auto found = places_.find(std::string(code));
  if (found == places_.end() || !geometry.starts_with('{')) return false;
  std::string type;
  std::string_view coordinates;
  for_each_member(geometry, [&](const std::string& name, std::string_view value) {
    if (name == "type") type = json_string_text(value);
    if (name == "coordinates") coordinates = value;
  });
  std::vector<std::vector<GeoPoint>> rings;
  bool good = coordinates.starts_with('[') && (type == "Polygon" || type == "MultiPolygon");
  const auto polygon = [&](std::string_view json) {
    if (!json.starts_with('[')) return;
    for_each_element(json, [&](std::string_view ring_json) {
      auto ring = ring_json.starts_with('[') ? read_ring(ring_json) : std::nullopt;
      good = good && ring.has_value();
      if (ring) rings.push_back(std::move(*ring));
    });
  };
  if (good && type == "Polygon") polygon(coordinates);
  if (good && type == "MultiPolygon") for_each_element(coordinates, polygon);
  if (!good || rings.empty()) return false;
  Place& place = found->second;
  place.rings = std::move(rings);
  place.south_west = {90, 180};
  place.north_east = {-90, -180};
  for (const auto& ring : place.rings) {
    for (const GeoPoint& p : ring) {
      place.south_west = {std::min(place.south_west.lat, p.lat), std::min(place.south_west.lng, p.lng)};
      place.north_east = {std::max(place.north_east.lat, p.lat), std::max(place.north_east.lng, p.lng)};
    }
  }
  return true;
}

std::vector<std::string> Places::codes() const {
  std::vector<std::string> out;
  for (const auto& [code, place] : places_) out.push_back(code);
  return out;
}

const Place* Places::find(std::string_view code) const {
  const auto found = places_.find(std::string(code));
  return found == places_.end() ? nullptr : &found->second;
}

const Place* Places::by_name(std::string_view name) const {
  const auto found = names_.find(std::string(name));
  return found == names_.end() ? nullptr : find(found->second);
}

bool Places::contains(const Place& place, GeoPoint p) const {
  if (place.rings.empty()) {
    if (place.area_km2 <= 0) return in_japan(p);
    return distance_km(place.office, p) <= 8 + 2.5 * std::sqrt(place.area_km2);
  }
  if (p.lat < place.south_west.lat - kNear || p.lat > place.north_east.lat + kNear ||
      p.lng < place.south_west.lng - 2 * kNear || p.lng > place.north_east.lng + 2 * kNear) {
    return false;
  }
  return inside(place.rings, p) || near_edge(place.rings, p);
}

std::optional<std::string> Places::code_of(std::string_view text) const {
  if (text.size() == 5) {
    const auto without_check = code6_of_code5(text);
    const auto lost_zero = checked_code6(text);
    if (lost_zero && find(*lost_zero) != nullptr && (!without_check || find(*without_check) == nullptr))
      return lost_zero;
    return without_check ? without_check : lost_zero;
  }
  return text.size() == 6 ? checked_code6(text) : code6_of_code5(text);
}

bool in_japan(GeoPoint p) {
  return p.lat >= 20 && p.lat <= 46 && p.lng >= 122 && p.lng <= 154.5;
}

GeoPoint from_tokyo_datum(GeoPoint p) {
  return {p.lat - p.lat * 0.00010695 + p.lng * 0.000017464 + 0.0046017,
          p.lng - p.lat * 0.000046038 - p.lng * 0.000083043 + 0.010040};
}

double distance_km(GeoPoint a, GeoPoint b) {
  const double x = (b.lng - a.lng) * kDegree * std::cos((a.lat + b.lat) / 2 * kDegree);
  const double y = (b.lat - a.lat) * kDegree;
  return 6371.0 * std::sqrt(x * x + y * y);
}

}  // namespace tsunagu::catalog
