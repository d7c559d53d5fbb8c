// Passkeys: W3C Web Authentication Level 3, in the JSON forms that browsers make and take. Discoverable credentials of
// ES256, EdDSA and RS256; attestation is not asked for.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/account.h"
#include "trust/sign_in/challenges.h"

namespace tsunagu::trust {

/// Thread-safe.
class Passkeys {
 public:
  /// The relying party is the host of `public_url`. Browsers know no passkeys of an IP address: a server on 127.0.0.1
  /// is "localhost", and has to be opened as that.
  Passkeys(std::string_view public_url, std::string site);

  const std::string& relying_party() const { return host_; }
  const std::vector<std::string>& origins() const { return origins_; }

  /// PublicKeyCredentialCreationOptionsJSON. The account must have its user handle.
  std::string creation_options(const Account& account, Instant now);
  /// RegistrationResponseJSON (canonical) → the passkey, without name. BadRequestData with what is wrong.
  Result<Passkey> created(std::string_view credential, const Account& account, Instant now);

  /// PublicKeyCredentialRequestOptionsJSON. Names no credentials: so nobody learns which accounts there are.
  std::string request_options(Instant now);
  /// The id (base64url) in an AuthenticationResponseJSON (canonical).
  static std::string id_of(std::string_view credential);
  struct Shown {
    std::uint32_t counter = 0;
    bool user_verified = false;  ///< by PIN, finger or face
  };
  /// Did `passkey` make it? Unauthorized with what is wrong. Uses its challenge up. ~100 µs.
  Result<Shown> shown(std::string_view credential, const Passkey& passkey, std::string_view handle, Instant now);

 private:
  /// The SHA-256 of the client data, when its kind, challenge and origin are right.
  Result<std::string> client_data(std::string_view response, std::string_view type, const std::string& purpose,
                                  Instant now);

  const std::string site_;
  std::string host_;
  std::vector<std::string> origins_;
  Challenges challenges_;
};

}  // namespace tsunagu::trust
