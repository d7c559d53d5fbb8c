#include <type_traits>

#include "gateway/mqtt/packet_parts.h"

namespace tsunagu::gateway::mqtt {
namespace {

void put_byte(std::string& out, std::uint8_t value) {
  out += static_cast<char>(value);
}
void put_two(std::string& out, std::uint16_t value) {
  put_byte(out, static_cast<std::uint8_t>(value >> 8));
  put_byte(out, static_cast<std::uint8_t>(value));
}
void put_four(std::string& out, std::uint32_t value) {
  put_two(out, static_cast<std::uint16_t>(value >> 16));
  put_two(out, static_cast<std::uint16_t>(value));
}
void put_variable(std::string& out, std::uint32_t value) {
  do {
    const auto low = static_cast<std::uint8_t>(value & 0x7f);
    value >>= 7;
    put_byte(out, value == 0 ? low : static_cast<std::uint8_t>(low | 0x80));
  } while (value != 0);
}
void put_sized(std::string& out, std::string_view text) {
  put_two(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

void put_properties(std::string& out, Version version, const Properties& properties) {
  if (version != Version::k5) return;
  std::string packed;
  for (const Property& property : properties.all) {
    put_byte(packed, static_cast<std::uint8_t>(property.id));
    switch (kind_of(static_cast<std::uint8_t>(property.id))) {
      case PropertyKind::kByte:
        put_byte(packed, static_cast<std::uint8_t>(property.number));
        break;
      case PropertyKind::kTwo:
        put_two(packed, static_cast<std::uint16_t>(property.number));
        break;
      case PropertyKind::kFour:
        put_four(packed, property.number);
        break;
      case PropertyKind::kVariable:
        put_variable(packed, property.number);
        break;
      case PropertyKind::kPair:
        put_sized(packed, property.text);
        put_sized(packed, property.second);
        break;
      default:
        put_sized(packed, property.text);
    }
  }
  put_variable(out, static_cast<std::uint32_t>(packed.size()));
  out += packed;
}

/// Reason and properties at the end of a packet, left out when they say nothing (clause 3.4.2.1).
void put_reason(std::string& out, Version version, std::uint8_t reason, const Properties& properties) {
  if (version != Version::k5 || (reason == 0 && properties.all.empty())) return;
  put_byte(out, reason);
  if (!properties.all.empty()) put_properties(out, version, properties);
}

/// Writes the body, and returns the first byte.
std::uint8_t put_body(std::string& out, Version, const Connect& connect) {
  put_sized(out, "MQTT");
  put_byte(out, static_cast<std::uint8_t>(connect.version));
  std::uint8_t flags = connect.clean_start ? 0x02 : 0;
  if (connect.will) {
    flags |= static_cast<std::uint8_t>(0x04 | connect.will->qos << 3 | (connect.will->retain ? 0x20 : 0));
  }
  if (connect.password) flags |= 0x40;
  if (connect.user) flags |= 0x80;
  put_byte(out, flags);
  put_two(out, connect.keep_alive_s);
  put_properties(out, connect.version, connect.properties);
  put_sized(out, connect.client_id);
  if (connect.will) {
    put_properties(out, connect.version, connect.will->properties);
    put_sized(out, connect.will->topic);
    put_sized(out, connect.will->payload);
  }
  if (connect.user) put_sized(out, *connect.user);
  if (connect.password) put_sized(out, *connect.password);
  return bits(PacketType::kConnect);
}

std::uint8_t put_body(std::string& out, Version version, const Connack& connack) {
  put_byte(out, connack.session_present ? 1 : 0);
  put_byte(out, connack.reason);
  put_properties(out, version, connack.properties);
  return bits(PacketType::kConnack);
}

std::uint8_t put_body(std::string& out, Version version, const Publish& publish) {
  put_sized(out, publish.topic);
  if (publish.qos != 0) put_two(out, publish.id);
  put_properties(out, version, publish.properties);
  out += publish.payload;
  return static_cast<std::uint8_t>(bits(PacketType::kPublish) | (publish.duplicate ? 8 : 0) | publish.qos << 1 |
                                   (publish.retain ? 1 : 0));
}

std::uint8_t put_body(std::string& out, Version version, const Acknowledgement& given) {
  put_two(out, given.id);
  put_reason(out, version, given.reason, given.properties);
  return static_cast<std::uint8_t>(bits(given.type) | (given.type == PacketType::kPubrel ? 2 : 0));
}

std::uint8_t put_body(std::string& out, Version version, const Subscribe& subscribe) {
  put_two(out, subscribe.id);
  put_properties(out, version, subscribe.properties);
  for (const auto& [filter, options] : subscribe.filters) {
    put_sized(out, filter);
    put_byte(out, options);
  }
  return bits(PacketType::kSubscribe) | 2;
}

std::uint8_t put_body(std::string& out, Version version, const Unsubscribe& unsubscribe) {
  put_two(out, unsubscribe.id);
  put_properties(out, version, unsubscribe.properties);
  for (const std::string& filter : unsubscribe.filters) put_sized(out, filter);
  return bits(PacketType::kUnsubscribe) | 2;
}

std::uint8_t put_body(std::string& out, Version version, const Granted& granted) {
  put_two(out, granted.id);
  put_properties(out, version, granted.properties);
  for (const std::uint8_t reason : granted.reasons) put_byte(out, reason);
  return bits(granted.type);
}

std::uint8_t put_body(std::string&, Version, const Ping& ping) {
  return bits(ping.type);
}

std::uint8_t put_body(std::string& out, Version version, const Farewell& farewell) {
  put_reason(out, version, farewell.reason, farewell.properties);
  return bits(farewell.type);
}

}  // namespace

void append(std::string& out, Version version, const Packet& packet) {
  if (const auto* given = std::get_if<Acknowledgement>(&packet); given != nullptr && given->reason == 0) {
    if (version == Version::k311 || given->properties.all.empty()) {  // the one that is sent most
      put_byte(out, static_cast<std::uint8_t>(bits(given->type) | (given->type == PacketType::kPubrel ? 2 : 0)));
      put_byte(out, 2);
      put_two(out, given->id);
      return;
    }
  }
  std::string body;
  const std::uint8_t head = std::visit([&](const auto& one) { return put_body(body, version, one); }, packet);
  put_byte(out, head);
  put_variable(out, static_cast<std::uint32_t>(body.size()));
  out += body;
}

}  // namespace tsunagu::gateway::mqtt
