#include "broker/subscriptions/endpoint_address.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "base/uri.h"
#include "base/url.h"

namespace tsunagu::broker {
namespace {

struct Scheme {
  std::string_view name;
  std::uint16_t port;
};
constexpr std::array kSchemes{Scheme{"http", 80}, Scheme{"https", 443}, Scheme{"mqtt", 1883}, Scheme{"mqtts", 8883}};

/// What HTTP itself decides, and what carries the notice's own name.
constexpr std::array<std::string_view, 6> kReservedHeaders{"Host",       "Content-Length", "Transfer-Encoding",
                                                           "Connection", "Expect",         "Idempotency-Key"};

std::string small_letters(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "0.0.0.0" || host == "::" ||
         host.ends_with(".localhost");
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}
bool is_field_value(std::string_view text) {
  return trim(text).size() == text.size() && std::ranges::none_of(text, [](char c) {
           return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
         });
}

Result<void> wrong(std::string_view what) {
  return bad("Subscription: notification.endpoint" + std::string(what));
}

Result<void> check_mqtt(const Endpoint& endpoint, const EndpointAddress& address, bool geojson) {
  if (geojson) return wrong(".accept: over MQTT there are application/json and application/ld+json");
  const auto topic =
      percent_decode(std::string_view(address.path).substr(std::min<std::size_t>(1, address.path.size())));
  if (!topic || topic->empty() || topic->size() > 65535 || topic->find('\0') != topic->npos) {
    return wrong(".uri: an MQTT address ends in a topic, mqtt://host/topic/subtopic");
  }
  if (topic->find_first_of("+#") != topic->npos) return wrong(".uri: nothing can be published to a topic with + or #");
  for (const auto& [key, value] : endpoint.notifier_info) {
    if (key == "MQTT-QoS" && value != "0" && value != "1" && value != "2")
      return wrong(".notifierInfo: MQTT-QoS is 0, 1 or 2");
    if (key == "MQTT-Version" && value != "mqtt3.1.1" && value != "mqtt5.0")
      return wrong(".notifierInfo: MQTT-Version is mqtt3.1.1 or mqtt5.0");
  }
  return {};
}

}  // namespace

std::optional<EndpointAddress> split_endpoint(std::string_view uri) {
  if (!is_absolute_uri(uri)) return std::nullopt;
  EndpointAddress address;
  const std::size_t colon = uri.find("://");
  if (colon == uri.npos) return std::nullopt;
  address.scheme = small_letters(uri.substr(0, colon));
  const auto scheme = std::ranges::find(kSchemes, std::string_view(address.scheme), &Scheme::name);
  if (scheme == kSchemes.end()) return std::nullopt;
  std::string_view rest = uri.substr(colon + 3);
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  address.path = rest.substr(slash);
  std::string_view authority = rest.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) return std::nullopt;
    address.host = small_letters(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
  } else {
    const std::size_t end = std::min(authority.find(':'), authority.size());
    address.host = small_letters(authority.substr(0, end));
    port = authority.substr(end);
  }
  if (address.host.empty()) return std::nullopt;
  address.port = scheme->port;
  if (!port.empty() && port != ":") {
    const auto number = port.front() == ':' ? parse_number<std::uint16_t>(port.substr(1)) : std::nullopt;
    if (!number || *number == 0) return std::nullopt;
    address.port = *number;
  }
  return address;
}

bool is_own_address(const EndpointAddress& address, const std::vector<EndpointAddress>& own) {
  return !address.is_mqtt() && std::ranges::any_of(own, [&](const EndpointAddress& mine) {
    return mine.port == address.port &&
           (mine.host == address.host || (is_this_machine(mine.host) && is_this_machine(address.host)));
  });
}

Result<void> check_endpoint(const Endpoint& endpoint, bool geojson,
                            const std::vector<std::pair<std::string, std::string>>& receiver_info) {
  const auto address = split_endpoint(endpoint.uri);
  if (!address) return wrong(".uri must be given: an address of http, https, mqtt or mqtts with a host");
  if (address->is_mqtt()) return check_mqtt(endpoint, *address, geojson);
  for (const auto& [key, value] : receiver_info) {
    if (!is_token(key) || !is_field_value(value))
      return wrong(".receiverInfo: cannot be sent as an HTTP header: " + key);
    if (std::ranges::any_of(kReservedHeaders, [&](std::string_view name) { return equal_ignoring_case(name, key); })) {
      return wrong(".receiverInfo: this header is not for subscriptions to set: " + key);
    }
  }
  return {};
}

}  // namespace tsunagu::broker
