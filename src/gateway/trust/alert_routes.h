// GET /trust/alerts and PATCH /trust/alerts/{id}: what was odd, and what was done about it.
#pragma once
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/alerts/alerts.h"
#include "trust/audit/record.h"
#include "trust/authority.h"

namespace tsunagu::gateway {

/// Everything outlives the router. For callers with the right `audit` in the tenant asked. A change is in the audit
/// log.
struct AlertParts {
  trust::Alerts& alerts;
  trust::Auditor& auditor;
  const trust::Authority& authority;
  const store::Store& store;
};
void add_alert_routes(Router& router, openapi::Document& document, AlertParts parts);

}  // namespace tsunagu::gateway
