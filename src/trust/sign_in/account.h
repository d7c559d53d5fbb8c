// What is known of one account.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "trust/subject.h"

namespace tsunagu::trust {

/// A passkey (WebAuthn credential) of an account.
struct Passkey {
  std::string id;          ///< credential id, base64url
  std::string name;        ///< that its owner gave it
  int algorithm = 0;       ///< COSE: -7 ES256, -8 EdDSA, -257 RS256
  std::string public_key;  ///< as libfido2 keeps it, base64url
  std::uint32_t counter = 0;
  std::vector<std::string> transports;
  Instant made, used;
};

/// A card certificate that was enrolled: known by who issued it and its number.
struct Card {
  std::string key;              ///< digest of issuer and serial number, hex
  std::string subject, issuer;  ///< distinguished names, to show
  std::string serial;           ///< hex
  Instant until;                ///< the certificate's end
  Instant made;
};

/// Somebody at another provider (OpenID Connect).
struct ForeignIdentity {
  std::string provider;  ///< its key
  std::string subject;   ///< "sub"
};

struct RecoveryCode {
  std::string digest;  ///< hex
  Instant until;       ///< kNoInstant: for good
};

/// A text in Japanese, plain Japanese and English.
struct Words {
  std::string ja, easy, en;
};

struct Account {
  std::string name;  ///< sign-in name: 1 to 64 of a-z, 0-9 and . _ @ -
  SubjectKind kind = SubjectKind::kResident;
  std::string subject;  ///< URN of their entity
  std::string title;    ///< name to show
  std::string tenant;
  bool disabled = false;
  bool demonstration = false;
  Words label, about;          ///< of demonstration accounts: who it is, what there is to be seen
  std::string home;            ///< the same: the path where one begins
  std::string password;        ///< Argon2id, as libsodium writes it; "" for none
  std::string totp;            ///< secret, base64url; "" for none
  std::string totp_waiting;    ///< made, not confirmed yet
  std::int64_t totp_step = 0;  ///< of the last code that was taken
  std::vector<RecoveryCode> recovery;
  std::vector<Passkey> passkeys;
  std::vector<Card> cards;
  std::vector<ForeignIdentity> foreign;
  std::vector<std::string> devices;  ///< digests of cookies of browsers that signed in before, latest last
  std::string handle;                ///< user handle of passkeys: 32 random bytes, base64url
  Instant made, changed;             ///< changed: password, factors
};
using AccountPtr = std::shared_ptr<const Account>;

std::string to_json(const Account& account);
bool read_item(std::string_view json, Account& account);

/// As somebody who has just signed in.
Subject subject_of(const Account& account, Assurance assurance);

/// Sign-in names are compared without regard to case.
std::string account_name(std::string_view written);
bool valid_account_name(std::string_view name);

}  // namespace tsunagu::trust
