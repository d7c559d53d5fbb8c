// The upload studio over HTTP: /catalog/uploads and /catalog/standards (docs/studio.md).
#pragma once
#include "catalog/studio/studio.h"
#include "gateway/http/http.h"
#include "gateway/http/receiver.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway {

/// Adds the routes and describes them. `studio` and `store` outlive the router.
void add_studio_routes(Router& router, openapi::Document& document, catalog::Studio& studio, const store::Store& store);
/// POST /catalog/uploads, which takes files of up to `max_bytes` to the disk as they come; more: 413.
ReceiverRoute upload_receiver(catalog::Studio& studio, const store::Store& store, std::uint64_t max_bytes);

}  // namespace tsunagu::gateway
