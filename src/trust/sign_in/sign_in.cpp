#include "trust/sign_in/sign_in.h"

#include <algorithm>
#include <memory>

#include "trust/audit/chain.h"
#include "trust/keys.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kDevices = 10;  // browsers remembered of one account
constexpr const char* kBusy = "too many people are signing in at this moment; try again in a few seconds";
constexpr const char* kWrong = "the account or the password is wrong";

SubjectPtr stranger(const AccountPtr& account) {
  Subject subject;
  if (account) subject.account = account->name;
  return std::make_shared<const Subject>(std::move(subject));
}

/// A recovery code is used up; false when it is none of them.
bool take_recovery(Account& account, std::string_view code, Instant now) {
  const std::string digest = recovery_digest(account.name, code);
  const auto found = std::find_if(account.recovery.begin(), account.recovery.end(), [&](const RecoveryCode& each) {
    return each.digest == digest && (each.until == kNoInstant || now < each.until);
  });
  if (found == account.recovery.end()) return false;
  account.recovery.erase(found);
  return true;
}

bool take_code(Account& account, std::string_view code, Instant now) {
  const auto secret = from_base64url(account.totp);
  if (secret) {
    if (const auto step = totp_step(*secret, code, account.totp_step, now)) {
      account.totp_step = *step;
      return true;
    }
  }
  return take_recovery(account, code, now);
}

}  // namespace

std::string network_of(std::string_view peer) {
  const auto colon = peer.rfind(':');
  std::string_view address = colon == std::string_view::npos ? peer : peer.substr(0, colon);
  if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
  if (std::count(address.begin(), address.end(), ':') < 2) return std::string(address);
  if (address.starts_with("::ffff:")) return std::string(address.substr(7));
  std::size_t end = 0;
  for (int groups = 0; groups < 4 && end != std::string_view::npos; ++groups) {
    end = address.find(':', end == 0 ? 0 : end + 1);
    if (end != std::string_view::npos && address.substr(end).starts_with("::")) break;
  }
  return std::string(address.substr(0, end)) + "::";
}

SignIn::SignIn(store::Store& store, Auditor& auditor, SignInOptions options)
    : auditor_(auditor),
      options_(std::move(options)),
      accounts_(store),
      sessions_(store, options_.limits),
      keys_(store),
      passkeys_(options_.public_url, options_.site),
      workbench_(options_.hashing_threads, options_.max_waiting) {}

SignIn::~SignIn() {
  stop();
}

void SignIn::stop() {
  workbench_.stop();
}

bool SignIn::work(std::function<void()> task) {
  return workbench_.take(std::move(task));
}

bool SignIn::knows_device(const AccountPtr& account, const Visitor& visitor) const {
  if (!account || visitor.device.empty()) return false;
  const auto& known = account->devices;
  return std::find(known.begin(), known.end(), to_hex(sha256(visitor.device))) != known.end();
}

std::chrono::seconds SignIn::hold(const Visitor& visitor, const std::string& account, const AccountPtr& known) {
  const Instant at = now();
  const bool familiar = knows_device(known, visitor);
  const std::string key = familiar ? "device " + account + " " + to_hex(sha256(visitor.device)) : "account " + account;
  if (const auto wait = throttle_.attempt(key, options_.account_rule, at); wait.count() > 0) return wait;
  const std::string address = "address " + network_of(visitor.peer);
  const auto wait = throttle_.attempt(address, options_.address_rule, at);
  if (wait.count() > 0) throttle_.succeeded(key, false);
  return wait;
}

void SignIn::let_in(const Visitor& visitor, const std::string& account, const AccountPtr& known, bool all) {
  const bool familiar = knows_device(known, visitor);
  throttle_.succeeded(familiar ? "device " + account + " " + to_hex(sha256(visitor.device)) : "account " + account,
                      all);
  throttle_.succeeded("address " + network_of(visitor.peer), false);
}

void SignIn::log(AuditKind kind, const SubjectPtr& by, const Visitor& visitor, std::string_view action,
                 std::string_view outcome, std::string detail, Finished done) {
  AuditRecord record;
  record.kind = kind;
  record.subject = by;
  record.action = action;
  record.tenant = by->tenant;
  record.request = visitor.request;
  record.peer = visitor.peer;
  record.outcome = outcome;
  record.detail = std::move(detail);
  auditor_.record(std::move(record), std::move(done));
}

void SignIn::refuse(const Visitor& visitor, const AccountPtr& account, std::string_view method, Refusal refusal,
                    const Done& done) {
  const std::string outcome = refusal.next.empty() ? refusal.error.detail : "needs a " + refusal.next;
  log(AuditKind::kSignIn, stranger(account), visitor, method, outcome, {},
      [refusal = std::move(refusal), done](const Result<void>&) { done(tl::unexpected(refusal)); });
}

void SignIn::enter(Visitor visitor, const AccountPtr& account, SignInMethod method, std::string detail,
                   Assurance assurance, Done done) {
  if (account->disabled) {
    return refuse(visitor, account, name(method),
                  {{ErrorCode::kUnauthorized, "this account is turned off; ask whoever looks after it"}, {}, {}}, done);
  }
  Session draft;
  draft.subject = std::make_shared<const Subject>(subject_of(*account, assurance));
  draft.method = method;
  draft.detail = std::move(detail);
  draft.peer = network_of(visitor.peer);
  draft.agent = visitor.agent;
  sessions_.begin(std::move(draft), now(),
                  [this, visitor = std::move(visitor), account, done](Result<Sessions::Begun> begun) {
                    if (!begun) return done(tl::unexpected(Refusal{begun.error(), {}, {}}));
                    SignedIn in;
                    in.token = std::move(begun->token);
                    in.session = begun->session;
                    in.account = account;
                    const SessionPtr session = in.session;
                    log(AuditKind::kSignIn, session->subject, visitor, name(session->method), "ok", session->detail,
                        [this, in = std::move(in), done](const Result<void>& logged) mutable {
                          if (logged) return done(std::move(in));
                          sessions_.end(in.session->id, {});
                          done(tl::unexpected(Refusal{logged.error(), {}, {}}));
                        });
                  });
}

void SignIn::password(Visitor visitor, const std::string& account, std::string password, std::string code, Done done) {
  const std::string name = account_name(account);
  const AccountPtr known = valid_account_name(name) ? accounts_.find(name) : nullptr;
  if (const auto wait = hold(visitor, name.substr(0, 64), known); wait.count() > 0) {
    return refuse(
        visitor, known, "password",
        {{ErrorCode::kTooManyRequests, "too many attempts failed; try again in " + std::to_string(wait.count()) +
                                           " s, or sign in by passkey or card"},
         {},
         wait},
        done);
  }
  const bool taken = work([this, visitor, name, known, password = std::move(password), code = std::move(code), done] {
    const bool usable = known && !known->disabled;
    if (!password_fits(usable ? known->password : std::string(), password, options_.password_cost)) {
      return refuse(visitor, known, "password", {{ErrorCode::kUnauthorized, kWrong}, {}, {}}, done);
    }
    const bool two_factors = !known->totp.empty();
    if (two_factors && code.empty()) {
      let_in(visitor, name, known, false);
      return refuse(visitor, known, "password",
                    {{ErrorCode::kUnauthorized, "the code of the authenticator app is needed, too"}, "code", {}}, done);
    }
    std::string device;
    if (!knows_device(known, visitor)) device = random_text(32);
    const auto taken_in = [this, visitor, name, known, two_factors, device, done](const Result<AccountPtr>& changed) {
      if (!changed) {
        if (changed.error().code == ErrorCode::kUnauthorized) {
          return refuse(visitor, known, "password+code", {changed.error(), "code", {}}, done);
        }
        return done(tl::unexpected(Refusal{changed.error(), {}, {}}));
      }
      let_in(visitor, name, known);
      enter(visitor, *changed, two_factors ? SignInMethod::kPasswordAndCode : SignInMethod::kPassword, {},
            two_factors ? Assurance::kStrong : Assurance::kSingle, [device, done](tl::expected<SignedIn, Refusal> in) {
              if (in) in->device = device;
              done(std::move(in));
            });
    };
    if (!two_factors && device.empty()) return taken_in(known);
    const std::string given = code;
    accounts_.change(
        name,
        [&](Account& next) -> Result<void> {
          if (two_factors && !take_code(next, given, now())) {
            return fail(ErrorCode::kUnauthorized, "the code is wrong, too old, or was used already");
          }
          if (!device.empty()) {
            next.devices.push_back(to_hex(sha256(device)));
            if (next.devices.size() > kDevices) next.devices.erase(next.devices.begin());
          }
          return {};
        },
        taken_in);
  });
  if (!taken) done(tl::unexpected(Refusal{{ErrorCode::kUnavailable, kBusy}, {}, std::chrono::seconds(2)}));
}

void SignIn::recover(Visitor visitor, const std::string& account, std::string code, std::string password, Done done) {
  const std::string name = account_name(account);
  const AccountPtr known = valid_account_name(name) ? accounts_.find(name) : nullptr;
  if (const auto wait = hold(visitor, name.substr(0, 64), known); wait.count() > 0) {
    return refuse(
        visitor, known, "recovery",
        {{ErrorCode::kTooManyRequests, "too many attempts failed; try again in " + std::to_string(wait.count()) + " s"},
         {},
         wait},
        done);
  }
  if (auto problem = password_problem(password, name)) {
    return refuse(visitor, known, "recovery", {std::move(*problem), {}, {}}, done);
  }
  const bool taken = work([this, visitor, name, known, code = std::move(code), password = std::move(password), done] {
    auto hash = hash_password(password, options_.password_cost);
    if (!hash) return done(tl::unexpected(Refusal{hash.error(), {}, {}}));
    accounts_.change(
        name,
        [&](Account& next) -> Result<void> {
          if (next.disabled || !take_recovery(next, code, now())) return fail(ErrorCode::kUnauthorized, "");
          next.password = *hash;
          next.totp.clear();
          next.changed = now();
          return {};
        },
        [this, visitor, name, known, done](const Result<AccountPtr>& changed) {
          if (!changed) {
            if (changed.error().code != ErrorCode::kUnauthorized &&
                changed.error().code != ErrorCode::kResourceNotFound) {
              return done(tl::unexpected(Refusal{changed.error(), {}, {}}));
            }
            return refuse(
                visitor, known, "recovery",
                {{ErrorCode::kUnauthorized, "the account or the code is wrong, or the code was used already"}, {}, {}},
                done);
          }
          let_in(visitor, name, known);
          sessions_.end_all(name, {}, [this, visitor, account = *changed, done](const Result<void>& ended) {
            if (!ended) return done(tl::unexpected(Refusal{ended.error(), {}, {}}));
            enter(visitor, account, SignInMethod::kPassword, "recovery", Assurance::kSingle, done);
          });
        });
  });
  if (!taken) done(tl::unexpected(Refusal{{ErrorCode::kUnavailable, kBusy}, {}, std::chrono::seconds(2)}));
}

void SignIn::demonstration(Visitor visitor, const std::string& account, Done done) {
  const AccountPtr known = accounts_.find(account);
  if (!known || !known->demonstration) {
    return refuse(visitor, known, "demo",
                  {{ErrorCode::kUnauthorized, "there is no such demonstration account"}, {}, {}}, done);
  }
  enter(std::move(visitor), known, SignInMethod::kDemonstration, {}, Assurance::kStrong, std::move(done));
}

}  // namespace tsunagu::trust
