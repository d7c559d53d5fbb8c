#include "things/device_entity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/json.h"
#include "base/url.h"
#include "ngsi/body.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"
#include "things/mapping.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

constexpr std::size_t kLongestAddress = 128;
constexpr std::size_t kMostMeasures = 500;

std::string text_of(const ngsi::Record& record, ngsi::TermId name) {
  const ngsi::AttributeView found = record.find(name);
  if (found.data() == nullptr) return {};
  const std::string_view value = ngsi::plain_value(found.value());
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

bool truth_of(const ngsi::Record& record, ngsi::TermId name) {
  const ngsi::AttributeView found = record.find(name);
  return found.data() != nullptr && found.value() == "true";
}

double number_of(std::string_view object, std::string_view name, double otherwise) {
  const auto value = walk::number(walk::member(object, name));
  return value && std::isfinite(*value) ? *value : otherwise;
}

std::string member_text(std::string_view object, std::string_view name) {
  const auto value = walk::member(object, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

Measure read_measure(std::string_view object) {
  Measure m;
  m.name = member_text(object, "name");
  std::string attribute = member_text(object, "attribute");
  if (attribute.empty()) attribute = m.name;
  if (m.name.empty()) m.name = attribute;
  if (!attribute.empty() && ngsi::valid_name(attribute)) m.attribute = ngsi::core_context()->intern(attribute);
  m.unit = member_text(object, "unit");
  m.least = number_of(object, "least", m.least);
  m.most = number_of(object, "most", m.most);
  m.max_per_second = number_of(object, "maxPerSecond", 0);
  m.stuck_after_s = static_cast<std::int64_t>(std::clamp(number_of(object, "stuckAfter", 0), 0.0, 1e9));
  m.scale = number_of(object, "scale", 1);
  m.offset = number_of(object, "offset", 0);
  m.place = walk::member(object, "place") == "true";
  return m;
}

Status status_named(std::string_view text) {
  for (const Status status : {Status::kOnline, Status::kLate, Status::kSilent, Status::kOutOfRange}) {
    if (name(status) == text) return status;
  }
  return Status::kRegistered;
}

bool same_instance(const ngsi::Record& a, const ngsi::Record& b, ngsi::TermId name) {
  const ngsi::AttributeView x = a.find(name), y = b.find(name);
  if (x.data() == nullptr || y.data() == nullptr) return x.data() == y.data();
  return x.value() == y.value();
}

}  // namespace

const Terms& terms() {
  static const Terms kTerms = [] {
    const auto n = [](std::string_view name) { return ngsi::core_context()->intern(name); };
    Terms t;
    t.device = n("Device"), t.device_model = n("DeviceModel"), t.service_group = n("ServiceGroup");
    t.serial_number = n("serialNumber"), t.service_group_name = n("serviceGroup"),
    t.device_address = n("deviceAddress");
    t.controlled_asset = n("controlledAsset"), t.ref_device_model = n("refDeviceModel"), t.has_model = n("hasModel");
    t.simulated = n("simulated"), t.device_state = n("deviceState");
    t.date_last_value_reported = n("dateLastValueReported"), t.supported_protocol = n("supportedProtocol");
    t.controlled_property = n("controlledProperty"), t.name = n("name"), t.expected_interval = n("expectedInterval");
    t.measures = n("measures"), t.calibration = n("calibration"), t.payload_mapping = n("payloadMapping"),
    t.auto_provision = n("autoProvision");
    t.address_tag = n("addressTag"), t.battery_level = n("batteryLevel"), t.firmware_version = n("firmwareVersion");
    t.rssi = n("rssi"), t.snr = n("snr"), t.quality = n("quality"), t.raw_value = n("rawValue");
    t.reported_at = n("reportedAt"), t.location = n("location");
    return t;
  }();
  return kTerms;
}

DeviceText read_device(const ngsi::Record& record) {
  const Terms& t = terms();
  DeviceText out;
  out.id = std::string(record.id());
  out.group = text_of(record, t.service_group_name);
  out.address = text_of(record, t.device_address);
  if (out.address.empty()) out.address = text_of(record, t.serial_number);
  out.model = text_of(record, t.ref_device_model);
  if (out.model.empty()) out.model = text_of(record, t.has_model);
  out.asset = text_of(record, t.controlled_asset);
  out.simulated = truth_of(record, t.simulated);
  if (const auto own = record.find(t.calibration); own.data() != nullptr) out.calibration = own.value();
  out.status = status_named(text_of(record, t.device_state));
  if (const auto at = parse_instant(text_of(record, t.date_last_value_reported))) out.last_reported = *at;
  if (out.group.empty() || !check_address("", out.group) || !check_address("", out.address)) out.address.clear();
  return out;
}

Model read_model(const ngsi::Record& record) {
  const Terms& t = terms();
  Model out;
  out.id = std::string(record.id());
  if (const auto found = record.find(t.expected_interval); found.data() != nullptr) {
    if (const auto s = walk::number(found.value()); s && *s > 0 && *s < 1e9)
      out.expected_interval_s = static_cast<std::int64_t>(std::ceil(*s));
  }
  if (const std::string text = text_of(record, t.payload_mapping); !text.empty()) {
    auto mapping = Mapping::read(text);
    if (mapping) {
      out.mapping = std::move(*mapping);
    } else {
      out.mapping_fault = mapping.error().detail;
    }
  }
  if (const auto found = record.find(t.measures); found.data() != nullptr) {
    const auto take = [&out](std::string_view each) {
      Measure m = read_measure(each);
      if (m.attribute != ngsi::kNoTerm) out.measures.push_back(std::move(m));
      return out.measures.size() >= kMostMeasures;
    };
    if (const auto value = found.value(); walk::is_object(value)) {
      take(value);
    } else {
      walk::any_element(value, take);
    }
  }
  return out;
}

ModelPtr calibrated(const Model& model, std::string_view calibration) {
  auto out = std::make_shared<Model>(model);
  const auto take = [&out](std::string_view each) {
    const Measure own = read_measure(each);
    if (own.attribute == ngsi::kNoTerm) return false;
    const auto its = std::find_if(out->measures.begin(), out->measures.end(),
                                  [&](const Measure& m) { return m.name == own.name || m.attribute == own.attribute; });
    if (its != out->measures.end()) {
      its->scale = own.scale;
      its->offset = own.offset;
    } else if (out->measures.size() < kMostMeasures) {
      out->measures.push_back(own);
    }
    return false;
  };
  if (walk::is_object(calibration)) {
    take(calibration);
  } else {
    walk::any_element(calibration, take);
  }
  return out;
}

Group read_group(store::TenantId tenant, const ngsi::Record& record) {
  const Terms& t = terms();
  Group out;
  out.tenant = tenant;
  out.id = std::string(record.id());
  out.name = text_of(record, t.name);
  out.model = text_of(record, t.ref_device_model);
  out.auto_provision = truth_of(record, t.auto_provision);
  if (std::string tag = text_of(record, t.address_tag); !tag.empty()) out.address_tag = std::move(tag);
  return out;
}

bool same_description(const ngsi::Record* before, const ngsi::Record* after) {
  if (before == nullptr || after == nullptr) return before == after;
  const Terms& t = terms();
  for (const ngsi::TermId type : {t.device, t.device_model, t.service_group}) {
    if (before->has_type(type) != after->has_type(type)) return false;
  }
  if (after->has_type(t.device)) {
    for (const ngsi::TermId name : {t.serial_number, t.service_group_name, t.device_address, t.ref_device_model,
                                    t.has_model, t.controlled_asset, t.calibration, t.simulated}) {
      if (!same_instance(*before, *after, name)) return false;
    }
  }
  if (after->has_type(t.device_model) || after->has_type(t.service_group)) {
    for (const ngsi::TermId name : {t.name, t.expected_interval, t.measures, t.payload_mapping, t.auto_provision,
                                    t.address_tag, t.ref_device_model}) {
      if (!same_instance(*before, *after, name)) return false;
    }
  }
  return true;
}

std::string device_id(std::string_view group, std::string_view address) {
  std::string id = "urn:ngsi-ld:Device:";
  append_percent_encoded(id, group);
  id += ':';
  append_percent_encoded(id, address);
  return id;
}

ngsi::Entity device_entity(const DeviceText& text) {
  const Terms& t = terms();
  ngsi::Entity entity;
  entity.id = text.id.empty() ? device_id(text.group, text.address) : text.id;
  entity.types = {t.device};
  auto& list = entity.attributes;
  list.push_back(text_property(t.service_group_name, text.group));
  list.push_back(text_property(t.device_address, text.address));
  if (!text.model.empty()) list.push_back(relationship(t.ref_device_model, text.model));
  if (!text.asset.empty()) list.push_back(relationship(t.controlled_asset, text.asset));
  if (text.simulated) list.push_back(property(t.simulated, "true"));
  list.push_back(text_property(t.device_state, name(text.status)));
  entity.sort_attributes();
  return entity;
}

Result<void> check_address(std::string_view what, std::string_view text) {
  const bool fits = !text.empty() && text.size() <= kLongestAddress && valid_utf8(text) &&
                    std::none_of(text.begin(), text.end(), [](char c) {
                      return c == '/' || c == '+' || c == '#' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                    });
  if (fits) return {};
  return bad(std::string(what) + " must have 1 to 128 bytes without / + # and control characters");
}

ngsi::Attribute property(ngsi::TermId name, std::string value) {
  ngsi::Attribute a;
  a.name = name;
  a.value = std::move(value);
  return a;
}

ngsi::Attribute text_property(ngsi::TermId name, std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return property(name, std::move(json));
}

ngsi::Attribute relationship(ngsi::TermId name, std::string_view id) {
  ngsi::Attribute a = text_property(name, id);
  a.kind = ngsi::AttrKind::kRelationship;
  return a;
}

std::string_view type_of_id(std::string_view id) {
  constexpr std::string_view kUrn = "urn:ngsi-ld:";
  if (id.starts_with(kUrn)) {
    const std::string_view rest = id.substr(kUrn.size());
    const auto type = rest.substr(0, rest.find(':'));
    if (type.size() < rest.size() && ngsi::valid_name(type)) return type;
  }
  return "Thing";
}

store::Decide write_attributes(std::string id, std::vector<ngsi::TermId> types,
                               std::vector<ngsi::Attribute> attributes) {
  ngsi::Entity fragment;
  fragment.id = std::move(id);
  fragment.types = std::move(types);
  fragment.attributes = std::move(attributes);
  fragment.sort_attributes();
  return [fragment = std::move(fragment)](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
    ngsi::Entity next;
    if (current == nullptr) {
      next = fragment;
      ngsi::stamp_new(next, now);
    } else {
      next = ngsi::decode(*current);
      ngsi::Entity added;
      added.attributes = fragment.attributes;
      if (!ngsi::append_attributes(next, std::move(added), false, now).changed) return store::Keep{};
    }
    auto record = ngsi::encode(std::move(next));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

}  // namespace tsunagu::things
