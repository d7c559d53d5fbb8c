#include "things/silence.h"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "things/network.h"
#include "things/observation_write.h"

namespace tsunagu::things {
namespace {

constexpr std::int64_t kLateAfter = 2, kSilentAfter = 5;  // expected intervals
constexpr std::size_t kAtOnce = 5000;

}  // namespace

struct Silence::State {
  store::Store& store;
  const Registry& registry;
  const Instant since;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread thread;
};

Silence::Silence(store::Store& store, const Registry& registry, Instant since)
    : state_(new State{store, registry, since, {}, {}, false, {}}) {}

Silence::~Silence() {
  stop();
}

std::size_t Silence::look(Instant at) {
  struct Change {
    DevicePtr device;
    Status before, after;
  };
  std::size_t changed = 0;
  std::vector<Change> changes;
  const auto write = [&] {
    std::vector<store::Write> writes;
    for (const Change& c : changes) {
      writes.push_back(status_write(*c.device, c.after, Instant{c.device->live->arrived_us}));
    }
    for (const Change& c : changes) {
      if (c.after != Status::kSilent) continue;
      const Live& live = *c.device->live;
      // By its own clock, which in a simulation is another.
      const Instant noticed = c.device->simulated && Instant{live.arrived_us} != kNoInstant
                                  ? Instant{live.observed_us + (at.us - live.arrived_us)}
                                  : at;
      writes.push_back(service_write(*c.device, c.after, noticed, Instant{live.observed_us}));
    }
    std::promise<std::vector<store::Outcome>> promise;
    state_->store.submit(std::move(writes),
                         [&promise](std::vector<store::Outcome> got) { promise.set_value(std::move(got)); });
    const auto outcomes = promise.get_future().get();  // the first are those of the devices
    for (std::size_t i = 0; i < changes.size(); ++i) {
      Status expected = changes[i].before;  // it may have reported meanwhile
      if (outcomes[i].result && changes[i].device->live->status.compare_exchange_strong(expected, changes[i].after))
        ++changed;
    }
    changes.clear();
  };
  state_->registry.each([&](const DevicePtr& device) {
    const std::int64_t interval = device->model->expected_interval_s * 1'000'000;
    const Status before = device->live->status;
    if (interval == 0 || before == Status::kRegistered || before == Status::kSilent) return true;
    const std::int64_t quiet = at.us - std::max(device->live->arrived_us.load(), state_->since.us);
    if (quiet <= interval * kLateAfter) return true;
    const Status after = quiet > interval * kSilentAfter ? Status::kSilent : Status::kLate;
    if (after == before) return true;
    changes.push_back({device, before, after});
    if (changes.size() >= kAtOnce) write();
    return true;
  });
  if (!changes.empty()) write();
  return changed;
}

void Silence::start(std::chrono::seconds interval) {
  state_->thread = std::thread([this, interval] {
    std::unique_lock lock(state_->mutex);
    while (!state_->wake.wait_for(lock, interval, [this] { return state_->stopping; })) {
      lock.unlock();
      look(now());
      lock.lock();
    }
  });
}

void Silence::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace tsunagu::things
