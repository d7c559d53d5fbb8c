// The entities of the simulated region, as they are sent once before the first report.
#include <fmt/format.h>

#include "base/json_object.h"
#include "sim/fleet.h"
#include "sim/lives.h"

namespace tsunagu::sim {
namespace {

std::string model_id(Kind kind) {
  return fmt::format("urn:ngsi-ld:DeviceModel:sim-{}", facts(kind).name);
}

void relationship(JsonObject& entity, std::string_view name, std::string_view id) {
  JsonObject(entity.member(name)).text("type", "Relationship").text("object", id).end();
}

void property(JsonObject& entity, std::string_view name, std::string_view text) {
  JsonObject(entity.member(name)).text("type", "Property").text("value", text).end();
}

void geo(JsonObject& entity, std::string_view name, const Place& place) {
  std::string& out = entity.member(name);
  JsonObject object(out);
  object.text("type", "GeoProperty");
  say_place(object, "value", place);
  object.end();
}

void names(JsonObject& entity, std::string_view ja, std::string_view en) {
  std::string& out = entity.member("name");
  out += R"({"type":"LanguageProperty","languageMap":)";
  JsonObject(out).text("ja", ja).text("en", en).end();
  out += '}';
}

/// Everything that the simulator makes says so itself.
void label(JsonObject& entity) {
  entity.json("simulated", R"({"type":"Property","value":true})");
}

}  // namespace

std::string Fleet::model_entity(Kind kind) {
  const KindFacts& f = facts(kind);
  std::string out;
  JsonObject entity(out);
  entity.text("id", model_id(kind)).text("type", "DeviceModel");
  names(entity, fmt::format("{}（シミュレーション）", f.title), fmt::format("{} (simulation)", f.title_en));
  property(entity, "category", f.category);
  property(entity, "brandName", "Tsunagu simulator");
  label(entity);
  entity.json("expectedInterval", fmt::format(R"({{"type":"Property","value":{},"unitCode":"SEC"}})", f.interval_s));
  std::string& measures = entity.member("measures");
  measures += R"({"type":"Property","value":[)";
  auto add = [&, any = false](const Measure& m) mutable {
    if (any) measures += ',';
    any = true;
    JsonObject each(measures);
    each.text("name", m.name).text_if("unit", m.unit);
    if (m.least != m.most) each.number("least", m.least).number("most", m.most);
    if (m.max_per_second > 0) each.number("maxPerSecond", m.max_per_second);
    if (m.name == "location") each.truth("place", true);
    each.end();
  };
  for (const Measure& m : f.measures) add(m);
  if (!f.mains) add({"batteryLevel", "", 0, 1, 0});
  measures += "]}";
  entity.end();
  return out;
}

std::string Fleet::group_entity(Kind kind) {
  std::string out;
  JsonObject entity(out);
  entity.text("id", fmt::format("urn:ngsi-ld:ServiceGroup:{}", group(kind))).text("type", "ServiceGroup");
  property(entity, "name", group(kind));
  relationship(entity, "refDeviceModel", model_id(kind));
  label(entity);
  entity.end();
  return out;
}

std::string Fleet::asset_id(std::size_t device) const {
  return fmt::format("urn:ngsi-ld:{}:sim:{}", facts(devices_[device].kind).asset_type, address(device));
}

std::string Fleet::device_entity(std::size_t device) const {
  const Kind kind = devices_[device].kind;
  const KindFacts& f = facts(kind);
  const std::string name = address(device);
  std::string out;
  JsonObject entity(out);
  entity.text("id", fmt::format("urn:ngsi-ld:Device:{}:{}", group(kind), name)).text("type", "Device");
  names(entity, fmt::format("{} {}（シミュレーション）", f.title, number(device) + 1),
        fmt::format("{} {} (simulation)", f.title_en, number(device) + 1));
  property(entity, "serviceGroup", group(kind));
  property(entity, "deviceAddress", name);
  property(entity, "serialNumber", fmt::format("SIM-{}", name));
  property(entity, "category", f.category);
  property(entity, "supportedProtocol", "http");
  std::string& measured = entity.member("controlledProperty");
  measured += R"({"type":"Property","value":)";
  std::vector<std::string_view> list;
  for (const Measure& m : f.measures) list.push_back(m.name);
  append_json_texts(measured, list);
  measured += '}';
  if (kind == Kind::kPaddy) entity.json("commands", R"({"type":"Property","value":["gate","weir"]})");
  relationship(entity, "refDeviceModel", model_id(kind));
  if (!f.asset_type.empty()) relationship(entity, "controlledAsset", asset_id(device));
  geo(entity, "location", devices_[device].home);
  label(entity);
  entity.end();
  return out;
}

std::string Fleet::asset_entity(std::size_t device) const {
  const Device& d = devices_[device];
  const KindFacts& f = facts(d.kind);
  if (f.asset_type.empty()) return {};
  const std::size_t n = number(device);
  std::string out;
  JsonObject entity(out);
  entity.text("id", asset_id(device)).text("type", f.asset_type);
  label(entity);
  geo(entity, "location", d.home);
  const auto called = [&](std::string_view ja, std::string_view en) {
    names(entity, fmt::format("{} {}（シミュレーション）", ja, n + 1), fmt::format("{} {} (simulation)", en, n + 1));
  };
  switch (d.kind) {
    case Kind::kWeather:
      names(entity, town_names_[n] + "の気象（シミュレーション）", fmt::format("Weather {} (simulation)", n + 1));
      break;
    case Kind::kPaddy: {
      called("岩見沢の水田", "Paddy");
      entity.json("area",
                  fmt::format(R"({{"type":"Property","value":{},"unitCode":"MTK"}})", fields_[n].paddy.area_m2));
      property(entity, "crop", "Oryza sativa");
      property(entity, "waterManagement", fields_[n].by_hand ? "byHand" : "byRules");
      const LocalTime start = local(settings_.start);
      property(entity, "growthStage", growth_stage(start.of_year));
      property(entity, "headingDate", fmt::format("{}-07-28", start.year));
      entity.json("coldYear", R"({"type":"Property","value":false})");
      relationship(entity, "refGate", fmt::format("urn:ngsi-ld:Device:{}:{}", group(d.kind), address(device)));
      break;
    }
    case Kind::kBus:
      called("バス", "Bus");
      property(entity, "vehicleType", "bus");
      property(entity, "operator", timetable_.vehicles()[n].agency);
      break;
    case Kind::kCow:
      called("乳牛", "Cow");
      property(entity, "species", "dairy cattle");
      break;
    case Kind::kMachine:
      called("工作機械", "Machine tool");
      break;
    case Kind::kPlough:
      called("除雪車", "Snow plough");
      property(entity, "vehicleType", "snowPlough");
      break;
    default:
      called(f.title, f.title_en);
      break;
  }
  entity.end();
  return out;
}

}  // namespace tsunagu::sim
