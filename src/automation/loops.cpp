#include "automation/loops.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

namespace tsunagu::automation {

bool may_trigger(const Rule& writer, const Rule& reader) {
  if (reader.trigger.kind != Trigger::Kind::kChange && reader.trigger.kind != Trigger::Kind::kGeofence) return false;
  const auto& watched = reader.trigger.terms;
  for (const auto* actions : {&writer.then, &writer.ended, &writer.safe}) {
    for (const Action& a : *actions) {
      if (a.kind != Action::Kind::kSet && a.kind != Action::Kind::kCommand) continue;
      // In linked entities it may be written whatever their type.
      if (reader.trigger.implied && std::any_of(reader.follows.begin(), reader.follows.end(),
                                                [&](const Followed& each) { return each.attribute == a.term; })) {
        return true;
      }
      if (std::find(watched.begin(), watched.end(), a.term) == watched.end()) continue;
      if (!a.target.empty()) return true;
      const bool same_type = std::any_of(writer.type_terms.begin(), writer.type_terms.end(), [&](ngsi::TermId type) {
        return std::find(reader.type_terms.begin(), reader.type_terms.end(), type) != reader.type_terms.end();
      });
      const bool other_ids = !writer.ids.empty() && !reader.ids.empty() &&
                             std::none_of(writer.ids.begin(), writer.ids.end(), [&](const std::string& id) {
                               return std::find(reader.ids.begin(), reader.ids.end(), id) != reader.ids.end();
                             });
      if (same_type && !other_ids) return true;
    }
  }
  return false;
}

std::vector<std::vector<std::string>> loops_among(const std::vector<RulePtr>& rules) {
  const std::size_t n = rules.size();
  // Who may listen to an attribute: so that not every pair is looked at.
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> listeners;
  for (std::size_t i = 0; i < n; ++i) {
    for (const ngsi::TermId term : rules[i]->trigger.terms) listeners[term.value].push_back(i);
    for (const Followed& each : rules[i]->follows) {
      auto& list = listeners[each.attribute.value];
      if (list.empty() || list.back() != i) list.push_back(i);
    }
  }
  std::vector<std::vector<std::size_t>> next(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (const auto* actions : {&rules[i]->then, &rules[i]->ended, &rules[i]->safe}) {
      for (const Action& a : *actions) {
        const auto found = listeners.find(a.term.value);
        if (found == listeners.end()) continue;
        for (const std::size_t j : found->second) {
          if (may_trigger(*rules[i], *rules[j])) next[i].push_back(j);
        }
      }
    }
  }
  // Tarjan's strongly connected components, with a stack of our own: rules may form long chains.
  std::vector<std::vector<std::string>> out;
  std::vector<int> index(n, -1), low(n, 0);
  std::vector<bool> on_stack(n, false);
  std::vector<std::size_t> stack;
  int counter = 0;
  struct Frame {
    std::size_t node, edge;
  };
  for (std::size_t start = 0; start < n; ++start) {
    if (index[start] >= 0) continue;
    std::vector<Frame> frames{{start, 0}};
    while (!frames.empty()) {
      const std::size_t v = frames.back().node;
      if (frames.back().edge == 0 && index[v] < 0) {
        index[v] = low[v] = counter++;
        stack.push_back(v);
        on_stack[v] = true;
      }
      if (frames.back().edge < next[v].size()) {
        const std::size_t w = next[v][frames.back().edge++];
        if (index[w] < 0) {
          frames.push_back({w, 0});
        } else if (on_stack[w]) {
          low[v] = std::min(low[v], index[w]);
        }
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[v]);
      if (low[v] != index[v]) continue;
      std::vector<std::string> group;
      for (bool more = true; more;) {
        const std::size_t w = stack.back();
        stack.pop_back();
        on_stack[w] = false;
        group.push_back(rules[w]->name);
        more = w != v;
      }
      const bool itself = std::find(next[v].begin(), next[v].end(), v) != next[v].end();
      if (group.size() > 1 || itself) {
        std::sort(group.begin(), group.end());
        out.push_back(std::move(group));
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace tsunagu::automation
