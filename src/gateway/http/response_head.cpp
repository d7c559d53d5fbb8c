#include "gateway/http/response_head.h"

#include <algorithm>
#include <charconv>

namespace tsunagu::gateway {
namespace {

std::string_view status_line(unsigned status) {
  switch (status) {
#define TSUNAGU_STATUS(code, reason) \
  case code:                         \
    return "HTTP/1.1 " #code " " reason "\r\n"
    TSUNAGU_STATUS(101, "Switching Protocols");
    TSUNAGU_STATUS(200, "OK");
    TSUNAGU_STATUS(201, "Created");
    TSUNAGU_STATUS(202, "Accepted");
    TSUNAGU_STATUS(204, "No Content");
    TSUNAGU_STATUS(206, "Partial Content");
    TSUNAGU_STATUS(207, "Multi-Status");
    TSUNAGU_STATUS(301, "Moved Permanently");
    TSUNAGU_STATUS(302, "Found");
    TSUNAGU_STATUS(303, "See Other");
    TSUNAGU_STATUS(304, "Not Modified");
    TSUNAGU_STATUS(307, "Temporary Redirect");
    TSUNAGU_STATUS(308, "Permanent Redirect");
    TSUNAGU_STATUS(400, "Bad Request");
    TSUNAGU_STATUS(401, "Unauthorized");
    TSUNAGU_STATUS(403, "Forbidden");
    TSUNAGU_STATUS(404, "Not Found");
    TSUNAGU_STATUS(405, "Method Not Allowed");
    TSUNAGU_STATUS(406, "Not Acceptable");
    TSUNAGU_STATUS(408, "Request Timeout");
    TSUNAGU_STATUS(409, "Conflict");
    TSUNAGU_STATUS(411, "Length Required");
    TSUNAGU_STATUS(412, "Precondition Failed");
    TSUNAGU_STATUS(413, "Content Too Large");
    TSUNAGU_STATUS(414, "URI Too Long");
    TSUNAGU_STATUS(415, "Unsupported Media Type");
    TSUNAGU_STATUS(422, "Unprocessable Content");
    TSUNAGU_STATUS(426, "Upgrade Required");
    TSUNAGU_STATUS(429, "Too Many Requests");
    TSUNAGU_STATUS(431, "Request Header Fields Too Large");
    TSUNAGU_STATUS(500, "Internal Server Error");
    TSUNAGU_STATUS(501, "Not Implemented");
    TSUNAGU_STATUS(503, "Service Unavailable");
    TSUNAGU_STATUS(504, "Gateway Timeout");
    TSUNAGU_STATUS(505, "HTTP Version Not Supported");
    TSUNAGU_STATUS(507, "Insufficient Storage");
#undef TSUNAGU_STATUS
    default:
      return {};
  }
}

void append_number(std::string& out, std::size_t value) {
  char digits[20];
  const auto [end, fault] = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, end);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const std::size_t at = out.size();
  out.append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(at), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  out.append("\r\n");
}

// What a browser may show as a document, other than a page of ours, must not run or load anything. JSON is never shown
// so.
bool wants_policy(const Response& response) {
  if (response.content_type.empty() || response.content_type.find("json") != std::string::npos) return false;
  return std::none_of(response.headers.begin(), response.headers.end(),
                      [](const Header& header) { return header.first == "Content-Security-Policy"; });
}

}  // namespace

void append_head(std::string& out, const Response& response, const HeadStyle& style) {
  if (const std::string_view line = status_line(response.status); !line.empty()) {
    out.append(line);
  } else {
    out.append("HTTP/1.1 ");
    append_number(out, response.status);
    out.append(" \r\n");
  }
  out.append(style.stamp);
  if (!response.content_type.empty()) append_line(out, "Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append_line(out, name, value);
  if (wants_policy(response)) {
    out.append("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n");
  }
  if (!style.cors_origin.empty()) {
    append_line(out, "Access-Control-Allow-Origin", style.cors_origin);
    out.append("Access-Control-Expose-Headers: Link, Location, NGSILD-Results-Count, NGSILD-Tenant\r\n");
  }
  if (style.streamed) {
    if (style.http11) out.append("Transfer-Encoding: chunked\r\n");
  } else if (!without_body(response.status)) {
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  if (!style.keep_alive) {
    out.append("Connection: close\r\n");
  } else if (!style.http11) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

}  // namespace tsunagu::gateway
