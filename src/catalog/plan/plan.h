// A plan with its measures, its indicators and their histories, read from the graph for a report.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "catalog/plan/indicator.h"
#include "store/store.h"

namespace tsunagu::catalog {

struct IndicatorReport {
  Indicator indicator;
  std::vector<IndicatorValue> history;  ///< every remembered value, computed and entered, oldest first
};
struct MeasureReport {
  std::string id;
  Text title;
  std::int64_t position = 0;
  std::vector<IndicatorReport> indicators;  ///< by position
};
struct PlanReport {
  std::string id;
  Text title, vision, description;
  std::string start, end;               ///< dates, "2018-04-01"
  std::vector<MeasureReport> measures;  ///< by position; those without an indicator too
};

/// `key`: the last part of the plan's id; empty: the plan that began last of those that have an indicator.
/// ResourceNotFound when there is none. Blocks: reads the history of each indicator. Thread-safe.
Result<PlanReport> read_plan(const store::Store& store, store::TenantId tenant, std::string_view key);

}  // namespace tsunagu::catalog
