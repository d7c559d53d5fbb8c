#include "gateway/mqtt/mosquitto_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace tsunagu::gateway::mqtt {
namespace {

/// What a device may do is the same for all, in terms of its user name "GROUP/ADDRESS" (%u): mosquitto then has five
/// lines to look at, however many devices there are.
constexpr std::string_view kDeviceRights =
    "pattern write /json/%u/attrs\n"
    "pattern write /json/%u/attrs/+\n"
    "pattern write /ul/%u/attrs\n"
    "pattern write /ul/%u/attrs/+\n"
    "pattern write /%u/cmdexe\n"
    "pattern read /%u/cmd\n";

std::string who_may_connect(const MosquittoSettings& settings) {
  if (settings.open && settings.anybody) return "allow_anonymous true\n";
  return fmt::format("allow_anonymous false\npassword_file {0}/passwords\nacl_file {0}/rights\n", settings.folder);
}

std::string file_of_passwords(const MosquittoSettings& settings, const std::vector<MqttUser>& users) {
  std::string out = fmt::format("{}:{}\n", kOwnUser, settings.own_verifier);
  if (!settings.open) return out;
  for (const MqttUser& user : users) {
    if (is_mqtt_name(user.name)) out.append(user.name).append(1, ':').append(user.verifier).append(1, '\n');
  }
  return out;
}

std::string file_of_rights(const MosquittoSettings& settings, const std::vector<MqttUser>& users) {
  std::string out = fmt::format("user {}\ntopic readwrite #\n\n", kOwnUser);
  if (!settings.open) return out;
  for (const MqttUser& user : users) {
    if ((user.may_write.empty() && user.may_read.empty()) || !is_mqtt_name(user.name)) continue;
    out += fmt::format("user {}\n", user.name);
    for (const std::string& topic : user.may_write) out += fmt::format("topic write {}\n", topic);
    for (const std::string& topic : user.may_read) out += fmt::format("topic read {}\n", topic);
    out += '\n';
  }
  return out += kDeviceRights;
}

}  // namespace

bool is_mqtt_name(std::string_view name) {
  const auto wrong = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '+' || c == '#' || c == ':'; };
  return !name.empty() && name.size() <= 1000 && trim(name) == name && std::none_of(name.begin(), name.end(), wrong) &&
         name != kOwnUser;
}

MosquittoFiles mosquitto_files(const MosquittoSettings& settings, const std::vector<MqttUser>& users) {
  const Listener& at = settings.listener;
  std::string conf = fmt::format(
      "# Written by Tsunagu at every start; changes are lost.\n"
      "per_listener_settings false\n"
      "user {}\n"
      "{}"
      // Nothing that was acknowledged is thrown away for want of room in a queue. (0, no limit, ends the connection of
      // who publishes what they may not: mosquitto 2.0.11 takes it for a queue that is full.)
      "max_queued_messages 1000000000\n"
      "max_inflight_messages 0\n"
      // A larger packet ends the connection: it is not acknowledged.
      "max_packet_size {}\n"
      "set_tcp_nodelay true\n"
      "persistence true\n"
      "persistence_location {}/\n"
      "autosave_interval 5\n"
      "log_dest stderr\n"
      "log_timestamp false\n"
      "log_type error\n"
      "log_type warning\n"
      "connection_messages false\n"
      "listener {} 127.0.0.1\n"
      "listener {} {}\n",
      settings.system_user, who_may_connect(settings), settings.max_packet, settings.folder, settings.own_port, at.port,
      at.host);
  if (!at.certificate.empty()) {
    conf += fmt::format("certfile {}\nkeyfile {}\ntls_version tlsv1.2\n", at.certificate, at.key);
    if (!at.client_ca.empty()) {
      conf += fmt::format("cafile {}\nrequire_certificate {}\n", at.client_ca, at.require_certificate);
    }
  }
  return {std::move(conf), file_of_passwords(settings, users), file_of_rights(settings, users)};
}

}  // namespace tsunagu::gateway::mqtt
