// Any file that people send as a table → its records, all of them, as text. CSV in any encoding, also several in one
// file; XLSX. What the file is shows in its bytes, not in its name.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/import/encoding.h"
#include "catalog/table/row_file.h"

namespace tsunagu::catalog {

/// Something about the file as a whole that its owner should know.
struct ReadNote {
  enum class Kind : unsigned char {
    kOtherEncoding,  ///< lines in another encoding than the rest; `detail` names it. They were read well
    kUnreadable,     ///< lines with bytes that mean nothing; U+FFFD stands for them
    kBrokenRecord,   ///< records that could not be read (an open quote, too long): they are lost. `detail`: the first
                     ///< reason
  };
  Kind kind;
  std::size_t count = 0;
  std::vector<std::size_t> lines;  ///< the first 20
  std::string detail;
};

/// As parse_encoding() reads it: "utf-8", "shift_jis", "auto" …
const char* encoding_key(Encoding encoding);

struct TableReading {
  bool xlsx = false;
  Encoding encoding = Encoding::kUtf8;  ///< of most lines; text files only
  char delimiter = ',';
  std::vector<std::string> sheets;  ///< XLSX
  std::string sheet;                ///< the one that was read
  std::vector<ReadNote> notes;
};

struct ReadOptions {
  Encoding encoding = Encoding::kDetect;
  std::string sheet;  ///< XLSX; "": the first one that has something
};

/// How far it has come; may be read from another thread.
struct ReadProgress {
  std::atomic<std::uint64_t> done{0}, of{1};  ///< bytes
  std::atomic<bool> stop{false};              ///< set it to give up: kUnavailable
};

/// Reads `path` into `out` (which is not finished by it). Memory: one record and, of XLSX, its shared texts (at most
/// 256 MiB). BadRequestData in words for its owner: what the file is, why it cannot be read and what to do — an old
/// .xls, a PDF, a file with a password, an archive that unpacks to far more than it should.
Result<TableReading> read_table(const std::filesystem::path& path, const ReadOptions& options, RowFileWriter& out,
                                ReadProgress& progress);

}  // namespace tsunagu::catalog
