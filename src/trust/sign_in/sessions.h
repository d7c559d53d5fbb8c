// Sessions of people who signed in. A session is known by a random token that only the browser has: what is kept of it
// is its digest. Kept in memory and, durably, in the store (collection "trust.sessions"): a restart ends none.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "store/store.h"
#include "trust/audit/chain.h"
#include "trust/subject.h"

namespace tsunagu::trust {

enum class SignInMethod : std::uint8_t { kPassword, kPasswordAndCode, kPasskey, kCard, kProvider, kDemonstration };
std::string_view name(SignInMethod method);  ///< "password", "password+code", "passkey", "card", "provider", "demo"

/// Never changes.
struct Session {
  std::string id;      ///< to tell and to revoke it by; no secret
  SubjectPtr subject;  ///< with account, session, assurance, until, and whom they act for at present
  SignInMethod method = SignInMethod::kPassword;
  std::string detail;  ///< of kProvider: its key
  Instant began;       ///< they showed who they are (auth_time of OpenID Connect)
  std::string peer;    ///< address they came from, without port
  std::string agent;   ///< User-Agent, cut
};
using SessionPtr = std::shared_ptr<const Session>;

struct SessionLimits {
  std::chrono::seconds idle{2 * 3600};       ///< without a request
  std::chrono::seconds absolute{12 * 3600};  ///< in all
  std::size_t per_account = 50;              ///< more: the one that was not used for longest ends
};

/// Thread-safe.
class Sessions {
 public:
  /// Reads those that are kept. `store` outlives this and is stopped before this ends.
  explicit Sessions(store::Store& store, SessionLimits limits = {});

  struct Begun {
    std::string token;  ///< for the cookie; not kept here
    SessionPtr session;
  };
  /// Of `draft` all but id, began and the subject's session and until is given. `done` is called when it is durable.
  void begin(Session draft, Instant now, std::function<void(Result<Begun>)> done);

  /// Whose session it is; null when there is none, or it has ended. No I/O. ~1 µs.
  SubjectPtr who(std::string_view token, Instant now) const;
  SessionPtr by_token(std::string_view token, Instant now) const;
  /// By its id (Subject::session): null when it has ended.
  SessionPtr find(std::string_view id, Instant now) const;

  struct Seen {
    SessionPtr session;
    Instant seen;
  };
  std::vector<Seen> of_account(std::string_view account, Instant now) const;  ///< latest first

  /// Ends at once, `done` (may be empty) when that is durable too. One that is not there any more is a success.
  using Done = std::function<void(Result<void>)>;
  void end(std::string_view id, Done done);
  /// All of an account but one (`except`: id, may be "").
  void end_all(std::string_view account, std::string_view except, Done done);

  /// From now on they act for `person` (URN; "": for nobody). That they may is for the caller to know now, and for
  /// policies with every request. ResourceNotFound when the session has ended.
  void act_for(std::string_view id, std::string person, std::function<void(Result<SessionPtr>)> done);

 private:
  struct Entry {
    SessionPtr session;
    std::atomic<std::int64_t> seen{0};          // µs
    mutable std::atomic<std::int64_t> kept{0};  // `seen` on disk
  };
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const;
  };
  using Entries = std::unordered_map<Digest, std::unique_ptr<Entry>, DigestHash>;

  bool alive(const Entry& entry, Instant now) const;
  const Entry* look(std::string_view token, Instant now) const;
  void save(const Digest& digest, const Session& session, Instant seen, Done done) const;
  void drop(std::vector<Digest> gone, Done done);
  void sweep(Instant now);

  store::Store& store_;
  const SessionLimits limits_;
  mutable std::shared_mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Digest> by_id_;
};

}  // namespace tsunagu::trust
