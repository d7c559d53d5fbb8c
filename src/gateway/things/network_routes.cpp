// Networks over HTTP: /things/networks. For everybody; what is in the answers is what the caller may read.
#include <algorithm>
#include <set>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "gateway/things/parts.h"
#include "ngsi/context.h"
#include "things/network.h"
#include "trust/view.h"

namespace tsunagu::gateway::iot {
namespace {

constexpr std::size_t kMostPoints = 20'000;  // of a kind
constexpr std::size_t kLongestList = 5'000;
constexpr std::size_t kUsualList = 100;

struct NetworkAsk {
  trust::View view;
  store::TenantId tenant;
  std::string kind, status, municipality, text, id;
  std::size_t limit = kUsualList, offset = 0;
  bool open_only = false;
  Instant from = kNoInstant, to = kNoInstant;
};

Result<Instant> asked_instant(const QueryString& query, std::string_view name) {
  const std::string text = asked(query, name);
  if (text.empty()) return kNoInstant;
  if (const auto at = parse_instant(text)) return *at;
  return fail(ErrorCode::kInvalidRequest, std::string(name) + " is a time in ISO 8601");
}

Result<std::shared_ptr<NetworkAsk>> network_ask(const Request& request, const Parts& parts) {
  const auto query = QueryString::parse(request.target());
  if (!query) return tl::unexpected(query.error());
  const auto asking = asking_of(request, parts.store);
  if (!asking) return tl::unexpected(asking.error());
  auto ask = std::make_shared<NetworkAsk>(
      NetworkAsk{trust::View(parts.store, parts.authority, asking->subject, request.caller()->purpose), asking->tenant,
                 asked(*query, "kind"), asked(*query, "status"), asked(*query, "municipality"), asked(*query, "text"),
                 asked(*query, "id")});
  const auto& kinds = core::network_kinds();
  if (!ask->kind.empty() &&
      std::none_of(kinds.begin(), kinds.end(), [&](const auto& k) { return k.name == ask->kind; })) {
    return fail(ErrorCode::kInvalidRequest, "kind is wifi, lorawan, 5g or broadband");
  }
  ask->limit = std::min(parse_number<std::size_t>(asked(*query, "limit")).value_or(kUsualList), kLongestList);
  ask->offset = parse_number<std::size_t>(asked(*query, "offset")).value_or(0);
  ask->open_only = asked(*query, "open") == "true";
  auto from = asked_instant(*query, "from"), to = asked_instant(*query, "to");
  if (!from) return tl::unexpected(from.error());
  if (!to) return tl::unexpected(to.error());
  ask->from = *from;
  ask->to = *to;
  return ask;
}

std::vector<core::NetworkPoint> points_of(const NetworkAsk& ask, const core::NetworkKind& kind) {
  std::vector<core::NetworkPoint> out;
  if (!ask.kind.empty() && ask.kind != kind.name) return out;
  ngsi::Selection selection;
  selection.types.emplace();
  selection.types->kind = ngsi::TypeExpr::Kind::kType;
  selection.types->type = kind.term;
  const auto cursor = ask.view.query(ask.tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> found;
  while (found.size() < kMostPoints && cursor->step(4096, kMostPoints - found.size(), found)) {
  }
  for (ngsi::RecordPtr& record : found) {
    auto point = core::read_network_point(std::move(record));
    if (!point || point->kind != &kind) continue;
    if (!ask.status.empty() && core::name(point->service) != ask.status) continue;
    if (!ask.municipality.empty() && point->municipality != ask.municipality) continue;
    if (!ask.id.empty() && point->id() != ask.id) continue;
    if (!ask.text.empty() && point->name.find(ask.text) == std::string_view::npos &&
        point->id().find(ask.text) == std::string_view::npos) {
      continue;
    }
    out.push_back(std::move(*point));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.id() < b.id(); });
  return out;
}

std::vector<core::NetworkPoint> points_of(const NetworkAsk& ask) {
  std::vector<core::NetworkPoint> out;
  for (const core::NetworkKind& kind : core::network_kinds()) {
    auto its = points_of(ask, kind);
    std::move(its.begin(), its.end(), std::back_inserter(out));
  }
  return out;
}

void put_instant(JsonObject& object, std::string_view name, Instant at) {
  if (at != kNoInstant) object.text(name, to_string(at));
}

void put_point(JsonObject& object, const core::NetworkPoint& point) {
  object.text("kind", point.kind->name);
  if (!point.name.empty()) object.json("name", point.name);
  object.text("status", core::name(point.service));
  put_instant(object, "since", point.since);
  object.text_if("reason", point.reason);
  put_instant(object, "lastHeardAt", point.last_heard);
  if (point.radius_m > 0) object.number("coverageRadius", point.radius_m);
  if (!point.area.empty()) object.truth("hasArea", true);
  object.text_if("municipality", point.municipality).text_if("operator", point.operated_by);
  if (point.simulated) object.truth("simulated", true);
}

Result<Response> summary(const NetworkAsk& ask) {
  std::string out;
  JsonObject object(out);
  std::string& kinds = object.member("kinds");
  kinds += '[';
  for (const core::NetworkKind& kind : core::network_kinds()) {
    std::array<std::size_t, 3> by_service{};
    std::size_t simulated = 0, covered = 0;
    std::set<std::string> towns, working;
    const auto points = points_of(ask, kind);
    for (const core::NetworkPoint& point : points) {
      ++by_service[static_cast<std::size_t>(point.service)];
      simulated += point.simulated ? 1 : 0;
      covered += point.has_coverage() ? 1 : 0;
      if (point.municipality.empty()) continue;
      towns.insert(point.municipality);
      if (point.service == core::Service::kWorking) working.insert(point.municipality);
    }
    if (kinds.back() != '[') kinds += ',';
    JsonObject each(kinds);
    each.text("kind", kind.name).text("type", kind.type).number("total", points.size());
    for (const auto service : {core::Service::kWorking, core::Service::kOut, core::Service::kUnknown}) {
      each.number(core::name(service), by_service[static_cast<std::size_t>(service)]);
    }
    each.number("simulated", simulated).number("withCoverage", covered);
    each.number("municipalities", towns.size()).number("municipalitiesWorking", working.size()).end();
  }
  kinds += ']';
  object.end();
  return json_answer(std::move(out));
}

Result<Response> list_points(const NetworkAsk& ask) {
  auto points = points_of(ask);
  std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.id() < b.id(); });
  std::string out;
  JsonObject object(out);
  object.number("total", points.size());
  std::string& list = object.member("points");
  list += '[';
  for (std::size_t i = ask.offset; i < points.size() && i - ask.offset < ask.limit; ++i) {
    if (i > ask.offset) list += ',';
    JsonObject each(list);
    each.text("id", points[i].id());
    put_point(each, points[i]);
    if (!points[i].location.empty()) each.json("location", points[i].location);
    each.end();
  }
  list += ']';
  object.end();
  return json_answer(std::move(out));
}

Result<Response> coverage(const NetworkAsk& ask) {
  std::string out = R"({"type":"FeatureCollection","features":[)";
  bool any = false;
  std::string geometry;
  for (const core::NetworkPoint& point : points_of(ask)) {
    geometry.clear();
    if (!core::append_coverage(geometry, point)) continue;
    if (any) out += ',';
    any = true;
    JsonObject feature(out);
    feature.text("type", "Feature").text("id", point.id()).json("geometry", geometry);
    JsonObject properties(feature.member("properties"));
    put_point(properties, point);
    properties.end();
    feature.end();
  }
  out += "]}";
  Response response = json_answer(std::move(out));
  response.content_type = "application/geo+json";
  return response;
}

Result<Response> outages(const NetworkAsk& ask) {
  struct Found {
    std::size_t point;
    core::Outage outage;
  };
  const auto points = points_of(ask);
  auto history = ask.view.history(ask.tenant);
  if (!history) return tl::unexpected(history.error());
  std::vector<Found> found;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].since == kNoInstant) continue;  // nobody ever said anything
    if (ask.open_only && points[i].service != core::Service::kOut) continue;
    auto its = core::outages_of(points[i], **history, ask.from, ask.to, ask.open_only ? 1 : kLongestList);
    if (!its) return tl::unexpected(its.error());
    for (core::Outage& outage : *its) {
      if (!ask.open_only || outage.to == kNoInstant) found.push_back({i, std::move(outage)});
    }
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.outage.from == b.outage.from ? a.point < b.point : a.outage.from > b.outage.from;
  });
  std::string out;
  JsonObject object(out);
  object.number("total", found.size());
  std::string& list = object.member("outages");
  list += '[';
  for (std::size_t i = 0; i < found.size() && i < ask.limit; ++i) {
    const core::NetworkPoint& point = points[found[i].point];
    const core::Outage& outage = found[i].outage;
    if (i > 0) list += ',';
    JsonObject each(list);
    each.text("id", point.id()).text("kind", point.kind->name);
    if (!point.name.empty()) each.json("name", point.name);
    each.text("from", to_string(outage.from));
    put_instant(each, "to", outage.to);
    if (outage.to != kNoInstant) each.number("seconds", (outage.to.us - outage.from.us) / 1'000'000);
    each.text_if("reason", outage.reason);
    put_instant(each, "lastHeardAt", outage.last_heard);
    if (!point.location.empty()) each.json("location", point.location);
    each.text_if("municipality", point.municipality);
    if (point.simulated) each.truth("simulated", true);
    each.end();
  }
  list += ']';
  object.end();
  return json_answer(std::move(out));
}

struct NetworkRoute {
  std::string_view path, id, summary, type;
  Result<Response> (*make)(const NetworkAsk&);
};
constexpr NetworkRoute kNetworkRoutes[] = {
    {"/things/networks", "networks", "Networks: how many points of each kind there are and work", "application/json",
     summary},
    {"/things/networks/points", "networkPoints", "Access points, gateways and base stations, and whether they work",
     "application/json", list_points},
    {"/things/networks/coverage", "networkCoverage", "Where networks reach, and whether they work there",
     "application/geo+json", coverage},
    {"/things/networks/outages", "networkOutages", "When points of networks were out, newest first", "application/json",
     outages},
};

}  // namespace

void add_network_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("NetworkAnswer", R"({"type":"object","description":"docs/networks.md"})");
  for (const NetworkRoute& route : kNetworkRoutes) {
    openapi::Operation operation;
    operation.id = route.id;
    operation.tag = "Things";
    operation.summary = route.summary;
    for (const auto& [name, text] :
         {std::pair{"kind", "wifi, lorawan, 5g or broadband; all without"},
          std::pair{"status", "working, outOfService or unknown"},
          std::pair{"municipality", "Of this municipality (id)"}, std::pair{"text", "With this in id or name"},
          std::pair{"id", "Of this point"}, std::pair{"open", "true: outages that last"},
          std::pair{"from", "Outages from here on"}, std::pair{"to", "Outages up to here"},
          std::pair{"limit", "At most so many (100; 5000)"}, std::pair{"offset", "Pass over"}}) {
      operation.parameters.push_back({name, "query", text, R"({"type":"string"})"});
    }
    operation.parameters.push_back({"NGSILD-Tenant", "header", "In this tenant", R"({"type":"string"})"});
    operation.answers = {{200, route.summary, "NetworkAnswer", {route.type}}};
    document.add("GET", route.path, std::move(operation));
    router.add("GET", route.path,
               [parts, make = route.make](const RequestPtr& request, const PathParameters&, Reply reply) {
                 auto ask = network_ask(*request, *parts);
                 if (!ask) return reply.send(ask.error());
                 const auto kept = keep(std::move(reply));
                 const bool taken = parts->workbench.take([kept, make, ask = std::move(*ask)] {
                   if (kept->client_gone()) return;
                   auto made = make(*ask);
                   if (!made) return kept->send(made.error());
                   kept->send(std::move(*made));
                 });
                 if (!taken) kept->send(Error{ErrorCode::kUnavailable, "too much is asked for; try again later"});
               });
  }
}

}  // namespace tsunagu::gateway::iot
