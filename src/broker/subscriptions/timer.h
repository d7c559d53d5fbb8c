// A thread that does things at their time.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace tsunagu::broker {

/// Thread-safe. What is planned runs one after the other on the timer's thread, at its time or later; it may plan more.
class Timer {
 public:
  using Clock = std::chrono::steady_clock;

  Timer() = default;
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start();
  /// What has not run by now never does.
  void stop();
  void after(Clock::duration delay, std::function<void()> what);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Clock::time_point, std::function<void()>> plan_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tsunagu::broker
