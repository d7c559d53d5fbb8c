// The mappings and tables of data/, on the tables themselves and, where it is present, on the shared data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "catalog/import/importer.h"
#include "unit/catalog/shared_data.h"

namespace tsunagu::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const fs::path kData = fs::path(TSUNAGU_SOURCE_DIR) / "data";

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad(path.string() + ": cannot be read");
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

Mapping mapping(const std::string& name) {
  const auto text = read_file(kData / "mappings" / name);
  EXPECT_TRUE(text.has_value()) << name;
  auto read = read_mapping(text.value_or(""), name,
                           [](const std::string& path) { return read_file(kData / "mappings" / path); });
  EXPECT_TRUE(read.has_value()) << read.error().detail;
  return read ? *std::move(read) : Mapping{};
}

struct Loaded {
  std::map<std::string, Entity> entities;
  std::size_t count = 0;
  std::vector<std::string> faults, notes;
  std::size_t rows = 0;
  std::string attribute(const std::string& id, std::string_view name) const {
    const auto found = entities.find(id);
    if (found == entities.end()) return "no such entity";
    for (const auto& [key, json] : found->second.attributes) {
      if (key == name) return json;
    }
    return "";
  }
};

void load(Loaded& out, const Mapping& how, const fs::path& file) {
  Importer importer(how, {[&](Entity entity) {
                            ++out.count;
                            std::string id = entity.id;
                            out.entities.insert_or_assign(std::move(id), std::move(entity));
                          },
                          [&](const Fault& fault) {
                            out.faults.push_back(file.filename().string() + ":" + std::to_string(fault.line) + ": " +
                                                 to_string(fault));
                          },
                          [&](const std::string& text) { out.notes.push_back(text); }});
  const auto bytes = read_file(file);
  ASSERT_TRUE(bytes.has_value()) << bytes.error().detail;
  for (std::size_t at = 0; at < bytes->size(); at += 65536) importer.feed(std::string_view(*bytes).substr(at, 65536));
  importer.finish();
  out.rows += importer.counts().rows;
}

Loaded load(const std::string& mapping_name, const fs::path& path) {
  Loaded out;
  const Mapping how = mapping(mapping_name);
  if (!fs::is_directory(path)) {
    load(out, how, path);
    return out;
  }
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) files.insert(entry.path());
  for (const fs::path& file : files) load(out, how, file);
  return out;
}

TEST(Shipped, EveryMappingIsSound) {
  for (const auto& entry : fs::directory_iterator(kData / "mappings")) mapping(entry.path().filename().string());
}

TEST(Shipped, TheRegion) {
  const Loaded towns = load("municipalities.toml", kData / "region/municipalities.csv");
  EXPECT_THAT(towns.faults, IsEmpty());
  EXPECT_EQ(towns.entities.size(), 179U);
  EXPECT_EQ(towns.attribute("urn:ngsi-ld:Municipality:014036", "name"),
            R"({"type":"LanguageProperty","languageMap":{"en":"Tomari","ja":"泊村","ja-Hira":"とまりむら"}})");
  EXPECT_EQ(towns.attribute("urn:ngsi-ld:Municipality:011002", "population"),
            R"({"type":"Property","value":1955457,"observedAt":"2018-12-31T15:00:00Z"})");
  const Loaded areas = load("subprefectures.toml", kData / "region/subprefectures.csv");
  EXPECT_THAT(areas.faults, IsEmpty());
  EXPECT_EQ(areas.entities.size(), 14U);
  std::set<std::string> named;
  for (const auto& [id, town] : towns.entities) named.insert(towns.attribute(id, "refSubprefecture"));
  EXPECT_EQ(named.size(), 14U);
  for (const auto& [id, area] : areas.entities) {
    EXPECT_EQ(named.count(R"({"type":"Relationship","object":")" + id + "\"}"), 1U) << id;
  }
}

TEST(Shipped, TheTableAgreesWithItsSource) {
  NEEDS_SHARED_DATA();
  const auto ours = load("municipalities.toml", kData / "region/municipalities.csv");
  const auto text = read_mapping(R"([source]
[entity]
type = "T"
id = "urn:ngsi-ld:Municipality:{code5|code6}"
[attributes]
name = "name"
code = "code6"
[attributes.population]
kind = "integer"
from = "pop20190101"
)",
                                 "test", {});
  ASSERT_TRUE(text.has_value());
  Loaded theirs;
  load(theirs, *text, shared_data() / "region/hokkaido_179.csv");
  ASSERT_EQ(theirs.entities.size(), 179U);
  for (const auto& [id, town] : theirs.entities) {
    const std::string people = theirs.attribute(id, "population");
    EXPECT_THAT(ours.attribute(id, "population"), HasSubstr(people.substr(0, people.size() - 1) + ","));
  }
}

TEST(Shipped, Shelters) {
  NEEDS_SHARED_DATA();
  const Loaded sites = load("evacuation-sites.toml", shared_data() / "shelter/emergency");
  EXPECT_THAT(sites.faults, IsEmpty());
  EXPECT_EQ(sites.entities.size(), 7480U);
  const Loaded shelters = load("shelters.toml", shared_data() / "shelter/evacuation");
  EXPECT_THAT(shelters.faults, IsEmpty());
  EXPECT_EQ(shelters.entities.size(), 5102U);
  // All of Tomari's are filed under the Tomari of the Northern Territories (016969); the common id tells the truth.
  const auto of = [](const Loaded& loaded, const std::string& code) {
    std::size_t n = 0;
    for (const auto& [id, entity] : loaded.entities)
      n += loaded.attribute(id, "refMunicipality").find(code) != std::string::npos ? 1 : 0;
    return n;
  };
  EXPECT_EQ(of(sites, "014036"), 19U);
  EXPECT_EQ(of(shelters, "014036"), 17U);
  EXPECT_EQ(of(sites, "016969") + of(shelters, "016969"), 0U);
}

TEST(Shipped, BearSightings) {
  NEEDS_SHARED_DATA();
  const Loaded bears = load("bear-sightings.toml", shared_data() / "bear/sapporo_bears.geojson");
  EXPECT_THAT(bears.faults, IsEmpty());
  EXPECT_EQ(bears.entities.size(), 1590U);
  EXPECT_EQ(bears.attribute("urn:ngsi-ld:AnimalSighting:sapporo:bear:0001", "dateObserved"),
            R"({"type":"Property","value":{"@type":"DateTime","@value":"2017-04-15T03:00:00Z"}})");
  std::size_t without_time = 0;
  for (const auto& [id, bear] : bears.entities)
    without_time += bears.attribute(id, "dateObserved").find("\"Date\"") != std::string::npos ? 1 : 0;
  EXPECT_EQ(without_time, 110U);
}

TEST(Shipped, CardsWithTheirHistory) {
  NEEDS_SHARED_DATA();
  const Loaded cards = load("cards-history.toml", shared_data() / "mynumber/hokkaido_long.csv");
  EXPECT_THAT(cards.faults, IsEmpty());
  EXPECT_EQ(cards.count, 8234U);
  EXPECT_EQ(cards.entities.size(), 179U);
}

TEST(Shipped, AnEpidemicByDay) {
  NEEDS_SHARED_DATA();
  const Loaded days = load("covid19-history.toml", shared_data() / "crisis/toyokeizai/hokkaido_prefectures.csv");
  EXPECT_THAT(days.faults, IsEmpty());
  EXPECT_EQ(days.count, 326U);
  EXPECT_EQ(days.attribute("urn:ngsi-ld:EpidemicStatus:Hokkaido:COVID-19", "effectiveReproductionNumber"),
            R"({"type":"Property","value":0.9,"observedAt":"2021-01-29T15:00:00Z"})");
}

TEST(Shipped, RealShiftJisWithBackslashBytes) {
  NEEDS_SHARED_DATA();
  const auto how = read_mapping(
      "[source]\nheader = [\"cid\"]\n[entity]\ntype = \"T\"\nid = \"urn:x:{cid}\"\n[attributes]\nname = \"city\"\n",
      "test", {});
  ASSERT_TRUE(how.has_value());
  Loaded out;
  load(out, *how, shared_data() / "region/localgovjp-sjis-20200104.csv");
  EXPECT_EQ(out.entities.size() + out.faults.size(), 1916U);
  EXPECT_THAT(out.faults, IsEmpty());
  EXPECT_EQ(out.attribute("urn:x:1100", "name"), R"({"type":"Property","value":"札幌市"})");
}

// Files of Takamatsu: lines of '#' before and behind the header, latitude and longitude in one cell, line ends in
// cells.
TEST(Shipped, RealFilesWithPreambles) {
  NEEDS_SHARED_DATA();
  const auto rows = [](const std::string& file, const std::string& header, const std::string& attributes) {
    const auto how =
        read_mapping("[source]\ncomment = \"#\"\nempty = [\"-\", \"－\"]\nheader = [\"#property\", " + header +
                         "]\n[entity]\ntype = \"T\"\nid = \"urn:x:{#property}\"\n[attributes]\n" + attributes,
                     file, {});
    EXPECT_TRUE(how.has_value()) << how.error().detail;
    Loaded out;
    if (how) load(out, *how, shared_data() / "opendata" / file);
    return out;
  };
  const std::string point =
      "[attributes.location]\nkind = \"point\"\nlat = \"{location|part:1}\"\nlng = \"{location|part:2}\"\n";
  const Loaded aed = rows("0002.csv", "\"name\", \"location\"", "name = \"name\"\n" + point);
  EXPECT_THAT(aed.faults, IsEmpty());
  EXPECT_EQ(aed.count, 514U);
  EXPECT_EQ(aed.attribute("urn:x:1", "location"),
            R"({"type":"GeoProperty","value":{"type":"Point","coordinates":[134.04522972,34.34092056]}})");
  const Loaded sites = rows("0060.csv", "\"flood_L1\"",
                            "name = \"name\"\n[attributes.hazards]\nkind = \"flags\"\nvalues = { \"△\" = false }\n"
                            "flags = { flood = \"flood_L1\", tsunami = \"tunami\", fire = \"fire\" }\n" +
                                point);
  EXPECT_THAT(sites.faults, IsEmpty());
  EXPECT_EQ(sites.count, 193U);
  EXPECT_EQ(sites.attribute("urn:x:1", "hazards"), R"({"type":"Property","value":["fire","flood"]})");
  const Loaded events = rows("0081.csv", "\"eventName\"", "name = \"eventName\"\ntext = \"overview\"\n");
  EXPECT_THAT(events.faults, IsEmpty());
  EXPECT_EQ(events.count, 943U);
  EXPECT_THAT(events.attribute("urn:x:1", "text"), HasSubstr("\\n参加料金：\\\\1,500\\n"));
  EXPECT_EQ(rows("public_toilet.csv", "\"latitude\"", "name = \"name\"\n").count, 169U);
  EXPECT_EQ(rows("0013.csv", "\"capacity\"", "name = \"name\"\n").count, 117U);  // the last four records are empty
}

TEST(Shipped, RecommendedDataSets) {
  Loaded out;
  const fs::path file = fs::path(::testing::TempDir()) / "toilets.csv";
  std::ofstream(file) << "市の公衆トイレ一覧,,\n都道府県コード又は市区町村コード,NO,名称,緯度,経度,男性トイレ総数,"
                         "多機能トイレ数,車椅子使用者用トイレ有無\n"
                         "01403,1,駅前,43.0,140.5,2,１,有\n014036,2,公園,43.0,140.5,二,0,無\n014037,3,港,,,,,\n";
  load(out, mapping("opendata-public-toilets.toml"), file);
  EXPECT_EQ(out.attribute("urn:ngsi-ld:PublicToilet:014036:1", "seatsMultipurpose"),
            R"({"type":"Property","value":1})");
  EXPECT_EQ(out.attribute("urn:ngsi-ld:PublicToilet:014036:1", "facilities"),
            R"({"type":"Property","value":["wheelchair"]})");
  EXPECT_THAT(out.faults,
              ::testing::ElementsAre(
                  "toilets.csv:4: column 男性トイレ総数: \"二\" is not a number",
                  "toilets.csv:5: column 都道府県コード又は市区町村コード: \"014037\" is not a municipal code"));
  fs::remove(file);
}

}  // namespace
}  // namespace tsunagu::catalog
