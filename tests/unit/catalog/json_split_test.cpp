#include "catalog/import/json_split.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/import/json_walk.h"

namespace tsunagu::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Split {
  std::vector<std::string> records, faults;
  std::size_t lists_lacking = 0;
};

Split split(std::string_view text, const std::string& list = "", std::size_t chunk = 1 << 20) {
  Split out;
  JsonSplitter splitter(
      list,
      {[&](std::string_view json, std::size_t line) { out.records.push_back(fmt::format("{}: {}", line, json)); },
       [&](std::size_t line, const std::string& reason) { out.faults.push_back(fmt::format("{}: {}", line, reason)); },
       [&](std::size_t) { ++out.lists_lacking; }});
  for (std::size_t at = 0; at < text.size(); at += chunk) splitter.feed(text.substr(at, chunk));
  splitter.finish();
  return out;
}

TEST(JsonSplit, TheShapesOfRecords) {
  EXPECT_THAT(split("[{\"a\":[1,{}]},\n {\"b\":\"]}\"} ]").records,
              ElementsAre("1: {\"a\":[1,{}]}", "2: {\"b\":\"]}\"}"));
  EXPECT_THAT(split("{\"a\":1}\n{\"b\":2}").records, ElementsAre("1: {\"a\":1}", "2: {\"b\":2}"));
  EXPECT_THAT(
      split("{\"type\":\"F\",\"x\":{\"features\":[9]},\"features\":[{\"a\":1},{}],\"y\":null}", "features").records,
      ElementsAre("1: {\"a\":1}", "1: {}"));
  EXPECT_THAT(split("[]").records, IsEmpty());
  EXPECT_THAT(split("").faults, IsEmpty());
  EXPECT_THAT(split("[1, \"a\\\"]\", null]").records, ElementsAre("1: 1", "1: \"a\\\"]\"", "1: null"));
  EXPECT_EQ(split("{\"type\":\"unavailable\"}", "features").lists_lacking, 1U);
  EXPECT_EQ(split("{}", "features").lists_lacking, 1U);
}

TEST(JsonSplit, TheCutBetweenChunksDoesNotMatter) {
  const std::string text = "{\"t\": \"\\\\\", \"features\" : [ {\"a\":\"\\\"}\"} , 12 ,{\"b\":[[]]}], \"z\":[1]}";
  for (std::size_t chunk = 1; chunk < 9; ++chunk) {
    EXPECT_THAT(split(text, "features", chunk).records,
                ElementsAre("1: {\"a\":\"\\\"}\"}", "1: 12", "1: {\"b\":[[]]}"));
    EXPECT_THAT(split(text, "features", chunk).faults, IsEmpty());
  }
}

TEST(JsonSplit, BrokenStructureIsReported) {
  EXPECT_THAT(split("[{},\n{\"a\":1").faults, ElementsAre("2: the text ends inside the record that begins in line 2"));
  EXPECT_THAT(split("[{}").faults, ElementsAre("1: the text ends before the list is closed"));
  EXPECT_THAT(split("[{} {}]").faults, ElementsAre("1: expected ',' or ']' between two items of the list"));
  EXPECT_THAT(split("[,]").faults, ElementsAre("1: expected a value, not ','"));
  EXPECT_THAT(split("{\"a\" 1}", "f").faults, ElementsAre("1: expected ':' after a member name"));
  EXPECT_THAT(split("{\"f\":[1],}", "f").faults, ElementsAre("1: expected a member name in double quotes"));
  EXPECT_THAT(split("[" + std::string(JsonSplitter::kMaxRecord + 10, '[')).faults.size(), 1U);
}

TEST(JsonWalk, MembersAndElements) {
  std::vector<std::string> seen;
  for_each_member(
      R"({"a":1,"b":{"c":"},"},"d\"":[1,[2]],"e":"","f":true})",
      [&](const std::string& name, std::string_view value) { seen.push_back(name + "=" + std::string(value)); });
  EXPECT_THAT(seen, ElementsAre("a=1", "b={\"c\":\"},\"}", "d\"=[1,[2]]", "e=\"\"", "f=true"));
  seen.clear();
  for_each_element(R"([1,"a,]",{"x":[]},[]])", [&](std::string_view value) { seen.emplace_back(value); });
  EXPECT_THAT(seen, ElementsAre("1", "\"a,]\"", "{\"x\":[]}", "[]"));
  for_each_element("[]", [&](std::string_view) { FAIL(); });
  for_each_member("{}", [&](const std::string&, std::string_view) { FAIL(); });
}

}  // namespace
}  // namespace tsunagu::catalog
