#include "trust/sign_in/secrets.h"

#include <sodium.h>

#include "trust/audit/chain.h"
#include "trust/keys.h"

namespace tsunagu::trust {

std::string random_id() {
  return to_hex(sha256(random_text(16))).substr(0, 16);
}

std::string random_bytes(std::size_t n) {
  return from_base64url(random_text(n)).value_or("");
}

bool same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace tsunagu::trust
