// The subscriptions of all tenants and the operations on them (clauses 5.8.1 to 5.8.5).
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/contexts.h"
#include "broker/subscriptions/endpoint_address.h"
#include "broker/subscriptions/matcher.h"
#include "broker/subscriptions/subscription.h"

namespace tsunagu::broker {

/// Thread-safe. Writes are durable before they answer, from a thread of the store or of a download; those on one
/// subscription happen one after the other.
class Subscriptions {
 public:
  /// `own`: addresses of this server. A subscription that would send to one of them is refused: it would notify itself
  /// for ever.
  Subscriptions(store::Store& store, Contexts& contexts, std::vector<EndpointAddress> own);
  ~Subscriptions();
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  /// Called after a subscription was made (`before` null), changed or deleted (`after` null). Set before use.
  using Listener = std::function<void(const SubscriptionPtr& before, const SubscriptionPtr& after)>;
  void listen(Listener listener);

  /// Reads what the store has. To be called once, before anything else. One that cannot be read stays in the store; it
  /// is logged.
  void load();

  using Done = std::function<void(Result<SubscriptionPtr>)>;
  /// `body`: canonical JSON of the request; `owner`: on whose behalf notices are decided. AlreadyExists,
  /// BadRequestData, LdContextNotAvailable (jsonldContext).
  void create(store::TenantId tenant, std::string tenant_name, std::string body, ngsi::ContextPtr context, Owner owner,
              Done done);
  /// ResourceNotFound and the errors of create.
  void update(store::TenantId tenant, std::string id, std::string fragment, ngsi::ContextPtr context, Done done);
  void remove(store::TenantId tenant, std::string id, std::function<void(Result<void>)> done);

  SubscriptionPtr find(store::TenantId tenant, std::string_view id) const;
  struct Page {
    std::vector<SubscriptionPtr> subscriptions;  ///< by time of creation, then id
    std::uint64_t total = 0;
  };
  /// Those that `shown` is true for.
  Page list(store::TenantId tenant, std::uint64_t offset, std::uint64_t limit,
            const std::function<bool(const Subscription&)>& shown) const;
  std::vector<SubscriptionPtr> all() const;
  const Matcher& matcher() const { return matcher_; }
  /// Where the @context of its notices can be had.
  std::string context_url(const Subscription& subscription) const;

  /// Writes the figures that changed since the last time into the store, without waiting.
  void write_figures();

 private:
  struct Key {
    store::TenantId tenant;
    std::string id;
    auto operator<=>(const Key&) const = default;
  };
  struct Tenant {
    std::unordered_map<std::string, SubscriptionPtr> by_id;
    std::map<std::pair<Instant, std::string>, SubscriptionPtr> in_order;
  };

  void in_turn(Key key, std::function<void()> operation);
  void turn_over(const Key& key);
  void put(std::shared_ptr<Subscription> subscription, Done done);
  void adopt(const SubscriptionPtr& before, const SubscriptionPtr& after);
  void find_context(std::shared_ptr<Subscription> subscription, ngsi::ContextPtr of_request,
                    std::function<void(Result<void>)> then);
  void load_one(store::TenantId tenant, const std::string& tenant_name, const std::string& packed);
  void await_context(const SubscriptionPtr& subscription);
  Result<void> check(const Subscription& subscription) const;

  store::Store& store_;
  Contexts& contexts_;
  std::vector<EndpointAddress> own_;
  Listener listener_;
  Matcher matcher_;
  mutable std::shared_mutex mutex_;
  std::map<store::TenantId, Tenant> tenants_;
  std::mutex turns_mutex_;
  std::map<Key, std::deque<std::function<void()>>> turns_;  ///< those that wait while one is being done
};

}  // namespace tsunagu::broker
