#include "catalog/boundaries/outlines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/json.h"
#include "catalog/boundaries/geometry.h"
#include "catalog/import/json_split.h"
#include "catalog/import/text_forms.h"
#include "ngsi/geo_shape.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace {

namespace walk = ngsi::walk;

/// 色丹村, 泊村, 留夜別村, 留別村, 紗那村, 蘂取村.
constexpr std::array<std::string_view, 6> kNorthernTerritories{"01695", "01696", "01697", "01698", "01699", "01700"};
constexpr std::size_t kNamed = 10;  // in a message
constexpr double kAreaMayDiffer = 0.1;

/// One municipality's polygons, or one ward's city's.
struct Pieces {
  std::string name;
  std::vector<GridPolygon> polygons;
};

std::string text_of(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string();
}

template <class List, class Name>
std::string named(const List& list, Name name) {
  std::string out;
  std::size_t n = 0;
  for (const auto& each : list) {
    if (n++ == kNamed) return out + fmt::format(" and {} more", list.size() - kNamed);
    if (!out.empty()) out += ", ";
    out += name(each);
  }
  return out;
}

/// "crs" of old GeoJSON: fine when it is WGS 84 or a Japanese datum that is the same to a metre.
Result<void> check_crs(std::string_view file) {
  const std::size_t at = file.find("\"crs\"");
  if (at == std::string_view::npos) return {};
  std::size_t from = file.find_first_not_of(" \t\r\n:", at + 5);
  if (from == std::string_view::npos || file[from] != '{') return {};
  std::string crs;
  if (!append_canonical_json(crs, file.substr(from, walk::value_end(file, from) - from))) return {};
  std::string name = text_of(walk::member(walk::member(crs, "properties"), "name"));
  if (name.empty()) return {};
  std::string upper = name;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  for (const std::string_view good :
       {"CRS84", "CRS83", "4326", "4269", "4612", "6668", "JGD2000", "JGD2011", "WGS84", "WGS 84"}) {
    if (upper.ends_with(good)) return {};
  }
  return bad(
      fmt::format("the file says that its coordinates are in {}, not in longitude and latitude of JGD2011 or WGS 84: "
                  "convert it, for "
                  "example with ogr2ogr -t_srs EPSG:6668 new.geojson old.geojson",
                  name));
}

GridRing ring_of(const ngsi::Path& path) {
  GridRing out;
  for (const ngsi::LonLat p : path) {
    const GridPoint at{static_cast<std::int32_t>(std::lround(p.lon * kGridPerDegree)),
                       static_cast<std::int32_t>(std::lround(p.lat * kGridPerDegree))};
    if (out.empty() || out.back() != at) out.push_back(at);
  }
  return out;
}

class Reader {
 public:
  explicit Reader(const std::vector<KnownMunicipality>& known) {
    for (const KnownMunicipality& m : known) {
      codes_.insert(m.code.substr(0, 5));
      prefectures_.insert(m.code.substr(0, 2));
      if (!m.name.empty()) by_name_.emplace(m.code.substr(0, 2) + m.name, m.code.substr(0, 5));
    }
  }

  Result<void> read(std::string_view file) {
    const std::size_t start = file.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    const std::string_view begin = start == std::string_view::npos ? std::string_view() : file.substr(start);
    if (!begin.starts_with('{')) {
      return bad(
          begin.starts_with("PK") || begin.starts_with('<')
              ? "this is no GeoJSON: of what 国土数値情報 hands out take N03-….geojson (a Shapefile or GML can be "
                "converted with ogr2ogr)"
              : "this is no GeoJSON");
    }
    if (auto good = check_crs(file); !good) return good;
    JsonSplitter splitter("features", {[this](std::string_view json, std::size_t line) { feature(json, line); },
                                       [this](std::size_t line, const std::string& reason) { fault(line, reason); },
                                       [this](std::size_t line) { fault(line, "there is no list \"features\""); }});
    splitter.feed(file);
    splitter.finish();
    if (!fault_.empty()) return bad(fault_);
    if (polygons_ == 0) return bad("the file holds no polygon");
    if (strangers_.empty()) return {};
    return bad(
        fmt::format("polygons of municipalities that are not known here: {}. Load the municipalities first, or take "
                    "the outlines of the same year",
                    named(strangers_, [](const auto& s) { return fmt::format("{} ({})", s.second, s.first); })));
  }

  std::map<std::string, Pieces>& pieces() { return pieces_; }
  std::size_t polygons() const { return polygons_; }
  std::size_t positions() const { return positions_; }
  std::vector<std::string> notes() const {
    std::vector<std::string> out;
    if (elsewhere_ > 0) out.push_back(fmt::format("{} polygons of other prefectures were passed over", elsewhere_));
    if (nobodys_ > 0)
      out.push_back(fmt::format("{} polygons that belong to no municipality were passed over", nobodys_));
    if (tiny_ > 0) out.push_back(fmt::format("{} rings smaller than two metres were dropped", tiny_));
    return out;
  }

 private:
  void fault(std::size_t line, const std::string& reason) {
    if (fault_.empty()) fault_ = fmt::format("line {}: {}", line, reason);
  }

  void feature(std::string_view text, std::size_t line) {
    if (!fault_.empty()) return;
    std::string json;
    if (!append_canonical_json(json, text)) return fault(line, "a feature is no valid JSON");
    const std::string_view properties = walk::member(json, "properties");
    const auto property = [&](std::string_view name) { return text_of(walk::member(properties, name)); };
    if (walk::member(properties, "N03_007").empty()) {
      return fault(line,
                   "a feature lacks the property N03_007 (code of the municipality): this is no 行政区域データ (N03)");
    }
    const std::string code = property("N03_007"), third = property("N03_003"), fourth = property("N03_004"),
                      fifth = property("N03_005");
    if (code.size() != 5 || code.ends_with("000") || fourth == "所属未定地") {  // null: nobody's
      ++nobodys_;
      return;
    }
    const std::string prefecture = code.substr(0, 2);
    if (!prefectures_.contains(prefecture)) {
      ++elsewhere_;
      return;
    }
    const auto shape = ngsi::read_shape(walk::member(json, "geometry"));
    if (!shape) return fault(line, fmt::format("{} ({}): {}", fourth, code, shape.error().detail));
    // A ward is a part of its city, which has no polygon of its own.
    const bool old_ward = third.ends_with("市") && fourth.ends_with("区"), new_ward = fifth.ends_with("区");
    std::string whose = code, name = fourth;
    if (old_ward || new_ward) {
      name = old_ward ? third : fourth;
      const auto city = by_name_.find(prefecture + name);
      if (city == by_name_.end()) {
        strangers_.emplace(code, name + (old_ward ? fourth : fifth));
        return;
      }
      whose = city->second;
    } else if (!codes_.contains(code) && !is_northern(code)) {
      strangers_.emplace(code, fourth);
      return;
    }
    Pieces& into = pieces_[whose];
    into.name = name;
    for (const auto& part : shape->parts) {
      if (part.kind != ngsi::Shape::Part::Kind::kPolygon) {
        return fault(line, fmt::format("{} ({}): an outline is a Polygon or MultiPolygon", fourth, code));
      }
      ++polygons_;
      GridPolygon polygon;
      for (const ngsi::Path& path : part.paths) {
        positions_ += path.size();
        GridRing ring = ring_of(path);
        if (ring.size() >= 4) {
          polygon.push_back(std::move(ring));
          continue;
        }
        ++tiny_;
        if (polygon.empty()) break;  // the outer one: its holes go with it
      }
      if (!polygon.empty()) into.polygons.push_back(std::move(polygon));
    }
  }

 public:
  static bool is_northern(std::string_view code) {
    return std::find(kNorthernTerritories.begin(), kNorthernTerritories.end(), code) != kNorthernTerritories.end();
  }

 private:
  std::set<std::string> codes_, prefectures_;
  std::map<std::string, std::string> by_name_;    // prefecture and name → code
  std::map<std::string, Pieces> pieces_;          // by code of five digits
  std::map<std::string, std::string> strangers_;  // code → name
  std::size_t polygons_ = 0, positions_ = 0, elsewhere_ = 0, nobodys_ = 0, tiny_ = 0;
  std::string fault_;
};

/// Where a place given in JGD2011 stands in coordinates of the Tokyo datum (to some ten metres).
KnownMunicipality::Office in_tokyo_datum(KnownMunicipality::Office p) {
  const double lat = p.lat + 0.00010695 * p.lat - 0.000017464 * p.lon - 0.0046017;
  const double lon = p.lon + 0.000046038 * p.lat + 0.000083043 * p.lon - 0.010040;
  return {lon, lat};
}

/// Offices lie in their municipality; when they do so only in the Tokyo datum, the outlines are in that one.
Result<void> check_offices(const std::vector<KnownMunicipality>& known, const std::map<std::string, GridArea>& areas,
                           std::vector<std::string>& notes) {
  std::size_t offices = 0, in_tokyo = 0;
  std::vector<std::string> outside;
  for (const KnownMunicipality& m : known) {
    const auto area = areas.find(m.code.substr(0, 5));
    if (!m.office || area == areas.end()) continue;
    ++offices;
    if (!contains(area->second, m.office->lon, m.office->lat)) outside.push_back(m.name);
    const auto shifted = in_tokyo_datum(*m.office);
    in_tokyo += contains(area->second, shifted.lon, shifted.lat) ? 1 : 0;
  }
  const auto name = [](const std::string& n) { return n; };
  if (in_tokyo >= offices - outside.size() + 2) {
    return bad(fmt::format(
        "the outlines seem to be in the Tokyo datum, some 400 m off: {} of {} municipal offices lie outside of their "
        "municipality ({}), and {} lie inside when the shift is undone. Convert the file, for example with ogr2ogr "
        "-s_srs EPSG:4301 -t_srs EPSG:6668 new.geojson old.geojson",
        outside.size(), offices, named(outside, name), in_tokyo));
  }
  if (outside.size() > 2 && outside.size() * 20 > offices) {
    return bad(
        fmt::format("{} of {} municipal offices lie outside of their municipality ({}): the outlines do not fit; "
                    "are the coordinates longitude and latitude of JGD2011 or WGS 84?",
                    outside.size(), offices, named(outside, name)));
  }
  if (!outside.empty()) notes.push_back("the office lies outside of the outline: " + named(outside, name));
  return {};
}

void append_coordinate(std::string& out, std::int32_t value) {
  append_json_number(out, value / kGridPerDegree);
}

Outline written(const KnownMunicipality* known, const std::string& code, const Pieces& pieces, const GridArea& area,
                const GridArea& as_given) {
  Outline out;
  out.code = known ? known->code : code6_of_code5(code).value_or(code);
  out.id = known ? known->id : "urn:ngsi-ld:AdministrativeArea:" + out.code;
  out.name = known && !known->name.empty() ? known->name : pieces.name;
  out.area_km2 = area_km2(as_given);
  out.geometry = R"({"type":"MultiPolygon","coordinates":[)";
  for (const GridPolygon& polygon : area) {
    out.geometry += out.geometry.back() == '[' ? "[" : ",[";
    for (const GridRing& ring : polygon) {
      out.geometry += out.geometry.back() == '[' ? "[" : ",[";
      for (const GridPoint p : ring) {
        out.geometry += out.geometry.back() == '[' ? "[" : ",[";
        append_coordinate(out.geometry, p.x);
        out.geometry += ',';
        append_coordinate(out.geometry, p.y);
        out.geometry += ']';
        ++out.positions;
      }
      out.geometry += ']';
    }
    out.geometry += ']';
  }
  out.geometry += "]}";
  return out;
}

}  // namespace

Result<Outlines> make_outlines(std::string_view file, const std::vector<KnownMunicipality>& known, double tolerance_m) {
  if (known.empty()) return bad("no municipality is known that could have an outline: load the municipalities first");
  Reader reader(known);
  if (auto read = reader.read(file); !read) return tl::unexpected(read.error());
  std::vector<const KnownMunicipality*> missing;
  for (const KnownMunicipality& m : known) {
    if (!reader.pieces().contains(m.code.substr(0, 5))) missing.push_back(&m);
  }
  if (!missing.empty()) {
    return bad(fmt::format("{} of {} municipalities have no outline in the file: {}", missing.size(), known.size(),
                           named(missing, [](const auto* m) { return fmt::format("{} ({})", m->name, m->code); })));
  }
  Outlines out;
  out.polygons_read = reader.polygons();
  out.positions_read = reader.positions();
  out.notes = reader.notes();
  std::map<std::string, GridArea> areas;
  for (const auto& [code, pieces] : reader.pieces()) {
    std::size_t repaired = 0;
    GridArea area = joined(pieces.polygons, repaired);
    if (area.empty() || !valid_area(area)) {
      return bad(fmt::format("the outline of {} ({}) is broken and cannot be repaired", pieces.name, code));
    }
    if (repaired > 0) {
      out.notes.push_back(
          fmt::format("{} ({}): {} polygons crossed themselves and were repaired", pieces.name, code, repaired));
    }
    areas.emplace(code, std::move(area));
  }
  if (auto fit = check_offices(known, areas, out.notes); !fit) return tl::unexpected(fit.error());
  std::vector<GridArea> given;
  for (const auto& [code, area] : areas) given.push_back(area);
  const std::vector<GridArea> thin = simplified(given, tolerance_m, valid_area);
  std::map<std::string_view, const KnownMunicipality*> by_code;
  for (const KnownMunicipality& m : known) by_code.emplace(std::string_view(m.code).substr(0, 5), &m);
  std::size_t i = 0;
  for (const auto& [code, area] : areas) {
    const auto found = by_code.find(code);
    const KnownMunicipality* const m = found == by_code.end() ? nullptr : found->second;
    Outline outline = written(m, code, reader.pieces().at(code), thin[i], area);
    ++i;
    if (m != nullptr && m->area_km2 && *m->area_km2 > 0 &&
        std::fabs(outline.area_km2 - *m->area_km2) > kAreaMayDiffer * *m->area_km2) {
      out.notes.push_back(fmt::format("{}: the outline has {:.1f} km², the table says {:.1f} km²", outline.name,
                                      outline.area_km2, *m->area_km2));
    }
    (m != nullptr ? out.municipalities : out.islands).push_back(std::move(outline));
  }
  return out;
}

}  // namespace tsunagu::catalog
