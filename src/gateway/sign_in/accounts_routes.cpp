// Accounts of others: for those with the right "accounts" (the guard asks for it).
#include "gateway/sign_in/call.h"
#include "trust/sign_in/demonstration.h"

namespace tsunagu::gateway::sign_in {
namespace {

using trust::Account;
using trust::AccountPtr;

void put_account(std::string& out, const Account& account) {
  JsonObject each(out);
  each.text("account", account.name).text("kind", name(account.kind)).text("id", account.subject);
  each.text("name", account.title).text("tenant", account.tenant).truth("disabled", account.disabled);
  each.truth("demonstration", account.demonstration).truth("password", !account.password.empty());
  each.truth("totp", !account.totp.empty()).number("passkeys", account.passkeys.size());
  each.number("cards", account.cards.size());
  trust::put_instant(each, "made", account.made);
  each.end();
}

/// Of the tenant that the caller looks after; else it is as if it were not there.
AccountPtr account_of(const CallPtr& call) {
  AccountPtr account = call->sign_in().accounts().find(call->path.front());
  if (account && looks_after(*call->caller(), account->tenant)) return account;
  call->refuse({ErrorCode::kResourceNotFound, "there is no account \"" + call->path.front() + "\""});
  return nullptr;
}

void list(const CallPtr& call) {
  std::string out = "[";
  for (const AccountPtr& account : call->sign_in().accounts().all()) {
    if (!looks_after(*call->caller(), account->tenant)) continue;
    if (out.size() > 1) out += ',';
    put_account(out, *account);
  }
  call->send(200, out + "]");
}

void create(const CallPtr& call) {
  Account account;
  account.name = call->text("account");
  account.kind = trust::kind_named(call->text("kind"));
  account.subject = call->text("id");
  account.title = call->text("name");
  account.tenant = call->text("tenant");
  if (account.tenant.empty() && !call->caller()->everything()) account.tenant = call->caller()->tenant;
  if (!looks_after(*call->caller(), account.tenant)) {
    return call->refuse({ErrorCode::kForbidden, "you look after accounts of your own tenant only"});
  }
  if (!call->parts->store.find_tenant(account.tenant)) {
    return call->refuse({ErrorCode::kNonexistentTenant, "there is no tenant " + account.tenant});
  }
  const bool with_password = !call->text("password").empty();
  call->sign_in().add(call->caller(), call->visitor(), std::move(account), call->text("password"),
                      [call, with_password](const Result<AccountPtr>& added) {
                        if (!added) return call->refuse(added.error());
                        std::string out;
                        put_account(out, **added);
                        if (with_password) return call->send(201, std::move(out));
                        // Without a password they begin with a code.
                        call->sign_in().reset(call->caller(), call->visitor(), (*added)->name,
                                              [call, out](const Result<std::string>& code) {
                                                if (!code) return call->refuse(code.error());
                                                std::string answer = out;
                                                answer.pop_back();
                                                answer += R"(,"code":)";
                                                append_json_string(answer, *code);
                                                call->send(201, answer + "}");
                                              });
                      });
}

/// Accounts that everybody may use: for the operator of the machine only.
void demonstrate(const CallPtr& call) {
  if (!call->caller()->everything()) {
    return call->refuse({ErrorCode::kForbidden, "demonstration accounts are made by the machine's operator"});
  }
  auto wanted = trust::read_demonstration(call->text("accounts"), "accounts");
  if (!wanted) return call->refuse(wanted.error());
  trust::make_demonstration(call->sign_in().accounts(), std::move(*wanted), finished(call));
}

void change(const CallPtr& call) {
  const AccountPtr account = account_of(call);
  if (!account) return;
  const std::string password = call->text("password"), title = call->text("name");
  const auto disabled = ngsi::walk::member(call->body, "disabled");
  if (!password.empty()) {
    return call->sign_in().set_password(call->caller(), call->visitor(), account->name, password, finished(call));
  }
  if (trust::truth_in(call->body, "reset")) {
    return call->sign_in().reset(call->caller(), call->visitor(), account->name,
                                 [call](const Result<std::string>& code) {
                                   if (!code) return call->refuse(code.error());
                                   std::string out;
                                   JsonObject(out).text("code", *code).end();
                                   call->send(200, std::move(out));
                                 });
  }
  if (title.empty() && !ngsi::walk::is_bool(disabled)) {
    return call->refuse({ErrorCode::kBadRequestData, "what can be changed: name, disabled, password; or reset: true"});
  }
  const bool off = disabled == "true";
  call->sign_in().change(
      call->caller(), call->visitor(), account->name, off ? "disable" : "change",
      [&](Account& next) -> Result<void> {
        if (!disabled.empty()) next.disabled = off;
        if (!title.empty()) next.title = title;
        if (auto problem = trust::problem_of(next)) return tl::unexpected(std::move(*problem));
        return {};
      },
      [call, off](const Result<AccountPtr>& changed) {
        if (!changed) return call->refuse(changed.error());
        if (!off) return call->send_empty();
        call->sign_in().sessions().end_all((*changed)->name, {}, finished(call));
      });
}

void remove(const CallPtr& call) {
  const AccountPtr account = account_of(call);
  if (account) call->sign_in().remove(call->caller(), call->visitor(), account->name, finished(call));
}

}  // namespace

void add_accounts_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("Account", R"({"type":"object","required":["account","kind","id","name"],"properties":)"
                                 R"({"account":{"type":"string"},"kind":{"enum":["resident","staff"]},"id":)"
                                 R"({"type":"string","format":"uri"},"name":{"type":"string"},"tenant":)"
                                 R"({"type":"string"},"password":{"type":"string"}}})");
  document.add_schema("Demonstration", R"({"type":"object","required":["accounts"],"properties":{"accounts":)"
                                       R"({"type":"string"}}})");
  document.add_schema("Accounts", R"({"type":"array","items":{"$ref":"#/components/schemas/Account"}})");
  document.add_schema("AccountChange", R"({"type":"object","properties":{"name":{"type":"string"},"disabled":)"
                                       R"({"type":"boolean"},"password":{"type":"string"},"reset":)"
                                       R"({"type":"boolean"}}})");
  const Route routes[] = {
      {"GET", "/auth/accounts", "accounts", "Accounts", "", "Accounts", Who::kAnybody, list},
      {"POST", "/auth/accounts", "addAccount", "Add an account; without a password the answer has a code to begin with",
       "Account", "Account", Who::kAnybody, create},
      {"POST", "/auth/accounts/demonstration", "demonstrationAccounts", "Make demonstration accounts (TOML)",
       "Demonstration", "", Who::kAnybody, demonstrate},
      {"PATCH", "/auth/accounts/{account}", "changeAccount", "Change an account, turn it off, reset it",
       "AccountChange", "", Who::kAnybody, change},
      {"DELETE", "/auth/accounts/{account}", "removeAccount", "Remove an account; its sessions end", "", "",
       Who::kAnybody, remove},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

}  // namespace tsunagu::gateway::sign_in
