// Observations over HTTP: as FIWARE IoT agents take them (/iot/json, /iot/d), as InfluxDB takes them (/write,
// /api/v2/write), in bulk, from ChirpStack, and tables of what came late.
#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "gateway/guard/rights.h"
#include "gateway/things/gunzip.h"
#include "gateway/things/parts.h"
#include "things/payload.h"

namespace tsunagu::gateway::iot {
namespace {

enum class Answer { kCounts, kInflux };

/// A way in: how its payloads are read, and how it answers.
struct Way {
  std::string_view method, path, id, summary;
  core::Format format;
  Answer answer = Answer::kCounts;
  bool one_device = false;  ///< k and i are needed
  bool csv = false;
};

std::string counts_json(const core::Taken& taken) {
  std::string out;
  JsonObject object(out);
  object.number("accepted", taken.accepted).number("duplicates", taken.duplicates).number("rejected", taken.rejected);
  object.text_if("firstFault", taken.first_fault).end();
  return out;
}

Response influx_fault(unsigned status, std::string_view code, std::string_view text) {
  std::string out;
  JsonObject(out).text("code", code).text("message", text).text("error", text).end();
  Response response = json_answer(std::move(out), status);
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

void send_answer(Answer answer, Reply& reply, const Result<core::Taken>& taken) {
  if (!taken) {
    if (answer == Answer::kInflux) {
      const ErrorInfo& about = info(taken.error().code);
      return reply.send(influx_fault(about.status, about.status == 400 ? "invalid" : about.name, taken.error().detail));
    }
    Response response = problem(taken.error());
    if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
    return reply.send(std::move(response));
  }
  if (answer == Answer::kCounts) return reply.send(json_answer(counts_json(*taken)));
  if (taken->rejected == 0) {
    Response response;
    response.status = 204;
    return reply.send(std::move(response));
  }
  reply.send(influx_fault(400, "invalid",
                          "partial write: " + taken->first_fault + " dropped=" + std::to_string(taken->rejected)));
}

/// ns of one step of the time stamps of line protocol; 0: there is no such precision.
std::int64_t tick_of(std::string_view precision) {
  if (precision.empty() || precision == "ns" || precision == "n") return 1;
  if (precision == "us" || precision == "u") return 1'000;
  if (precision == "ms") return 1'000'000;
  return precision == "s" ? 1'000'000'000 : 0;
}

Result<void> fill(core::Message& message, const Way& way, const QueryString& query, std::string& group,
                  std::string& address) {
  const bool influx = way.answer == Answer::kInflux;
  group = asked(query, influx ? (way.path == "/write" ? "db" : "bucket") : "k");
  if (!influx) address = asked(query, "i");
  if (way.one_device && (group.empty() || address.empty())) {
    return fail(ErrorCode::kInvalidRequest, "k (the group) and i (the device's address in it) are needed");
  }
  if (influx && group.empty()) {
    return fail(ErrorCode::kInvalidRequest, "the group is missing: db (v1) or bucket (v2)");
  }
  message.group = group;
  message.address = address;
  message.format = way.format;
  message.tick_ns = tick_of(asked(query, "precision"));
  if (message.tick_ns == 0) return fail(ErrorCode::kInvalidRequest, "precision is ns, us, ms or s");
  if (const std::string t = asked(query, "t"); !t.empty()) {
    const auto at = core::read_time(t);
    if (!at) return fail(ErrorCode::kInvalidRequest, "t is a time in ISO 8601");
    message.at = *at;
  }
  return {};
}

void take(const Way& way, const Parts& parts, const RequestPtr& request, Reply reply) {
  const auto query = QueryString::parse(request->target());
  if (!query) return reply.send(query.error());
  const auto speaker = speaker_of(*request, parts);
  if (!speaker) return send_answer(way.answer, reply, tl::unexpected(speaker.error()));
  core::Message message;
  std::string group, address;
  if (auto filled = fill(message, way, *query, group, address); !filled) {
    return send_answer(way.answer, reply, tl::unexpected(filled.error()));
  }
  message.tenant = speaker->tenant;
  message.only_device = speaker->only_device;
  std::string given = way.method == "GET" ? asked(*query, "d") : std::string();
  message.bytes = way.method == "GET" ? std::string_view(given) : request->body();
  if (const std::string_view coding = request->header("Content-Encoding"); !coding.empty() && coding != "identity") {
    auto plain =
        coding == "gzip"
            ? gunzip(request->body(), core::Intake::kMaxBytes)
            : Result<std::string>(fail(ErrorCode::kUnsupportedMediaType, "Content-Encoding is gzip or left out"));
    if (!plain) return send_answer(way.answer, reply, tl::unexpected(plain.error()));
    given = std::move(*plain);
    message.bytes = given;
  }
  core::Payload table;
  if (way.csv) {
    if (auto read = read_csv(message.bytes, !address.empty(), table); !read) {
      return send_answer(way.answer, reply, tl::unexpected(read.error()));
    }
  }
  auto kept = keep(std::move(reply));
  const auto done = [kept, answer = way.answer](const Result<core::Taken>& taken) {
    send_answer(answer, *kept, taken);
  };
  if (way.csv) return parts.intake.take(message, table, done);
  parts.intake.take(message, done);
}

openapi::Parameter text_parameter(std::string_view name, std::string_view description) {
  return {name, "query", description, R"({"type":"string"})"};
}

void describe_way(openapi::Document& document, const Way& way) {
  openapi::Operation operation;
  operation.id = way.id;
  operation.tag = "Things";
  operation.summary = way.summary;
  if (way.answer == Answer::kInflux) {
    operation.parameters = {way.path == "/write" ? text_parameter("db", "Group of the devices")
                                                 : text_parameter("bucket", "Group of the devices"),
                            text_parameter("precision", "Unit of time stamps: ns (default), us, ms, s")};
    operation.answers = {{204, "Everything is on disk", "", {}}};
  } else {
    operation.parameters = {text_parameter("k", "Group of the device"), text_parameter("i", "Its address in the group"),
                            text_parameter("t", "When it was observed; by default when it arrives")};
    if (way.method == "GET") operation.parameters.push_back(text_parameter("d", "The payload"));
    operation.answers = {
        {200, "What became of the readings; those accepted are on disk", "ReadingsTaken", {"application/json"}}};
  }
  if (way.method == "POST") {
    operation.body_schema = "DevicePayload";
    operation.body_media_types = {way.format == core::Format::kJson || way.format == core::Format::kChirpStack
                                      ? "application/json"
                                  : way.csv ? "text/csv"
                                            : "text/plain"};
  }
  document.add(way.method, way.path, std::move(operation));
}

constexpr Way kWays[] = {
    {"POST", "/iot/json", "putReadingsJson", "Readings of a device as JSON (FIWARE IoT Agent JSON)",
     core::Format::kJson, Answer::kCounts, true},
    {"GET", "/iot/json", "getReadingsJson", "The same in the parameter d", core::Format::kJson, Answer::kCounts, true},
    {"POST", "/iot/d", "putReadingsUltraLight", "Readings of a device as UltraLight 2.0", core::Format::kUltraLight,
     Answer::kCounts, true},
    {"GET", "/iot/d", "getReadingsUltraLight", "The same in the parameter d", core::Format::kUltraLight,
     Answer::kCounts, true},
    {"POST", "/iot/ndjson", "putReadingsNdjson", "Readings of many devices, one JSON object a line",
     core::Format::kNdjson},
    {"POST", "/iot/chirpstack", "putReadingsChirpStack", "Uplink of ChirpStack v4 (its HTTP integration)",
     core::Format::kChirpStack},
    {"POST", "/iot/csv", "putReadingsCsv", "A table of what was observed: device,time,…", core::Format::kNdjson,
     Answer::kCounts, false, true},
    {"POST", "/write", "putLines", "InfluxDB line protocol, as InfluxDB 1 takes it", core::Format::kLine,
     Answer::kInflux},
    {"POST", "/api/v2/write", "putLinesV2", "InfluxDB line protocol, as InfluxDB 2 takes it", core::Format::kLine,
     Answer::kInflux},
};

}  // namespace

std::string asked(const QueryString& query, std::string_view name) {
  return std::string(query.get(name).value_or(""));
}

Result<Speaker> speaker_of(const Request& request, const Parts& parts) {
  const trust::SubjectPtr& subject = request.caller()->subject;
  if (subject->kind == trust::SubjectKind::kAnonymous) {
    return fail(ErrorCode::kUnauthorized, "show the device's key: Authorization: Bearer KEY, or X-API-Key: KEY");
  }
  const bool is_device = subject->kind == trust::SubjectKind::kDevice;
  // These GETs write. A page of another site could make a browser send one with its user's session.
  if (!is_device && request.method() == "GET" && request.has_header("Cookie")) {
    return fail(ErrorCode::kForbidden, "from a browser, use POST");
  }
  std::string name = asked_tenant(request);
  if (is_device || (name.empty() && !subject->everything())) name = subject->tenant;
  const auto tenant = parts.store.find_tenant(name);
  if (!tenant) return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + name);
  if (is_device) return Speaker{*tenant, subject->id};
  if (!parts.authority.access(subject, *tenant, request.caller()->purpose)->may("devices")) {
    return fail(ErrorCode::kForbidden, "this needs the key of a device, or the right \"devices\"");
  }
  return Speaker{*tenant, {}};
}

void add_ingest_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("DevicePayload", R"({"description":"docs/things.md"})");
  document.add_schema(
      "ReadingsTaken",
      R"({"type":"object","required":["accepted","duplicates","rejected"],"properties":{"accepted":{"type":"integer"},)"
      R"("duplicates":{"type":"integer"},"rejected":{"type":"integer"},"firstFault":{"type":"string"}}})");
  for (const Way& way : kWays) {
    describe_way(document, way);
    router.add(way.method, way.path, [&way, parts](const RequestPtr& request, const PathParameters&, Reply reply) {
      take(way, *parts, request, std::move(reply));
    });
  }
}

void add_routes(Router& router, openapi::Document& document, const Parts& parts) {
  const auto shared = std::make_shared<const Parts>(parts);
  add_ingest_routes(router, document, shared);
  add_device_routes(router, document, shared);
  add_bulk_routes(router, document, shared);
  add_mapping_routes(router, document, shared);
  add_network_routes(router, document, shared);
}

}  // namespace tsunagu::gateway::iot
