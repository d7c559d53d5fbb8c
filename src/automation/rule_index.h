// Which rules a change may make fire: kept like subscriptions (broker/subscriptions/matcher.h), by type, watched
// attribute, id, place and the first comparison with a number. What a rule already does for an entity (its states) is
// the engine's to know: those are looked at with every change of that entity.
#pragma once
#include <unordered_map>
#include <vector>

#include "automation/rule.h"
#include "broker/subscriptions/matcher.h"

namespace tsunagu::automation {

/// Not thread-safe. Handles are the caller's, any pointers.
class RuleIndex {
 public:
  /// Rules of schedules and the sun are taken and never found: no change makes them fire.
  void add(const Rule& rule, store::TenantId tenant, void* handle);
  void remove(void* handle);
  /// Appends the handles of rules that were idle and might begin with this change: a watched attribute was written,
  /// and where, place and (if no link is followed) the condition hold behind it. ~2 µs with 10,000 rules (bench_automation).
  void match(const store::EntityChange& change, const ngsi::Linked* linked, std::vector<void*>& out);
  std::size_t size() const { return by_handle_.size(); }

 private:
  broker::Matcher matcher_;
  std::unordered_map<void*, broker::SubscriptionPtr> by_handle_;
  std::unordered_map<const broker::Subscription*, void*> handles_;
  std::vector<broker::SubscriptionPtr> found_;
};

}  // namespace tsunagu::automation
