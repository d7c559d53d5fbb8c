// What packets are made of. Internal to the codec.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/mqtt/packet.h"

namespace tsunagu::gateway::mqtt {

enum class PropertyKind : std::uint8_t { kNone, kByte, kTwo, kFour, kVariable, kText, kBinary, kPair };

/// kNone: no property has this number.
constexpr PropertyKind kind_of(std::uint8_t id) {
  switch (static_cast<PropertyId>(id)) {
    case PropertyId::kPayloadFormat:
    case PropertyId::kRequestProblemInfo:
    case PropertyId::kRequestResponseInfo:
    case PropertyId::kMaximumQos:
    case PropertyId::kRetainAvailable:
    case PropertyId::kWildcardAvailable:
    case PropertyId::kSubscriptionIdAvailable:
    case PropertyId::kSharedAvailable:
      return PropertyKind::kByte;
    case PropertyId::kServerKeepAlive:
    case PropertyId::kReceiveMaximum:
    case PropertyId::kTopicAliasMaximum:
    case PropertyId::kTopicAlias:
      return PropertyKind::kTwo;
    case PropertyId::kMessageExpiry:
    case PropertyId::kSessionExpiry:
    case PropertyId::kWillDelay:
    case PropertyId::kMaximumPacketSize:
      return PropertyKind::kFour;
    case PropertyId::kSubscriptionId:
      return PropertyKind::kVariable;
    case PropertyId::kContentType:
    case PropertyId::kResponseTopic:
    case PropertyId::kAssignedClientId:
    case PropertyId::kAuthMethod:
    case PropertyId::kResponseInfo:
    case PropertyId::kServerReference:
    case PropertyId::kReasonString:
      return PropertyKind::kText;
    case PropertyId::kCorrelationData:
    case PropertyId::kAuthData:
      return PropertyKind::kBinary;
    case PropertyId::kUserProperty:
      return PropertyKind::kPair;
  }
  return PropertyKind::kNone;
}

/// Longest "remaining length" (clause 1.5.5).
inline constexpr std::uint32_t kLongest = 268'435'455;

inline std::uint8_t bits(PacketType type) {
  return static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) << 4);
}

}  // namespace tsunagu::gateway::mqtt
