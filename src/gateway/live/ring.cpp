#include "gateway/live/ring.h"

#include <algorithm>

namespace tsunagu::gateway::live {
namespace {

constexpr unsigned kPlaceBits = 20;
constexpr std::uint64_t kLastOfCommit = (1u << kPlaceBits) - 1;

std::size_t bytes_of(const Change& change) {
  std::size_t bytes = sizeof(Change);
  if (change.before) bytes += change.before->bytes().size();
  if (change.after) bytes += change.after->bytes().size();
  return bytes;
}

}  // namespace

void Ring::begin(std::uint64_t last_sequence) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(begun_, true)) return;
  floor_ = last_ = last_sequence << kPlaceBits | kLastOfCommit;
}

void Ring::push(std::uint64_t sequence, std::span<const store::EntityChange> changes) {
  std::vector<Change> gone;  // its records are freed outside of the lock
  const std::lock_guard lock(mutex_);
  if (!std::exchange(begun_, true)) floor_ = (sequence << kPlaceBits) - 1;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::uint64_t index = i + 1 == changes.size() ? kLastOfCommit : std::min<std::uint64_t>(i, kLastOfCommit - 1);
    const store::EntityChange& change = changes[i];
    last_ = sequence << kPlaceBits | index;
    changes_.push_back({last_, change.tenant, change.before, change.after, change.at});
    bytes_ += bytes_of(changes_.back());
  }
  while (bytes_ > max_bytes_ && changes_.size() > 1) {
    bytes_ -= bytes_of(changes_.front());
    floor_ = changes_.front().id;
    gone.push_back(std::move(changes_.front()));
    changes_.pop_front();
    ++first_;
  }
}

bool Ring::read(std::uint64_t place, std::size_t most, std::vector<Change>& out) const {
  out.clear();
  const std::lock_guard lock(mutex_);
  if (place < first_) return false;
  const std::uint64_t from = std::min<std::uint64_t>(place - first_, changes_.size());
  const std::uint64_t count = std::min<std::uint64_t>(most, changes_.size() - from);
  const auto begin = changes_.begin() + static_cast<std::ptrdiff_t>(from);
  out.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  return true;
}

Ring::End Ring::end() const {
  const std::lock_guard lock(mutex_);
  return {first_ + changes_.size(), last_};
}

std::optional<std::uint64_t> Ring::place_behind(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  if (!begun_ || id < floor_ || id > last_) return std::nullopt;
  const auto behind =
      std::upper_bound(changes_.begin(), changes_.end(), id, [](std::uint64_t a, const Change& c) { return a < c.id; });
  return first_ + static_cast<std::uint64_t>(behind - changes_.begin());
}

std::size_t Ring::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace tsunagu::gateway::live
