// What a tenant may use at most.
#pragma once
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "store/store.h"

namespace tsunagu::trust {

/// 0: no limit.
struct Quotas {
  std::uint64_t requests_per_minute = 0;
  std::uint64_t entities = 0;
  std::uint64_t bytes = 0;  ///< of packed records (store::TenantUsage)
  bool operator==(const Quotas&) const = default;
};

/// Quotas of all tenants, looked up with every request. Thread-safe; ~20 ns.
class QuotaBook {
 public:
  Quotas of(store::TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    return tenant.value < quotas_.size() ? quotas_[tenant.value] : Quotas();
  }
  void set(store::TenantId tenant, const Quotas& quotas) {
    const std::lock_guard lock(mutex_);
    if (tenant.value >= quotas_.size()) quotas_.resize(tenant.value + std::size_t{1});
    quotas_[tenant.value] = quotas;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::vector<Quotas> quotas_;  // by number
};

}  // namespace tsunagu::trust
