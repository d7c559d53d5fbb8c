// /trust/policies and /trust/explain over HTTP (docs/policy.md).
#pragma once
#include <functional>

#include "base/workbench.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "trust/audit/trail.h"
#include "trust/policy/authority.h"

namespace tsunagu::gateway {

/// Everything outlives the router.
struct PolicyParts {
  store::Store& store;
  const trust::PolicyAuthority& authority;
  trust::Auditor& auditor;
  trust::AuditTrail* trail = nullptr;  ///< of which a trial asks yesterday's requests; null: there are none
  Workbench& workbench;                ///< trials and versions are long work
};

/// All need the right `policies` (reading also `audit`) in the tenant asked.
void add_policy_routes(Router& router, openapi::Document& document, PolicyParts parts);

}  // namespace tsunagu::gateway
