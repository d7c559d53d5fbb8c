#include "broker/subscriptions/matcher.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <unordered_map>

#include "ngsi/json_walk.h"
#include "store/memory/geo_index.h"

namespace tsunagu::broker {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr double kFar = 1e38;  ///< as good as infinity, and within a float

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using Slots = std::vector<std::uint32_t>;
using TextIndex = std::unordered_map<std::string, Slots, TextHash, std::equal_to<>>;
using BoxIndexes = std::unordered_map<ngsi::TermId, std::unique_ptr<store::GeoIndex>>;

void take_out(Slots& slots, std::uint32_t slot) {
  const auto it = std::ranges::find(slots, slot);
  if (it == slots.end()) return;
  *it = slots.back();
  slots.pop_back();
}
void take_out(TextIndex& index, std::string_view key, std::uint32_t slot) {
  const auto it = index.find(key);
  if (it == index.end()) return;
  take_out(it->second, slot);
  if (it->second.empty()) index.erase(it);
}

/// Subscriptions to one type (kNoTerm: any) and watched attribute (kNoTerm: any) in one tenant.
struct Group {
  TextIndex by_id, by_prefix;
  std::map<std::size_t, std::size_t> prefix_lengths;  ///< how many prefixes of each length
  BoxIndexes by_area, by_number;                      ///< of the attribute
  Slots others;
  std::size_t size = 0;
};

std::uint64_t group_key(store::TenantId tenant, ngsi::TermId type, ngsi::TermId attribute) {
  static_assert(ngsi::TermTable::kMaxTerms <= 1u << 24);
  return (std::uint64_t{tenant.value} << 48) ^ (std::uint64_t{type.value} << 24) ^ attribute.value;
}

struct Place {
  enum class Kind : std::uint8_t { kId, kPrefix, kArea, kNumber, kOther };
  std::uint64_t group = 0;
  Kind kind = Kind::kOther;
  std::string text;        ///< id or prefix
  ngsi::TermId attribute;  ///< of the area or number
  ngsi::Box box{};
};

/// Types such that whatever `types` selects has one of them; none: no such list.
std::vector<ngsi::TermId> leading_types(const ngsi::TypeExpr& types) {
  using Kind = ngsi::TypeExpr::Kind;
  if (types.kind == Kind::kType) return {types.type};
  std::vector<ngsi::TermId> out;
  for (const ngsi::TypeExpr& child : types.children) {
    std::vector<ngsi::TermId> more = leading_types(child);
    if (types.kind == Kind::kAnd) {
      if (!more.empty() && (out.empty() || more.size() < out.size())) out = std::move(more);
    } else {
      if (more.empty()) return {};
      out.insert(out.end(), more.begin(), more.end());
    }
  }
  return out;
}

/// What every text that matches begins with, as far as it is plain to see.
std::string literal_prefix(std::string_view pattern) {
  constexpr std::string_view kSpecial = ".*+?()[]{}|^$\\";
  std::string prefix;
  if (!pattern.starts_with('^') || pattern.find('|') != pattern.npos) return prefix;
  for (std::size_t i = 1; i < pattern.size();) {
    std::size_t next = i + 1;
    char c = pattern[i];
    if (c == '\\' && next < pattern.size() &&
        std::string_view(".-:/+*?()[]{}|^$\\").find(pattern[next]) != std::string_view::npos) {
      c = pattern[next++];
    } else if (kSpecial.find(c) != kSpecial.npos) {
      break;
    }
    if (next < pattern.size() && std::string_view("*?{").find(pattern[next]) != std::string_view::npos) break;
    prefix += c;
    if (next < pattern.size() && pattern[next] == '+') break;
    i = next;
  }
  // A quantifier may have followed the last byte of a character of several bytes.
  while (!prefix.empty() && (static_cast<unsigned char>(prefix.back()) & 0x80) != 0) prefix.pop_back();
  return prefix;
}

/// The numbers that the comparison holds for, as a box, if it is a plain one.
bool number_box(const ngsi::QueryExpr& q, ngsi::TermId& attribute, ngsi::Box& box) {
  using ngsi::Comparator;
  const ngsi::AttrPath& path = q.path;
  if (q.kind != ngsi::QueryExpr::Kind::kCompare || path.of_entity || path.linked || !path.subs.empty() ||
      !path.value_path.empty() || path.member != ngsi::Member::kNone || q.values.empty() ||
      q.values[0].type != ngsi::QueryValue::Type::kNumber) {
    return false;
  }
  const double value = std::clamp(q.values[0].number, -kFar, kFar);
  double low = -kFar, high = kFar;
  switch (q.op) {
    case Comparator::kEqual:
      if (q.values.size() != (q.range ? 2u : 1u)) return false;
      low = value;
      high = q.range ? std::clamp(q.values[1].number, -kFar, kFar) : value;
      if (low > high) return false;
      break;
    case Comparator::kGreater:
    case Comparator::kGreaterEqual:
      low = value;
      break;
    case Comparator::kLess:
    case Comparator::kLessEqual:
      high = value;
      break;
    default:
      return false;
  }
  attribute = path.name;
  box = {low, 0, high, 0};
  return true;
}

Place narrowest(const Subscription& subscription, const ngsi::Selection* selector) {
  Place place;
  if (selector != nullptr && selector->id_regex) {
    place.text = literal_prefix(selector->id_pattern);
    if (!place.text.empty()) {
      place.kind = Place::Kind::kPrefix;
      return place;
    }
  }
  if (const auto& geo = subscription.filter.geo) {
    if (const auto bounds = geo->bounds()) {
      place.kind = Place::Kind::kArea;
      place.attribute = geo->geoproperty();
      place.box = *bounds;
      return place;
    }
  }
  for (const ngsi::QueryExpr& q : subscription.filter.q) {
    const bool all = q.kind == ngsi::QueryExpr::Kind::kAnd;
    const auto found = [&](const ngsi::QueryExpr& each) { return number_box(each, place.attribute, place.box); };
    if (all ? std::ranges::any_of(q.children, found) : found(q)) {
      place.kind = Place::Kind::kNumber;
      return place;
    }
  }
  return place;
}

std::vector<Place> places_of(const Subscription& subscription) {
  std::vector<Place> places;
  const std::vector<ngsi::TermId> any{ngsi::kNoTerm};
  const auto add = [&](const ngsi::Selection* selector) {
    std::vector<ngsi::TermId> types = selector != nullptr && selector->types ? leading_types(*selector->types) : any;
    if (types.empty()) types = any;
    for (const ngsi::TermId type : types) {
      for (const ngsi::TermId attribute : subscription.watched.empty() ? any : subscription.watched) {
        Place place;
        if (selector == nullptr || selector->ids.empty()) place = narrowest(subscription, selector);
        place.group = group_key(subscription.tenant, type, attribute);
        if (selector == nullptr || selector->ids.empty()) {
          places.push_back(std::move(place));
          continue;
        }
        place.kind = Place::Kind::kId;
        for (const std::string& id : selector->ids) {
          place.text = id;
          places.push_back(place);
        }
      }
    }
  };
  for (const ngsi::Selection& selector : subscription.selectors) add(&selector);
  if (subscription.selectors.empty()) add(nullptr);
  return places;
}

store::GeoIndex& index_of(BoxIndexes& indexes, ngsi::TermId attribute) {
  std::unique_ptr<store::GeoIndex>& index = indexes[attribute];
  if (!index) index = std::make_unique<store::GeoIndex>();
  return *index;
}

void put(Group& group, const Place& place, std::uint32_t slot) {
  ++group.size;
  switch (place.kind) {
    case Place::Kind::kId:
      group.by_id[place.text].push_back(slot);
      break;
    case Place::Kind::kPrefix: {
      Slots& slots = group.by_prefix[place.text];
      if (slots.empty()) ++group.prefix_lengths[place.text.size()];
      slots.push_back(slot);
      break;
    }
    case Place::Kind::kArea:
      index_of(group.by_area, place.attribute).insert(place.box, slot);
      break;
    case Place::Kind::kNumber:
      index_of(group.by_number, place.attribute).insert(place.box, slot);
      break;
    case Place::Kind::kOther:
      group.others.push_back(slot);
      break;
  }
}

void erase(Group& group, const Place& place, std::uint32_t slot) {
  --group.size;
  switch (place.kind) {
    case Place::Kind::kId:
      take_out(group.by_id, place.text, slot);
      break;
    case Place::Kind::kPrefix:
      take_out(group.by_prefix, place.text, slot);
      if (!group.by_prefix.contains(place.text)) {
        const auto length = group.prefix_lengths.find(place.text.size());
        if (length != group.prefix_lengths.end() && --length->second == 0) group.prefix_lengths.erase(length);
      }
      break;
    case Place::Kind::kArea:
      index_of(group.by_area, place.attribute).erase(place.box, slot);
      break;
    case Place::Kind::kNumber:
      index_of(group.by_number, place.attribute).erase(place.box, slot);
      break;
    case Place::Kind::kOther:
      take_out(group.others, slot);
      break;
  }
}

/// Calls f(view) for every instance of `name`.
template <class F>
void each_instance(const ngsi::Record& record, ngsi::TermId name, F&& f) {
  for (const ngsi::AttributeView view : record.attributes()) {
    if (view.name() == name) f(view);
  }
}

/// Everything in the group that the record could be of interest to.
void candidates(const Group& group, const ngsi::Record& record, Slots& out) {
  out.insert(out.end(), group.others.begin(), group.others.end());
  const std::string_view id = record.id();
  const auto add = [&out](const TextIndex& index, std::string_view key) {
    if (const auto it = index.find(key); it != index.end()) out.insert(out.end(), it->second.begin(), it->second.end());
  };
  if (!group.by_id.empty()) add(group.by_id, id);
  for (const auto& [length, count] : group.prefix_lengths) {
    if (length > id.size()) break;
    add(group.by_prefix, id.substr(0, length));
  }
  for (const auto& [attribute, index] : group.by_area) {
    each_instance(record, attribute, [&](ngsi::AttributeView view) {
      if (const auto box = ngsi::bounding_box(view.value())) index->search(*box, kAll, out);
    });
  }
  for (const auto& [attribute, index] : group.by_number) {
    each_instance(record, attribute, [&](ngsi::AttributeView view) {
      const std::string_view value = ngsi::plain_value(view.value());
      if (const auto number = ngsi::walk::number(value)) {
        const double at = std::clamp(*number, -kFar, kFar);
        index->search({at, 0, at, 0}, kAll, out);
      } else if (ngsi::walk::is_array(value) || ngsi::walk::is_object(value)) {
        index->search({-kFar, 0, kFar, 0}, kAll, out);
      }
    });
  }
}

bool watches(const Subscription& subscription, ngsi::TermId name) {
  return subscription.watched.empty() || std::ranges::find(subscription.watched, name) != subscription.watched.end();
}

bool wants_dataset(const Subscription& subscription, std::string_view dataset_id) {
  if (!subscription.how.dataset_id) return true;
  const std::string_view mine = dataset_id.empty() ? std::string_view("@none") : dataset_id;
  for (std::string_view rest = *subscription.how.dataset_id; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (rest.substr(0, comma) == mine) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

bool is_triggered(const Subscription& subscription, const ChangeSet& changes) {
  if ((changes.entity & subscription.triggers) != 0) {
    if (subscription.watched.empty()) return true;
    if (std::ranges::any_of(changes.instances, [&](const InstanceChange& c) { return watches(subscription, c.name); }))
      return true;
  }
  return std::ranges::any_of(changes.instances, [&](const InstanceChange& c) {
    return (c.kind & subscription.triggers) != 0 && watches(subscription, c.name) &&
           wants_dataset(subscription, c.dataset_id);
  });
}

}  // namespace

bool concerns(const Subscription& subscription, const store::EntityChange& change, const ChangeSet& changes,
              const ngsi::Linked* linked) {
  if (subscription.tenant != change.tenant || subscription.interval_s > 0 || !subscription.is_live(change.at))
    return false;
  if (!is_triggered(subscription, changes)) return false;
  const ngsi::RecordPtr& record = change.after ? change.after : change.before;
  if (!record) return false;
  const bool selected = subscription.selectors.empty() ||
                        std::ranges::any_of(subscription.selectors, [&](const ngsi::Selection& selector) {
                          return ngsi::matches(selector, *record, linked);
                        });
  return selected && ngsi::matches(subscription.filter, *record, linked);
}

struct Matcher::State {
  std::vector<SubscriptionPtr> slots;
  Slots free;
  std::unordered_map<const Subscription*, std::uint32_t> slot_of;
  std::unordered_map<std::uint64_t, Group> groups;
  mutable std::atomic<std::uint64_t> tried{0};
};

Matcher::Matcher() : state_(std::make_unique<State>()) {}
Matcher::~Matcher() = default;

void Matcher::add(SubscriptionPtr subscription) {
  const std::vector<Place> places = places_of(*subscription);
  std::unique_lock lock(mutex_);
  std::uint32_t slot = static_cast<std::uint32_t>(state_->slots.size());
  if (!state_->free.empty()) {
    slot = state_->free.back();
    state_->free.pop_back();
  } else {
    state_->slots.emplace_back();
  }
  for (const Place& place : places) put(state_->groups[place.group], place, slot);
  state_->slot_of.emplace(subscription.get(), slot);
  state_->slots[slot] = std::move(subscription);
}

void Matcher::remove(const SubscriptionPtr& subscription) {
  const std::vector<Place> places = places_of(*subscription);
  std::unique_lock lock(mutex_);
  const auto it = state_->slot_of.find(subscription.get());
  if (it == state_->slot_of.end()) return;
  for (const Place& place : places) {
    const auto group = state_->groups.find(place.group);
    if (group == state_->groups.end()) continue;
    erase(group->second, place, it->second);
    if (group->second.size == 0) state_->groups.erase(group);
  }
  state_->slots[it->second] = nullptr;
  state_->free.push_back(it->second);
  state_->slot_of.erase(it);
}

std::size_t Matcher::size() const {
  std::shared_lock lock(mutex_);
  return state_->slot_of.size();
}

std::uint64_t Matcher::tried() const {
  return state_->tried.load(std::memory_order_relaxed);
}

void Matcher::match(const store::EntityChange& change, const ngsi::Linked* linked,
                    std::vector<SubscriptionPtr>& out) const {
  std::shared_lock lock(mutex_);
  if (state_->slot_of.empty()) return;
  const ChangeSet changes(change);
  const ngsi::RecordPtr& record = change.after ? change.after : change.before;
  if (!record || (changes.instances.empty() && changes.entity == Trigger{})) return;
  Slots found;
  const auto look = [&](ngsi::TermId type, ngsi::TermId attribute) {
    const auto group = state_->groups.find(group_key(change.tenant, type, attribute));
    if (group != state_->groups.end()) candidates(group->second, *record, found);
  };
  const auto look_at_type = [&](ngsi::TermId type) {
    look(type, ngsi::kNoTerm);
    ngsi::TermId last = ngsi::kNoTerm;
    for (const InstanceChange& each : changes.instances) {
      if (each.name == last) continue;
      last = each.name;
      look(type, each.name);
    }
  };
  look_at_type(ngsi::kNoTerm);
  for (std::uint16_t i = 0; i < record->type_count(); ++i) look_at_type(record->type(i));
  std::ranges::sort(found);
  found.erase(std::ranges::unique(found).begin(), found.end());
  state_->tried.fetch_add(found.size(), std::memory_order_relaxed);
  for (const std::uint32_t slot : found) {
    const SubscriptionPtr& subscription = state_->slots[slot];
    if (concerns(*subscription, change, changes, linked)) out.push_back(subscription);
  }
}

}  // namespace tsunagu::broker
