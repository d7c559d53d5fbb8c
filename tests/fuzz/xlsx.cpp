// XLSX files, and the parts of them: the bytes as an archive, and the same as the sheet, texts and styles of a sound
// one.
#include "catalog/table/xlsx.h"

#include <zip.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace {

using namespace tsunagu::catalog;

void read(std::string_view bytes) {
  auto book = Xlsx::open(bytes);
  if (!book) return;
  for (std::size_t sheet = 0; sheet < (*book)->sheets().size(); ++sheet) {
    std::size_t rows = 0;
    (void)(*book)->read(sheet, {[&rows](std::size_t, std::vector<std::string>& cells) -> tsunagu::Result<void> {
                                  if (cells.empty() || cells.size() > Xlsx::kMaxColumns) std::abort();
                                  for (const std::string& cell : cells) {
                                    if (!tsunagu::valid_utf8(cell)) std::abort();
                                  }
                                  ++rows;
                                  return {};
                                },
                                [&rows](double part) { return part <= 1 && rows < 10'000; }});
  }
}

std::string archive(const std::vector<std::pair<const char*, std::string>>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* whole = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(whole);
  zip_t* zip = zip_open_from_source(whole, ZIP_TRUNCATE, &error);
  for (const auto& [name, text] : parts) {
    const zip_int64_t at = zip_file_add(zip, name, zip_source_buffer(zip, text.data(), text.size(), 0), 0);
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(at), ZIP_CM_STORE, 0);
  }
  zip_close(zip);
  zip_source_open(whole);
  zip_source_seek(whole, 0, SEEK_END);
  std::string out(static_cast<std::size_t>(zip_source_tell(whole)), '\0');
  zip_source_seek(whole, 0, SEEK_SET);
  zip_source_read(whole, out.data(), out.size());
  zip_source_close(whole);
  zip_source_free(whole);
  return out;
}

constexpr const char* kRoot = R"(<r><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></r>)";
constexpr const char* kBook = R"(<workbook><sheets><sheet name="s" id="s"/></sheets></workbook>)";
constexpr const char* kParts =
    R"(<r><Relationship Id="s" Type="x/worksheet" Target="s.xml"/><Relationship Id="t" Type="x/styles" Target="t.xml"/>)"
    R"(<Relationship Id="u" Type="x/sharedStrings" Target="u.xml"/></r>)";
constexpr const char* kSheet =
    R"(<s><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>43922.5</v></c></row></sheetData></s>)";

}  // namespace

// The first byte says which part the others are: styles, texts, sheet, workbook, or the archive as a whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const int part = data[0] % 5;
  if (part == 4) {
    read(bytes);
    return 0;
  }
  read(archive({{"_rels/.rels", kRoot},
                {"xl/workbook.xml", part == 3 ? bytes : kBook},
                {"xl/_rels/workbook.xml.rels", kParts},
                {"xl/t.xml", part == 0 ? bytes : R"(<s><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></s>)"},
                {"xl/u.xml", part == 1 ? bytes : "<s><si><t>a</t></si></s>"},
                {"xl/s.xml", part == 2 ? bytes : kSheet}}));
  return 0;
}
