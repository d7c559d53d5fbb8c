// XLSX (ECMA-376, SpreadsheetML) → rows of text, as a stream. libzip unpacks, expat parses; both are kept away here.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// One workbook. Cells come as a person sees them: shared texts without their readings, numbers with at most 15 digits,
/// dates by their number format as ISO 8601, the result of a formula, and every cell of a merged area with the text of
/// its first one. Not thread-safe.
///
/// Against archives that are made to do harm: at most 2 GiB are unpacked, at most 200 times the size of the file (but
/// 64 MiB always), 256 MiB of shared texts, no document types (entities).
class Xlsx {
 public:
  static constexpr std::uint64_t kMaxUnpacked = 2ULL << 30;
  static constexpr std::uint64_t kMaxRatio = 200;
  static constexpr std::uint64_t kAlwaysUnpacked = 64ULL << 20;
  static constexpr std::size_t kMaxSharedText = 256u << 20;
  static constexpr std::size_t kMaxColumns = 16'384;

  /// BadRequestData in words for the file's owner.
  static Result<std::unique_ptr<Xlsx>> open(const std::filesystem::path& path);
  /// The same from bytes in memory, which outlive it.
  static Result<std::unique_ptr<Xlsx>> open(std::string_view bytes);
  ~Xlsx();

  /// Names of the sheets, in the order of their tabs.
  const std::vector<std::string>& sheets() const { return names_; }

  struct Handlers {
    /// Row number from 1 and its cells up to the last one that has something. Rows without any are left out. An error
    /// ends the reading with it.
    std::function<Result<void>(std::size_t row, std::vector<std::string>& cells)> row;
    std::function<bool(double part)> progress;  ///< how much of the sheet is read, 0 to 1; false gives up
  };
  Result<void> read(std::size_t sheet, const Handlers& handlers);

 private:
  struct State;
  explicit Xlsx(std::unique_ptr<State> state);
  static Result<std::unique_ptr<Xlsx>> begin(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
  std::vector<std::string> names_;
};

}  // namespace tsunagu::catalog
