// A leaf of history: the points of all series of one entity in one stretch of time, packed into columns. Pure: bytes
// in, bytes out. docs/history-format.md describes the bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "store/history.h"

namespace tsunagu::store {

/// One point as it is kept. `instance` is a packed attribute instance (ngsi/record.h): it knows its name, datasetId,
/// kind, value, times and subs.
struct Point {
  Instant written;
  Instant deleted;  ///< kNoInstant but for the tombstone of a deletion
  std::string_view instance;
};
/// The time by which leaves are cut and points are ordered inside: observedAt, or `written` where there is none.
Instant main_time(const Point& point);

/// What a leaf knows about itself without being decoded.
struct LeafRange {
  Instant first_time, last_time;  ///< by main_time, both included
  Instant first_written, last_written;
  Instant first_modified, last_modified, first_created, last_created;
  std::uint64_t points = 0;
};

/// Packs points. They are given series by series in the order of SeriesKey, within a series by (main_time, written);
/// instances are well formed. Views must stay valid until finish(), which takes ~0.3 µs per point. Memory: the leaf and
/// ~100 bytes per point.
class LeafWriter {
 public:
  LeafWriter();
  ~LeafWriter();
  void add(const Point& point);
  LeafRange range() const;
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a leaf. Any bytes may come: damaged ones give an error (kInternalError), never a crash. Holds a reference to
/// the bytes. Not thread-safe, not even const functions (dictionaries are unpacked at the first instance that is asked
/// for); any number of readers may read the same bytes. open(): ~10 GB/s for the checksum and ~50 ns per series; a
/// number ~5 ns, an instance ~100 ns, a run ~20 ns.
class LeafReader {
 public:
  static Result<LeafReader> open(std::string_view bytes);
  LeafReader(LeafReader&&) noexcept;
  LeafReader& operator=(LeafReader&&) noexcept;
  ~LeafReader();

  const LeafRange& range() const;
  std::size_t series_count() const;
  SeriesKey series(std::size_t i) const;
  /// Its place, or series_count().
  std::size_t find(const SeriesKey& key) const;
  /// Sum of everything in the series (count is of all points; the rest of those that are numbers and no tombstones).
  RunSummary summary(std::size_t i) const;

  /// Points of series i whose main_time is in [from, to) (kNoInstant: open), in the order of main_time or backwards;
  /// HistoryPoint::at is the main_time. `by_observed`: only points that have an observedAt. The visitor is offered
  /// whole chunks as runs where all their points are numbers (no tombstones), then numbers that follow each other
  /// (backwards: newest first, while first and last of a run stay those of time), then the points. A number may come as
  /// a point too: one that is kept as text. False: the visitor ended the scan.
  Result<bool> scan(std::size_t i, Instant from, Instant to, bool backwards, bool by_observed,
                    SeriesVisitor& visitor) const;
  /// Appends all points of series i, decoded; views point into the strings added to `arena`, which may be moved.
  Result<void> points(std::size_t i, std::vector<Point>& out, std::vector<std::string>& arena) const;

 private:
  struct State;
  explicit LeafReader(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::store
