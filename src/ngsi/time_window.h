// A stretch of time by one of the temporal properties (clauses 4.8, 4.11).
#pragma once
#include "base/time.h"

namespace tsunagu::ngsi {

/// The time by which instances are chosen and ordered.
enum class TimeProperty : unsigned char { kObservedAt, kCreatedAt, kModifiedAt, kDeletedAt };

/// from <= t < to. kNoInstant at an end: open there. Instances that lack the time property are outside of every window,
/// except of `everything`, which takes all, by observedAt where they have one and by the instant of the write where
/// not.
struct TimeWindow {
  TimeProperty property = TimeProperty::kObservedAt;
  Instant from, to;
  bool everything = false;
  bool contains(Instant t) const {
    return t != kNoInstant && (from == kNoInstant || t >= from) && (to == kNoInstant || t < to);
  }
};

}  // namespace tsunagu::ngsi
