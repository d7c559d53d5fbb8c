#include "gateway/notify/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/url.h"
#include "broker/subscriptions/endpoint_address.h"

namespace tsunagu::gateway::notify {
namespace {

tl::unexpected<Error> refuse(std::string_view uri, std::string_view why) {
  return bad(fmt::format("\"{}\" is no address to notify: {}", uri, why));
}

bool host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_' || c == ':';
}

// "user:password@host" → both, decoded.
bool read_user(std::string_view authority, Target& target) {
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return true;
  const std::string_view text = authority.substr(0, at);
  const std::size_t colon = text.find(':');
  auto user = percent_decode(text.substr(0, colon));
  auto password = percent_decode(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password || user->find('\0') != std::string::npos || password->find('\0') != std::string::npos)
    return false;
  target.user = std::move(*user);
  target.password = std::move(*password);
  return true;
}

const char* read_topic(std::string_view path, Target& target) {
  auto topic = percent_decode(path.empty() ? path : path.substr(1));
  if (!topic || topic->empty()) return "it has no topic";
  if (topic->size() > 65535) return "its topic is too long";
  if (topic->find_first_of(std::string_view("+#\0", 3)) != std::string::npos)
    return "nothing can be published to a topic with + or #";
  target.path = std::move(*topic);
  return nullptr;
}

}  // namespace

Result<Target> parse_target(std::string_view uri) {
  if (std::any_of(uri.begin(), uri.end(), [](unsigned char c) { return c <= ' ' || c >= 0x7f; }))
    return refuse(uri, "it has a character that must be percent-encoded");
  auto address = broker::split_endpoint(uri);
  if (!address) return refuse(uri, "it is not http://, https://, mqtt:// or mqtts:// with a host");
  if (address->host.size() > 255 || !std::all_of(address->host.begin(), address->host.end(), host_character))
    return refuse(uri, "its host is neither a name nor an address");
  Target target;
  target.mqtt = address->is_mqtt();
  target.tls = address->scheme.ends_with('s');
  target.host = std::move(address->host);
  target.port = address->port;
  const std::string shown = target.host.find(':') == std::string::npos ? target.host : "[" + target.host + "]";
  target.origin = fmt::format("{}://{}:{}", address->scheme, shown, target.port);
  target.host_header = target.port == (target.tls ? 443 : 80) ? shown : fmt::format("{}:{}", shown, target.port);
  const std::string_view rest = uri.substr(uri.find("://") + 3);
  if (!read_user(rest.substr(0, rest.find_first_of("/?#")), target))
    return refuse(uri, "its user is wrongly percent-encoded");
  if (target.mqtt) {
    if (const char* why = read_topic(address->path, target)) return refuse(uri, why);
    return target;
  }
  target.path = address->path.starts_with('/') ? "" : "/";
  target.path += std::string_view(address->path).substr(0, address->path.find('#'));
  return target;
}

}  // namespace tsunagu::gateway::notify
