#include "trust/sign_in/challenges.h"

#include "trust/keys.h"

namespace tsunagu::trust {

std::string Challenges::make(std::string purpose, Instant now) {
  const std::int64_t valid = std::chrono::duration_cast<std::chrono::microseconds>(valid_).count();
  std::string challenge = random_text(32);
  const std::lock_guard lock(mutex_);
  while (!order_.empty()) {
    const auto oldest = open_.find(order_.front());
    if (oldest != open_.end() && now < oldest->second.until && order_.size() < most_) break;
    if (oldest != open_.end()) open_.erase(oldest);
    order_.pop_front();
  }
  open_.emplace(challenge, Open{std::move(purpose), Instant{now.us + valid}});
  order_.push_back(challenge);
  return challenge;
}

bool Challenges::take(std::string_view challenge, std::string_view purpose, Instant now) {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(std::string(challenge));
  if (found == open_.end()) return false;
  const bool good = found->second.purpose == purpose && now < found->second.until;
  open_.erase(found);
  return good;
}

}  // namespace tsunagu::trust
