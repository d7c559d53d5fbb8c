// What the engine does when a rule says so, and what it writes down of it.
#include <algorithm>

#include "automation/engine.h"
#include "automation/engine_view.h"
#include "automation/words.h"
#include "base/json_object.h"
#include "base/log.h"
#include "broker/entities.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

constexpr std::size_t kMaxTargets = 100;

const std::vector<Action>& actions_for(const Rule& rule, Event event) {
  static const std::vector<Action> kNone;
  switch (event) {
    case Event::kFired:
      return rule.then;
    case Event::kEnded:
      return rule.ended;
    case Event::kSafe:
      return rule.safe_actions();
    default:
      return kNone;
  }
}

bool raises(const Rule& rule) {
  return std::any_of(rule.then.begin(), rule.then.end(), [](const Action& a) { return a.kind == Action::Kind::kAlarm; });
}

}  // namespace

/// Something that happened, until all of it is done.
struct Engine::Firing {
  store::TenantId tenant;
  Record record;
  std::size_t open = 1;                 ///< parts under way, and act() itself
  std::vector<std::size_t> of_writes;  ///< by write: its place in record.done
};

void Engine::act(Live& live, const std::string& id, const Step& step, const Moment& moment, const Chain& chain) {
  const Rule& rule = *live.kept.rule;
  if (step.event == Event::kFired) ++figures_.fired;
  if (step.event == Event::kRefused) ++figures_.refused;
  auto firing = std::make_shared<Firing>();
  ++under_way_;
  firing->tenant = live.kept.tenant;
  Record& record = firing->record;
  record.rule = rule.name;
  record.title = rule.title;
  record.entity = id;
  record.at = moment.now;
  record.event = step.event;
  record.cause = step.cause;
  record.reason = reason_of(rule, step, moment);
  record.owner = live.kept.owner.subject->id;

  auto chained = std::make_shared<std::vector<std::string>>(chain ? *chain : std::vector<std::string>{});
  if (step.event == Event::kFired) chained->push_back(rule.name);
  std::vector<store::Write> writes;
  Call call{live.kept.tenant, rule.name, id, {}, record.reason, "", false, false, moment.now};
  if (moment.record != nullptr) {
    for (const Action& action : actions_for(rule, step.event)) {
      switch (action.kind) {
        case Action::Kind::kCommand:
        case Action::Kind::kSet:
          write(live, action, moment, id, chained, firing, writes);
          break;
        case Action::Kind::kNotice:
        case Action::Kind::kAlarm: {
          call.text = {filled(action.text.ja, *moment.record), filled(action.text.en, *moment.record)};
          call.severity = action.severity;
          call.alarm = action.kind == Action::Kind::kAlarm;
          const std::string fault = outlets_.tell ? outlets_.tell(call) : "nobody is there to tell people";
          Action told = action;
          told.text = call.text;
          record.done.push_back({words_of(rule, told), "", "", "", fault.empty(), fault});
          break;
        }
        case Action::Kind::kWebhook: {
          record.done.push_back({words_of(rule, action), action.url, "", "", true, ""});
          if (!outlets_.webhook) {
            record.done.back().ok = false;
            record.done.back().fault = "webhooks are not available";
            break;
          }
          ++firing->open;
          const std::string body = action.body.empty() ? to_json(record) : filled(action.body, *moment.record);
          outlets_.webhook(action.url, body,
                           [this, post = outlets_.post, firing, at = record.done.size() - 1](std::string fault) {
                             post([this, firing, at, fault = std::move(fault)] {
                               firing->record.done[at].ok = fault.empty();
                               firing->record.done[at].fault = fault;
                               finish(firing);
                             });
                           });
          break;
        }
      }
    }
  }
  if (outlets_.tell && raises(rule) && (step.event == Event::kEnded || step.event == Event::kSafe)) {
    call.alarm = call.over = true;
    outlets_.tell(call);
  }
  if (!writes.empty()) {
    ++firing->open;
    RuleView view(store_, authority_, live.kept);
    view.submit(std::move(writes), [this, post = outlets_.post, firing](std::vector<store::Outcome> outcomes) {
      post([this, firing, outcomes = std::move(outcomes)] {
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
          Done& done = firing->record.done[firing->of_writes[i]];
          done.ok = outcomes[i].result.has_value();
          if (!done.ok) done.fault = outcomes[i].result.error().detail;
        }
        finish(firing);
      });
    });
  }
  finish(firing);
}

std::vector<std::string> Engine::targets_of(const Action& action, const std::string& id,
                                            const ngsi::Record& record) const {
  if (action.target.empty()) return {id};
  std::vector<std::string> out;
  const ngsi::AttributeView view = record.find(action.target_term);
  if (view.data() == nullptr || view.kind() != ngsi::AttrKind::kRelationship) return out;
  if (ngsi::walk::is_string(view.value())) return {json_string_text(view.value())};
  ngsi::walk::any_element(view.value(), [&](std::string_view each) {
    if (ngsi::walk::is_string(each)) out.push_back(json_string_text(each));
    return out.size() >= kMaxTargets;
  });
  return out;
}

void Engine::write(Live& live, const Action& action, const Moment& moment, const std::string& id, const Chain& chain,
                   const std::shared_ptr<Firing>& firing, std::vector<store::Write>& writes) {
  const Rule& rule = *live.kept.rule;
  Action said = action;
  said.value = value_for(action, *moment.record);
  const Words what = words_of(rule, said);
  std::vector<Done>& done = firing->record.done;
  const auto refuse = [&](std::string fault) { done.push_back({what, "", action.attribute, "", false, std::move(fault)}); };
  if (said.value.empty()) return refuse("the attribute that the value is taken from is not there");
  const std::vector<std::string> targets = targets_of(action, id, *moment.record);
  if (targets.empty()) return refuse("the entity has no relationship \"" + action.target + "\"");
  for (const std::string& target : targets) {
    ngsi::Entity fragment;
    ngsi::Attribute attribute;
    attribute.name = action.term;
    attribute.value = said.value;
    attribute.unit_code = action.unit_code;
    // With an observedAt, a command would be taken for the device's own report.
    if (action.kind == Action::Kind::kSet) attribute.observed_at = moment.now;
    ngsi::Attribute by;
    by.name = ngsi::core_context()->intern("setByRule");
    append_json_string(by.value, rule.name);
    attribute.subs.push_back(std::move(by));
    fragment.attributes.push_back(std::move(attribute));
    writes.emplace_back(store::EntityWrite{
        live.kept.tenant, target,
        broker::append_attributes(std::make_shared<const broker::Target>(broker::Target{target, std::nullopt}),
                                  std::move(fragment), false, std::make_shared<ngsi::ChangeResult>())});
    firing->of_writes.push_back(done.size());
    done.push_back({what, target, action.attribute, said.value, true, ""});
    const Place place{live.kept.tenant, target, action.term};
    written_[place].push_back({said.value, chain, moment.now});
    forget_hand(place);
    if (rule.safety.manual.us != 0) controls_[place].emplace(live.serial, id);
  }
}

/// One part of it is done. The record is written when all are.
void Engine::finish(const std::shared_ptr<Firing>& firing) {
  if (--firing->open != 0) return;
  --under_way_;
  std::vector<store::Write> writes;
  writes.emplace_back(write_record(firing->tenant, firing->record));
  store_.submit(std::move(writes), [rule = firing->record.rule](std::vector<store::Outcome> outcomes) {
    if (!outcomes[0].result) {
      log::warn("What rule {} did cannot be recorded: {}", rule, outcomes[0].result.error().detail);
    }
  });
}

bool Engine::by_hand_lately(const Live& live, const std::string& id, const ngsi::Record& record, Instant now) const {
  const Rule& rule = *live.kept.rule;
  if (rule.safety.manual.us == 0 || by_hand_.empty()) return false;
  for (const Action& action : rule.then) {
    if (action.term == ngsi::kNoTerm) continue;
    for (const std::string& target : targets_of(action, id, record)) {
      const auto hand = by_hand_.find({live.kept.tenant, target, action.term});
      if (hand != by_hand_.end() && now.us - hand->second.us < rule.safety.manual.us) return true;
    }
  }
  return false;
}

}  // namespace tsunagu::automation
