// Notices devices that say nothing: late after twice the time their model expects between reports, silent after five
// times.
#pragma once
#include <chrono>
#include <memory>

#include "things/registry.h"

namespace tsunagu::things {

/// What it finds becomes the `deviceState` of the device. A device that reports is online again by that (intake.h).
/// Time counts from the last report, at the earliest from the making of this: nobody is silent because the server was
/// away.
class Silence {
 public:
  Silence(store::Store& store, const Registry& registry, Instant since = now());
  ~Silence();
  /// One look at every device, ~100 ns each; how many changed. Waits until that is on disk.
  std::size_t look(Instant at);
  /// Looks every `interval` on a thread of its own.
  void start(std::chrono::seconds interval = std::chrono::seconds(5));
  /// Also by the destructor.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::things
