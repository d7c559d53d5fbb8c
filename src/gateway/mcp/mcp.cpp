#include "gateway/mcp/mcp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "base/json.h"
#include "base/version.h"
#include "gateway/http/origin.h"
#include "gateway/mcp/inner.h"
#include "gateway/mcp/tools.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway::mcp {
namespace {

namespace walk = ngsi::walk;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kCurrent = "2026-07-28";
constexpr std::array<std::string_view, 3> kWithHandshake{"2025-11-25", "2025-06-18", "2025-03-26"};
constexpr std::string_view kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view kInstructions =
    "Open data of Hokkaido as a live graph (NGSI-LD). Begin with list_types, look at one with describe_type, then use "
    "query_entities, get_history or aggregate_history. Names are Japanese; times are UTC.";
constexpr int kMaxDepth = 32;

// JSON-RPC 2.0 clause 5.1; the last two are of MCP.
enum Code : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kHeaderMismatch = -32020,
  kUnsupportedVersion = -32022,
};

std::string text_of(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string();
}

/// One message, in canonical JSON.
struct Message {
  std::string json;
  std::string_view id;  ///< as sent; empty: a notification
  std::string method;
  std::string_view params;
  bool current = false;  ///< of the revision without a handshake
};

class Conversation {
 public:
  Conversation(Dispatch dispatch, Options options) : dispatch_(std::move(dispatch)), options_(std::move(options)) {}

  void answer(const RequestPtr& request, Reply reply) const {
    if (!from_known_page(*request, options_.origins)) {
      return reply.send(Error{ErrorCode::kForbidden, "Pages of " + std::string(request->header("Origin")) +
                                                         " may not ask here (see --cors-origin)."});
    }
    Message message;
    if (!append_canonical_json(message.json, request->body(), kMaxDepth))
      return refuse(std::move(reply), 400, "null", kParseError, "The body is no JSON, or nests too deep.");
    const std::string_view json = message.json;
    message.id = walk::member(json, "id");
    message.method = text_of(walk::member(json, "method"));
    message.params = walk::member(json, "params");
    const bool good_id = message.id.empty() || walk::is_string(message.id) || walk::is_number(message.id);
    if (text_of(walk::member(json, "jsonrpc")) != "2.0" || !good_id)
      return refuse(std::move(reply), 400, "null", kInvalidRequest, "The body is no message of JSON-RPC 2.0.");
    if (message.method.empty()) {
      if (walk::member(json, "result").empty() && walk::member(json, "error").empty())
        return refuse(std::move(reply), 400, message.id, kInvalidRequest, "The message has no method.");
      return accepted(std::move(reply));  // an answer, though we ask nothing
    }
    if (message.id.empty()) return accepted(std::move(reply));
    if (!check_version(*request, message, reply)) return;
    call(request, message, std::move(reply));
  }

 private:
  static void accepted(Reply reply) {
    Response response;
    response.status = 202;
    reply.send(std::move(response));
  }

  static void send(Reply reply, unsigned status, std::string body) {
    Response response;
    response.status = status;
    response.content_type = kJson;
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = std::move(body);
    reply.send(std::move(response));
  }

  static void refuse(Reply reply, unsigned status, std::string_view id, Code code, std::string_view what,
                     std::string_view data = {}) {
    std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":)",
                                   id.empty() ? "null" : id, static_cast<int>(code));
    append_json_string(body, what);
    if (!data.empty()) body.append(",\"data\":").append(data);
    send(std::move(reply), status, body + "}}");
  }

  /// `members`: of the result, without braces.
  static void give(Reply reply, const Message& message, std::string_view members) {
    std::string body = fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{)", message.id);
    if (message.current) {
      body.append(R"("resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":)").append(server_info());
      body += members.empty() ? "}" : "},";
    }
    body.append(members).append("}}");
    send(std::move(reply), 200, std::move(body));
  }

  static std::string server_info() {
    return fmt::format(R"({{"name":"tsunagu","title":"つなぐ","version":"{}"}})", version());
  }

  static std::string versions_json() {
    return fmt::format(R"(["{}","{}"])", kCurrent, fmt::join(kWithHandshake, R"(",")"));
  }

  /// Which revision is spoken, and are the headers that repeat the body right? Answers when not.
  static bool check_version(const Request& request, Message& message, Reply& reply) {
    const std::string_view header = request.header("MCP-Protocol-Version"),
                           meta = walk::member(message.params, "_meta");
    const std::string said = text_of(walk::member(meta, kVersionKey));
    const auto unsupported = [&](std::string_view asked) {
      std::string data = R"({"supported":)" + versions_json() + R"(,"requested":)";
      append_json_string(data, asked);
      refuse(std::move(reply), 400, message.id, kUnsupportedVersion,
             fmt::format("Protocol version {} is not spoken here.", asked), data + "}");
      return false;
    };
    if (said.empty()) {
      if (header == kCurrent && message.method != "initialize") {
        refuse(std::move(reply), 400, message.id, kInvalidParams, fmt::format("params._meta lacks {}.", kVersionKey));
        return false;
      }
      const bool known =
          header.empty() || header == kCurrent || std::ranges::find(kWithHandshake, header) != kWithHandshake.end();
      return known || unsupported(header);
    }
    if (said != kCurrent) return unsupported(said);
    message.current = true;
    if (!walk::is_object(walk::member(meta, kCapabilitiesKey))) {
      refuse(std::move(reply), 400, message.id, kInvalidParams,
             fmt::format("params._meta lacks {}.", kCapabilitiesKey));
      return false;
    }
    const auto mismatch = [&](std::string_view name, std::string_view wanted) {
      if (request.header(name) == wanted) return false;
      refuse(std::move(reply), 400, message.id, kHeaderMismatch,
             fmt::format("The header {} must be {}, as in the body.", name, wanted));
      return true;
    };
    if (mismatch("MCP-Protocol-Version", said) || mismatch("Mcp-Method", message.method)) return false;
    return message.method != "tools/call" || !mismatch("Mcp-Name", text_of(walk::member(message.params, "name")));
  }

  void call(const RequestPtr& request, Message& message, Reply reply) const {
    static constexpr std::string_view kCapabilities = R"("capabilities":{"tools":{"listChanged":false}})";
    const std::string cached = message.current ? R"("ttlMs":3600000,"cacheScope":"public",)" : "";
    if (message.method == "tools/list") {
      return give(std::move(reply), message, cached + R"("tools":)" + tools_json());
    }
    if (message.method == "tools/call") return call_tool(request, message, std::move(reply));
    std::string instructions;
    append_json_string(instructions, kInstructions);
    if (message.current && message.method == "server/discover") {
      return give(std::move(reply), message,
                  fmt::format(R"({}"supportedVersions":{},{},"instructions":{})", cached, versions_json(),
                              kCapabilities, instructions));
    }
    if (!message.current && message.method == "initialize") {
      const std::string asked = text_of(walk::member(message.params, "protocolVersion"));
      const bool known = std::ranges::find(kWithHandshake, asked) != kWithHandshake.end();
      return give(std::move(reply), message,
                  fmt::format(R"("protocolVersion":"{}",{},"serverInfo":{},"instructions":{})",
                              known ? asked : kWithHandshake.front(), kCapabilities, server_info(), instructions));
    }
    if (!message.current && message.method == "ping") return give(std::move(reply), message, "");
    refuse(std::move(reply), message.current ? 404 : 200, message.id, kMethodNotFound,
           "There is no method " + message.method + " here; there are tools/list and tools/call.");
  }

  void call_tool(const RequestPtr& request, Message& message, Reply reply) const {
    const std::string name = text_of(walk::member(message.params, "name"));
    const Tool* const tool = find_tool(name);
    if (tool == nullptr)
      return refuse(std::move(reply), 200, message.id, kInvalidParams, "There is no tool \"" + name + "\".");
    std::string_view arguments = walk::member(message.params, "arguments");
    if (arguments.empty()) arguments = "{}";
    if (!walk::is_object(arguments))
      return refuse(std::move(reply), 200, message.id, kInvalidParams, "arguments must be an object.");
    auto plan = tool->plan(arguments, options_.site);
    if (!plan) return give(std::move(reply), message, failure(plan.error().detail));
    if (plan->target.empty()) return give(std::move(reply), message, success(plan->answer));
    ask(dispatch_, std::move(plan->target), *request, std::move(reply), options_.max_answer,
        [tool, message = std::make_shared<Message>(copy(message))](Response inner, Reply outer) {
          give(std::move(outer), *message, told(*tool, inner));
        });
  }

  /// A message whose views are its own again.
  static Message copy(const Message& message) {
    Message out;
    out.json = message.json;
    out.id = walk::member(out.json, "id");
    out.method = message.method;
    out.current = message.current;
    return out;
  }

  static std::string told(const Tool& tool, const Response& inner) {
    if (inner.status >= 300) {
      std::string problem;
      append_canonical_json(problem, inner.body);
      const std::string detail = text_of(walk::member(problem, "detail"));
      return failure(detail.empty() ? text_of(walk::member(problem, "title")) : detail);
    }
    std::string answer = "{";
    for (const auto& [name, value] : inner.headers)
      if (name == "NGSILD-Results-Count") answer.append("\"total\":").append(value).append(",");
    if (inner.status == 206) answer += "\"partial\":true,";
    answer.append("\"").append(tool.member).append("\":").append(inner.body).append("}");
    return success(answer);
  }

  static std::string success(std::string_view answer) {
    std::string out = R"("content":[{"type":"text","text":)";
    append_json_string(out, answer);
    return out.append(R"(}],"isError":false,"structuredContent":)").append(answer);
  }
  static std::string failure(std::string_view what) {
    std::string out = R"("content":[{"type":"text","text":)";
    append_json_string(out, what);
    return out + R"(}],"isError":true)";
  }

  const Dispatch dispatch_;
  const Options options_;
};

}  // namespace

void add_routes(Router& router, openapi::Document& document, Options options) {
  document.add_schema("McpMessage",
                      R"({"type":"object","required":["jsonrpc"],"properties":{"jsonrpc":{"const":"2.0"},)"
                      R"("id":{"type":["string","number"]},"method":{"type":"string"},)"
                      R"("params":{"type":"object"},"result":{},"error":{"type":"object"}}})");
  openapi::Operation operation;
  operation.id = "mcp";
  operation.tag = "Assistants";
  operation.summary = "Model Context Protocol: tools that read the graph, for assistants";
  operation.body_schema = "McpMessage";
  operation.body_media_types = {kJson};
  operation.answers = {{200, "The answer of JSON-RPC", "McpMessage", {kJson}},
                       {202, "A notification was taken", "", {}},
                       {400, "No message, or of a version that is not spoken here", "McpMessage", {kJson}},
                       {403, "A page of another site asks", "ProblemDetails", {kJson}}};
  document.add("POST", "/mcp", std::move(operation));
  auto conversation = std::make_shared<const Conversation>(router.dispatcher(), std::move(options));
  router.add("POST", "/mcp", [conversation](const RequestPtr& request, const PathParameters&, Reply reply) {
    conversation->answer(request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway::mcp
