#include "gateway/mqtt/users.h"

#include <map>
#include <string>
#include <utility>

#include "ngsi/record.h"
#include "things/device_entity.h"

namespace tsunagu::gateway::mqtt {
namespace {

bool speaks_sparkplug(const store::Store& store, store::TenantId tenant, const std::string& id) {
  const ngsi::RecordPtr record = store.find(tenant, id);
  if (!record) return false;
  const ngsi::AttributeView view = record->find(things::terms().supported_protocol);
  return view.data() != nullptr && view.value().find("parkplug") != std::string_view::npos;
}

MqttUser device_user(const store::Store& store, const things::Device& device, const trust::AccessKey& key) {
  MqttUser user{device.group->name + "/" + device.address, key.mqtt, {}, {}};
  if (speaks_sparkplug(store, device.group->tenant, device.id)) {
    const std::string at = "spBv1.0/" + device.group->name + "/";
    user.may_write = {at + "+/" + device.address + "/#"};
    user.may_read = {at + "NCMD/" + device.address, at + "DCMD/" + device.address + "/+", "spBv1.0/STATE/#"};
  }
  return user;
}

MqttUser program_user(const things::Registry& registry, store::TenantId tenant, const trust::AccessKey& key) {
  MqttUser user{key.id, key.mqtt, {}, {}};
  for (const things::GroupPtr& group : registry.groups(tenant)) {
    const std::string at = "application/" + group->name + "/device/+/";
    user.may_write.push_back(at + "event/+");
    user.may_read.push_back(at + "command/down");
  }
  return user;
}

}  // namespace

std::vector<MqttUser> mqtt_users(const store::Store& store, const things::Registry& registry,
                                 const trust::AccessKeys& keys, Instant now) {
  std::map<std::string, std::pair<Instant, MqttUser>> newest;  // by name
  for (const trust::AccessKeyPtr& key : keys.all()) {
    if (key->mqtt.empty() || (key->until != kNoInstant && key->until <= now)) continue;
    const auto tenant = store.find_tenant(key->subject->tenant);
    if (!tenant) continue;
    MqttUser user;
    if (key->subject->kind == trust::SubjectKind::kDevice) {
      const things::DevicePtr device = registry.find_id(*tenant, key->subject->id);
      if (!device) continue;
      user = device_user(store, *device, *key);
    } else if (key->subject->kind == trust::SubjectKind::kProgram) {
      user = program_user(registry, *tenant, *key);
    } else {
      continue;
    }
    if (!is_mqtt_name(user.name)) continue;
    auto& [made, best] = newest[user.name];
    if (best.name.empty() || made <= key->made) {
      made = key->made;
      best = std::move(user);
    }
  }
  std::vector<MqttUser> users;
  users.reserve(newest.size());
  for (auto& [name, one] : newest) users.push_back(std::move(one.second));
  return users;
}

}  // namespace tsunagu::gateway::mqtt
