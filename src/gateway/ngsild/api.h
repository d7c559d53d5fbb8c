// The NGSI-LD API under /ngsi-ld/v1 (ETSI GS CIM 009 clause 6), without registrations.
#pragma once
#include <functional>
#include <cstddef>
#include <cstdint>
#include <string>

#include "broker/broker.h"
#include "broker/temporal.h"
#include "gateway/guard/guard.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "ngsi/body.h"

namespace tsunagu::gateway {

struct ApiOptions {
  std::uint64_t default_limit = 20;     ///< entities in a page when the client does not say
  std::uint64_t max_limit = 1'000'000;  ///< more: 403 TooManyResults
  std::uint64_t max_collected = 1000;   ///< larger pages are streamed, in constant memory
  std::size_t max_batch = 10'000;       ///< items in one batch request; more: 413
  std::uint64_t max_examined = 0;       ///< records one query may look at; more: 403 TooComplexQuery. 0: no limit
  bool create_tenants = true;           ///< a create operation for an unknown tenant makes it
  std::string alias = "tsunagu";        ///< contextSourceAlias in /info/sourceIdentity
  ngsi::BodyLimits body;
  broker::TemporalLimits temporal;  ///< what one answer about the past may hold
  /// Does a change (`before` may be null) ask a device for something? Who did is in the audit log then. May be empty.
  std::function<bool(store::TenantId, const ngsi::Record* before, const ngsi::Record& after)> asks_device;
};

/// Adds the routes and describes them. `broker` and `guard` outlive the router.
void add_ngsild_routes(Router& router, openapi::Document& document, broker::Broker& broker, const Guard& guard,
                       ApiOptions options);

}  // namespace tsunagu::gateway
