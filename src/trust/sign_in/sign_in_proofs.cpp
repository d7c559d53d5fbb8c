// Signing in by what one holds, a passkey or a card, and adding one to an account: see sign_in.h.
#include <algorithm>

#include "trust/keys.h"
#include "trust/sign_in/document_text.h"
#include "trust/sign_in/sign_in.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kMostProofs = 20;  // passkeys of one account; also cards

Refusal slow_down(std::chrono::seconds wait) {
  return {
      {ErrorCode::kTooManyRequests, "too many attempts failed; try again in " + std::to_string(wait.count()) + " s"},
      {},
      wait};
}

}  // namespace

std::chrono::seconds SignIn::hold_address(const Visitor& visitor) {
  return throttle_.attempt("address " + network_of(visitor.peer), options_.address_rule, now());
}

void SignIn::passkey(Visitor visitor, std::string credential, Done done) {
  const std::string id = Passkeys::id_of(credential);
  const AccountPtr known = accounts_.of_passkey(id);
  if (const auto wait = hold_address(visitor); wait.count() > 0) {
    return refuse(visitor, known, "passkey", slow_down(wait), done);
  }
  if (!known) {
    return refuse(
        visitor, known, "passkey",
        {{ErrorCode::kUnauthorized, "this passkey is not known here, or was removed from its account"}, {}, {}}, done);
  }
  const auto& passkeys = known->passkeys;
  const auto found = std::find_if(passkeys.begin(), passkeys.end(), [&id](const Passkey& p) { return p.id == id; });
  if (found == passkeys.end()) {
    return refuse(visitor, known, "passkey", {{ErrorCode::kUnauthorized, "this passkey was removed"}, {}, {}}, done);
  }
  const Instant at = now();
  const auto shown = passkeys_.shown(credential, *found, known->handle, at);
  if (!shown) return refuse(visitor, known, "passkey", {shown.error(), {}, {}}, done);
  accounts_.change(
      known->name,
      [&](Account& next) -> Result<void> {
        const auto mine =
            std::find_if(next.passkeys.begin(), next.passkeys.end(), [&id](const Passkey& p) { return p.id == id; });
        if (mine == next.passkeys.end()) return fail(ErrorCode::kUnauthorized, "this passkey was removed");
        // Clause 7.2, step 22: one that counts and does not go forward exists twice.
        if ((shown->counter != 0 || mine->counter != 0) && shown->counter <= mine->counter) {
          return fail(ErrorCode::kUnauthorized,
                      "this passkey seems to have been copied: sign in in another way, remove it and add a new one");
        }
        mine->counter = shown->counter;
        mine->used = at;
        return {};
      },
      [this, visitor, known, verified = shown->user_verified, done](const Result<AccountPtr>& changed) {
        if (!changed) return refuse(visitor, known, "passkey", {changed.error(), {}, {}}, done);
        throttle_.succeeded("address " + network_of(visitor.peer), false);
        enter(visitor, *changed, SignInMethod::kPasskey, {}, verified ? Assurance::kStrong : Assurance::kSingle, done);
      });
}

void SignIn::passkey_creation(const Visitor& visitor, const SubjectPtr& subject,
                              std::function<void(Result<std::string>)> done) {
  const AccountPtr known = accounts_.find(subject->account);
  if (!known) return done(fail(ErrorCode::kForbidden, "only somebody with an account has passkeys"));
  if (!known->handle.empty()) return done(passkeys_.creation_options(*known, now()));
  change(
      subject, visitor, known->name, "passkey begun",
      [](Account& next) -> Result<void> {
        if (next.handle.empty()) next.handle = random_text(32);
        return {};
      },
      [this, done = std::move(done)](const Result<AccountPtr>& changed) {
        if (!changed) return done(tl::unexpected(changed.error()));
        done(passkeys_.creation_options(**changed, now()));
      });
}

void SignIn::add_passkey(const Visitor& visitor, const SubjectPtr& subject, const std::string& name,
                         const std::string& credential, std::function<void(Result<AccountPtr>)> done) {
  const AccountPtr known = accounts_.find(subject->account);
  if (!known) return done(fail(ErrorCode::kForbidden, "only somebody with an account has passkeys"));
  if (name.empty() || name.size() > 100)
    return done(bad("\"name\" must have 1 to 100 bytes: what the passkey is kept on"));
  auto made = passkeys_.created(credential, *known, now());
  if (!made) return done(tl::unexpected(made.error()));
  if (accounts_.of_passkey(made->id)) return done(fail(ErrorCode::kAlreadyExists, "this passkey is known already"));
  made->name = name;
  change(
      subject, visitor, known->name, "passkey",
      [&made](Account& next) -> Result<void> {
        if (next.passkeys.size() >= kMostProofs) {
          return fail(ErrorCode::kConflict, "an account has at most 20 passkeys: remove one first");
        }
        next.passkeys.push_back(*made);
        next.changed = now();
        return {};
      },
      std::move(done));
}

std::string SignIn::card_text(std::string_view id) const {
  // The card's holder signs for this site only; and nothing that could mean something elsewhere.
  return "Tsunagu card sign-in\n" + options_.public_url + "\n" + std::string(id);
}

SignIn::CardChallenge SignIn::card_challenge() {
  CardChallenge challenge;
  challenge.id = card_challenges_.make("card", now());
  challenge.text = card_text(challenge.id);
  return challenge;
}

void SignIn::card(Visitor visitor, std::string id, std::string certificate, std::string signature, Done done) {
  if (!options_.cards) {
    return done(tl::unexpected(Refusal{{ErrorCode::kForbidden, "nobody signs in by card here (--card-ca)"}, {}, {}}));
  }
  if (const auto wait = hold_address(visitor); wait.count() > 0) {
    return refuse(visitor, nullptr, "card", slow_down(wait), done);
  }
  if (!card_challenges_.take(id, "card", now())) {
    return refuse(
        visitor, nullptr, "card",
        {{ErrorCode::kUnauthorized, "the challenge was not made here, was used already, or is too old"}, {}, {}}, done);
  }
  options_.cards->check(
      certificate, card_text(id), signature, now(),
      [this, visitor = std::move(visitor), done = std::move(done)](const Result<Card>& card) {
        const AccountPtr known = card ? accounts_.of_card(card->key) : nullptr;
        if (!card) return refuse(visitor, known, "card", {card.error(), {}, {}}, done);
        if (!known) {
          return refuse(visitor, known, "card",
                        {{ErrorCode::kUnauthorized,
                          "the card holds, but belongs to no account here: sign in in another way and enrol it"},
                         {},
                         {}},
                        done);
        }
        throttle_.succeeded("address " + network_of(visitor.peer), false);
        enter(visitor, known, SignInMethod::kCard, {}, Assurance::kCard, done);
      });
}

void SignIn::add_card(Visitor visitor, const SubjectPtr& subject, const std::string& id, const std::string& certificate,
                      const std::string& signature, std::function<void(Result<AccountPtr>)> done) {
  if (!options_.cards) return done(fail(ErrorCode::kForbidden, "nobody signs in by card here (--card-ca)"));
  if (!card_challenges_.take(id, "card", now())) {
    return done(bad("the challenge was not made here, was used already, or is too old"));
  }
  options_.cards->check(
      certificate, card_text(id), signature, now(),
      [this, visitor = std::move(visitor), subject, done = std::move(done)](const Result<Card>& card) {
        // Not Unauthorized: who asks is known.
        if (!card) return done(bad(card.error().detail));
        const AccountPtr holder = accounts_.of_card(card->key);
        if (holder) return done(fail(ErrorCode::kAlreadyExists, "this card is enrolled already"));
        change(
            subject, visitor, subject->account, "card",
            [&card](Account& next) -> Result<void> {
              if (next.cards.size() >= kMostProofs) {
                return fail(ErrorCode::kConflict, "an account has at most 20 cards: remove one first");
              }
              next.cards.push_back(*card);
              next.cards.back().made = next.changed = now();
              return {};
            },
            done);
      });
}

}  // namespace tsunagu::trust
