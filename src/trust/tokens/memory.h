// What is remembered of tokens that came by: that they are good, that they were taken back, that they were used.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/error.h"
#include "base/time.h"
#include "store/store.h"
#include "trust/subject.h"

namespace tsunagu::trust {

/// Tokens whose signature has been checked, by a keyed hash of their bytes (BLAKE2b with a key made at start): the
/// tokens themselves are not kept. About 1 µs. Thread-safe. At most kMost, those that expire forgotten first.
class CheckedTokens {
 public:
  static constexpr std::size_t kMost = 20'000;
  CheckedTokens();

  using Hash = std::array<unsigned char, 32>;
  Hash hash(std::string_view token) const;
  /// Null: not known, or no longer good.
  SubjectPtr find(const Hash& hash, Instant now) const;
  /// Before a token is checked; to be given to put().
  std::uint64_t round() const { return round_; }
  /// Kept until `until`; not at all when clear() was called since `round`.
  void put(const Hash& hash, SubjectPtr subject, Instant until, std::uint64_t round);
  /// Something was taken back: everything is checked anew.
  void clear();

 private:
  struct First {  // a hash is as random as any of its parts
    std::size_t operator()(const Hash& hash) const;
  };
  struct Known {
    SubjectPtr subject;
    Instant until;
  };
  Hash key_{};
  mutable std::shared_mutex mutex_;
  std::unordered_map<Hash, Known, First> known_;
  std::atomic<std::uint64_t> round_{0};
};

/// Ids of tokens and grants that were taken back before they ended: store documents "trust.revoked". Thread-safe.
class Revocations {
 public:
  explicit Revocations(store::Store& store) : store_(store) {}
  /// Reads what the store has.
  void load(Instant now);
  bool holds(std::string_view id) const;
  /// Holds at once; `done` is called when it can no more be lost. `until`: when all that carry the id have ended.
  void revoke(const std::string& id, Instant until, std::function<void(Result<void>)> done);

 private:
  struct Text {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  store::Store& store_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Instant, Text, std::equal_to<>> ids_;
};

/// What may be shown once: the jti of assertions. Thread-safe.
class UsedOnce {
 public:
  static constexpr std::size_t kMost = 100'000;
  /// False when `id` was here before, or (until some have ended) when there are too many.
  bool first(const std::string& id, Instant until, Instant now);

 private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Instant> seen_;
};

/// Writes or removes (no body) one document of the default tenant.
void write_document(store::Store& store, std::string_view collection, std::string key, std::optional<std::string> body,
                    std::function<void(Result<void>)> done);

}  // namespace tsunagu::trust
