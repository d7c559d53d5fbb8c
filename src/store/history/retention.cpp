#include "store/history/retention.h"

#include <algorithm>

namespace tsunagu::store {
namespace {

// `age` before `now`, and not before the beginning of time.
Instant before(Instant now, std::int64_t age) {
  constexpr std::int64_t kFirst = kNoInstant.us / 2;
  return {now.us < kFirst + age ? kFirst : now.us - age};
}

}  // namespace

Retention::Retention(RetentionOptions options, std::function<std::string(TenantId)> tenant_name)
    : options_(std::move(options)), tenant_name_(std::move(tenant_name)) {
  const auto term = [](const std::string& name) { return name.empty() ? ngsi::kNoTerm : ngsi::terms().intern(name); };
  for (const RetentionRule& rule : options_.rules)
    rules_.push_back(
        {rule.tenant, term(rule.type), term(rule.attribute), rule.keep_us, rule.thin_after_us, rule.thin_to_us});
}

std::optional<Horizon> Retention::horizon(TenantId tenant, const std::vector<ngsi::TermId>& types,
                                          ngsi::TermId attribute, Instant now) const {
  for (const Rule& rule : rules_) {
    if (rule.attribute != ngsi::kNoTerm && rule.attribute != attribute) continue;
    if (rule.tenant && *rule.tenant != tenant_name_(tenant)) continue;
    if (rule.type != ngsi::kNoTerm) {
      if (types.empty()) return std::nullopt;
      if (std::find(types.begin(), types.end(), rule.type) == types.end()) continue;
    }
    if (rule.keep == 0 && rule.thin_to == 0) return std::nullopt;
    const std::int64_t most = std::chrono::microseconds(options_.slack).count();
    Horizon out;
    if (rule.keep > 0) {
      out.forget_before = before(now, rule.keep);
      out.forget_due = before(out.forget_before, std::min(most, rule.keep / 8));
    }
    if (rule.thin_to > 0) {
      out.thin_to = rule.thin_to;
      out.thin_before = period_start(before(now, rule.thin_after), rule.thin_to);
      out.thin_due = before(out.thin_before, std::min(most, rule.thin_after / 8));
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace tsunagu::store
