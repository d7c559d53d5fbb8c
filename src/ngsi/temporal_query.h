// The temporal query language (clauses 4.11, 4.5.19, 5.2.21): which instances of an evolution are asked for, and how
// they are to be aggregated.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ngsi/duration.h"
#include "ngsi/time_window.h"

namespace tsunagu::ngsi {

/// As the client wrote it, in query parameters or in the members of a TemporalQuery.
struct TemporalInput {
  std::optional<std::string> timerel, time_at, end_time_at, timeproperty, last_n;
  std::optional<std::string> aggr_methods, aggr_period;
};

struct TemporalQuery {
  enum class Relation : unsigned char { kNone, kBefore, kAfter, kBetween } relation = Relation::kNone;
  /// before: t < timeAt; after: t >= timeAt; between: timeAt <= t < endTimeAt. Without relation and time property:
  /// everything.
  TimeWindow window;
  std::optional<std::uint64_t> last_n;  ///< only so many of the newest instances
  /// Nothing can be in a window that ends before it begins.
  bool impossible() const { return window.from != kNoInstant && window.to != kNoInstant && window.to <= window.from; }
};
/// BadRequestData: unknown timerel or timeproperty; timerel and timeAt one without the other; between without
/// endTimeAt; what is no date and time in UTC ("…Z"); lastN that is no positive number.
Result<TemporalQuery> parse_temporal_query(const TemporalInput& input);

enum class AggrMethod : unsigned char { kTotalCount, kDistinctCount, kSum, kAvg, kMin, kMax, kStddev, kSumsq };
std::string_view name(AggrMethod method);

struct Aggregation {
  std::vector<AggrMethod> methods;  ///< each once, in the order asked for
  Duration period;                  ///< zero: one period that spans everything
};
/// BadRequestData for no or unknown methods and what is no duration.
Result<Aggregation> parse_aggregation(const TemporalInput& input);

}  // namespace tsunagu::ngsi
