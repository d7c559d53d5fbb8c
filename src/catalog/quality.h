// How good a data set is: five stars, completeness, freshness, validity, and one score.
#pragma once
#include <vector>

#include "base/time.h"
#include "catalog/dataset.h"
#include "store/store.h"

namespace tsunagu::catalog {

/// The stars of five (5stardata.info) that a data set has by its licence and its best distribution: without an open
/// licence 1; else by format (vocabulary.h), a live query 4, or 5 when its entities point to others.
int stars_of(const Dataset& dataset, const std::vector<Distribution>& distributions, const store::Store& store,
             store::TenantId tenant);
/// 1 when it was changed within the time that its accrualPeriodicity promises, falling to 0 at four times that; live
/// queries, never and irregular: 1, but a data set that says nothing of its frequency: 1 within a year, 0 after four.
double freshness_of(const Dataset& dataset, const std::vector<Distribution>& distributions, Instant now);
/// 40 for the stars, 20 each for the other three.
double score_of(const Quality& quality);
/// The quality of now: completeness and validity as they were published (1 when nothing was), the rest computed.
Quality quality_of(const Dataset& dataset, const std::vector<Distribution>& distributions, const store::Store& store,
                   store::TenantId tenant, Instant now);

}  // namespace tsunagu::catalog
