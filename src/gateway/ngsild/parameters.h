// What each query parameter and header of the API means, for the OpenAPI description.
#pragma once
#include <string_view>

#include "gateway/openapi/document.h"

namespace tsunagu::gateway::ngsild {

/// The description of a query parameter by its name; every name in a Route has one.
openapi::Parameter describe_parameter(std::string_view name);
/// NGSILD-Tenant, Link.
openapi::Parameter describe_header(std::string_view name);
/// Adds Entity, Query, ProblemDetails and the others.
void add_schemas(openapi::Document& document);

}  // namespace tsunagu::gateway::ngsild
