// Names to addresses without waiting: each look-up has a thread of its own (the C library offers nothing better), a few
// at most; a name that takes long delays nobody but itself. Answers are kept for a while.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/notify/endpoint_queue.h"

namespace boost::asio {
class io_context;
}

namespace tsunagu::gateway::notify {

using Addresses = std::vector<std::string>;  ///< as digits: "192.0.2.1", "2001:db8::1"
/// Blocks until the name is known; empty: it is not. Called on threads of their own.
using LookUp = std::function<Addresses(const std::string& host)>;

/// Asks the system (getaddrinfo).
Addresses look_up(const std::string& host);

class Resolver {
 public:
  Resolver(boost::asio::io_context& io, LookUp look_up);
  /// Look-ups under way are left to end by themselves; nobody is told.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  using Done = std::function<void(const Addresses&)>;
  /// From the thread of `io`; `done` is called there: at once for what is known, else later.
  void resolve(const std::string& host, Done done);

 private:
  struct Mailbox;
  struct Known {
    Addresses addresses;
    TimePoint until;
  };
  void start(const std::string& host);
  void found(const std::string& host, Addresses addresses);

  static constexpr std::size_t kMaxThreads = 32;
  static constexpr std::size_t kMaxKnown = 10'000;
  static constexpr std::chrono::seconds kKept{60};

  const LookUp look_up_;
  const std::shared_ptr<Mailbox> mailbox_;
  std::unordered_map<std::string, Known> known_;
  std::unordered_map<std::string, std::vector<Done>> asked_;
  std::deque<std::string> waiting_;  // for a thread
  std::size_t threads_ = 0;
};

}  // namespace tsunagu::gateway::notify
