// POST /mcp: the Model Context Protocol (modelcontextprotocol.io) over Streamable HTTP, so that an assistant can find
// and read what is open here. Read-only and without state: every request stands for itself, and every tool is one
// request of the NGSI-LD API made for the caller. Speaks the revision 2026-07-28 and, with `initialize`, those from
// 2025-03-26 on.
#pragma once
#include <string>
#include <vector>

#include "gateway/http/http.h"
#include "gateway/openapi/document.h"

namespace tsunagu::gateway::mcp {

struct Options {
  std::string site;                   ///< where people find the program: "https://data.example.lg.jp"
  std::vector<std::string> origins;   ///< of pages that may ask; see from_known_page()
  std::size_t max_answer = 1u << 20;  ///< bytes of what a tool gives
};

void add_routes(Router& router, openapi::Document& document, Options options);

}  // namespace tsunagu::gateway::mcp
