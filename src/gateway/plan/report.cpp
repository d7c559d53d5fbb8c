#include "gateway/plan/report.h"

#include <array>

namespace tsunagu::gateway::plan {
namespace {

using catalog::Indicator;
using catalog::IndicatorValue;
using catalog::Target;

constexpr std::array<std::array<std::string_view, 2>, 22> kWords{{
    {"計画の指標", "Indicators of the plan"},
    {"施策", "Measure"},
    {"指標", "Indicator"},
    {"目標値", "Target"},
    {"期限", "Due"},
    {"現状値", "Value"},
    {"単位", "Unit"},
    {"時点", "As of"},
    {"区分", "Origin"},
    {"出典", "Source"},
    {"達成率（％）", "Reached (%)"},
    {"目標との差", "Gap to the target"},
    {"データから計算", "computed from data"},
    {"入力", "entered"},
    {"推移", "History"},
    {"計画期間", "Period"},
    {"作成", "Made"},
    {"値がありません", "no value yet"},
    {"達成率は0.1％未満を切り捨て。小さいほど良い指標は「ー」とし、目標との差を示す。",
     "What is reached is truncated to 0.1 %. Where smaller is better it is not given; the gap to the target is."},
    {"最新", "Latest"},
    {"ページ", "Page"},
    {"目標", "Target"},
}};

std::string_view code(Language language) {
  return language == Language::kJapanese ? "ja" : "en";
}

void append_cell(std::string& out, std::string_view text, bool last = false) {
  // A text that a spreadsheet would compute is shown as text; numbers are what they are.
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos &&
                       !catalog::Decimal::parse(text.front() == '+' ? text.substr(1) : text);
  if (formula || text.find_first_of(",\"\r\n") != std::string_view::npos) {
    out += '"';
    if (formula) out += '\'';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  } else {
    out += text;
  }
  out += last ? "\r\n" : ",";
}

}  // namespace

std::string_view word(Word word, Language language) {
  return kWords[static_cast<std::size_t>(word)][static_cast<std::size_t>(language)];
}

std::string day_of(Instant at) {
  constexpr std::int64_t kJapan = 9LL * 3600 * 1'000'000;
  return at == kNoInstant ? std::string() : to_string(Instant{at.us + kJapan}).substr(0, 10);
}

ReportLine line_of(const catalog::PlanReport& plan, const catalog::MeasureReport& measure, const Indicator& indicator,
                   const IndicatorValue* value, Language language) {
  const std::string_view lang = code(language);
  ReportLine out;
  out.measure = measure.title.in(lang);
  out.indicator = indicator.name.in(lang);
  out.unit = indicator.unit.in(lang);
  out.smaller_is_better = indicator.smaller_is_better;
  const Target* const target = indicator.target(plan.id);
  if (target != nullptr) {
    out.target = target->value.fixed(indicator.digits);
    out.due = target->due;
    out.target_note = target->note.in(lang);
  }
  if (value == nullptr) return out;
  out.value = value->value.fixed(indicator.digits);
  out.date = value->as_of.empty() ? day_of(value->at) : value->as_of;
  out.origin = word(value->computed ? Word::kComputed : Word::kEntered, language);
  out.source = value->source.in(lang);
  if (target == nullptr) return out;
  if (const auto reached = achievement(value->value, target->value, indicator.smaller_is_better)) {
    out.achievement = reached->fixed(1);
  } else if (indicator.smaller_is_better) {
    out.achievement = "ー";
    if (const auto gap = catalog::Decimal::sum(value->value, target->value.negated())) {
      out.gap = (*gap > catalog::Decimal() ? "+" : "") + gap->fixed(indicator.digits);
    }
  }
  return out;
}

std::string to_csv(const catalog::PlanReport& plan, Language language) {
  std::string out = "\xef\xbb\xbf";
  for (const Word title : {Word::kMeasure, Word::kIndicator, Word::kValue, Word::kUnit, Word::kDate, Word::kLatest,
                           Word::kOrigin, Word::kSource, Word::kTarget, Word::kDue, Word::kAchievement}) {
    append_cell(out, word(title, language));
  }
  append_cell(out, word(Word::kGap, language), true);
  const auto put = [&](const ReportLine& line, bool latest) {
    for (const std::string_view cell :
         {std::string_view(line.measure), std::string_view(line.indicator), std::string_view(line.value),
          std::string_view(line.unit), std::string_view(line.date), std::string_view(latest ? "1" : ""),
          std::string_view(line.origin), std::string_view(line.source), std::string_view(line.target),
          std::string_view(line.due), std::string_view(line.achievement)}) {
      append_cell(out, cell);
    }
    append_cell(out, line.gap, true);
  };
  for (const auto& measure : plan.measures) {
    for (const auto& [indicator, history] : measure.indicators) {
      const IndicatorValue* const shown = indicator.shown();
      put(line_of(plan, measure, indicator, shown, language), true);
      for (auto value = history.rbegin(); value != history.rend(); ++value) {
        const bool first = shown != nullptr && value->at == shown->at && value->computed == shown->computed;
        if (!first) put(line_of(plan, measure, indicator, &*value, language), false);
      }
    }
  }
  return out;
}

}  // namespace tsunagu::gateway::plan
