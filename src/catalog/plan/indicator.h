// Indicators, measures and plans as the graph holds them (docs/plan.md), read from their records.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "catalog/plan/definition.h"
#include "ngsi/record.h"

namespace tsunagu::catalog {

inline constexpr std::string_view kIndicatorType = "KeyPerformanceIndicator";
inline constexpr std::string_view kMeasureType = "Measure";
inline constexpr std::string_view kPlanType = "Plan";
/// The datasetId of a value that was entered beside one that is computed.
inline constexpr std::string_view kEnteredDataset = "urn:tsunagu:entered";

/// A text in several languages; canonical JSON of a language map, or of one string.
struct Text {
  std::string json;
  /// In the language, else in Japanese, else in whatever there is.
  std::string in(std::string_view language) const;
  bool empty() const { return json.empty(); }
};

struct Target {
  std::string plan;  ///< id of the plan it is of; empty: of every one
  Decimal value;
  std::string due;  ///< "2021-03-31"
  Text note, source;
};

struct IndicatorValue {
  Decimal value;
  Instant at;              ///< when it was so; kNoInstant: nobody said
  bool computed = false;   ///< else entered by somebody
  Text source;             ///< of an entered value
  std::string as_of;  ///< "2020-02", where the date is known to the month only
  std::string provenance;  ///< canonical JSON, as stored
};

struct Indicator {
  std::string id;
  Text name, description, unit;
  std::string unit_code;
  bool smaller_is_better = false;
  int digits = 0;
  Rounding rounding = Rounding::kHalfUp;
  std::optional<Definition> definition;
  std::string definition_fault;  ///< why it is not used
  std::vector<std::string> measures;
  std::vector<Target> targets;
  std::optional<IndicatorValue> computed, entered;  ///< the latest
  std::int64_t position = 0;

  /// Of this plan, else the one for every plan; null: none.
  const Target* target(std::string_view plan) const;
  /// What stands for it: the computed value where there is one.
  const IndicatorValue* shown() const { return computed ? &*computed : entered ? &*entered : nullptr; }
};

/// "…:KeyPerformanceIndicator:my-number" → "my-number".
std::string_view key_of(std::string_view id);

Indicator read_indicator(const ngsi::Record& record);
/// One instance of kpiValue; empty when it is no number.
std::optional<IndicatorValue> read_value(ngsi::AttributeView instance);

// Parts of any entity.
Text read_text(const ngsi::Record& record, std::string_view name);
std::string read_string(const ngsi::Record& record, std::string_view name);
std::vector<std::string> read_targets(const ngsi::Record& record, std::string_view relationship);
std::int64_t read_integer(const ngsi::Record& record, std::string_view name);

}  // namespace tsunagu::catalog
