#include "gateway/mqtt/commands_link.h"

#include <algorithm>
#include <utility>

#include "base/json_object.h"
#include "base/text.h"

namespace tsunagu::gateway::mqtt {
namespace {

constexpr std::uint8_t kNobodyListens = 0x10;

/// GROUP and ADDRESS of "/GROUP/ADDRESS/cmdexe".
std::optional<std::pair<std::string_view, std::string_view>> answer_topic(std::string_view topic) {
  constexpr std::string_view kEnd = "/cmdexe";
  if (!topic.starts_with('/') || !topic.ends_with(kEnd)) return std::nullopt;
  topic = topic.substr(1, topic.size() - 1 - kEnd.size());
  const std::string_view group = take_until(topic, '/');
  if (group.empty() || topic.empty() || topic.find('/') != std::string_view::npos) return std::nullopt;
  return std::pair{group, topic};
}

things::DevicePtr device_at(const store::Store& store, const things::Registry& registry, std::string_view group,
                            std::string_view address) {
  for (const auto& [tenant, name] : store.tenants()) {
    if (things::DevicePtr device = registry.find(tenant, group, address)) return device;
  }
  return nullptr;
}

/// ChirpStack v4, "Enqueue downlink": its codec makes the bytes of `object`.
std::string downlink(const things::Command& command) {
  std::string out;
  JsonObject object(out);
  object.text("devEui", command.address).truth("confirmed", true).number("fPort", 10);
  object.json("object", things::command_payload(things::Format::kJson, command.address, command.name, command.value));
  object.end();
  return out;
}

}  // namespace

Publish command_message(const things::Command& command, Instant now) {
  Publish message;
  message.qos = 1;
  if (command.lorawan) {
    message.topic = "application/" + command.group + "/device/" + command.address + "/command/down";
    message.payload = downlink(command);
  } else {
    message.topic = "/" + command.group + "/" + command.address + "/cmd";
    message.payload = things::command_payload(command.format, command.address, command.name, command.value);
  }
  const std::int64_t left = std::clamp<std::int64_t>((command.until.us - now.us) / 1'000'000, 1, 0xfffffffe);
  message.properties.set(PropertyId::kMessageExpiry, static_cast<std::uint32_t>(left));
  return message;
}

things::Commands::Send command_sender(const std::function<MqttService*()>& service) {
  return [service](const things::Command& command, const things::Commands::Sent& sent) {
    MqttService* mqtt = service();
    if (mqtt == nullptr) return sent(false, "MQTT has not started yet");
    mqtt->publish(command_message(command, now()), [sent](const Result<std::uint8_t>& reason) {
      if (!reason) return sent(false, reason.error().detail);
      if (*reason == kNobodyListens) return sent(false, "the device is not connected");
      if (*reason >= 0x80) return sent(false, reason_text(Version::k5, *reason));
      sent(true, "");
    });
  };
}

MqttService::Taker answer_taker(const store::Store& store, const things::Registry& registry,
                                const std::function<things::Commands*()>& commands) {
  return [&store, &registry, commands](const Publish& message, const MqttService::Done& done) {
    const auto from = answer_topic(message.topic);
    if (!from) return false;
    things::Commands* engine = commands();
    if (engine == nullptr) return done(fail(ErrorCode::kUnavailable, "commands have not started yet")), true;
    const things::DevicePtr device = device_at(store, registry, from->first, from->second);
    if (!device) return done(fail(ErrorCode::kResourceNotFound, "no such device")), true;
    auto answers = things::read_command_answer(message.payload);
    if (!answers) return done(tl::unexpected(answers.error())), true;
    engine->answer(device->group->tenant, device->id, std::move(*answers), done);
    return true;
  };
}

}  // namespace tsunagu::gateway::mqtt
