#include "trust/mqtt_verifier.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "trust/keys.h"

namespace tsunagu::trust {

std::string mqtt_verifier(std::string_view password) {
  std::string salt(12, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size()));
  std::string salted(password);
  salted += salt;
  std::string digest(64, '\0');
  unsigned size = 0;
  EVP_Digest(salted.data(), salted.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, EVP_sha512(),
             nullptr);
  return "$6$" + to_base64(salt) + "$" + to_base64(digest);
}

}  // namespace tsunagu::trust
