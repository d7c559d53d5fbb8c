// Asking another route of this program, as the client that asked us would.
#pragma once
#include <functional>
#include <string>

#include "gateway/http/http.h"

namespace tsunagu::gateway::mcp {

using Dispatch = std::function<void(RequestPtr, Reply)>;

/// GETs `target` (path?query) with the headers of `outer` that say who asks (NGSILD-Tenant), Accept application/json.
/// A streamed answer is collected, in steps; one of more than `max_bytes` becomes kContentTooLarge. `done` gets the
/// answer and `reply` back, on any thread.
void ask(const Dispatch& dispatch, std::string target, const Request& outer, Reply reply, std::size_t max_bytes,
         std::function<void(Response, Reply)> done);

}  // namespace tsunagu::gateway::mcp
