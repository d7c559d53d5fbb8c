// Status line and header lines of an answer (RFC 9112 clause 4). Internal to the server.
#pragma once
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

struct HeadStyle {
  std::string_view stamp;        ///< complete lines that every answer has
  std::string_view cors_origin;  ///< "": none
  bool http11 = true;            ///< of the request
  bool keep_alive = true;
  bool streamed = false;  ///< length not known: chunked, or until the end of the connection for HTTP/1.0
};

/// Appends everything up to and including the empty line. Control characters in header values become spaces.
void append_head(std::string& out, const Response& response, const HeadStyle& style);

/// Must an answer with this status come without body and length?
inline bool without_body(unsigned status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace tsunagu::gateway
