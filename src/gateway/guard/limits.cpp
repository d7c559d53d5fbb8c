#include "gateway/guard/limits.h"

#include <fmt/format.h>

#include <random>
#include <string>

#include "base/hash.h"
#include "gateway/guard/rights.h"

namespace tsunagu::gateway {
namespace {

using std::chrono::nanoseconds;
constexpr std::int64_t kMinute = 60'000'000'000;

/// Kinds of keys: the same text in two of them is two keys.
enum KeyKind : std::uint64_t { kTenantKey = 1, kSubjectKey, kAddressKey };

enum class Growth { kNone, kValues, kEntities };

/// What a request may make more of.
Growth growth_of(std::string_view method, std::string_view pattern) {
  if (method != "POST" && method != "PATCH" && method != "PUT") return Growth::kNone;
  if (pattern.starts_with("/catalog/uploads")) return method == "POST" ? Growth::kEntities : Growth::kNone;
  constexpr std::string_view kApi = "/ngsi-ld/v1/";
  if (!pattern.starts_with(kApi)) return Growth::kNone;
  pattern.remove_prefix(kApi.size());
  for (const std::string_view other : {"subscriptions", "jsonldContexts", "entityOperations/query",
                                       "entityOperations/delete", "temporal/entityOperations/query", "info"}) {
    if (pattern.starts_with(other)) return Growth::kNone;
  }
  for (const std::string_view makes :
       {"entities", "entityOperations/create", "entityOperations/upsert", "temporal/entities"}) {
    if (method == "POST" && pattern == makes) return Growth::kEntities;
  }
  return Growth::kValues;
}

/// The address that a visitor cannot change at will: without the port, and of IPv6 what a provider gives to one line.
std::string_view line_of(std::string_view peer) {
  const auto colon = peer.rfind(':');
  std::string_view address = peer.substr(0, colon);
  if (!address.starts_with('[')) return address;
  std::size_t at = 0;
  for (int groups = 0; groups < 4 && at != std::string_view::npos; ++groups) at = address.find(':', at + 1);
  return address.substr(0, at);
}

Response refusal(ErrorCode code, std::string detail) {
  Response response = problem({code, std::move(detail)});
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

nanoseconds Rates::take(std::uint64_t key, std::uint64_t per_minute, Clock::time_point now) {
  if (per_minute == 0) return nanoseconds(0);
  const std::int64_t at = now.time_since_epoch() / nanoseconds(1);
  const std::int64_t each = std::max<std::int64_t>(1, kMinute / static_cast<std::int64_t>(per_minute));
  Shard& shard = shards_[key % shards_.size()];
  const std::lock_guard lock(shard.mutex);
  if (shard.due.size() >= shard.sweep_at) {
    std::erase_if(shard.due, [at](const auto& entry) { return entry.second <= at; });
    shard.sweep_at = std::max<std::size_t>(1024, 2 * shard.due.size());
  }
  std::int64_t& due = shard.due[key];
  const std::int64_t from = std::max(due, at);
  if (from + each - at > std::max(kMinute, each)) return nanoseconds(from + each - at - std::max(kMinute, each));
  due = from + each;
  return nanoseconds(0);
}

std::size_t Rates::size() const {
  std::size_t sum = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.due.size();
  }
  return sum;
}

std::uint64_t Limits::random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::optional<Response> Limits::take(std::uint64_t key, std::uint64_t per_minute, std::string_view whose) {
  const nanoseconds wait = rates_.take(key, per_minute, Rates::Clock::now());
  if (wait == nanoseconds(0)) return std::nullopt;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  Response response =
      refusal(ErrorCode::kTooManyRequests,
              fmt::format("{} may make {} requests a minute; try again in {} s", whose, per_minute, seconds));
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

std::optional<Response> Limits::admit(const Request& request, std::string_view method, std::string_view pattern) {
  const trust::Subject& subject = *request.caller()->subject;
  const auto key = [this](KeyKind kind, std::string_view text) { return hash64(text, seed_ + kind); };
  std::optional<Response> refused;
  switch (subject.kind) {
    case trust::SubjectKind::kSystem:
      break;
    case trust::SubjectKind::kAnonymous:
      refused = take(key(kAddressKey, line_of(request.peer())), options_.address, "a visitor who did not sign in");
      break;
    case trust::SubjectKind::kDevice:
      refused = take(key(kSubjectKey, subject.id), options_.device, "a device");
      break;
    default:
      refused = take(key(kSubjectKey, subject.id), options_.subject, "one account");
      break;
  }
  if (refused) return refused;

  const std::string name = asked_tenant(request);
  const auto tenant = name.empty() ? store::TenantId{} : store_.find_tenant(name);
  if (!tenant) return std::nullopt;
  const trust::Quotas quotas = quotas_.of(*tenant);
  if (quotas.requests_per_minute > 0) {
    refused = take(key(kTenantKey, name), quotas.requests_per_minute, "this tenant");
    if (refused) return refused;
  }
  if (quotas.entities == 0 && quotas.bytes == 0) return std::nullopt;
  const Growth growth = growth_of(method, pattern);
  if (growth == Growth::kNone) return std::nullopt;
  const store::TenantUsage usage = store_.usage(*tenant);
  if (growth == Growth::kEntities && quotas.entities > 0 && usage.entities >= quotas.entities) {
    return refusal(
        ErrorCode::kForbidden,
        fmt::format("this tenant has {} of the {} entities that it may have; nothing was changed. Delete some, "
                    "or ask for a larger quota",
                    usage.entities, quotas.entities));
  }
  if (quotas.bytes > 0 && usage.bytes >= quotas.bytes) {
    return refusal(
        ErrorCode::kStorageFull,
        fmt::format("this tenant holds {} of the {} bytes that it may hold; nothing was changed. Delete some "
                    "entities, or ask for a larger quota",
                    usage.bytes, quotas.bytes));
  }
  return std::nullopt;
}

}  // namespace tsunagu::gateway
