// Aggregates of one series over periods (clause 4.5.19): in one pass over the instances in the order of time, without
// memory per instance.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngsi/entity.h"
#include "ngsi/temporal_query.h"

namespace tsunagu::ngsi {

/// Count, mean and sums of some numbers. Two can be joined; the deviation stays exact to rounding (Chan et al. 1979).
struct NumberSums {
  std::uint64_t count = 0;
  double sum = 0, sum_of_squares = 0;
  double deviation = 0;  ///< sum of the squares of (number - mean)
  double min = std::numeric_limits<double>::infinity(), max = -std::numeric_limits<double>::infinity();

  static NumberSums of(std::span<const double> numbers);
  void add(const NumberSums& other);
};

/// Aggregates one series. What has been added is kept by period, and written when a period ends.
///
/// By the type of the values (tables of 4.5.19.1): numbers, and booleans as 0 and 1, have all methods; arrays those of
/// their sizes but for stddev and sumsq; texts min and max in the order of code points; DateTime and Date (typed
/// values) min and max in the order of time, Time also avg; everything else totalCount and distinctCount only. Where
/// the types of the values of one period differ, the first that has more than counts decides, and the others only
/// count. stddev is that of the population.
class Aggregator {
 public:
  /// Periods begin at `anchor`. When the period is zero there is one: from `anchor` to `end`.
  Aggregator(const Aggregation& what, Instant anchor, Instant end);

  /// A run of numbers, summed up. False: it does not fit into one period, or its numbers have to be seen.
  bool add_run(Instant first_at, Instant last_at, const NumberSums& numbers);
  void add(std::span<const Instant> at, std::span<const double> numbers);
  /// `value`: canonical JSON, as in Attribute.
  void add(Instant at, AttrKind kind, std::string_view value);
  void finish();  ///< to be called once, before the rest

  /// [value, start, end] for each period that has values, commas between, no brackets around; methods as in the
  /// Aggregation.
  const std::string& rows(std::size_t method) const { return rows_[method]; }
  std::string take_rows(std::size_t method) { return std::move(rows_[method]); }
  /// There were values, but the method fits none of them.
  bool refused(std::size_t method) const { return periods_ != 0 && rows_[method].empty(); }
  std::uint64_t periods() const { return periods_; }  ///< that had values

 private:
  enum class Column : unsigned char { kNone, kNumber, kArray, kText, kInstant, kTime };

  bool inside(Instant t) const { return open_ && t < end_; }
  void open(Instant t);
  void close();
  void note(std::uint64_t hash);
  bool takes(Column column);
  void write(AggrMethod method, std::string& row);

  Aggregation what_;
  Instant anchor_, whole_end_;
  bool distinct_ = false, exact_ = false;
  std::vector<std::string> rows_;
  std::uint64_t periods_ = 0;

  // The period that is open.
  bool open_ = false;
  Instant start_, end_;
  std::uint64_t total_ = 0;
  Column column_ = Column::kNone;
  NumberSums numbers_;
  std::string least_, greatest_;                // texts, JSON
  std::vector<std::uint64_t> distinct_values_;  // hashes; sorted and unique up to known_
  std::size_t compact_at_ = 0;
};

}  // namespace tsunagu::ngsi
