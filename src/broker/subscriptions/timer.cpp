#include "broker/subscriptions/timer.h"

#include <utility>

namespace tsunagu::broker {

void Timer::start() {
  thread_ = std::thread([this] { run(); });
}

void Timer::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Timer::after(Clock::duration delay, std::function<void()> what) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    plan_.emplace(Clock::now() + delay, std::move(what));
  }
  changed_.notify_all();
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (plan_.empty()) {
      changed_.wait(lock);
    } else if (const auto next = plan_.begin()->first; next > Clock::now()) {
      changed_.wait_until(lock, next);
    } else {
      auto what = std::move(plan_.extract(plan_.begin()).mapped());
      lock.unlock();
      what();
      lock.lock();
    }
  }
}

}  // namespace tsunagu::broker
