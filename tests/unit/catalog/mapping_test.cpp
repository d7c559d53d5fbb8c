#include "catalog/import/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/import/importer.h"

namespace tsunagu::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<std::string> towns(const std::string& path) {
  if (path != "towns.csv") return bad(path + ": no such file");
  return "code6,name,area\n014036,泊村,Shiribeshi\n011002,札幌市,Ishikari\n";
}

struct Loaded {
  std::string wrong;  // the mapping
  std::vector<std::string> entities, faults, notes;
};

Loaded load(const std::string& mapping_text, std::string_view file, std::size_t chunk = 1 << 20) {
  Loaded out;
  const auto mapping = read_mapping(mapping_text, "m.toml", towns);
  if (!mapping) {
    out.wrong = mapping.error().detail;
    return out;
  }
  Importer importer(
      *mapping, {[&](Entity entity) { out.entities.push_back(to_json(entity)); },
                 [&](const Fault& fault) { out.faults.push_back(fmt::format("{}: {}", fault.line, to_string(fault))); },
                 [&](const std::string& text) { out.notes.push_back(text); }});
  for (std::size_t at = 0; at < file.size(); at += chunk) importer.feed(file.substr(at, chunk));
  importer.finish();
  return out;
}

std::string wrong(const std::string& mapping) {
  return load(mapping, "").wrong;
}

const std::string kHead = "[source]\n[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\n";

// The JSON of attribute `a` made from one cell.
std::string attribute(const std::string& spec, const std::string& cell) {
  const Loaded out = load(kHead + "[attributes.a]\n" + spec, "id,v,w\n1," + cell + ",\n");
  if (!out.wrong.empty()) return out.wrong;
  if (!out.faults.empty()) return out.faults[0];
  const std::string before = "{\"id\":\"urn:x:1\",\"type\":\"T\"";
  const std::string rest = out.entities.at(0).substr(before.size());
  return rest == "}" ? "" : rest.substr(5, rest.size() - 6);
}

TEST(Mapping, ErrorsNameLineAndKey) {
  EXPECT_THAT(wrong("[source"), HasSubstr("m.toml:1:"));
  EXPECT_EQ(wrong("[entity]\n"), "m.toml:1: [source] is missing");
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nform = \"x\"\n"), HasSubstr("[attributes.a] needs from or constant"));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nfrom = \"x\"\ncolor = 1\n"),
              HasSubstr("m.toml:7: unknown key color in [attributes.a]; known: "));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nfrom = \"x\"\nkind = \"nubmer\"\n"),
              HasSubstr("m.toml:7: kind in [attributes.a]: \"nubmer\" is none of"));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nfrom = \"{x|frob}\"\n"),
              HasSubstr("m.toml:6: from in [attributes.a]: unknown filter \"frob\""));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nfrom = \"{x\"\n"), HasSubstr("is never closed"));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nfrom = \"{x|in:nowhere}\"\n"), HasSubstr("there is no [tables.nowhere]"));
  EXPECT_THAT(wrong(kHead + "[attributes.id]\nfrom = \"x\"\n"), HasSubstr("cannot be the name of an attribute"));
  EXPECT_THAT(wrong(kHead + "[attributes.a]\nkind = \"point\"\nlat = \"y\"\n"), HasSubstr("[attributes.a] needs lng"));
  EXPECT_THAT(wrong("[source]\nencoding = \"klingon\"\n" + kHead.substr(9)),
              HasSubstr("m.toml:2: encoding in [source]"));
  EXPECT_THAT(wrong("[source]\n[tables.t]\nfile = \"x.csv\"\nkey = \"k\"\n" + kHead.substr(9)),
              HasSubstr("x.csv: no such file"));
  EXPECT_THAT(wrong("[source]\n[tables.t]\nfile = \"towns.csv\"\nkey = \"k\"\n" + kHead.substr(9)),
              HasSubstr("no column \"k\""));
  EXPECT_THAT(wrong("[source]\n[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\nhistory = true\n"),
              HasSubstr("needs observed_at"));
  EXPECT_EQ(wrong(kHead), "");
}

TEST(Mapping, KindsOfAttributes) {
  EXPECT_EQ(attribute("from = \"v\"", "泊村"), R"({"type":"Property","value":"泊村"})");
  EXPECT_EQ(attribute("from = \"v\"", ""), "");
  EXPECT_EQ(attribute("from = [\"w\", \"v\"]", "x"), R"({"type":"Property","value":"x"})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"number\"\nunit = \"MTR\"", "１.50"),
            R"({"type":"Property","value":1.50,"unitCode":"MTR"})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"integer\"", "12.0"), R"({"type":"Property","value":12})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"integer\"", "12.5"), "2: column v: \"12.5\" is not a whole number");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"number\"\nmax = 10", "11"), "2: column v: 11 is out of range");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"boolean\"", "有"), R"({"type":"Property","value":true})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"boolean\"", "△"), "2: column v: \"△\" is neither true nor false");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"date\"\nformat = \"%Y/%m/%d\"", "2020/4/1"),
            R"({"type":"Property","value":{"@type":"Date","@value":"2020-04-01"}})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"date\"", "soon"), "2: column v: \"soon\" is not a date of the form iso");
  EXPECT_EQ(attribute("from = \"urn:y:{v}\"\nkind = \"relationship\"", "a b"),
            R"({"type":"Relationship","object":"urn:y:a%20b"})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"relationship\"", "nowhere"), "2: column v: \"nowhere\" is not a URI");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"vocabulary\"", "open"), R"({"type":"VocabProperty","vocab":"open"})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"json\"", "\"{\"\"a\"\": [1]}\""),
            R"({"type":"JsonProperty","json":{"a":[1]}})");
  EXPECT_EQ(attribute("from = \"v\"\nkind = \"json\"", "{a"), "2: column v: \"{a\" is not JSON");
  EXPECT_EQ(attribute("kind = \"language\"\nlanguages = { ja = \"v\", en = \"w\" }", "泊村"),
            R"({"type":"LanguageProperty","languageMap":{"ja":"泊村"}})");
  EXPECT_EQ(attribute("from = \"v\"\nsplit = \"、・\"", "月、火・ 水"),
            R"({"type":"Property","value":["月","火","水"]})");
  EXPECT_EQ(attribute("kind = \"flags\"\nflags = { flood = \"v\", fire = \"w\" }", "○"),
            R"({"type":"Property","value":["flood"]})");
  EXPECT_EQ(attribute("kind = \"flags\"\nflags = { flood = \"v\" }\nvalues = { \"△\" = true }", "△"),
            R"({"type":"Property","value":["flood"]})");
  EXPECT_EQ(attribute("constant = [1, \"a\", { b = true }]", ""), R"({"type":"Property","value":[1,"a",{"b":true}]})");
  EXPECT_EQ(attribute("from = \"v\"\nrequired = true", ""), "2: column v: empty, but attribute a is required");
  EXPECT_EQ(attribute("from = \"v\"\nobserved_at = { at = \"2020-01-01T00:00:00Z\" }", "x"),
            R"({"type":"Property","value":"x","observedAt":"2020-01-01T00:00:00Z"})");
  EXPECT_EQ(attribute("from = \"v\"\n[attributes.a.attributes]\nsource = \"id\"", "x"),
            R"({"type":"Property","value":"x","source":{"type":"Property","value":"1"}})");
}

TEST(Mapping, ValueMaps) {
  const std::string map = "from = \"v\"\nvalues = { \"1\" = \"open\", \"2\" = false }\n";
  EXPECT_EQ(attribute(map, "1"), R"({"type":"Property","value":"open"})");
  EXPECT_EQ(attribute(map, "2"), R"({"type":"Property","value":false})");
  EXPECT_EQ(attribute(map, "3"), "2: column v: \"3\" is none of the values foreseen");
  EXPECT_EQ(attribute(map + "other = \"keep\"", "3"), R"({"type":"Property","value":"3"})");
  EXPECT_EQ(attribute(map + "other = \"drop\"", "3"), "");
}

TEST(Mapping, Points) {
  const std::string mapping =
      kHead + "[attributes.p]\nkind = \"point\"\nlat = \"lat\"\nlng = \"lng\"\nbounds = [139, 41, 146, 46]\n";
  const Loaded out = load(mapping, "id,lat,lng\n1,43.06,141.35\n2,141.35,43.06\n3,34.3,134.0\n4,,\n5,43,\n6,N43,141\n");
  EXPECT_THAT(
      out.entities,
      ElementsAre(HasSubstr(R"("p":{"type":"GeoProperty","value":{"type":"Point","coordinates":[141.35,43.06]}})"),
                  R"({"id":"urn:x:4","type":"T"})"));
  EXPECT_THAT(out.faults,
              ElementsAre("3: column lat: latitude 141.35, longitude 43.06: not on Earth (swapped?)",
                          "4: column lat: latitude 34.3, longitude 134.0: outside the bounds of the mapping",
                          "6: column lng: empty, but there is a latitude", "7: column lat: \"N43\" is not a number"));
  EXPECT_THAT(load(kHead + "[attributes.p]\nkind = \"point\"\nlat = \"{at|part:1}\"\nlng = \"{at|part:2}\"\n",
                   "id,at\n1,\"34.3, 134.0\"\n")
                  .entities[0],
              HasSubstr("[134.0,34.3]"));
}

TEST(Mapping, JoinsByCodeThroughATable) {
  const std::string mapping =
      "[source]\n[tables.town]\nfile = \"towns.csv\"\nkey = \"code6\"\n[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\n"
      "scope = \"/Hokkaido/{id|slice:1:6|code6|lookup:town:area}\"\n"
      "[attributes.town]\nkind = \"relationship\"\nfrom = \"urn:town:{id|slice:1:6|code6|in:town}\"\n";
  const Loaded out = load(mapping, "id,name\nE0140300001201,泊村\nE0169600001201,泊村\n");
  EXPECT_THAT(out.entities, ElementsAre(R"({"id":"urn:x:E0140300001201","type":"T","scope":"/Hokkaido/Shiribeshi",)"
                                        R"("town":{"type":"Relationship","object":"urn:town:014036"}})"));
  EXPECT_THAT(out.faults, ElementsAre("3: column id: \"016969\" is not in table town (towns.csv)"));
}

TEST(Mapping, RowsThatCannotBeUsed) {
  const std::string mapping = kHead + "[attributes]\na = \"v\"\n";
  const Loaded out = load(mapping, "id,v\n1,a\n2\n1,b\n,c\n3,c,d\n4,d,\n");
  EXPECT_THAT(out.entities, ElementsAre(HasSubstr("urn:x:1"), HasSubstr("urn:x:4")));
  EXPECT_THAT(out.faults, ElementsAre("3: 1 cells where the header has 2", "4: the same id as line 2: urn:x:1",
                                      "5: column id: empty, but the id needs it", "6: 3 cells where the header has 2"));
  EXPECT_THAT(load(mapping, "").faults, ElementsAre("0: no header found: it should be record 1"));
  EXPECT_THAT(load(mapping, "id,other\n1,2\n").notes, ElementsAre("the file has no column v"));
  EXPECT_THAT(load(mapping, std::string("id,v\n1,a\0b\n2,c\n", 15)).faults,
              ElementsAre("2: column v: a NUL character"));
  EXPECT_THAT(load(mapping, "id,v\n1,表\n2,\xFF\n3,表\n").faults, ElementsAre("3: bytes that are not UTF-8"));
}

TEST(Mapping, HeadersBehindPreambles) {
  const std::string mapping =
      "[source]\nheader = [\"id\", \"v\"]\ncomment = \"#\"\nempty = [\"-\"]\n"
      "[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\nskip_if = [{ from = \"v\", is = \"閉鎖\" }, { from = \"id\", "
      "begins = \"X\" }]\n[attributes]\na = \"v\"\n";
  const Loaded out =
      load(mapping, "高松市,,\n\"注\n意\",,\n id ,\"v\",,\n#types,string,\n1,-,\n2,閉鎖,\n,,\nX3,a,\n4,b,\n");
  EXPECT_THAT(out.entities, ElementsAre(R"({"id":"urn:x:1","type":"T"})",
                                        R"({"id":"urn:x:4","type":"T","a":{"type":"Property","value":"b"}})"));
  EXPECT_THAT(out.faults, IsEmpty());
  EXPECT_THAT(load(mapping, "a,b\n1,2\n").faults,
              ElementsAre("0: no header found: none of the first 2 records has all of the cells \"id\", \"v\""));
}

TEST(Mapping, JsonSources) {
  const std::string tail = "[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\n[attributes.a]\nfrom = \"p.q\"\n";
  EXPECT_THAT(
      load("[source]\nformat = \"json\"\n" + tail, R"([{"id":1,"p":{"q":["a","b"]}},{"id":2,"p":null}])").entities,
      ElementsAre(R"({"id":"urn:x:1","type":"T","a":{"type":"Property","value":["a","b"]}})",
                  R"({"id":"urn:x:2","type":"T"})"));
  const Loaded lines = load("[source]\nformat = \"ndjson\"\n" + tail, "{\"id\":1}\n{broken\n\n[1]\n{\"id\":2}");
  EXPECT_EQ(lines.entities.size(), 2U);
  EXPECT_THAT(lines.faults, ElementsAre("2: not valid JSON", "4: expected a JSON object"));
  const Loaded geo = load(
      "[source]\nformat = \"geojson\"\n[entity]\ntype = \"T\"\nid = \"urn:x:{id}\"\n[attributes.a]\nkind = "
      "\"geometry\"\nfrom = \"geometry\"\n",
      R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1"},"geometry":{"type":"Point","coordinates":[141,43]}},
{"type":"Feature","properties":{"id":"2"},"geometry":null},{"type":"Feature"},
{"type":"Feature","properties":{"id":"3"},"geometry":{"type":"Point","coordinates":[1]}}]})");
  EXPECT_THAT(geo.entities, ElementsAre(HasSubstr(R"("value":{"type":"Point","coordinates":[141,43]})"),
                                        R"({"id":"urn:x:2","type":"T"})"));
  EXPECT_THAT(geo.faults, ElementsAre("2: not a GeoJSON feature: no \"properties\"",
                                      "3: column geometry: a position needs longitude and latitude"));
}

TEST(Mapping, ABrokenByteCostsOneRecordOfALine) {
  const std::string mapping = "[source]\nformat = \"json\"\n" + kHead.substr(9) + "[attributes]\na = \"a\"\n";
  const std::string file = "[{\"id\":1,\"a\":\"表\"},{\"id\":2,\"a\":\"\xFF\"},{\"id\":3,\"a\":\"表\"}]";
  for (const std::size_t chunk : {1U, 7U, 1000U}) {
    const Loaded out = load(mapping, file, chunk);
    EXPECT_THAT(out.entities, ElementsAre(HasSubstr("urn:x:1"), HasSubstr("urn:x:3")));
    EXPECT_THAT(out.faults, ElementsAre("1: bytes that are not UTF-8"));
  }
  const Loaded replaced =
      load("[source]\nformat = \"json\"\ninvalid_bytes = \"replace\"\n" + kHead.substr(9) + "[attributes]\na = \"a\"\n",
           file);
  ASSERT_EQ(replaced.entities.size(), 3U);
  EXPECT_THAT(replaced.entities[1], HasSubstr("\xEF\xBF\xBD"));
}

TEST(Mapping, EntitiesNeedNone) {
  const Mapping mapping = mapping_of_entities();
  std::vector<std::string> out, faults;
  Importer importer(mapping, {[&](Entity entity) { out.push_back(to_json(entity)); },
                              [&](const Fault& fault) { faults.push_back(to_string(fault)); },
                              {}});
  importer.feed(
      "[{\"id\":\"urn:x:1\",\"type\":\"T\",\"a\":1,\"@context\":\"urn:c\"},{\"type\":\"T\"}]\n{\"type\":[\"T\",\"U\"],"
      "\"id\":\"urn:x:2\"}");
  importer.finish();
  EXPECT_THAT(out, ElementsAre(R"({"id":"urn:x:1","type":"T","a":1,"@context":"urn:c"})",
                               R"({"id":"urn:x:2","type":["T","U"]})"));
  EXPECT_THAT(faults, ElementsAre("not an entity: it has no \"id\""));
}

TEST(Entity, AttributesCompareByMeaning) {
  const auto same = [](std::string_view a, std::string_view b) {
    return comparable_attribute(a) == comparable_attribute(b);
  };
  EXPECT_TRUE(same("25", R"({"type":"Property","value":25})"));
  EXPECT_TRUE(
      same(R"({"value":25,"unitCode":"CEL"})", R"({"unitCode":"CEL","type":"Property","value":25,"modifiedAt":"x"})"));
  EXPECT_TRUE(same(R"({"type":"Point","coordinates":[1,2]})",
                   R"({"type":"GeoProperty","value":{"coordinates":[1,2],"type":"Point"}})"));
  EXPECT_TRUE(same(R"({"object":"urn:a"})", R"({"object":"urn:a","type":"Relationship"})"));
  EXPECT_TRUE(
      same(R"({"value":1,"source":"x"})", R"({"type":"Property","source":{"type":"Property","value":"x"},"value":1})"));
  EXPECT_TRUE(same("[1,2]", R"({"type":"Property","value":[1,2]})"));
  EXPECT_TRUE(same("3.10", R"({"type":"Property","value":3.1})"));
  EXPECT_FALSE(same("25", R"({"type":"Property","value":26})"));
  EXPECT_FALSE(same("25", R"({"type":"Property","value":25,"observedAt":"2020-01-01T00:00:00Z"})"));
}

}  // namespace
}  // namespace tsunagu::catalog
