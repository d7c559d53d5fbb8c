// /alarms…: what people have to see to, and /automation/roster: who is called for it.
#pragma once
#include "automation/alarms.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "trust/audit/record.h"

namespace tsunagu::gateway {

/// All outlive the router.
struct AlarmParts {
  automation::Alarms& alarms;
  store::Store& store;
  trust::Auditor& auditor;
};

/// Adds the routes and describes them. They are for who has the right "alarms" (the roster: "automation") in the
/// tenant.
void add_alarm_routes(Router& router, openapi::Document& document, AlarmParts parts);

}  // namespace tsunagu::gateway
