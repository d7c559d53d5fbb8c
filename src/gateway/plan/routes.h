// GET /plan/report.csv, .xlsx and .pdf: the indicators of a plan, as a file to keep, to compute with and to print.
#pragma once
#include "gateway/catalog/open_data.h"
#include "gateway/http/http.h"
#include "gateway/openapi/document.h"
#include "store/store.h"

namespace tsunagu::gateway::plan {

/// Adds the routes and describes them. Reports are made on the workbench: drawing takes longer than a connection's
/// thread has. `store` and `workbench` outlive the router.
void add_routes(Router& router, openapi::Document& document, const store::Store& store, Workbench& workbench);

}  // namespace tsunagu::gateway::plan
