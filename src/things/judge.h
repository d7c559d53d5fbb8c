// What an observation is worth, seen with what was observed before.
#pragma once
#include <string>

#include "things/device.h"
#include "things/observation.h"

namespace tsunagu::things {

/// One value of one attribute on its way into the graph.
struct Point {
  ngsi::TermId attribute;
  const Measure* measure = nullptr;  ///< of the device's model; null: it says nothing of this attribute
  bool own = false;                  ///< belongs to the device itself, not to what it observes (batteryLevel, rssi …)
  std::string value;                 ///< canonical JSON
  std::string raw;                   ///< as the device said it, when it was corrected
  Instant at;                        ///< kNoInstant: when it arrived
  Instant said_at;                   ///< what the device's clock said, when that cannot be
  Quality quality = 0;
};

enum class Verdict : std::uint8_t {
  kCurrent,    ///< the newest
  kPast,       ///< takes its place in history, unless history has it
  kNewPast,    ///< takes its place in history, which does not have it
  kDuplicate,  ///< is known already, word for word
};

/// Corrects (calibration, impossible time) and flags `point`, and notes it in its track. `track` is that of the
/// attribute. A clock is taken to be wrong when it is before 2000 or more than five minutes ahead; not of simulated
/// devices. `overtaken`: the newer ones were not durable yet when it arrived, so that it is not late, only out of
/// order. Pure but for the track; ~100 ns.
Verdict judge(Point& point, Track& track, Instant arrived, bool simulated, bool overtaken = false);

/// The track of a value that was in the graph before.
void begin_track(Track& track, std::string_view value, Instant at);

}  // namespace tsunagu::things
