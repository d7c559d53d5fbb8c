#include "catalog/datasets.h"

#include "catalog/dataset_index.h"
#include "catalog/download_counts.h"
#include "catalog/fold.h"
#include "catalog/quality.h"
#include "catalog/table.h"
#include "catalog_sample.h"

namespace tsunagu::catalog {
namespace {

TEST(Datasets, WhatIsSavedIsFound) {
  Sample sample;
  Dataset dataset;
  dataset.name = "shelters";
  dataset.title = {{"en", "Shelters"}, {"ja", "避難所"}};
  dataset.publisher = "urn:ngsi-ld:Municipality:011002";
  dataset.keyword = {"防災", "避難"};
  dataset.theme = {"just"};
  dataset.accrual_periodicity = "annual";
  dataset.contact_point = {"防災課", "bosai@example.lg.jp", "", ""};
  dataset.temporal_start = "2020-04-01";
  dataset.quality = Quality{3, 0.9, 1, 0.8, 78};
  Distribution query;
  query.content = QueryContent{"Shelter", "capacity>10", {"name", "capacity"}};
  Distribution link;
  link.content = LinkContent{"https://example.org/a.csv"};
  ASSERT_TRUE(sample.datasets.save({}, dataset, {query, link}));
  const auto found = sample.datasets.find({}, "shelters");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, dataset.title);
  EXPECT_EQ(found->contact_point, dataset.contact_point);
  EXPECT_EQ(found->temporal_start, "2020-04-01");
  EXPECT_EQ(found->quality->validity, 0.8);
  EXPECT_NE(found->issued, kNoInstant);
  ASSERT_EQ(found->distribution,
            (std::vector<std::string>{distribution_id("shelters", 1), distribution_id("shelters", 2)}));
  const auto both = sample.datasets.distributions({}, *found);
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ(std::get<QueryContent>((*both)[0].content).q, "capacity>10");
  EXPECT_EQ(std::get<LinkContent>((*both)[1].content).url, "https://example.org/a.csv");

  ASSERT_TRUE(sample.datasets.save({}, dataset, {(*both)[1]}));
  EXPECT_EQ(sample.datasets.find({}, "shelters")->distribution.size(), 1u);
  EXPECT_FALSE(sample.datasets.distribution({}, distribution_id("shelters", 1)));
  ASSERT_TRUE(sample.datasets.remove({}, "shelters"));
  EXPECT_EQ(sample.datasets.find({}, "shelters").error().code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(sample.datasets.remove({}, "shelters").error().code, ErrorCode::kResourceNotFound);
}

TEST(Datasets, NoQueryOfPersonsIsPublished) {
  Sample sample;
  sample.put(R"([{"id":"urn:ngsi-ld:CarePlan:1","type":"CarePlan","name":"n"}])");
  Dataset dataset;
  dataset.name = "plans";
  dataset.title = {{"en", "Plans"}};
  dataset.publisher = "urn:ngsi-ld:Organization:x";
  Distribution query;
  query.content = QueryContent{"CarePlan", "", {}};
  ASSERT_TRUE(sample.datasets.save({}, dataset, {query}));  // nobody said yet that they are about persons
  const auto known = sample.datasets.distribution({}, distribution_id("plans", 1));
  ASSERT_TRUE(known);
  EXPECT_TRUE(open_table(sample.datasets, {}, *known));
  const ngsi::TermId personal = ngsi::core_context()->find("CarePlan");
  sample.datasets.set_personal([personal](store::TenantId, ngsi::TermId type) { return type == personal; });
  EXPECT_EQ(sample.datasets.save({}, dataset, {query}).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(open_table(sample.datasets, {}, *known).error().code, ErrorCode::kForbidden);
  EXPECT_EQ(columns_of(sample.datasets, {}, *known).error().code, ErrorCode::kForbidden);
  query.content = QueryContent{"Shelter", "", {}};
  EXPECT_TRUE(sample.datasets.save({}, dataset, {query}));
}

TEST(Datasets, WhatIsNoneIsRefusedAndNothingIsChanged) {
  Sample sample;
  Dataset dataset;
  dataset.title = {{"ja", "x"}};
  for (const char* name : {"", "a", "../x", "Großbuchstabe", "a b"}) {
    dataset.name = name;
    EXPECT_EQ(sample.datasets.save({}, dataset, {}).error().code, ErrorCode::kBadRequestData) << name;
  }
  dataset.name = "good";
  Distribution wrong;
  wrong.content = LinkContent{"javascript:alert(1)"};
  EXPECT_FALSE(sample.datasets.save({}, dataset, {wrong}));
  wrong.content = FileContent{FileId{std::string(64, 'a')}, "x.csv", 0, 1, {}, std::nullopt, ""};
  EXPECT_EQ(sample.datasets.save({}, dataset, {wrong}).error().code, ErrorCode::kResourceNotFound);
  dataset.accrual_periodicity = "sometimes";
  EXPECT_FALSE(sample.datasets.save({}, dataset, {}));
  EXPECT_FALSE(sample.datasets.find({}, "good"));
}

TEST(Datasets, AVersionIsWhatTheFileWas) {
  Sample sample;
  sample.save_file("sites", "id,name\n1,a\n");
  const std::string id = distribution_id("sites", 1);
  sample.save_file("sites", "id,name\n1,a\n");  // the same bytes
  EXPECT_EQ(std::get<FileContent>(sample.datasets.distribution({}, id)->content).version, 1u);
  sample.save_file("sites", "id,name\n1,b\n");
  sample.save_file("sites", "id,name\n1,c\n");
  const auto versions = sample.datasets.versions({}, id);
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 3u);
  EXPECT_EQ((*versions)[0].content.version, 3u);
  EXPECT_EQ((*versions)[2].content.version, 1u);
  EXPECT_EQ((*versions)[2].byte_size, 12u);
  EXPECT_LT((*versions)[2].modified, (*versions)[1].modified);
  // A data set that comes back goes on counting.
  ASSERT_TRUE(sample.datasets.remove({}, "sites"));
  sample.save_file("sites", "id,name\n1,d\n");
  EXPECT_EQ(std::get<FileContent>(sample.datasets.distribution({}, id)->content).version, 4u);
}

TEST(Datasets, EntitiesOfOthersAreReadAsFarAsTheyGo) {
  Sample sample;
  sample.put(R"([{"id":"urn:ngsi-ld:Dataset:odd","type":"Dataset","title":"only a text","theme":5,
    "landingPage":"javascript:x","quality":{"stars":99}},
    {"id":"urn:ngsi-ld:Dataset:BAD","type":"Dataset"},
    {"id":"urn:ngsi-ld:Distribution:odd:1","type":"Distribution","content":{"kind":"file","file":"../../etc/passwd"}}])");
  const auto odd = sample.datasets.find({}, "odd");
  ASSERT_TRUE(odd);
  EXPECT_EQ(text_in(odd->title, "en"), "only a text");
  EXPECT_EQ(odd->landing_page, "");
  EXPECT_EQ(odd->quality->stars, 5);
  EXPECT_FALSE(sample.datasets.distribution({}, "urn:ngsi-ld:Distribution:odd:1"));
}

TEST(DatasetIndex, FindsWordsInAnyFormRankedByWhereTheyAre) {
  Sample sample;
  DatasetIndex index(sample.broker);
  Dataset dataset;
  const auto save = [&](const char* name, const char* title, const char* keyword, const char* description) {
    dataset.name = name;
    dataset.title = {{"ja", title}};
    dataset.keyword = {keyword};
    dataset.description = {{"ja", description}};
    ASSERT_TRUE(sample.datasets.save({}, dataset, {}));
  };
  save("in-text", "一覧", "観光", "ハザードマップの説明");
  save("in-title", "ﾊｻﾞｰﾄﾞﾏｯﾌﾟ", "観光", "");
  save("in-keyword", "地図", "ハザードマップ", "");
  save("other", "人口", "統計", "");
  DatasetQuery query;
  query.words = words_of("ハザードＭＡＰ");
  EXPECT_EQ(index.search({}, query).count, 0u);
  query.words = words_of("　ハザードマップ ");
  const DatasetMatches matches = index.search({}, query);
  ASSERT_EQ(matches.page.size(), 3u);
  EXPECT_EQ(matches.page[0]->dataset.name, "in-title");
  EXPECT_EQ(matches.page[1]->dataset.name, "in-keyword");
  EXPECT_EQ(matches.page[2]->dataset.name, "in-text");
  EXPECT_EQ(matches.facets[static_cast<std::size_t>(Facet::kKeyword)].at("観光"), 2u);
  ASSERT_TRUE(sample.datasets.remove({}, "in-title"));
  EXPECT_EQ(index.search({}, query).count, 2u);
  query.has = {{Facet::kKeyword, {"観光"}}};
  EXPECT_EQ(index.search({}, query).count, 1u);
  query.words = {};
  query.has = {};
  query.lacks = {{Facet::kKeyword, {"観光"}}};
  EXPECT_EQ(index.search({}, query).count, 2u);
}

TEST(DownloadCounts, AreInTheGraphWhenItStops) {
  Sample sample;
  sample.save_file("sites", "a\n1\n");
  const std::string id = distribution_id("sites", 1);
  DownloadCounts counts(sample.broker.store, std::chrono::hours(1));
  counts.count({}, id);
  counts.count({}, id);
  counts.count({}, "urn:ngsi-ld:Distribution:gone:1");
  EXPECT_EQ(counts.waiting({}, id), 2u);
  counts.stop();
  EXPECT_EQ(counts.waiting({}, id), 0u);
  EXPECT_EQ(sample.datasets.distribution({}, id)->download_count, 2u);
  sample.save_file("sites", "a\n2\n");
  EXPECT_EQ(sample.datasets.distribution({}, id)->download_count, 2u);
}

TEST(Quality, FreshnessFallsWithAge) {
  Dataset dataset;
  dataset.accrual_periodicity = "monthly";
  dataset.modified = *parse_date("2020-01-01");
  EXPECT_EQ(freshness_of(dataset, {}, *parse_date("2020-01-20")), 1);
  EXPECT_NEAR(freshness_of(dataset, {}, *parse_date("2020-03-19")), 0.5, 0.02);
  EXPECT_EQ(freshness_of(dataset, {}, *parse_date("2021-01-01")), 0);
  dataset.accrual_periodicity = "never";
  EXPECT_EQ(freshness_of(dataset, {}, *parse_date("2021-01-01")), 1);
}

TEST(Quality, StarsNeedAnOpenLicence) {
  Sample sample;
  Dataset dataset;
  Distribution pdf, csv, live;
  pdf.format = "PDF";
  pdf.content = LinkContent{"https://example.org/a.pdf"};
  csv.content = FileContent{};
  live.content = QueryContent{"Site", "", {}};
  const auto stars = [&](std::vector<Distribution> all) { return stars_of(dataset, all, sample.broker.store, {}); };
  EXPECT_EQ(stars({pdf}), 1);
  EXPECT_EQ(stars({pdf, csv}), 3);
  EXPECT_EQ(stars({live}), 4);
  sample.put(R"([{"id":"urn:ngsi-ld:Site:1","type":"Site","ref":{"type":"Relationship","object":"urn:a:b"}}])");
  EXPECT_EQ(stars({live}), 5);
  dataset.license = "https://creativecommons.org/licenses/by-nd/4.0/";
  EXPECT_EQ(stars({live}), 1);
}

TEST(Fold, WidthCaseAndSpacesDoNotCount) {
  EXPECT_EQ(fold("ﾊｻﾞｰﾄﾞ　Ｍａｐ"), "ハザード map");
  EXPECT_EQ(fold("  A \t b "), "a b");
}

}  // namespace
}  // namespace tsunagu::catalog
