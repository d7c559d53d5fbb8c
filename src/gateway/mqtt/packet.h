// Control packets of MQTT 3.1.1 and 5 (OASIS standards of those names), in and out, for either side of a connection.
// Pure: no I/O. Nothing throws, whatever the bytes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace tsunagu::gateway::mqtt {

enum class Version : std::uint8_t { k311 = 4, k5 = 5 };

enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kPingreq,
  kPingresp,
  kDisconnect,
  kAuth
};

/// MQTT 5, clause 2.2.2.2.
enum class PropertyId : std::uint8_t {
  kPayloadFormat = 0x01,
  kMessageExpiry = 0x02,
  kContentType = 0x03,
  kResponseTopic = 0x08,
  kCorrelationData = 0x09,
  kSubscriptionId = 0x0b,
  kSessionExpiry = 0x11,
  kAssignedClientId = 0x12,
  kServerKeepAlive = 0x13,
  kAuthMethod = 0x15,
  kAuthData = 0x16,
  kRequestProblemInfo = 0x17,
  kWillDelay = 0x18,
  kRequestResponseInfo = 0x19,
  kResponseInfo = 0x1a,
  kServerReference = 0x1c,
  kReasonString = 0x1f,
  kReceiveMaximum = 0x21,
  kTopicAliasMaximum = 0x22,
  kTopicAlias = 0x23,
  kMaximumQos = 0x24,
  kRetainAvailable = 0x25,
  kUserProperty = 0x26,
  kMaximumPacketSize = 0x27,
  kWildcardAvailable = 0x28,
  kSubscriptionIdAvailable = 0x29,
  kSharedAvailable = 0x2a
};

struct Property {
  PropertyId id;
  std::uint32_t number = 0;  ///< of numeric ones
  std::string text, second;  ///< of the others; `second` is the value of a user property
  bool operator==(const Property&) const = default;
};
/// In their order; each id once, but for user properties and subscription identifiers. Empty in MQTT 3.1.1.
struct Properties {
  std::vector<Property> all;
  std::optional<std::uint32_t> number(PropertyId id) const;
  std::string_view text(PropertyId id) const;  ///< "" when there is none
  void set(PropertyId id, std::uint32_t number) { all.push_back({id, number, {}, {}}); }
  bool operator==(const Properties&) const = default;
};

struct Will {
  std::string topic, payload;
  std::uint8_t qos = 0;
  bool retain = false;
  Properties properties;
  bool operator==(const Will&) const = default;
};
struct Connect {
  Version version = Version::k5;
  bool clean_start = true;
  std::uint16_t keep_alive_s = 0;
  Properties properties;
  std::string client_id;
  std::optional<Will> will;
  std::optional<std::string> user, password;
  bool operator==(const Connect&) const = default;
};
struct Connack {
  bool session_present = false;
  std::uint8_t reason = 0;
  Properties properties;
  bool operator==(const Connack&) const = default;
};
struct Publish {
  std::string topic, payload;
  std::uint16_t id = 0;  ///< 0 with QoS 0
  std::uint8_t qos = 0;
  bool retain = false, duplicate = false;
  Properties properties;
  bool operator==(const Publish&) const = default;
};
/// PUBACK, PUBREC, PUBREL, PUBCOMP.
struct Acknowledgement {
  PacketType type = PacketType::kPuback;
  std::uint16_t id = 0;
  std::uint8_t reason = 0;  ///< MQTT 5
  Properties properties;
  bool operator==(const Acknowledgement&) const = default;
};
struct Subscribe {
  std::uint16_t id = 0;
  Properties properties;
  std::vector<std::pair<std::string, std::uint8_t>> filters;  ///< with their options; in 3.1.1 the QoS
  bool operator==(const Subscribe&) const = default;
};
struct Unsubscribe {
  std::uint16_t id = 0;
  Properties properties;
  std::vector<std::string> filters;
  bool operator==(const Unsubscribe&) const = default;
};
/// SUBACK, UNSUBACK (without reasons in 3.1.1).
struct Granted {
  PacketType type = PacketType::kSuback;
  std::uint16_t id = 0;
  Properties properties;
  std::vector<std::uint8_t> reasons;
  bool operator==(const Granted&) const = default;
};
/// PINGREQ, PINGRESP.
struct Ping {
  PacketType type = PacketType::kPingreq;
  bool operator==(const Ping&) const = default;
};
/// DISCONNECT; AUTH in MQTT 5.
struct Farewell {
  PacketType type = PacketType::kDisconnect;
  std::uint8_t reason = 0;
  Properties properties;
  bool operator==(const Farewell&) const = default;
};

using Packet =
    std::variant<Connect, Connack, Publish, Acknowledgement, Subscribe, Unsubscribe, Granted, Ping, Farewell>;

/// The packet with first byte `head` and what follows its length. `version` is that of the connection; a CONNECT names
/// its own. InvalidRequest says what is malformed.
Result<Packet> decode(Version version, std::uint8_t head, std::string_view body);

/// Appends the packet. Texts must fit their 65,535 bytes, the whole 268,435,455.
void append(std::string& out, Version version, const Packet& packet);

/// Cuts a stream of bytes into packets.
class PacketReader {
 public:
  explicit PacketReader(std::size_t max_packet) : max_packet_(max_packet) {}
  void set_version(Version version) { version_ = version; }
  void add(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole packet; empty until more bytes come. ContentTooLarge for one that is larger than allowed. After an
  /// error the connection is of no use.
  Result<std::optional<Packet>> next();
  std::size_t held() const { return buffer_.size() - at_; }

 private:
  std::size_t max_packet_;
  Version version_ = Version::k5;
  std::string buffer_;
  std::size_t at_ = 0;
};

/// Why a CONNACK refuses, a SUBACK fails …, for a person: "not authorised (0x87)".
std::string reason_text(Version version, std::uint8_t reason);

}  // namespace tsunagu::gateway::mqtt
