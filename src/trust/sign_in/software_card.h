// A file that stands for a card with a chip: certificate, and private key under a PIN. For tests, the demonstration and
// people without a reader. JSON that a browser can open by itself:
//   {"format":"tsunagu-card-1","certificate":PEM,"algorithm":"ES256"|"RS256",
//    "key":{"kdf":"PBKDF2-SHA256","iterations":…,"salt":…,"cipher":"A256GCM","iv":…,"ciphertext":… with tag}}
// all Base64; under the PIN lies the key as PKCS #8 (DER).
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::trust {

struct SoftwareCard {
  std::string certificate;  ///< DER
  std::string key;          ///< PKCS #8, DER
  bool rsa = false;
};

std::string write_card(const SoftwareCard& card, std::string_view pin, int iterations = 600'000);
/// BadRequestData when the file is none; Unauthorized when the PIN is wrong.
Result<SoftwareCard> open_card(std::string_view file, std::string_view pin);
/// The certificate (DER) in it: needs no PIN.
Result<std::string> card_certificate(std::string_view file);
/// ECDSA (DER) or RSA PKCS #1 v1.5, with SHA-256; `pss`: RSA-PSS. Empty when the key is none.
std::string sign_with_card(const SoftwareCard& card, std::string_view text, bool pss = false);

}  // namespace tsunagu::trust
