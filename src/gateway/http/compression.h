// Answers made smaller for clients that say they can read them so (RFC 9110 clause 8.4): what a weak line needs.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Does `header` (Accept-Encoding) allow `coding`? "br;q=0" does not, nor does "*".
bool accepts_coding(std::string_view header, std::string_view coding);

/// Makes the body of `response`, or of `stream` when there is one, gzip, where it is text, long enough to be worth it
/// and not coded already; says so in its headers. A long body becomes a stream, so that no thread is held up: about 10
/// ms of CPU per MB. `accepted`: Accept-Encoding of the request.
void compress_answer(Response& response, std::unique_ptr<BodyStream>& stream, std::string_view accepted);

}  // namespace tsunagu::gateway
