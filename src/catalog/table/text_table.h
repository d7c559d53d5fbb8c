// CSV and its neighbours: bytes in one or several encodings → records. Internal to reading tables.
#pragma once
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "catalog/import/encoding.h"
#include "catalog/table/read_table.h"

namespace tsunagu::catalog {

/// Collects notes of one reading.
class ReadNotes {
 public:
  void add(ReadNote::Kind kind, std::size_t line, const std::string& detail = {});
  std::vector<ReadNote> take();

 private:
  std::map<std::pair<ReadNote::Kind, std::string>, ReadNote> notes_;
};

/// Decodes line by line: a line is read in the encoding that fits it, and those that differ from the rest are noted.
/// Not thread-safe. Memory: one line, at most 1 MiB, and what is fed at a time.
class LineDecoder {
 public:
  /// `encoding`: of the lines that are not UTF-8, or of all when `forced`.
  LineDecoder(Encoding encoding, bool forced);
  void feed(std::string_view bytes, std::string& out);
  void finish(std::string& out);
  /// What most lines beyond ASCII were. Notes about the others, and about bytes that mean nothing.
  Encoding result(ReadNotes& notes) const;

 private:
  void block(std::string_view lines, std::string& out);
  void line(std::string_view bytes, std::string& out);

  Encoding encoding_;
  bool forced_;
  std::string held_;
  std::size_t line_ = 1;
  struct Seen {
    std::size_t count = 0;
    std::vector<std::size_t> lines;
    void add(std::size_t number);
  };
  std::map<Encoding, Seen> seen_;
  Seen damaged_;
};

/// The delimiter of a text that begins so: comma, tab or semicolon.
char find_delimiter(std::string_view text);

Result<TableReading> read_text(std::FILE* file, const ReadOptions& options, RowFileWriter& out, ReadProgress& progress);

}  // namespace tsunagu::catalog
