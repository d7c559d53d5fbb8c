#include "automation/machine.h"

#include <algorithm>
#include <array>

#include "automation/calendar.h"
#include "base/json.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

/// How often is looked again at what no change tells of: linked entities, interlocks.
constexpr std::int64_t kLookAgainUs = 60'000'000;

bool matches(const Query& q, const Moment& m) {
  return !q.expr || ngsi::matches(*q.expr, *m.record, m.linked);
}

bool since_holds(const Since& since, const ngsi::Record& record, Instant now, Instant* next) {
  const ngsi::AttributeView view = record.find(since.term);
  if (view.data() == nullptr) return false;
  const std::string_view value = ngsi::plain_value(view.value());
  if (!ngsi::walk::is_string(value)) return false;
  const std::string text = json_string_text(value);
  auto begin = parse_instant(text);
  if (!begin) begin = parse_instant(text + "T00:00:00+09:00");
  if (!begin) return false;
  const Instant from{begin->us + since.from.us}, to{begin->us + since.to.us};
  const bool has_end = !since.to.text.empty();
  if (next != nullptr && now < from) *next = from;
  if (next != nullptr && now >= from && has_end && now < to) *next = to;
  return now >= from && (!has_end || now < to);
}

/// Inside of the place, or outside for a rule about leaving.
bool in_place(const Rule& rule, const ngsi::Record& record) {
  return rule.trigger.inside->matches(record) != rule.trigger.leave;
}

class Stepping {
 public:
  Stepping(const Rule& rule, State& state, const Moment& moment, std::vector<Step>& out)
      : rule_(rule), s_(state), m_(moment), out_(out) {}

  void run() {
    s_.due = kNoInstant;
    std::erase_if(s_.fired, [&](Instant t) { return t.us + rule_.safety.within.us <= m_.now.us; });
    if (m_.record == nullptr) return gone();
    holds_ = holds(rule_, m_) && silent() != Silence::kHeard;
    if (rule_.trigger.kind == Trigger::Kind::kGeofence) holds_ = holds_ && in_place(rule_, *m_.record);
    if (s_.active) active();
    if (!s_.active) idle();
    set_due();
  }

 private:
  enum class Silence { kNotAsked, kSilent, kHeard };

  void gone() {
    if (s_.active) out_.push_back({Event::kEnded, Cause::kRemoved});
    s_ = {};
  }
  Silence silent() const {
    if (rule_.trigger.kind != Trigger::Kind::kSilence) return Silence::kNotAsked;
    const Instant last = last_seen(*m_.record, rule_.trigger.terms);
    if (last == kNoInstant) return Silence::kHeard;  // never heard: nothing to miss
    return m_.now.us - last.us >= rule_.trigger.silent.us ? Silence::kSilent : Silence::kHeard;
  }
  bool signal_lost() const {
    if (rule_.safety.lost_after.us == 0) return false;
    for (const ngsi::TermId term : rule_.safety.signal_terms) {
      const Instant last = last_seen(*m_.record, {term});
      if (last == kNoInstant || m_.now.us - last.us >= rule_.safety.lost_after.us) return true;
    }
    return false;
  }

  void active() {
    if (m_.manual && !s_.made_safe) {
      out_.push_back({Event::kOverridden, Cause::kManual});
      s_.active = false;
      s_.refused = true;  // told: it goes on when the hands are off
      return;
    }
    const bool window = in_window(rule_.condition, rule_.utc_offset_minutes, m_.now) &&
                        (!rule_.condition.since || since_holds(*rule_.condition.since, *m_.record, m_.now, nullptr));
    const bool until = rule_.condition.until.expr != nullptr;
    const bool over = until ? !window || matches(rule_.condition.until, m_) || !matches(rule_.where, m_) : !holds_;
    if (over) {
      const Cause cause = !window ? Cause::kTime
                          : rule_.trigger.kind == Trigger::Kind::kSilence  ? Cause::kSilence
                          : rule_.trigger.kind == Trigger::Kind::kGeofence ? Cause::kPlace
                                                                           : Cause::kCondition;
      if (!s_.made_safe) out_.push_back({Event::kEnded, cause});
      end();
      return;
    }
    if (s_.made_safe) return;
    if (signal_lost()) {
      out_.push_back({Event::kSafe, Cause::kSignalLost});
      end();
      s_.refused = true;  // and begins anew when there is a signal
    } else if (rule_.safety.max_run.us != 0 && m_.now.us - s_.active_since.us >= rule_.safety.max_run.us) {
      out_.push_back({Event::kSafe, Cause::kRanTooLong});
      s_.made_safe = true;  // stays so until it is over
    }
  }
  void end() {
    s_.active = s_.made_safe = s_.refused = false;
    s_.active_since = s_.holds_since = kNoInstant;
  }

  void idle() {
    if (!holds_) {
      s_.holds_since = kNoInstant;
      s_.refused = false;
      return;
    }
    if (s_.holds_since == kNoInstant) {
      if (!begins()) return;
      s_.holds_since = m_.now;
    }
    if (m_.now.us - s_.holds_since.us >= rule_.condition.lasting.us) fire();
    if (timed() && s_.refused) {  // its time is over: the next one counts
      s_.refused = false;
      s_.holds_since = kNoInstant;
    }
  }
  bool timed() const {
    return rule_.trigger.kind == Trigger::Kind::kSchedule || rule_.trigger.kind == Trigger::Kind::kSun;
  }
  /// Does the condition begin to count now?
  bool begins() const {
    switch (rule_.trigger.kind) {
      case Trigger::Kind::kSilence:
        return true;
      case Trigger::Kind::kGeofence:
        return m_.triggered && m_.before != nullptr && !in_place(rule_, *m_.before);
      default:
        return m_.triggered || s_.refused;
    }
  }
  void refuse(Cause cause, std::size_t interlock = 0) {
    if (!s_.refused) out_.push_back({Event::kRefused, cause, interlock});
    s_.refused = true;
  }
  void fire() {
    if (signal_lost()) return refuse(Cause::kSignalLost);
    for (std::size_t i = 0; i < rule_.safety.interlocks.size(); ++i) {
      if (!matches(rule_.safety.interlocks[i].must, m_)) return refuse(Cause::kInterlock, i);
    }
    if (m_.manual) return refuse(Cause::kManual);
    if (rule_.safety.at_most > 0 && s_.fired.size() >= static_cast<std::size_t>(rule_.safety.at_most)) {
      return refuse(Cause::kTooOften);
    }
    constexpr std::array<Cause, 5> kCauses{Cause::kCondition, Cause::kTime, Cause::kTime, Cause::kPlace,
                                           Cause::kSilence};
    out_.push_back({Event::kFired, kCauses[static_cast<std::size_t>(rule_.trigger.kind)]});
    s_.refused = false;
    if (rule_.safety.at_most > 0) s_.fired.push_back(m_.now);
    s_.active = rule_.latches();
    s_.active_since = s_.active ? m_.now : kNoInstant;
    if (!s_.active) s_.holds_since = kNoInstant;
  }

  void by(Instant t) {
    if (t != kNoInstant && (s_.due == kNoInstant || t < s_.due)) s_.due = t;
  }
  void by(std::int64_t us) { by(Instant{us}); }
  void set_due() {
    const bool waiting = s_.active || s_.holds_since != kNoInstant;
    const Safety& safety = rule_.safety;
    const Condition& c = rule_.condition;
    if (rule_.trigger.kind == Trigger::Kind::kSilence && !s_.active) {
      const Instant last = last_seen(*m_.record, rule_.trigger.terms);
      const std::int64_t quiet = last.us + rule_.trigger.silent.us;
      if (last != kNoInstant) by(quiet > m_.now.us ? quiet : m_.now.us + kLookAgainUs);
    }
    if (!s_.active && s_.holds_since != kNoInstant && !s_.refused) by(s_.holds_since.us + c.lasting.us);
    if (s_.refused) by(m_.now.us + kLookAgainUs);
    if (s_.active && !s_.made_safe) {
      if (safety.max_run.us != 0) by(s_.active_since.us + safety.max_run.us);
      for (const ngsi::TermId term : safety.signal_terms) {
        if (const Instant last = last_seen(*m_.record, {term}); last != kNoInstant) {
          by(std::max(last.us + safety.lost_after.us, m_.now.us + 1));
        }
      }
    }
    if (waiting) {
      by(next_border(c, rule_.utc_offset_minutes, m_.now));
      Instant next;
      if (c.since) since_holds(*c.since, *m_.record, m_.now, &next);
      by(next);
      if (c.holds.links || c.until.links) by(m_.now.us + kLookAgainUs);
    }
    if (!s_.fired.empty() && s_.due == kNoInstant) by(s_.fired.front().us + safety.within.us);
  }

  const Rule& rule_;
  State& s_;
  const Moment& m_;
  std::vector<Step>& out_;
  bool holds_ = false;
};

}  // namespace

std::string_view name(Event event) {
  constexpr std::array<std::string_view, 5> kNames{"fired", "ended", "safe", "refused", "overridden"};
  return kNames[static_cast<std::size_t>(event)];
}

std::string_view name(Cause cause) {
  constexpr std::array<std::string_view, 11> kNames{"condition", "time",     "place",  "silence", "signalLost", "ranTooLong",
                                                    "interlock", "tooOften", "manual", "loop",    "removed"};
  return kNames[static_cast<std::size_t>(cause)];
}

Instant last_seen(const ngsi::Record& record, const std::vector<ngsi::TermId>& attributes) {
  Instant last;
  for (const ngsi::TermId term : attributes) {
    const ngsi::AttributeView view = record.find(term);
    if (view.data() == nullptr) continue;
    const Instant observed = view.parts().observed_at;
    last = std::max(last, observed != kNoInstant ? observed : view.modified_at());
  }
  return last;
}

bool holds(const Rule& rule, const Moment& m) {
  return in_window(rule.condition, rule.utc_offset_minutes, m.now) &&
         (!rule.condition.since || since_holds(*rule.condition.since, *m.record, m.now, nullptr)) &&
         matches(rule.where, m) && matches(rule.condition.holds, m);
}

void step(const Rule& rule, State& state, const Moment& moment, std::vector<Step>& out) {
  Stepping(rule, state, moment, out).run();
}

}  // namespace tsunagu::automation
