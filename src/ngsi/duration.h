// Durations of ISO 8601 as clause 4.5.19 has them: P[n]Y[n]M[n]DT[n]H[n]M[n]S or P[n]W. Years and months go by the
// calendar (UTC), a day is 86,400 s.
#pragma once
#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::ngsi {

struct Duration {
  std::int64_t months = 0;  ///< years and months
  std::int64_t us = 0;      ///< all the rest
  bool zero() const { return months == 0 && us == 0; }
  bool operator==(const Duration&) const = default;
};

/// Parts of zero may be left out; seconds may have up to 6 fraction digits. BadRequestData for anything else, the
/// date-like form (P0003-06-04) and more than 10,000 years included.
Result<Duration> parse_duration(std::string_view text);

/// `start` and `times` durations: months first, counted from `start` (31 January and two months: 31 March; a day that a
/// month lacks becomes its last). Never beyond the year 9999.
Instant advance(Instant start, const Duration& duration, std::int64_t times);

/// How many whole durations (not zero) lie between `start` and `t`; 0 when t <= start.
std::int64_t whole_durations(Instant start, const Duration& duration, Instant t);

}  // namespace tsunagu::ngsi
