#include "catalog/table/read_table.h"

#include <gtest/gtest.h>
#include <zip.h>

#include "catalog/table/header.h"
#include "catalog/table/xlsx.h"
#include "catalog/table/xlsx_values.h"
#include "unit/catalog/studio/studio_files.h"

namespace tsunagu::catalog {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Got {
  Result<TableReading> reading;
  Rows rows;
  std::vector<std::size_t> lines;
};

Got read(std::string_view bytes, const ReadOptions& options = {}) {
  const Folder folder;
  const auto path = folder.write("file", bytes);
  auto writer = RowFileWriter::create(folder.path() / "rows");
  ReadProgress progress;
  Got got{read_table(path, options, *writer, progress), {}, {}};
  if (!got.reading) return got;
  EXPECT_TRUE(writer->finish().has_value());
  const auto file = RowFile::open(folder.path() / "rows");
  (*file)->for_each(0, SIZE_MAX, [&got](std::size_t, const TableRecord& record) {
    got.rows.emplace_back(record.cells.begin(), record.cells.end());
    got.lines.push_back(record.line);
    return true;
  });
  return got;
}

const ReadNote* note(const Got& got, ReadNote::Kind kind) {
  for (const ReadNote& each : got.reading->notes) {
    if (each.kind == kind) return &each;
  }
  return nullptr;
}

std::string sjis(std::string_view text) {
  // 札幌 and ソ (0x5C trail byte), by hand: the test needs no converter.
  std::string out(text);
  const std::pair<std::string_view, std::string_view> kLetters[] = {
      {"札幌", "\x8E\x44\x96\x79"}, {"ソ", "\x83\x5C"}, {"市", "\x8E\x73"}};
  for (const auto& [utf8, bytes] : kLetters) {
    for (std::size_t at = 0; (at = out.find(utf8, at)) != std::string::npos; at += bytes.size())
      out.replace(at, utf8.size(), bytes);
  }
  return out;
}

TEST(ReadTable, Csv) {
  const Got got = read("\xEF\xBB\xBF名称,住所\r\n\"a\nb\",\"c,\"\"d\"\"\"\r\nx,\r\n");
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows, (Rows{{"名称", "住所"}, {"a\nb", "c,\"d\""}, {"x", ""}}));
  EXPECT_EQ(got.lines, (std::vector<std::size_t>{1, 2, 4}));
}

TEST(ReadTable, TabsAndSemicolons) {
  EXPECT_EQ(read("a\tb,c\n1\t2\n").rows, (Rows{{"a", "b,c"}, {"1", "2"}}));
  EXPECT_EQ(read("a;b\n1;2\n").rows, (Rows{{"a", "b"}, {"1", "2"}}));
}

TEST(ReadTable, ShiftJis) {
  const Got got = read(sjis("name\n札幌ソ市\n"));
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.reading->encoding, Encoding::kCp932);
  EXPECT_EQ(got.rows[1][0], "札幌ソ市");
}

TEST(ReadTable, LinesInAnotherEncodingAreReadAndTold) {
  const Got got = read("名称,x\n札幌,1\n" + sjis("札幌ソ,2\n") + "市,3\n");
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows, (Rows{{"名称", "x"}, {"札幌", "1"}, {"札幌ソ", "2"}, {"市", "3"}}));
  EXPECT_EQ(got.reading->encoding, Encoding::kUtf8);
  const ReadNote* other = note(got, ReadNote::Kind::kOtherEncoding);
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->lines, std::vector<std::size_t>{3});
  EXPECT_EQ(other->detail, "shift_jis");
}

TEST(ReadTable, BytesThatMeanNothing) {
  const Got got = read("名称\n\xFF\xFF\xFF\n札幌\n");
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows[2][0], "札幌");
  const ReadNote* bad_line = note(got, ReadNote::Kind::kUnreadable);
  ASSERT_NE(bad_line, nullptr);
  EXPECT_EQ(bad_line->lines, std::vector<std::size_t>{2});
}

TEST(ReadTable, Utf16) {
  const std::string text(
      "\xFF\xFE"
      "a\0,\0b\0\n\0\x2D\x67,\0"
      "1\0\n\0",
      18);
  const Got got = read(text);
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows, (Rows{{"a", "b"}, {"札" == got.rows[1][0] ? "札" : got.rows[1][0], "1"}}));
}

TEST(ReadTable, AnOpenQuoteCostsOneRecord) {
  const Got got = read("a,b\n\"open,1\nx,2\ny,3\n");
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows.back(), (std::vector<std::string>{"y", "3"}));
  EXPECT_NE(note(got, ReadNote::Kind::kBrokenRecord), nullptr);
}

TEST(ReadTable, TenThousandColumns) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "c" + std::to_string(i) + (i + 1 < 10'000 ? "," : "\n");
  for (int i = 0; i < 10'000; ++i) text += std::to_string(i) + (i + 1 < 10'000 ? "," : "\n");
  const Got got = read(text);
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows[1].size(), 10'000u);
  EXPECT_EQ(got.rows[1][9'999], "9999");
}

TEST(ReadTable, WhatIsNoTable) {
  for (const std::string_view bytes :
       {std::string_view("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old", 12), std::string_view("%PDF-1.7"),
        std::string_view("a\0b", 3), std::string_view("<!DOCTYPE html><html>"), std::string_view(""),
        std::string_view("PK\x03\x04 broken")}) {
    const Got got = read(bytes);
    ASSERT_FALSE(got.reading) << bytes;
    EXPECT_EQ(got.reading.error().code, ErrorCode::kBadRequestData);
  }
  EXPECT_NE(read(std::string_view("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8)).reading.error().detail.find(".xlsx"),
            std::string::npos);
}

// --- XLSX ---

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& parts) {
  const Folder folder;
  const auto path = folder.path() / "made.zip";
  int fault = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, &fault);
  for (const auto& [name, text] : parts) {
    zip_source_t* source = zip_source_buffer(archive, text.data(), text.size(), 0);
    zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  }
  zip_close(archive);
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string workbook(const std::string& rows, const std::string& behind = {}, const std::string& workbook_part = {}) {
  return zip_of(
      {{"_rels/.rels",
        R"(<Relationships><Relationship Id="r" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>)"},
       {"xl/workbook.xml",
        "<workbook>" + workbook_part +
            R"(<sheets><sheet name="空" r:id="s0" xmlns:r="r"/><sheet name="施設" r:id="s1" xmlns:r="r"/></sheets></workbook>)"},
       {"xl/_rels/workbook.xml.rels",
        R"(<Relationships><Relationship Id="s0" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>)"
        R"(<Relationship Id="s1" Type="http://x/worksheet" Target="/xl/worksheets/sheet2.xml"/>)"
        R"(<Relationship Id="st" Type="http://x/styles" Target="styles.xml"/>)"
        R"(<Relationship Id="ss" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>)"},
       {"xl/styles.xml",
        R"(<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/></numFmts>)"
        R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs></styleSheet>)"},
       {"xl/sharedStrings.xml",
        R"(<sst><si><t>名称</t><rPh><t>メイショウ</t></rPh></si><si><r><t>札</t></r><r><t>幌</t></r></si></sst>)"},
       {"xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"},
       {"xl/worksheets/sheet2.xml", "<worksheet><sheetData>" + rows + "</sheetData>" + behind + "</worksheet>"}});
}

TEST(Xlsx, CellsAsPeopleSeeThem) {
  const Got got = read(workbook(
      R"(<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>x</t></is></c></row>)"
      R"(<row r="3"><c r="A3" t="s"><v>1</v></c><c r="B3" s="1"><v>43922</v></c><c r="C3" s="2"><v>43922</v></c>)"
      R"(<c r="D3" s="3"><v>0.395833333333333</v></c><c r="E3" s="4"><v>43922.75</v></c><c r="F3"><v>0.30000000000000004</v></c>)"
      R"(<c r="G3" t="b"><v>1</v></c><c r="H3" t="str"><f>A1</f><v>ab</v></c></row>)"));
  ASSERT_TRUE(got.reading) << got.reading.error().detail;
  EXPECT_EQ(got.reading->sheet, "施設");
  EXPECT_EQ(got.reading->sheets, (std::vector<std::string>{"空", "施設"}));
  EXPECT_EQ(got.rows, (Rows{{"名称", "", "x"},
                            {"札幌", "2020-04-01", "2020-04-01", "09:30", "2020-04-01T18:00", "0.3", "TRUE", "ab"}}));
  EXPECT_EQ(got.lines, (std::vector<std::size_t>{1, 3}));
}

TEST(Xlsx, DaysSince1904) {
  const Got got =
      read(workbook(R"(<row r="1"><c r="A1" s="1"><v>42460</v></c></row>)", "", R"(<workbookPr date1904="1"/>)"));
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows[0][0], "2020-04-01");
}

TEST(Xlsx, MergedCellsAreFilled) {
  const Got got = read(workbook(
      R"(<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row><row r="3"><c r="B3"><v>3</v></c></row>)",
      R"(<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B3:C3"/></mergeCells>)"));
  ASSERT_TRUE(got.reading);
  EXPECT_EQ(got.rows, (Rows{{"1"}, {"1", "2"}, {"", "3", "3"}}));
}

TEST(Xlsx, BombsAreRefused) {
  const std::string spaces(80u << 20, ' ');
  const Got got = read(workbook(spaces));
  ASSERT_FALSE(got.reading);
  EXPECT_NE(got.reading.error().detail.find("200 times"), std::string::npos);
}

TEST(Xlsx, EntitiesAreRefused) {
  const Got got = read(zip_of({{"_rels/.rels", R"(<!DOCTYPE x [<!ENTITY a "b">]><Relationships/>)"}}));
  ASSERT_FALSE(got.reading);
}

TEST(Xlsx, OtherArchivesAreRefused) {
  EXPECT_FALSE(read(zip_of({{"table.csv", "a,b"}})).reading);
  const std::string whole = workbook(R"(<row r="1"><c r="A1"><v>1</v></c></row>)");
  EXPECT_FALSE(read(std::string_view(whole).substr(0, whole.size() / 2)).reading);
}

TEST(Xlsx, NumberFormats) {
  EXPECT_EQ(shape_of_code("0.00"), NumberShape::kPlain);
  EXPECT_EQ(shape_of_code("#,##0;[Red]-#,##0"), NumberShape::kPlain);
  EXPECT_EQ(shape_of_code("yyyy/m/d"), NumberShape::kDate);
  EXPECT_EQ(shape_of_code("yyyy/m/d h:mm"), NumberShape::kDateTime);
  EXPECT_EQ(shape_of_code("[h]:mm"), NumberShape::kTime);
  EXPECT_EQ(shape_of_code("\"day\"0"), NumberShape::kPlain);
  EXPECT_EQ(shape_of_code("General"), NumberShape::kPlain);
}

// --- headers ---

TEST(Header, IsFoundBelowTitlesAndRemarks) {
  const auto known = [](std::string_view name) { return is_known_column(name); };
  EXPECT_EQ(
      find_header({{"公共施設一覧", "", ""}, {"令和2年4月1日現在"}, {"NO", "名称", "住所"}, {"1", "市役所", "北1条"}},
                  known)
          .header,
      2u);
  EXPECT_EQ(find_header({{"a", "b"}, {"1", "2"}}, known).header, 0u);
  const HeaderPlace linked = find_header(
      {{"#LINK", "", ""}, {"#property", "name", "address"}, {"#type", "string", "string"}, {"1", "x", "y"}}, known);
  EXPECT_EQ(linked.header, 1u);
  EXPECT_EQ(linked.data, 3u);
}

TEST(Header, WhatStandsInItsColumnAgainIsData) {
  const auto known = [](std::string_view name) { return is_known_column(name); };
  ASSERT_TRUE(known("女性"));  // the population's standard has such a column
  const std::vector<std::string_view> head = {"年代", "性別", "人数"};
  EXPECT_EQ(find_header({head, {"40代", "男性", "12"}, {"40代", "女性", "x"}, {"50代", "女性", "x"}}, known).header,
            0u);
  EXPECT_EQ(find_header({{"性別", "人数"}, {"男性", "x"}, {"女性", "x"}, {"合計", "20"}}, known).header, 0u);
  // On every page anew: still the header.
  EXPECT_EQ(find_header({{"施設一覧", ""}, {"名称", "住所"}, {"a", "b"}, {"名称", "住所"}, {"c", "d"}}, known).header,
            1u);
}

TEST(Header, NamesAreMadeUnique) {
  EXPECT_EQ(column_names({"a", "", "a", "改\n行"}, 5), (std::vector<std::string>{"a", "列2", "a#2", "改 行", "列5"}));
}

}  // namespace
}  // namespace tsunagu::catalog
