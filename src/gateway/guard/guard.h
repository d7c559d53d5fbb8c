// The door: finds out who makes a request and whether they may call its route at all. What they see behind it is
// decided entity by entity (trust/view.h).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guard/authenticator.h"
#include "gateway/guard/caller.h"
#include "gateway/guard/limits.h"
#include "gateway/guard/rights.h"
#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Thread-safe. What it is made of outlives it.
class Guard {
 public:
  struct Options {
    bool open = false;                    ///< everybody may do everything, nobody is asked who they are
    std::vector<std::string> origins;     ///< of our own pages, besides the Host asked for
    Limits* limits = nullptr;             ///< null: none
    const store::Store* store = nullptr;  ///< knows the tenants; null: there is but the default one
  };
  Guard(const trust::Authority& authority, trust::Auditor& auditor, std::vector<Authenticator*> authenticators,
        Options options);

  /// Sets the request's caller (one that has it already, because a route asks another, keeps it). An answer when the
  /// request is refused: 401 for credentials that do not hold or that a route needs, 403 for a route that is not for
  /// this caller or a request that a page of another site made. Refusals are in the audit log. 429, 403, 507 when the
  /// caller or the tenant has had enough (limits.h).
  std::optional<Response> admit(const Request& request, std::string_view method, std::string_view pattern) const;
  /// The same, told as an error.
  Result<void> check(const Request& request, std::string_view method, std::string_view pattern) const;

  /// Does the caller of an admitted request that goes on still hold what it showed, as who they were? ~1 µs.
  bool still_holds(const Request& request) const;

  bool open() const { return options_.open; }
  const trust::Authority& authority() const { return authority_; }
  trust::Auditor& auditor() const { return auditor_; }

 private:
  Result<CallerPtr> who(const Request& request) const;
  bool may(const Request& request, const RouteRight& right) const;
  tl::unexpected<Error> refuse(const Request& request, ErrorCode code, std::string detail) const;

  const trust::Authority& authority_;
  trust::Auditor& auditor_;
  const std::vector<Authenticator*> authenticators_;
  const Options options_;
};

/// The caller of a request under --auth=none.
const CallerPtr& open_caller();

}  // namespace tsunagu::gateway
