// What passes between the part that decides who must be told (broker/subscriptions) and the part that tells them
// (gateway/notify).
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/record.h"
#include "store/store.h"

namespace tsunagu::broker {

struct Subscription;  // subscription.h
using SubscriptionPtr = std::shared_ptr<const Subscription>;

/// Where and how to send (clauses 5.2.15, 6.3.8, 7.2). Two subscriptions with equal endpoints share one queue.
struct Endpoint {
  std::string uri;  ///< http, https, mqtt or mqtts
  std::chrono::milliseconds timeout{5000};
  std::chrono::milliseconds cooldown{0};  ///< at least this long between a failure and the next attempt
  std::vector<std::pair<std::string, std::string>> notifier_info;  ///< MQTT-Version, MQTT-QoS
  bool operator==(const Endpoint&) const = default;
};

/// One thing to tell one subscriber. Cheap to copy. (row, part) names it for good: it is the idempotency key.
struct Notice {
  std::uint64_t row = 0;   ///< of the outbox
  std::uint32_t part = 0;  ///< within the row
  SubscriptionPtr subscription;
  std::vector<store::EntityChange> changes;  ///< one; several for timeInterval (then before == after)
  Instant due;                               ///< when it became due
  std::uint32_t attempts = 0;                ///< so far, kept over a restart as far as it was written
};

/// A notice as it goes out.
struct Message {
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Link, NGSILD-Tenant, receiverInfo, Idempotency-Key
  std::string body;  ///< the Notification (5.3.1); for MQTT the whole {"metadata":…,"body":…}
};

/// How an attempt ended.
struct Attempt {
  bool delivered = false;
  bool worth_repeating = true;  ///< no answer, 5xx, 408, 429: yes; another 4xx, 3xx: no
  std::string reason;           ///< for a person: "status 500", "no answer within 5 s"
};

/// A notice that nobody tries to deliver any more until an operator says so.
struct DeadLetter {
  std::uint64_t row = 0;
  std::uint32_t part = 0;
  std::string tenant, subscription, uri, reason;
  std::vector<std::string> entities;
  Instant due, gave_up;
  std::uint32_t attempts = 0;
};

/// Which notices an operator means; what is absent matches everything.
struct NoticeFilter {
  std::optional<std::string> tenant, subscription, uri;
  std::optional<std::uint64_t> row;
  std::optional<std::uint32_t> part;
};

/// Implemented by gateway/notify, called by the broker on the writer's thread: quick, never blocks.
class NoticeSink {
 public:
  virtual ~NoticeSink() = default;
  virtual void deliver(std::vector<Notice> notices) = 0;
};

/// Implemented by the broker, called by gateway/notify from any thread.
class NoticeSource {
 public:
  virtual ~NoticeSource() = default;
  /// Null when the subscription is gone, paused or expired meanwhile: the notice is settled without being sent.
  virtual std::optional<Endpoint> endpoint(const Notice& notice) const = 0;
  /// Empty when there is nothing to say after projection. ~5 µs for one entity.
  virtual std::optional<Message> render(const Notice& notice) const = 0;
  /// An attempt begins, or has ended: counters and status of the subscription (5.2.14.2).
  virtual void attempt_begins(const Notice& notice) = 0;
  virtual void attempt_ended(const Notice& notice, const Attempt& attempt) = 0;
  /// Done with it: the outbox may forget it.
  virtual void settled(const Notice& notice) = 0;
  /// Given up: it stays in the outbox as a dead letter.
  virtual void gave_up(const Notice& notice, const std::string& reason) = 0;

  // What operators ask for (gateway/notify/notice_routes.h). From any thread; may wait for the store.
  /// Dead letters, oldest first, at most `limit`.
  virtual std::vector<DeadLetter> dead_letters(const NoticeFilter& filter, std::size_t limit) const = 0;
  /// They become due again: back through NoticeSink::deliver() with attempts = 0 and `due` = now. Returns how many.
  virtual Result<std::size_t> retry(const NoticeFilter& filter) = 0;
  /// The outbox forgets them. Returns how many.
  virtual Result<std::size_t> drop(const NoticeFilter& filter) = 0;
  /// A waiting notice as a person sees it: tenant, subscription, uri and entities filled, `reason` and `gave_up` not.
  virtual DeadLetter describe(const Notice& notice) const = 0;
};

}  // namespace tsunagu::broker
