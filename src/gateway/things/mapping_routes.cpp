// The mapping bench: what would be made of a payload. Keeps nothing.
#include "base/json_object.h"
#include "gateway/things/parts.h"
#include "gateway/trust/body_members.h"
#include "ngsi/context.h"
#include "things/device_entity.h"
#include "things/mapping.h"
#include "things/observation_write.h"
#include "things/payload.h"
#include "trust/keys.h"

namespace tsunagu::gateway::iot {
namespace {

constexpr std::size_t kMostBytes = 256u << 10;

/// The bytes that "payload" means: as it stands, or behind "encoding".
Result<std::string> payload_bytes(std::string payload, std::string_view encoding) {
  if (encoding.empty() || encoding == "text") return payload;
  if (encoding == "base64") {
    auto bytes = trust::from_base64(payload);
    if (!bytes) return fail(ErrorCode::kInvalidRequest, "\"payload\" is not Base64");
    return std::move(*bytes);
  }
  return fail(ErrorCode::kInvalidRequest, "\"encoding\" is text or base64");
}

Result<void> read_payload(std::string_view format, std::string_view bytes, core::Payload& out) {
  if (format == "json") return core::read_json(bytes, {}, out);
  if (format == "ultralight") return core::read_ultralight(bytes, {}, out);
  if (format == "line") return core::read_lines(bytes, core::Group().address_tag, 1, out);
  if (format == "ndjson") return core::read_ndjson(bytes, out);
  if (format == "chirpstack") return core::read_chirpstack(bytes, out);
  return fail(ErrorCode::kInvalidRequest, "\"format\" is json, ultralight, line, ndjson or chirpstack");
}

/// An attribute as NGSI-LD, normalized.
void put_attribute(JsonObject& entity, const ngsi::Attribute& a) {
  JsonObject object(entity.member(ngsi::core_context()->compact(a.name)));
  const bool place = a.kind == ngsi::AttrKind::kGeoProperty;
  object.text("type", place ? "GeoProperty" : "Property").json("value", a.value).text_if("unitCode", a.unit_code);
  object.text("observedAt", to_string(a.observed_at));
  for (const ngsi::Attribute& sub : a.subs) {
    JsonObject(object.member(ngsi::core_context()->compact(sub.name)))
        .text("type", "Property")
        .json("value", sub.value)
        .end();
  }
  object.end();
}

std::string bench_json(const core::Payload& payload, const core::ModelPtr& model, std::string_view asset) {
  const Instant arrived = now();
  std::string out;
  JsonObject object(out);
  std::string& readings = object.member("readings");
  readings += '[';
  for (const core::Report& report : payload.reports) {
    for (std::uint32_t i = report.first; i < report.first + report.count; ++i) {
      if (readings.back() != '[') readings += ',';
      JsonObject each(readings);
      each.text_if("device", report.address).text("name", payload.readings[i].name);
      each.json("value", payload.readings[i].value);
      if (report.at != kNoInstant) each.text("observedAt", to_string(report.at));
      each.end();
    }
  }
  readings += ']';
  std::string& faults = object.member("faults");
  faults += '[';
  for (const auto& fault : payload.faults) {
    if (faults.back() != '[') faults += ',';
    append_json_string(faults,
                       fault.line == 0 ? fault.reason : "line " + std::to_string(fault.line) + ": " + fault.reason);
  }
  faults += ']';
  JsonObject entity(object.member("entity"));
  entity.text("id", asset).text("type", core::type_of_id(asset));
  std::vector<ngsi::Attribute> attributes;
  for (const core::Report& report : payload.reports) {
    for (std::uint32_t i = report.first; i < report.first + report.count; ++i) {
      const core::Reading& reading = payload.readings[i];
      core::Point point;
      point.measure = model ? model->find(reading.name) : nullptr;
      // A name that the graph does not have yet is not to be made by a trial.
      point.attribute = point.measure != nullptr ? point.measure->attribute : ngsi::core_context()->find(reading.name);
      if (point.attribute == ngsi::kNoTerm) continue;
      point.value = reading.value;
      point.at = report.at;
      core::Track track;
      core::judge(point, track, arrived, false);
      ngsi::Attribute a = core::attribute_of(std::move(point));
      std::erase_if(attributes, [&a](const ngsi::Attribute& other) { return other.name == a.name; });
      attributes.push_back(std::move(a));
    }
  }
  for (const ngsi::Attribute& a : attributes) put_attribute(entity, a);
  entity.end();
  object.end();
  return out;
}

void try_mapping(const Parts& parts, const Request& request, Reply reply) {
  const auto asking = asking_of(request, parts.store);
  if (!asking) return reply.send(asking.error());
  if (request.body().size() > kMostBytes) {
    return reply.send(Error{ErrorCode::kContentTooLarge, "the bench takes 256 KiB"});
  }
  auto body = BodyMembers::read(request.body(), {"mapping", "format", "payload", "encoding", "model", "asset"});
  if (!body) return reply.send(body.error());
  const auto mapping = body->text_if("mapping"), format = body->text_if("format"), encoding = body->text_if("encoding");
  const std::string model_id = body->text_if("model").value_or("");
  const std::string asset = body->text_if("asset").value_or("urn:ngsi-ld:Thing:example");
  std::string given(body->json("payload"));
  if (given.starts_with('"')) given = json_string_text(given);
  if (body->fault()) return reply.send(*body->fault());
  if (mapping.has_value() == format.has_value()) {
    return reply.send(Error{ErrorCode::kInvalidRequest, "give either \"mapping\" (TOML) or \"format\""});
  }
  const auto bytes = payload_bytes(std::move(given), encoding.value_or(""));
  if (!bytes) return reply.send(bytes.error());
  core::Payload payload;
  if (mapping) {
    const auto compiled = core::Mapping::read(*mapping);
    if (!compiled) return reply.send(compiled.error());
    if (auto read = (*compiled)->apply(*bytes, payload); !read) return reply.send(read.error());
  } else if (auto read = read_payload(*format, *bytes, payload); !read) {
    return reply.send(read.error());
  }
  reply.send(json_answer(bench_json(payload, parts.registry.model(asking->tenant, model_id), asset)));
}

}  // namespace

void add_mapping_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema(
      "MappingTrial",
      R"({"type":"object","required":["payload"],"properties":{"mapping":{"type":"string"},"format":{"enum":["json",)"
      R"("ultralight","line","ndjson","chirpstack"]},"payload":{},"encoding":{"enum":["text","base64"]},"model":)"
      R"({"type":"string"},"asset":{"type":"string"}}})");
  openapi::Operation operation;
  operation.id = "tryMapping";
  operation.tag = "Things";
  operation.summary = "What would be made of a payload, by a mapping (TOML) or a format; nothing is kept";
  operation.body_schema = "MappingTrial";
  operation.body_media_types = {"application/json"};
  operation.answers = {{200, "Readings, faults, and the entity", "DeviceAnswer", {"application/json"}}};
  document.add("POST", "/things/mappings/trial", std::move(operation));
  router.add("POST", "/things/mappings/trial", [parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    try_mapping(*parts, *request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway::iot
