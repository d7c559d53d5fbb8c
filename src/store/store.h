// The graph: durable entities with their history, and small named documents. One interface; `open_embedded`
// (embedded.h) is the default store, others can follow. tests/contract holds what every store must do.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/strong.h"
#include "base/time.h"
#include "ngsi/query.h"
#include "ngsi/record.h"
#include "store/history.h"

namespace tsunagu::store {

struct TenantTag;
using TenantId = StrongId<TenantTag, std::uint16_t>;  ///< 0 is the default tenant; never reused

/// What to do with one entity, decided from its current state.
struct Keep {};  ///< leave it as it is (a success that changes nothing)
struct Put {
  ngsi::RecordPtr record;
};                 ///< create or replace; record->id() must be the id of the write
struct Remove {};  ///< delete it (an error if it is absent: the decision must say so itself)
using Decision = std::variant<Keep, Put, Remove>;

/// Decides from the current state (null when absent or expired) and the instant of the write (later than that of every
/// earlier write of the same store). Pure, quick, no I/O: it runs on the writer, and may run more than once. An error
/// leaves the entity untouched.
using Decide = std::function<Result<Decision>(const ngsi::Record* current, Instant now)>;

struct EntityWrite {
  TenantId tenant;
  std::string id;
  Decide decide;
};
/// Puts (or, with no body, removes) a small JSON document: hosted contexts now, subscriptions later.
struct DocumentWrite {
  TenantId tenant;
  std::string collection;
  std::string key;
  std::optional<std::string> body;
};
/// Changes what is remembered of an entity, not what it is now (clauses 5.6.11 to 5.6.16). What it names and does not
/// find is passed over: look with a HistoryReader first. Steps happen in this order: remove, then add.
struct HistoryWrite {
  TenantId tenant;
  std::string id;  ///< need not exist; it is remembered from then on
  bool forget =
      false;  ///< forget the entity as a whole: states and every series (the entity that is now stays as it is)
  struct Instance {
    SeriesKey series;
    Instant written;
  };
  std::vector<SeriesKey> forget_series;  ///< all instances of these series
  std::vector<Instance> forget_instances;
  struct Replacement {
    Instance which;
    ngsi::Attribute by;
  };
  std::vector<Replacement> replace;  ///< `which.written` stays; modifiedAt becomes the instant of this write
  std::vector<ngsi::TermId>
      types;  ///< added to the types of its last state; needed when nothing is remembered under the id
  std::vector<ngsi::ScopesInTime>
      scopes;  ///< what it had from each instant on; one that is not over yet counts from now
  /// One instance each, of any number of series; stamped by the store: each has an instant of its own. With kNullMark
  /// as its value it is a tombstone.
  std::vector<ngsi::Attribute> add;
};
/// Rewrites (or, with no body, settles) one row of the outbox; see Watcher.
struct OutboxWrite {
  std::uint64_t number = 0;
  std::optional<std::string> body;
};
using Write = std::variant<EntityWrite, DocumentWrite, HistoryWrite, OutboxWrite>;

struct Outcome {
  Result<void> result;  ///< the decision's error, or that of the store (kStorageFull, kReadOnly, kUnavailable)
  ngsi::RecordPtr before, after;  ///< state around this write; both null for documents
};
using Done = std::function<void(std::vector<Outcome>)>;

/// One change of one entity, in the order of writing.
struct EntityChange {
  TenantId tenant;
  ngsi::RecordPtr before, after;  ///< null: did not exist, does not exist any more
  Instant at;
};

/// What is remembered of an entity was changed by a HistoryWrite.
struct PastChange {
  TenantId tenant;
  ngsi::RecordPtr record;           ///< the entity as it is; null: it does not exist
  std::vector<ngsi::TermId> types;  ///< that the write gave it
};

/// Watches every change of a store: subscriptions and live streams. Called on the writer, never twice at once; must be
/// quick, no I/O, and must not wait for the store.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// These changes are about to be written. What somebody must be told of because of them goes into `outbox` as opaque
  /// rows, which are written in the same commit and kept until settled by an OutboxWrite. `store` state is that before
  /// the group.
  virtual void due(std::span<const EntityChange> changes, std::vector<std::string>& outbox) = 0;
  /// They are durable and visible. `sequence` rises from call to call and lives as long as the data folder; the rows
  /// that due() made have the numbers `first_row`, `first_row` + 1 …, which are never given again. Not called when the
  /// commit failed.
  virtual void committed(std::uint64_t sequence, std::span<const EntityChange> changes, std::uint64_t first_row) = 0;
  /// The commit failed: what due() was called for last did not happen.
  virtual void failed() = 0;
  /// These changes of the past are durable; one for each HistoryWrite. After committed(), where that is called.
  virtual void past_committed(std::span<const PastChange> /*changes*/) {}
};

struct OutboxRow {
  std::uint64_t number = 0;
  std::string body;
};

/// How a query was answered, for `explain`.
struct Plan {
  std::string access;            ///< "id", "type", "number index on temperature", "r-tree on location", "scan"
  std::uint64_t candidates = 0;  ///< estimated before
  std::uint64_t examined = 0;    ///< records looked at so far
  std::string as_json(const ngsi::Context& context) const;
};

/// A running query. Resumable: each step does a bounded amount of work, so that a caller can serve others in between.
/// Sees each entity that exists during the whole query exactly once; entities written meanwhile may or may not appear;
/// what appears is a state that was durable. Not thread-safe; may be moved between threads.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// Examines up to about `budget` records and appends matches (until `out` has `want` more). Returns false when
  /// finished.
  virtual bool step(std::size_t budget, std::size_t want, std::vector<ngsi::RecordPtr>& out) = 0;
  /// If the number of matches is known without looking at them (type or everything, no other filter): it.
  virtual std::optional<std::uint64_t> known_count() const = 0;
  /// Skips the next n matches, cheaply where nothing has to be evaluated. Returns how many were skipped; to be called
  /// before the first step.
  virtual std::uint64_t skip_cheaply(std::uint64_t n) = 0;
  virtual const Plan& plan() const = 0;
};

struct TypeCount {
  ngsi::TermId type;
  std::uint64_t entities = 0;
};
struct AttributeUse {  ///< one attribute name within one entity type
  ngsi::TermId type, attribute;
  std::uint64_t entities = 0;
  std::uint16_t kinds = 0;  ///< bit 1 << AttrKind for each kind seen among current entities
};

struct Stats {
  std::uint64_t entities = 0, tenants = 0, terms = 0, documents = 0;
  std::uint64_t commits = 0, groups = 0, journal_bytes = 0, last_sequence = 0;
  std::uint64_t record_bytes = 0;                          ///< sum of packed records in memory
  std::uint64_t points_forgotten = 0, points_thinned = 0;  ///< of history, by retention, since the start
  double last_group_ms = 0;
  bool writable = true;  ///< false after a write error until one succeeds again
};

/// What one tenant holds now.
struct TenantUsage {
  std::uint64_t entities = 0;
  std::uint64_t bytes = 0;  ///< of their packed records
};

class Store {
 public:
  virtual ~Store() = default;

  // Tenants. "" is the default tenant and always exists.
  virtual std::optional<TenantId> find_tenant(std::string_view name) const = 0;
  /// Creates it (durably) if needed. Blocks for one commit when it is new. BadRequestData for illegal names
  /// ([A-Za-z0-9_.-]{1,64} only).
  virtual Result<TenantId> make_tenant(std::string_view name) = 0;
  virtual std::vector<std::pair<TenantId, std::string>> tenants() const = 0;
  virtual TenantUsage usage(TenantId /*tenant*/) const { return {}; }  ///< ~20 ns

  // Reading: current durable state. Thread-safe; a read never waits for the disk.
  virtual ngsi::RecordPtr find(TenantId tenant, std::string_view id) const = 0;  ///< null if absent or expired. ~100 ns
  /// Takes `selection` over, but for its order: matches come in no order of value (PageQuery sorts). Linked entities
  /// are of the same tenant.
  virtual std::unique_ptr<Cursor> query(TenantId tenant, ngsi::Selection selection) const = 0;
  virtual std::vector<TypeCount> types(TenantId tenant) const = 0;
  virtual std::vector<AttributeUse> attribute_uses(TenantId tenant) const = 0;
  virtual std::optional<std::string> document(TenantId tenant, std::string_view collection,
                                              std::string_view key) const = 0;
  virtual std::vector<std::pair<std::string, std::string>> documents(
      TenantId tenant, std::string_view collection) const = 0;  ///< by key

  /// A view of what is remembered, as of now.
  virtual Result<std::unique_ptr<HistoryReader>> history(TenantId tenant) const = 0;

  /// Rows of the outbox that are not settled, oldest first. To be read once, at start.
  virtual Result<std::vector<OutboxRow>> outbox() const = 0;
  /// From now on `watcher` sees every change. Returns at once when nothing is being written, else after the group.
  virtual void watch(Watcher& watcher) = 0;
  /// No call into `watcher` is under way or comes any more when this returns.
  virtual void unwatch(Watcher& watcher) = 0;

  // Writing. Takes the writes in order; each is atomic by itself; all of one call share one group commit. `done` is
  // called once, from a thread of the store, after everything is on disk (or has failed); it must be quick (post to
  // your own executor). After stop() everything fails with kUnavailable. Thread-safe.
  virtual void submit(std::vector<Write> writes, Done done) = 0;

  virtual Stats stats() const = 0;
  /// Writes everything that is accepted, then refuses more. Called once.
  virtual void stop() = 0;
};

}  // namespace tsunagu::store
