// What mosquitto keeps of a password.
#pragma once
#include <string>
#include <string_view>

namespace tsunagu::trust {

/// "$6$SALT$DIGEST" of mosquitto's password files: SHA-512 of the password and 12 random bytes. One round: for passwords
/// that cannot be guessed (keys of 256 bits), not for those that people choose.
std::string mqtt_verifier(std::string_view password);

}  // namespace tsunagu::trust
