#include "catalog/rdf/rdf.h"

#include <gmock/gmock.h>

#include "catalog/dcat.h"
#include "catalog/harvest/harvest.h"
#include "catalog_sample.h"

namespace tsunagu::catalog {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::string_view kBase = "https://example.org/catalog";

std::string written(RdfForm form, const std::vector<RdfTriples>& groups) {
  const auto writer = rdf_writer(form);
  std::string out;
  writer->begin(out);
  for (const RdfTriples& group : groups) writer->add(out, group);
  writer->end(out);
  return out;
}

/// Statements as lines, blank nodes without their labels.
std::multiset<std::string> lines(const RdfGraph& graph) {
  std::multiset<std::string> out;
  const auto text = [](const RdfNode& node) {
    return node.kind == RdfNode::Kind::kBlank ? std::string("_")
                                              : node.text + "@" + node.language + "^" + node.datatype;
  };
  for (const auto& [subject, statements] : graph.nodes()) {
    for (const auto& [predicate, object] : statements) out.insert(text(subject) + " " + predicate + " " + text(object));
  }
  return out;
}

IndexedDataset indexed() {
  IndexedDataset made;
  Dataset& dataset = made.dataset;
  dataset.name = "sites";
  dataset.title = {{"en", "Sites <&> \"quoted\""}, {"ja", "避難場所\nと改行"}};
  dataset.description = {{"ja", "説明 \\ と 'いろいろ'"}};
  dataset.publisher = "urn:ngsi-ld:Organization:city";
  dataset.keyword = {"防災", "a b"};
  dataset.theme = {"just"};
  dataset.accrual_periodicity = "monthly";
  dataset.contact_point = {"課", "a@example.org", "011-231-4111", "https://example.org/"};
  dataset.issued = *parse_instant("2020-01-01T00:00:00Z");
  dataset.modified = *parse_instant("2020-02-01T00:00:00.5Z");
  dataset.temporal_start = "2019-01-01";
  Distribution file, link;
  file.id = distribution_id("sites", 1);
  file.format = "CSV";
  file.byte_size = 42;
  file.content = FileContent{FileId{std::string(64, '0')}, "", 1, 1, {}, std::nullopt, ""};
  link.id = distribution_id("sites", 2);
  link.format = "PDF";
  link.content = LinkContent{"https://example.org/a.pdf?x=1&y=2"};
  made.distributions = {file, link};
  return made;
}

class Forms : public testing::TestWithParam<RdfForm> {};

TEST_P(Forms, WhatIsWrittenIsRead) {
  Sample sample;
  IndexedDataset first = indexed(), second = indexed();
  second.dataset.name = "other";
  const std::vector<RdfTriples> groups{describe_catalog("https://example.org"),
                                       describe_dataset(first, sample.broker.store, {}, "https://example.org", true),
                                       describe_dataset(second, sample.broker.store, {}, "https://example.org", true)};
  const std::string text = written(GetParam(), groups);
  const auto graph = read_rdf(GetParam(), text, kBase);
  ASSERT_TRUE(graph) << graph.error().detail << "\n" << text;
  RdfGraph expected;
  // The catalogue's links to its data sets stand behind each data set.
  for (const RdfTriples& group : groups) {
    for (const RdfTriple& triple : group) {
      const bool nested = GetParam() == RdfForm::kJsonLd && triple.predicate == "http://www.w3.org/ns/dcat#dataset";
      if (!nested) expected.add(triple);
    }
  }
  EXPECT_EQ(lines(*graph), lines(expected)) << text;
  std::vector<Harvested> records;
  const auto count = read_dcat(*graph, "https://example.org/c",
                               {[&](Harvested record) { records.push_back(std::move(record)); },
                                [](const std::string&, const std::string& why) { ADD_FAILURE() << why; }});
  ASSERT_TRUE(count) << text;
  ASSERT_THAT(records, SizeIs(2));
  const Dataset& got = records[1].dataset;
  EXPECT_EQ(got.name, "sites");
  EXPECT_EQ(got.title, first.dataset.title);
  EXPECT_EQ(got.accrual_periodicity, "monthly");
  EXPECT_EQ(got.contact_point.email, "a@example.org");
  EXPECT_EQ(got.temporal_start, "2019-01-01");
  EXPECT_EQ(got.theme, std::vector<std::string>{"just"});
  EXPECT_EQ(got.license, kCcBy4);
  EXPECT_EQ(records[1].publisher.id, "urn:ngsi-ld:Organization:city");
  EXPECT_THAT(records[1].distributions, SizeIs(4));
}

INSTANTIATE_TEST_SUITE_P(All, Forms, testing::Values(RdfForm::kTurtle, RdfForm::kXml, RdfForm::kJsonLd));

TEST(Rdf, BrokenDocumentsAreErrorsThatSayWhere) {
  EXPECT_THAT(read_rdf(RdfForm::kTurtle, "@prefix a: <b> .\na:x a:y", kBase).error().detail, HasSubstr("line 2"));
  EXPECT_THAT(read_rdf(RdfForm::kXml, "<a>\n<b></a>", kBase).error().detail, HasSubstr("line 2"));
  EXPECT_THAT(read_rdf(RdfForm::kJsonLd, "{\"a\":", kBase).error().detail, HasSubstr("JSON"));
  EXPECT_EQ(read_rdf(RdfForm::kTurtle, "<a> <b> 1, 2, 3 .", kBase, {.triples = 2}).error().code,
            ErrorCode::kContentTooLarge);
  for (const RdfForm form : {RdfForm::kTurtle, RdfForm::kXml, RdfForm::kJsonLd}) {
    for (const char* junk : {"", "\xFF\xFE", "<", "{", "\"", "<rdf:RDF", "[[[[["}) {
      const auto read = read_rdf(form, junk, kBase);
      EXPECT_TRUE(!read || read->nodes().empty()) << junk;
    }
  }
}

TEST(Rdf, EntitiesDoNotGrowWithoutEnd) {
  std::string bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">";
  for (char c = 'b'; c < 'n'; ++c) {
    bomb += std::string("<!ENTITY ") + c + " \"";
    for (int i = 0; i < 10; ++i) bomb += std::string("&") + static_cast<char>(c - 1) + ";";
    bomb += "\">";
  }
  bomb +=
      "]><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:d=\"http://purl.org/dc/terms/\">"
      "<rdf:Description rdf:about=\"x\"><d:title>&m;</d:title></rdf:Description></rdf:RDF>";
  EXPECT_FALSE(read_rdf(RdfForm::kXml, bomb, kBase));
}

TEST(Rdf, XmlFormsOfTheGrammar) {
  const auto graph = read_rdf(RdfForm::kXml, R"(<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns:e="http://e/" xml:base="http://b/dir/" xml:lang="ja">
    <e:Thing rdf:about="one" e:attribute="値"><e:part rdf:parseType="Resource"><e:n rdf:datatype="http://t">5</e:n></e:part>
    <e:to rdf:resource="../two"/><e:nested><rdf:Description rdf:ID="three"/></e:nested><e:blank rdf:nodeID="k"/></e:Thing>
    </rdf:RDF>)",
                              kBase);
  ASSERT_TRUE(graph) << graph.error().detail;
  const std::multiset<std::string> expected{
      "http://b/dir/one@^ http://www.w3.org/1999/02/22-rdf-syntax-ns#type http://e/Thing@^",
      "http://b/dir/one@^ http://e/attribute 値@ja^",
      "http://b/dir/one@^ http://e/part _",
      "_ http://e/n 5@^http://t",
      "http://b/dir/one@^ http://e/to http://b/two@^",
      "http://b/dir/one@^ http://e/nested http://b/dir/#three@^",
      "http://b/dir/one@^ http://e/blank _"};
  EXPECT_EQ(lines(*graph), expected);
}

TEST(Rdf, JsonLdAsOthersWriteIt) {
  const auto graph =
      read_rdf(RdfForm::kJsonLd,
               R"({"@context":{"dcat":"http://www.w3.org/ns/dcat#","t":{"@id":"dct:title","@container":"@language"},
      "dct":"http://purl.org/dc/terms/","page":{"@id":"dcat:landingPage","@type":"@id"}},"@id":"c","@type":"dcat:Catalog",
      "dcat:dataset":[{"@id":"d1","@type":["dcat:Dataset"],"t":{"ja":"題","en":["T"]},"page":"p.html","dcat:keyword":["a",{"@value":"b","@language":"en"}]}]})",
               "http://s/x/");
  ASSERT_TRUE(graph);
  const RdfNode dataset = RdfNode::iri("http://s/x/d1");
  EXPECT_THAT(graph->instances("http://www.w3.org/ns/dcat#Dataset"), SizeIs(1));
  EXPECT_THAT(graph->objects(dataset, "http://purl.org/dc/terms/title"), SizeIs(2));
  EXPECT_EQ(graph->objects(dataset, "http://www.w3.org/ns/dcat#landingPage").at(0), RdfNode::iri("http://s/x/p.html"));
  EXPECT_THAT(graph->objects(dataset, "http://www.w3.org/ns/dcat#keyword"), SizeIs(2));
}

TEST(Harvest, CkanRecordsGoodAndBad) {
  std::vector<Harvested> records;
  std::vector<std::string> faults;
  const auto page = read_ckan_page(R"J({"success":true,"result":{"count":4,"results":[
     {"id":"1","name":"Shelters 2020","title":"避難所","notes":"n","license_id":"cc-by","metadata_modified":"2020-02-01T00:00:00.123456",
      "tags":[{"name":"a"},{"display_name":"b"},{"name":"a"}],"organization":{"name":"city","title":"市"},
      "resources":[{"name":"r","format":"csv","url":"https://x/a.csv","size":12},{"url":"javascript:alert(1)"},{"url":"../../etc"}]},
     {"id":"2","name":"../../etc/passwd"},{"title":"nobody"},5]}})J",
                                   "https://s",
                                   {[&](Harvested r) { records.push_back(std::move(r)); },
                                    [&](const std::string&, const std::string& why) { faults.push_back(why); }});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->count, 4u);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(faults, SizeIs(2));
  const Harvested& first = records[0];
  EXPECT_EQ(first.dataset.name, "shelters-2020");
  EXPECT_EQ(first.dataset.license, kCcBy4);
  EXPECT_EQ(first.dataset.keyword, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(first.dataset.harvested_from, "https://s#1");
  ASSERT_THAT(first.distributions, SizeIs(1));
  EXPECT_EQ(first.distributions[0].format, "CSV");
  EXPECT_EQ(records[1].dataset.name, "etc-passwd");
  for (const char* junk :
       {"", "<html>", "[]", R"({"success":false})", R"({"success":true,"result":{"count":-1,"results":[]}})"}) {
    EXPECT_FALSE(read_ckan_page(junk, "https://s", {})) << junk;
  }
}

TEST(Harvest, NamesAreMadeOfAnything) {
  EXPECT_EQ(name_of("Ａ b／c"), "a-b-c");
  EXPECT_EQ(name_of("避難所"), "");
  EXPECT_EQ(name_of(std::string(300, 'x')).size(), 100u);
  EXPECT_TRUE(valid_name(other_name(std::string(100, 'x'), "https://s#1")));
  EXPECT_EQ(other_name("a1", "x"), other_name("a1", "x"));
  EXPECT_NE(other_name("a1", "x"), other_name("a1", "y"));
}

}  // namespace
}  // namespace tsunagu::catalog
