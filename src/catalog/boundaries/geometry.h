// Areas on the grid: validity, union, repair (GEOS), area on the sphere.
#pragma once
#include <optional>
#include <vector>

#include "catalog/boundaries/simplify.h"

namespace tsunagu::catalog {

/// As OGC Simple Features defines it.
bool valid_area(const GridArea& area);

/// One area of all pieces, inner borders gone. Pieces that cross themselves are repaired first: `repaired` counts them.
/// Empty when nothing with an area is left.
GridArea joined(const std::vector<GridPolygon>& pieces, std::size_t& repaired);

/// Square kilometres on the sphere of the same surface as the Earth.
double area_km2(const GridArea& area);

/// Is the place (degrees) inside?
bool contains(const GridArea& area, double lon, double lat);

}  // namespace tsunagu::catalog
