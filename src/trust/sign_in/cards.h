// Card certificates (X.509, RFC 5280), in the manner of public identity cards: the card signs a challenge; the
// certificate has to come from a configured CA, be valid now, be made for signing in, and not be revoked: by a CRL
// (RFC 5280) or by asking its responder (OCSP, RFC 6960).
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/account.h"

namespace tsunagu::trust {

struct CardOptions {
  std::vector<std::filesystem::path> ca_files;   ///< PEM: certificates of the CAs
  std::vector<std::filesystem::path> crl_files;  ///< PEM; read again when they change
  /// POSTs `body` (application/ocsp-request) to a URL. Empty: no responder is asked.
  std::function<void(std::string url, std::string body, std::function<void(Result<std::string>)> done)> fetch;
};

/// Thread-safe.
class CardVerifier {
 public:
  /// BadRequestData when a file cannot be read or has no certificate in it.
  static Result<std::unique_ptr<CardVerifier>> open(CardOptions options);
  ~CardVerifier();

  /// Did the card with `certificate` (DER) sign `text` (RSA PKCS #1 v1.5 or PSS, or ECDSA, with SHA-256), and does the
  /// certificate hold? Unauthorized with what is wrong. When neither a CRL nor a responder says that it was not
  /// revoked, it does not hold. `done` may be called at once, or on the thread of `fetch`.
  void check(std::string_view certificate, std::string_view text, std::string_view signature, Instant now,
             std::function<void(Result<Card>)> done) const;

 private:
  struct State;
  explicit CardVerifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Base64 of DER, or PEM → DER.
Result<std::string> certificate_der(std::string_view text);

}  // namespace tsunagu::trust
