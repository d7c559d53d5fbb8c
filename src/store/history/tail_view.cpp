#include "store/history/tail_view.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "store/sqlite/change.h"

namespace tsunagu::store {
namespace {

struct Builder {
  TailView view;
  const SeriesKey* only;

  // Few series, mostly the same as last time: a walk is quicker than a tree.
  SeriesTail* series(ngsi::TermId name, std::string_view dataset_id) {
    if (only && (only->name != name || only->dataset_id != dataset_id)) return nullptr;
    for (SeriesTail& one : view.series)
      if (one.name == name && one.dataset_id == dataset_id) return &one;
    SeriesTail& made = view.series.emplace_back();
    made.name = name;
    made.dataset_id = dataset_id;
    made.forget_folded = made.edited = view.forget_folded;
    return &made;
  }

  void points(std::string_view instances, Instant written, bool deleted) {
    while (!instances.empty()) {
      const ngsi::AttributeView instance(instances.data());
      instances.remove_prefix(instance.size());
      if (SeriesTail* one = series(instance.name(), instance.dataset_id()))
        one->points.push_back({written, deleted ? written : kNoInstant, instance.bytes()});
    }
  }

  void state(const ChangeView& change) {
    StateStep step;
    step.state.at = change.at;
    step.state.deleted = change.op == ChangeOp::kDelete;
    for (std::size_t i = 0; i < change.types.size(); i += 4)
      step.state.types.push_back(ngsi::TermId{ngsi::detail::load<std::uint32_t>(change.types.data() + i)});
    for (std::string_view scope : ngsi::Record::ScopeRange{change.scopes.data(), change.scope_count})
      step.state.scopes.emplace_back(scope);
    view.states.push_back(std::move(step));
  }

  void history(const ChangeView& change) {
    const auto what = read_history(change);
    if (!what) return;
    if (what->forget) {
      view.series.clear();
      view.states.clear();
      view.forget_folded = true;
    }
    for (const HistoryChange::Place& place : what->forgotten) {
      SeriesTail* one = series(place.name, place.dataset_id);
      if (!one) continue;
      one->edited = true;
      if (place.written == kNoInstant) {
        one->points.clear();
        one->replaced.clear();
        one->forgotten.clear();
        one->forget_folded = true;
      } else if (std::erase_if(one->points, [&](const Point& p) { return p.written == place.written; }) == 0) {
        std::erase_if(one->replaced, [&](const Replaced& r) { return r.written == place.written; });
        if (!one->forget_folded) one->forgotten.push_back(place.written);
      }
    }
    for (const HistoryChange::Stamped& by : what->replaced) {
      const ngsi::AttributeView instance(by.instance.data());
      SeriesTail* one = series(instance.name(), instance.dataset_id());
      if (!one) continue;
      one->edited = true;
      const auto point =
          std::find_if(one->points.begin(), one->points.end(), [&](const Point& p) { return p.written == by.written; });
      if (point != one->points.end()) {
        const Instant created = ngsi::AttributeView(point->instance.data()).created_at();
        point->instance = view.bytes.emplace_back(with_created_at(by.instance, created));
        point->deleted = kNoInstant;
      } else if (!one->forget_folded &&
                 std::find(one->forgotten.begin(), one->forgotten.end(), by.written) == one->forgotten.end()) {
        std::erase_if(one->replaced, [&](const Replaced& r) { return r.written == by.written; });
        one->replaced.push_back({by.written, by.instance});
      }
    }
    if (!what->types.empty()) view.states.push_back({StateStep::Kind::kAddTypes, {change.at, what->types, {}, false}});
    for (const HistoryChange::Scopes& scopes : what->scopes)
      view.states.push_back(
          {StateStep::Kind::kSetScopes, {scopes.from, {}, {scopes.names.begin(), scopes.names.end()}, false}});
    for (const HistoryChange::Stamped& added : what->added) {
      const ngsi::AttributeView instance(added.instance.data());
      SeriesTail* one = series(instance.name(), instance.dataset_id());
      if (!one) continue;
      one->edited = true;
      one->points.push_back({added.written, is_tombstone(instance) ? added.written : kNoInstant, added.instance});
    }
  }
};

}  // namespace

bool SeriesTail::drops(Instant written) const {
  return forget_folded || std::find(forgotten.begin(), forgotten.end(), written) != forgotten.end() ||
         std::any_of(replaced.begin(), replaced.end(), [&](const Replaced& r) { return r.written == written; });
}

const SeriesTail* TailView::find(ngsi::TermId name, std::string_view dataset_id) const {
  for (const SeriesTail& one : series)
    if (one.name == name && one.dataset_id == dataset_id) return &one;
  return nullptr;
}

TailView view_tail(const std::vector<const TailChange*>& changes, const SeriesKey* only) {
  Builder builder{{}, only};
  TailView& view = builder.view;
  for (const TailChange* one : changes) {
    const ChangeView change = read_change(one->bytes);
    view.tenant = change.tenant;
    if (!change.id.empty()) view.id = change.id;
    if (change.op == ChangeOp::kHistory) {
      if (change.past) view.past = true;
      if (view.created_at == kNoInstant && change.past) view.created_at = change.at;
      if (change.past) view.modified_at = change.at;
      builder.history(change);
      continue;
    }
    if (change.op == ChangeOp::kDelete) {
      view.past = true;
      view.deleted_at = change.at;
    }
    if (change.created_at != kNoInstant) view.created_at = change.created_at;
    view.modified_at = change.modified_at;
    if (change.has_types) builder.state(change);
    builder.points(change.removed, change.at, true);
    builder.points(change.set, change.at, false);
  }
  for (SeriesTail& one : view.series)
    if (!std::is_sorted(one.points.begin(), one.points.end(), before_in_time))
      std::sort(one.points.begin(), one.points.end(), before_in_time);
  std::sort(view.series.begin(), view.series.end(), [](const SeriesTail& a, const SeriesTail& b) {
    return std::tie(a.name, a.dataset_id) < std::tie(b.name, b.dataset_id);
  });
  return std::move(builder.view);
}

std::string with_created_at(std::string_view instance, Instant created_at) {
  std::string out(instance);
  std::memcpy(out.data() + ngsi::AttributeView::kCreatedAtOffset, &created_at.us, sizeof created_at.us);
  return out;
}

namespace {

void add_types(std::vector<EntityState>& states, const EntityState& added) {
  EntityState next = states.empty() ? EntityState{} : states.back();
  bool changed = states.empty();
  for (const ngsi::TermId type : added.types)
    if (std::find(next.types.begin(), next.types.end(), type) == next.types.end())
      next.types.push_back(type), changed = true;
  if (!changed) return;
  next.at = added.at;
  states.push_back(std::move(next));
}

// They hold until the next change of scopes that is known. What was before all that is known had the types of the
// first.
void set_scopes(std::vector<EntityState>& states, const EntityState& set) {
  auto behind = std::upper_bound(states.begin(), states.end(), set.at,
                                 [](Instant at, const EntityState& state) { return at < state.at; });
  EntityState next;
  if (behind != states.begin()) {
    next = *std::prev(behind);
  } else if (!states.empty()) {
    next.types = behind->types;
  }
  const std::vector<std::string> before = std::exchange(next.scopes, set.scopes);
  if (before == set.scopes && behind != states.begin()) return;
  if (behind != states.begin() && std::prev(behind)->at == set.at) {
    std::prev(behind)->scopes = set.scopes;
  } else {
    next.at = set.at;
    behind = std::next(states.insert(behind, std::move(next)));
  }
  for (; behind != states.end() && behind->scopes == before; ++behind) behind->scopes = set.scopes;
}

}  // namespace

void add_states(std::vector<EntityState>& states, const std::vector<StateStep>& steps) {
  for (const StateStep& step : steps) {
    switch (step.kind) {
      case StateStep::Kind::kWas:
        states.push_back(step.state);
        break;
      case StateStep::Kind::kAddTypes:
        add_types(states, step.state);
        break;
      case StateStep::Kind::kSetScopes:
        set_scopes(states, step.state);
    }
  }
}

}  // namespace tsunagu::store
