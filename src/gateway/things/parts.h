// What the routes of devices share. Internal to them.
#pragma once
#include <memory>
#include <string>

#include "gateway/things/routes.h"
#include "gateway/trust/asking.h"

namespace tsunagu::gateway::iot {

namespace core = tsunagu::things;
using PartsPtr = std::shared_ptr<const Parts>;

/// For whom a caller may speak.
struct Speaker {
  store::TenantId tenant;
  std::string only_device;  ///< id; "": all of the tenant
};
/// A device speaks for itself; who has the right "devices", for all of the tenant. Unauthorized, Forbidden,
/// NonexistentTenant.
Result<Speaker> speaker_of(const Request& request, const Parts& parts);

/// The query's value; "" when it is not given.
std::string asked(const QueryString& query, std::string_view name);

/// Reads a table with the header device,time,NAME,… into readings; `device` may be missing when `has_device`.
Result<void> read_csv(std::string_view bytes, bool has_device, core::Payload& out);

void add_ingest_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_mapping_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_bulk_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_device_routes(Router& router, openapi::Document& document, const PartsPtr& parts);
void add_network_routes(Router& router, openapi::Document& document, const PartsPtr& parts);

}  // namespace tsunagu::gateway::iot
