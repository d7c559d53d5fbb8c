#include "automation/rule_index.h"

namespace tsunagu::automation {

void RuleIndex::add(const Rule& rule, store::TenantId tenant, void* handle) {
  auto s = std::make_shared<broker::Subscription>();
  s->tenant = tenant;
  s->id = rule.name;
  s->watched = rule.trigger.terms;
  s->triggers = broker::kAttributeCreated | broker::kAttributeUpdated;
  ngsi::Selection selector = selection_of(rule);
  s->filter.q = std::move(selector.q);
  selector.q.clear();
  s->selectors.push_back(std::move(selector));
  switch (rule.trigger.kind) {
    case Trigger::Kind::kSchedule:
    case Trigger::Kind::kSun:
      return;
    case Trigger::Kind::kSilence:
      s->triggers = broker::kEntityCreated | broker::kAttributeCreated;  // from then on there is a state
      break;
    case Trigger::Kind::kGeofence:
      if (!rule.trigger.leave) s->filter.geo = rule.trigger.inside;
      [[fallthrough]];
    case Trigger::Kind::kChange:
      if (rule.condition.holds.expr && !rule.condition.holds.links) s->filter.q.push_back(*rule.condition.holds.expr);
      break;
  }
  handles_.emplace(s.get(), handle);
  by_handle_.emplace(handle, s);
  matcher_.add(s);
}

void RuleIndex::remove(void* handle) {
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) return;
  matcher_.remove(found->second);
  handles_.erase(found->second.get());
  by_handle_.erase(found);
}

void RuleIndex::match(const store::EntityChange& change, const ngsi::Linked* linked, std::vector<void*>& out) {
  found_.clear();
  matcher_.match(change, linked, found_);
  for (const broker::SubscriptionPtr& each : found_) out.push_back(handles_.at(each.get()));
}

}  // namespace tsunagu::automation
