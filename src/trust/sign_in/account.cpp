#include "trust/sign_in/account.h"

#include "trust/sign_in/document_text.h"

namespace tsunagu::trust {
namespace {

template <class Items, class Write>
void put_list(JsonObject& object, std::string_view name, const Items& items, Write write) {
  if (items.empty()) return;
  std::string& out = object.member(name);
  out += '[';
  for (const auto& item : items) {
    if (&item != &items.front()) out += ',';
    JsonObject each(out);
    write(each, item);
    each.end();
  }
  out += ']';
}

void put_words(JsonObject& object, std::string_view name, const Words& words) {
  if (words.ja.empty()) return;
  JsonObject(object.member(name)).text("ja", words.ja).text("easy", words.easy).text("en", words.en).end();
}

Words read_words(std::string_view json, std::string_view name) {
  const auto words = ngsi::walk::member(json, name);
  return {text_in(words, "ja"), text_in(words, "easy"), text_in(words, "en")};
}

Passkey read_passkey(std::string_view json) {
  Passkey passkey;
  passkey.id = text_in(json, "id");
  passkey.name = text_in(json, "name");
  passkey.algorithm = static_cast<int>(number_in(json, "algorithm"));
  passkey.public_key = text_in(json, "key");
  passkey.counter = static_cast<std::uint32_t>(number_in(json, "counter"));
  each_in(json, "transports",
          [&passkey](std::string_view text) { passkey.transports.push_back(json_string_text(text)); });
  passkey.made = instant_in(json, "made");
  passkey.used = instant_in(json, "used");
  return passkey;
}

Card read_card(std::string_view json) {
  Card card;
  card.key = text_in(json, "key");
  card.subject = text_in(json, "subject");
  card.issuer = text_in(json, "issuer");
  card.serial = text_in(json, "serial");
  card.until = instant_in(json, "until");
  card.made = instant_in(json, "made");
  return card;
}

}  // namespace

std::string to_json(const Account& a) {
  std::string out;
  JsonObject object(out);
  object.text("name", a.name).text("kind", name(a.kind)).text("subject", a.subject).text("title", a.title);
  object.text_if("tenant", a.tenant);
  if (a.disabled) object.truth("disabled", true);
  if (a.demonstration) object.truth("demonstration", true);
  put_words(object, "label", a.label);
  put_words(object, "about", a.about);
  object.text_if("home", a.home);
  object.text_if("password", a.password).text_if("totp", a.totp).text_if("totpWaiting", a.totp_waiting);
  if (a.totp_step != 0) object.number("totpStep", a.totp_step);
  put_list(object, "recovery", a.recovery, [](JsonObject& each, const RecoveryCode& code) {
    each.text("digest", code.digest);
    put_instant(each, "until", code.until);
  });
  put_list(object, "passkeys", a.passkeys, [](JsonObject& each, const Passkey& p) {
    each.text("id", p.id).text("name", p.name).number("algorithm", p.algorithm).text("key", p.public_key);
    each.number("counter", p.counter);
    append_json_texts(each.member("transports"), p.transports);
    put_instant(each, "made", p.made);
    put_instant(each, "used", p.used);
  });
  put_list(object, "cards", a.cards, [](JsonObject& each, const Card& c) {
    each.text("key", c.key).text("subject", c.subject).text("issuer", c.issuer).text("serial", c.serial);
    put_instant(each, "until", c.until);
    put_instant(each, "made", c.made);
  });
  put_list(object, "foreign", a.foreign, [](JsonObject& each, const ForeignIdentity& f) {
    each.text("provider", f.provider).text("subject", f.subject);
  });
  append_json_texts(object.member("devices"), a.devices);
  object.text_if("handle", a.handle);
  put_instant(object, "made", a.made);
  put_instant(object, "changed", a.changed);
  object.end();
  return out;
}

bool read_item(std::string_view json, Account& a) {
  a.name = text_in(json, "name");
  a.kind = kind_named(text_in(json, "kind"));
  a.subject = text_in(json, "subject");
  a.title = text_in(json, "title");
  a.tenant = text_in(json, "tenant");
  a.disabled = truth_in(json, "disabled");
  a.demonstration = truth_in(json, "demonstration");
  a.label = read_words(json, "label");
  a.about = read_words(json, "about");
  a.home = text_in(json, "home");
  a.password = text_in(json, "password");
  a.totp = text_in(json, "totp");
  a.totp_waiting = text_in(json, "totpWaiting");
  a.totp_step = number_in(json, "totpStep");
  each_in(json, "recovery", [&a](std::string_view code) {
    a.recovery.push_back({text_in(code, "digest"), instant_in(code, "until")});
  });
  each_in(json, "passkeys", [&a](std::string_view passkey) { a.passkeys.push_back(read_passkey(passkey)); });
  each_in(json, "cards", [&a](std::string_view card) { a.cards.push_back(read_card(card)); });
  each_in(json, "foreign", [&a](std::string_view foreign) {
    a.foreign.push_back({text_in(foreign, "provider"), text_in(foreign, "subject")});
  });
  each_in(json, "devices", [&a](std::string_view digest) { a.devices.push_back(json_string_text(digest)); });
  a.handle = text_in(json, "handle");
  a.made = instant_in(json, "made");
  a.changed = instant_in(json, "changed");
  return !a.name.empty();
}

Subject subject_of(const Account& account, Assurance assurance) {
  Subject subject;
  subject.kind = account.kind;
  subject.id = account.subject;
  subject.tenant = account.tenant;
  subject.name = account.title;
  subject.account = account.name;
  subject.assurance = assurance;
  return subject;
}

std::string account_name(std::string_view written) {
  std::string name(trim(written));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return name;
}

bool valid_account_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  for (const char c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '@' || c == '-';
    if (!good) return false;
  }
  return true;
}

}  // namespace tsunagu::trust
