#include "store/history/tail_view.h"

#include <algorithm>
#include <cstring>
#include <tuple>

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
    if (!what->types.empty() || !what->scopes.empty()) {
      StateStep step;
      step.state.at = change.at;
      step.state.types = what->types;
      step.state.scopes.assign(what->scopes.begin(), what->scopes.end());
      step.adds = true;
      view.states.push_back(std::move(step));
    }
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

void add_states(std::vector<EntityState>& states, const std::vector<StateStep>& steps) {
  for (const StateStep& step : steps) {
    if (!step.adds) {
      states.push_back(step.state);
      continue;
    }
    EntityState next;
    if (!states.empty()) {
      next = states.back();
    }
    bool changed = states.empty();
    for (const ngsi::TermId type : step.state.types)
      if (std::find(next.types.begin(), next.types.end(), type) == next.types.end())
        next.types.push_back(type), changed = true;
    if (!step.state.scopes.empty() && next.scopes != step.state.scopes) next.scopes = step.state.scopes, changed = true;
    if (!changed) continue;
    next.at = step.state.at;
    states.push_back(std::move(next));
  }
}

}  // namespace tsunagu::store
