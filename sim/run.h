// The region, live: reports go to a server as their time comes.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "sim/clock.h"
#include "sim/fleet.h"
#include "sim/server.h"

namespace tsunagu::sim {

struct RunSettings {
  Instant start;
  double speed = 1;
  Instant until = kNoInstant;  ///< simulated; none: until it is stopped
};

struct Progress {
  Instant simulated;
  std::uint64_t sent = 0, accepted = 0, rejected = 0, silent = 0, repeated = 0, obeyed = 0;
  std::string first_fault;
};

/// Appends the line of `device` at `t` for /iot/ndjson; false: it is silent.
bool append_line(Fleet& fleet, std::size_t device, Instant t, std::string& out);

/// Makes models, groups, devices and what they observe known. How many entities were new.
Result<std::size_t> introduce(const Fleet& fleet, Server& server);

/// Gives the server the rules of a text (TOML, [[rule]] after [[rule]]) that it does not have yet, switched on. How
/// many were new.
Result<std::size_t> teach(Server& server, std::string_view rules);

/// Returns when `until` is reached or `stop` is set. While the server cannot be reached everything waits and is sent
/// later: nothing is left out. An answer that will never be better ends it.
Result<Progress> run(Fleet& fleet, Server& server, const RunSettings& settings, const std::atomic<bool>& stop,
                     const std::function<void(const Progress&)>& tell);

}  // namespace tsunagu::sim
