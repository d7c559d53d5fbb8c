// The current entities of one tenant and everything they can be found by. One thread writes (prepare without a lock,
// apply under the exclusive lock of the state); readers hold the shared lock. Index structures, once made, stay where
// they are.
#pragma once
#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/record.h"
#include "store/memory/geo_index.h"
#include "store/memory/id_table.h"
#include "store/memory/index_keys.h"
#include "store/memory/posting.h"
#include "store/store.h"

namespace tsunagu::store {

/// Everything the values of one attribute name can be found by.
struct AttributeIndex {
  KeySet equal, number, text, time;
  Posting yes, no, other, unindexed;
  GeoIndex geo;
  std::uint32_t entities = 0;  ///< that have the attribute
};

/// One entity before and after; `slot` and `number` are those of the entity, given by the writer.
struct GraphChange {
  std::uint32_t slot = kNoSlot;
  std::uint64_t number = 0;
  ngsi::RecordPtr before, after;  ///< null: not there
};

/// What some changes do to the indexes, computed before the lock is taken.
class GraphBatch {
 public:
  void clear();

 private:
  friend class Graph;
  struct KeyStep {
    std::uint32_t attribute;
    std::uint32_t slot;
    IndexKey key;
    bool add;
  };
  struct BoxStep {
    std::uint32_t attribute;
    std::uint32_t slot;
    ngsi::Box box;
    bool add;
  };
  struct UseStep {
    std::uint32_t type;  ///< 0: the attribute's own count of entities
    std::uint32_t attribute;
    std::uint16_t kinds_before, kinds_after;  ///< 0: attribute is not there
  };
  std::vector<KeyStep> keys_;
  std::vector<BoxStep> boxes_;
  std::vector<UseStep> uses_;
  std::vector<IndexKey> keys_before_, keys_after_;
  std::vector<ngsi::Box> boxes_before_, boxes_after_;
};

class Graph {
 public:
  struct Slot {
    ngsi::RecordPtr record;  ///< null: free
    std::uint64_t number = 0;
  };

  // Reading.
  std::uint32_t find(std::string_view id) const { return find(id, id_hash(id)); }
  std::uint32_t find(std::string_view id, std::uint64_t hash) const;  ///< kNoSlot if absent; expired entities are found
  const Slot& slot(std::uint32_t slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  std::uint32_t slot_end() const { return slot_end_; }
  std::uint64_t size() const { return ids_.size(); }
  std::uint64_t record_bytes() const { return record_bytes_; }
  static std::uint64_t id_hash(std::string_view id);

  const AttributeIndex* attribute(ngsi::TermId name) const;  ///< null if it was never used
  const Posting* type(ngsi::TermId type) const;              ///< null if it was never used
  const std::map<std::string, Posting, std::less<>>& scopes() const { return scopes_; }
  /// (earliest instant at which something of the entity expires, slot).
  const KeySet& expiries() const { return expiries_; }
  std::vector<TypeCount> types() const;
  std::vector<AttributeUse> attribute_uses() const;

  // Writing.
  std::uint32_t take_slot();  ///< for a new entity; to be used in a later apply(), or given back
  void give_back(std::uint32_t slot);
  /// Adds what `change` does to `batch`. Needs no lock.
  static void prepare(const GraphChange& change, GraphBatch& batch);
  /// Carries out changes and the batch prepared from them. Leaves the old record in `before` (to be freed without the
  /// lock).
  void apply(const std::vector<GraphChange>& changes, const GraphBatch& batch);

  struct Loaded {
    std::uint64_t number = 0;
    ngsi::RecordPtr record;
  };
  /// Fills an empty graph (entities ordered by number), with `threads` threads.
  void load(std::vector<Loaded> entities, int threads);

 private:
  static constexpr std::uint32_t kChunk = 4096;
  struct Use {
    std::uint32_t entities = 0;
    std::uint32_t of_kind[9] = {};
  };

  Slot& mutable_slot(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  AttributeIndex& attribute_index(std::uint32_t name);
  void apply_use(std::uint32_t type, std::uint32_t attribute, std::uint16_t before, std::uint16_t after);
  void apply_types_and_scopes(const ngsi::Record& record, std::uint32_t slot, bool add);

  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::uint32_t slot_end_ = 0;       ///< slots below were in use at some time; grows in apply()
  std::uint32_t next_slot_ = 0;      ///< writer only
  std::vector<std::uint32_t> free_;  ///< writer only
  IdTable ids_;
  std::uint64_t record_bytes_ = 0;
  absl::flat_hash_map<std::uint32_t, std::unique_ptr<AttributeIndex>> attributes_;
  absl::flat_hash_map<std::uint32_t, std::unique_ptr<Posting>> types_;
  std::map<std::string, Posting, std::less<>> scopes_;
  KeySet expiries_;
  absl::flat_hash_map<std::uint64_t, Use> uses_;  ///< by type << 32 | attribute
};

/// The earliest instant at which the entity or one of its attributes (at any depth) expires; kNoInstant if nothing
/// does.
Instant first_expiry(const ngsi::Record& record);

}  // namespace tsunagu::store
