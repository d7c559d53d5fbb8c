// Commands over MQTT: /GROUP/ADDRESS/cmd down, /GROUP/ADDRESS/cmdexe up; to LoRaWAN devices through ChirpStack.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mqtt/service.h"
#include "things/commands.h"
#include "things/mapping.h"

namespace tsunagu::gateway::mqtt {

/// The message that carries a command of a topic or of LoRaWAN. It is thrown away by the server when it would come too
/// late (MQTT 5). `mapping`: of the device's model, may be null. BadRequestData: it cannot be said to this device.
Result<Publish> command_message(const things::Command& command, const things::Mapping* mapping, Instant now);

/// Sends by `service`, once there is one. A command is delivered when the server has taken it for a device that is, or
/// was and will be again, subscribed; MQTT 3.1.1 servers do not say, and are believed. What ChirpStack has waits for
/// the device's next uplink.
things::Commands::Send command_sender(const things::Registry& registry, const std::function<MqttService*()>& service);

/// Takes answers. `commands` may give null as long as there are none yet.
MqttService::Taker answer_taker(const store::Store& store, const things::Registry& registry,
                                const std::function<things::Commands*()>& commands);

/// Takes what ChirpStack says of downlinks: sent (txack), acknowledged by the device or not (ack).
MqttService::Taker downlink_taker(const store::Store& store, const things::Registry& registry,
                                  const std::function<things::Commands*()>& commands);

inline const std::vector<std::string> kAnswerFilters = {"/+/+/cmdexe", "application/+/device/+/event/ack",
                                                        "application/+/device/+/event/txack"};

}  // namespace tsunagu::gateway::mqtt
