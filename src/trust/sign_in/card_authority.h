// A small authority for software cards: for tests and the demonstration, not for real people. A folder with its key
// (PKCS #8 under a PIN), its certificate, its CRL and the numbers of revoked cards.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/software_card.h"

namespace tsunagu::trust {

struct CardRequest {
  std::string name;  ///< common name of the subject
  int days = 365;
  bool rsa = false;
  Instant from;                ///< kNoInstant: now
  std::string ocsp;            ///< URL of the responder; "" for none
  bool for_signing_in = true;  ///< false: for encryption, which signing in refuses
};

/// Not thread-safe.
class CardAuthority {
 public:
  /// AlreadyExists when there is one in `folder`.
  static Result<CardAuthority> make(const std::filesystem::path& folder, std::string_view name, std::string_view pin);
  static Result<CardAuthority> open(const std::filesystem::path& folder, std::string_view pin);

  std::filesystem::path certificate_file() const { return folder_ / "ca.pem"; }
  std::filesystem::path crl_file() const { return folder_ / "crl.pem"; }

  Result<SoftwareCard> issue(const CardRequest& request);
  /// Adds the card to the CRL and writes it anew, valid for 30 days.
  Result<void> revoke(std::string_view certificate_der);
  Result<void> write_crl(Instant from, int days);
  /// What a responder answers (OCSP): good or revoked by this authority's list; unknown for others' cards.
  std::string answer_ocsp(std::string_view request_der) const;

 private:
  struct Keys;
  CardAuthority(std::filesystem::path folder, std::shared_ptr<const Keys> keys);
  std::filesystem::path folder_;
  std::shared_ptr<const Keys> keys_;
};

}  // namespace tsunagu::trust
