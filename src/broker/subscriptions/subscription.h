// A subscription (clauses 5.2.12 to 5.2.15, 5.2.33): what a client asked for, read and checked once. It is kept as a
// *document*: canonical JSON with the members that the client gave, all names in it expanded. What GET answers is that
// document with the names of the caller's @context.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "broker/subscriptions/notice.h"
#include "broker/subscriptions/owner.h"
#include "ngsi/context.h"
#include "ngsi/query.h"
#include "ngsi/representation.h"
#include "store/store.h"

namespace tsunagu::broker {

/// What can make a change worth telling. entityUpdated is the three of attributes together.
enum Trigger : std::uint8_t {
  kEntityCreated = 1,
  kEntityDeleted = 2,
  kAttributeCreated = 4,
  kAttributeUpdated = 8,
  kAttributeDeleted = 16,
};

enum class Accept : std::uint8_t { kJson, kJsonLd, kGeoJson };

/// What happened to the notices of a subscription (5.2.14.2); shared by all versions of it. Thread-safe. An attempt to
/// deliver counts as sent, one that failed as failed too. kNoInstant: never.
class Account {
 public:
  struct Figures {
    std::uint64_t sent = 0, failed = 0;
    Instant last_notification, last_success, last_failure;
  };
  Figures figures() const;
  void set(const Figures& figures);
  void attempt_begins(Instant at);
  void attempt_ended(bool delivered, Instant at);
  /// Has it changed since it was last asked?
  bool take_changed() { return changed_.exchange(false); }
  void mark_changed() { changed_ = true; }

  /// The subscription as it is now; null when it is deleted.
  SubscriptionPtr current() const;
  void set_current(const SubscriptionPtr& subscription);

 private:
  mutable std::mutex mutex_;
  Figures figures_;
  std::weak_ptr<const Subscription> current_;  ///< it holds this
  std::atomic<bool> changed_ = false;
};

/// Immutable once it is in use.
struct Subscription {
  std::string document;
  store::TenantId tenant;
  std::string tenant_name;
  Instant created_at, modified_at;
  std::string context_json;    ///< the @context of notices as a JSON value; "" = the core one
  bool shows_context = false;  ///< GET tells it as jsonldContext though the client gave none: it was no plain URL
  ngsi::ContextPtr context;    ///< compiled
  std::shared_ptr<Account> account;
  Owner owner;  ///< who made it: it tells what they may be told, decided again for every notice

  // Read from the document.
  std::string id;
  bool active = true;
  Instant expires_at;
  std::vector<ngsi::Selection> selectors;  ///< ids, pattern, types; one of them. None: every entity
  std::vector<ngsi::TermId> watched;       ///< none: every attribute
  std::uint8_t triggers = kAttributeCreated | kAttributeUpdated;
  ngsi::Selection filter;                   ///< q, geoQ, scopeQ
  double interval_s = 0, throttling_s = 0;  ///< 0: none
  Endpoint endpoint;
  Accept accept = Accept::kJson;
  std::vector<std::pair<std::string, std::string>> receiver_info;
  ngsi::Representation how;  ///< without body_context
  bool show_changes = false;

  enum class Status : std::uint8_t { kActive, kPaused, kExpired };
  Status status(Instant at) const {
    if (expires_at != kNoInstant && expires_at <= at) return Status::kExpired;
    return active ? Status::kActive : Status::kPaused;
  }
  bool is_live(Instant at) const { return status(at) == Status::kActive; }
};

/// `body` (canonical JSON of a Subscription or of a fragment of one) with every name expanded; members that nobody
/// knows and those that only the broker sets are left out. BadRequestData for a q, type or pick that cannot be read.
Result<std::string> expand_subscription(std::string_view body, const ngsi::Context& context);
/// The other way round: `document` with the names of `context`.
std::string compact_subscription(std::string_view document, const ngsi::Context& context);

/// Everything but tenant, times, @context and account, from a document. BadRequestData names the member and what is
/// wrong with it; TooComplexQuery when it asks for more than an index should hold.
Result<Subscription> read_subscription(std::string document);

/// `document` with the members of `fragment` (expanded): null, or NGSI-LD Null, takes a member away; notification and
/// its endpoint are merged, everything else is replaced (clauses 5.4, 5.5.8).
std::string merge_subscription(std::string_view document, std::string_view fragment);

/// Is there a JSON null or an NGSI-LD Null anywhere?
bool has_null(std::string_view json);

/// Selections for Store::query that find what the subscription is about (clause 5.8.6, timeInterval). Made anew each
/// time: a query uses them up.
std::vector<ngsi::Selection> make_selections(const Subscription& subscription);

/// As GET shows it: the document compacted by `context`, status and figures, with `sys_attrs` also createdAt and
/// modifiedAt. `context_url` is told as jsonldContext if the subscription shows that. An object without its closing
/// brace.
std::string print_subscription(const Subscription& subscription, const ngsi::Context& context,
                               std::string_view context_url, bool sys_attrs);

/// The whole as it is kept in the store, and back. The @context is compiled by whoever loads.
std::string pack_subscription(const Subscription& subscription);
Result<Subscription> unpack_subscription(std::string_view packed);

}  // namespace tsunagu::broker
