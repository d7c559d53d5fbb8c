#include "base/metrics.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <thread>

namespace tsunagu {
namespace {

TEST(Metrics, ArePrintedAsOpenMetrics) {
  MetricRegistry registry;
  registry.gauge({"tsunagu_entities", "Entities kept"}).set(179);
  registry.gauge({"tsunagu_queue", "Waiting"}, {{"name", "a\"b\\c\nd"}}, [] { return 0.5; });
  Counter& requests = registry.counter({"tsunagu_http_requests", "Requests answered"}, {{"status", "200"}});
  requests.add();
  requests.add(2);
  registry.counter({"tsunagu_http_requests", "Requests answered"}, {{"status", "404"}});
  const double bounds[] = {0.1, 1};
  Histogram& times = registry.histogram({"tsunagu_request_seconds", "Time per request"}, {{"route", "x"}}, bounds);
  for (const double value : {0.0625, 0.5, 1.0, 2.0}) times.observe(value);

  EXPECT_EQ(registry.text(),
            "# TYPE tsunagu_entities gauge\n"
            "# HELP tsunagu_entities Entities kept\n"
            "tsunagu_entities 179\n"
            "# TYPE tsunagu_http_requests counter\n"
            "# HELP tsunagu_http_requests Requests answered\n"
            "tsunagu_http_requests_total{status=\"200\"} 3\n"
            "tsunagu_http_requests_total{status=\"404\"} 0\n"
            "# TYPE tsunagu_queue gauge\n"
            "# HELP tsunagu_queue Waiting\n"
            "tsunagu_queue{name=\"a\\\"b\\\\c\\nd\"} 0.5\n"
            "# TYPE tsunagu_request_seconds histogram\n"
            "# HELP tsunagu_request_seconds Time per request\n"
            "tsunagu_request_seconds_bucket{route=\"x\",le=\"0.1\"} 1\n"
            "tsunagu_request_seconds_bucket{route=\"x\",le=\"1\"} 3\n"
            "tsunagu_request_seconds_bucket{route=\"x\",le=\"+Inf\"} 4\n"
            "tsunagu_request_seconds_count{route=\"x\"} 4\n"
            "tsunagu_request_seconds_sum{route=\"x\"} 3.5625\n"
            "# EOF\n");
}

TEST(Metrics, OfTheSameNameAndLabelsAreTheSame) {
  MetricRegistry registry;
  Counter& first = registry.counter({"a", "A"}, {{"x", "1"}});
  EXPECT_EQ(&first, &registry.counter({"a", "A"}, {{"x", "1"}}));
  EXPECT_NE(&first, &registry.counter({"a", "A"}, {{"x", "2"}}));
  EXPECT_EQ(MetricRegistry().text(), "# EOF\n");
}

TEST(Metrics, MistakesInTheProgramEndIt) {
  MetricRegistry registry;
  registry.counter({"a", "A"});
  EXPECT_THROW(registry.gauge({"a", "A"}), std::logic_error);
  EXPECT_THROW(registry.counter({"a_total", "A"}), std::logic_error);
  EXPECT_THROW(registry.counter({"1a", "A"}), std::logic_error);
  EXPECT_THROW(registry.counter({"", "A"}), std::logic_error);
}

TEST(Metrics, PrintValuesThatAreNoNumbers) {
  MetricRegistry registry;
  Gauge& gauge = registry.gauge({"g", "G"});
  gauge.set(std::numeric_limits<double>::infinity());
  EXPECT_NE(registry.text().find("g +Inf\n"), std::string::npos);
  gauge.set(std::numeric_limits<double>::quiet_NaN());
  EXPECT_NE(registry.text().find("g NaN\n"), std::string::npos);
}

TEST(Metrics, CountFromManyThreads) {
  MetricRegistry registry;
  Counter& counter = registry.counter({"c", "C"});
  Histogram& histogram = registry.histogram({"h", "H"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) counter.add(), histogram.observe(1);
    });
  }
  registry.text();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 4000u);
  EXPECT_EQ(histogram.sum(), 4000);
}

}  // namespace
}  // namespace tsunagu
