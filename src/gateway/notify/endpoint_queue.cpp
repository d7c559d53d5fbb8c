#include "gateway/notify/endpoint_queue.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/hash.h"

namespace tsunagu::gateway::notify {
namespace {

std::uint64_t bit(unsigned lane) {
  return std::uint64_t{1} << lane;
}

std::uint8_t lane_of(const broker::Notice& notice) {
  if (notice.changes.size() != 1)
    return static_cast<std::uint8_t>(reinterpret_cast<std::uintptr_t>(notice.subscription.get()) / 64 % 64);
  const store::EntityChange& change = notice.changes.front();
  const ngsi::RecordPtr& record = change.after ? change.after : change.before;
  return record ? static_cast<std::uint8_t>(hash64(record->id()) % 64) : 0;
}

std::size_t bytes_of(const broker::Notice& notice) {
  std::size_t bytes = sizeof(EndpointQueue::Item) + notice.changes.capacity() * sizeof(store::EntityChange);
  for (const store::EntityChange& change : notice.changes) {
    if (change.before) bytes += change.before->bytes().size();
    if (change.after && change.after.get() != change.before.get()) bytes += change.after->bytes().size();
  }
  return bytes;
}

}  // namespace

Clock::duration BackOff::pause(unsigned count, double chance) const {
  const double steps = std::min(count > 0 ? count - 1 : 0u, 30u);
  const double full =
      std::min(static_cast<double>(first.count()) * std::exp2(steps), static_cast<double>(longest.count()));
  return std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double, std::milli>(full * (1 + chance) / 2));
}

bool Breaker::begin() {
  if (!open()) return false;
  probing_ = true;
  return true;
}

void Breaker::forget(bool probe) {
  if (probe) probing_ = false;
}

void Breaker::succeeded(bool probe) {
  forget(probe);
  failures_ = 0;
  proven_ = true;
  pause_until_ = TimePoint::min();
}

void Breaker::failed(bool probe, TimePoint now, Clock::duration cooldown, double chance) {
  const bool straggler = open() && !probe;  // begun before the circuit opened: tells nothing new
  forget(probe);
  if (!straggler) ++failures_;
  Clock::duration pause = cooldown;
  if (open() && !straggler) pause = std::max(pause, back_off_.pause(failures_ - back_off_.opens_after + 1, chance));
  rest(now, pause);
}

void Breaker::rest(TimePoint now, Clock::duration pause) {
  if (pause > Clock::duration::zero()) pause_until_ = std::max(pause_until_, now + pause);
}

EndpointQueue::EndpointQueue(broker::Endpoint endpoint, BackOff back_off, std::size_t parallel)
    : endpoint_(std::move(endpoint)), back_off_(back_off), parallel_(parallel), breaker_(back_off) {}

void EndpointQueue::add(broker::Notice notice) {
  const std::uint8_t lane = lane_of(notice);
  Item& item = lanes_[lane].emplace_back();
  item.bytes = bytes_of(notice);
  item.notice = std::move(notice);
  item.lane = lane;
  ++size_;
  bytes_ += item.bytes;
  if (lanes_[lane].size() == 1) ready_ |= bit(lane);
}

EndpointQueue::Item* EndpointQueue::next(TimePoint now) {
  if (under_way_ >= limit() || !breaker_.may_try(now)) return nullptr;
  for (std::uint64_t left = delayed_; left != 0; left &= left - 1) {
    const unsigned lane = static_cast<unsigned>(std::countr_zero(left));
    if (lanes_[lane].front().not_before > now) continue;
    delayed_ &= ~bit(lane);
    ready_ |= bit(lane);
  }
  // A probe takes the lanes in turn whatever their pauses: one that is refused again and again must not keep the
  // circuit open.
  const std::uint64_t candidates = breaker_.open() ? ready_ | delayed_ : ready_;
  if (candidates == 0) return nullptr;
  const unsigned lane =
      (turn_ + static_cast<unsigned>(std::countr_zero(std::rotr(candidates, static_cast<int>(turn_))))) % 64;
  turn_ = (lane + 1) % 64;
  ready_ &= ~bit(lane);
  delayed_ &= ~bit(lane);
  ++under_way_;
  Item& item = lanes_[lane].front();
  item.under_way = true;
  item.probe = breaker_.begin();
  return &item;
}

TimePoint EndpointQueue::wake(TimePoint now) const {
  if (under_way_ >= limit() || (ready_ | delayed_) == 0) return kNever;
  const TimePoint allowed = breaker_.next();
  if (allowed == kNever || breaker_.open() || ready_ != 0) return allowed == kNever ? kNever : std::max(allowed, now);
  TimePoint first = kNever;
  for (std::uint64_t left = delayed_; left != 0; left &= left - 1)
    first = std::min(first, lanes_[static_cast<unsigned>(std::countr_zero(left))].front().not_before);
  return std::max({first, allowed, now});
}

void EndpointQueue::took(const Item& item) {
  --size_;
  bytes_ -= item.bytes;
}

void EndpointQueue::settle_lane(std::uint8_t lane) {
  ready_ &= ~bit(lane);
  delayed_ &= ~bit(lane);
  if (lanes_[lane].empty() || lanes_[lane].front().under_way) return;
  (lanes_[lane].front().not_before == TimePoint::min() ? ready_ : delayed_) |= bit(lane);
}

broker::Notice EndpointQueue::take(Item& item) {
  const std::uint8_t lane = item.lane;
  breaker_.forget(item.probe);
  --under_way_;
  took(item);
  broker::Notice notice = std::move(item.notice);
  lanes_[lane].pop_front();
  settle_lane(lane);
  return notice;
}

void EndpointQueue::answered(Item& item, bool refused, TimePoint now) {
  const bool was_open = breaker_.open();
  breaker_.succeeded(item.probe);
  if (refused) breaker_.rest(now, endpoint_.cooldown);
  take(item);
  if (was_open) {
    for (std::uint64_t left = delayed_; left != 0; left &= left - 1)
      lanes_[static_cast<unsigned>(std::countr_zero(left))].front().not_before = TimePoint::min();
    ready_ |= std::exchange(delayed_, 0);
  }
}

void EndpointQueue::failed(Item& item, TimePoint now, double chance, std::string reason) {
  breaker_.failed(item.probe, now, endpoint_.cooldown, chance);
  --under_way_;
  item.under_way = item.probe = false;
  item.not_before = now + back_off_.pause(item.notice.attempts, chance);
  last_failure_ = reason;
  item.reason = std::move(reason);
  settle_lane(item.lane);
}

void EndpointQueue::retry_now() {
  breaker_.retry_now();
  for (std::uint64_t left = delayed_; left != 0; left &= left - 1)
    lanes_[static_cast<unsigned>(std::countr_zero(left))].front().not_before = TimePoint::min();
  ready_ |= std::exchange(delayed_, 0);
}

void EndpointQueue::move_out(std::list<Item>& lane, std::list<Item>::iterator item, std::list<Item>& out) {
  took(*item);
  out.splice(out.end(), lane, item);
}

std::list<EndpointQueue::Item> EndpointQueue::remove_if(const std::function<bool(const Item&)>& which) {
  std::list<Item> out;
  for (std::uint8_t lane = 0; lane < lanes_.size(); ++lane) {
    for (auto item = lanes_[lane].begin(); item != lanes_[lane].end();) {
      const auto here = item++;
      if (!here->under_way && which(*here)) move_out(lanes_[lane], here, out);
    }
    settle_lane(lane);
  }
  return out;
}

std::list<EndpointQueue::Item> EndpointQueue::remove_older(Instant due) {
  std::list<Item> out;
  for (std::uint8_t lane = 0; lane < lanes_.size(); ++lane) {
    auto item = lanes_[lane].begin();
    if (item != lanes_[lane].end() && item->under_way) ++item;
    while (item != lanes_[lane].end() && item->notice.due < due) move_out(lanes_[lane], item++, out);
    settle_lane(lane);
  }
  return out;
}

std::list<EndpointQueue::Item> EndpointQueue::remove_oldest() {
  std::list<Item> out;
  std::list<Item>* from = nullptr;
  std::list<Item>::iterator oldest;
  for (std::list<Item>& lane : lanes_) {
    auto item = lane.begin();
    if (item != lane.end() && item->under_way) ++item;
    if (item == lane.end() || (from != nullptr && oldest->notice.due <= item->notice.due)) continue;
    from = &lane;
    oldest = item;
  }
  if (from == nullptr) return out;
  const std::uint8_t lane = oldest->lane;
  move_out(*from, oldest, out);
  settle_lane(lane);
  return out;
}

void EndpointQueue::for_each(const std::function<bool(const Item&)>& visit) const {
  for (const std::list<Item>& lane : lanes_)
    for (const Item& item : lane)
      if (!visit(item)) return;
}

}  // namespace tsunagu::gateway::notify
