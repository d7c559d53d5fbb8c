// Which subscriptions a change concerns (clause 5.8.6). Subscriptions are kept in groups by tenant, entity type and
// watched attribute; within a group by id, by the literal beginning of an id pattern, by the bounds of their geo query
// (R-tree), or by the first comparison of their q with a number (R-tree over thresholds); what has none of these is
// tried one by one. So a change costs a few look-ups per changed attribute, and nothing for subscriptions with other
// types, attributes, ids, areas or thresholds.
#pragma once
#include <memory>
#include <shared_mutex>
#include <vector>

#include "broker/subscriptions/change_set.h"
#include "broker/subscriptions/subscription.h"

namespace tsunagu::broker {

/// Is `change` worth telling the subscription? The naive form of what Matcher does for many. `linked` is for q that
/// goes through relationships.
bool concerns(const Subscription& subscription, const store::EntityChange& change, const ChangeSet& changes,
              const ngsi::Linked* linked);

/// Thread-safe: many match at once; adding and removing are exclusive and take microseconds.
class Matcher {
 public:
  Matcher();
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  void add(SubscriptionPtr subscription);
  /// The one that was added before (the same object).
  void remove(const SubscriptionPtr& subscription);
  std::size_t size() const;

  /// Appends each subscription concerned once.
  void match(const store::EntityChange& change, const ngsi::Linked* linked, std::vector<SubscriptionPtr>& out) const;
  /// Subscriptions looked at closely by match() so far: for tests and figures.
  std::uint64_t tried() const;

 private:
  struct State;
  mutable std::shared_mutex mutex_;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::broker
