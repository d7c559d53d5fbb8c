// From what the graph holds and held to the values of an indicator. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "catalog/plan/definition.h"

namespace tsunagu::catalog {

/// A number and when it was observed.
struct Sample {
  Instant at;
  Decimal value;
};

/// What a term found.
struct Inputs {
  std::uint64_t entities = 0;
  /// kSum, kMean of observed values: by id of the entity, in the order of time, one for each instant.
  std::map<std::string, std::vector<Sample>> dated;
  /// Otherwise: the aggregate as it is now.
  std::optional<Decimal> now;
};

/// A value of an indicator and what it was made from.
struct Computed {
  Instant at;     ///< when it was so; kNoInstant: now
  Decimal value;  ///< rounded
  Decimal numerator;
  std::optional<Decimal> denominator;
  std::uint64_t entities = 0;  ///< that it counts
  bool operator==(const Computed&) const = default;
};

constexpr std::size_t kMostDates = 2000;  ///< the newest are taken

/// The values at every date at which an input of the numerator was observed, oldest first; or the one value of now. At
/// each date every entity stands with what was last observed of it; dates before the last entity's first observation
/// are left out, as a sum over a part would mislead. In a ratio over the same entities (same type and q), one counts
/// only if it has both. Nothing where there is nothing to compute from, or to divide by.
std::vector<Computed> compute(const Definition& definition, const Inputs& of, const Inputs* by, int digits,
                              Rounding rounding);

}  // namespace tsunagu::catalog
