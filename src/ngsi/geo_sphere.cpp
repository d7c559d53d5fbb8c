#include "ngsi/geo_sphere.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace tsunagu::ngsi {

namespace {

constexpr double kRadian = std::numbers::pi / 180;

double reach(LonLat a, LonLat b) {
  return a.lon == b.lon ? 0 : std::max(std::fabs(a.lon - b.lon), std::fabs(a.lat - b.lat));
}

}  // namespace

double haversine_m(LonLat a, LonLat b) {
  const double half_lat = std::sin((b.lat - a.lat) * kRadian / 2);
  const double half_lon = std::sin((b.lon - a.lon) * kRadian / 2);
  const double h = half_lat * half_lat + std::cos(a.lat * kRadian) * std::cos(b.lat * kRadian) * half_lon * half_lon;
  return 2 * kEarthRadius_m * std::asin(std::min(1.0, std::sqrt(h)));
}

Box grow(const Box& box, double distance_m) {
  constexpr double kMargin = 1e-9;  // radians, 6 mm: against rounding
  const double angle = distance_m / kEarthRadius_m + kMargin;
  Box out{-180, std::max(-90.0, box.min_lat - angle / kRadian), 180, std::min(90.0, box.max_lat + angle / kRadian)};
  const double widest = std::max(std::fabs(box.min_lat), std::fabs(box.max_lat)) * kRadian;
  if (widest + angle >= std::numbers::pi / 2) return out;
  const double sideways = std::asin(std::min(1.0, std::sin(angle) / std::cos(widest))) / kRadian;
  if (box.min_lon - sideways < -180 || box.max_lon + sideways > 180) return out;
  out.min_lon = box.min_lon - sideways;
  out.max_lon = box.max_lon + sideways;
  return out;
}

SphereShape::Vector SphereShape::on_sphere(LonLat p) {
  const double lon = p.lon * kRadian, lat = p.lat * kRadian;
  return {std::cos(lat) * std::cos(lon), std::cos(lat) * std::sin(lon), std::sin(lat)};
}

SphereShape::Vector SphereShape::cross(const Vector& a, const Vector& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

SphereShape::SphereShape(const Shape& shape) {
  double total = 0;
  for (const auto& part : shape.parts) {
    for (const Path& path : part.paths) {
      for (std::size_t i = 1; i < path.size(); ++i) total += reach(path[i - 1], path[i]);
    }
  }
  const double step = std::max(kStep_deg, total / kMaxSteps);
  for (const auto& part : shape.parts) {
    for (const Path& path : part.paths) {
      auto& chain = chains_.emplace_back();
      chain.push_back(on_sphere(path.front()));
      for (std::size_t i = 1; i < path.size(); ++i) {
        const LonLat a = path[i - 1], b = path[i];
        const double steps = std::max(1.0, std::ceil(reach(a, b) / step));
        for (double k = 1; k < steps; ++k) {
          chain.push_back(on_sphere({std::lerp(a.lon, b.lon, k / steps), std::lerp(a.lat, b.lat, k / steps)}));
        }
        chain.push_back(on_sphere(b));
      }
    }
  }
}

double SphereShape::chord2(const Vector& a, const Vector& b) {
  const Vector d{a.x - b.x, a.y - b.y, a.z - b.z};
  return dot(d, d);
}

double SphereShape::chord2_to_arc(const Vector& p, const Vector& a, const Vector& b) {
  const Vector n = cross(a, b);
  const double length2 = dot(n, n);
  if (!(length2 > 0) || dot(cross(n, a), p) < 0 || dot(cross(b, n), p) < 0) return kFarthest;
  const double height = dot(n, p);
  const double sine2 = std::min(1.0, height * height / length2);
  return 2 * sine2 / (1 + std::sqrt(1 - sine2));
}

double SphereShape::nearest_chord2(const Chains& points, const Chains& chains) {
  double nearest = std::numeric_limits<double>::infinity();
  for (const auto& from : points) {
    for (const Vector& p : from) {
      for (const auto& chain : chains) {
        nearest = std::min(nearest, chord2(p, chain.front()));
        for (std::size_t i = 1; i < chain.size(); ++i) {
          nearest = std::min({nearest, chord2(p, chain[i]), chord2_to_arc(p, chain[i - 1], chain[i])});
        }
      }
    }
  }
  return nearest;
}

double SphereShape::outline_distance_m(const SphereShape& other) const {
  // Of two arcs that do not cross, an end of one is where they are nearest.
  const double chord2 = std::min(nearest_chord2(chains_, other.chains_), nearest_chord2(other.chains_, chains_));
  return std::isinf(chord2) ? chord2 : 2 * kEarthRadius_m * std::asin(std::min(1.0, std::sqrt(chord2) / 2));
}

}  // namespace tsunagu::ngsi
