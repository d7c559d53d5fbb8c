// How much everybody may ask for: rates per tenant, subject, device and address, and quotas of tenants. One caller
// cannot use up what is meant for all.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "gateway/guard/caller.h"
#include "gateway/http/http.h"
#include "store/store.h"
#include "trust/tenants/quotas.h"

namespace tsunagu::gateway {

/// Lets a rate through, and at most what it gives in a minute at once (the generic cell rate algorithm, ITU-T I.371:
/// one instant for each key, no counters to refill). Thread-safe; ~50 ns. Keys that are full again are forgotten.
class Rates {
 public:
  using Clock = std::chrono::steady_clock;
  /// Takes one from `key`, which may `per_minute`. Zero: it may; else how long it has to wait.
  std::chrono::nanoseconds take(std::uint64_t key, std::uint64_t per_minute, Clock::time_point now);
  std::size_t size() const;  ///< keys that are remembered

 private:
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, std::int64_t> due;  // when the key would be full again, in ns
    std::size_t sweep_at = 1024;
  };
  mutable std::array<Shard, 64> shards_;
};

/// Thread-safe. What it is made of outlives it.
class Limits {
 public:
  struct Options {  ///< requests per minute; 0: no limit
    std::uint64_t subject = 30'000;
    std::uint64_t device = 6'000;
    std::uint64_t address = 6'000;  ///< of visitors who did not sign in; of IPv6 the first 64 bits
  };
  Limits(const store::Store& store, const trust::QuotaBook& quotas, Options options)
      : store_(store), quotas_(quotas), options_(options), seed_(random_seed()) {}

  /// For a request whose caller is known: an answer when it must not go on. 429 with Retry-After for rates; 403 when
  /// the tenant has as many entities as it may and more would be made, 507 when it has as many bytes. Below 200 ns.
  std::optional<Response> admit(const Request& request, std::string_view method, std::string_view pattern);

 private:
  static std::uint64_t random_seed();
  std::optional<Response> take(std::uint64_t key, std::uint64_t per_minute, std::string_view whose);

  const store::Store& store_;
  const trust::QuotaBook& quotas_;
  const Options options_;
  const std::uint64_t seed_;  // so that nobody can choose keys that meet
  Rates rates_;
};

}  // namespace tsunagu::gateway
