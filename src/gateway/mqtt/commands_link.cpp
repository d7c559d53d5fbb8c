#include "gateway/mqtt/commands_link.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"
#include "trust/keys.h"

namespace tsunagu::gateway::mqtt {
namespace {

namespace walk = ngsi::walk;

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

/// The parts of topics of ChirpStack's events of downlinks.
struct DownlinkTopic {
  std::string_view group, address, event;
};
std::optional<DownlinkTopic> downlink_topic(std::string_view topic) {
  DownlinkTopic parts;
  if (take_until(topic, '/') != "application") return std::nullopt;
  parts.group = take_until(topic, '/');
  if (take_until(topic, '/') != "device") return std::nullopt;
  parts.address = take_until(topic, '/');
  if (take_until(topic, '/') != "event" || (topic != "ack" && topic != "txack")) return std::nullopt;
  parts.event = topic;
  return parts;
}

/// ChirpStack v4, "Enqueue downlink": bytes that the model's mapping makes, that the command gives itself
/// ({"fPort":…,"data":Base64}), or that ChirpStack's codec makes of `object`.
Result<std::string> downlink(const things::Command& command, const things::Mapping* mapping) {
  std::string out;
  JsonObject object(out);
  object.text("id", command.ticket).text("devEui", command.address);
  if (mapping != nullptr && mapping->knows_command(command.name)) {
    const auto made = mapping->downlink(command.name, command.value);
    if (!made) return tl::unexpected(made.error());
    object.truth("confirmed", made->confirmed).number("fPort", made->port).text("data", trust::to_base64(made->bytes));
  } else if (const std::string_view data = walk::member(command.value, "data"); walk::is_string(data)) {
    const double port = walk::number(walk::member(command.value, "fPort")).value_or(10);
    if (!trust::from_base64(json_string_text(data)) || port < 1 || port > 223) {
      return fail(ErrorCode::kBadRequestData, "a downlink is {\"fPort\":1…223,\"data\":Base64}");
    }
    object.truth("confirmed", walk::member(command.value, "confirmed") != "false");
    object.number("fPort", static_cast<int>(port)).json("data", data);
  } else {
    object.truth("confirmed", true).number("fPort", 10);
    object.json("object", things::command_payload(things::Format::kJson, command.address, command.name, command.value));
  }
  object.end();
  return out;
}

/// Does the device acknowledge the downlink?
bool is_confirmed(const things::Command& command, const things::Mapping* mapping) {
  if (mapping != nullptr && mapping->knows_command(command.name)) return mapping->confirms(command.name);
  return walk::member(command.value, "confirmed") != "false";
}

things::Sending sending_of(const Error& error) {
  return error.code == ErrorCode::kBadRequestData ? things::Sending::kNever : things::Sending::kLater;
}

}  // namespace

Result<Publish> command_message(const things::Command& command, const things::Mapping* mapping, Instant now) {
  Publish message;
  message.qos = 1;
  if (command.way == things::Command::Way::kLorawan) {
    message.topic = "application/" + command.group + "/device/" + command.address + "/command/down";
    auto payload = downlink(command, mapping);
    if (!payload) return tl::unexpected(payload.error());
    message.payload = std::move(*payload);
  } else {
    message.topic = "/" + command.group + "/" + command.address + "/cmd";
    message.payload = things::command_payload(command.format, command.address, command.name, command.value);
  }
  const std::int64_t left = std::clamp<std::int64_t>((command.until.us - now.us) / 1'000'000, 1, 0xfffffffe);
  message.properties.set(PropertyId::kMessageExpiry, static_cast<std::uint32_t>(left));
  return message;
}

things::Commands::Send command_sender(const things::Registry& registry, const std::function<MqttService*()>& service) {
  return [&registry, service](const things::Command& command, const things::Commands::Sent& sent) {
    using things::Sending;
    MqttService* mqtt = service();
    if (mqtt == nullptr) return sent(Sending::kLater, "MQTT has not started yet");
    const bool lorawan = command.way == things::Command::Way::kLorawan;
    const things::DevicePtr device = lorawan ? registry.find_id(command.tenant, command.device) : nullptr;
    auto message = command.way == things::Command::Way::kSparkplug
                       ? mqtt->sparkplug_command(command, now())
                       : command_message(command, device ? device->model->mapping.get() : nullptr, now());
    if (!message) return sent(sending_of(message.error()), message.error().detail);
    mqtt->publish(std::move(*message), [sent, lorawan](const Result<std::uint8_t>& reason) {
      if (!reason) return sent(Sending::kLater, reason.error().detail);
      if (*reason == kNobodyListens) {
        return sent(Sending::kLater, lorawan ? "ChirpStack is not connected" : "the device is not connected");
      }
      if (*reason >= 0x80) return sent(Sending::kLater, reason_text(Version::k5, *reason));
      if (lorawan) return sent(Sending::kHandedOn, "ChirpStack has it, for when the device listens");
      sent(Sending::kDelivered, "");
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

MqttService::Taker downlink_taker(const store::Store& store, const things::Registry& registry,
                                  const std::function<things::Commands*()>& commands) {
  return [&store, &registry, commands](const Publish& message, const MqttService::Done& done) {
    const auto from = downlink_topic(message.topic);
    if (!from) return false;
    things::Commands* engine = commands();
    if (engine == nullptr) return done(fail(ErrorCode::kUnavailable, "commands have not started yet")), true;
    const things::DevicePtr device = device_at(store, registry, from->group, from->address);
    if (!device) return done(fail(ErrorCode::kResourceNotFound, "no such device")), true;
    std::string json;
    if (!append_canonical_json(json, message.payload, 16) || !walk::is_object(json)) {
      return done(fail(ErrorCode::kInvalidRequest, "the payload is no JSON")), true;
    }
    const std::string ticket = json_string_text(walk::member(json, "queueItemId"));
    if (from->event == "ack") {
      const bool has_it = walk::member(json, "acknowledged") == "true";
      engine->heard(device->group->tenant, device->id, ticket,
                    has_it ? things::Sending::kDelivered : things::Sending::kLater,
                    has_it ? "" : "the device did not acknowledge the downlink");
    } else if (const auto command = engine->of_ticket(device->group->tenant, device->id, ticket)) {
      const bool waits = is_confirmed(*command, device->model->mapping.get());  // that is all one can know, else
      engine->heard(device->group->tenant, device->id, ticket,
                    waits ? things::Sending::kHandedOn : things::Sending::kDelivered,
                    waits ? "sent by the gateway; the device has not acknowledged it" : "");
    }
    done({});
    return true;
  };
}

}  // namespace tsunagu::gateway::mqtt
