// Slows down who guesses: after some failures each further attempt has to wait, longer and longer.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tsunagu::trust {

/// In memory only, bounded. Thread-safe.
class Throttle {
 public:
  explicit Throttle(std::size_t most_keys = 100'000) : most_keys_(most_keys) {}

  struct Rule {
    int free = 10;                         ///< failures that cost nothing
    std::chrono::seconds longest{5 * 60};  ///< wait; it begins with 1 s and doubles
  };
  /// Zero: go ahead; it counts as a failure until succeeded(), so that attempts at the same time count too. Else: how
  /// long to wait. Failures are forgotten an hour after the last.
  std::chrono::seconds attempt(std::string_view key, const Rule& rule, Instant now);
  /// The attempt was no failure; `all`: nor do those before matter.
  void succeeded(std::string_view key, bool all);

 private:
  struct Entry {
    int failures = 0;
    Instant last, open;  // open: the next attempt may be made
  };
  void make_room(Instant now);

  const std::size_t most_keys_;
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace tsunagu::trust
