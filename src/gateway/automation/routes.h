// /automation/…: rules over the graph, written, tried on history, switched on and off; what they did and why.
#pragma once
#include "automation/automation.h"
#include "base/workbench.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/audit/record.h"
#include "trust/authority.h"

namespace tsunagu::gateway {

/// All outlive the router.
struct AutomationParts {
  automation::Automation& automation;
  store::Store& store;
  const trust::Authority& authority;
  trust::Auditor& auditor;
  Workbench& workbench;
};

/// Adds the routes and describes them. They are for who has the right "automation" in the tenant.
void add_automation_routes(Router& router, openapi::Document& document, AutomationParts parts);

}  // namespace tsunagu::gateway
