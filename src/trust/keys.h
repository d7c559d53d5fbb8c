// Keys of the program's own, for what it signs.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::trust {

/// An Ed25519 key pair (RFC 8032), or only its public half. Copies share it. Thread-safe.
class SigningKey {
 public:
  /// A new pair.
  static Result<SigningKey> make();
  /// The pair in `file` (PEM, PKCS #8); made there, readable by its owner only, when there is none.
  static Result<SigningKey> open_or_make(const std::filesystem::path& file);
  /// From PEM, private or public.
  static Result<SigningKey> from_pem(std::string_view pem);

  /// The first 16 hex digits of the SHA-256 of the public key's 32 bytes.
  const std::string& id() const { return id_; }
  std::string public_pem() const;

  /// 64 bytes. Only with a private half. About 30 µs.
  std::string sign(std::string_view text) const;
  bool verify(std::string_view text, std::string_view signature) const;

 private:
  SigningKey(std::shared_ptr<void> key, bool can_sign);
  std::shared_ptr<void> key_;  // EVP_PKEY
  bool can_sign_ = false;
  std::string id_;
};

/// Puts `bytes` into `file`, readable by its owner only, in place of what was there: all or nothing. ReadOnly.
Result<void> write_private(const std::filesystem::path& file, std::string_view bytes);

std::string to_base64(std::string_view bytes);
/// Empty when `text` is no Base64 (RFC 4648 clause 4, with padding).
Result<std::string> from_base64(std::string_view text);

/// RFC 4648 clause 5, without padding: for URLs, tokens, WebAuthn.
std::string to_base64url(std::string_view bytes);
/// Empty when `text` is none: other characters, padding, bits left over that are not zero (so one text for each value).
Result<std::string> from_base64url(std::string_view text);

/// `bytes` random bytes of the system as base64url: ids and secrets. 32 cannot be guessed.
std::string random_text(std::size_t bytes);

}  // namespace tsunagu::trust
