#include "gateway/service.h"

#include <memory>
#include <string>

#include "base/json.h"
#include "base/version.h"

namespace tsunagu::gateway {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

void send(Reply& reply, unsigned status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.content_type = type;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  reply.send(std::move(response));
}

void add_store_metrics(const store::Store& store, MetricRegistry& metrics) {
  struct Row {
    std::string_view name, help;
    double (*read)(const store::Stats&);
  };
  static constexpr Row kRows[] = {
      {"tsunagu_entities", "Entities, all tenants", [](const store::Stats& s) { return double(s.entities); }},
      {"tsunagu_tenants", "Tenants", [](const store::Stats& s) { return double(s.tenants); }},
      {"tsunagu_terms", "Names of types and attributes", [](const store::Stats& s) { return double(s.terms); }},
      {"tsunagu_documents", "Hosted documents", [](const store::Stats& s) { return double(s.documents); }},
      {"tsunagu_record_bytes", "Entities in memory, without indexes",
       [](const store::Stats& s) { return double(s.record_bytes); }},
      {"tsunagu_journal_bytes", "Journal on disk", [](const store::Stats& s) { return double(s.journal_bytes); }},
      {"tsunagu_journal_sequence", "Last write in the journal",
       [](const store::Stats& s) { return double(s.last_sequence); }},
      {"tsunagu_store_commits", "Writes since the start", [](const store::Stats& s) { return double(s.commits); }},
      {"tsunagu_store_groups", "Group commits since the start", [](const store::Stats& s) { return double(s.groups); }},
      {"tsunagu_store_last_group_seconds", "Time of the last group commit",
       [](const store::Stats& s) { return s.last_group_ms / 1000; }},
      {"tsunagu_history_points_forgotten", "Points of history that became too old, since the start",
       [](const store::Stats& s) { return double(s.points_forgotten); }},
      {"tsunagu_history_points_thinned", "Points of history that were thinned out, since the start",
       [](const store::Stats& s) { return double(s.points_thinned); }},
      {"tsunagu_store_writable", "1: writes are accepted, 0: the last one failed",
       [](const store::Stats& s) { return s.writable ? 1.0 : 0.0; }},
  };
  for (const Row& row : kRows) {
    metrics.gauge({row.name, row.help}, {}, [&store, read = row.read] { return read(store.stats()); });
  }
}

openapi::Operation describe(std::string_view id, std::string_view summary, std::string_view schema,
                            std::string_view type) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "Service";
  operation.summary = summary;
  operation.answers.push_back({200, "Yes", schema, {type}});
  return operation;
}

}  // namespace

void add_service_routes(Router& router, openapi::Document& document, const store::Store& store, MetricRegistry& metrics,
                        const Lifecycle& lifecycle) {
  add_store_metrics(store, metrics);
  document.add_schema("Status", R"({"type":"object","properties":{"status":{"type":"string"}}})");
  document.add_schema("Text", R"({"type":"string"})");
  document.add("GET", "/health", describe("health", "Is the program alive?", "Status", kJson));
  openapi::Operation ready = describe("ready", "Can it do its work, writing included?", "Status", kJson);
  ready.answers.push_back({503, "Not now; the status says why", "Status", {kJson}});
  document.add("GET", "/ready", std::move(ready));
  document.add("GET", "/metrics", describe("metrics", "Its figures, as OpenMetrics", "Text", kMetrics));
  document.add("GET", "/version", describe("version", "Which version this is", "Status", kJson));
  document.add("GET", "/openapi.json", describe("openapi", "This description", "Status", kJson));

  router.add("GET", "/health",
             [](RequestPtr, PathParameters, Reply reply) { send(reply, 200, kJson, R"({"status":"alive"})"); });
  router.add("GET", "/ready", [&store, &lifecycle](RequestPtr, PathParameters, Reply reply) {
    if (lifecycle.stopping) return send(reply, 503, kJson, R"({"status":"stopping"})");
    if (!store.stats().writable) return send(reply, 503, kJson, R"({"status":"the data folder cannot be written"})");
    send(reply, 200, kJson, R"({"status":"ready"})");
  });
  router.add("GET", "/metrics",
             [&metrics](RequestPtr, PathParameters, Reply reply) { send(reply, 200, kMetrics, metrics.text()); });
  std::string version_body = R"({"name":"tsunagu","version":)";
  append_json_string(version_body, version());
  version_body += R"(,"commit":)";
  append_json_string(version_body, commit());
  version_body += R"(,"ngsiLd":"1.9.1"})";
  router.add("GET", "/version",
             [version_body](RequestPtr, PathParameters, Reply reply) { send(reply, 200, kJson, version_body); });
  const auto description = std::make_shared<const std::string>(document.json(version()));
  router.add("GET", "/openapi.json",
             [description](RequestPtr, PathParameters, Reply reply) { send(reply, 200, kJson, *description); });
}

}  // namespace tsunagu::gateway
