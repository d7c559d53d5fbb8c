#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <thread>

#include "build_entity.h"
#include "ngsi/geo_planar.h"
#include "ngsi/geo_shape.h"
#include "ngsi/geo_sphere.h"
#include "ngsi/query.h"

namespace tsunagu::ngsi {
namespace {

using namespace test;

GeoQuery query(std::string_view georel, std::string_view geometry, std::string_view coordinates) {
  auto q = GeoQuery::parse(georel, geometry, coordinates, term("location"));
  EXPECT_TRUE(q) << georel << " " << coordinates << ": " << (q ? "" : q.error().detail);
  return *q;
}
RecordPtr at(std::string geometry_json) {
  return record({geo("location", std::move(geometry_json))});
}
RecordPtr at_point(std::string coordinates) {
  return record({point("location", std::move(coordinates))});
}
std::string geometry(std::string_view type, std::string_view coordinates) {
  return "{\"type\":\"" + std::string(type) + "\",\"coordinates\":" + std::string(coordinates) + "}";
}
std::string error_of(std::string_view georel, std::string_view type, std::string_view coordinates) {
  const auto q = GeoQuery::parse(georel, type, coordinates, term("location"));
  return q ? "no error" : q.error().detail;
}

constexpr auto kSapporo = "[141.3544,43.0621]";
constexpr auto kSquare = "[[[0,0],[10,0],[10,10],[0,10],[0,0]]]";
constexpr auto kRing = "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]";

TEST(GeoDistance, KnownDistances) {
  EXPECT_NEAR(haversine_m({0, 0}, {0, 1}), 111195.08, 0.01);
  EXPECT_NEAR(haversine_m({0, 0}, {180, 0}), 20015114.4, 1);
  EXPECT_NEAR(haversine_m({179.5, 0}, {-179.5, 0}), 111195.08, 0.01);
  EXPECT_NEAR(haversine_m({141.3544, 43.0621}, {140.7288, 41.7687}), 152590, 300);  // Sapporo – Hakodate
  EXPECT_EQ(haversine_m({141, 43}, {141, 43}), 0);
}

TEST(GeoNear, PointsWithinADistance) {
  const auto q = query("near;maxDistance==2000", "Point", kSapporo);
  EXPECT_TRUE(q.matches(*at_point("[141.3544,43.0621]")));
  EXPECT_TRUE(q.matches(*at_point("[141.3744,43.0621]")));
  EXPECT_FALSE(q.matches(*at_point("[141.3844,43.0621]")));
  EXPECT_FALSE(q.matches(*record({property("name", "1")})));
  EXPECT_FALSE(q.matches(*record({property("location", geometry("Point", kSapporo))})));
  const auto far = query("near;minDistance==2000", "Point", kSapporo);
  EXPECT_FALSE(far.matches(*at_point("[141.3744,43.0621]")));
  EXPECT_TRUE(far.matches(*at_point("[141.3844,43.0621]")));
  EXPECT_FALSE(far.bounds());
  const auto belt = query("near;maxDistance==3000;minDistance==2000", "Point", kSapporo);
  EXPECT_TRUE(belt.matches(*at_point("[141.3844,43.0621]")));
  EXPECT_FALSE(belt.matches(*at_point("[141.3744,43.0621]")));
}

TEST(GeoNear, AcrossTheAntimeridianAndAtThePoles) {
  const auto q = query("near;maxDistance==200000", "Point", "[179.9,0]");
  EXPECT_TRUE(q.matches(*at_point("[-179.9,0]")));
  EXPECT_EQ(q.bounds()->min_lon, -180);
  EXPECT_EQ(q.bounds()->max_lon, 180);
  const auto pole = query("near;maxDistance==300000", "Point", "[0,89]");
  EXPECT_TRUE(pole.matches(*at_point("[180,89]")));
  EXPECT_EQ(pole.bounds()->min_lon, -180);
  EXPECT_EQ(pole.bounds()->max_lat, 90);
}

TEST(GeoNear, BoundsNeverLeaveOutAMatch) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> lon(-180, 180), lat(-89.9, 89.9), angle(0, 6.28318), metres(10, 3e6);
  for (int i = 0; i < 5000; ++i) {
    const LonLat center{lon(random), lat(random)};
    const double radius = metres(random), bearing = angle(random), d = radius / kEarthRadius_m,
                 rad = std::acos(-1) / 180;
    const double lat2 = std::asin(std::sin(center.lat * rad) * std::cos(d) +
                                  std::cos(center.lat * rad) * std::sin(d) * std::cos(bearing));
    const double lon2 = center.lon * rad + std::atan2(std::sin(bearing) * std::sin(d) * std::cos(center.lat * rad),
                                                      std::cos(d) - std::sin(center.lat * rad) * std::sin(lat2));
    const LonLat there{std::remainder(lon2 / rad, 360), lat2 / rad};
    EXPECT_NEAR(haversine_m(center, there), radius, radius * 1e-6 + 0.01);
    EXPECT_TRUE(inside(there, grow({center.lon, center.lat, center.lon, center.lat}, radius)))
        << center.lon << " " << center.lat << " " << radius << " " << bearing;
  }
}

TEST(GeoNear, OtherGeometriesByTheirNearestPoint) {
  const auto q = query("near;maxDistance==1000", "Point", "[0,0]");
  EXPECT_TRUE(q.matches(*at(geometry("LineString", "[[-1,0.005],[1,0.005]]"))));
  EXPECT_FALSE(q.matches(*at(geometry("LineString", "[[-1,0.01],[1,0.01]]"))));
  EXPECT_TRUE(q.matches(*at(geometry("Polygon", "[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]]]"))));
  EXPECT_FALSE(q.matches(*at(
      geometry("Polygon",
               "[[[-1,-1],[1,-1],[1,1],[-1,1],[-1,-1]],[[-0.5,-0.5],[0.5,-0.5],[0.5,0.5],[-0.5,0.5],[-0.5,-0.5]]]"))));
  EXPECT_TRUE(q.matches(*at(geometry("MultiPoint", "[[50,50],[0.001,0.001]]"))));
  EXPECT_TRUE(q.matches(*at(
      R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[9,9]},{"type":"Point","coordinates":[0,0.001]}]})")));
}

TEST(GeoNear, DistanceToPolygonsAndLines) {
  const auto from_point = query("near;maxDistance==1", "Point", "[0,20]");
  EXPECT_NEAR(from_point.distance_m(geometry("Polygon", kSquare)), haversine_m({0, 20}, {0, 10}), 0.01);
  const auto from_polygon = query("near;maxDistance==1", "Polygon", kSquare);
  EXPECT_NEAR(from_polygon.distance_m(geometry("Point", "[0,20]")), haversine_m({0, 20}, {0, 10}), 0.01);
  EXPECT_EQ(from_polygon.distance_m(geometry("Point", "[5,5]")), 0);
  EXPECT_EQ(from_polygon.distance_m(geometry("LineString", "[[-5,5],[5,5]]")), 0);
  EXPECT_NEAR(from_polygon.distance_m(geometry("LineString", "[[11,-5],[11,5]]")), haversine_m({10, 5}, {11, 5}), 10);
  EXPECT_NEAR(
      query("near;maxDistance==1", "LineString", "[[0,0],[1,0]]").distance_m(geometry("LineString", "[[0,1],[1,1]]")),
      111195.08, 25);
  EXPECT_TRUE(std::isinf(from_point.distance_m("\"nothing\"")));
  EXPECT_TRUE(std::isinf(from_point.distance_m(*record({property("a", "1")}))));
}

TEST(GeoNear, FarApart) {
  const auto q = query("near;maxDistance==1", "LineString", "[[0,0],[0.01,0]]");
  EXPECT_NEAR(q.distance_m(geometry("LineString", "[[180,0],[180,0.01]]")), 20015114.4 - 1572.5, 1);
  EXPECT_NEAR(q.distance_m(geometry("Point", "[0.005,90]")), 20015114.4 / 2, 1);
}

/// An edge of 10° along 43° N is straight on the map; the great circle between its ends runs 170 km further north at
/// the middle.
TEST(GeoNear, LongEdgesAreStraightOnTheMap) {
  const auto q = query("near;maxDistance==1", "LineString", "[[136,43],[146,43]]");
  const double metres = q.distance_m(geometry("Point", "[141.0123,43.1]"));
  EXPECT_NEAR(metres, haversine_m({141.0123, 43}, {141.0123, 43.1}), 1.0);
}

TEST(GeoRelations, PointAndPolygon) {
  const auto relation = [](std::string_view rel, std::string_view polygon, std::string p) {
    return query(rel, "Polygon", polygon).matches(*at_point(std::move(p)));
  };
  EXPECT_TRUE(relation("within", kSquare, "[5,5]"));
  EXPECT_FALSE(relation("within", kSquare, "[10,5]"));
  EXPECT_FALSE(relation("within", kSquare, "[0,0]"));
  EXPECT_TRUE(relation("intersects", kSquare, "[10,5]"));
  EXPECT_TRUE(relation("intersects", kSquare, "[0,0]"));
  EXPECT_FALSE(relation("intersects", kSquare, "[10.001,5]"));
  EXPECT_FALSE(relation("within", kRing, "[5,5]"));
  EXPECT_TRUE(relation("intersects", kRing, "[4,5]"));
  EXPECT_TRUE(relation("disjoint", kRing, "[5,5]"));
  EXPECT_TRUE(relation("disjoint", kSquare, "[50,50]"));
  EXPECT_FALSE(relation("disjoint", kSquare, "[10,10]"));
  EXPECT_FALSE(relation("contains", kSquare, "[5,5]"));
  EXPECT_FALSE(relation("equals", kSquare, "[5,5]"));
  EXPECT_FALSE(relation("overlaps", kSquare, "[5,5]"));
}

TEST(GeoRelations, PointAndPoint) {
  for (const char* rel : {"equals", "within", "contains", "intersects"}) {
    EXPECT_TRUE(query(rel, "Point", "[1,2]").matches(*at_point("[1.0,2]"))) << rel;
    EXPECT_FALSE(query(rel, "Point", "[1,2]").matches(*at_point("[1,2.5]"))) << rel;
  }
  EXPECT_TRUE(query("disjoint", "Point", "[1,2]").matches(*at_point("[1,2.5]")));
  EXPECT_FALSE(query("disjoint", "Point", "[1,2]").matches(*at_point("[1,2]")));
  EXPECT_FALSE(query("overlaps", "Point", "[1,2]").matches(*at_point("[1,2]")));
  EXPECT_FALSE(query("disjoint", "Point", "[1,2]").matches(*record({property("a", "1")})));
}

TEST(GeoRelations, AllOthers) {
  const auto inner = at(geometry("Polygon", "[[[2,2],[3,2],[3,3],[2,3],[2,2]]]"));
  const auto crossing = at(geometry("Polygon", "[[[5,5],[15,5],[15,15],[5,15],[5,5]]]"));
  const auto around = at(geometry("Polygon", "[[[-5,-5],[15,-5],[15,15],[-5,15],[-5,-5]]]"));
  const auto same = at(geometry("Polygon", "[[[10,10],[0,10],[0,0],[10,0],[10,10]]]"));
  const auto line = at(geometry("LineString", "[[-5,5],[15,5]]"));
  const auto away =
      at(geometry("MultiPolygon", "[[[[20,20],[21,20],[21,21],[20,20]]],[[[30,30],[31,30],[31,31],[30,30]]]]"));
  const auto count = [&](std::string_view rel) {
    const auto q = query(rel, "Polygon", kSquare);
    std::string out;
    for (const auto* r : {&inner, &crossing, &around, &same, &line, &away}) out += q.matches(**r) ? '1' : '0';
    return out;
  };
  EXPECT_EQ(count("within"), "100100");
  EXPECT_EQ(count("contains"), "001100");
  EXPECT_EQ(count("intersects"), "111110");
  EXPECT_EQ(count("disjoint"), "000001");
  EXPECT_EQ(count("overlaps"), "010000");
  EXPECT_EQ(count("equals"), "000100");
  EXPECT_TRUE(query("intersects", "LineString", "[[0,0],[2,2]]").matches(*at_point("[1,1]")));
  EXPECT_FALSE(query("within", "LineString", "[[0,0],[2,2]]").matches(*at_point("[2,2]")));
  EXPECT_TRUE(query("within", "MultiPoint", "[[0,0],[2,2]]").matches(*at_point("[2,2]")));
  EXPECT_TRUE(query("within", "MultiPolygon", "[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[9,5],[9,9],[5,5]]]]")
                  .matches(*at_point("[8,6]")));
}

TEST(GeoRelations, CollectionsInData) {
  const auto both = at(
      R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[5,5]},)"
      R"({"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]]]},{"type":"Polygon","coordinates":[[[1,1],[3,1],[3,3],[1,1]]]}]})");
  const auto half = at(
      R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[5,5]},{"type":"Point","coordinates":[50,50]}]})");
  EXPECT_TRUE(query("within", "Polygon", kSquare).matches(*both));
  EXPECT_TRUE(query("intersects", "Polygon", kSquare).matches(*half));
  EXPECT_FALSE(query("within", "Polygon", kSquare).matches(*half));
  EXPECT_FALSE(query("disjoint", "Polygon", kSquare).matches(*half));
  EXPECT_FALSE(
      query("intersects", "Polygon", kSquare).matches(*at(R"({"type":"GeometryCollection","geometries":[]})")));
}

TEST(GeoRelations, BadDataNeverMatchesAndNeverCrashes) {
  for (const char* json :
       {"1", "\"x\"", "{}", "[]", R"({"type":"Point"})", R"({"type":"Point","coordinates":[]})",
        R"({"type":"Point","coordinates":[1]})", R"({"type":"Point","coordinates":["a","b"]})",
        R"({"type":"Point","coordinates":[500,0]})", R"({"type":"Polygon","coordinates":[[[0,0],[1,1]]]})",
        R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0.5]]]})", R"({"type":"Polygon","coordinates":[]})",
        R"({"type":"LineString","coordinates":[[0,0]]})", R"({"type":"Circle","coordinates":[0,0]})",
        R"({"type":"Point","coordinates":)", "{\"type\":\"Point\",\"coordinates\":[1,"}) {
    for (const char* rel : {"near;maxDistance==100000000", "within", "contains", "intersects", "equals", "overlaps"}) {
      EXPECT_FALSE(query(rel, "Polygon", kSquare).matches(*at(json))) << rel << json;
    }
    EXPECT_FALSE(bounding_box(json)) << json;
  }
  const auto bow_tie = at(geometry("Polygon", "[[[0,0],[10,10],[10,0],[0,10],[0,0]]]"));
  for (const char* rel :
       {"near;maxDistance==10", "within", "contains", "intersects", "equals", "overlaps", "disjoint"}) {
    query(rel, "Polygon", kSquare).matches(*bow_tie);
  }
}

TEST(GeoQuery, AnyInstanceOfTheGeoProperty) {
  auto one = point("location", "[50,50]");
  auto two = point("location", "[5,5]");
  two.dataset_id = "urn:d:1";
  EXPECT_TRUE(query("within", "Polygon", kSquare).matches(*record({one, two})));
  EXPECT_FALSE(GeoQuery::parse("within", "Polygon", kSquare, kNoTerm)->matches(*record({one, two})));
}

TEST(GeoQuery, BoundsOfRelations) {
  const auto box = query("within", "Polygon", kSquare).bounds();
  ASSERT_TRUE(box);
  EXPECT_EQ(box->min_lon, 0);
  EXPECT_EQ(box->max_lat, 10);
  EXPECT_FALSE(query("disjoint", "Polygon", kSquare).bounds());
  EXPECT_EQ(query("near;maxDistance==5", "Point", "[0,0]").max_distance_m(), 5);
}

TEST(GeoQuery, BoundingBoxes) {
  const auto box = bounding_box(geometry("MultiLineString", "[[[1,2],[3,-4]],[[0,9,100],[5,5]]]"));
  ASSERT_TRUE(box);
  EXPECT_EQ(box->min_lon, 0);
  EXPECT_EQ(box->min_lat, -4);
  EXPECT_EQ(box->max_lon, 5);
  EXPECT_EQ(box->max_lat, 9);
  EXPECT_EQ(bounding_box(geometry("Point", "[141.3,43.1,20]"))->min_lon, 141.3);
  EXPECT_EQ(bounding_box(R"({"coordinates":[141.3,43.1],"type":"Point"})")->max_lat, 43.1);
}

TEST(GeoQuery, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(error_of("nearby", "Point", "[0,0]"),
            "georel: \"nearby\" is not a relation; there are near, within, contains, intersects, equals, disjoint and "
            "overlaps");
  EXPECT_EQ(error_of("near", "Point", "[0,0]"), "georel: near needs maxDistance==<metres> or minDistance==<metres>");
  EXPECT_EQ(error_of("near;maxDistance==-1", "Point", "[0,0]"),
            "georel: the distance must be a number of metres, 0 or more");
  EXPECT_EQ(error_of("near;maxDistance=1", "Point", "[0,0]"),
            "georel: near takes maxDistance==<metres> or minDistance==<metres>, each once");
  EXPECT_EQ(error_of("near;maxDistance==1km", "Point", "[0,0]"),
            "georel: the distance must be a number of metres, 0 or more");
  EXPECT_EQ(error_of("near;distance==1", "Point", "[0,0]"),
            "georel: near takes maxDistance==<metres> or minDistance==<metres>, each once");
  EXPECT_EQ(error_of("near;maxDistance==nan", "Point", "[0,0]"),
            "georel: the distance must be a number of metres, 0 or more");
  EXPECT_EQ(error_of("within;maxDistance==1", "Point", "[0,0]"), "georel: only near takes a distance");
  EXPECT_EQ(error_of("within", "GeometryCollection", "[]"), "geometry: a GeometryCollection cannot be asked for");
  EXPECT_EQ(error_of("within", "Point", "0,0"),
            "coordinates: not a JSON array of coordinates as in GeoJSON, for example [141.35,43.06]");
  EXPECT_EQ(error_of("within", "Point", "[43.06,141.35]"),
            "coordinates: the position [43.06,141.35] is not on Earth: longitude is -180 to 180, latitude -90 to 90; "
            "longitude comes first");
  EXPECT_EQ(error_of("within", "Polygon", "[[[0,0],[1,0],[1,1]]]"),
            "coordinates: a ring of a polygon needs four positions or more");
  EXPECT_EQ(error_of("within", "Polygon", "[[[0,0],[1,0],[1,1],[0,1]]]"),
            "coordinates: a ring of a polygon must end where it begins");
  EXPECT_EQ(error_of("within", "Polygon", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]"),
            "coordinates: the geometry is not valid: Self-intersection[0.5 0.5]");
  EXPECT_EQ(error_of("within", "MultiPoint", "[]"), "coordinates: the geometry is empty");
  EXPECT_EQ(error_of("within", "point", "[0,0]").substr(0, 48), "coordinates: \"point\" is not a geometry type; the");
  EXPECT_EQ(error_of("within", "LineString", "[[0,0]]"), "coordinates: a line needs two positions or more");
}

/// The quick way for points must agree with GEOS, on the boundary too.
TEST(GeoLocate, AgreesWithGeos) {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> grid(-6, 6);
  std::uniform_real_distribution<double> radius(1, 6);
  for (int round = 0; round < 60; ++round) {
    const int corners = 3 + round * 4;
    Path ring;
    for (int i = 0; i < corners; ++i) {
      const double a = 2 * std::acos(-1) * i / corners, r = radius(random);
      ring.push_back({std::round(r * std::cos(a) * 8) / 8, std::round(r * std::sin(a) * 8) / 8});
    }
    ring.push_back(ring.front());
    const Shape shape{{{Shape::Part::Kind::kPolygon, {ring}}}, false};
    const auto planar = PlanarShape::make(shape);
    if (!planar) continue;  // rounding made it cross itself
    const PolygonLocator locator(shape);
    for (int i = 0; i < 300; ++i) {
      LonLat p{grid(random) * 0.5, grid(random) * 0.5};
      if (i % 3 == 0) p = ring[static_cast<std::size_t>(i) % ring.size()];
      if (i % 3 == 1) {
        const auto k = static_cast<std::size_t>(i) % (ring.size() - 1);
        p = {(ring[k].lon + ring[k + 1].lon) / 2, (ring[k].lat + ring[k + 1].lat) / 2};
      }
      const Shape data{{{Shape::Part::Kind::kPoint, {{p}}}}, false};
      const auto place = locator.locate(p);
      EXPECT_EQ(place == PolygonLocator::Place::kInside, (*planar)->test(GeoQuery::Relation::kWithin, data))
          << p.lon << " " << p.lat;
      EXPECT_EQ(place != PolygonLocator::Place::kOutside, (*planar)->test(GeoQuery::Relation::kIntersects, data))
          << p.lon << " " << p.lat;
    }
  }
}

TEST(GeoQuery, OneQueryInManyThreads) {
  const auto q = query("intersects", "Polygon", kRing);
  const auto line = at(geometry("LineString", "[[-5,5],[15,5]]"));
  const auto p = at_point("[4,5]");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        EXPECT_TRUE(q.matches(*line));
        EXPECT_TRUE(q.matches(*p));
      }
    });
  }
  for (auto& t : threads) t.join();
}

}  // namespace
}  // namespace tsunagu::ngsi
