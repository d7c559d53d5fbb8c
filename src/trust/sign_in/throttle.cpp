#include "trust/sign_in/throttle.h"

#include <algorithm>

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kSecond = 1'000'000;       // µs
constexpr std::int64_t kForget = 3600 * kSecond;  // after the last failure

}  // namespace

std::chrono::seconds Throttle::attempt(std::string_view key, const Rule& rule, Instant now) {
  const std::lock_guard lock(mutex_);
  auto at = entries_.find(key);
  if (at == entries_.end()) {
    make_room(now);
    at = entries_.emplace(key, Entry{}).first;
  }
  Entry& entry = at->second;
  if (entry.failures > 0 && now.us > entry.last.us + kForget) entry = {};
  if (entry.failures > 0 && now < entry.open) {
    return std::chrono::seconds((entry.open.us - now.us + kSecond - 1) / kSecond);
  }
  ++entry.failures;
  entry.last = now;
  const int over = entry.failures - rule.free;
  const std::int64_t wait = over < 0 ? 0 : std::min<std::int64_t>(rule.longest.count(), 1LL << std::min(over, 30));
  entry.open = Instant{now.us + wait * kSecond};
  return std::chrono::seconds(0);
}

void Throttle::succeeded(std::string_view key, bool all) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(key);
  if (at == entries_.end()) return;
  at->second.failures = all ? 0 : std::max(0, at->second.failures - 1);
  at->second.open = kNoInstant;
  if (at->second.failures == 0) entries_.erase(at);
}

void Throttle::make_room(Instant now) {
  if (entries_.size() < most_keys_) return;
  std::erase_if(entries_, [now](const auto& each) { return now.us > each.second.last.us + kForget; });
  while (entries_.size() >= most_keys_) {
    const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    entries_.erase(oldest);
  }
}

}  // namespace tsunagu::trust
