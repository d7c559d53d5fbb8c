// What a rule would have done: its state machine, run over what the graph remembers. Linked entities are remembered,
// too. Nothing is written, and nothing that the rule would have changed is changed.
#pragma once
#include <string>
#include <vector>

#include "automation/kept_rule.h"
#include "automation/machine.h"
#include "trust/authority.h"

namespace tsunagu::automation {

struct TrialLimits {
  std::size_t entities = 1000;      ///< looked at
  std::size_t points = 2'000'000;   ///< of history read
  std::size_t told = 1000;          ///< events told one by one
};

struct TrialEvent {
  Instant at;
  std::string entity;
  Event event;
  Words reason;
};

struct TrialReport {
  Instant from, to;
  std::size_t entities = 0, points = 0;
  std::size_t fired = 0, ended = 0, safe = 0, refused = 0;
  double active_hours = 0;       ///< of all entities together
  std::vector<TrialEvent> events;  ///< in the order of time
  bool complete = true;          ///< false: a limit was reached
};

/// As the owner of `kept` may see it (present and history). Reads history (I/O): to be run on a workbench.
Result<TrialReport> try_rule(store::Store& store, const trust::Authority& authority, const KeptRule& kept, Instant from,
                             Instant to, const TrialLimits& limits = {});

std::string to_json(const TrialReport& report);

}  // namespace tsunagu::automation
