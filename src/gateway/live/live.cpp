#include "gateway/live/live.h"

#include <algorithm>

#include "gateway/live/audience.h"

namespace tsunagu::gateway::live {

Live::Live(store::Store& store, LiveOptions options, MetricRegistry& metrics)
    : store_(store),
      options_(std::move(options)),
      ring_(options_.ring_bytes),
      events_(metrics.counter({"tsunagu_live_events", "Changes sent to live streams"})),
      lost_(metrics.counter({"tsunagu_live_lost", "Live streams ended because the client reads too slowly"})) {
  metrics.gauge({"tsunagu_live_streams", "Live streams that are open"}, {},
                [this] { return static_cast<double>(seats_.load(std::memory_order_relaxed)); });
  metrics.gauge({"tsunagu_live_ring_bytes", "Recent changes kept for live streams"}, {},
                [this] { return static_cast<double>(ring_.bytes()); });
  store_.watch(*this);
  ring_.begin(store_.stats().last_sequence);
}

Live::~Live() {
  store_.unwatch(*this);
}

void Live::committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t) {
  ring_.push(sequence, changes);
  const std::lock_guard lock(mutex_);
  for (const auto& audience : audiences_) audience->wake();
}

std::shared_ptr<Live::Seat> Live::take_seat() {
  if (seats_.fetch_add(1, std::memory_order_relaxed) >= options_.max_streams) {
    seats_.fetch_sub(1, std::memory_order_relaxed);
    return nullptr;
  }
  return std::make_shared<Seat>(*this);
}

std::shared_ptr<Audience> Live::audience(const std::shared_ptr<Worker>& worker) {
  std::shared_ptr<Audience> made;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& audience : audiences_) {
      if (audience->worker() == worker) return audience;
    }
    made = std::make_shared<Audience>(worker, ring_);
    audiences_.push_back(made);
  }
  made->begin();
  return made;
}

void Live::leave(const std::shared_ptr<Audience>& audience) {
  if (!audience->empty()) return;
  const std::lock_guard lock(mutex_);
  std::erase(audiences_, audience);
}

}  // namespace tsunagu::gateway::live
