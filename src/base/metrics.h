// Numbers the program keeps about itself, printed as OpenMetrics 1.0 text. A metric is described once, where it is
// made:
//
//   Counter& requests = registry.counter({"tsunagu_http_requests", "Requests answered"}, {{"status", "200"}});
//   requests.add();
//
// Making one takes a lock: do it at start, not per request. Changing one is a few relaxed atomic operations, from any
// thread.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsunagu {

class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void add(double difference) noexcept { value_.fetch_add(difference, std::memory_order_relaxed); }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  alignas(64) std::atomic<double> value_{0};
};

class Histogram {
 public:
  /// `bounds`: upper ends of the buckets, rising; one bucket for everything above is added.
  explicit Histogram(std::span<const double> bounds);
  void observe(double value) noexcept;

  std::span<const double> bounds() const noexcept { return bounds_; }
  std::vector<std::uint64_t> counts() const;  ///< per bucket, not cumulative; one more than bounds
  double sum() const noexcept { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

struct MetricDescription {
  std::string_view
      name;  ///< [a-z0-9_:], with its unit as ending when it has one ("_seconds", "_bytes"); without "_total"
  std::string_view help;
};

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Bounds for the time of a request in seconds: 50 µs … 10 s.
extern const std::vector<double> kLatencyBounds;

class MetricRegistry {
 public:
  /// The metric of this name and these labels, made at the first call; it lives as long as the registry. A name used
  /// before as another kind, or not a metric name, ends the program: that is a mistake in the program.
  Counter& counter(const MetricDescription& description, const MetricLabels& labels = {});
  Gauge& gauge(const MetricDescription& description, const MetricLabels& labels = {});
  Histogram& histogram(const MetricDescription& description, const MetricLabels& labels = {},
                       std::span<const double> bounds = kLatencyBounds);

  /// A gauge that is asked when the text is made. `read` must be safe from the thread that calls text().
  void gauge(const MetricDescription& description, const MetricLabels& labels, std::function<double()> read);

  /// All metrics, sorted by name, then labels; ends with "# EOF". For application/openmetrics-text; version=1.0.0;
  /// charset=utf-8.
  std::string text() const;

 private:
  enum class Kind { kCounter, kGauge, kHistogram };
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Family {
    Kind kind;
    std::string help;
    std::map<std::string, Series> series;  // by the printed labels, without braces
  };

  Series& series(const MetricDescription& description, const MetricLabels& labels, Kind kind);
  static void print(std::string& out, const std::string& name, const std::string& labels, const Series& series);

  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace tsunagu
