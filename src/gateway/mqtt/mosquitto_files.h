// The files that mosquitto is run with. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::gateway::mqtt {

/// Who may connect: a device under "GROUP/ADDRESS", or another program.
struct MqttUser {
  std::string name;
  std::string verifier;                          ///< of the password: mqtt_verifier() of trust/sign_in/access_keys.h
  std::vector<std::string> may_write, may_read;  ///< topics beside those that every device has; rarely any
  bool operator==(const MqttUser&) const = default;
};

/// How mosquitto is reached. TLS when there is a certificate.
struct Listener {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1883;
  std::string certificate, key;  ///< PEM files
  std::string client_ca;         ///< PEM file: clients may show a certificate of these; "": none is asked for
  bool require_certificate = false;
};

struct MosquittoFiles {
  std::string configuration, passwords, rights;
};

/// The user that Tsunagu itself is.
inline constexpr std::string_view kOwnUser = "tsunagu";

struct MosquittoSettings {
  Listener listener;
  std::uint16_t own_port = 0;  ///< of 127.0.0.1, for Tsunagu itself
  std::string folder;          ///< absolute: where everything of mosquitto is
  std::string system_user;     ///< that mosquitto runs as
  std::string own_verifier;    ///< of kOwnUser
  bool open = false;           ///< others than Tsunagu may connect
  bool anybody = false;        ///< without a password, everything: where sign-in is off
  std::size_t max_packet = 1u << 20;
};
/// A name with a control character, ':' or a wildcard is left out.
MosquittoFiles mosquitto_files(const MosquittoSettings& settings, const std::vector<MqttUser>& users);

/// May `name` be the user of a device: neither empty nor with '+', '#', ':', control characters, spaces at its ends.
bool is_mqtt_name(std::string_view name);

}  // namespace tsunagu::gateway::mqtt
