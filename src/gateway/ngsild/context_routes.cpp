// /jsonldContexts: hosting @contexts (5.13).
#include "base/json.h"
#include "gateway/ngsild/link.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

std::string_view name_of(broker::ContextKind kind) {
  switch (kind) {
    case broker::ContextKind::kHosted:
      return "Hosted";
    case broker::ContextKind::kCached:
      return "Cached";
    case broker::ContextKind::kImplicit:
      return "ImplicitlyCreated";
  }
  return "";
}

Result<std::optional<broker::ContextKind>> read_kind(const Call& call) {
  const auto value = call.query.get("kind");
  if (!value) return std::optional<broker::ContextKind>();
  for (const auto kind : {broker::ContextKind::kHosted, broker::ContextKind::kCached, broker::ContextKind::kImplicit}) {
    if (*value == name_of(kind)) return std::optional(kind);
  }
  return bad("kind must be Hosted, Cached or ImplicitlyCreated");
}

void append_member(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  append_json_string(out, text);
}

void append_details(std::string& out, const broker::ContextInfo& info) {
  out += R"({"URL":)";
  append_json_string(out, info.url);
  append_member(out, "localId", info.local_id);
  append_member(out, "kind", name_of(info.kind));
  if (info.created_at != kNoInstant) append_member(out, "createdAt", to_string(info.created_at));
  if (info.last_used != kNoInstant) append_member(out, "lastUsage", to_string(info.last_used));
  out.append(",\"numberOfHits\":").append(std::to_string(info.uses)).append("}");
}

void add(const CallPtr& call) {
  call->api.broker.contexts.add(call->body->canonical(), [call](Result<std::string> local_id) {
    if (!local_id) return call->send(local_id.error());
    std::string location = "/ngsi-ld/v1/jsonldContexts/";
    append_path_segment(location, *local_id);
    call->send_nothing(201, {{"Location", std::move(location)}});
  });
}

void list(const CallPtr& call) {
  const auto details = read_flag(*call, "details");
  if (!details) return call->send(details.error());
  const auto kind = read_kind(*call);
  if (!kind) return call->send(kind.error());
  std::string out = "[";
  for (const broker::ContextInfo& info : call->api.broker.contexts.list(*kind)) {
    if (out.size() > 1) out += ',';
    if (*details) {
      append_details(out, info);
    } else {
      append_json_string(out, info.url);
    }
  }
  out += ']';
  call->send_plain_json(200, std::move(out));
}

void serve(const CallPtr& call) {
  const auto details = read_flag(*call, "details");
  if (!details) return call->send(details.error());
  broker::Contexts& contexts = call->api.broker.contexts;
  if (*details) {
    const auto info = contexts.details(call->path[0]);
    if (!info) return call->send(info.error());
    std::string out;
    append_details(out, *info);
    return call->send_plain_json(200, std::move(out));
  }
  auto document = contexts.serve(call->path[0]);
  if (!document) return call->send(document.error());
  // The document is itself a @context: as application/ld+json it needs no other one, and no Link header.
  call->context = nullptr;
  call->send(200, std::move(*document));
}

void remove(const CallPtr& call) {
  const auto reload = read_flag(*call, "reload");
  if (!reload) return call->send(reload.error());
  call->api.broker.contexts.remove(call->path[0], *reload, [call](Result<void> removed) {
    if (!removed) return call->send(removed.error());
    call->send_nothing(204);
  });
}

}  // namespace

std::vector<Route> context_routes() {
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  const RouteAnswer unknown{404, "There is no such @context", "ProblemDetails"};
  constexpr std::string_view kTag = "JSON-LD contexts";
  return {
      {.method = "POST",
       .path = "/jsonldContexts",
       .id = "addContext",
       .tag = kTag,
       .summary = "Host a @context",
       .clause = "5.13.2, 6.29.3.1",
       .body = BodyKind::kDocument,
       .body_schema = "ContextDocument",
       .answers = {{201, "Hosted; Location tells where"}, wrong},
       .handle = add,
       .without_tenant = true},
      {.method = "GET",
       .path = "/jsonldContexts",
       .id = "listContexts",
       .tag = kTag,
       .summary = "@contexts that are kept",
       .clause = "5.13.3, 6.29.3.2",
       .parameters = {"details", "kind"},
       .answers = {{200, "Their URLs; with details=true what is known of them", "ContextList"}, wrong},
       .handle = list,
       .without_tenant = true},
      {.method = "GET",
       .path = "/jsonldContexts/{contextId}",
       .id = "serveContext",
       .tag = kTag,
       .summary = "One @context",
       .clause = "5.13.4, 6.30.3.1",
       .parameters = {"details"},
       .answers = {{200, "The document; with details=true what is known of it", "ContextDocument"},
                   wrong,
                   unknown,
                   {422, "It is cached from elsewhere and not served from here", "ProblemDetails"}},
       .handle = serve,
       .without_tenant = true},
      {.method = "DELETE",
       .path = "/jsonldContexts/{contextId}",
       .id = "deleteContext",
       .tag = kTag,
       .summary = "Delete a @context, or download it again",
       .clause = "5.13.5, 6.30.3.2",
       .parameters = {"reload"},
       .answers = {{204, "Done"}, wrong, unknown, {504, "It cannot be downloaded", "ProblemDetails"}},
       .handle = remove,
       .without_tenant = true},
  };
}

}  // namespace tsunagu::gateway::ngsild
