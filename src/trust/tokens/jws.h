// Signed tokens (JWS compact, RFC 7515; JWT, RFC 7519) and the keys of their signers (JWK, RFC 7517), held to RFC 8725:
// the key says which algorithms it is for, never the token alone; nothing symmetric and no "none"; whatever a header
// says about where a key could be found (jku, x5u, jwk, x5c) is not looked at.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::trust {

enum class Algorithm : std::uint8_t { kEs256, kRs256, kPs256, kEdDsa };
std::string_view name(Algorithm algorithm);  ///< "ES256", …
std::optional<Algorithm> algorithm_of(std::string_view name);

constexpr std::size_t kMaxTokenBytes = 8192;

/// A token taken apart; nothing of it is proved yet.
struct Jws {
  std::string compact;  ///< as it came
  Algorithm algorithm = Algorithm::kEs256;
  std::string key;     ///< kid; "" when it names none
  std::string type;    ///< typ, in small letters and without "application/"; "" when there is none
  std::string claims;  ///< canonical JSON of an object with distinct members
};
/// Unauthorized for everything that is no token of ours to look at: longer than kMaxTokenBytes, not three parts of
/// base64url, header or claims no JSON object or with a member twice, an algorithm not in the list above, a `crit`.
Result<Jws> read_jws(std::string_view compact);

/// One key: EC P-256, RSA of 2048 to 4096 bits, or Ed25519 (RFC 8037). Immutable; copies share it. Thread-safe.
class TokenKey {
 public:
  /// A new pair for ES256; its id is its thumbprint (RFC 7638).
  static Result<TokenKey> make();
  /// BadRequestData with the reason: other kinds (oct!), weak keys, a point that is not on the curve, use other than
  /// "sig", an `alg` that does not go with it.
  static Result<TokenKey> from_jwk(std::string_view json);

  const std::string& id() const { return id_; }
  bool fits(Algorithm algorithm) const;
  /// Public: with kid, use and alg. Private only of keys made here.
  std::string jwk(bool with_private = false) const;
  /// ES256. `claims`: JSON of an object. Only with a private half. About 40 µs.
  std::string sign(std::string_view type, std::string_view claims) const;
  /// Did this key sign it? About 100 µs (RSA: 30).
  bool verify(const Jws& token) const;

 private:
  struct Material;
  std::shared_ptr<const Material> material_;
  std::string id_;
  std::vector<Algorithm> algorithms_;
};

/// The keys of one signer.
class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<TokenKey> keys) : keys_(std::move(keys)) {}
  /// A JWK Set. Keys of kinds that are not known here are passed over, as the RFC wants it. BadRequestData when it is
  /// no set, or none of its keys can be used.
  static Result<KeySet> from_json(std::string_view json);

  const std::vector<TokenKey>& keys() const { return keys_; }
  /// Has it a key of this id?
  bool has(std::string_view id) const;
  /// By the key that the token names; a token that names none, by any that fits (a few at most).
  bool verify(const Jws& token) const;
  std::string json() const;  ///< public halves

 private:
  std::vector<TokenKey> keys_;
};

}  // namespace tsunagu::trust
