// What every operation of the broker works on.
#pragma once
#include "broker/contexts.h"
#include "ngsi/representation.h"
#include "store/store.h"

namespace tsunagu::broker {

class Subscriptions;

/// The store, the @contexts and the subscriptions. All outlive it. Thread-safe as they are.
struct Broker {
  store::Store& store;
  Contexts& contexts;
  Subscriptions* subscriptions = nullptr;  ///< null: this broker has none
};

/// Finds the targets of relationships in one tenant.
class LinkedInStore final : public ngsi::Linked {
 public:
  LinkedInStore(const store::Store& store, store::TenantId tenant) : store_(store), tenant_(tenant) {}
  ngsi::RecordPtr find(std::string_view id) const override { return store_.find(tenant_, id); }

 private:
  const store::Store& store_;
  store::TenantId tenant_;
};

}  // namespace tsunagu::broker
