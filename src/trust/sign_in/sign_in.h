// Signing in: finds out that somebody is who they say, by the means their account has, and begins a session.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/workbench.h"
#include "trust/audit/record.h"
#include "trust/sign_in/access_keys.h"
#include "trust/sign_in/accounts.h"
#include "trust/sign_in/cards.h"
#include "trust/sign_in/passkeys.h"
#include "trust/sign_in/passwords.h"
#include "trust/sign_in/sessions.h"
#include "trust/sign_in/throttle.h"

namespace tsunagu::trust {

struct SignInOptions {
  std::string public_url = "http://127.0.0.1:1026";  ///< what browsers know this server by
  std::string site = "Tsunagu";                      ///< shown by authenticators
  std::shared_ptr<const CardVerifier> cards;         ///< null: nobody signs in by card
  SessionLimits limits;
  PasswordCost password_cost;
  Throttle::Rule account_rule{10, std::chrono::seconds(300)};
  Throttle::Rule address_rule{50, std::chrono::seconds(900)};
  std::size_t hashing_threads = 1, max_waiting = 64;
};

/// Where a request comes from.
struct Visitor {
  std::string peer;     ///< address, without port
  std::string agent;    ///< User-Agent
  std::string device;   ///< what the browser was given when it signed in before; "" for nothing
  std::string request;  ///< method and path
};

struct SignedIn {
  std::string token;   ///< for the session's cookie
  std::string device;  ///< for the browser to be known by; "" when it is known
  SessionPtr session;
  AccountPtr account;
};

/// Why somebody is not let in.
struct Refusal {
  Error error;
  std::string next;                     ///< what is still needed: "code"; "" for nothing
  std::chrono::seconds retry_after{0};  ///< of TooManyRequests
};

/// Thread-safe. Everything that happens is written to the audit log before it is answered.
class SignIn {
 public:
  /// `store` and `auditor` outlive this; stop() before the store stops.
  SignIn(store::Store& store, Auditor& auditor, SignInOptions options);
  ~SignIn();
  void stop();

  const SignInOptions& options() const { return options_; }
  Accounts& accounts() { return accounts_; }
  Sessions& sessions() { return sessions_; }
  AccessKeys& keys() { return keys_; }
  bool has_cards() const { return options_.cards != nullptr; }
  Auditor& auditor() { return auditor_; }

  using Done = std::function<void(tl::expected<SignedIn, Refusal>)>;
  using Finished = std::function<void(Result<void>)>;

  /// `code`: of an authenticator app, or a recovery code; "" when none was given. Strangers who guess are slowed down
  /// without hindering a browser that signed in before. Takes ~100 ms on a thread of its own; Unavailable when too many
  /// wait for it.
  void password(Visitor visitor, const std::string& account, std::string password, std::string code, Done done);
  /// By a recovery code, which also sets the password anew and turns the authenticator app off; other sessions end.
  void recover(Visitor visitor, const std::string& account, std::string code, std::string password, Done done);
  /// One of the accounts that are there to be shown. The caller has made sure that this is allowed here.
  void demonstration(Visitor visitor, const std::string& account, Done done);
  /// What a browser needs to ask for a passkey (JSON); what it answers (canonical JSON).
  std::string passkey_options() { return passkeys_.request_options(now()); }
  void passkey(Visitor visitor, std::string credential, Done done);
  /// A text to be signed by a card, and the id under which the answer is given.
  struct CardChallenge {
    std::string id, text;
  };
  CardChallenge card_challenge();
  /// `certificate` and `signature`: DER, raw. The card must have been enrolled.
  void card(Visitor visitor, std::string id, std::string certificate, std::string signature, Done done);
  /// Begins a session for somebody whose identity has been shown in another way.
  void enter(Visitor visitor, const AccountPtr& account, SignInMethod method, std::string detail, Assurance assurance,
             Done done);
  /// Tells the log that a way in was tried and failed.
  void refuse(const Visitor& visitor, const AccountPtr& account, std::string_view method, Refusal refusal,
              const Done& done);

  /// Ends one of the subject's own sessions.
  void end_session(const Visitor& visitor, const SubjectPtr& subject, const std::string& id, Finished done);
  /// Of the account's owner, who knows the old one (not asked for when there is none yet). Other sessions end.
  void change_password(Visitor visitor, const SubjectPtr& subject, std::string old_one, std::string new_one,
                       Finished done);
  /// Sets a password without asking for the old one: by somebody who may. All sessions end.
  void set_password(const SubjectPtr& by, const Visitor& visitor, const std::string& account, std::string password,
                    Finished done);
  /// A recovery code that holds for a day, to be handed to the owner. All sessions end.
  void reset(const SubjectPtr& by, const Visitor& visitor, const std::string& account,
             std::function<void(Result<std::string>)> done);
  /// Passkeys and cards of the subject's own account. Creation options of a passkey (JSON).
  void passkey_creation(const Visitor& visitor, const SubjectPtr& subject,
                        std::function<void(Result<std::string>)> done);
  void add_passkey(const Visitor& visitor, const SubjectPtr& subject, const std::string& name,
                   const std::string& credential, std::function<void(Result<AccountPtr>)> done);
  void add_card(Visitor visitor, const SubjectPtr& subject, const std::string& id, const std::string& certificate,
                const std::string& signature, std::function<void(Result<AccountPtr>)> done);
  /// Changes an account and writes `action` to the log.
  void change(const SubjectPtr& by, const Visitor& visitor, const std::string& account, std::string_view action,
              const std::function<Result<void>(Account&)>& edit, std::function<void(Result<AccountPtr>)> done);
  /// Adds one; `password` may be "".
  void add(const SubjectPtr& by, const Visitor& visitor, Account account, std::string password,
           std::function<void(Result<AccountPtr>)> done);
  void remove(const SubjectPtr& by, const Visitor& visitor, const std::string& account, Finished done);

  /// An entry of the log about accounts, keys and sessions.
  void log(AuditKind kind, const SubjectPtr& by, const Visitor& visitor, std::string_view action,
           std::string_view outcome, std::string detail, Finished done);

 private:
  std::chrono::seconds hold_address(const Visitor& visitor);
  std::string card_text(std::string_view id) const;
  /// Zero when the attempt may go on; it then counts as failed until let_in().
  std::chrono::seconds hold(const Visitor& visitor, const std::string& account, const AccountPtr& known);
  /// `all`: what failed before does not matter any more.
  void let_in(const Visitor& visitor, const std::string& account, const AccountPtr& known, bool all = true);
  bool knows_device(const AccountPtr& account, const Visitor& visitor) const;
  /// On a thread for long work, or the error that it is busy.
  bool work(std::function<void()> task);

  Auditor& auditor_;
  const SignInOptions options_;
  Accounts accounts_;
  Sessions sessions_;
  AccessKeys keys_;
  Throttle throttle_;
  Passkeys passkeys_;
  Challenges card_challenges_;
  Workbench workbench_;  // last: its work uses the others
};

/// The address of a client without its port; of IPv6 the network (/64), because one client has all of it.
std::string network_of(std::string_view peer);

}  // namespace tsunagu::trust
