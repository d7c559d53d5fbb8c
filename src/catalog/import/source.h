// A file of one of the known formats → rows, as a stream of bytes.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/import/encoding.h"
#include "catalog/import/row.h"

namespace tsunagu::catalog {

enum class Format : unsigned char {
  kCsv,
  kGeoJson,  ///< a FeatureCollection; columns are the property names, "geometry", and "id" of the feature as
             ///< "feature.id"
  kJson,     ///< an array, an object with a list in it, or one object; columns are dotted paths: "address.city"
  kNdjson,   ///< one object per line
  kNgsiLd,   ///< entities, normalized, concise or simplified: an array, one object, or one per line; needs no mapping
};

struct SourceSpec {
  Format format = Format::kCsv;
  Encoding encoding = Encoding::kDetect;
  bool replace_invalid_bytes =
      false;  ///< accept rows with bytes that mean nothing (as U+FFFD) instead of reporting them

  // CSV
  char delimiter = ',';
  std::string sheet;  ///< of an XLSX workbook; "": the first one that has something
  std::vector<std::string>
      header_has;              ///< the header is the first record with all of these cells; empty: see header_row
  std::size_t header_row = 1;  ///< the header is this record, from 1; 0: there is none, `columns` names the cells
  std::vector<std::string> columns;
  std::string comment;  ///< records whose first cell begins with this are passed over (behind the header)
  bool ragged = false;  ///< accept records with fewer or more cells than the header

  // JSON
  std::string list;            ///< the member that holds the records; GeoJSON: "features"
  bool list_may_lack = false;  ///< an object without it is passed over with a note instead of a fault
};

/// Not thread-safe. Cells are trimmed of white space, U+3000 included.
class RowReader {
 public:
  struct Handlers {
    std::function<void(const Row&)> row;
    std::function<void(std::string_view json, std::size_t line)> entity;  ///< kNgsiLd: canonical JSON of an object
    std::function<void(Fault)> fault;
    std::function<void(std::string)> note;  ///< worth telling, nothing lost
  };

  RowReader(const SourceSpec& spec, Handlers handlers);
  ~RowReader();

  void feed(std::string_view bytes);
  void finish();
  /// In place of bytes: the next record of a table that was read by other means (CSV formats). Cells it lacks at its
  /// end are empty. Takes the cells.
  void take_record(std::vector<std::string>& cells, std::size_t line);

  Encoding encoding() const { return decoder_.encoding(); }
  /// The columns known so far (CSV: none before the header).
  const Columns& columns() const { return columns_; }

 private:
  struct Parser;

  void pass(bool at_end);
  void record(std::vector<std::string>& fields, std::size_t line);
  bool take_header(std::vector<std::string>& fields);
  void json_record(std::string_view json, std::size_t line);
  void ndjson_lines(bool at_end);
  bool flatten(std::string_view object, const std::string& prefix, int depth);
  bool put(std::string_view name, Cell::Kind kind, std::string_view text);
  void fault(std::size_t line, std::string reason);

  SourceSpec spec_;
  Handlers handlers_;
  TextDecoder decoder_;
  std::unique_ptr<Parser> parser_;
  std::string text_;
  Columns columns_;
  Row row_;
  bool header_done_ = false;
  std::size_t records_ = 0;
  std::size_t line_ = 1;  // NDJSON
  std::size_t record_line_ = 0;
};

}  // namespace tsunagu::catalog
