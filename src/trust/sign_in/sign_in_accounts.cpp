// What is done with accounts that are there: see sign_in.h.
#include <chrono>

#include "trust/sign_in/sign_in.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kResetHolds = 24LL * 3600 * 1'000'000;  // µs

tl::unexpected<Error> busy() {
  return fail(ErrorCode::kUnavailable, "the server works on too many passwords at this moment; try again soon");
}

}  // namespace

void SignIn::end_session(const Visitor& visitor, const SubjectPtr& subject, const std::string& id, Finished done) {
  const SessionPtr session = sessions_.find(id, now());
  if (!session || session->subject->account != subject->account) {
    return done(fail(ErrorCode::kResourceNotFound, "there is no such session, or it has ended already"));
  }
  sessions_.end(id, [this, visitor, subject, id, done = std::move(done)](const Result<void>& ended) {
    if (!ended) return done(ended);
    log(AuditKind::kSignOut, subject, visitor, id == subject->session ? "sign-out" : "revoke session", "ok", id, done);
  });
}

void SignIn::change(const SubjectPtr& by, const Visitor& visitor, const std::string& account, std::string_view action,
                    const std::function<Result<void>(Account&)>& edit, std::function<void(Result<AccountPtr>)> done) {
  accounts_.change(
      account, edit,
      [this, by, visitor, action = std::string(action), done = std::move(done)](const Result<AccountPtr>& changed) {
        if (!changed) return done(changed);
        log(AuditKind::kAccount, by, visitor, action, "ok", (*changed)->name,
            [changed, done](const Result<void>& logged) {
              if (!logged) return done(tl::unexpected(logged.error()));
              done(changed);
            });
      });
}

void SignIn::change_password(Visitor visitor, const SubjectPtr& subject, std::string old_one, std::string new_one,
                             Finished done) {
  const AccountPtr known = accounts_.find(subject->account);
  if (!known) return done(fail(ErrorCode::kForbidden, "only somebody with an account has a password"));
  if (auto problem = password_problem(new_one, known->name)) return done(tl::unexpected(std::move(*problem)));
  if (const auto wait = hold(visitor, known->name, known); wait.count() > 0) {
    return done(fail(ErrorCode::kTooManyRequests,
                     "too many attempts failed; try again in " + std::to_string(wait.count()) + " s"));
  }
  const bool taken = work([this, visitor = std::move(visitor), subject, known, old_one = std::move(old_one),
                           new_one = std::move(new_one), done] {
    if (!known->password.empty() && !password_fits(known->password, old_one, options_.password_cost)) {
      return log(AuditKind::kAccount, subject, visitor, "password", "the old password is wrong", {},
                 [done](const Result<void>&) { done(fail(ErrorCode::kForbidden, "the old password is wrong")); });
    }
    let_in(visitor, known->name, known);
    auto hash = hash_password(new_one, options_.password_cost);
    if (!hash) return done(tl::unexpected(hash.error()));
    change(
        subject, visitor, known->name, "password",
        [&hash](Account& next) -> Result<void> {
          next.password = *hash;
          next.changed = now();
          return {};
        },
        [this, subject, done](const Result<AccountPtr>& changed) {
          if (!changed) return done(tl::unexpected(changed.error()));
          sessions_.end_all(subject->account, subject->session, done);
        });
  });
  if (!taken) done(busy());
}

void SignIn::set_password(const SubjectPtr& by, const Visitor& visitor, const std::string& account,
                          std::string password, Finished done) {
  const std::string name = account_name(account);
  if (auto problem = password_problem(password, name)) return done(tl::unexpected(std::move(*problem)));
  const bool taken = work([this, by, visitor, name, password = std::move(password), done] {
    auto hash = hash_password(password, options_.password_cost);
    if (!hash) return done(tl::unexpected(hash.error()));
    change(
        by, visitor, name, "set password",
        [&hash](Account& next) -> Result<void> {
          next.password = *hash;
          next.changed = now();
          return {};
        },
        [this, name, done](const Result<AccountPtr>& changed) {
          if (!changed) return done(tl::unexpected(changed.error()));
          sessions_.end_all(name, {}, done);
        });
  });
  if (!taken) done(busy());
}

void SignIn::reset(const SubjectPtr& by, const Visitor& visitor, const std::string& account,
                   std::function<void(Result<std::string>)> done) {
  const std::string name = account_name(account);
  const std::string code = new_recovery_codes(1).front();
  change(
      by, visitor, name, "reset",
      [&](Account& next) -> Result<void> {
        const Instant at = now();
        std::erase_if(next.recovery, [at](const RecoveryCode& each) { return each.until != kNoInstant; });
        next.recovery.push_back({recovery_digest(name, code), Instant{at.us + kResetHolds}});
        return {};
      },
      [this, name, code, done = std::move(done)](const Result<AccountPtr>& changed) {
        if (!changed) return done(tl::unexpected(changed.error()));
        sessions_.end_all(name, {}, [code, done](const Result<void>& ended) {
          if (!ended) return done(tl::unexpected(ended.error()));
          done(code);
        });
      });
}

void SignIn::add(const SubjectPtr& by, const Visitor& visitor, Account account, std::string password,
                 std::function<void(Result<AccountPtr>)> done) {
  account.name = account_name(account.name);
  account.made = now();
  if (auto problem = problem_of(account)) return done(tl::unexpected(std::move(*problem)));
  if (!password.empty()) {
    if (auto problem = password_problem(password, account.name)) return done(tl::unexpected(std::move(*problem)));
  }
  const auto finish = [this, by, visitor, done](Account made) {
    accounts_.add(std::move(made), [this, by, visitor, done](const Result<AccountPtr>& added) {
      if (!added) return done(added);
      log(AuditKind::kAccount, by, visitor, "add", "ok", (*added)->name, [added, done](const Result<void>& logged) {
        if (!logged) return done(tl::unexpected(logged.error()));
        done(added);
      });
    });
  };
  if (password.empty()) return finish(std::move(account));
  const bool taken = work([this, account = std::move(account), password = std::move(password), finish, done] {
    auto hash = hash_password(password, options_.password_cost);
    if (!hash) return done(tl::unexpected(hash.error()));
    Account made = account;
    made.password = *hash;
    finish(std::move(made));
  });
  if (!taken) done(busy());
}

void SignIn::remove(const SubjectPtr& by, const Visitor& visitor, const std::string& account, Finished done) {
  const std::string name = account_name(account);
  accounts_.remove(name, [this, by, visitor, name, done = std::move(done)](const Result<AccountPtr>& removed) {
    if (!removed) return done(tl::unexpected(removed.error()));
    sessions_.end_all(name, {}, [this, by, visitor, name, done](const Result<void>& ended) {
      if (!ended) return done(ended);
      log(AuditKind::kAccount, by, visitor, "remove", "ok", name, done);
    });
  });
}

}  // namespace tsunagu::trust
