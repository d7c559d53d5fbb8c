// The CKAN Action API, version 3 (docs.ckan.org/en/latest/api), for reading: /api/3/action/….
#pragma once
#include "gateway/catalog/open_data.h"

namespace tsunagu::gateway::opendata {

void add_ckan_routes(Router& router, openapi::Document& document, const OpenData& parts);

}  // namespace tsunagu::gateway::opendata
