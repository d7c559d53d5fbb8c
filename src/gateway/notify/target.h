// Where a notification goes: the address of an endpoint taken apart (clauses 5.2.15 and 7.2).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::gateway::notify {

struct Target {
  bool mqtt = false;
  bool tls = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::uint16_t port = 0;
  std::string user, password;  ///< decoded; empty: none
  std::string path;            ///< http: path and query, as sent; mqtt: the topic, decoded
  std::string origin;          ///< "https://example.org:443": targets with the same one can share connections
  std::string host_header;     ///< http: host, and the port where it is not that of the scheme
};

/// BadRequestData for anything but http, https, mqtt and mqtts addresses that can be called as they are: a host, a port
/// in range, printable ASCII only; for mqtt a topic without wildcards.
Result<Target> parse_target(std::string_view uri);

}  // namespace tsunagu::gateway::notify
