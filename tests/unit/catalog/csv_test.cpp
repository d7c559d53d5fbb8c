#include "catalog/import/csv.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tsunagu::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  std::vector<std::string> records;  // "line: a|b"
  std::vector<std::string> faults;   // "line: reason"
};

Read read(std::string_view text, char delimiter = ',', std::size_t chunk = 1 << 20) {
  Read out;
  CsvReader reader(delimiter, {[&](CsvRecord& record) {
                                 std::string line = fmt::format("{}:", record.line);
                                 for (std::size_t i = 0; i < record.fields.size(); ++i)
                                   line += (i == 0 ? " " : "|") + record.fields[i];
                                 out.records.push_back(line);
                               },
                               [&](std::size_t line, const std::string& reason) {
                                 out.faults.push_back(fmt::format("{}: {}", line, reason));
                               }});
  for (std::size_t at = 0; at < text.size(); at += chunk) reader.feed(text.substr(at, chunk));
  reader.finish();
  return out;
}

TEST(Csv, QuotesLineEndsAndEmptyFields) {
  EXPECT_THAT(read("a,b\r\n1,\"x,\"\"y\"\"\"\r\n\"two\r\nlines\",\r\n,\n").records,
              ElementsAre("1: a|b", "2: 1|x,\"y\"", "3: two\nlines|", "5: |"));
  EXPECT_THAT(read("a\rb\rc").records, ElementsAre("1: a", "2: b", "3: c"));
  EXPECT_THAT(read("a;b\tc", ';').records, ElementsAre("1: a|b\tc"));
  EXPECT_THAT(read("5\" disk,b\n").records, ElementsAre("1: 5\" disk|b"));
  EXPECT_THAT(read("\n\na\n\n").records, ElementsAre("3: a"));
  EXPECT_THAT(read("\"\"").records, ElementsAre("1: "));
  EXPECT_TRUE(read("").records.empty());
}

TEST(Csv, TheCutBetweenChunksDoesNotMatter) {
  const std::string text = "a,\"b\r\nc\"\"\",d\r\n\"x\"y,\r\n1,\"2\n3,4\n";
  const Read whole = read(text);
  for (std::size_t chunk = 1; chunk < 7; ++chunk) {
    EXPECT_EQ(read(text, ',', chunk).records, whole.records);
    EXPECT_EQ(read(text, ',', chunk).faults, whole.faults);
  }
}

TEST(Csv, AnUnclosedQuoteCostsOneRecord) {
  const Read out = read("a,b\n1,\"never closed\n2,x\n3,y\n");
  EXPECT_THAT(out.records, ElementsAre("1: a|b", "3: 2|x", "4: 3|y"));
  EXPECT_THAT(out.faults, ElementsAre("2: the quote opened in field 2 is never closed"));
}

TEST(Csv, AnUnclosedQuoteThatMeetsAnotherOneCostsOneRecord) {
  const Read out = read("1,\"open\n2,\"x\"\n3,y\n");
  EXPECT_THAT(out.faults, ElementsAre("1: text after the closing quote of field 2"));
  EXPECT_THAT(out.records, ElementsAre("2: 2|x", "3: 3|y"));
}

TEST(Csv, AnUnclosedQuoteInAHugeFileIsFoundEarly) {
  std::string text = "1,\"open\n";
  for (int i = 0; i < 400'000; ++i) text += "2,x,y\n";
  const Read out = read(text, ',', 65536);
  EXPECT_EQ(out.records.size(), 400'000U);
  ASSERT_EQ(out.faults.size(), 1U);
  EXPECT_THAT(out.faults[0], HasSubstr("1: the quote opened in field 2 is not closed within"));
}

TEST(Csv, ManyUnclosedQuotesTakeNoForever) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "\"\n\"x\n";
  const Read out = read(text, ',', 65536);
  EXPECT_GT(out.faults.size(), 0U);
}

TEST(Csv, HugeFieldsAndRecordsAreRefusedAndTheRestIsRead) {
  const std::string huge(3 * CsvReader::kMaxRecord, 'x');
  EXPECT_THAT(read(huge + "\nok\n").records, ElementsAre("2: ok"));
  EXPECT_THAT(read("\"" + huge + "\"\nok\n").records, ElementsAre("2: ok"));
  const Read wide = read(std::string(1'000'000, ',') + "\nok\n");
  EXPECT_THAT(wide.records, ElementsAre("2: ok"));
  EXPECT_THAT(wide.faults, ElementsAre("1: more than 16384 fields"));
}

TEST(Csv, NulAndTruncation) {
  EXPECT_THAT(read(std::string("a\0b,c", 5)).records, ElementsAre(std::string("1: a\0b|c", 8)));
  EXPECT_THAT(read("a,b\n1").records, ElementsAre("1: a|b", "2: 1"));
  EXPECT_THAT(read("a,b\n1,\"x").faults, ElementsAre("2: the quote opened in field 2 is never closed"));
}

}  // namespace
}  // namespace tsunagu::catalog
