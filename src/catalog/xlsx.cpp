#include <unistd.h>
#include <xlsxwriter.h>

#include <string>

#include "base/text.h"
#include "catalog/table_writer.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kMaxColumns = 16'384, kMaxRows = 1'048'575, kMaxText = 32'767;

/// At most `kMaxText` UTF-16 units, whole characters; without what XML cannot hold.
std::string fitting(std::string_view text) {
  std::string out;
  std::size_t units = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    units += length == 4 ? 2 : 1;
    if (units > kMaxText) break;
    const bool control = first < 0x20 && first != '\t' && first != '\n' && first != '\r';
    if (!control) out += text.substr(i, length);
    i += length;
  }
  return out;
}

class Workbook {
 public:
  explicit Workbook(const std::string& path) {
    lxw_workbook_options options{};
    options.constant_memory = LXW_TRUE;
    book_ = workbook_new_opt(path.c_str(), &options);
    if (book_ != nullptr) sheet_ = workbook_add_worksheet(book_, "data");
  }
  ~Workbook() { close(); }
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;
  bool good() const { return sheet_ != nullptr; }
  void text(lxw_row_t row, lxw_col_t column, const std::string& text, lxw_format* format = nullptr) {
    if (!text.empty()) worksheet_write_string(sheet_, row, column, fitting(text).c_str(), format);
  }
  void number(lxw_row_t row, lxw_col_t column, double value) {
    worksheet_write_number(sheet_, row, column, value, nullptr);
  }
  void truth(lxw_row_t row, lxw_col_t column, bool value) {
    worksheet_write_boolean(sheet_, row, column, value ? 1 : 0, nullptr);
  }
  lxw_format* bold() {
    lxw_format* format = workbook_add_format(book_);
    format_set_bold(format);
    return format;
  }
  void freeze_header() { worksheet_freeze_panes(sheet_, 1, 0); }
  bool close() {
    if (book_ == nullptr) return false;
    const bool done = workbook_close(book_) == LXW_NO_ERROR;
    book_ = nullptr;
    return done;
  }

 private:
  lxw_workbook* book_ = nullptr;
  lxw_worksheet* sheet_ = nullptr;
};

void write_row(Workbook& book, lxw_row_t row, const TableRow& cells) {
  for (std::size_t i = 0; i < cells.cells.size(); ++i) {
    const Cell& cell = cells.cells[i];
    const auto column = static_cast<lxw_col_t>(i);
    // Numbers of more than 15 digits would lose some in a spreadsheet.
    const auto number =
        cell.kind == Cell::Kind::kNumber && cell.text.size() <= 16 ? parse_number<double>(cell.text) : std::nullopt;
    if (number) {
      book.number(row, column, *number);
    } else if (cell.kind == Cell::Kind::kBoolean) {
      book.truth(row, column, cell.text == "true");
    } else {
      book.text(row, column, cell_text(cell));
    }
  }
}

}  // namespace

Result<int> write_xlsx(Table& table, Files& files) {
  if (table.columns().size() > kMaxColumns) {
    return fail(ErrorCode::kContentTooLarge, "XLSX holds 16,384 columns; take the CSV");
  }
  auto file = files.temporary();
  if (!file) return file;
  const auto give_up = [&](ErrorCode code, std::string detail) -> Result<int> {
    ::close(*file);
    return fail(code, std::move(detail));
  };
  Workbook book("/proc/self/fd/" + std::to_string(*file));
  if (!book.good()) return give_up(ErrorCode::kInternalError, "a workbook cannot be made");
  lxw_format* bold = book.bold();
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    book.text(0, static_cast<lxw_col_t>(i), table.columns()[i].id, bold);
  }
  book.freeze_header();
  std::size_t rows = 0;
  const RowHandler take = [&](const TableRow& row) {
    if (++rows <= kMaxRows) write_row(book, static_cast<lxw_row_t>(rows), row);
  };
  for (;;) {
    const auto more = table.next(take);
    if (!more) return give_up(more.error().code, more.error().detail);
    if (rows > kMaxRows) return give_up(ErrorCode::kContentTooLarge, "XLSX holds 1,048,575 rows; take the CSV");
    if (!*more) break;
  }
  if (!book.close()) return give_up(ErrorCode::kStorageFull, "there is no room for the workbook");
  ::lseek(*file, 0, SEEK_SET);
  return *file;
}

}  // namespace tsunagu::catalog
