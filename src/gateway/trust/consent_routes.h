// /trust/consents and /trust/emergency over HTTP (docs/trust.md).
#pragma once
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "trust/consent/consents.h"
#include "trust/consent/emergencies.h"

namespace tsunagu::gateway {

/// Adds the routes and describes them. Everything outlives the router.
void add_consent_routes(Router& router, openapi::Document& document, store::Store& store, trust::Consents& consents,
                        const trust::PolicyAuthority& authority, const trust::Directory& directory);
void add_emergency_routes(Router& router, openapi::Document& document, store::Store& store,
                          trust::Emergencies& emergencies);

}  // namespace tsunagu::gateway
