// Says what somebody may do, now.
#pragma once
#include <atomic>
#include <cstdint>
#include <string_view>

#include "store/store.h"
#include "trust/policy/access.h"

namespace tsunagu::trust {

/// Thread-safe; quick enough for the store's writer (no I/O, no look into the store: what it needs of policies,
/// relations and consents it keeps in memory). A change of these holds for every question asked after the write was
/// answered.
class Authority {
 public:
  virtual ~Authority() = default;
  /// What `subject` may do in `tenant` for `purpose` ("": none is claimed). Never null. Cached: ~100 ns.
  virtual AccessPtr access(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose) const = 0;
  /// Rises when answers may have changed. An AccessPtr that was got under the same number, before its until(), is still
  /// right.
  virtual std::uint64_t generation() const = 0;
};

/// Everybody may do everything: --auth=none.
class OpenAuthority final : public Authority {
 public:
  AccessPtr access(const SubjectPtr&, store::TenantId, std::string_view) const override { return Access::everything(); }
  std::uint64_t generation() const override { return 0; }
};

}  // namespace tsunagu::trust
