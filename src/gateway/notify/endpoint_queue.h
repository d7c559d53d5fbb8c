// What waits for one endpoint, and when it may be tried. Pure: time and chance are given, nothing is sent. Not
// thread-safe.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

#include "broker/subscriptions/notice.h"

namespace tsunagu::gateway::notify {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
inline constexpr TimePoint kNever = TimePoint::max();

struct BackOff {
  std::chrono::milliseconds first{1'000};      ///< doubled from failure to failure …
  std::chrono::milliseconds longest{300'000};  ///< … up to this
  unsigned opens_after = 3;                    ///< failures in a row

  /// The pause after failure number `count` (from 1): half of it is left to `chance` (0 ≤ chance < 1), so that many
  /// that failed together do not come back together.
  Clock::duration pause(unsigned count, double chance) const;
};

/// A circuit breaker. Closed: anything may be tried. Open, after `opens_after` failures in a row: one attempt at a
/// time, each after a longer pause than the one before; a success closes it.
class Breaker {
 public:
  explicit Breaker(BackOff back_off) : back_off_(back_off) {}

  bool open() const { return failures_ >= back_off_.opens_after; }
  /// The last attempt was answered: several may be under way at once.
  bool proven() const { return proven_; }
  unsigned failures() const { return failures_; }
  bool may_try(TimePoint now) const { return now >= pause_until_ && !(open() && probing_); }
  /// When may_try() becomes true by itself.
  TimePoint next() const { return open() && probing_ ? kNever : pause_until_; }

  /// Each attempt begins once and ends by one of the others; `probe` is what begin() returned.
  bool begin();
  void forget(bool probe);  ///< it was not made after all
  void succeeded(bool probe);
  /// Nothing is tried before `cooldown` has passed.
  void failed(bool probe, TimePoint now, Clock::duration cooldown, double chance);
  /// Not to be tried for `pause`, though it answers.
  void rest(TimePoint now, Clock::duration pause);
  /// The next attempt may be made at once.
  void retry_now() { pause_until_ = TimePoint::min(); }

 private:
  BackOff back_off_;
  unsigned failures_ = 0;  // in a row
  bool proven_ = false;
  bool probing_ = false;
  TimePoint pause_until_ = TimePoint::min();
};

/// The queue of one endpoint. Notices about the same entity stay in order: an entity belongs to one of 64 lanes, and of
/// a lane only the first is under way. A notice that is refused again and again holds up its lane only.
class EndpointQueue {
 public:
  struct Item {
    broker::Notice notice;
    std::size_t bytes = 0;  ///< about what it keeps in memory
    TimePoint not_before = TimePoint::min();
    std::string reason;  ///< of its last failure
    std::uint8_t lane = 0;
    bool under_way = false;
    bool probe = false;
  };

  /// `parallel`: attempts at once when all is well.
  EndpointQueue(broker::Endpoint endpoint, BackOff back_off, std::size_t parallel);

  const broker::Endpoint& endpoint() const { return endpoint_; }
  const Breaker& breaker() const { return breaker_; }
  std::size_t size() const { return size_; }    ///< with those under way
  std::size_t bytes() const { return bytes_; }  ///< of all of them
  std::size_t under_way() const { return under_way_; }
  const std::string& last_failure() const { return last_failure_; }

  void add(broker::Notice notice);

  /// One that may be tried now, under way from here on until one of the three below is called; null: none.
  Item* next(TimePoint now);
  /// When next() gives something if nothing else happens; kNever: only after an event.
  TimePoint wake(TimePoint now) const;

  /// Done with, without an attempt: it is taken out.
  broker::Notice take(Item& item);
  /// It arrived, or was refused for good (`refused`): either way the endpoint answers. It is taken out.
  void answered(Item& item, bool refused, TimePoint now);
  /// To be tried again.
  void failed(Item& item, TimePoint now, double chance, std::string reason);
  /// Nothing waits for its pause any more.
  void retry_now();

  /// Takes out what `which` chooses among those not under way.
  std::list<Item> remove_if(const std::function<bool(const Item&)>& which);
  /// Takes out the notices at the heads of the lanes that became due before `due`.
  std::list<Item> remove_older(Instant due);
  /// Takes out the one that waits longest and is not under way; empty: all are.
  std::list<Item> remove_oldest();
  void for_each(const std::function<bool(const Item&)>& visit) const;  ///< until it returns false

 private:
  void took(const Item& item);
  void settle_lane(std::uint8_t lane);
  std::size_t limit() const { return breaker_.proven() && breaker_.failures() == 0 ? parallel_ : 1; }
  void move_out(std::list<Item>& lane, std::list<Item>::iterator item, std::list<Item>& out);

  const broker::Endpoint endpoint_;
  const BackOff back_off_;
  const std::size_t parallel_;
  Breaker breaker_;
  std::array<std::list<Item>, 64> lanes_;
  std::uint64_t ready_ = 0;    // lanes whose first may be tried
  std::uint64_t delayed_ = 0;  // lanes whose first waits for its not_before
  unsigned turn_ = 0;          // the lane that comes next
  std::size_t size_ = 0, bytes_ = 0, under_way_ = 0;
  std::string last_failure_;
};

}  // namespace tsunagu::gateway::notify
