#include "gateway/notify/target.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/url.h"

namespace tsunagu::gateway::notify {
namespace {

struct Scheme {
  std::string_view name;
  bool mqtt, tls;
  std::uint16_t port;
};
constexpr Scheme kSchemes[] = {
    {"http", false, false, 80}, {"https", false, true, 443}, {"mqtt", true, false, 1883}, {"mqtts", true, true, 8883}};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

tl::unexpected<Error> refuse(std::string_view uri, std::string_view why) {
  return bad(fmt::format("\"{}\" is no address to notify: {}", uri, why));
}

bool host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
}

// "user:password" → both, decoded.
bool read_user(std::string_view text, Target& target) {
  const std::size_t colon = text.find(':');
  auto user = percent_decode(text.substr(0, colon));
  auto password = percent_decode(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  if (!user || !password || user->find('\0') != std::string::npos || password->find('\0') != std::string::npos)
    return false;
  target.user = std::move(*user);
  target.password = std::move(*password);
  return true;
}

// "host", "host:port", "[::1]:port".
const char* read_host(std::string_view text, const Scheme& scheme, Target& target) {
  std::string_view port;
  bool bracketed = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return "the bracket of its host is not closed";
    target.host = in_lower_case(text.substr(1, end - 1));
    bracketed = true;
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return "after ] comes a port or nothing";
    if (!text.empty()) port = text.substr(1);
  } else {
    const std::size_t colon = text.find(':');
    target.host = in_lower_case(text.substr(0, colon));
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  if (target.host.empty()) return "it has no host";
  const auto allowed = [bracketed](char c) { return host_character(c) || (bracketed && c == ':'); };
  if (target.host.size() > 255 || !std::all_of(target.host.begin(), target.host.end(), allowed))
    return "its host is neither a name nor an address";
  target.port = scheme.port;
  if (!port.empty()) {
    const auto number = parse_number<std::uint16_t>(port);
    if (!number || *number == 0) return "its port is not a number from 1 to 65535";
    target.port = *number;
  }
  const std::string shown = bracketed ? "[" + target.host + "]" : target.host;
  target.origin = fmt::format("{}://{}:{}", scheme.name, shown, target.port);
  target.host_header = target.port == scheme.port ? shown : fmt::format("{}:{}", shown, target.port);
  return nullptr;
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
  const std::size_t colon = uri.find("://");
  const std::string name = in_lower_case(uri.substr(0, colon));
  const auto* scheme =
      std::find_if(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& s) { return s.name == name; });
  if (colon == std::string_view::npos || scheme == std::end(kSchemes))
    return refuse(uri, "it does not begin with http://, https://, mqtt:// or mqtts://");
  Target target;
  target.mqtt = scheme->mqtt;
  target.tls = scheme->tls;
  std::string_view rest = uri.substr(colon + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    if (!read_user(authority.substr(0, at), target)) return refuse(uri, "its user is wrongly percent-encoded");
    authority.remove_prefix(at + 1);
  }
  if (const char* why = read_host(authority, *scheme, target)) return refuse(uri, why);
  if (scheme->mqtt) {
    if (const char* why = read_topic(rest, target)) return refuse(uri, why);
    return target;
  }
  rest = rest.substr(0, rest.find('#'));
  if (!rest.starts_with('/')) target.path = "/";
  target.path += rest;
  return target;
}

}  // namespace tsunagu::gateway::notify
