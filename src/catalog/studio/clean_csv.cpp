#include <algorithm>

#include "catalog/studio/publication.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kPiece = 64 << 10;

void append_cell(std::string& out, std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace

Result<std::uint64_t> write_clean_csv(const UploadView& view,
                                      const std::function<Result<void>(std::string_view)>& write) {
  const WorkTable& table = *view.table;
  struct Out {
    std::string name;
    std::size_t column;
  };
  std::vector<Out> columns;
  if (table.standard() != nullptr) {
    for (const StandardColumn& column : table.standard()->columns)
      columns.push_back({column.name, table.of_standard(column.name)});
  }
  const std::size_t own = columns.size();
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const WorkColumn& column = table.columns()[i];
    if (column.dropped || column.standard != WorkColumn::kNone) continue;
    std::string name = column.name;
    // A column of the file that is called like one of the standard but was not taken for it.
    while (std::any_of(columns.begin(), columns.end(), [&name](const Out& o) { return o.name == name; })) name += "_元";
    columns.push_back({std::move(name), i});
  }
  if (own == 0 && columns.empty()) return bad("no column is left to be published");
  std::string out;
  const auto record = [&](auto&& cell) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      append_cell(out, cell(columns[i]));
    }
    out += "\r\n";
  };
  record([](const Out& column) { return std::string_view(column.name); });
  std::uint64_t rows = 0;
  Result<void> written{};
  table.for_each(0, [&](const WorkRow& row) {
    if (row.dropped) return true;
    ++rows;
    record([&row](const Out& column) {
      return column.column == WorkColumn::kNone ? std::string_view{} : std::string_view(row.cells[column.column]);
    });
    if (out.size() >= kPiece) {
      written = write(out);
      out.clear();
    }
    return written.has_value();
  });
  if (!written) return tl::unexpected(written.error());
  if (auto last = write(out); !last) return tl::unexpected(last.error());
  return rows;
}

}  // namespace tsunagu::catalog
