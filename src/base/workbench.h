// Threads for work that takes longer than the thread of a connection may.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace tsunagu {

/// Runs long work on threads of its own, in the order it comes. Thread-safe.
class Workbench {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  explicit Workbench(std::size_t threads = 2, std::size_t max_waiting = 64);
  ~Workbench();
  /// False: too much waits already or it has stopped, `work` is not taken.
  bool take(std::function<void()> work);
  /// Finishes what is under way; what waits is dropped. Called once, also by the destructor.
  void stop();

 private:
  void run();
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tsunagu
