// Link headers (RFC 8288): the @context of a request and the pages of an answer (clauses 6.3.5, 6.3.10).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway::ngsild {

/// The URL of the JSON-LD @context in a Link header, "" if it names none. BadRequestData when the header cannot be
/// read, the URL is not absolute, or two different @contexts are named.
Result<std::string> context_link(std::string_view header);

/// The header that tells the @context of an answer.
std::string print_context_link(std::string_view url);
/// The header that names another page. `media_type` is that of the answer.
std::string print_page_link(std::string_view url, std::string_view rel, std::string_view media_type);

/// `target` ("/path?a=b&offset=20") with other limit and offset; the other parameters stay as they were sent.
std::string page_target(std::string_view target, std::uint64_t limit, std::uint64_t offset);

/// Appends `text` as one segment of a path: what RFC 3986 allows there stays, the rest is percent-encoded.
void append_path_segment(std::string& out, std::string_view text);

}  // namespace tsunagu::gateway::ngsild
