#include "store/memory/graph.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace tsunagu::store {
namespace {

using ngsi::AttributeView;
using ngsi::Record;

bool same_types_and_scopes(const Record& a, const Record& b) {
  if (a.type_count() != b.type_count() || a.scope_count() != b.scope_count()) return false;
  for (std::uint16_t i = 0; i < a.type_count(); ++i)
    if (a.type(i) != b.type(i)) return false;
  const auto left = a.scopes(), right = b.scopes();
  auto l = left.begin(), r = right.begin();
  for (; l != left.end(); ++l, ++r)
    if (*l != *r) return false;
  return true;
}

bool same_types(const Record& a, const Record& b) {
  if (a.type_count() != b.type_count()) return false;
  for (std::uint16_t i = 0; i < a.type_count(); ++i)
    if (a.type(i) != b.type(i)) return false;
  return true;
}

Instant earlier(Instant a, Instant b) {
  if (a == kNoInstant) return b;
  return b == kNoInstant || a < b ? a : b;
}

Instant first_expiry(const Record::AttributeRange& instances) {
  Instant first;
  for (const AttributeView view : instances) {
    if (view.flags() & AttributeView::kExpiresAt) first = earlier(first, view.parts().expires_at);
    if (view.sub_count())
      first = earlier(first, first_expiry(Record::AttributeRange{view.parts().subs, view.sub_count()}));
  }
  return first;
}

}  // namespace

Instant first_expiry(const Record& record) {
  return earlier(record.expires_at(), first_expiry(record.attributes()));
}

void GraphBatch::clear() {
  keys_.clear();
  boxes_.clear();
  uses_.clear();
}

std::uint64_t Graph::id_hash(std::string_view id) {
  return hash64(id);
}

std::uint32_t Graph::find(std::string_view id, std::uint64_t hash) const {
  return ids_.find(hash, [&](std::uint32_t s) { return slot(s).record->id() == id; });
}

const AttributeIndex* Graph::attribute(ngsi::TermId name) const {
  const auto it = attributes_.find(name.value);
  return it == attributes_.end() ? nullptr : it->second.get();
}

const Posting* Graph::type(ngsi::TermId type) const {
  const auto it = types_.find(type.value);
  return it == types_.end() ? nullptr : it->second.get();
}

std::vector<TypeCount> Graph::types() const {
  std::vector<TypeCount> out;
  for (const auto& [type, slots] : types_)
    if (!slots->empty()) out.push_back({ngsi::TermId{type}, slots->size()});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.type < b.type; });
  return out;
}

std::vector<AttributeUse> Graph::attribute_uses() const {
  std::vector<AttributeUse> out;
  for (const auto& [key, use] : uses_) {
    if (use.entities == 0) continue;
    unsigned kinds = 0;
    for (unsigned k = 0; k < 9; ++k)
      if (use.of_kind[k]) kinds |= 1u << k;
    out.push_back({ngsi::TermId{static_cast<std::uint32_t>(key >> 32)}, ngsi::TermId{static_cast<std::uint32_t>(key)},
                   use.entities, static_cast<std::uint16_t>(kinds)});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::pair(a.type, a.attribute) < std::pair(b.type, b.attribute);
  });
  return out;
}

// Slots of deleted entities are taken again only when they are many, so that slot order is creation order in all
// ordinary cases.
std::uint32_t Graph::take_slot() {
  if (free_.size() > kChunk && free_.size() > next_slot_ / 4) {
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  return next_slot_++;
}

void Graph::give_back(std::uint32_t slot) {
  if (slot + 1 == next_slot_) {
    --next_slot_;
  } else {
    free_.push_back(slot);
  }
}

void Graph::prepare(const GraphChange& change, GraphBatch& batch) {
  const Record* before = change.before.get();
  const Record* after = change.after.get();
  const bool types_changed = !before || !after || !same_types(*before, *after);

  auto add_uses = [&](const Record* record, std::uint32_t attribute, std::uint16_t from, std::uint16_t to) {
    if (!record) return;
    for (std::uint16_t i = 0; i < record->type_count(); ++i)
      batch.uses_.push_back({record->type(i).value, attribute, from, to});
  };
  auto add_keys = [&](std::uint32_t attribute, const std::vector<IndexKey>& keys, const std::vector<IndexKey>& other,
                      bool add) {
    auto o = other.begin();
    for (const IndexKey& key : keys) {
      while (o != other.end() && *o < key) ++o;
      if (o != other.end() && *o == key) continue;
      batch.keys_.push_back({attribute, change.slot, key, add});
    }
  };

  GroupWalk old_walk(before), new_walk(after);
  while (old_walk.valid() || new_walk.valid()) {
    const bool has_old = old_walk.valid() && (!new_walk.valid() || old_walk.group().name <= new_walk.group().name);
    const bool has_new = new_walk.valid() && (!old_walk.valid() || new_walk.group().name <= old_walk.group().name);
    const Group none, &old_group = has_old ? old_walk.group() : none, &new_group = has_new ? new_walk.group() : none;
    const std::uint32_t name = (has_old ? old_group : new_group).name.value;
    const bool same = has_old && has_new && same_values(old_group, new_group);
    if (!same) {
      batch.keys_before_.clear();
      batch.keys_after_.clear();
      batch.boxes_before_.clear();
      batch.boxes_after_.clear();
      if (has_old) index_keys(old_group, batch.keys_before_), index_boxes(old_group, batch.boxes_before_);
      if (has_new) index_keys(new_group, batch.keys_after_), index_boxes(new_group, batch.boxes_after_);
      add_keys(name, batch.keys_before_, batch.keys_after_, false);
      add_keys(name, batch.keys_after_, batch.keys_before_, true);
      for (const ngsi::Box& box : batch.boxes_before_) batch.boxes_.push_back({name, change.slot, box, false});
      for (const ngsi::Box& box : batch.boxes_after_) batch.boxes_.push_back({name, change.slot, box, true});
    }
    if (!same || types_changed) {
      const std::uint16_t old_kinds = has_old ? kinds_of(old_group) : std::uint16_t{0};
      const std::uint16_t new_kinds = has_new ? kinds_of(new_group) : std::uint16_t{0};
      if (!has_old || !has_new) batch.uses_.push_back({0, name, old_kinds, new_kinds});
      if (types_changed) {
        if (has_old) add_uses(before, name, old_kinds, 0);
        if (has_new) add_uses(after, name, 0, new_kinds);
      } else if (old_kinds != new_kinds) {
        add_uses(after, name, old_kinds, new_kinds);
      }
    }
    if (has_old) old_walk.next();
    if (has_new) new_walk.next();
  }
}

AttributeIndex& Graph::attribute_index(std::uint32_t name) {
  auto& index = attributes_[name];
  if (!index) index = std::make_unique<AttributeIndex>();
  return *index;
}

void Graph::apply_use(std::uint32_t type, std::uint32_t attribute, std::uint16_t before, std::uint16_t after) {
  if (type == 0) {
    if (before) --attribute_index(attribute).entities;
    if (after) ++attribute_index(attribute).entities;
    return;
  }
  Use& use = uses_[std::uint64_t{type} << 32 | attribute];
  if (before) --use.entities;
  if (after) ++use.entities;
  for (unsigned k = 0; k < 9; ++k) {
    if (before >> k & 1) --use.of_kind[k];
    if (after >> k & 1) ++use.of_kind[k];
  }
}

void Graph::apply_types_and_scopes(const Record& record, std::uint32_t slot, bool add) {
  for (std::uint16_t i = 0; i < record.type_count(); ++i) {
    auto& slots = types_[record.type(i).value];
    if (!slots) slots = std::make_unique<Posting>();
    if (add) {
      slots->insert(slot);
    } else {
      slots->erase(slot);
    }
  }
  for (const std::string_view scope : record.scopes()) {
    auto it = scopes_.find(scope);
    if (it == scopes_.end()) it = scopes_.emplace(scope, Posting{}).first;
    if (add) {
      it->second.insert(slot);
    } else {
      it->second.erase(slot);
    }
  }
}

void Graph::apply(const std::vector<GraphChange>& changes, const GraphBatch& batch) {
  for (const GraphChange& change : changes) {
    const Record* before = change.before.get();
    const Record* after = change.after.get();
    while (change.slot / kChunk >= chunks_.size()) chunks_.push_back(std::make_unique<Slot[]>(kChunk));
    if (slot_end_ <= change.slot) slot_end_ = change.slot + 1;
    Slot& slot = mutable_slot(change.slot);
    if (before) record_bytes_ -= before->bytes().size();
    if (after) record_bytes_ += after->bytes().size();
    if (before && !after) ids_.erase(id_hash(before->id()), change.slot);
    slot.record = change.after;
    slot.number = after ? change.number : 0;
    if (!before && after) ids_.insert(id_hash(after->id()), change.slot);
    if (!before || !after || !same_types_and_scopes(*before, *after)) {
      if (before) apply_types_and_scopes(*before, change.slot, false);
      if (after) apply_types_and_scopes(*after, change.slot, true);
    }
    const Instant old_expiry = before ? first_expiry(*before) : kNoInstant;
    const Instant new_expiry = after ? first_expiry(*after) : kNoInstant;
    if (old_expiry != new_expiry) {
      if (old_expiry != kNoInstant) expiries_.erase(KeyedSlot(time_key(old_expiry), change.slot));
      if (new_expiry != kNoInstant) expiries_.insert(KeyedSlot(time_key(new_expiry), change.slot));
    }
    if (before && !after) give_back(change.slot);
  }
  for (const auto& use : batch.uses_) apply_use(use.type, use.attribute, use.kinds_before, use.kinds_after);

  auto change_keys = [](KeySet& set, const GraphBatch::KeyStep& step) {
    const KeyedSlot entry(step.key.key, step.slot);
    if (step.add) {
      set.insert(entry);
    } else {
      set.erase(entry);
    }
  };
  auto change_slots = [](Posting& set, const GraphBatch::KeyStep& step) {
    if (step.add) {
      set.insert(step.slot);
    } else {
      set.erase(step.slot);
    }
  };
  for (const auto& step : batch.keys_) {
    AttributeIndex& index = attribute_index(step.attribute);
    switch (step.key.where) {
      case KeyClass::kEqual:
        change_keys(index.equal, step);
        break;
      case KeyClass::kNumber:
        change_keys(index.number, step);
        break;
      case KeyClass::kText:
        change_keys(index.text, step);
        break;
      case KeyClass::kTime:
        change_keys(index.time, step);
        break;
      case KeyClass::kTrue:
        change_slots(index.yes, step);
        break;
      case KeyClass::kFalse:
        change_slots(index.no, step);
        break;
      case KeyClass::kOther:
        change_slots(index.other, step);
        break;
      case KeyClass::kUnindexed:
        change_slots(index.unindexed, step);
        break;
    }
  }
  for (const auto& step : batch.boxes_) {
    GeoIndex& geo = attribute_index(step.attribute).geo;
    if (step.add) {
      geo.insert(step.box, step.slot);
    } else {
      geo.erase(step.box, step.slot);
    }
  }
}

}  // namespace tsunagu::store
