#include "catalog/studio/findings.h"

#include "catalog/studio/counts.h"
#include "catalog/studio/publication.h"
#include "unit/catalog/studio/studio_files.h"

namespace tsunagu::catalog {
namespace {

constexpr std::string_view kFacilities =
    "公共施設一覧,,,,,,,\n"
    "NO,全国地方公共団体コード,地方公共団体名,名称,名称カナ,所在地,緯度,経度,開始時間,電話番号\n"
    "1,11002,札幌市,市役所,シヤクシヨ,札幌市中央区北1条西２丁目,43.06208,141.35438,8:45,011-211-2111\n"
    "2,011002,札幌市,　図書館,トショカン,札幌市中央区,141.3295,43.0494,９：１５,-\n"
    "3,012025,札幌市,体育館,タイイクカン,札幌市豊平区,43.03,141.37,09:00,０１１－８２０－１７０１\n"
    "3,012025,札幌市,体育館,タイイクカン,札幌市豊平区,43.03,141.37,09:00,０１１－８２０－１７０１\n"
    "4,011002,札幌市,公園,コウエン,札幌市南区,41.77,140.73,,\n"
    ",,,,,,,,,\n"
    "4,011002,札幌市,,プール,札幌市北区,43.1,,朝,\n";

const Finding& need(const Uploaded& up, std::string_view id) {
  const Finding* found = up.finding(id);
  if (found != nullptr) return *found;
  std::string all;
  for (const Finding& each : up.analysis().findings) all += each.id() + ' ';
  ADD_FAILURE() << "no finding " << id << " among " << all;
  static const Finding kNone{};
  return kNone;
}

TEST(Findings, OfAListOfFacilities) {
  const Uploaded up("kokyo.csv", kFacilities);
  ASSERT_EQ(up.upload->now().state, Upload::State::kReady) << up.upload->now().error;
  EXPECT_EQ(up.standard(), "public-facilities");
  EXPECT_EQ(up.table().header_row(), 2u);
  EXPECT_EQ(up.table().preamble(), std::vector<std::string>{"公共施設一覧"});
  EXPECT_EQ(up.table().municipality(), "011002");
  EXPECT_EQ(need(up, "code:全国地方公共団体コード").after, "011002");
  EXPECT_EQ(need(up, "code_name:全国地方公共団体コード").count, 2u);
  EXPECT_EQ(need(up, "time:開始時間").count, 2u);
  EXPECT_EQ(need(up, "time!:開始時間").rows, std::vector<std::size_t>{6});
  EXPECT_EQ(need(up, "phone:電話番号").after, "011-820-1701");
  EXPECT_EQ(need(up, "placeholder:電話番号").count, 1u);
  EXPECT_EQ(need(up, "coordinates_swapped:緯度").rows, std::vector<std::size_t>{1});
  // Rows 2 and 3 say Hakodate but lie in Sapporo; row 4 says Sapporo but lies in Hakodate.
  EXPECT_EQ(need(up, "coordinates_outside:緯度").count, 3u);
  EXPECT_EQ(need(up, "coordinates_half:経度").count, 1u);
  EXPECT_EQ(need(up, "duplicate_row").rows, std::vector<std::size_t>{3});
  EXPECT_EQ(need(up, "duplicate_id:NO").rows, std::vector<std::size_t>{6});
  EXPECT_EQ(need(up, "empty_row").count, 1u);
  EXPECT_EQ(need(up, "required:名称").severity, Severity::kError);
  EXPECT_EQ(need(up, "spaces:名称").after, "図書館");
  EXPECT_EQ(need(up, "width:所在地").after, "札幌市中央区北1条西2丁目");
  for (const Finding& each : up.analysis().findings) {
    const auto [ja, en] = finding_message(each);
    EXPECT_FALSE(ja.empty() || en.empty()) << each.id();
  }
}

TEST(Findings, RepairsAreDoneAndUndone) {
  Uploaded up("kokyo.csv", kFacilities);
  ASSERT_TRUE(up.repair("time:開始時間"));
  EXPECT_EQ(up.cell(0, "開始時間"), "08:45");
  EXPECT_EQ(up.cell(1, "開始時間"), "09:15");
  EXPECT_EQ(up.finding("time:開始時間"), nullptr);
  ASSERT_TRUE(up.upload->repair_all(up.places));
  EXPECT_EQ(up.cell(0, "全国地方公共団体コード"), "011002");
  EXPECT_EQ(up.cell(1, "緯度"), "43.0494");
  EXPECT_EQ(up.analysis().rows, 5u);
  EXPECT_NE(up.finding("time!:開始時間"), nullptr);
  ASSERT_TRUE(up.upload->change(up.places, [](UploadDraft& draft, const UploadView&) -> Result<void> {
    draft.steps.clear();
    return {};
  }));
  EXPECT_EQ(up.cell(0, "開始時間"), "8:45");
  EXPECT_EQ(up.analysis().rows, 7u);
}

TEST(Findings, SettingsGoBeforeWhatWasFound) {
  Uploaded up("kokyo.csv", kFacilities);
  ASSERT_TRUE(up.upload->change(up.places, [](UploadDraft& draft, const UploadView&) -> Result<void> {
    draft.settings.standard = "public-wifi";
    draft.settings.columns["備考"] = "電話番号";
    return {};
  }));
  EXPECT_EQ(up.standard(), "public-wifi");
  const std::size_t at = up.table().of_standard("備考");
  ASSERT_NE(at, WorkColumn::kNone);
  EXPECT_EQ(up.table().columns()[at].name, "電話番号");
  ASSERT_TRUE(up.upload->change(up.places, [](UploadDraft& draft, const UploadView&) -> Result<void> {
    draft.settings.standard = "";
    draft.settings.columns.clear();
    draft.settings.header_row = 0;
    return {};
  }));
  EXPECT_EQ(up.table().standard(), nullptr);
  EXPECT_EQ(up.table().columns()[0].name, "列1");
  EXPECT_EQ(up.table().rows(), 9u);
}

TEST(Findings, AColumnOfPlacesIsSplitAndWhatIsMissingIsFilled) {
  Uploaded up("aed.csv",
              "name,address,installationPosition,location\n市役所,北1条,1階,\"43.06,141.35\"\n駅,北6条,改札,\"43.068,"
              "141.35\"\n");
  EXPECT_EQ(up.standard(), "aed");
  ASSERT_TRUE(up.upload->change(up.places, [](UploadDraft& draft, const UploadView&) -> Result<void> {
    draft.settings.municipality = "011002";
    return {};
  }));
  ASSERT_TRUE(up.upload->repair_all(up.places));
  EXPECT_EQ(up.cell(1, "緯度"), "43.068");
  EXPECT_EQ(up.cell(1, "NO"), "2");
  EXPECT_EQ(up.cell(1, "都道府県コード又は市区町村コード"), "011002");
  std::string csv;
  const auto rows = write_clean_csv(*up.view(), [&csv](std::string_view piece) -> Result<void> {
    csv += piece;
    return {};
  });
  EXPECT_EQ(rows.value_or(0), 2u);
  EXPECT_TRUE(csv.starts_with("都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,"));
  EXPECT_NE(csv.find("011002,2,,,駅,,北6条,,43.068,141.35,改札"), std::string::npos) << csv;
}

TEST(Findings, OutlinesTellTheOldDatum) {
  Places places = Places::shipped();
  // A square round the office of Sapporo, small enough that 400 m matter.
  ASSERT_TRUE(places.set_outline(
      "011002",
      R"({"type":"Polygon","coordinates":[[[141.350,43.060],[141.360,43.060],[141.360,43.065],[141.350,43.065],[141.350,43.060]]]})"));
  EXPECT_FALSE(places.set_outline("999999", R"({"type":"Polygon","coordinates":[]})"));
  const Place* sapporo = places.find("011002");
  EXPECT_TRUE(places.contains(*sapporo, {43.0621, 141.3544}));
  EXPECT_FALSE(places.contains(*sapporo, {43.08, 141.3544}));
  Uploaded up("kokyo.csv",
              "NO,全国地方公共団体コード,名称,名称カナ,所在地,緯度,経度\n1,011002,a,ア,x,43.0560,141.3640\n2,011002,b,"
              "イ,x,43.0561,141.3641\n3,011002,c,ウ,x,43.0562,141.3642\n");
  up.places = std::make_shared<const Places>(places);
  ASSERT_TRUE(up.upload->change(up.places, [](UploadDraft&, const UploadView&) -> Result<void> { return {}; }));
  EXPECT_EQ(need(up, "coordinates_outside:緯度").count, 3u);
  EXPECT_EQ(need(up, "datum:緯度").count, 3u);
  ASSERT_TRUE(up.repair("datum:緯度"));
  EXPECT_EQ(up.finding("coordinates_outside:緯度"), nullptr);
}

TEST(Findings, OfTheFileAsAWhole) {
  std::string text = "名称,値\n";
  for (int i = 0; i < 60; ++i) text += "x,1\n";
  const Uploaded up("a.csv", text + "x,1,extra\n\"open,2\ny,3\n");
  EXPECT_EQ(need(up, "ragged").count, 1u);
  EXPECT_EQ(need(up, "broken_record").severity, Severity::kError);
}

TEST(Uploads, AFileWithoutATable) {
  const Uploaded up("a.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
  EXPECT_EQ(up.upload->now().state, Upload::State::kFailed);
  EXPECT_NE(up.upload->now().error.find(".xlsx"), std::string::npos);
  EXPECT_EQ(Uploaded("b.csv", "名称,住所\n").upload->now().state, Upload::State::kFailed);
}

TEST(Uploads, TheDraftIsKept) {
  UploadDraft draft;
  draft.file_name = "表\"1\".csv";
  draft.byte_size = 7;
  draft.encoding = Encoding::kCp932;
  draft.settings.header_row = 3;
  draft.settings.standard = "aed";
  draft.settings.columns["名称"] = "name";
  Step step;
  step.kind = Step::Kind::kCells;
  step.id = "cells";
  step.cells = {{4, "名称", "a\nb"}};
  step.rows = {1, 5};
  draft.steps.push_back(step);
  const auto read = read_draft(to_json(draft));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(draft));
  EXPECT_EQ(read->steps[0].cells[0].text, "a\nb");
}

TEST(Publications, ThePlanIsKept) {
  PublicationPlan plan;
  plan.dataset.name = "aed";
  plan.dataset.title = {{"en", "AED"}, {"ja", "AED設置箇所"}};
  plan.dataset.quality = Quality{1, 0.5, 1, 0.75, 0};
  plan.file = *FileId::parse(std::string(64, 'a'));
  plan.original = *FileId::parse(std::string(64, 'b'));
  plan.after = EntitySource{plan.file, "aed"};
  plan.rows = 12;
  const auto read = read_plan(to_json(plan));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(plan));
}

TEST(Disclosure, PatientsOfTheFirstWave) {
  NEEDS_SHARED_DATA();
  Uploaded up(shared_data() / "crisis/early_csv/b07c27e_patients.csv");
  ASSERT_EQ(up.upload->now().state, Upload::State::kReady) << up.upload->now().error;
  const Disclosure& found = up.analysis().disclosure;
  EXPECT_EQ(found.quasi, (std::vector<std::string>{"年代", "性別", "居住地"}));
  EXPECT_GT(found.small_groups, 10u);
  PublicationRequest request;
  request.dataset.name = "patients";
  request.dataset.title = {{"ja", "患者"}};
  request.dataset.publisher = "urn:ngsi-ld:Organization:hokkaido";
  request.accept_findings = true;
  request.acknowledge_disclosure = true;
  const auto raw = check_publication(*up.view(), request);
  ASSERT_FALSE(raw) << "saying that one knows does not help the persons";
  EXPECT_NE(raw.error().detail.find("/counts"), std::string::npos);
  request.acknowledge_disclosure = false;
  const auto counts = counts_csv(*up.view(), {});
  ASSERT_TRUE(counts) << counts.error().detail;
  Uploaded instead("counts.csv", *counts);
  EXPECT_EQ(instead.analysis().disclosure.quasi.size(), 3u);
  EXPECT_EQ(instead.analysis().disclosure.small_groups, 0u);
  EXPECT_TRUE(check_publication(*instead.view(), request));
  ASSERT_TRUE(up.repair("small_groups"));
  EXPECT_EQ(up.analysis().disclosure.small_groups, 0u);
  EXPECT_TRUE(check_publication(*up.view(), request));
}

TEST(Disclosure, SmallCountsThatAreShownAreFound) {
  Uploaded up("c.csv",
              "年代,性別,人数\n40代,男性,12\n40代,女性,2\n40代,合計,14\n合計,男性,12\n合計,女性,x\n合計,合計,14\n");
  EXPECT_EQ(up.analysis().disclosure.small_groups, 2u);  // the 2, and the x that is 14 less 12
  // One that is hidden by itself can be computed; whatever the digits look like.
  Uploaded hidden(
      "h.csv", "年代,性別,人数\n40代,男性,１２\n40代,女性,x\n40代,合計,14\n合計,男性,12\n合計,女性,x\n合計,合計,14\n");
  EXPECT_EQ(hidden.analysis().disclosure.small_groups, 2u);
  PublicationRequest request;
  request.dataset.name = "counts";
  request.dataset.title = {{"ja", "人数"}};
  request.dataset.publisher = "urn:ngsi-ld:Organization:x";
  request.accept_findings = request.acknowledge_disclosure = true;
  const auto refused = check_publication(*hidden.view(), request);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("computed"), std::string::npos);
  // Without margins it may as well be rows about persons with some number.
  Uploaded rows("r.csv", "年代,性別,人数\n40代,男性,12\n50代,女性,7\n");
  EXPECT_EQ(rows.analysis().disclosure.small_groups, 2u);
}

TEST(Disclosure, PersonsAreFound) {
  Uploaded up("m.csv",
              "氏名,個人番号,生年月日,住所,電話番号,年齢,性別\n"
              "山田,123456789018,1980-01-01,x,090-1234-5678,40,男\n佐藤,123456789018,1981-01-01,y,080-1234-5678,41,"
              "女\n鈴木,123456789018,1982-01-01,z,070-1234-5678,42,男\n");
  std::vector<std::string> names;
  for (const PersonalColumn& each : up.analysis().disclosure.personal) names.push_back(each.column);
  EXPECT_EQ(names, (std::vector<std::string>{"氏名", "個人番号", "生年月日", "住所", "電話番号"}));
  EXPECT_EQ(up.analysis().disclosure.small_groups, 3u);
  PublicationRequest request;
  request.dataset.name = "persons";
  request.dataset.title = {{"ja", "人"}};
  request.dataset.publisher = "urn:ngsi-ld:Organization:x";
  request.accept_findings = request.acknowledge_disclosure = true;
  EXPECT_FALSE(check_publication(*up.view(), request)) << "個人番号 may not be published by anybody";
  for (const std::string& name : names) ASSERT_TRUE(up.repair("personal:" + name));
  ASSERT_TRUE(up.repair("exact_age:年齢"));
  EXPECT_EQ(up.cell(0, "年齢"), "40代");
  EXPECT_TRUE(up.analysis().disclosure.personal.empty());
}

TEST(Standards, AllFourteenHaveMappings) {
  EXPECT_EQ(standards().size(), 14u);
  for (const Standard& standard : standards()) {
    EXPECT_FALSE(standard.id.empty()) << standard.key;
    EXPECT_FALSE(standard.entity_type.empty()) << standard.key;
  }
  EXPECT_EQ(plain_name("名称（カナ）"), plain_name("名称_かな"));
}

}  // namespace
}  // namespace tsunagu::catalog
