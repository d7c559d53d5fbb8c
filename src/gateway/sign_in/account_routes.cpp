// What people do with their own account.
#include "gateway/sign_in/call.h"
#include "trust/keys.h"
#include "trust/sign_in/totp.h"

namespace tsunagu::gateway::sign_in {
namespace {

using trust::Account;
using trust::AccountPtr;

void change_password(const CallPtr& call) {
  call->sign_in().change_password(call->visitor(), call->caller(), call->text("old"), call->text("new"),
                                  finished(call));
}

void list_sessions(const CallPtr& call) {
  std::string out = "[";
  for (const auto& [session, seen] : call->sign_in().sessions().of_account(call->caller()->account, now())) {
    if (out.size() > 1) out += ',';
    JsonObject each(out);
    each.text("id", session->id).text("began", to_string(session->began)).text("seen", to_string(seen));
    each.text("until", to_string(session->subject->until)).text("peer", session->peer).text("agent", session->agent);
    each.text("method", name(session->method)).text_if("detail", session->detail);
    each.truth("current", session->id == call->caller()->session).end();
  }
  call->send(200, out + "]");
}

void end_session(const CallPtr& call) {
  const std::string id = call->path.front();
  const bool current = id == call->caller()->session;
  call->sign_in().end_session(call->visitor(), call->caller(), id, [call, current](const Result<void>& ended) {
    if (!ended) return call->refuse(ended.error());
    call->send_empty(current ? std::vector<Header>{call->parts->cookies.clear_session()} : std::vector<Header>());
  });
}

void begin_totp(const CallPtr& call) {
  const std::string secret = trust::new_totp_secret();
  call->sign_in().change(
      call->caller(), call->visitor(), call->caller()->account, "totp begun",
      [&secret](Account& next) -> Result<void> {
        if (!next.totp.empty()) {
          return fail(ErrorCode::kConflict, "an authenticator app is set up: remove it first");
        }
        next.totp_waiting = trust::to_base64url(secret);
        return {};
      },
      [call, secret](const Result<AccountPtr>& changed) {
        if (!changed) return call->refuse(changed.error());
        const std::string uri = trust::totp_uri(secret, (*changed)->name, call->sign_in().options().site);
        std::string out;
        JsonObject answer(out);
        answer.text("secret", trust::to_base32(secret)).text("uri", uri).text("qr", trust::qr_svg(uri).value_or(""));
        answer.end();
        call->send(200, std::move(out));
      });
}

void send_codes(const CallPtr& call, const std::vector<std::string>& codes) {
  std::string out;
  JsonObject answer(out);
  append_json_texts(answer.member("recoveryCodes"), codes);
  answer.end();
  call->send(200, std::move(out));
}

void put_recovery(Account& next, const std::vector<std::string>& codes) {
  std::erase_if(next.recovery, [](const trust::RecoveryCode& each) { return each.until == kNoInstant; });
  for (const std::string& code : codes) next.recovery.push_back({trust::recovery_digest(next.name, code), kNoInstant});
}

void confirm_totp(const CallPtr& call) {
  const std::vector<std::string> codes = trust::new_recovery_codes();
  call->sign_in().change(
      call->caller(), call->visitor(), call->caller()->account, "totp",
      [&](Account& next) -> Result<void> {
        const auto secret = trust::from_base64url(next.totp_waiting);
        if (next.totp_waiting.empty() || !secret) {
          return fail(ErrorCode::kConflict, "begin with POST /auth/account/totp");
        }
        const auto step = trust::totp_step(*secret, call->text("code"), 0, now());
        if (!step) return bad("the code does not fit: look at the app's present one, and at the clock of the device");
        next.totp = std::exchange(next.totp_waiting, {});
        next.totp_step = *step;
        next.changed = now();
        put_recovery(next, codes);
        return {};
      },
      [call, codes](const Result<AccountPtr>& changed) {
        if (!changed) return call->refuse(changed.error());
        send_codes(call, codes);
      });
}

void new_codes(const CallPtr& call) {
  const std::vector<std::string> codes = trust::new_recovery_codes();
  call->sign_in().change(
      call->caller(), call->visitor(), call->caller()->account, "recovery codes",
      [&codes](Account& next) -> Result<void> {
        put_recovery(next, codes);
        return {};
      },
      [call, codes](const Result<AccountPtr>& changed) {
        if (!changed) return call->refuse(changed.error());
        send_codes(call, codes);
      });
}

void remove_totp(const CallPtr& call) {
  if (call->caller()->assurance < trust::Assurance::kStrong) {
    return call->refuse({ErrorCode::kForbidden, "sign in with a code, a passkey or a card to remove this"});
  }
  call->sign_in().change(
      call->caller(), call->visitor(), call->caller()->account, "totp removed",
      [](Account& next) -> Result<void> {
        if (next.totp.empty()) return fail(ErrorCode::kResourceNotFound, "no authenticator app is set up");
        next.totp.clear();
        next.changed = now();
        return {};
      },
      [call](const Result<AccountPtr>& changed) {
        if (!changed) return call->refuse(changed.error());
        call->send_empty();
      });
}

void show(const CallPtr& call) {
  const AccountPtr account = call->sign_in().accounts().find(call->caller()->account);
  if (!account) return call->refuse({ErrorCode::kResourceNotFound, "the account was removed"});
  std::size_t codes = 0;
  for (const trust::RecoveryCode& each : account->recovery) codes += each.until == kNoInstant ? 1 : 0;
  std::string out;
  JsonObject answer(out);
  answer.text("account", account->name).text("id", account->subject).text("name", account->title);
  answer.truth("password", !account->password.empty()).truth("totp", !account->totp.empty());
  answer.number("recoveryCodes", codes).number("passkeys", account->passkeys.size());
  answer.number("cards", account->cards.size()).truth("demonstration", account->demonstration).end();
  call->send(200, std::move(out));
}

}  // namespace

void add_own_account_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("OwnAccount", R"({"type":"object"})");
  document.add_schema("PasswordChange",
                      R"({"type":"object","required":["new"],"properties":{"old":{"type":"string"},"new":)"
                      R"({"type":"string"}}})");
  document.add_schema("Sessions", R"({"type":"array","items":{"type":"object"}})");
  document.add_schema("TotpSetUp", R"({"type":"object","properties":{"secret":{"type":"string"},"uri":)"
                                   R"({"type":"string"},"qr":{"type":"string"}}})");
  document.add_schema("Code", R"({"type":"object","required":["code"],"properties":{"code":{"type":"string"}}})");
  document.add_schema("RecoveryCodes", R"({"type":"object","properties":{"recoveryCodes":{"type":"array","items":)"
                                       R"({"type":"string"}}}})");
  constexpr Who kOwn = Who::kAccount;
  const Route routes[] = {
      {"GET", "/auth/account", "ownAccount", "What the account has: password, codes, passkeys, cards", "", "OwnAccount",
       kOwn, show},
      {"POST", "/auth/account/password", "changePassword", "Change the password; other sessions end", "PasswordChange",
       "", kOwn, change_password},
      {"GET", "/auth/account/sessions", "ownSessions", "Where one is signed in", "", "Sessions", kOwn, list_sessions},
      {"DELETE", "/auth/account/sessions/{id}", "endSession", "End a session", "", "", kOwn, end_session},
      {"POST", "/auth/account/totp", "beginTotp", "Begin to set up an authenticator app", "", "TotpSetUp", kOwn,
       begin_totp},
      {"POST", "/auth/account/totp/confirm", "confirmTotp", "Confirm it by its first code", "Code", "RecoveryCodes",
       kOwn, confirm_totp},
      {"DELETE", "/auth/account/totp", "removeTotp", "Do without the authenticator app", "", "", kOwn, remove_totp},
      {"POST", "/auth/account/recovery", "newRecoveryCodes", "New recovery codes; the old ones hold no more", "",
       "RecoveryCodes", kOwn, new_codes},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

}  // namespace tsunagu::gateway::sign_in
