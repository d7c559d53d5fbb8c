// /push/…: devices on which somebody allows notices (docs/push.md).
#pragma once
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "gateway/push/push.h"
#include "store/store.h"
#include "trust/audit/record.h"

namespace tsunagu::gateway {

/// All outlive the router.
struct PushParts {
  Push& push;
  store::Store& store;
  trust::Auditor& auditor;
};

/// Adds the routes and describes them. Each is about the caller; the key is everybody's.
void add_push_routes(Router& router, openapi::Document& document, PushParts parts);

}  // namespace tsunagu::gateway
