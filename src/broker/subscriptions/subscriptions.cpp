#include "broker/subscriptions/subscriptions.h"

#include <algorithm>
#include <random>

#include "base/json.h"
#include "base/log.h"
#include "base/uri.h"
#include "ngsi/json_walk.h"

namespace tsunagu::broker {
namespace {

constexpr std::string_view kCollection = "subscription";

std::string json_of(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

std::string new_id() {
  std::random_device random;
  std::string id = "urn:ngsi-ld:Subscription:";
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    id += "0123456789abcdef"[random() & 15];
  }
  return id;
}

tl::unexpected<Error> not_found(std::string_view id) {
  return fail(ErrorCode::kResourceNotFound, "there is no subscription " + std::string(id));
}

}  // namespace

Subscriptions::Subscriptions(store::Store& store, Contexts& contexts, std::vector<EndpointAddress> own)
    : store_(store), contexts_(contexts), own_(std::move(own)) {}
Subscriptions::~Subscriptions() = default;

void Subscriptions::listen(Listener listener) {
  listener_ = std::move(listener);
}

void Subscriptions::load() {
  for (const auto& [tenant, name] : store_.tenants()) {
    for (const auto& [key, packed] : store_.documents(tenant, kCollection)) load_one(tenant, name, packed);
  }
}

void Subscriptions::load_one(store::TenantId tenant, const std::string& tenant_name, const std::string& packed) {
  auto read = unpack_subscription(packed);
  if (!read)
    return log::error("A subscription of tenant \"{}\" cannot be read and is left alone: {}", tenant_name,
                      read.error().detail);
  auto subscription = std::make_shared<Subscription>(std::move(*read));
  subscription->tenant = tenant;
  subscription->tenant_name = tenant_name;
  subscription->context = contexts_.at_hand(subscription->context_json);
  const bool missing = !subscription->context;
  if (missing) subscription->context = ngsi::core_context();
  adopt(nullptr, subscription);
  if (missing) await_context(subscription);
}

/// Until its @context has come, the notices of a subscription have long names.
void Subscriptions::await_context(const SubscriptionPtr& subscription) {
  contexts_.resolve(subscription->context_json, [this, subscription](Result<ngsi::ContextPtr> context) {
    if (!context) {
      return log::warn("Notices of subscription {} will have long names: {}", subscription->id, context.error().detail);
    }
    in_turn({subscription->tenant, subscription->id}, [this, subscription, context = *context] {
      if (find(subscription->tenant, subscription->id) == subscription) {
        if (auto again = unpack_subscription(pack_subscription(*subscription))) {
          auto next = std::make_shared<Subscription>(std::move(*again));
          next->tenant = subscription->tenant;
          next->tenant_name = subscription->tenant_name;
          next->account = subscription->account;
          next->context = context;
          adopt(subscription, next);
        }
      }
      turn_over({subscription->tenant, subscription->id});
    });
  });
}

Result<void> Subscriptions::check(const Subscription& subscription) const {
  if (has_null(subscription.document)) return bad("Subscription: null has no place here");
  if (subscription.expires_at != kNoInstant && subscription.expires_at <= now()) {
    return bad("Subscription: expiresAt is over: " + to_string(subscription.expires_at));
  }
  const auto address = split_endpoint(subscription.endpoint.uri);
  if (address && is_own_address(*address, own_)) {
    return bad(
        "Subscription: notification.endpoint.uri is this broker itself: notices would cause notices without end");
  }
  return {};
}

void Subscriptions::find_context(std::shared_ptr<Subscription> subscription, ngsi::ContextPtr of_request,
                                 std::function<void(Result<void>)> then) {
  const std::string_view given = ngsi::walk::member(subscription->document, "jsonldContext");
  if (given.empty()) {
    subscription->shows_context = of_request->link_url().empty();
    subscription->context_json = subscription->shows_context ? of_request->as_json() : json_of(of_request->link_url());
    subscription->context = std::move(of_request);
    return then({});
  }
  if (!is_absolute_iri(json_string_text(given))) return then(bad("Subscription: \"jsonldContext\" must be a URL"));
  subscription->context_json = given;
  contexts_.resolve(subscription->context_json,
                    [subscription, then = std::move(then)](Result<ngsi::ContextPtr> context) {
                      if (!context) return then(tl::unexpected(context.error()));
                      subscription->context = std::move(*context);
                      then({});
                    });
}

void Subscriptions::create(store::TenantId tenant, std::string tenant_name, std::string body, ngsi::ContextPtr context,
                           Owner owner, Done done) {
  if (has_null(body)) return done(bad("Subscription: null has no place in a new subscription"));
  auto document = expand_subscription(body, *context);
  if (!document) return done(tl::unexpected(document.error()));
  if (ngsi::walk::member(*document, "id").empty()) {
    const bool empty = *document == "{}";
    document->insert(1, "\"id\":" + json_of(new_id()) + (empty ? "" : ","));
  }
  auto read = read_subscription(std::move(*document));
  if (!read) return done(tl::unexpected(read.error()));
  auto subscription = std::make_shared<Subscription>(std::move(*read));
  if (auto ok = check(*subscription); !ok) return done(tl::unexpected(ok.error()));
  subscription->tenant = tenant;
  subscription->tenant_name = std::move(tenant_name);
  subscription->owner = std::move(owner);
  subscription->account = std::make_shared<Account>();
  subscription->created_at = subscription->modified_at = now();
  find_context(subscription, std::move(context), [this, subscription, done = std::move(done)](Result<void> found) {
    if (!found) return done(tl::unexpected(found.error()));
    in_turn({subscription->tenant, subscription->id}, [this, subscription, done] {
      if (find(subscription->tenant, subscription->id)) {
        turn_over({subscription->tenant, subscription->id});
        return done(fail(ErrorCode::kAlreadyExists, "there is already a subscription " + subscription->id));
      }
      put(subscription, done);
    });
  });
}

void Subscriptions::update(store::TenantId tenant, std::string id, std::string fragment, ngsi::ContextPtr context,
                           Done done) {
  if (!find(tenant, id)) return done(not_found(id));
  auto expanded = expand_subscription(fragment, *context);
  if (!expanded) return done(tl::unexpected(expanded.error()));
  const std::string_view body_id = ngsi::walk::member(*expanded, "id");
  if (!body_id.empty() && body_id != json_of(id))
    return done(bad("Subscription: the id of a subscription cannot be changed"));
  in_turn({tenant, id},
          [this, tenant, id, fragment = std::move(*expanded), context = std::move(context), done = std::move(done)] {
            const auto refuse = [&](const Error& error) {
              turn_over({tenant, id});
              done(tl::unexpected(error));
            };
            const SubscriptionPtr before = find(tenant, id);
            if (!before) return refuse(not_found(id).value());
            auto read = read_subscription(merge_subscription(before->document, fragment));
            if (!read) return refuse(read.error());
            auto next = std::make_shared<Subscription>(std::move(*read));
            // What was over before may stay so: only an expiresAt that is given now must lie ahead.
            const bool new_expiry = !ngsi::walk::member(fragment, "expiresAt").empty();
            const Instant expires_at = std::exchange(next->expires_at, new_expiry ? next->expires_at : kNoInstant);
            if (auto ok = check(*next); !ok) return refuse(ok.error());
            next->expires_at = expires_at;
            next->tenant = tenant;
            next->tenant_name = before->tenant_name;
            next->account = before->account;
            next->owner = before->owner;
            next->created_at = before->created_at;
            next->modified_at = std::max(now(), Instant{before->modified_at.us + 1});
            next->context = before->context;
            next->context_json = before->context_json;
            next->shows_context = before->shows_context;
            if (ngsi::walk::member(fragment, "jsonldContext").empty()) return put(next, done);
            find_context(next, context, [this, next, done](Result<void> found) {
              if (found) return put(next, done);
              turn_over({next->tenant, next->id});
              done(tl::unexpected(found.error()));
            });
          });
}

/// Writes it; within its turn, which ends then.
void Subscriptions::put(std::shared_ptr<Subscription> subscription, Done done) {
  std::vector<store::Write> writes;
  writes.emplace_back(store::DocumentWrite{subscription->tenant, std::string(kCollection), subscription->id,
                                           pack_subscription(*subscription)});
  store_.submit(std::move(writes),
                [this, subscription, done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
                  const Result<void>& written = outcomes.front().result;
                  if (written) adopt(find(subscription->tenant, subscription->id), subscription);
                  turn_over({subscription->tenant, subscription->id});
                  if (!written) return done(tl::unexpected(written.error()));
                  done(SubscriptionPtr(subscription));
                });
}

void Subscriptions::remove(store::TenantId tenant, std::string id, std::function<void(Result<void>)> done) {
  in_turn({tenant, id}, [this, tenant, id, done = std::move(done)] {
    const SubscriptionPtr before = find(tenant, id);
    if (!before) {
      turn_over({tenant, id});
      return done(not_found(id));
    }
    std::vector<store::Write> writes;
    writes.emplace_back(store::DocumentWrite{tenant, std::string(kCollection), id, std::nullopt});
    store_.submit(std::move(writes), [this, before, done](const std::vector<store::Outcome>& outcomes) {
      const Result<void>& written = outcomes.front().result;
      if (written) adopt(before, nullptr);
      turn_over({before->tenant, before->id});
      done(written);
    });
  });
}

void Subscriptions::adopt(const SubscriptionPtr& before, const SubscriptionPtr& after) {
  const SubscriptionPtr& either = after ? after : before;
  if (before) matcher_.remove(before);
  {
    std::unique_lock lock(mutex_);
    Tenant& tenant = tenants_[either->tenant];
    if (after) {
      tenant.by_id[after->id] = after;
      tenant.in_order[{after->created_at, after->id}] = after;
    } else {
      tenant.by_id.erase(before->id);
      tenant.in_order.erase({before->created_at, before->id});
    }
  }
  either->account->set_current(after);
  if (after && after->interval_s == 0) matcher_.add(after);
  if (listener_) listener_(before, after);
}

void Subscriptions::in_turn(Key key, std::function<void()> operation) {
  {
    std::lock_guard lock(turns_mutex_);
    const auto [it, free] = turns_.try_emplace(std::move(key));
    if (!free) return it->second.push_back(std::move(operation));
  }
  operation();
}

void Subscriptions::turn_over(const Key& key) {
  std::function<void()> next;
  {
    std::lock_guard lock(turns_mutex_);
    const auto it = turns_.find(key);
    if (it->second.empty()) return static_cast<void>(turns_.erase(it));
    next = std::move(it->second.front());
    it->second.pop_front();
  }
  next();
}

SubscriptionPtr Subscriptions::find(store::TenantId tenant, std::string_view id) const {
  std::shared_lock lock(mutex_);
  const auto of_tenant = tenants_.find(tenant);
  if (of_tenant == tenants_.end()) return nullptr;
  const auto it = of_tenant->second.by_id.find(std::string(id));
  return it == of_tenant->second.by_id.end() ? nullptr : it->second;
}

Subscriptions::Page Subscriptions::list(store::TenantId tenant, std::uint64_t offset, std::uint64_t limit,
                                        const std::function<bool(const Subscription&)>& shown) const {
  Page page;
  std::shared_lock lock(mutex_);
  const auto of_tenant = tenants_.find(tenant);
  if (of_tenant == tenants_.end()) return page;
  for (const auto& [order, subscription] : of_tenant->second.in_order) {
    if (!shown(*subscription)) continue;
    if (page.total++ >= offset && page.subscriptions.size() < limit) page.subscriptions.push_back(subscription);
  }
  return page;
}

std::vector<SubscriptionPtr> Subscriptions::all() const {
  std::vector<SubscriptionPtr> out;
  std::shared_lock lock(mutex_);
  for (const auto& [id, tenant] : tenants_) {
    for (const auto& [order, subscription] : tenant.in_order) out.push_back(subscription);
  }
  return out;
}

std::string Subscriptions::context_url(const Subscription& subscription) const {
  const std::string& url = subscription.context->link_url();
  return url.empty() ? contexts_.url_of(contexts_.implicit_id(*subscription.context)) : url;
}

void Subscriptions::write_figures() {
  for (const SubscriptionPtr& each : all()) {
    if (!each->account->take_changed()) continue;
    in_turn({each->tenant, each->id}, [this, tenant = each->tenant, id = each->id] {
      const SubscriptionPtr subscription = find(tenant, id);
      if (!subscription) return turn_over({tenant, id});
      std::vector<store::Write> writes;
      writes.emplace_back(store::DocumentWrite{tenant, std::string(kCollection), id, pack_subscription(*subscription)});
      store_.submit(std::move(writes), [this, subscription](const std::vector<store::Outcome>& outcomes) {
        if (!outcomes.front().result) subscription->account->mark_changed();
        turn_over({subscription->tenant, subscription->id});
      });
    });
  }
}

}  // namespace tsunagu::broker
