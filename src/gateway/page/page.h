// The page at "/": what this is, live counts, a map, the API to try. Its files (files/) are compiled into the program.
#pragma once
#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// "/", "/page.css", "/page.js", "/icon.svg". Answers carry an ETag; a match is answered 304.
void add_page_routes(Router& router);

}  // namespace tsunagu::gateway
