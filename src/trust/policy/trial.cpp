#include "trust/policy/trial.h"

#include <fmt/format.h>

#include <algorithm>

namespace tsunagu::trust {
namespace {

std::string outcome_of(const Access& access, Action action, const ngsi::Record& record) {
  const Decision decision = access.decide(action, record);
  if (!decision.allowed()) return "denied";
  if (access.all()) return "everything";
  const RuleName& rule = access.rules()[decision.rule()];
  const std::string text = rule.policy + "/" + rule.rule;
  if (decision.whole()) return text;
  std::size_t shown = 0;
  ngsi::TermId last;
  for (const ngsi::AttributeView attribute : record.attributes()) {
    if (attribute.name() == last) continue;
    last = attribute.name();
    if (decision.allows(last)) ++shown;
  }
  return fmt::format("{} ({} attributes)", text, shown);
}

/// Notices are what a subscription gives; the others are actions by their names.
Action action_of(const std::string& name) {
  if (name == "notice") return kSubscribe;
  return parse_action(name).value_or(kRead);
}

}  // namespace

const PolicyTrial::Pair& PolicyTrial::pair_for(const AuditRecord& record, store::TenantId tenant) {
  const Subject& s = *record.subject;
  const auto key = std::tuple(s.id, s.acts_for, record.tenant, record.purpose,
                              static_cast<int>(s.kind) * 8 + static_cast<int>(s.assurance));
  auto found = pairs_.find(key);
  if (found == pairs_.end()) {
    found = pairs_
                .emplace(key, Pair{authority_.access(record.subject, tenant, record.purpose),
                                   authority_.trial(policy_, record.subject, tenant, record.purpose, kNoInstant)})
                .first;
  }
  return found->second;
}

void PolicyTrial::ask(const AuditRecord& record) {
  if ((record.kind != AuditKind::kAccess && record.kind != AuditKind::kDenied) || !record.subject) return;
  const auto tenant = store_.find_tenant(record.tenant);
  if (!tenant || record.entities.empty()) return;
  const Action action = action_of(record.action);
  const Pair& pair = pair_for(record, *tenant);
  for (const std::string& id : record.entities) {
    const auto entity = store_.find(*tenant, id);
    if (!entity) {
      ++gone_;
      continue;
    }
    ++asked_;
    const std::string before = outcome_of(*pair.now, action, *entity), after = outcome_of(*pair.then, action, *entity);
    if (before == after) continue;
    ++changed_;
    const auto key = std::tuple(record.subject->id, std::string(name(action)), record.purpose, id);
    if (changes_.size() >= kMost && !changes_.contains(key)) continue;
    TrialChange& change = changes_[key];
    change = {record.subject->id, std::string(name(action)), record.purpose, id, before, after, change.n + 1};
  }
}

std::vector<TrialChange> PolicyTrial::changes() const {
  std::vector<TrialChange> out;
  for (const auto& [key, change] : changes_) out.push_back(change);
  std::stable_sort(out.begin(), out.end(), [](const TrialChange& a, const TrialChange& b) { return a.n > b.n; });
  return out;
}

}  // namespace tsunagu::trust
