// Tables as text: CSV, TSV, JSON, GeoJSON, JSON records of the data store; and as XLSX.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/table.h"

namespace tsunagu::catalog {

/// Appends a table piece by piece. Not thread-safe.
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  virtual void begin(std::string& out) { static_cast<void>(out); }
  virtual void row(std::string& out, const TableRow& row) = 0;
  virtual void end(std::string& out) { static_cast<void>(out); }
};

struct CsvStyle {
  char delimiter = ',';
  bool header = true;
  bool mark = false;     ///< a byte order mark in front, by which spreadsheets know UTF-8
  bool harmless = true;  ///< a text that a spreadsheet would compute (= + - @ tab CR in front, and no number) gets a '
  bool row_number = false;  ///< a first column _id
};
std::unique_ptr<TableWriter> csv_writer(const std::vector<Column>& columns, CsvStyle style = {});
/// [{"column":value,…},…]; absent cells are null.
std::unique_ptr<TableWriter> json_writer(const std::vector<Column>& columns);
/// A FeatureCollection: of the column with geometries, else of a latitude and a longitude, under one of the names that
/// public data gives them. Null when there are none.
std::unique_ptr<TableWriter> geojson_writer(const std::vector<Column>& columns);

/// One value as JSON: null for an absent cell.
void append_cell_json(std::string& out, const Cell& cell);
/// As people read it: lists of texts and numbers joined by ";", other JSON as it is.
std::string cell_text(const Cell& cell);

/// UTF-8 → Shift_JIS as Windows writes it (cp932). What it lacks becomes 〓; forms that differ only in their code point
/// (〜 and ～, − and －, …) are taken for each other. Not thread-safe.
class Cp932Encoder {
 public:
  Cp932Encoder();
  ~Cp932Encoder();
  Cp932Encoder(const Cp932Encoder&) = delete;
  Cp932Encoder& operator=(const Cp932Encoder&) = delete;
  /// `text`: whole characters.
  void append(std::string& out, std::string_view text);
  std::uint64_t substituted() const { return substituted_; }

 private:
  /// Takes off `text` what can be converted, up to the first character that cannot.
  void convert(std::string& out, std::string_view& text);
  void* converter_;
  std::uint64_t substituted_ = 0;
};

/// A workbook with one sheet in a file without a name; the caller closes the descriptor. Texts stay texts, so nothing
/// is computed; what is longer than 32,767 characters is cut. Takes as long as it takes (~1 s for 100,000 rows): not
/// for a connection's thread; memory is constant. ContentTooLarge beyond 1,048,575 rows or 16,384 columns.
Result<int> write_xlsx(Table& table, Files& files);

}  // namespace tsunagu::catalog
