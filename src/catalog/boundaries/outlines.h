// Official outlines of municipalities: 国土数値情報 行政区域データ (N03) as GeoJSON → one MultiPolygon for each
// municipality that is known, checked as a whole before anything is written.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// A municipality that has to have an outline.
struct KnownMunicipality {
  std::string id;    ///< of the entity
  std::string code;  ///< six digits
  std::string name;  ///< "札幌市"
  struct Office {
    double lon, lat;
  };
  std::optional<Office> office;    ///< degrees (JGD2011, which is WGS 84 here)
  std::optional<double> area_km2;  ///< official
};

struct Outline {
  std::string id, code, name;
  std::string geometry;       ///< canonical JSON of a MultiPolygon, five decimals
  double area_km2 = 0;        ///< on the sphere, of the outline as it was given
  std::size_t positions = 0;  ///< in `geometry`
};

struct Outlines {
  std::vector<Outline> municipalities;  ///< by code; every known one
  std::vector<Outline> islands;  ///< the six villages of the Northern Territories: land, but none of those asked for
  std::size_t polygons_read = 0, positions_read = 0;
  std::vector<std::string> notes;  ///< worth telling: repairs, areas that differ, what was passed over
};

/// `file`: GeoJSON with the properties N03_001, N03_003, N03_004 (N03_005), N03_007. Wards of designated cities become
/// their city; polygons of prefectures without a known municipality are passed over. `tolerance_m`: see simplified().
/// Errors (BadRequestData), nothing is done then: no N03 GeoJSON, another datum or projection (by "crs", or because the
/// offices fit only when the shift of the Tokyo datum is undone), polygons of unknown municipalities, known ones
/// without an outline, outlines that cannot be repaired.
Result<Outlines> make_outlines(std::string_view file, const std::vector<KnownMunicipality>& known, double tolerance_m);

}  // namespace tsunagu::catalog
