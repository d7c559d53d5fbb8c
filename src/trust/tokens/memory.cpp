#include "trust/tokens/memory.h"

#include <sodium.h>

#include <cstring>
#include <mutex>

#include "base/json_object.h"
#include "ngsi/json_walk.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kRevoked = "trust.revoked";

}  // namespace

CheckedTokens::CheckedTokens() {
  static const int started = sodium_init();
  (void)started;
  randombytes_buf(key_.data(), key_.size());
}

std::size_t CheckedTokens::First::operator()(const Hash& hash) const {
  std::size_t first = 0;
  std::memcpy(&first, hash.data(), sizeof first);
  return first;
}

CheckedTokens::Hash CheckedTokens::hash(std::string_view token) const {
  Hash out{};
  crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                     key_.data(), key_.size());
  return out;
}

SubjectPtr CheckedTokens::find(const Hash& hash, Instant now) const {
  const std::shared_lock lock(mutex_);
  const auto found = known_.find(hash);
  return found == known_.end() || found->second.until <= now ? nullptr : found->second.subject;
}

void CheckedTokens::put(const Hash& hash, SubjectPtr subject, Instant until, std::uint64_t round) {
  const Instant at = now();
  const std::lock_guard lock(mutex_);
  if (round != round_) return;
  if (known_.size() >= kMost) {
    std::erase_if(known_, [&](const auto& each) { return each.second.until <= at; });
    if (known_.size() >= kMost) known_.clear();
  }
  known_.insert_or_assign(hash, Known{std::move(subject), until});
}

void CheckedTokens::clear() {
  const std::lock_guard lock(mutex_);
  ++round_;
  known_.clear();
}

void Revocations::load(Instant now) {
  std::vector<store::Write> gone;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, body] : store_.documents(store::TenantId(0), kRevoked)) {
      const auto until = parse_instant(json_string_text(ngsi::walk::member(body, "until")));
      if (until && *until > now)
        ids_.emplace(id, *until);
      else
        gone.emplace_back(store::DocumentWrite{store::TenantId(0), std::string(kRevoked), id, std::nullopt});
    }
  }
  if (!gone.empty()) store_.submit(std::move(gone), [](const std::vector<store::Outcome>&) {});
}

bool Revocations::holds(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  return ids_.find(id) != ids_.end();
}

void Revocations::revoke(const std::string& id, Instant until, std::function<void(Result<void>)> done) {
  std::vector<store::Write> writes;
  const Instant at = now();
  {
    const std::lock_guard lock(mutex_);
    for (auto each = ids_.begin(); each != ids_.end();) {
      if (each->second > at) {
        ++each;
        continue;
      }
      writes.emplace_back(store::DocumentWrite{store::TenantId(0), std::string(kRevoked), each->first, std::nullopt});
      each = ids_.erase(each);
    }
    ids_.insert_or_assign(id, until);
  }
  std::string body;
  JsonObject(body).text("until", to_string(until)).end();
  writes.emplace_back(store::DocumentWrite{store::TenantId(0), std::string(kRevoked), id, std::move(body)});
  store_.submit(std::move(writes), [done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
    if (done) done(outcomes.back().result);
  });
}

bool UsedOnce::first(const std::string& id, Instant until, Instant now) {
  const std::lock_guard lock(mutex_);
  if (seen_.size() >= kMost) {
    std::erase_if(seen_, [&](const auto& each) { return each.second <= now; });
    if (seen_.size() >= kMost) return false;
  }
  const auto [place, fresh] = seen_.try_emplace(id, until);
  if (fresh) return true;
  if (place->second > now) return false;
  place->second = until;
  return true;
}

void write_document(store::Store& store, std::string_view collection, std::string key, std::optional<std::string> body,
                    std::function<void(Result<void>)> done) {
  std::vector<store::Write> writes;
  writes.emplace_back(
      store::DocumentWrite{store::TenantId(0), std::string(collection), std::move(key), std::move(body)});
  store.submit(std::move(writes), [done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
    if (done) done(outcomes.front().result);
  });
}

}  // namespace tsunagu::trust
