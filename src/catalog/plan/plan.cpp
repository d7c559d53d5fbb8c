#include "catalog/plan/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "ngsi/context.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kStep = 512;

std::vector<ngsi::RecordPtr> all_of(const store::Store& store, store::TenantId tenant, std::string_view type) {
  std::vector<ngsi::RecordPtr> out;
  const ngsi::TermId term = ngsi::core_context()->find(type);
  if (term == ngsi::kNoTerm) return out;
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, term, {}};
  selection.at = now();
  const auto cursor = store.query(tenant, std::move(selection));
  while (cursor->step(kStep, kStep, out)) {
  }
  return out;
}

class Values final : public store::SeriesVisitor {
 public:
  explicit Values(std::vector<IndicatorValue>& into) : into_(into) {}
  bool point(const store::HistoryPoint& p) override {
    if (p.deleted != kNoInstant) return true;
    auto value = read_value(p.instance);
    if (!value) return true;
    value->at = p.at;
    // Of one date what was written last.
    if (!into_.empty() && into_.back().at == p.at && into_.back().computed == value->computed) {
      if (p.written < written_) return true;
      into_.back() = std::move(*value);
    } else {
      into_.push_back(std::move(*value));
    }
    written_ = p.written;
    return true;
  }

 private:
  std::vector<IndicatorValue>& into_;
  Instant written_;
};

Result<std::vector<IndicatorValue>> read_history(const store::Store& store, store::TenantId tenant,
                                                 std::string_view id) {
  std::vector<IndicatorValue> out;
  const ngsi::TermId name = ngsi::core_context()->find("kpiValue");
  auto reader = store.history(tenant);
  if (!reader) return tl::unexpected(reader.error());
  for (const std::string_view dataset : {std::string_view(), kEnteredDataset}) {
    Values values(out);
    store::TimeWindow window;
    window.everything = true;
    if (auto done = (*reader)->scan(id, {name, std::string(dataset)}, window, false, values); !done)
      return tl::unexpected(done.error());
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return std::tie(a.at, a.computed) < std::tie(b.at, b.computed); });
  return out;
}

/// The plan with this key; without one the latest that has an indicator.
const ngsi::Record* choose(const std::vector<ngsi::RecordPtr>& plans, std::string_view key,
                           const std::set<std::string>& with_indicators) {
  const ngsi::Record* best = nullptr;
  for (const ngsi::RecordPtr& plan : plans) {
    if (!key.empty()) {
      if (key_of(plan->id()) == key) return plan.get();
      continue;
    }
    const auto rank = [&](const ngsi::Record& p) {
      return std::pair(with_indicators.contains(std::string(p.id())), read_string(p, "startDate"));
    };
    if (best == nullptr || rank(*best) < rank(*plan)) best = plan.get();
  }
  return best;
}

}  // namespace

Result<PlanReport> read_plan(const store::Store& store, store::TenantId tenant, std::string_view key) {
  const auto plans = all_of(store, tenant, kPlanType);
  const auto measures = all_of(store, tenant, kMeasureType);
  std::vector<Indicator> indicators;
  for (const ngsi::RecordPtr& record : all_of(store, tenant, kIndicatorType))
    indicators.push_back(read_indicator(*record));
  std::sort(indicators.begin(), indicators.end(),
            [](const auto& a, const auto& b) { return std::tie(a.position, a.id) < std::tie(b.position, b.id); });

  std::map<std::string, std::string> plan_of;  // measure → plan
  for (const ngsi::RecordPtr& measure : measures) {
    for (std::string& plan : read_targets(*measure, "partOf")) plan_of.emplace(measure->id(), std::move(plan));
  }
  std::set<std::string> with_indicators;
  for (const Indicator& indicator : indicators) {
    for (const std::string& measure : indicator.measures) {
      if (const auto plan = plan_of.find(measure); plan != plan_of.end()) with_indicators.insert(plan->second);
    }
  }
  const ngsi::Record* const plan = choose(plans, key, with_indicators);
  if (plan == nullptr) {
    return fail(ErrorCode::kResourceNotFound,
                key.empty() ? std::string("there is no plan here") : "there is no plan " + std::string(key));
  }
  PlanReport out;
  out.id = plan->id();
  out.title = read_text(*plan, "title");
  out.vision = read_text(*plan, "vision");
  out.description = read_text(*plan, "description");
  out.start = read_string(*plan, "startDate");
  out.end = read_string(*plan, "endDate");
  for (const ngsi::RecordPtr& measure : measures) {
    const auto mine = plan_of.find(std::string(measure->id()));
    if (mine == plan_of.end() || mine->second != out.id) continue;
    MeasureReport made;
    made.id = measure->id();
    made.title = read_text(*measure, "title");
    made.position = read_integer(*measure, "position");
    for (const Indicator& indicator : indicators) {
      if (std::find(indicator.measures.begin(), indicator.measures.end(), made.id) == indicator.measures.end())
        continue;
      auto history = read_history(store, tenant, indicator.id);
      if (!history) return tl::unexpected(history.error());
      made.indicators.push_back({indicator, std::move(*history)});
    }
    out.measures.push_back(std::move(made));
  }
  std::sort(out.measures.begin(), out.measures.end(),
            [](const auto& a, const auto& b) { return std::tie(a.position, a.id) < std::tie(b.position, b.id); });
  return out;
}

}  // namespace tsunagu::catalog
