// /trust/tenants and /trust/usage: on-boarding of tenants, their branding and quotas, what they use.
#pragma once
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/audit/record.h"
#include "trust/authority.h"
#include "trust/tenants/tenants.h"

namespace tsunagu::gateway {

/// What the routes are made of; all of it outlives them.
struct TenantParts {
  const store::Store& store;
  trust::Tenants& tenants;
  const trust::Authority& authority;
  trust::Auditor& auditor;
};

/// Who may call them is decided at the door (guard/rights.cpp): the right "tenants"; /trust/usage tells everybody who
/// is signed in of their own tenant only.
void add_tenant_routes(Router& router, openapi::Document& document, const TenantParts& parts);

}  // namespace tsunagu::gateway
