#include "automation/engine.h"

#include <algorithm>

#include "automation/calendar.h"
#include "automation/engine_view.h"
#include "base/json.h"
#include "base/log.h"
#include "broker/subscriptions/change_set.h"
#include "ngsi/context.h"

namespace tsunagu::automation {
namespace {

constexpr std::size_t kMaxWritten = 10'000;
constexpr std::int64_t kWrittenForUs = 60'000'000;
constexpr std::size_t kBatch = 1024;

}  // namespace

Engine::Engine(store::Store& store, const trust::Authority& authority, Outlets outlets)
    : store_(store),
      authority_(authority),
      outlets_(std::move(outlets)),
      simulated_(ngsi::core_context()->intern("simulated")) {}
Engine::~Engine() = default;

const KeptRule* Engine::find(store::TenantId tenant, const std::string& name) const {
  const auto found = rules_.find({tenant, name});
  return found == rules_.end() ? nullptr : &found->second->kept;
}

std::vector<const KeptRule*> Engine::rules(store::TenantId tenant) const {
  std::vector<const KeptRule*> out;
  for (auto it = rules_.lower_bound({tenant, ""}); it != rules_.end() && it->first.first == tenant; ++it) {
    out.push_back(&it->second->kept);
  }
  return out;
}

std::size_t Engine::active_count(store::TenantId tenant, const std::string& name) const {
  std::size_t n = 0;
  for (const auto& [key, list] : states_) {
    if (key.first != tenant) continue;
    n += static_cast<std::size_t>(std::count_if(list.begin(), list.end(), [&](const Kept& each) {
      return each.state.active && each.live->kept.rule->name == name;
    }));
  }
  return n;
}

Engine::World& Engine::world_of(store::TenantId tenant, const ngsi::Record* record) {
  if (record == nullptr) return wall_;
  const ngsi::AttributeView label = record->find(simulated_);
  if (label.data() == nullptr || label.value() != "true") return wall_;
  Instant latest;
  for (const ngsi::AttributeView each : record->attributes()) latest = std::max(latest, each.parts().observed_at);
  const auto [found, first] = simulations_.try_emplace(tenant);
  World& world = found->second;
  if (first) world.now = latest != kNoInstant ? latest : wall_.now;
  // Onwards; or it was begun anew, at an earlier time.
  constexpr std::int64_t kDayUs = 86'400'000'000;
  if (latest > world.now || (latest != kNoInstant && latest.us + kDayUs < world.now.us)) world.now = latest;
  if (first) {
    for (const auto& [key, live] : rules_) {
      if (key.first == tenant && live->kept.on) schedule(*live, world);
    }
  }
  return world;
}

void Engine::put(KeptRule rule, Instant now, bool by_hand) {
  wall_.now = now;
  const Key key{rule.tenant, rule.rule->name};
  if (by_hand) remove(rule.tenant, rule.rule->name, now);
  auto& slot = rules_[key];
  slot = std::make_unique<Live>(Live{std::move(rule), next_serial_++, !by_hand});
  Live& live = *slot;
  const std::uint64_t serial = live.serial;
  if (!live.kept.on) return;
  by_serial_.emplace(live.serial, &live);
  const Rule& r = *live.kept.rule;
  index_.add(r, live.kept.tenant, &live);
  for (const Followed& each : r.follows) {
    follows_[{live.kept.tenant, each.attribute}].push_back({live.serial, each.relationship});
  }
  if (r.safety.manual.us != 0) {
    for (const Action& a : r.then) {
      if (a.term == ngsi::kNoTerm) continue;
      Uses& uses = manual_terms_[{live.kept.tenant, a.term}];
      ++uses.all;
      uses.commands += a.kind == Action::Kind::kCommand ? 1 : 0;
    }
  }
  if (r.trigger.kind == Trigger::Kind::kSchedule || r.trigger.kind == Trigger::Kind::kSun) {
    schedule(live, wall_);
    const auto simulation = simulations_.find(live.kept.tenant);
    if (simulation != simulations_.end()) schedule(live, simulation->second);
    look_at_all(live, false, nullptr);  // takes over what was active
  } else {
    look_at_all(live, r.trigger.kind != Trigger::Kind::kGeofence, nullptr);
  }
  if (by_serial_.contains(serial)) live.taking_over = false;
}

void Engine::look_again(Instant now) {
  wall_.now = now;
  std::vector<std::uint64_t> serials;
  for (const auto& [serial, live] : by_serial_) serials.push_back(serial);
  std::sort(serials.begin(), serials.end());
  for (const std::uint64_t serial : serials) {
    const auto live = by_serial_.find(serial);
    if (live == by_serial_.end()) continue;
    const Trigger::Kind kind = live->second->kept.rule->trigger.kind;
    look_at_all(*live->second, kind == Trigger::Kind::kChange || kind == Trigger::Kind::kSilence, nullptr);
  }
}

void Engine::remove(store::TenantId tenant, const std::string& name, Instant now) {
  const auto found = rules_.find({tenant, name});
  if (found == rules_.end()) return;
  wall_.now = now;
  let_go(*found->second);
  rules_.erase(found);
}

/// Makes safe what the rule began, and takes it out of work.
void Engine::let_go(Live& live) {
  if (by_serial_.erase(live.serial) == 0) return;  // it was off
  index_.remove(&live);
  const Rule& r = *live.kept.rule;
  for (const Followed& each : r.follows) {
    const auto found = follows_.find({live.kept.tenant, each.attribute});
    if (found == follows_.end()) continue;
    std::erase_if(found->second, [&](const Follow& f) { return f.serial == live.serial; });
    if (found->second.empty()) follows_.erase(found);
  }
  if (r.safety.manual.us != 0) {
    for (const Action& a : r.then) {
      const auto term = manual_terms_.find({live.kept.tenant, a.term});
      if (term == manual_terms_.end()) continue;
      term->second.commands -= a.kind == Action::Kind::kCommand ? 1 : 0;
      if (--term->second.all == 0) manual_terms_.erase(term);
    }
  }
  std::vector<std::pair<Key, State>> mine;
  for (auto it = states_.begin(); it != states_.end();) {
    auto& list = it->second;
    for (const Kept& each : list) {
      if (each.live == &live) mine.emplace_back(it->first, each.state);
    }
    std::erase_if(list, [&](const Kept& each) { return each.live == &live; });
    it = list.empty() ? states_.erase(it) : std::next(it);
  }
  for (const auto& [key, state] : mine) {
    if (!state.active || state.made_safe) continue;
    const RuleView view(store_, authority_, live.kept);
    const ngsi::RecordPtr record = view.find(key.second);
    if (!record) continue;
    const Event event = r.safe_actions().empty() ? Event::kEnded : Event::kSafe;
    const Instant now = world_of(key.first, record.get()).now;
    act(live, key.second, {event, Cause::kRemoved, 0}, {now, record.get(), nullptr, &view, false, false}, nullptr);
  }
  for (auto it = controls_.begin(); it != controls_.end();) {
    std::erase_if(it->second, [&](const auto& each) { return each.first == live.serial; });
    it = it->second.empty() ? controls_.erase(it) : std::next(it);
  }
}

void Engine::schedule(Live& live, World& world) {
  const Instant next = next_occurrence(*live.kept.rule, world.now);
  if (next != kNoInstant) world.due.push({next, {live.kept.tenant, ""}, live.serial});
}

void Engine::look_at_all(Live& live, bool triggered, const World* only) {
  ngsi::Selection selection = selection_of(*live.kept.rule);
  selection.at = wall_.now;
  const std::uint64_t serial = live.serial;
  const auto cursor = store_.query(live.kept.tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> found;
  for (bool more = true; more;) {
    found.clear();
    more = cursor->step(kBatch, kBatch, found);
    for (const ngsi::RecordPtr& record : found) {
      if (!by_serial_.contains(serial)) return;  // it was halted
      World& world = world_of(live.kept.tenant, record.get());
      if (only != nullptr && only != &world) continue;
      look_at(live, std::string(record->id()), record, nullptr, triggered, nullptr, world);
    }
  }
}

State& Engine::state_of(Live& live, const Key& key) {
  std::vector<Kept>& list = states_[key];
  for (Kept& each : list) {
    if (each.live == &live) return each.state;
  }
  list.push_back({&live, {}});
  State& state = list.back().state;
  // What the rule was doing before a restart, the record tells.
  if (!live.taking_over || !live.kept.rule->latches()) return state;
  if (const auto record = store_.find(key.first, record_id(live.kept.rule->name, key.second))) {
    const LastEvent last = last_event(*record);
    if (last.event == name(Event::kFired)) {
      state.active = true;
      state.active_since = last.at;
    }
  }
  return state;
}

/// Forgets the state if it is idle, or sees to it that it is looked at in time.
void Engine::keep(Live& live, const Key& key, World& world) {
  const auto found = states_.find(key);
  if (found == states_.end()) return;
  auto& list = found->second;
  const auto it = std::find_if(list.begin(), list.end(), [&](const Kept& each) { return each.live == &live; });
  if (it == list.end()) return;
  if (it->state.due != kNoInstant) world.due.push({it->state.due, key, live.serial});
  if (it->state.idle()) {
    list.erase(it);
    if (list.empty()) states_.erase(found);
  }
}

void Engine::look_at(Live& live, const std::string& id, const ngsi::RecordPtr& record, const ngsi::RecordPtr& before,
                     bool triggered, const Chain& chain, World& world) {
  ++figures_.looked_at;
  const Instant now = world.now;
  const RuleView view(store_, authority_, live.kept, changing_);
  const ngsi::RecordPtr seen = view.show(record), seen_before = view.show(before);
  const Key key{live.kept.tenant, id};
  const std::uint64_t serial = live.serial;
  Moment moment{now, seen.get(), seen_before.get(), &view, triggered, false};
  if (seen) moment.manual = by_hand_lately(live, id, *seen, now);
  State& state = state_of(live, key);
  const Instant due = state.due;
  std::vector<Step> steps;
  step(*live.kept.rule, state, moment, steps);
  if (!steps.empty() || state.due != due || state.idle()) keep(live, key, world);  // `state` is gone from here on
  for (const Step& each : steps) {
    if (each.event == Event::kFired && chain &&
        std::count(chain->begin(), chain->end(), live.kept.rule->name) >= 3) {
      return halt(live, id, moment);
    }
    act(live, id, each, moment, chain);
    if (!by_serial_.contains(serial)) return;
  }
}

void Engine::halt(Live& live, const std::string& id, const Moment& moment) {
  ++figures_.loops;
  const Step step{Event::kRefused, Cause::kLoop, 0};
  log::warn("Rule {} kept triggering itself and is switched off", live.kept.rule->name);
  state_of(live, {live.kept.tenant, id}) = {};  // this time nothing was begun
  act(live, id, step, moment, nullptr);
  KeptRule kept = live.kept;
  let_go(live);
  kept.on = false;
  kept.stopped = {"自分の動作でくり返し起動していたため、止めました", "Stopped: by what it does, it kept triggering itself"};
  live.kept = kept;
  std::vector<store::Write> writes;
  writes.emplace_back(document_of(kept));
  store_.submit(std::move(writes), [](std::vector<store::Outcome>) {});
}

/// By which rules a change came about; and notes what somebody else wrote that rules write, too.
Engine::Chain Engine::cause_of(const store::EntityChange& change, Instant now) {
  if ((written_.empty() && manual_terms_.empty()) || !change.after) return nullptr;
  if (written_.size() > kMaxWritten) {
    std::erase_if(written_, [&](const auto& each) { return each.second.back().at.us + kWrittenForUs < now.us; });
  }
  Chain chain;
  const std::string id(change.after->id());
  for (const broker::InstanceChange& each : broker::ChangeSet(change).instances) {
    if (each.kind == broker::kAttributeDeleted || !each.dataset_id.empty()) continue;
    const Place place{change.tenant, id, each.name};
    const std::string_view value = change.after->find(each.name).value();
    if (const auto mine = written_.find(place); mine != written_.end()) {
      auto& list = mine->second;
      const auto which = std::find_if(list.begin(), list.end(), [&](const Written& w) { return w.value == value; });
      if (which != list.end()) {
        if (!chain || which->chain->size() > chain->size()) chain = which->chain;
        list.erase(list.begin(), std::next(which));
        if (list.empty()) written_.erase(mine);
        continue;
      }
    }
    // A command with an observedAt is the device's own report; and who leaves the value as it is takes nothing over.
    const auto uses = manual_terms_.find({change.tenant, each.name});
    if (!change.before || uses == manual_terms_.end()) continue;
    if (uses->second.commands > 0 && change.after->find(each.name).parts().observed_at != kNoInstant) continue;
    const ngsi::AttributeView was = change.before->find(each.name);
    if (was.data() == nullptr || was.value() != value) note_hand(place, now);
  }
  return chain;
}

void Engine::changed(const store::EntityChange& change, Instant wall_now) {
  changing_ = &change;
  look_at_change(change, wall_now);
  changing_ = nullptr;
}

void Engine::look_at_change(const store::EntityChange& change, Instant wall_now) {
  ++figures_.changes;
  wall_.now = wall_now;
  const ngsi::RecordPtr& record = change.after ? change.after : change.before;
  World& world = world_of(change.tenant, record.get());
  if (&world != &wall_) advance(world);
  const Instant now = world.now;
  const Chain chain = cause_of(change, now);
  const std::string id(record->id());
  const Key key{change.tenant, id};
  // First what is under way for this entity, then what may begin.
  struct Look {
    bool may_begin;  // what is active may end: that is acted on first, so that it does not undo what begins
    std::uint64_t serial;
    bool triggered;
  };
  std::vector<Look> todo;
  if (const auto found = states_.find(key); found != states_.end()) {
    for (const Kept& each : found->second) todo.push_back({!each.state.active, each.live->serial, false});
  }
  if (index_.size() != 0 && change.after) {
    std::vector<void*> begins;
    const trust::LinkedBehind linked(store_, change.tenant);
    index_.match(change, &linked, begins);
    for (void* each : begins) {
      const std::uint64_t serial = static_cast<Live*>(each)->serial;
      const auto there = std::find_if(todo.begin(), todo.end(), [&](const Look& t) { return t.serial == serial; });
      if (there != todo.end()) {
        there->triggered = true;
      } else {
        todo.push_back({true, serial, true});
      }
    }
  }
  std::sort(todo.begin(), todo.end(), [](const Look& a, const Look& b) {
    return std::pair(a.may_begin, a.serial) < std::pair(b.may_begin, b.serial);
  });
  for (const Look& each : todo) {
    if (const auto live = by_serial_.find(each.serial); live != by_serial_.end()) {
      look_at(*live->second, id, change.after, change.before, each.triggered, chain, world);
    }
  }
  if (!follows_.empty()) follow(change, id, chain);
  // Rules for other entities that act on this one.
  if (by_hand_.empty() || controls_.empty() || !change.after) return;
  for (auto it = controls_.lower_bound({change.tenant, id, ngsi::TermId{0}});
       it != controls_.end() && std::get<0>(it->first) == change.tenant && std::get<1>(it->first) == id; ++it) {
    const auto hand = by_hand_.find(it->first);
    if (hand == by_hand_.end() || hand->second != now) continue;
    const auto controlled = it->second;
    for (const auto& [serial, entity] : controlled) {
      const auto live = by_serial_.find(serial);
      if (live == by_serial_.end() || entity == id) continue;
      const ngsi::RecordPtr controller = store_.find(change.tenant, entity);
      look_at(*live->second, entity, controller, nullptr, false, nullptr, world_of(change.tenant, controller.get()));
    }
    break;  // looking may have changed the map: the others come with their next change
  }
}

void Engine::advance(Instant now) {
  wall_.now = now;
  advance(wall_);
  for (auto& [tenant, world] : simulations_) advance(world);
}

void Engine::advance(World& world) {
  while (!world.due.empty() && world.due.top().at <= world.now) {
    const Due due = world.due.top();
    world.due.pop();
    const auto found = by_serial_.find(due.serial);
    if (found == by_serial_.end()) continue;
    Live& live = *found->second;
    if (due.entity.second.empty()) {
      schedule(live, world);
      look_at_all(live, true, &world);
      continue;
    }
    const auto list = states_.find(due.entity);
    if (list == states_.end()) continue;
    const auto state = std::find_if(list->second.begin(), list->second.end(),
                                    [&](const Kept& each) { return each.live == &live; });
    if (state == list->second.end() || state->state.due != due.at) continue;
    state->state.due = kNoInstant;  // so that what follows is noticed as new
    const ngsi::RecordPtr record = store_.find(due.entity.first, due.entity.second);
    look_at(live, due.entity.second, record, nullptr, false, nullptr, world);
  }
}

Instant Engine::next_due() const {
  return wall_.due.empty() ? kNoInstant : wall_.due.top().at;
}

}  // namespace tsunagu::automation
