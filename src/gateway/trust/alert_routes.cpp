#include "gateway/trust/alert_routes.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <memory>

#include "base/text.h"
#include "gateway/guard/caller.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kAlertJson = "application/json";
constexpr std::size_t kMaxAlerts = 1000;
constexpr std::size_t kMaxNote = 2000;

Result<store::TenantId> watched_alerts(const AlertParts& parts, const Request& request) {
  const auto tenant = parts.store.find_tenant(request.header("NGSILD-Tenant"));
  const Caller& caller = *request.caller();
  if (tenant && parts.authority.access(caller.subject, *tenant, caller.purpose)->may("audit")) return *tenant;
  return fail(ErrorCode::kForbidden, "alerts are for those who have the right \"audit\" here");
}

Response alert_answer(std::string body) {
  Response response;
  response.content_type = kAlertJson;
  response.headers = {{"Cache-Control", "no-store"}};
  response.body = std::move(body);
  return response;
}

Result<std::string> list_alerts(const AlertParts& parts, const Request& request) {
  const auto tenant = watched_alerts(parts, request);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto query = QueryString::parse(request.target());
  if (!query) return tl::unexpected(query.error());
  std::string status;
  std::size_t limit = 100;
  for (const auto& [name, value] : query->all()) {
    const auto number = parse_number<std::size_t>(value);
    if (name == "status" && (value == "open" || value == "seen" || value == "closed")) {
      status = value;
    } else if (name == "limit" && number && *number > 0 && *number <= kMaxAlerts) {
      limit = *number;
    } else {
      return fail(ErrorCode::kInvalidRequest,
                  "the parameters are status (open, seen or closed) and limit (at most 1000)");
    }
  }
  std::string out = "[";
  for (const ngsi::RecordPtr& record : parts.alerts.list(*tenant, status, limit)) {
    if (out.size() > 1) out += ',';
    out += trust::Alerts::json(*record);
  }
  return out + "]";
}

Result<trust::Alerts::Change> read_alert_change(const Request& request) {
  const auto wrong = [] {
    return fail(ErrorCode::kInvalidRequest, R"(the body is {"status":"open"|"seen"|"closed","note":"…"})");
  };
  trust::Alerts::Change change;
  change.by = request.caller()->subject->id;
  simdjson::ondemand::parser parser;
  const simdjson::padded_string body(request.body());
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(body).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return wrong();
  }
  for (auto field : object) {
    std::string_view name, value;
    if (field.unescaped_key().get(name) != simdjson::SUCCESS ||
        field.value().get_string().get(value) != simdjson::SUCCESS || (name != "status" && name != "note")) {
      return wrong();
    }
    if (value.size() > kMaxNote) return bad("a note may have 2000 bytes");
    (name == "status" ? change.status : change.note) = value;
  }
  return change;
}

void change_alert(const AlertParts& parts, const RequestPtr& request, const std::string& id, Reply reply) {
  const auto tenant = watched_alerts(parts, *request);
  if (!tenant) return reply.send(tenant.error());
  auto change = read_alert_change(*request);
  if (!change) return reply.send(change.error());
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kOperation;
  record.subject = request->caller()->subject;
  record.action = "alert";
  record.tenant = request->header("NGSILD-Tenant");
  record.request = fmt::format("PATCH {}", request->path());
  record.peer = request->peer();
  record.entities = {id};
  record.detail = change->status;
  record.outcome = "ok";
  const auto held = std::make_shared<Reply>(std::move(reply));
  parts.auditor.record(std::move(record), [held, &alerts = parts.alerts, tenant = *tenant, id,
                                           change = std::move(*change)](const Result<void>& written) {
    if (!written) return held->send(written.error());
    alerts.change(tenant, id, change, [held](const Result<void>& done) {
      if (!done) return held->send(done.error());
      Response response;
      response.status = 204;
      held->send(std::move(response));
    });
  });
}

}  // namespace

void add_alert_routes(Router& router, openapi::Document& document, AlertParts given) {
  const auto parts = std::make_shared<const AlertParts>(given);
  document.add_schema("AlertList", R"({"type":"array","items":{"type":"object"}})");
  document.add_schema(
      "AlertChange",
      R"({"type":"object","properties":{"status":{"type":"string","enum":["open","seen","closed"]},"note":{"type":"string"}}})");
  const openapi::Parameter tenant = {"NGSILD-Tenant", "header", "Of this tenant", R"({"type":"string"})"};

  openapi::Operation list;
  list.id = "listAlerts";
  list.tag = "Trust";
  list.summary = "Odd access to personal data, the newest first";
  list.parameters = {{"status", "query", "Only these", R"({"type":"string","enum":["open","seen","closed"]})"},
                     {"limit", "query", "How many", R"({"type":"integer","minimum":1,"maximum":1000,"default":100})"},
                     tenant};
  list.answers = {{200, "Alerts", "AlertList", {kAlertJson}},
                  {400, "The request is wrong", "ProblemDetails", {kAlertJson}},
                  {403, "Not for the caller", "ProblemDetails", {kAlertJson}}};
  document.add("GET", "/trust/alerts", std::move(list));
  router.add("GET", "/trust/alerts", [parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    auto body = list_alerts(*parts, *request);
    if (!body) return reply.send(body.error());
    reply.send(alert_answer(std::move(*body)));
  });

  openapi::Operation change;
  change.id = "changeAlert";
  change.tag = "Trust";
  change.summary = "Say what became of an alert";
  change.parameters = {{"id", "path", "URN of the alert", R"({"type":"string"})"}, tenant};
  change.body_schema = "AlertChange";
  change.body_media_types = {kAlertJson};
  change.answers = {{204, "Done", "", {}},
                    {400, "The request is wrong", "ProblemDetails", {kAlertJson}},
                    {403, "Not for the caller", "ProblemDetails", {kAlertJson}},
                    {404, "There is no such alert", "ProblemDetails", {kAlertJson}}};
  document.add("PATCH", "/trust/alerts/{id}", std::move(change));
  router.add("PATCH", "/trust/alerts/{id}",
             [parts](const RequestPtr& request, const PathParameters& path, Reply reply) {
               change_alert(*parts, request, path[0], std::move(reply));
             });
}

}  // namespace tsunagu::gateway
