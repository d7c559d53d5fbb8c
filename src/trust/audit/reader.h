// Reads the records of one file of the audit log, where one may refer to another (chain.h: "as"). Internal to the log.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "trust/audit/record.h"

namespace tsunagu::trust {

/// Not thread-safe. Memory: at most 1,024 records.
class RecordReader {
 public:
  explicit RecordReader(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path& path() const { return path_; }

  /// `json`, `at`: of a line of this file. About 2 µs, and reading a line of the file when it is the first in a while
  /// to refer to it. BadRequestData: it is no record, or refers to none.
  Result<AuditRecord> read(std::string_view json, Instant at);

 private:
  Result<const AuditRecord*> at_offset(std::uint64_t offset);
  const std::filesystem::path path_;
  std::unordered_map<std::uint64_t, AuditRecord> known_;  // by offset
};

}  // namespace tsunagu::trust
