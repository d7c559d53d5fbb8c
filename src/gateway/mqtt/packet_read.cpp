#include <fmt/format.h>

#include <algorithm>
#include <bitset>

#include "base/json.h"
#include "gateway/mqtt/packet_parts.h"

namespace tsunagu::gateway::mqtt {
namespace {

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kInvalidRequest, fmt::format("malformed MQTT packet: {}", what));
}

/// Reads forward, big endian. After the first thing that does not fit everything gives nothing, and `wrong` says why.
class PacketBytes {
 public:
  explicit PacketBytes(std::string_view bytes) : rest_(bytes) {}

  bool good() const { return wrong_.empty(); }
  std::string_view wrong() const { return wrong_; }
  bool empty() const { return rest_.empty(); }
  void refuse(std::string_view why) {
    if (wrong_.empty()) wrong_ = why;
    rest_ = {};
  }
  std::string_view take(std::size_t n) {
    if (n > rest_.size()) {
      refuse("it is too short");
      return {};
    }
    const std::string_view part = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return part;
  }
  std::string_view all() { return take(rest_.size()); }
  std::uint8_t byte() {
    const std::string_view one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
  }
  std::uint16_t two() {
    const std::uint8_t high = byte(), low = byte();
    return static_cast<std::uint16_t>(high << 8 | low);
  }
  std::uint32_t four() {
    const std::uint32_t high = two(), low = two();
    return high << 16 | low;
  }
  std::uint32_t variable() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const std::uint8_t one = byte();
      value |= std::uint32_t(one & 0x7f) << shift;
      if ((one & 0x80) == 0) {
        if (one == 0 && shift != 0) refuse("a length is written longer than it need be");
        return value;
      }
    }
    refuse("a length has more than four bytes");
    return 0;
  }
  std::string_view sized() { return take(two()); }
  std::string text() {
    const std::string_view bytes = sized();
    if (bytes.find('\0') != std::string_view::npos || !valid_utf8(bytes)) refuse("a text is not UTF-8, or holds NUL");
    return std::string(good() ? bytes : std::string_view());
  }
  std::uint16_t packet_id() {
    const std::uint16_t id = two();
    if (id == 0) refuse("packet identifier 0");
    return id;
  }

 private:
  std::string_view rest_;
  std::string_view wrong_;
};

std::string read_topic(PacketBytes& in) {
  std::string topic = in.text();
  if (topic.find_first_of("+#") != std::string::npos) in.refuse("wildcards in a topic");
  return topic;
}

std::string read_filter(PacketBytes& in) {
  std::string filter = in.text();
  if (filter.empty()) in.refuse("an empty topic filter");
  return filter;
}

Properties read_properties(PacketBytes& in, Version version) {
  Properties properties;
  if (version != Version::k5) return properties;
  PacketBytes part(in.take(in.variable()));
  std::bitset<256> seen;
  while (in.good() && part.good() && !part.empty()) {
    const std::uint8_t id = part.byte();
    Property property{static_cast<PropertyId>(id), 0, {}, {}};
    switch (kind_of(id)) {
      case PropertyKind::kNone:
        part.refuse("an unknown property");
        break;
      case PropertyKind::kByte:
        property.number = part.byte();
        break;
      case PropertyKind::kTwo:
        property.number = part.two();
        break;
      case PropertyKind::kFour:
        property.number = part.four();
        break;
      case PropertyKind::kVariable:
        property.number = part.variable();
        break;
      case PropertyKind::kText:
        property.text = part.text();
        break;
      case PropertyKind::kBinary:
        property.text = part.sized();
        break;
      case PropertyKind::kPair:
        property.text = part.text();
        property.second = part.text();
        break;
    }
    const bool may_repeat = property.id == PropertyId::kUserProperty || property.id == PropertyId::kSubscriptionId;
    if (seen[id] && !may_repeat) part.refuse("a property that is there twice");
    seen[id] = true;
    properties.all.push_back(std::move(property));
  }
  if (!part.good()) in.refuse(part.wrong());
  return properties;
}

void read_reason(PacketBytes& in, Version version, std::uint8_t& reason, Properties& properties) {
  if (version != Version::k5 || in.empty()) return;
  reason = in.byte();
  if (!in.empty()) properties = read_properties(in, version);
}

Packet read_connect(PacketBytes& in) {
  Connect connect;
  if (in.sized() != "MQTT") in.refuse("another protocol");
  const std::uint8_t level = in.byte();
  if (level != 4 && level != 5) in.refuse("a version that is neither 3.1.1 nor 5");
  connect.version = level == 4 ? Version::k311 : Version::k5;
  const std::uint8_t flags = in.byte();
  connect.clean_start = flags & 0x02;
  if (flags & 0x01) in.refuse("a reserved flag");
  connect.keep_alive_s = in.two();
  connect.properties = read_properties(in, connect.version);
  connect.client_id = in.text();
  if (flags & 0x04) {
    Will will;
    will.qos = flags >> 3 & 3;
    will.retain = flags & 0x20;
    if (will.qos == 3) in.refuse("QoS 3");
    will.properties = read_properties(in, connect.version);
    will.topic = read_topic(in);
    will.payload = in.sized();
    connect.will = std::move(will);
  } else if (flags & 0x38) {
    in.refuse("flags of a will, and none");
  }
  if (flags & 0x80) connect.user = in.text();
  if (flags & 0x40) connect.password = std::string(in.sized());
  if (connect.version == Version::k311 && connect.password && !connect.user) in.refuse("a password without a user");
  return connect;
}

Packet read_connack(PacketBytes& in, Version version) {
  Connack connack;
  const std::uint8_t flags = in.byte();
  if (flags > 1) in.refuse("a reserved flag");
  connack.session_present = flags & 1;
  connack.reason = in.byte();
  // A server that does not know MQTT 5 refuses in the words of 3.1.1: without properties.
  if (!in.empty()) connack.properties = read_properties(in, version);
  return connack;
}

Packet read_publish(PacketBytes& in, Version version, std::uint8_t flags) {
  Publish publish;
  publish.duplicate = flags & 8;
  publish.qos = flags >> 1 & 3;
  publish.retain = flags & 1;
  if (publish.qos == 3) in.refuse("QoS 3");
  publish.topic = read_topic(in);
  if (publish.qos != 0) publish.id = in.packet_id();
  publish.properties = read_properties(in, version);
  if (publish.topic.empty() && !publish.properties.number(PropertyId::kTopicAlias)) in.refuse("an empty topic");
  publish.payload = in.all();
  return publish;
}

Packet read_acknowledgement(PacketBytes& in, Version version, PacketType type) {
  Acknowledgement given;
  given.type = type;
  given.id = in.packet_id();
  read_reason(in, version, given.reason, given.properties);
  return given;
}

Packet read_subscribe(PacketBytes& in, Version version) {
  Subscribe subscribe;
  subscribe.id = in.packet_id();
  subscribe.properties = read_properties(in, version);
  do {
    std::string filter = read_filter(in);
    const std::uint8_t options = in.byte();
    if ((options & 3) == 3 || (options & 0xc0) || (version == Version::k311 && (options & 0xfc))) {
      in.refuse("subscription options that do not exist");
    }
    subscribe.filters.emplace_back(std::move(filter), options);
  } while (in.good() && !in.empty());
  return subscribe;
}

Packet read_unsubscribe(PacketBytes& in, Version version) {
  Unsubscribe unsubscribe;
  unsubscribe.id = in.packet_id();
  unsubscribe.properties = read_properties(in, version);
  do {
    unsubscribe.filters.push_back(read_filter(in));
  } while (in.good() && !in.empty());
  return unsubscribe;
}

Packet read_granted(PacketBytes& in, Version version, PacketType type) {
  Granted granted;
  granted.type = type;
  granted.id = in.packet_id();
  granted.properties = read_properties(in, version);
  for (const char c : in.all()) granted.reasons.push_back(static_cast<std::uint8_t>(c));
  if (granted.reasons.empty() && (type == PacketType::kSuback || version == Version::k5)) in.refuse("no reasons");
  return granted;
}

Packet read_farewell(PacketBytes& in, Version version, PacketType type) {
  Farewell farewell;
  farewell.type = type;
  if (type == PacketType::kAuth && version != Version::k5) in.refuse("AUTH before MQTT 5");
  read_reason(in, version, farewell.reason, farewell.properties);
  return farewell;
}

}  // namespace

std::optional<std::uint32_t> Properties::number(PropertyId id) const {
  const auto found = std::find_if(all.begin(), all.end(), [id](const Property& one) { return one.id == id; });
  return found == all.end() ? std::nullopt : std::optional(found->number);
}

std::string_view Properties::text(PropertyId id) const {
  const auto found = std::find_if(all.begin(), all.end(), [id](const Property& one) { return one.id == id; });
  return found == all.end() ? std::string_view() : std::string_view(found->text);
}

Result<Packet> decode(Version version, std::uint8_t head, std::string_view body) {
  const auto type = static_cast<PacketType>(head >> 4);
  const std::uint8_t flags = head & 0x0f;
  const bool needs_two =
      type == PacketType::kPubrel || type == PacketType::kSubscribe || type == PacketType::kUnsubscribe;
  if (type != PacketType::kPublish && flags != (needs_two ? 2 : 0)) return malformed("flags that its type has not");
  PacketBytes in(body);
  Packet packet;
  switch (type) {
    case PacketType::kConnect:
      packet = read_connect(in);
      break;
    case PacketType::kConnack:
      packet = read_connack(in, version);
      break;
    case PacketType::kPublish:
      packet = read_publish(in, version, flags);
      break;
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      packet = read_acknowledgement(in, version, type);
      break;
    case PacketType::kSubscribe:
      packet = read_subscribe(in, version);
      break;
    case PacketType::kUnsubscribe:
      packet = read_unsubscribe(in, version);
      break;
    case PacketType::kSuback:
    case PacketType::kUnsuback:
      packet = read_granted(in, version, type);
      break;
    case PacketType::kPingreq:
    case PacketType::kPingresp:
      packet = Ping{type};
      break;
    case PacketType::kDisconnect:
    case PacketType::kAuth:
      packet = read_farewell(in, version, type);
      break;
    default:
      return malformed("type 0");
  }
  if (in.good() && !in.empty()) in.refuse("bytes behind its end");
  if (!in.good()) return malformed(in.wrong());
  return packet;
}

Result<std::optional<Packet>> PacketReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(at_);
  std::size_t length = 0, head = 1;
  for (unsigned shift = 0;; shift += 7, ++head) {
    if (shift == 28) return malformed("a length has more than four bytes");
    if (head >= rest.size()) return std::nullopt;
    const auto one = static_cast<std::uint8_t>(rest[head]);
    length |= std::size_t(one & 0x7f) << shift;
    if ((one & 0x80) == 0) break;
  }
  ++head;
  if (head + length > max_packet_) {
    return fail(ErrorCode::kContentTooLarge,
                fmt::format("an MQTT packet of {} bytes; at most {} are taken", head + length, max_packet_));
  }
  if (rest.size() < head + length) {
    if (at_ > buffer_.size() / 2) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
    return std::nullopt;
  }
  auto packet = decode(version_, static_cast<std::uint8_t>(rest[0]), rest.substr(head, length));
  if (!packet) return tl::unexpected(packet.error());
  at_ += head + length;
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  return std::optional<Packet>(std::move(*packet));
}

std::string reason_text(Version version, std::uint8_t reason) {
  const auto name = [&]() -> std::string_view {
    if (version == Version::k311 || reason < 0x80) {
      switch (reason) {
        case 1:
          return "this version of MQTT is not taken";
        case 2:
          return "the client's name is refused";
        case 3:
          return "the server is not available";
        case 4:
          return "wrong user or password";
        case 5:
          return "not authorised";
        case 0x10:
          return "nobody listens to this topic";
        default:
          return "refused";
      }
    }
    switch (reason) {
      case 0x81:
        return "malformed packet";
      case 0x82:
        return "protocol error";
      case 0x84:
        return "this version of MQTT is not taken";
      case 0x85:
        return "the client's name is refused";
      case 0x86:
        return "wrong user or password";
      case 0x87:
        return "not authorised";
      case 0x88:
        return "the server is not available";
      case 0x89:
        return "the server is busy";
      case 0x8a:
        return "banned";
      case 0x8b:
        return "the server is going down";
      case 0x8d:
        return "nothing was heard for too long";
      case 0x8e:
        return "another client took the session over";
      case 0x90:
        return "the topic is refused";
      case 0x95:
        return "the packet is too large";
      case 0x97:
        return "a quota is used up";
      case 0x98:
        return "an administrator ended it";
      default:
        return "refused";
    }
  }();
  return fmt::format("{} (0x{:02x})", name, reason);
}

}  // namespace tsunagu::gateway::mqtt
