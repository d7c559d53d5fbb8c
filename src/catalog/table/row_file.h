// The records of a table on disk: appended once, then read in any order through a memory map, however large the file.
#pragma once
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// A record as it stands in a RowFile; the views live as long as that.
struct TableRecord {
  std::size_t line = 0;  ///< of the source, from 1: where the record begins (XLSX: its row)
  std::vector<std::string_view> cells;
};

/// Writes records one after the other. Not thread-safe. Errors: kStorageFull, kReadOnly, kInternalError; BadRequestData
/// beyond kMaxBytes: a small archive can unpack to more empty cells than fit on a disk.
class RowFileWriter {
 public:
  static constexpr std::uint64_t kMaxBytes = 4ULL << 30;
  static Result<RowFileWriter> create(const std::filesystem::path& path);
  Result<void> append(std::size_t line, std::span<const std::string> cells);
  Result<void> finish();
  std::size_t size() const { return size_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
  std::size_t size_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Reads them. Thread-safe. Memory: 8 bytes for every 32 records. A record that is not what the writer wrote reads as
/// empty.
class RowFile {
 public:
  /// Scans the file once for the index (~1 GB/s).
  static Result<std::shared_ptr<const RowFile>> open(const std::filesystem::path& path);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  std::size_t size() const { return size_; }
  /// Record `n`, from 0. Passes over at most 31 others.
  void read(std::size_t n, TableRecord& out) const;
  /// visit(n, record) for the records from `from` to before `to`; it may return false to stop.
  template <class Visit>
  void for_each(std::size_t from, std::size_t to, Visit visit) const {
    if (from >= std::min(to, size_)) return;
    TableRecord record;
    const char* at = seek(from);
    for (std::size_t n = from; n < std::min(to, size_); ++n) {
      at = take(at, &record);
      if (!visit(n, record)) return;
    }
  }

 private:
  RowFile() = default;
  const char* seek(std::size_t n) const;
  const char* take(const char* at, TableRecord* out) const;

  static constexpr std::size_t kStride = 32;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
  std::size_t size_ = 0;
  std::vector<std::uint64_t> index_;  // where every 32nd record begins
};

}  // namespace tsunagu::catalog
