#include "gateway/things/device_document.h"

#include <algorithm>
#include <cmath>

#include "base/json_object.h"
#include "base/uri.h"
#include "gateway/trust/body_members.h"
#include "ngsi/body.h"
#include "ngsi/context.h"

namespace tsunagu::gateway::iot {
namespace {

void put_known(JsonObject& object, std::string_view name, std::int64_t us) {
  if (Instant{us} != kNoInstant) object.text(name, to_string(Instant{us}));
}

void put_device(JsonObject& object, const core::Device& device) {
  object.text("id", device.id).text("group", device.group->name).text("address", device.address);
  object.text_if("model", device.model->id).text_if("asset", device.asset);
  object.text("status", core::name(device.live->status));
  put_known(object, "observedAt", device.live->observed_us);
  put_known(object, "arrivedAt", device.live->arrived_us);
  if (device.model->expected_interval_s > 0) object.number("expectedInterval", device.model->expected_interval_s);
  if (device.simulated) object.truth("simulated", true);
}

/// One value as it is in the graph.
void put_value(std::string& out, const ngsi::Record& record, ngsi::TermId attribute, const core::Measure* measure) {
  JsonObject object(out);
  object.text("attribute", ngsi::core_context()->compact(attribute));
  if (measure != nullptr) {
    object.text("name", measure->name).text_if("unit", measure->unit);
    if (std::isfinite(measure->least)) object.number("least", measure->least);
    if (std::isfinite(measure->most)) object.number("most", measure->most);
  }
  if (const auto found = record.find(attribute); found.data() != nullptr) {
    const auto parts = found.parts();
    object.json("value", parts.value).text_if("unitCode", parts.unit_code);
    if (parts.observed_at != kNoInstant) object.text("observedAt", to_string(parts.observed_at));
    for (const auto sub : ngsi::sub_attributes(found)) {
      if (sub.name() == core::terms().quality) object.json("quality", sub.value());
      if (sub.name() == core::terms().raw_value) object.json("rawValue", sub.value());
    }
  }
  object.end();
}

}  // namespace

Result<DeviceDraft> read_device_draft(std::string_view json) {
  auto body = BodyMembers::read(json, {"group", "address", "id", "model", "asset", "name", "serialNumber", "location",
                                       "owner", "simulated", "withKey", "certificate"});
  if (!body) return tl::unexpected(body.error());
  DeviceDraft draft;
  draft.text.group = body->text("group");
  draft.text.address = body->text("address");
  for (const auto& [name, into] :
       {std::pair{"id", &draft.text.id}, std::pair{"model", &draft.text.model}, std::pair{"asset", &draft.text.asset},
        std::pair{"name", &draft.name}, std::pair{"serialNumber", &draft.serial_number},
        std::pair{"owner", &draft.owner}, std::pair{"certificate", &draft.certificate}}) {
    *into = body->text_if(name).value_or("");
  }
  draft.location = body->json("location");
  draft.text.simulated = body->json("simulated") == "true";
  draft.with_key = body->json("withKey") != "false";
  if (body->fault()) return tl::unexpected(*body->fault());
  if (auto fits = core::check_address("\"group\"", draft.text.group); !fits) return tl::unexpected(fits.error());
  if (auto fits = core::check_address("\"address\"", draft.text.address); !fits) return tl::unexpected(fits.error());
  for (const auto& [name, id] : {std::pair{"id", &draft.text.id}, std::pair{"model", &draft.text.model},
                                 std::pair{"asset", &draft.text.asset}, std::pair{"owner", &draft.owner}}) {
    if (!id->empty() && !is_absolute_uri(*id)) return bad("\"" + std::string(name) + "\" must be a URI");
  }
  if (!draft.certificate.empty()) {
    auto read = read_fingerprint(std::move(draft.certificate));
    if (!read) return tl::unexpected(read.error());
    draft.certificate = std::move(*read);
  }
  if (!draft.location.empty()) {
    if (auto fits = ngsi::check_geometry(draft.location); !fits) return tl::unexpected(fits.error());
  }
  return draft;
}

Result<std::string> read_fingerprint(std::string text) {
  std::erase(text, ':');
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c); });
  const bool hex =
      std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!hex || text.size() != 64) return bad("\"certificate\" must be the SHA-256 of the certificate: 64 hex digits");
  return text;
}

ngsi::Entity entity_of(const DeviceDraft& draft) {
  ngsi::Entity entity = core::device_entity(draft.text);
  const core::Terms& t = core::terms();
  if (!draft.name.empty()) entity.attributes.push_back(core::text_property(t.name, draft.name));
  if (!draft.serial_number.empty()) {
    entity.attributes.push_back(core::text_property(t.serial_number, draft.serial_number));
  }
  if (!draft.owner.empty()) {
    entity.attributes.push_back(core::relationship(ngsi::core_context()->intern("owner"), draft.owner));
  }
  if (!draft.location.empty()) {
    entity.attributes.push_back(core::property(t.location, draft.location));
    entity.attributes.back().kind = ngsi::AttrKind::kGeoProperty;
  }
  entity.sort_attributes();
  return entity;
}

void append_device(std::string& out, const core::Device& device) {
  JsonObject object(out);
  put_device(object, device);
  object.end();
}

void append_device_whole(std::string& out, const core::Device& device, const store::Store& store) {
  JsonObject object(out);
  put_device(object, device);
  const store::TenantId tenant = device.group->tenant;
  const ngsi::RecordPtr target = store.find(tenant, device.target());
  std::string& values = object.member("values");
  values += '[';
  bool any = false;
  const auto put = [&](ngsi::TermId attribute, const core::Measure* measure) {
    if (!target) return;
    if (any) values += ',';
    any = true;
    put_value(values, *target, attribute, measure);
  };
  std::vector<ngsi::TermId> seen;
  for (const core::Measure& measure : device.model->measures) {
    put(measure.attribute, &measure);
    seen.push_back(measure.attribute);
  }
  std::vector<ngsi::TermId> others;
  {
    const std::lock_guard lock(device.live->mutex);
    for (const core::Track& track : device.live->tracks) others.push_back(track.attribute);
  }
  for (const ngsi::TermId attribute : others) {
    if (std::find(seen.begin(), seen.end(), attribute) == seen.end()) put(attribute, nullptr);
  }
  values += ']';
  object.end();
}

}  // namespace tsunagu::gateway::iot
