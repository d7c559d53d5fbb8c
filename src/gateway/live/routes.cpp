// GET /ngsi-ld/v1/events.
#include "base/text.h"
#include "gateway/http/origin.h"
#include "gateway/http/websocket.h"
#include "gateway/live/live.h"
#include "gateway/live/stream.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::live {
namespace {

using ngsild::CallPtr;

constexpr std::string_view kEventStream = "text/event-stream";

Result<std::optional<std::uint64_t>> read_since(const ngsild::Call& call) {
  std::string_view text = call.request->header("Last-Event-ID");
  if (text.empty()) text = call.query.get("since").value_or("");
  if (text.empty()) return std::optional<std::uint64_t>();
  const auto id = parse_number<std::uint64_t>(text);
  if (!id) return bad("since (Last-Event-ID): not the id of an event: " + std::string(text));
  return std::optional(*id);
}

void open_stream(const CallPtr& call, Live& live) {
  const auto since = read_since(*call);
  if (!since) return call->send(since.error());
  auto view = View::open(call);
  if (!view) return call->send(view.error());
  const Request& request = *call->request;
  const bool websocket = asks_for_websocket(request);
  Response head;
  if (websocket) {
    if (!from_known_page(request, live.options().origins)) {
      return call->send({ErrorCode::kForbidden, "pages of " + std::string(request.header("Origin")) +
                                                    " may not connect here (see --cors-origin)"});
    }
    head = websocket_handshake(request);
    if (head.status != 101) return call->reply.send(std::move(head));
  } else {
    head = call->head(200, {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}});
    head.content_type = kEventStream;
  }
  auto seat = live.take_seat();
  if (!seat) {
    return call->send({ErrorCode::kUnavailable, "there are " + std::to_string(live.options().max_streams) +
                                                    " live streams, which is the limit; try again later"});
  }
  const auto holds = [&guard = call->api.guard, asked = call->request] { return guard.still_holds(*asked); };
  Reply reply = std::move(call->reply);
  if (websocket) {
    reply.live(std::move(head), std::make_unique<SocketStream>(std::move(seat), std::move(*view), *since, holds));
  } else {
    reply.live(std::move(head), std::make_unique<EventStream>(std::move(seat), std::move(*view), *since, holds));
  }
}

}  // namespace

void add_live_routes(Router& router, openapi::Document& document, broker::Broker& broker, const Guard& guard,
                     const ApiOptions& options, Live& live) {
  const auto api = std::make_shared<const ngsild::Api>(ngsild::Api{broker, guard, options, now()});
  ngsild::add_route(
      router, document, api,
      {.method = "GET",
       .path = "/events",
       .id = "watchEntities",
       .tag = "Live streams",
       .summary = "Be told of every change of the selected entities as it happens, by Server-Sent Events or WebSocket",
       .clause = "",  // not of the specification
       .parameters = {"id",     "idPattern", "type",     "attrs",       "q",           "expandValues", "jsonKeys",
                      "scopeQ", "georel",    "geometry", "coordinates", "geoproperty", "datasetId",    "pick",
                      "omit",   "lang",      "options",  "format",      "since",       "tenant"},
       .answers = {{200, "Events, without end", "EventStream"},
                   {101, "The same as WebSocket messages {\"event\",\"id\",\"data\"}"},
                   {400, "The request or a part of it is wrong", "ProblemDetails"},
                   {503, "There are too many streams", "ProblemDetails"}},
       .handle = [&live](const CallPtr& call) { open_stream(call, live); },
       .only_media_type = kEventStream});
}

}  // namespace tsunagu::gateway::live
