// The graph: durable entities with their history, and small named documents. One interface; `open_embedded` (embedded.h) is the default
// store, others can follow. tests/contract holds what every store must do.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

namespace tsunagu::store {

struct TenantTag;
using TenantId = StrongId<TenantTag, std::uint16_t>;  ///< 0 is the default tenant; never reused

/// What to do with one entity, decided from its current state.
struct Keep {};                             ///< leave it as it is (a success that changes nothing)
struct Put { ngsi::RecordPtr record; };     ///< create or replace; record->id() must be the id of the write
struct Remove {};                           ///< delete it (an error if it is absent: the decision must say so itself)
using Decision = std::variant<Keep, Put, Remove>;

/// Decides from the current state (null when absent or expired) and the instant of the write (later than that of every earlier write of the same
/// store). Pure, quick, no I/O: it runs on the writer, and may run more than once. An error leaves the entity untouched.
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
using Write = std::variant<EntityWrite, DocumentWrite>;

struct Outcome {
  Result<void> result;              ///< the decision's error, or that of the store (kStorageFull, kReadOnly, kUnavailable)
  ngsi::RecordPtr before, after;    ///< state around this write; both null for documents
};
using Done = std::function<void(std::vector<Outcome>)>;

/// How a query was answered, for `explain`.
struct Plan {
  std::string access;               ///< "id", "type", "number index on temperature", "r-tree on location", "scan"
  std::uint64_t candidates = 0;     ///< estimated before
  std::uint64_t examined = 0;       ///< records looked at so far
  std::string as_json(const ngsi::Context& context) const;
};

/// A running query. Resumable: each step does a bounded amount of work, so that a caller can serve others in between. Sees each entity that
/// exists during the whole query exactly once; entities written meanwhile may or may not appear; what appears is a state that was durable.
/// Not thread-safe; may be moved between threads.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// Examines up to about `budget` records and appends matches (until `out` has `want` more). Returns false when finished.
  virtual bool step(std::size_t budget, std::size_t want, std::vector<ngsi::RecordPtr>& out) = 0;
  /// If the number of matches is known without looking at them (type or everything, no other filter): it.
  virtual std::optional<std::uint64_t> known_count() const = 0;
  /// Skips the next n matches, cheaply where nothing has to be evaluated. Returns how many were skipped; to be called before the first step.
  virtual std::uint64_t skip_cheaply(std::uint64_t n) = 0;
  virtual const Plan& plan() const = 0;
};

struct TypeCount {
  ngsi::TermId type;
  std::uint64_t entities = 0;
};
struct AttributeUse {   ///< one attribute name within one entity type
  ngsi::TermId type, attribute;
  std::uint64_t entities = 0;
  std::uint16_t kinds = 0;  ///< bit 1 << AttrKind for each kind seen among current entities
};

struct Stats {
  std::uint64_t entities = 0, tenants = 0, terms = 0, documents = 0;
  std::uint64_t commits = 0, groups = 0, journal_bytes = 0, last_sequence = 0;
  std::uint64_t record_bytes = 0;       ///< sum of packed records in memory
  double last_group_ms = 0;
  bool writable = true;                 ///< false after a write error until one succeeds again
};

class Store {
 public:
  virtual ~Store() = default;

  // Tenants. "" is the default tenant and always exists.
  virtual std::optional<TenantId> find_tenant(std::string_view name) const = 0;
  /// Creates it (durably) if needed. Blocks for one commit when it is new. BadRequestData for illegal names ([A-Za-z0-9_.-]{1,64} only).
  virtual Result<TenantId> make_tenant(std::string_view name) = 0;
  virtual std::vector<std::pair<TenantId, std::string>> tenants() const = 0;

  // Reading: current durable state. Thread-safe; a read never waits for the disk.
  virtual ngsi::RecordPtr find(TenantId tenant, std::string_view id) const = 0;  ///< null if absent or expired. ~100 ns
  /// Keeps a reference to nothing of `selection` but takes it over. `linked` lookups go to the same tenant.
  virtual std::unique_ptr<Cursor> query(TenantId tenant, ngsi::Selection selection) const = 0;
  virtual std::vector<TypeCount> types(TenantId tenant) const = 0;
  virtual std::vector<AttributeUse> attribute_uses(TenantId tenant) const = 0;
  virtual std::optional<std::string> document(TenantId tenant, std::string_view collection, std::string_view key) const = 0;
  virtual std::vector<std::pair<std::string, std::string>> documents(TenantId tenant, std::string_view collection) const = 0;  ///< by key

  // Writing. Takes the writes in order; each is atomic by itself; all of one call share one group commit. `done` is called once, from a thread of
  // the store, after everything is on disk (or has failed); it must be quick (post to your own executor). After stop() everything fails with
  // kUnavailable. Thread-safe.
  virtual void submit(std::vector<Write> writes, Done done) = 0;

  virtual Stats stats() const = 0;
  /// Writes everything that is accepted, then refuses more. Called once.
  virtual void stop() = 0;
};

}  // namespace tsunagu::store
