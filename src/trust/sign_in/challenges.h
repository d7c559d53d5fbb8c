// Random texts that somebody has to sign, each good once and for a few minutes.
#pragma once
#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace tsunagu::trust {

/// In memory, bounded: when too many are open, the oldest is forgotten. Thread-safe.
class Challenges {
 public:
  explicit Challenges(std::chrono::seconds valid = std::chrono::minutes(5), std::size_t most = 100'000)
      : valid_(valid), most_(most) {}

  /// 32 random bytes as base64url, for `purpose` (what it is to be used for, and by whom).
  std::string make(std::string purpose, Instant now);
  /// Uses it up; false when it is none that is open for this purpose.
  bool take(std::string_view challenge, std::string_view purpose, Instant now);

 private:
  struct Open {
    std::string purpose;
    Instant until;
  };
  const std::chrono::seconds valid_;
  const std::size_t most_;
  std::mutex mutex_;
  std::unordered_map<std::string, Open> open_;
  std::deque<std::string> order_;  // oldest first; also those that are used up
};

}  // namespace tsunagu::trust
