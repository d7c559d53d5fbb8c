// Addresses of endpoints: what a notification can be sent to (clauses 5.2.15, 6.3.8, 7.2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "broker/subscriptions/notice.h"

namespace tsunagu::broker {

struct EndpointAddress {
  std::string scheme, host;  ///< in small letters; the host of IPv6 without brackets
  std::uint16_t port = 0;    ///< the scheme's own when none is written
  std::string path;          ///< with its leading '/', as written
  bool is_mqtt() const { return scheme.starts_with("mqtt"); }
};
/// Parts of http[s]://[user@]host[:port][/path] and mqtt[s]://…; empty for anything else.
std::optional<EndpointAddress> split_endpoint(std::string_view uri);

/// Host and port are ours when they equal one of `own`, or when both are this machine and the ports equal.
bool is_own_address(const EndpointAddress& address, const std::vector<EndpointAddress>& own);

/// BadRequestData for a scheme that nothing is sent by, a topic that cannot be published to, MQTT settings that do not
/// exist, headers that cannot or must not be sent.
Result<void> check_endpoint(const Endpoint& endpoint, bool geojson,
                            const std::vector<std::pair<std::string, std::string>>& receiver_info);

}  // namespace tsunagu::broker
