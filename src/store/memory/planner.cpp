#include "store/memory/planner.h"

#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace tsunagu::store {
namespace {

using ngsi::AttrPath;
using ngsi::Comparator;
using ngsi::QueryExpr;
using ngsi::QueryValue;
using Type = QueryValue::Type;

constexpr std::uint64_t kFirstCount = 1000;
constexpr std::uint64_t kSecondCount = 4096;  // only for key ranges: counting in an R-tree costs several times as much
constexpr std::uint64_t kMaxKey = std::numeric_limits<std::uint64_t>::max();

std::string on(const char* what, ngsi::TermId name) {
  return std::string(what) + " on " + std::string(ngsi::terms().text(name));
}

void add_slots(Access& access, const Posting& slots) {
  if (slots.empty()) return;
  Part part;
  part.kind = Part::Kind::kSlots;
  part.slots = &slots;
  access.parts.push_back(part);
}

void add_keys(Access& access, const KeySet& keys, std::uint64_t low, std::uint64_t high) {
  if (keys.empty() || low > high) return;
  Part part;
  part.kind = Part::Kind::kKeys;
  part.keys = &keys;
  part.low = low;
  part.high = high;
  access.parts.push_back(part);
}

Access presence(const AttributeIndex& index, ngsi::TermId name) {
  Access access;
  access.text = on("presence index", name);
  // Every text is among `equal` too.
  add_keys(access, index.equal, 0, kMaxKey);
  add_keys(access, index.number, 0, kMaxKey);
  for (const Posting* slots : {&index.yes, &index.no, &index.other, &index.unindexed}) add_slots(access, *slots);
  return access;
}

std::string_view inside(std::string_view json_string) {
  return json_string.substr(1, json_string.size() - 2);
}

// Adds the candidates of `attribute == value`; false when no index helps.
bool add_equal(Access& access, const AttributeIndex& index, const QueryValue& value) {
  if (value.expanded.size() >= 2)
    add_keys(access, index.equal, equal_key(inside(value.expanded)), equal_key(inside(value.expanded)));
  switch (value.type) {
    case Type::kNumber:
      add_keys(access, index.number, number_key(value.number), number_key(value.number));
      return true;
    case Type::kString:
    case Type::kUri:
      add_keys(access, index.equal, equal_key(inside(value.json)), equal_key(inside(value.json)));
      return true;
    case Type::kBool:
      add_slots(access, value.json == "true" ? index.yes : index.no);
      return true;
    case Type::kInstant:
    case Type::kDate:
      add_keys(access, index.time, time_key(value.instant), time_key(value.instant));
      return true;
    case Type::kTime:
      return false;
  }
  return false;
}

// Adds the candidates of low <= attribute <= high; either may be null (no bound). Bounds are taken as included.
bool add_range(Access& access, const AttributeIndex& index, const QueryValue* low, const QueryValue* high) {
  const Type type = (low ? low : high)->type;
  if (low && high && low->type != high->type) {
    const auto is_day = [](Type t) { return t == Type::kInstant || t == Type::kDate; };
    if (!is_day(low->type) || !is_day(high->type)) return false;
  }
  switch (type) {
    case Type::kNumber:
      add_keys(access, index.number, low ? number_key(low->number) : 0, high ? number_key(high->number) : kMaxKey);
      return true;
    case Type::kInstant:
    case Type::kDate:
      add_keys(access, index.time, low ? time_key(low->instant) : 0, high ? time_key(high->instant) : kMaxKey);
      return true;
    case Type::kString:
    case Type::kUri:
      add_keys(access, index.text, low ? text_key(low->text) : 0, high ? text_key(high->text) : kMaxKey);
      return true;
    case Type::kBool:
    case Type::kTime:
      return false;
  }
  return false;
}

// The literal beginning that every match of a pattern has; "" if there is none.
std::string anchored_prefix(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '^' || pattern.find('|') != std::string_view::npos) return {};
  std::string prefix;
  for (std::size_t i = 1; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (std::string_view("\\.[](){}^$+*?").find(c) == std::string_view::npos) {
      prefix.push_back(c);
      continue;
    }
    // What is repeated may be absent, all bytes of its last character.
    if (std::string_view("*?{").find(c) != std::string_view::npos) {
      while (!prefix.empty() && (prefix.back() & 0xc0) == 0x80) prefix.pop_back();
      if (!prefix.empty()) prefix.pop_back();
    }
    break;
  }
  return prefix;
}

bool add_prefix(Access& access, const AttributeIndex& index, const QueryExpr& q) {
  if (!q.pattern) return false;
  const std::string prefix = anchored_prefix(static_cast<const RE2*>(q.pattern.get())->pattern()).substr(0, 8);
  if (prefix.empty()) return false;
  const std::uint64_t low = text_key(prefix);
  const std::uint64_t rest = prefix.size() == 8 ? 0 : kMaxKey >> (8 * prefix.size());
  add_keys(access, index.text, low, low | rest);
  return true;
}

// The candidates of one comparison; empty when no index narrows it.
std::optional<Access> comparison(const QueryExpr& q, const Graph& graph) {
  if (q.path.of_entity) return std::nullopt;
  const AttributeIndex* index = graph.attribute(q.path.name);
  if (!index) {
    Access nothing;
    nothing.text = "unknown attribute";
    return nothing;
  }
  const bool plain = q.path.subs.empty() && q.path.member == ngsi::Member::kNone && !q.path.linked &&
                     (q.path.value_path.empty() || index->geo.size() == 0);  // the inside of geometries is in no index
  if (q.kind == QueryExpr::Kind::kExists || !plain) return presence(*index, q.path.name);

  Access access;
  const char* kind = "index";
  bool narrowed = false;
  const QueryValue* first = q.values.empty() ? nullptr : &q.values[0];
  if (first) {
    switch (first->type) {
      case Type::kNumber:
        kind = "number index";
        break;
      case Type::kString:
        kind = "text index";
        break;
      case Type::kUri:
        kind = "relationship index";
        break;
      case Type::kBool:
        kind = "truth index";
        break;
      default:
        kind = "time index";
        break;
    }
  }
  switch (q.op) {
    case Comparator::kEqual:
      if (q.range) {
        narrowed = q.values.size() == 2 && add_range(access, *index, &q.values[0], &q.values[1]);
      } else {
        narrowed = first && std::all_of(q.values.begin(), q.values.end(),
                                        [&](const QueryValue& v) { return add_equal(access, *index, v); });
      }
      break;
    case Comparator::kGreater:
    case Comparator::kGreaterEqual:
      narrowed = first && add_range(access, *index, first, nullptr);
      break;
    case Comparator::kLess:
    case Comparator::kLessEqual:
      narrowed = first && add_range(access, *index, nullptr, first);
      break;
    case Comparator::kMatch:
      kind = "text index";
      narrowed = add_prefix(access, *index, q);
      break;
    case Comparator::kNotEqual:
    case Comparator::kNotMatch:
      break;
  }
  if (!narrowed) return presence(*index, q.path.name);
  add_slots(access, index->unindexed);
  access.text = on(kind, q.path.name);
  return access;
}

// The smallest of `all` (by a quick count); empty if there is none.
std::optional<Access> smallest(std::vector<Access> all, const Graph& graph) {
  if (all.empty()) return std::nullopt;
  for (Access& access : all) access.estimate = count(access, graph, kFirstCount);
  return std::move(*std::min_element(all.begin(), all.end(),
                                     [](const Access& a, const Access& b) { return a.estimate < b.estimate; }));
}

std::optional<Access> condition(const QueryExpr& q, const Graph& graph) {
  if (q.kind == QueryExpr::Kind::kAnd) {
    std::vector<Access> all;
    for (const QueryExpr& child : q.children)
      if (auto access = condition(child, graph)) all.push_back(std::move(*access));
    return smallest(std::move(all), graph);
  }
  if (q.kind == QueryExpr::Kind::kOr) {
    Access either;
    for (const QueryExpr& child : q.children) {
      auto access = condition(child, graph);
      if (!access) return std::nullopt;
      either.parts.insert(either.parts.end(), access->parts.begin(), access->parts.end());
      either.text += (either.text.empty() ? "" : " | ") + access->text;
    }
    return either;
  }
  return comparison(q, graph);
}

std::optional<Access> of_types(const ngsi::TypeExpr& types, const Graph& graph) {
  using Kind = ngsi::TypeExpr::Kind;
  if (types.kind == Kind::kType) {
    Access access;
    access.text = "type";
    if (const Posting* slots = graph.type(types.type)) add_slots(access, *slots);
    return access;
  }
  std::vector<Access> all;
  for (const ngsi::TypeExpr& child : types.children) {
    auto access = of_types(child, graph);
    if (!access && types.kind == Kind::kOr) return std::nullopt;
    if (access) all.push_back(std::move(*access));
  }
  if (types.kind == Kind::kAnd) return smallest(std::move(all), graph);
  Access either;
  either.text = "type";
  for (const Access& access : all) either.parts.insert(either.parts.end(), access.parts.begin(), access.parts.end());
  return either;
}

std::optional<Access> of_scopes(const ngsi::ScopeExpr& scope, const Graph& graph) {
  using Kind = ngsi::ScopeExpr::Kind;
  Access either;
  either.text = "scope";
  if (scope.kind == Kind::kScope) {
    // Everything that begins like the pattern up to its first wildcard.
    const auto wildcard = scope.pattern.find_first_of("+#");
    if (wildcard == std::string::npos) {
      if (const auto it = graph.scopes().find(scope.pattern); it != graph.scopes().end()) add_slots(either, it->second);
      return either;
    }
    const std::string_view prefix = std::string_view(scope.pattern).substr(0, wildcard);  // ends in '/'
    if (prefix.empty()) return std::nullopt;
    const std::string_view parent = prefix.substr(0, prefix.size() - 1);
    if (const auto it = graph.scopes().find(parent); it != graph.scopes().end()) add_slots(either, it->second);
    for (auto it = graph.scopes().lower_bound(prefix); it != graph.scopes().end() && it->first.starts_with(prefix);
         ++it)
      add_slots(either, it->second);
    if (either.parts.size() > 64) return std::nullopt;
    return either;
  }
  std::vector<Access> all;
  for (const ngsi::ScopeExpr& child : scope.children) {
    auto access = of_scopes(child, graph);
    if (!access && scope.kind == Kind::kOr) return std::nullopt;
    if (access) all.push_back(std::move(*access));
  }
  if (scope.kind == Kind::kAnd) return smallest(std::move(all), graph);
  for (const Access& access : all) either.parts.insert(either.parts.end(), access.parts.begin(), access.parts.end());
  return either;
}

std::optional<Access> of_geometry(const ngsi::GeoQuery& geo, const Graph& graph) {
  const auto box = geo.bounds();
  const AttributeIndex* index = graph.attribute(geo.geoproperty());
  Access access;
  access.text = on("r-tree", geo.geoproperty());
  if (!index || index->geo.size() == 0) return access;
  if (!box) return std::nullopt;
  Part part;
  index->geo.search(*box, kFirstCount, part.found);  // few: they need not be counted first and then looked up again
  part.kind = Part::Kind::kFound;
  if (part.found.size() == kFirstCount) {
    part.kind = Part::Kind::kBox;
    part.found.clear();
    part.geo = &index->geo;
    part.box = *box;
  }
  access.parts.push_back(std::move(part));
  return access;
}

std::optional<Access> of_attributes(const std::vector<ngsi::TermId>& attrs, const Graph& graph) {
  Access either;
  either.text = "presence index";
  for (const ngsi::TermId name : attrs) {
    const AttributeIndex* index = graph.attribute(name);
    if (!index) continue;
    const Access one = presence(*index, name);
    either.parts.insert(either.parts.end(), one.parts.begin(), one.parts.end());
  }
  return either;
}

std::vector<Access> ways_to(const ngsi::Selection& selection, const Graph& graph);

Access of_ids(const std::vector<std::string>& ids, const Graph& graph) {
  Access access;
  access.text = "id";
  Part part;
  part.kind = Part::Kind::kFound;
  for (const std::string& id : ids) {
    if (const std::uint32_t slot = graph.find(id); slot != kNoSlot) part.found.push_back(slot);
  }
  access.parts.push_back(std::move(part));
  return access;
}

// The candidates of all alternatives; empty when one of them is not narrowed.
std::optional<Access> of_alternatives(const std::vector<std::shared_ptr<const ngsi::Selection>>& alternatives,
                                      const Graph& graph) {
  Access either;
  either.text = "permission";
  for (const auto& one : alternatives) {
    std::optional<Access> access = one->ids.empty() ? smallest(ways_to(*one, graph), graph) : of_ids(one->ids, graph);
    if (!access) return std::nullopt;
    std::move(access->parts.begin(), access->parts.end(), std::back_inserter(either.parts));
  }
  return either;
}

std::uint64_t count_part(const Part& part, const Graph& graph, std::uint64_t cap) {
  switch (part.kind) {
    case Part::Kind::kAll:
      return graph.size();
    case Part::Kind::kSlots:
      return part.slots->size();
    case Part::Kind::kBox:
      return part.geo->count(part.box, cap);
    case Part::Kind::kFound:
      return part.found.size();
    case Part::Kind::kKeys:
      break;
  }
  if (part.low == 0 && part.high == kMaxKey) return part.keys->size();
  std::uint64_t n = 0;
  for (auto it = part.keys->lower_bound(KeyedSlot(part.low, 0));
       it != part.keys->end() && it->key() <= part.high && n < cap; ++it)
    ++n;
  return n;
}

void fill_part(const Part& part, const Graph& graph, std::uint32_t from, std::size_t n,
               std::vector<std::uint32_t>& out) {
  if (part.kind == Part::Kind::kAll) {
    for (std::uint32_t slot = from; slot < graph.slot_end() && n > 0; ++slot) {
      if (!graph.slot(slot).record) continue;
      out.push_back(slot);
      --n;
    }
  } else if (part.kind == Part::Kind::kSlots) {
    for (auto it = part.slots->lower_bound(from); it != part.slots->end() && n > 0; ++it, --n) out.push_back(*it);
  } else {
    for (auto it = part.keys->lower_bound(KeyedSlot(part.low, from));
         it != part.keys->end() && it->key() == part.low && n > 0; ++it, --n)
      out.push_back(it->slot);
  }
}

// Every condition of the selection that an index can answer.
std::vector<Access> ways_to(const ngsi::Selection& selection, const Graph& graph) {
  std::vector<Access> all;
  const auto consider = [&](std::optional<Access> access) {
    if (access) all.push_back(std::move(*access));
  };
  if (selection.types) consider(of_types(*selection.types, graph));
  if (selection.scope) consider(of_scopes(*selection.scope, graph));
  for (const QueryExpr& q : selection.q) consider(condition(q, graph));
  if (selection.geo) consider(of_geometry(*selection.geo, graph));
  if (!selection.attrs.empty()) consider(of_attributes(selection.attrs, graph));
  if (selection.any_of) consider(of_alternatives(*selection.any_of, graph));
  return all;
}

}  // namespace

bool Access::in_order() const {
  return std::all_of(parts.begin(), parts.end(), [](const Part& part) {
    return part.kind == Part::Kind::kAll || part.kind == Part::Kind::kSlots ||
           (part.kind == Part::Kind::kKeys && part.low == part.high);
  });
}

std::uint64_t count(const Access& access, const Graph& graph, std::uint64_t cap) {
  std::uint64_t n = 0;
  for (const Part& part : access.parts)
    if (n < cap) n += count_part(part, graph, cap - n);
  return n;
}

void fill(const Access& access, const Graph& graph, std::uint32_t from, std::size_t n,
          std::vector<std::uint32_t>& out) {
  if (access.parts.size() == 1) return fill_part(access.parts[0], graph, from, n, out);
  // Each part gives its first n; beyond the end of a part that has more, nothing is known yet.
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  std::uint32_t known_until = std::numeric_limits<std::uint32_t>::max();
  for (const Part& part : access.parts) {
    const std::size_t before = out.size();
    fill_part(part, graph, from, n, out);
    if (out.size() - before == n) known_until = std::min(known_until, out.back());
  }
  std::sort(out.begin() + begin, out.end());
  out.erase(std::unique(out.begin() + begin, out.end()), out.end());
  while (static_cast<std::ptrdiff_t>(out.size()) > begin && out.back() > known_until) out.pop_back();
}

void collect(const Access& access, const Graph& graph, std::uint32_t from, std::vector<std::uint32_t>& out) {
  const auto add = [&](std::uint32_t slot) {
    if (slot >= from) out.push_back(slot);
  };
  for (const Part& part : access.parts) {
    switch (part.kind) {
      case Part::Kind::kAll:
        for (std::uint32_t slot = from; slot < graph.slot_end(); ++slot)
          if (graph.slot(slot).record) out.push_back(slot);
        break;
      case Part::Kind::kSlots:
        out.insert(out.end(), part.slots->lower_bound(from), part.slots->end());
        break;
      case Part::Kind::kKeys:
        for (auto it = part.keys->lower_bound(KeyedSlot(part.low, 0)); it != part.keys->end() && it->key() <= part.high;
             ++it)
          add(it->slot);
        break;
      case Part::Kind::kBox: {
        const std::size_t before = out.size();
        part.geo->search(part.box, std::numeric_limits<std::size_t>::max(), out);
        std::erase_if(out,
                      [&, i = std::size_t{0}](std::uint32_t slot) mutable { return i++ >= before && slot < from; });
        break;
      }
      case Part::Kind::kFound:
        for (const std::uint32_t slot : part.found) add(slot);
        break;
    }
  }
}

Ways plan_ways(const ngsi::Selection& selection, const Graph& graph) {
  std::vector<Access> all = ways_to(selection, graph);
  for (Access& access : all) access.estimate = count(access, graph, kFirstCount);
  const bool tight = std::any_of(all.begin(), all.end(), [](const Access& a) { return a.estimate < kFirstCount; });
  Ways ways;
  ways.walk.parts.emplace_back();
  ways.walk.text = "scan";
  ways.walk.estimate = graph.size();
  for (Access& access : all) {
    const bool boxes =
        std::any_of(access.parts.begin(), access.parts.end(), [](const Part& p) { return p.kind == Part::Kind::kBox; });
    std::uint64_t counted_to = kFirstCount;
    if (!tight && !boxes) access.estimate = count(access, graph, counted_to = kSecondCount);
    if (access.in_order()) {
      if (access.estimate < ways.walk.estimate || (access.estimate == ways.walk.estimate && ways.walk.text == "scan"))
        ways.walk = std::move(access);
    } else if (!ways.collected || access.estimate < ways.collected->estimate) {
      ways.collect_now = access.estimate < counted_to;
      ways.collected = std::move(access);
    }
  }
  if (ways.collected && ways.collected->estimate >= ways.walk.estimate) {
    ways.collected.reset();
    ways.collect_now = false;
  }
  return ways;
}

}  // namespace tsunagu::store
