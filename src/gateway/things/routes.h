// Devices over HTTP (docs/things.md): the ways in (/iot/…, /write, /api/v2/write) and the registry and networks
// (/things/…).
#pragma once
#include "base/workbench.h"
#include "catalog/files.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "things/commands.h"
#include "things/intake.h"
#include "trust/audit/record.h"
#include "trust/authority.h"
#include "trust/sign_in/access_keys.h"

namespace tsunagu::gateway::iot {

/// Outlive the router.
struct Parts {
  store::Store& store;
  tsunagu::things::Registry& registry;
  tsunagu::things::Intake& intake;
  const trust::Authority& authority;
  trust::Auditor& auditor;
  trust::AccessKeys& keys;
  Workbench& workbench;
};

/// Adds the routes and describes them.
void add_routes(Router& router, openapi::Document& document, const Parts& parts);
/// Files for devices: /things/files, /iot/files. `files` outlive the router.
void add_file_routes(Router& router, openapi::Document& document, const Parts& parts, catalog::Files& files);
/// /iot/json/commands, /iot/d/commands: for devices that ask.
void add_command_routes(Router& router, openapi::Document& document, const Parts& parts,
                        tsunagu::things::Commands& commands);

}  // namespace tsunagu::gateway::iot
