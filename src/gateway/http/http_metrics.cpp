#include "gateway/http/http_metrics.h"

#include <algorithm>

namespace tsunagu::gateway {

HttpMetrics::HttpMetrics(MetricRegistry& registry, const Router& router)
    : connections_(&registry.gauge({"tsunagu_http_connections", "Connections that are open"})),
      received_(&registry.counter({"tsunagu_http_received_bytes", "Bytes that clients sent"})),
      sent_(&registry.counter({"tsunagu_http_sent_bytes", "Bytes that were sent to clients"})) {
  for (const Router::Route& route : router.routes()) rows_.push_back(make_row(registry, route.method, route.pattern));
  rows_.push_back(make_row(registry, "", ""));
}

HttpMetrics::Row HttpMetrics::make_row(MetricRegistry& registry, const std::string& method, const std::string& route) {
  Row row{};
  for (std::size_t i = 0; i < row.classes.size(); ++i) {
    row.classes[i] =
        &registry.counter({"tsunagu_http_requests", "Requests answered; route \"\": none fits"},
                          {{"method", method}, {"route", route}, {"status", std::to_string(i + 1) + "xx"}});
  }
  row.seconds =
      &registry.histogram({"tsunagu_http_request_duration_seconds", "From the complete request to the answer"},
                          {{"method", method}, {"route", route}});
  return row;
}

void HttpMetrics::answered(std::size_t route, unsigned status, std::chrono::nanoseconds time) {
  const Row& row = rows_[std::min(route, rows_.size() - 1)];
  row.classes[std::clamp(status / 100, 1u, 5u) - 1]->add();
  row.seconds->observe(static_cast<double>(time.count()) * 1e-9);
}

void HttpMetrics::bytes(std::uint64_t received, std::uint64_t sent) {
  received_->add(received);
  sent_->add(sent);
}

}  // namespace tsunagu::gateway
