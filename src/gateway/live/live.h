// Live streams: who is connected is told of every change that it selects, by Server-Sent Events or WebSocket, at
// GET /ngsi-ld/v1/events.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "gateway/http/http.h"
#include "gateway/live/ring.h"
#include "gateway/ngsild/api.h"
#include "gateway/openapi/document.h"
#include "store/store.h"

namespace tsunagu::gateway::live {

class Audience;

struct LiveOptions {
  std::size_t max_streams = 4000;                  ///< more: 503
  std::size_t ring_bytes = 32u << 20;              ///< of recent changes kept, for those who come back
  std::chrono::milliseconds sign_of_life{15'000};  ///< sent when nothing was for so long
  /// Sites, besides the server's own, whose pages may open a WebSocket ("*": all), as a browser names them.
  std::vector<std::string> origins;
};

/// Watches a store from construction to destruction. The store and `metrics` outlive it; every stream is gone before.
class Live final : public store::Watcher {
 public:
  Live(store::Store& store, LiveOptions options, MetricRegistry& metrics);
  ~Live() override;

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t) override;
  void failed() override {}

  /// The right to one stream, given back when it is gone.
  class Seat {
   public:
    explicit Seat(Live& live) : live_(live) {}
    ~Seat() { live_.seats_.fetch_sub(1, std::memory_order_relaxed); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    Live& live() const { return live_; }

   private:
    Live& live_;
  };
  std::shared_ptr<Seat> take_seat();  ///< null when there are too many

  const LiveOptions& options() const { return options_; }
  const Ring& ring() const { return ring_; }
  /// The audience of a thread, made when there is none. On that thread.
  std::shared_ptr<Audience> audience(const std::shared_ptr<Worker>& worker);
  /// Gives it up when it is empty.
  void leave(const std::shared_ptr<Audience>& audience);
  void count_event() { events_.add(); }
  void count_lost() { lost_.add(); }

 private:
  store::Store& store_;
  const LiveOptions options_;
  Ring ring_;
  std::atomic<std::size_t> seats_{0};
  Counter& events_;
  Counter& lost_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Audience>> audiences_;
};

/// Adds GET /ngsi-ld/v1/events and describes it. `broker`, `guard` and `live` outlive the router.
void add_live_routes(Router& router, openapi::Document& document, broker::Broker& broker, const Guard& guard,
                     const ApiOptions& options, Live& live);

}  // namespace tsunagu::gateway::live
