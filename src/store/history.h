// What the graph remembers: every instance that an attribute ever had, by series. Read through snapshots; written by
// ordinary writes (each is remembered by itself) and by `HistoryWrite` (store.h), which changes what is remembered and
// not what is now.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/record.h"
#include "ngsi/time_window.h"

namespace tsunagu::store {

using ngsi::TimeProperty;
using ngsi::TimeWindow;

/// One series: the instances of one attribute under one datasetId ("" = the default one).
struct SeriesKey {
  ngsi::TermId name;
  std::string dataset_id;
  auto operator<=>(const SeriesKey&) const = default;
};

/// One remembered instance.
struct HistoryPoint {
  Instant at;       ///< by the window's time property
  Instant written;  ///< the instant of the write that made it: unique within a series, names the instance for good
                    ///< (instanceId)
  Instant deleted;  ///< not kNoInstant: at this instant the attribute was deleted, and `instance` has NGSI-LD Null as
                    ///< its value
  ngsi::AttributeView instance;  ///< as it was stored; valid during the call only
};

/// Numbers of a run of points that follow each other in one series.
struct RunSummary {
  std::uint64_t count = 0;
  Instant first_at, last_at;  ///< by the window's time property; every point of the run lies between, both included
  double sum = 0, sum_of_squares = 0, min = 0, max = 0, first = 0, last = 0;
};

/// Sees the points of one series in the order of time. The first two let it pass over what it needs no detail of.
class SeriesVisitor {
 public:
  virtual ~SeriesVisitor() = default;
  /// A run of numbers, summed up. True: taken, go on behind it. False: show me the points.
  virtual bool run(const RunSummary&) { return false; }
  /// A run of numbers, decoded. True: taken. False: show me the instances.
  virtual bool numbers(std::span<const Instant> /*at*/, std::span<const double> /*values*/) { return false; }
  /// One instance. False ends the scan.
  virtual bool point(const HistoryPoint&) = 0;
};

/// What an entity was from an instant on: one is remembered at its creation, at every change of types or scopes, and at
/// its deletion.
struct EntityState {
  Instant at;
  std::vector<ngsi::TermId> types;
  std::vector<std::string> scopes;
  bool deleted = false;
};

/// An entity that something is remembered of, whether or not it exists now.
struct RememberedEntity {
  std::string id;
  std::vector<ngsi::TermId> types;  ///< the last it had
  Instant created_at, modified_at;  ///< of its last life
  Instant deleted_at;               ///< kNoInstant: it exists now, or was only ever written to history
};

/// A consistent view of one tenant's history: everything acknowledged before it was opened, nothing later. Not
/// thread-safe; may be moved between threads; to be dropped soon (it holds a read transaction). Errors: kInternalError
/// for damaged data, kUnavailable. Cost: a look-up ~20 µs, then ~10–30 ns per number scanned with `numbers`, ~150 ns
/// per instance, ~1 µs per 256 numbers taken as `run`.
class HistoryReader {
 public:
  virtual ~HistoryReader() = default;
  /// Empty when nothing is remembered under this id.
  virtual Result<std::optional<RememberedEntity>> entity(std::string_view id) = 0;
  /// Its states, oldest first.
  virtual Result<std::vector<EntityState>> states(std::string_view id) = 0;
  /// Its series, ordered.
  virtual Result<std::vector<SeriesKey>> series(std::string_view id) = 0;
  /// Points of the window in the order of time, or newest first.
  virtual Result<void> scan(std::string_view id, const SeriesKey& series, const TimeWindow& window, bool newest_first,
                            SeriesVisitor& visitor) = 0;
  /// Remembered entities that do not exist now (deleted, or only ever written to history), ordered by id, beginning
  /// behind `after`; at most `limit` of them. Those that exist are found by `Store::query`.
  virtual Result<std::vector<RememberedEntity>> past_entities(std::string_view after, std::size_t limit) = 0;
};

/// How long to remember: the first rule that fits a series (its tenant, a type its entity had last, its attribute)
/// holds; what none fits is kept for ever. Ages are those of a point's observedAt or, without one, of the instant it
/// was written.
struct RetentionRule {
  std::optional<std::string> tenant;  ///< its name; none: every tenant
  std::string type, attribute;        ///< expanded IRIs; empty: all
  std::int64_t keep_us = 0;           ///< points older than this are forgotten; 0: never
  std::int64_t thin_after_us = 0;     ///< of points older than this …
  std::int64_t thin_to_us = 0;  ///< … the last of every such period (counted from 1970-01-01, UTC) stays; 0: all stay
};

}  // namespace tsunagu::store
