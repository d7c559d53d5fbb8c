// What an assistant may ask of the graph: read-only tools, each told as one request of the NGSI-LD API.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway::mcp {

/// How a call is answered: by a GET of `target`, or, when that is empty, by `answer`.
struct Plan {
  std::string target;
  std::string answer;  ///< a JSON object
};

struct Tool {
  std::string_view name, title, description;
  std::string_view properties, required;  ///< JSON of the input schema
  std::string_view member;                ///< of the structured answer, under which the body of `target` stands
  /// `arguments`: a canonical JSON object; `site`: where the program is to be found, without a slash at the end.
  /// BadRequestData names the argument that is wrong.
  Result<Plan> (*plan)(std::string_view arguments, const std::string& site);
};

std::span<const Tool> tools();
/// Null if there is none of this name.
const Tool* find_tool(std::string_view name);
/// The tools as MCP lists them: [{"name":…,"title":…,"description":…,"inputSchema":…,"annotations":…}, …].
std::string tools_json();

}  // namespace tsunagu::gateway::mcp
