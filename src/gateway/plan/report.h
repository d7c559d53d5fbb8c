// The report on a plan: its indicators as CSV, as a workbook with charts, and as pages to print.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/plan/plan.h"

namespace tsunagu::gateway::plan {

enum class Language : unsigned char { kJapanese, kEnglish };

/// One indicator as it is printed; empty where there is nothing.
struct ReportLine {
  std::string measure, indicator, unit;
  std::string target, due, target_note;
  std::string value, date, origin, source;
  std::string achievement;  ///< "84.3", or ー where smaller is better
  std::string gap;          ///< "+1.3": what is missing to the target, where smaller is better
  bool smaller_is_better = false;
};

/// `value` of an indicator against the plan's target.
ReportLine line_of(const catalog::PlanReport& plan, const catalog::MeasureReport& measure,
                   const catalog::Indicator& indicator, const catalog::IndicatorValue* value, Language language);
/// "2020-04-01": the day in Japan.
std::string day_of(Instant at);

/// Texts of the report itself.
enum class Word : unsigned char {
  kReport,
  kMeasure,
  kIndicator,
  kTarget,
  kDue,
  kValue,
  kUnit,
  kDate,
  kOrigin,
  kSource,
  kAchievement,
  kGap,
  kComputed,
  kEntered,
  kHistory,
  kPeriod,
  kMade,
  kNothing,
  kTruncated,
  kLatest,
  kPage,
  kTargetLine,
};
std::string_view word(Word word, Language language);

/// UTF-8 with a byte order mark, CRLF: every remembered value, newest first of each indicator.
std::string to_csv(const catalog::PlanReport& plan, Language language);
/// A workbook: the indicators with a chart of what is reached, and the histories with a chart each. Writes a temporary
/// file. kUnavailable when that fails.
Result<std::string> to_xlsx(const catalog::PlanReport& plan, Language language);
/// A4. Needs a typeface with Japanese letters on the machine (Noto Sans CJK). ~50 ms, the first one ~1 s.
Result<std::string> to_pdf(const catalog::PlanReport& plan, Language language, Instant made);

}  // namespace tsunagu::gateway::plan
