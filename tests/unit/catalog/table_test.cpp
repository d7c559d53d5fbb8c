#include "catalog/table.h"

#include <unistd.h>

#include "catalog/row_search.h"
#include "catalog/table_diff.h"
#include "catalog/table_writer.h"
#include "catalog_sample.h"

namespace tsunagu::catalog {
namespace {

std::string written(Table& table, TableWriter& writer) {
  std::string out;
  writer.begin(out);
  for (;;) {
    const auto more = table.next([&](const TableRow& row) { writer.row(out, row); });
    EXPECT_TRUE(more);
    if (!more || !*more) break;
  }
  writer.end(out);
  return out;
}

class Tables : public testing::Test {
 protected:
  std::string csv(std::string_view text, CsvStyle style = {.header = false}) {
    auto table = open_file_table(sample_.files, sample_.keep(text));
    return written(**table, *csv_writer((*table)->columns(), style));
  }
  std::string search(const Distribution& distribution, RowRequest request) {
    auto search = RowSearch::open(sample_.datasets, {}, distribution, std::move(request));
    if (!search) return "error: " + search.error().detail;
    Result<bool> more = true;
    while (more && *more) more = (*search)->turn();
    if (!more) return "error: " + more.error().detail;
    last_total_ = (*search)->total();
    return (*search)->take_records();
  }
  Distribution file(std::string_view text) {
    Distribution distribution;
    distribution.content = FileContent{sample_.keep(text), "", 0, 1, {}, std::nullopt, ""};
    return distribution;
  }
  Sample sample_;
  std::optional<std::uint64_t> last_total_;
};

TEST_F(Tables, ColumnsHaveTypesAndNames) {
  const auto columns =
      file_columns(sample_.files, sample_.keep("\xEF\xBB\xBF"
                                               "code,n,flag,,n\n01100,1.5,true,x,\n01202,-2,FALSE,y,7\n"));
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 5u);
  EXPECT_EQ((*columns)[0].id, "code");
  EXPECT_EQ((*columns)[0].type, Column::Type::kText);  // a code is no number
  EXPECT_EQ((*columns)[1].type, Column::Type::kNumber);
  EXPECT_EQ((*columns)[2].type, Column::Type::kTruth);
  EXPECT_EQ((*columns)[3].id, "column_4");
  EXPECT_EQ((*columns)[4].id, "n_2");
}

TEST_F(Tables, ExportMakesFormulasHarmless) {
  EXPECT_EQ(csv("a,b\n=1+1,+81-11\n-5,-5.5e3\n@x,-\n\"\ttab\",ok\n"),
            "'=1+1,'+81-11\r\n-5,-5.5e3\r\n'@x,'-\r\n\"'\ttab\",ok\r\n");
}

TEST_F(Tables, QuotesAndLineEndsSurvive) {
  EXPECT_EQ(csv("a,b\n\"x,\"\"y\"\"\",\"two\nlines\"\n", {.mark = true}),
            "\xEF\xBB\xBF"
            "a,b\r\n\"x,\"\"y\"\"\",\"two\nlines\"\r\n");
}

TEST_F(Tables, RaggedRowsAreFilledUp) {
  EXPECT_EQ(csv("a,b\n1\n1,2,3\n"), "1,\r\n1,2\r\n");
}

TEST_F(Tables, JsonKeepsTypes) {
  auto table = open_file_table(sample_.files, sample_.keep("n,t,code\n1.50,\"a\"\"b\",007\n,,\n"));
  EXPECT_EQ(written(**table, *json_writer((*table)->columns())),
            "[\n{\"n\":1.50,\"t\":\"a\\\"b\",\"code\":\"007\"},\n{\"n\":null,\"t\":null,\"code\":null}\n]\n");
}

TEST_F(Tables, GeoJsonTakesItsCoordinatesFromTheUsualColumns) {
  auto table = open_file_table(sample_.files, sample_.keep("名称,緯度,経度\n駅,43.06,141.35\n無,,\n逆,141.35,43.06\n"));
  EXPECT_EQ(written(**table, *geojson_writer((*table)->columns())),
            "{\"type\":\"FeatureCollection\",\"features\":[\n"
            "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[141.35,43.06]},\"properties\":{"
            "\"名称\":\"駅\"}},\n"
            "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"名称\":\"無\"}},\n"
            "{\"type\":\"Feature\",\"geometry\":null,\"properties\":{\"名称\":\"逆\"}}\n]}\n");
  auto plain = open_file_table(sample_.files, sample_.keep("a\n1\n"));
  EXPECT_EQ(geojson_writer((*plain)->columns()), nullptr);
}

TEST_F(Tables, ShiftJisSaysWhatItLacks) {
  Cp932Encoder encoder;
  std::string out;
  encoder.append(out, "a表〜𠮷é髙");
  EXPECT_EQ(out, std::string("a\x95\x5C\x81\x60\x81\xAC\x81\xAC\xFB\xFC"));
  EXPECT_EQ(encoder.substituted(), 2u);
}

TEST_F(Tables, AWorkbookIsAZipFile) {
  auto table = open_file_table(sample_.files, sample_.keep("a,b\n1,=1+1\n"));
  const auto file = write_xlsx(**table, sample_.files);
  ASSERT_TRUE(file) << file.error().detail;
  std::string head(2, '\0');
  EXPECT_EQ(::read(*file, head.data(), 2), 2);
  EXPECT_EQ(head, "PK");
  ::close(*file);
}

TEST_F(Tables, TenThousandColumnsAreATable) {
  std::string text;
  for (const char* row : {"c", "v"}) {
    for (int i = 0; i < 10'000; ++i) text += (i ? "," : "") + (row + std::to_string(i));
    text += '\n';
  }
  const std::string records = search(file(text), {.fields = {"c9999"}});
  EXPECT_EQ(records, R"([{"c9999":"v9999"}])");
}

constexpr std::string_view kPeople = "name,age,town\nアリス,30,函館\nボブ,5,札幌\nキャロル,,札幌\nダン,30,旭川\n";

TEST_F(Tables, RowsOfAFileAreFilteredSortedAndCounted) {
  const Distribution people = file(kPeople);
  RowRequest request;
  request.filters = {{"age", {{Cell::Kind::kText, "30"}}}};
  EXPECT_EQ(search(people, request),
            R"([{"_id":1,"name":"アリス","age":30,"town":"函館"},{"_id":4,"name":"ダン","age":30,"town":"旭川"}])");
  EXPECT_EQ(last_total_, 2u);
  request.filters = {{"town", {{Cell::Kind::kText, "札幌"}, {Cell::Kind::kText, "旭川"}}}};
  request.order = {{"age", true}};
  request.fields = {"name"};
  EXPECT_EQ(search(people, request), R"([{"name":"ダン"},{"name":"ボブ"},{"name":"キャロル"}])");
  request.offset = 1;
  request.limit = 1;
  EXPECT_EQ(search(people, request), R"([{"name":"ボブ"}])");
  EXPECT_EQ(last_total_, 3u);
  EXPECT_EQ(search(people, {.texts = {{"", "ｱﾘｽ"}}, .fields = {"_id"}}), R"([{"_id":1}])");
  EXPECT_EQ(search(people, {.fields = {"town"}, .distinct = true}),
            R"([{"town":"函館"},{"town":"札幌"},{"town":"旭川"}])");
  EXPECT_EQ(search(people, {.filters = {{"_id", {{Cell::Kind::kNumber, "2"}}}},
                            .fields = {"name", "age"},
                            .form = RowRequest::Form::kLists}),
            R"([["ボブ",5]])");
  EXPECT_EQ(search(people, {.fields = {"name", "age"}, .limit = 1, .form = RowRequest::Form::kCsv}), "アリス,30\r\n");
  EXPECT_EQ(search(people, {.fields = {"nobody"}}), "error: there is no field \"nobody\"");
}

TEST_F(Tables, ALiveQueryIsATable) {
  sample_.put(R"([
    {"id":"urn:ngsi-ld:Site:1","type":"Site","name":{"languageMap":{"ja":"函館","en":"Hakodate"}},"capacity":10,
     "location":{"type":"Point","coordinates":[140.7,41.7]},"hazards":["flood","tsunami"]},
    {"id":"urn:ngsi-ld:Site:2","type":"Site","name":{"languageMap":{"ja":"札幌"}},"capacity":20,
     "location":{"type":"Point","coordinates":[141.3,43.0]},"ref":{"object":"urn:ngsi-ld:Town:1"}}])");
  Distribution live;
  live.content = QueryContent{"Site", "", {"name", "capacity", "location", "hazards", "ref"}};
  auto table = open_table(sample_.datasets, {}, live);
  ASSERT_TRUE(table);
  EXPECT_EQ(written(**table, *csv_writer((*table)->columns())),
            "id,name,name_en,capacity,latitude,longitude,hazards,ref\r\n"
            "urn:ngsi-ld:Site:1,函館,Hakodate,10,41.7,140.7,\"flood;tsunami\",\r\n"
            "urn:ngsi-ld:Site:2,札幌,,20,43,141.3,,urn:ngsi-ld:Town:1\r\n");
  RowRequest request;
  request.filters = {{"name", {{Cell::Kind::kText, "札幌"}}}};
  request.fields = {"id", "capacity"};
  EXPECT_EQ(search(live, request), R"([{"id":"urn:ngsi-ld:Site:2","capacity":20}])");
  EXPECT_EQ(last_total_, 1u);
  request.filters = {{"latitude", {{Cell::Kind::kNumber, "41.7"}}}};
  EXPECT_EQ(search(live, request), R"([{"id":"urn:ngsi-ld:Site:1","capacity":10}])");
  request.filters = {};
  request.order = {{"capacity", true}};
  request.limit = 1;
  EXPECT_EQ(search(live, request), R"([{"id":"urn:ngsi-ld:Site:2","capacity":20}])");
  EXPECT_EQ(last_total_, 2u);
  const std::string number = std::to_string(sample_.broker.store.find({}, "urn:ngsi-ld:Site:1")->created_at().us);
  EXPECT_EQ(search(live, {.filters = {{"_id", {{Cell::Kind::kNumber, number}}}}, .fields = {"_id", "id"}}),
            "[{\"_id\":" + number + ",\"id\":\"urn:ngsi-ld:Site:1\"}]");
  EXPECT_EQ(search(live, {.filters = {{"id", {{Cell::Kind::kText, "urn:ngsi-ld:Site:1"}}}}, .fields = {"id"}}),
            R"([{"id":"urn:ngsi-ld:Site:1"}])");
}

TableDiff diff(Sample& sample, std::string_view before, std::string_view after, std::vector<std::string> key,
               std::uint64_t offset = 0, std::uint64_t limit = 100) {
  const auto opening = [&](std::string_view text) {
    return [&sample, id = sample.keep(text)] { return open_file_table(sample.files, id); };
  };
  auto made = compare_tables(opening(before), opening(after), key, offset, limit);
  EXPECT_TRUE(made);
  return std::move(*made);
}

TEST_F(Tables, DifferencesAreTold) {
  const TableDiff made =
      diff(sample_, "id,name,old\n1,a,x\n2,b,x\n3,c,x\n", "id,name,new\n3,c,y\n1,A,y\n4,d,y\n", {"id"});
  EXPECT_EQ(made.added_columns, std::vector<std::string>{"new"});
  EXPECT_EQ(made.removed_columns, std::vector<std::string>{"old"});
  EXPECT_EQ(made.added, 1u);
  EXPECT_EQ(made.removed, 1u);
  EXPECT_EQ(made.changed, 1u);
  EXPECT_EQ(made.unchanged, 1u);
  ASSERT_EQ(made.rows.size(), 3u);
  EXPECT_EQ(made.rows[0].state, ChangedRow::State::kChanged);
  EXPECT_EQ(made.rows[0].key, std::vector<std::string>{"1"});
  ASSERT_EQ(made.rows[0].cells.size(), 1u);
  EXPECT_EQ(made.rows[0].cells[0].before, "a");
  EXPECT_EQ(made.rows[0].cells[0].after, "A");
  EXPECT_EQ(made.rows[1].state, ChangedRow::State::kAdded);
  EXPECT_EQ(made.rows[2].state, ChangedRow::State::kRemoved);
  EXPECT_EQ(made.rows[2].key, std::vector<std::string>{"2"});
  EXPECT_EQ(made.rows[2].cells.size(), 3u);
}

TEST_F(Tables, WithoutAKeyRowsAreComparedWhole) {
  const TableDiff made = diff(sample_, "a\n1\n1\n2\n", "a\n1\n3\n", {}, 1, 1);
  EXPECT_EQ(made.added, 1u);
  EXPECT_EQ(made.removed, 2u);
  EXPECT_EQ(made.unchanged, 1u);
  EXPECT_EQ(made.rows.size(), 1u);
  EXPECT_TRUE(made.more);
}

}  // namespace
}  // namespace tsunagu::catalog
