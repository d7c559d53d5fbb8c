// Outlines of municipalities: wards merged, neighbours without gaps, wrong data refused; on the real file where it is
// present.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "catalog/boundaries/geometry.h"
#include "catalog/boundaries/outlines.h"
#include "catalog/import/csv.h"
#include "ngsi/geo_shape.h"

namespace tsunagu::catalog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A feature: a box in hundredths of a degree east of 141° and north of 43°.
std::string box(const std::string& county, const std::string& name, const std::string& code, int west, int south,
                int east, int north, const std::string& ward = "") {
  const auto at = [](int x, int y) {
    std::ostringstream out;
    out << '[' << 141 + x / 100.0 << ',' << 43 + y / 100.0 << ']';
    return out.str();
  };
  return R"({"type":"Feature","properties":{"N03_001":"北海道","N03_002":"石狩振興局","N03_003":)" +
         (county.empty() ? "null" : '"' + county + '"') + R"(,"N03_004":")" + name + '"' +
         (ward.empty() ? "" : R"(,"N03_005":")" + ward + '"') + R"(,"N03_007":")" + code +
         R"("},"geometry":{"type":"Polygon","coordinates":[[)" + at(west, south) + ',' + at(east, south) + ',' +
         at(east, north) + ',' + at(west, north) + ',' + at(west, south) + "]]}}";
}
std::string collection(const std::vector<std::string>& features, const std::string& more = "") {
  std::string out = R"({"type":"FeatureCollection",)" + more + R"("features":[)";
  for (const auto& f : features) out += (out.ends_with('[') ? "" : ",") + f;
  return out + "]}";
}
KnownMunicipality known(const std::string& name, const std::string& code, double lon, double lat) {
  return {"urn:ngsi-ld:Municipality:" + code, code, name, KnownMunicipality::Office{lon, lat}, std::nullopt};
}
const KnownMunicipality kSapporo = known("札幌市", "011002", 141.05, 43.05);
const KnownMunicipality kOtaru = known("小樽市", "012033", 141.25, 43.05);
const std::string kChuo = box("札幌市", "中央区", "01101", 0, 0, 10, 10),
                  kKita = box("札幌市", "北区", "01102", 10, 0, 20, 10),
                  kOtaruBox = box("", "小樽市", "01203", 20, 0, 30, 10);

std::string error_of(const std::string& file, const std::vector<KnownMunicipality>& list) {
  const auto made = make_outlines(file, list, 0);
  return made ? "" : made.error().detail;
}
std::size_t polygons(const std::string& geometry) {
  return ngsi::read_shape(geometry)->parts.size();
}

TEST(Boundaries, WardsBecomeTheirCity) {
  const auto made = make_outlines(collection({kChuo, kKita, kOtaruBox}), {kSapporo, kOtaru}, 0);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  ASSERT_THAT(made->municipalities, SizeIs(2));
  const Outline& sapporo = made->municipalities[0];
  EXPECT_EQ(sapporo.id, "urn:ngsi-ld:Municipality:011002");
  EXPECT_EQ(polygons(sapporo.geometry), 1u);
  EXPECT_NEAR(sapporo.area_km2, 0.2 * 111.19 * std::cos(43.05 * 3.14159265 / 180) * 0.1 * 111.19, 1);
  EXPECT_THAT(made->notes, IsEmpty());
}

TEST(Boundaries, WardsAsNewerFilesNameThem) {
  const auto made = make_outlines(collection({box("", "札幌市", "01101", 0, 0, 10, 10, "中央区")}), {kSapporo}, 0);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_EQ(made->municipalities[0].code, "011002");
}

TEST(Boundaries, PiecesFarApartStayPieces) {
  const auto made = make_outlines(
      collection({kChuo, box("", "小樽市", "01203", 20, 0, 30, 10), box("", "小樽市", "01203", 40, 0, 50, 10)}),
      {kSapporo, kOtaru}, 0);
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(polygons(made->municipalities[1].geometry), 2u);
}

TEST(Boundaries, NorthernTerritoriesAreLandButNoneOfThoseAskedFor) {
  const auto made = make_outlines(collection({kChuo, box("国後郡", "泊村", "01696", 400, 0, 410, 10)}), {kSapporo}, 0);
  ASSERT_TRUE(made.has_value());
  ASSERT_THAT(made->islands, SizeIs(1));
  EXPECT_EQ(made->islands[0].id, "urn:ngsi-ld:AdministrativeArea:016969");
  EXPECT_EQ(made->islands[0].name, "泊村");
  EXPECT_THAT(made->municipalities, SizeIs(1));
}

TEST(Boundaries, MissingMunicipalitiesAreNamed) {
  EXPECT_THAT(error_of(collection({kChuo}), {kSapporo, kOtaru}),
              HasSubstr("1 of 2 municipalities have no outline in the file: 小樽市 (012033)"));
}

TEST(Boundaries, UnknownMunicipalitiesAreNamed) {
  EXPECT_THAT(error_of(collection({kChuo, kOtaruBox}), {kSapporo}), HasSubstr("not known here: 小樽市 (01203)"));
}

TEST(Boundaries, OtherPrefecturesAndNobodysLandArePassedOver) {
  const auto made = make_outlines(
      collection({kChuo, box("", "青森市", "02201", 0, 0, 1, 1), box("", "所属未定地", "01000", 0, 0, 1, 1)}),
      {kSapporo}, 0);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_THAT(made->notes, ElementsAre("1 polygons of other prefectures were passed over",
                                       "1 polygons that belong to no municipality were passed over"));
}

TEST(Boundaries, CrossedRingsAreRepairedAndTold) {
  std::string bow = kChuo;
  const std::size_t at = bow.find("[[[");
  bow = bow.substr(0, at) + "[[[141,43],[141.1,43.1],[141.1,43],[141,43.1],[141,43]]]}}";
  const auto made = make_outlines(collection({bow}), {known("札幌市", "011002", 141.02, 43.05)}, 0);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_EQ(polygons(made->municipalities[0].geometry), 2u);
  EXPECT_THAT(made->notes, ElementsAre(HasSubstr("札幌市 (01100): 1 polygons crossed themselves and were repaired")));
}

TEST(Boundaries, AreasThatDifferAreTold) {
  KnownMunicipality sapporo = kSapporo;
  sapporo.area_km2 = 1121;
  const auto made = make_outlines(collection({kChuo}), {sapporo}, 0);
  ASSERT_TRUE(made.has_value());
  EXPECT_THAT(made->notes, ElementsAre(HasSubstr("the table says 1121.0 km²")));
}

TEST(Boundaries, WhatIsNoN03SaysSo) {
  EXPECT_THAT(error_of("", {kSapporo}), HasSubstr("no GeoJSON"));
  EXPECT_THAT(error_of("PK\x03\x04", {kSapporo}), HasSubstr("ogr2ogr"));
  EXPECT_THAT(error_of("<ksj:Dataset>", {kSapporo}), HasSubstr("ogr2ogr"));
  EXPECT_THAT(error_of("{\"type\":\"FeatureCollection\",\"features\":[", {kSapporo}), HasSubstr("line 1"));
  EXPECT_THAT(error_of("{}", {kSapporo}), HasSubstr("no list \"features\""));
  EXPECT_THAT(error_of(collection({}), {kSapporo}), HasSubstr("no polygon"));
  EXPECT_THAT(error_of(collection({R"({"type":"Feature","properties":{},"geometry":null})"}), {kSapporo}),
              HasSubstr("N03_007"));
  EXPECT_THAT(error_of(collection({kChuo}), {}), HasSubstr("load the municipalities first"));
}

TEST(Boundaries, ProjectedCoordinatesAreRefused) {
  const std::string crs = R"("crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::)";
  EXPECT_THAT(error_of(collection({kChuo}, crs + R"(4301"}},)"), {kSapporo}),
              AllOf(HasSubstr("EPSG::4301"), HasSubstr("ogr2ogr")));
  EXPECT_EQ(error_of(collection({kChuo}, crs + R"(6668"}},)"), {kSapporo}), "");
  std::string metres = kChuo;
  metres.replace(metres.find("[[["), std::string::npos,
                 "[[[-80000,-130000],[-70000,-130000],[-70000,-120000],[-80000,-130000]]]}}");
  EXPECT_THAT(error_of(collection({metres}), {kSapporo}), HasSubstr("is not on Earth"));
}

TEST(Boundaries, NeighboursKeepTouchingWhenSimplified) {
  // Two areas side by side; their border is a zigzag that goes, and so does it on both sides.
  GridRing west{{0, 0}, {1000, 0}}, east{{1000, 0}, {2000, 0}, {2000, 1000}, {1000, 1000}};
  GridRing border;
  for (int y = 10; y < 1000; y += 10) border.push_back({1000 + (y / 10) % 3, y});
  west.insert(west.end(), border.begin(), border.end());
  west.push_back({1000, 1000});
  west.push_back({0, 1000});
  west.push_back({0, 0});
  east.insert(east.end(), border.rbegin(), border.rend());
  east.push_back({1000, 0});
  const auto thin = simplified({{{west}}, {{east}}}, 10, valid_area);
  EXPECT_THAT(thin[0][0][0], SizeIs(5));
  EXPECT_THAT(thin[1][0][0], SizeIs(5));
  EXPECT_EQ(simplified({{{west}}, {{east}}}, 0, valid_area)[0][0][0].size(), west.size());
}

TEST(Boundaries, SmallIslandsDoNotVanish) {
  const GridRing rock{{0, 0}, {5, 0}, {5, 5}, {0, 5}, {0, 0}};
  EXPECT_EQ(simplified({{{rock}}}, 1000, valid_area)[0][0][0].size(), rock.size());
}

// The real file.

namespace fs = std::filesystem;
fs::path real_file() {
  const char* told = std::getenv("TSUNAGU_SHARED");
  return fs::path(told != nullptr ? told : std::string(TSUNAGU_SOURCE_DIR) + "/../shared/data") /
         "region/hokkaido_N03-21_s0010.geojson";
}
#define NEEDS_REAL_FILE() \
  if (!fs::exists(real_file())) GTEST_SKIP() << "no " << real_file() << " (TSUNAGU_SHARED)"

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::vector<KnownMunicipality> hokkaido() {
  std::vector<KnownMunicipality> out;
  std::map<std::string, std::size_t> columns;
  CsvReader reader(',', {[&](CsvRecord& r) {
                           if (columns.empty()) {
                             for (std::size_t i = 0; i < r.fields.size(); ++i) columns[r.fields[i]] = i;
                             return;
                           }
                           const auto cell = [&](const char* name) { return r.fields[columns.at(name)]; };
                           out.push_back(known(cell("name"), cell("code6"), std::stod(cell("office_lng")),
                                               std::stod(cell("office_lat"))));
                           out.back().area_km2 = std::stod(cell("area_km2"));
                         },
                         [](std::size_t, const std::string& reason) { ADD_FAILURE() << reason; }});
  reader.feed(text_of(fs::path(TSUNAGU_SOURCE_DIR) / "data/region/municipalities.csv"));
  reader.finish();
  return out;
}

TEST(RealBoundaries, Are179MunicipalitiesAndSixVillages) {
  NEEDS_REAL_FILE();
  const auto made = make_outlines(text_of(real_file()), hokkaido(), 50);
  ASSERT_TRUE(made.has_value()) << made.error().detail;
  EXPECT_EQ(made->polygons_read, 211u);
  EXPECT_THAT(made->municipalities, SizeIs(179));
  EXPECT_THAT(made->islands, SizeIs(6));
  double square_kilometres = 0;
  for (const Outline& o : made->municipalities) {
    square_kilometres += o.area_km2;
    EXPECT_TRUE(ngsi::read_shape(o.geometry).has_value()) << o.name;
  }
  EXPECT_NEAR(square_kilometres, 78421 + 0, 900);  // without the Northern Territories
}

TEST(RealBoundaries, InTheTokyoDatumAreRefused) {
  NEEDS_REAL_FILE();
  // The same file, every position moved as that datum would have it.
  const std::string text = text_of(real_file());
  std::string moved;
  std::size_t at = 0;
  for (std::size_t open; (open = text.find("[14", at)) != std::string::npos;) {
    char* end = nullptr;
    const double lon = std::strtod(text.c_str() + open + 1, &end);
    while (*end == ',' || *end == ' ' || *end == '\n') ++end;
    const double lat = std::strtod(end, &end);
    moved += text.substr(at, open - at) + '[' + std::to_string(lon + 0.00368) + ',' + std::to_string(lat - 0.00247);
    at = static_cast<std::size_t>(end - text.c_str());
  }
  moved += text.substr(at);
  EXPECT_THAT(error_of(moved, hokkaido()), AllOf(HasSubstr("Tokyo datum"), HasSubstr("5 of 179 municipal offices")));
}

TEST(RealBoundaries, WithoutAMunicipalityAreRefused) {
  NEEDS_REAL_FILE();
  std::string text = text_of(real_file());
  for (std::size_t at; (at = text.find("\"01367\"")) != std::string::npos;) text.replace(at, 7, "null");
  EXPECT_THAT(error_of(text, hokkaido()),
              HasSubstr("1 of 179 municipalities have no outline in the file: 奥尻町 (013676)"));
}

}  // namespace
}  // namespace tsunagu::catalog
