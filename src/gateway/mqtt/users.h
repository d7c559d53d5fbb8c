// Who may connect to mosquitto, from the registry and the keys.
#pragma once
#include <vector>

#include "base/time.h"
#include "gateway/mqtt/mosquitto_files.h"
#include "store/store.h"
#include "things/registry.h"
#include "trust/sign_in/access_keys.h"

namespace tsunagu::gateway::mqtt {

/// Devices under GROUP/ADDRESS with their newest key; those that speak Sparkplug B may use the topics of their edge
/// node. Programs under the id of their key, for ChirpStack in the groups of their tenant. About 2 µs a key.
std::vector<MqttUser> mqtt_users(const store::Store& store, const things::Registry& registry,
                                 const trust::AccessKeys& keys, Instant now);

}  // namespace tsunagu::gateway::mqtt
