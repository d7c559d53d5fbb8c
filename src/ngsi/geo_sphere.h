// Distances on the sphere (mean radius of WGS 84).
#pragma once
#include <vector>

#include "ngsi/geo_shape.h"

namespace tsunagu::ngsi {

inline constexpr double kEarthRadius_m = 6371008.8;

/// Great-circle distance. ~50 ns.
double haversine_m(LonLat a, LonLat b);

/// Everything nearer than `distance_m` to something in `box` is in the box returned. Where that reaches a pole or
/// crosses the antimeridian, all longitudes are in it.
Box grow(const Box& box, double distance_m);

/// A shape laid on the sphere. The edges of GeoJSON are straight in longitude and latitude, not great circles, so they
/// are followed in steps of 0.05° or, when that would be more than kMaxSteps steps for the whole shape, in equal steps
/// as long as needed.
class SphereShape {
 public:
  explicit SphereShape(const Shape& shape);
  /// Metres between the nearest points of the two *outlines*; infinity when one is empty. Cost: product of the numbers
  /// of steps.
  double outline_distance_m(const SphereShape& other) const;

  static constexpr double kStep_deg = 0.05;
  static constexpr double kMaxSteps = 20000;

 private:
  struct Vector {
    double x, y, z;
  };
  static Vector on_sphere(LonLat p);
  static double dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
  static Vector cross(const Vector& a, const Vector& b);
  // Distances are compared as squares of the straight lines through the sphere, which need no trigonometry.
  static constexpr double kFarthest = 4;
  static double chord2(const Vector& a, const Vector& b);
  /// kFarthest when an end of the arc is nearest.
  static double chord2_to_arc(const Vector& p, const Vector& a, const Vector& b);
  using Chains = std::vector<std::vector<Vector>>;
  static double nearest_chord2(const Chains& points, const Chains& chains);

  Chains chains_;  ///< a point is a chain of one
};

}  // namespace tsunagu::ngsi
