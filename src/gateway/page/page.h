// The portal: the pages that people see, compiled into the program.
#pragma once
#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Every file of the portal at its path, and index.html at the paths of its pages; other paths stay unknown. Answers
/// carry an ETag (a match is answered 304) and are compressed as Accept-Encoding allows; files with a hash in their
/// name may be kept for ever.
void add_page_routes(Router& router);

}  // namespace tsunagu::gateway
