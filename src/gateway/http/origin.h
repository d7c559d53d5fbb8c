// Whose page a browser's request comes from.
#pragma once
#include <string>
#include <vector>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Is it from no page, from one of ours (its Origin is the Host asked for), or from one of `origins` ("*": any)? A page
/// may send some requests and open a WebSocket to any server, so the server has to look (RFC 6455 clause 10.2).
bool from_known_page(const Request& request, const std::vector<std::string>& origins);

}  // namespace tsunagu::gateway
