// Routes about the program itself: /health, /ready, /metrics, /version, /openapi.json.
#pragma once
#include <atomic>

#include "base/metrics.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"

namespace tsunagu::gateway {

/// Where the program is in its life; set by the composition, read by /ready.
struct Lifecycle {
  std::atomic<bool> stopping{false};
};

/// Adds the routes and describes them, and makes the store's figures metrics of `metrics`. Everything given outlives
/// the router. Call it last: /openapi.json is what `document` holds then.
void add_service_routes(Router& router, openapi::Document& document, const store::Store& store, MetricRegistry& metrics,
                        const Lifecycle& lifecycle);

}  // namespace tsunagu::gateway
