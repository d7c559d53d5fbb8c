// Passkeys and cards: signing in by them, and those of one's own account.
#include "gateway/sign_in/call.h"
#include "trust/keys.h"

namespace tsunagu::gateway::sign_in {
namespace {

using trust::Account;
using trust::AccountPtr;

void passkey_options(const CallPtr& call) {
  call->send(200, call->sign_in().passkey_options());
}

void passkey(const CallPtr& call) {
  call->sign_in().passkey(call->visitor(), call->body, signed_in(call));
}

void card_challenge(const CallPtr& call) {
  const auto challenge = call->sign_in().card_challenge();
  std::string out;
  JsonObject(out).text("id", challenge.id).text("challenge", trust::to_base64url(challenge.text)).end();
  call->send(200, std::move(out));
}

struct CardAnswer {
  std::string id, certificate, signature;
};
Result<CardAnswer> read_card(const CallPtr& call) {
  const auto certificate = trust::certificate_der(call->text("certificate"));
  const auto signature = trust::from_base64(call->text("signature"));
  if (!certificate || !signature || certificate->empty() || signature->empty()) {
    return bad("the body must have \"id\" (of the challenge), \"certificate\" and \"signature\" (Base64)");
  }
  return CardAnswer{call->text("id"), *certificate, *signature};
}

void card(const CallPtr& call) {
  auto answer = read_card(call);
  if (!answer) return call->refuse(answer.error());
  call->sign_in().card(call->visitor(), std::move(answer->id), std::move(answer->certificate),
                       std::move(answer->signature), signed_in(call));
}

void send_created(const CallPtr& call, const Result<AccountPtr>& changed) {
  if (!changed) return call->refuse(changed.error());
  call->send_empty();
}

AccountPtr own(const CallPtr& call) {
  AccountPtr account = call->sign_in().accounts().find(call->caller()->account);
  if (!account) call->refuse({ErrorCode::kResourceNotFound, "the account was removed"});
  return account;
}

void list_passkeys(const CallPtr& call) {
  const AccountPtr account = own(call);
  if (!account) return;
  std::string out = "[";
  for (const trust::Passkey& passkey : account->passkeys) {
    if (out.size() > 1) out += ',';
    JsonObject each(out);
    each.text("id", passkey.id).text("name", passkey.name);
    trust::put_instant(each, "made", passkey.made);
    trust::put_instant(each, "used", passkey.used);
    each.end();
  }
  call->send(200, out + "]");
}

void passkey_creation(const CallPtr& call) {
  call->sign_in().passkey_creation(call->visitor(), call->caller(), [call](Result<std::string> options) {
    if (!options) return call->refuse(options.error());
    call->send(200, std::move(*options));
  });
}

void add_passkey(const CallPtr& call) {
  const std::string credential(ngsi::walk::member(call->body, "credential"));
  call->sign_in().add_passkey(call->visitor(), call->caller(), call->text("name"), credential,
                              [call](const Result<AccountPtr>& changed) { send_created(call, changed); });
}

/// Takes one out of a list of the account, by what `key` gives of it.
template <class Item, class Key>
void remove_proof(const CallPtr& call, std::vector<Item> Account::*list, Key key, std::string_view action) {
  const std::string& id = call->path.front();
  call->sign_in().change(
      call->caller(), call->visitor(), call->caller()->account, action,
      [&](Account& next) -> Result<void> {
        if (std::erase_if(next.*list, [&](const Item& each) { return each.*key == id; }) == 0) {
          return fail(ErrorCode::kResourceNotFound, "there is none of this id");
        }
        next.changed = now();
        return {};
      },
      [call](const Result<AccountPtr>& changed) { send_created(call, changed); });
}

void remove_passkey(const CallPtr& call) {
  remove_proof(call, &Account::passkeys, &trust::Passkey::id, "passkey removed");
}

void list_cards(const CallPtr& call) {
  const AccountPtr account = own(call);
  if (!account) return;
  std::string out = "[";
  for (const trust::Card& card : account->cards) {
    if (out.size() > 1) out += ',';
    JsonObject each(out);
    each.text("id", card.key).text("subject", card.subject).text("issuer", card.issuer).text("serial", card.serial);
    trust::put_instant(each, "made", card.made);
    trust::put_instant(each, "until", card.until);
    each.end();
  }
  call->send(200, out + "]");
}

void add_card(const CallPtr& call) {
  const auto answer = read_card(call);
  if (!answer) return call->refuse(answer.error());
  call->sign_in().add_card(call->visitor(), call->caller(), answer->id, answer->certificate, answer->signature,
                           [call](const Result<AccountPtr>& changed) { send_created(call, changed); });
}

void remove_card(const CallPtr& call) {
  remove_proof(call, &Account::cards, &trust::Card::key, "card removed");
}

}  // namespace

void add_proof_routes(Router& router, openapi::Document& document, const PartsPtr& parts) {
  document.add_schema("PasskeyOptions", R"({"type":"object"})");
  document.add_schema("PasskeyAnswer", R"({"type":"object","required":["id","response"]})");
  document.add_schema("NewPasskey", R"({"type":"object","required":["name","credential"],"properties":)"
                                    R"({"name":{"type":"string"},"credential":{"type":"object"}}})");
  document.add_schema("Passkeys", R"({"type":"array","items":{"type":"object"}})");
  document.add_schema("CardChallenge",
                      R"({"type":"object","properties":{"id":{"type":"string"},"challenge":{"type":"string"}}})");
  document.add_schema("CardAnswer",
                      R"({"type":"object","required":["id","certificate","signature"],"properties":)"
                      R"({"id":{"type":"string"},"certificate":{"type":"string"},"signature":{"type":"string"}}})");
  document.add_schema("Cards", R"({"type":"array","items":{"type":"object"}})");
  constexpr Who kAll = Who::kAnybody, kOwn = Who::kAccount;
  const Route routes[] = {
      {"POST", "/auth/passkey/options", "passkeyOptions", "What a browser needs to ask for a passkey (WebAuthn)", "",
       "PasskeyOptions", kAll, passkey_options},
      {"POST", "/auth/passkey", "signInByPasskey", "Sign in by passkey", "PasskeyAnswer", "Me", kAll, passkey},
      {"POST", "/auth/card/challenge", "cardChallenge", "A text for a card to sign (base64url)", "", "CardChallenge",
       kAll, card_challenge},
      {"POST", "/auth/card", "signInByCard", "Sign in by card", "CardAnswer", "Me", kAll, card},
      {"GET", "/auth/account/passkeys", "passkeys", "One's passkeys", "", "Passkeys", kOwn, list_passkeys},
      {"POST", "/auth/account/passkeys/options", "passkeyCreation", "What a browser needs to make a passkey", "",
       "PasskeyOptions", kOwn, passkey_creation},
      {"POST", "/auth/account/passkeys", "addPasskey", "Add a passkey", "NewPasskey", "", kOwn, add_passkey},
      {"DELETE", "/auth/account/passkeys/{id}", "removePasskey", "Remove a passkey", "", "", kOwn, remove_passkey},
      {"GET", "/auth/account/cards", "cards", "One's cards", "", "Cards", kOwn, list_cards},
      {"POST", "/auth/account/cards", "addCard", "Enrol a card: it signs a challenge", "CardAnswer", "", kOwn,
       add_card},
      {"DELETE", "/auth/account/cards/{id}", "removeCard", "Remove a card", "", "", kOwn, remove_card},
  };
  for (const Route& route : routes) add(router, document, parts, route);
}

}  // namespace tsunagu::gateway::sign_in
