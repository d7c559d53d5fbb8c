// Municipalities as the studio needs them: codes, names, where they are. Pure.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

struct GeoPoint {
  double lat = 0, lng = 0;  ///< degrees
};

struct Place {
  std::string code, name;
  GeoPoint office;
  double area_km2 = 0;
  std::vector<std::vector<GeoPoint>>
      rings;                        ///< of its outline; a point within an odd number of them is inside. May lack
  GeoPoint south_west, north_east;  ///< of the outline
};

class Places {
 public:
  /// From the table that is compiled into the program: the 179 municipalities of Hokkaido, without outlines.
  static Places shipped();

  /// A GeoJSON Polygon or MultiPolygon (canonical JSON) as outline of the place. False when it is none, or the place is
  /// not known.
  bool set_outline(std::string_view code, std::string_view geometry);

  std::vector<std::string> codes() const;
  const Place* find(std::string_view code) const;  ///< six digits; null: not known
  /// The only place of that name ("泊村" is two: none).
  const Place* by_name(std::string_view name) const;

  /// Does the point lie in the place? With an outline: within it or nearer than 300 m to its edge; without: within a
  /// distance from the office that no place of this area goes beyond. Unknown places have every point of Japan.
  bool contains(const Place& place, GeoPoint point) const;

  /// A code as people write it (4 to 6 digits), by what there is: "11002" is Sapporo that has lost its zero, not a
  /// place in Saitama. Empty: no code.
  std::optional<std::string> code_of(std::string_view text) const;

 private:
  std::unordered_map<std::string, Place> places_;
  std::unordered_map<std::string, std::string> names_;  // name → code, "" for several
};

bool in_japan(GeoPoint point);
/// From the old Japanese datum (Tokyo) to the world geodetic system: the usual approximation by a linear formula, good
/// to some ten metres.
GeoPoint from_tokyo_datum(GeoPoint point);
double distance_km(GeoPoint a, GeoPoint b);

}  // namespace tsunagu::catalog
