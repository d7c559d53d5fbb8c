// What the server counts: requests by route, method and status class, their duration, connections, bytes. Internal to
// the server.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/metrics.h"
#include "gateway/http/http.h"

namespace tsunagu::gateway {

class HttpMetrics {
 public:
  /// Makes all counters now, so that counting takes no lock.
  HttpMetrics(MetricRegistry& registry, const Router& router);

  /// For requests that no route took.
  static constexpr std::size_t kNoRoute = SIZE_MAX;
  /// `time` from the complete request to the complete head of the answer. Thread-safe, no allocation.
  void answered(std::size_t route, unsigned status, std::chrono::nanoseconds time);
  void connections(double difference) { connections_->add(difference); }
  void bytes(std::uint64_t received, std::uint64_t sent);

 private:
  struct Row {
    std::array<Counter*, 5> classes;  // 1xx … 5xx
    Histogram* seconds;
  };
  static Row make_row(MetricRegistry& registry, const std::string& method, const std::string& route);

  std::vector<Row> rows_;  // one per route, then the one for no route
  Gauge* connections_;
  Counter* received_;
  Counter* sent_;
};

}  // namespace tsunagu::gateway
