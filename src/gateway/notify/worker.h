// One thread of the notifier with the endpoints it serves. Internal to it.
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "gateway/notify/http_sender.h"
#include "gateway/notify/mqtt_sender.h"
#include "gateway/notify/notifier.h"

namespace tsunagu::gateway::notify {

struct Metrics {
  explicit Metrics(MetricRegistry& registry);
  Counter &sent_http, &sent_mqtt, &failed_http, &failed_mqtt, &given_up;
  Gauge &waiting, &open_circuits;
  Histogram& delivery_seconds;  ///< from due to delivered
};

class Worker;

/// What the threads share.
struct Shared {
  NotifyOptions options;
  broker::NoticeSource& source;
  Metrics metrics;
  std::vector<std::unique_ptr<Worker>> workers;
};

class Worker {
 public:
  Worker(Shared& shared, std::size_t number, SslContextPtr tls);
  ~Worker();

  // From any thread.
  void start();
  void deliver(std::vector<broker::Notice> notices);
  /// Runs `work` on the thread; false after stop().
  bool post(std::function<void()> work);
  void stop(std::chrono::milliseconds grace);  ///< returns when the thread has ended

  // From its own thread.
  void waiting(const broker::NoticeFilter& filter, std::size_t limit, std::vector<broker::DeadLetter>& out) const;
  void open_circuits(std::size_t limit, std::vector<OpenCircuit>& out) const;
  std::size_t retry(const broker::NoticeFilter& filter);
  std::size_t drop(const broker::NoticeFilter& filter);

 private:
  struct Line {
    Line(const broker::Endpoint& endpoint, const NotifyOptions& options);
    EndpointQueue queue;
    Result<Target> target;
    TimePoint wake = kNever;  // as it is in wakes_
    bool counted_open = false;
  };
  struct EndpointHash {
    std::size_t operator()(const broker::Endpoint& endpoint) const;
  };
  using Items = std::list<EndpointQueue::Item>;

  void drain();
  void accept(broker::Notice notice);
  void enqueue(const broker::Endpoint& endpoint, broker::Notice notice);
  Line& line_of(const broker::Endpoint& endpoint);
  std::size_t owner_of(const broker::Endpoint& endpoint) const;
  void pump(Line& line);
  void begin(Line& line, EndpointQueue::Item& item, TimePoint now);
  void ended(Line& line, EndpointQueue::Item& item, const broker::Attempt& attempt);
  void give_up(Items items, const std::string& reason);
  void hold_bounds(Line& line);
  void settled(const broker::Notice& notice);
  void after(Line& line);
  void tick();
  void schedule();
  void sweep(TimePoint now);
  void count(std::ptrdiff_t notices, std::ptrdiff_t bytes);
  void end_if_idle();
  void end();
  double chance();

  static constexpr std::size_t kSlice = 256;  // notices taken from the inbox at once; sockets have their turn between

  Shared& shared_;
  const std::size_t number_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  Resolver resolver_;
  HttpSender http_;
  MqttSender mqtt_;
  std::unordered_map<broker::Endpoint, std::unique_ptr<Line>, EndpointHash> lines_;
  std::set<std::pair<TimePoint, Line*>> wakes_;
  std::deque<broker::Notice> accepted_;
  TimePoint armed_ = kNever;
  TimePoint swept_;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
  bool stopping_ = false;
  std::minstd_rand random_{std::random_device{}()};

  std::mutex mutex_;
  std::vector<broker::Notice> inbox_;  // under mutex_, as are the next two
  bool awake_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace tsunagu::gateway::notify
