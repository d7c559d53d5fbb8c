// What a person has allowed a client: an authorization code for a minute, then a family of refresh tokens, one after
// the other (RFC 6749, RFC 9700 clause 4.14.2).
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/keeper.h"
#include "trust/subject.h"

namespace tsunagu::trust {

struct ClientGrant {
  std::string id;
  std::string client;
  std::string account;  ///< sign-in name
  std::string subject;  ///< URN
  std::string session;  ///< of the sign-in; it ends with it unless offline_access was given
  std::string scopes;
  Assurance assurance = Assurance::kNone;
  Instant signed_in;  ///< auth_time
  Instant made, used;
  std::string refresh;               ///< SHA-256 of the refresh token that holds, hex
  std::vector<std::string> earlier;  ///< of the last few that were used

  Instant until() const;  ///< 14 days after it was used, 90 days after it was made
};
using ClientGrantPtr = std::shared_ptr<const ClientGrant>;
std::string to_json(const ClientGrant& grant);
bool read_item(std::string_view json, ClientGrant& grant);

/// A refresh token is "GRANT.SECRET"; every use gives a new one. Thread-safe.
class ClientGrants {
 public:
  explicit ClientGrants(store::Store& store) : kept_(store, "trust.grants") {}

  struct Renewed {
    ClientGrantPtr grant;
    std::string refresh_token;
  };
  using Done = std::function<void(Result<Renewed>)>;
  /// Keeps `grant` (its id is given) and makes its first refresh token.
  void begin(ClientGrant grant, Instant now, Done done);
  /// Takes a refresh token for a new one. Unauthorized when it does not hold: unknown, of another client, too old; or
  /// used before, which says that somebody else has it: then the grant ends, `reused` is called with it first.
  void renew(std::string_view refresh_token, std::string_view client, Instant now,
             const std::function<void(const ClientGrant&)>& reused, Done done);
  /// The grant whose refresh token this is, while it holds; null otherwise. Changes nothing.
  ClientGrantPtr holding(std::string_view refresh_token, Instant now) const;
  ClientGrantPtr find(std::string_view id) const { return kept_.find(id); }
  void end(const std::string& id, std::function<void(Result<void>)> done);
  /// Those of a sign-in that has ended (but for offline_access), of an account that has gone, or that are too old.
  void end_where(const std::function<bool(const ClientGrant&)>& gone);

 private:
  Keeper<ClientGrant> kept_;
};

/// Authorization codes; in memory, a restart forgets them. Thread-safe.
class Codes {
 public:
  static constexpr std::size_t kMost = 20'000;
  struct Code {
    ClientGrant grant;  ///< to be, with its id
    std::string redirect_uri;
    std::string challenge;  ///< PKCE S256
    std::string nonce;
    Instant until;
    bool used = false;
  };
  /// Keeps it for a minute; gives the code. Empty when there are too many.
  std::optional<std::string> keep(Code code, Instant now);
  /// The first time: what it stands for. Again: `used` is true, and what came of it is to be taken back. Empty:
  /// unknown.
  std::optional<Code> take(std::string_view code, Instant now);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, Code> codes_;  // by digest
};

}  // namespace tsunagu::trust
