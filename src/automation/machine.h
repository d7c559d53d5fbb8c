// What a rule does for one entity: a state machine without clock and I/O. The same steps are taken live and on history.
#pragma once
#include <functional>
#include <vector>

#include "automation/rule.h"

namespace tsunagu::automation {

/// What happened to a rule.
enum class Event : std::uint8_t {
  kFired,    ///< `then` is to be done
  kEnded,    ///< it is over; `ended` is to be done
  kSafe,     ///< `safe` is to be done
  kRefused,  ///< it would have fired, and must not; told once until it may again
  kOverridden,  ///< somebody took over by hand while it was active: nothing is done
};
std::string_view name(Event event);  ///< "fired", "ended", …

enum class Cause : std::uint8_t {
  kCondition,   ///< fired: the condition holds; ended: it does not any more, or `until` does
  kTime,        ///< fired: it is time; ended: hours or season are over
  kPlace,       ///< entered or left
  kSilence,     ///< fired: silent for so long; ended: heard again
  kSignalLost,  ///< safe, refused
  kRanTooLong,  ///< safe
  kInterlock,   ///< refused
  kTooOften,    ///< refused
  kManual,      ///< refused, overridden: somebody wrote it by hand
  kLoop,        ///< refused: it keeps triggering itself
  kRemoved,     ///< ended: the entity is gone, or the rule was switched off
};
std::string_view name(Cause cause);

struct Step {
  Event event;
  Cause cause;
  std::size_t interlock = 0;  ///< which one
};

/// Of one rule and one entity. The default is idle: it need not be kept.
struct State {
  Instant holds_since;      ///< the condition holds from then on
  bool active = false;      ///< fired, and not over
  bool made_safe = false;   ///< active, but `safe` was done
  bool refused = false;     ///< a refusal was told
  Instant active_since;
  std::vector<Instant> fired;  ///< as far as the limit looks back
  Instant due;              ///< step() has to be called then at the latest; kNoInstant: only on changes
  bool idle() const { return !active && !refused && holds_since == kNoInstant && fired.empty() && due == kNoInstant; }
};

/// What a step is taken on.
struct Moment {
  Instant now;
  const ngsi::Record* record = nullptr;  ///< null: it is gone
  const ngsi::Record* before = nullptr;  ///< before the change; null: not known, or there was none
  const ngsi::Linked* linked = nullptr;
  bool triggered = false;  ///< a watched attribute was written; the rule was switched on; its time has come
  bool manual = false;     ///< somebody wrote by hand, not long ago, what the rule writes
};

/// One step; at most two things happen in it (ended, then fired). ~1 µs and what the expressions cost.
void step(const Rule& rule, State& state, const Moment& moment, std::vector<Step>& out);

/// Does what the rule says about now and the entity hold (if, hours, season, since, where)?
bool holds(const Rule& rule, const Moment& moment);
/// When one of the attributes was observed last (or written, without observedAt); kNoInstant: none is there.
Instant last_seen(const ngsi::Record& record, const std::vector<ngsi::TermId>& attributes);

}  // namespace tsunagu::automation
