#include "catalog/table/read_table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "catalog/table/text_table.h"
#include "catalog/table/xlsx.h"

namespace tsunagu::catalog {
namespace {

struct Kind {
  std::string_view begins;
  const char* refusal;
};
// What is no table, by its first bytes.
constexpr std::array kRefused{
    Kind{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
         "This is an old Excel file (.xls) or one with a password. Open it in Excel and save it as .xlsx without a "
         "password, or as CSV. / 古い形式（.xls）かパスワード付きの Excel ファイルです。パスワードを外し、.xlsx か CSV "
         "で保存し直してください。"},
    Kind{"%PDF-",
         "This is a PDF. Upload the table it was made from (Excel or CSV). / PDF です。元の表（Excel か "
         "CSV）をアップロードしてください。"},
    Kind{"\x89PNG", "This is a picture. Upload the table itself. / 画像です。表そのものをアップロードしてください。"},
    Kind{"\xFF\xD8\xFF",
         "This is a picture. Upload the table itself. / 画像です。表そのものをアップロードしてください。"},
    Kind{"\x1F\x8B",
         "This is packed (gzip). Unpack it first. / 圧縮されています。展開してからアップロードしてください。"},
    Kind{"Rar!", "This is packed (RAR). Unpack it first. / 圧縮されています。展開してからアップロードしてください。"},
    Kind{"7z\xBC\xAF",
         "This is packed (7z). Unpack it first. / 圧縮されています。展開してからアップロードしてください。"},
};

Result<TableReading> read_xlsx(const std::filesystem::path& path, const ReadOptions& options, RowFileWriter& out,
                               ReadProgress& progress) {
  auto book = Xlsx::open(path);
  if (!book) return tl::unexpected(book.error());
  TableReading reading;
  reading.xlsx = true;
  reading.sheets = (*book)->sheets();
  const std::uint64_t size = progress.of;
  const auto read = [&](std::size_t sheet) {
    return (*book)->read(sheet,
                         {[&out](std::size_t row, std::vector<std::string>& cells) { return out.append(row, cells); },
                          [&progress, size](double part) {
                            progress.done = static_cast<std::uint64_t>(part * static_cast<double>(size));
                            return !progress.stop;
                          }});
  };
  if (!options.sheet.empty()) {
    const auto found = std::find(reading.sheets.begin(), reading.sheets.end(), options.sheet);
    if (found == reading.sheets.end()) return bad("There is no sheet \"" + options.sheet + "\" in the file.");
    reading.sheet = options.sheet;
    if (auto done = read(static_cast<std::size_t>(found - reading.sheets.begin())); !done)
      return tl::unexpected(done.error());
  } else {
    for (std::size_t i = 0; i < reading.sheets.size() && out.size() == 0; ++i) {
      reading.sheet = reading.sheets[i];
      if (auto done = read(i); !done) return tl::unexpected(done.error());
    }
  }
  if (progress.stop) return fail(ErrorCode::kUnavailable, "reading was stopped");
  return reading;
}

}  // namespace

const char* encoding_key(Encoding encoding) {
  switch (encoding) {
    case Encoding::kDetect:
      return "auto";
    case Encoding::kUtf8:
      return "utf-8";
    case Encoding::kUtf16Le:
      return "utf-16le";
    case Encoding::kUtf16Be:
      return "utf-16be";
    case Encoding::kCp932:
      return "shift_jis";
    case Encoding::kEucJp:
      return "euc-jp";
  }
  return "auto";
}

Result<TableReading> read_table(const std::filesystem::path& path, const ReadOptions& options, RowFileWriter& out,
                                ReadProgress& progress) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) return fail(ErrorCode::kInternalError, path.string() + ": " + std::strerror(errno));
  std::error_code ignored;
  progress.of = std::max<std::uint64_t>(1, std::filesystem::file_size(path, ignored));
  progress.done = 0;
  std::array<char, 4096> buffer{};
  const std::string_view head(buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file.get()));
  std::rewind(file.get());
  if (head.empty()) return bad("The file is empty. / ファイルが空です。");
  for (const Kind& kind : kRefused) {
    if (head.starts_with(kind.begins)) return bad(kind.refusal);
  }
  if (head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06")) return read_xlsx(path, options, out, progress);
  const bool marked = head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
  const bool utf16 = options.encoding == Encoding::kUtf16Le || options.encoding == Encoding::kUtf16Be;
  if (!marked && !utf16 && head.find('\0') != std::string_view::npos) {
    return bad("This is neither text (CSV) nor an Excel file (.xlsx). / CSV でも Excel（.xlsx）でもないファイルです。");
  }
  std::string start(head.substr(0, 512));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (start.find("<html") != std::string::npos || start.find("<!doctype html") != std::string::npos) {
    return bad(
        "This is a web page, not a table: perhaps the download asked for a login. / Web "
        "ページです。表のファイルではありません。");
  }
  return read_text(file.get(), options, out, progress);
}

}  // namespace tsunagu::catalog
