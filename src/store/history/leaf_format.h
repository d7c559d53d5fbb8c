// The parts of a leaf that its writer and its reader agree on; docs/history-format.md describes the bytes.
#pragma once
#include <cstdint>
#include <string>
#include <type_traits>

#include "store/history/leaf.h"

namespace tsunagu::store::leaf {

inline constexpr std::uint16_t kMagic = 0x4c54;  // "TL"
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kChecksumSize = 8;

inline constexpr std::size_t kChunkPoints = 256;
inline constexpr std::size_t kChunkBytes = 256u << 10;  // of instances; one that is larger has a chunk of its own
inline constexpr std::size_t kTablePoints = 32;         // a series with fewer and one chunk has no table of chunks

/// Flags of the leaf.
inline constexpr unsigned kHasDatasets = 1;

/// Flags of a series in the directory.
enum SeriesFlag : std::uint8_t {
  kDataset = 1,
  kTable = 2,
  kShapesInChunks = 4,
  kTextsInChunks = 8,
  kAllSeriesFlags = 15
};

/// What is said of each point of a chunk.
enum Mark : std::uint8_t {
  kObserved = 1,
  kDeleted = 2,
  kText = 4,        // its value is in the column of texts
  kTextNumber = 8,  // and is a number all the same
  kAllMarks = 15,
};
constexpr bool is_number(unsigned marks) {
  return (marks & (kDeleted | kText)) == 0 || (marks & (kDeleted | kTextNumber)) == kTextNumber;
}

/// The first byte of a chunk: its marks where all points have the same, and
enum ChunkFlag : std::uint8_t {
  kMarksDiffer = 16,       // a column of marks follows
  kCreatedAsModified = 32  // createdAt is told from modifiedAt, not from the leaf's first
};

/// One row of a series' table of chunks.
struct ChunkRow {
  std::uint32_t end;          // of its bytes, counted from the end of the table
  std::uint8_t last_point;    // points - 1
  std::uint8_t all_observed;  // 1: every point has an observedAt
  std::uint16_t numbers;
  std::int64_t first_time, last_time;
  double sum, sum_of_squares, min, max, first, last;

  std::size_t points() const { return last_point + std::size_t{1}; }
  RunSummary summary() const {
    return {numbers, {first_time}, {last_time}, sum, sum_of_squares, min, max, first, last};
  }
};
static_assert(sizeof(ChunkRow) == 72 && std::is_trivially_copyable_v<ChunkRow>);

/// Takes one number more into a sum.
void add_number(RunSummary& sum, double value);
/// Takes the sum of what follows in.
void add_summary(RunSummary& sum, const RunSummary& next);

/// Appends the checksum of all bytes so far.
void seal(std::string& leaf);

}  // namespace tsunagu::store::leaf
