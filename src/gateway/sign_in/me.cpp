// GET /auth/me: who the caller is, and how one can sign in.
#include <algorithm>

#include "gateway/sign_in/call.h"

namespace tsunagu::gateway::sign_in {
namespace {

/// [each item as an object]
template <class Items, class Write>
void put_objects(JsonObject& object, std::string_view name, const Items& items, Write write) {
  std::string& out = object.member(name);
  out += '[';
  bool any = false;
  for (const auto& item : items) {
    if (any) out += ',';
    any = true;
    JsonObject each(out);
    write(each, item);
    each.end();
  }
  out += ']';
}

void put_words(JsonObject& object, std::string_view name, const trust::Words& words) {
  JsonObject texts(object.member(name));
  texts.text("ja", words.ja).text_if("easy", words.easy).text("en", words.en.empty() ? words.ja : words.en).end();
}

void put_subject(JsonObject& me, const SignInParts& parts, const trust::SubjectPtr& who) {
  if (who->kind == trust::SubjectKind::kAnonymous || parts.directory == nullptr) {
    me.json("subject", "null");
    return;
  }
  const trust::Directory& directory = *parts.directory;
  const store::TenantId tenant = parts.store.find_tenant(who->tenant).value_or(store::TenantId(0));
  JsonObject subject(me.member("subject"));
  subject.text("id", who->id).text("kind", name(who->kind)).text("name", who->name);
  subject.text("account", who->account).number("assurance", static_cast<int>(who->assurance));
  subject.text("tenant", who->tenant).text("session", who->session);
  put_objects(subject, "roles", directory.roles(who, tenant), [](JsonObject& each, const trust::Role& role) {
    each.text("role", role.role).text("body", role.body);
    put_words(each, "bodyName", {role.body_ja, {}, role.body_en});
  });
  const auto named = [](JsonObject& each, const trust::Named& n) { each.text("id", n.id).text("name", n.name); };
  if (who->acts_for.empty()) {
    subject.json("actsFor", "null");
  } else {
    JsonObject person(subject.member("actsFor"));
    named(person, directory.named(who->acts_for, tenant));
    person.end();
  }
  put_objects(subject, "mayActFor", directory.may_act_for(who, tenant), named);
  append_json_texts(subject.member("rights"), directory.rights(who, tenant));
  subject.end();
}

}  // namespace

std::string me_json(const SignInParts& parts, const trust::SubjectPtr& subject) {
  std::string out;
  JsonObject me(out);
  me.text("auth", parts.directory ? "on" : "none");
  put_subject(me, parts, subject);
  const store::TenantId tenant = parts.store.find_tenant(subject->tenant).value_or(store::TenantId(0));
  put_objects(me, "purposes",
              parts.directory ? parts.directory->purposes(subject, tenant) : std::vector<trust::Purpose>(),
              [](JsonObject& each, const trust::Purpose& purpose) {
                each.text("key", purpose.key);
                put_words(each, "title", {purpose.title.ja, purpose.title.easy, purpose.title.en});
              });
  std::vector<trust::AccountPtr> shown;
  if (parts.directory && parts.loopback) {
    for (const trust::AccountPtr& account : parts.sign_in.accounts().all()) {
      if (account->demonstration && !account->disabled) shown.push_back(account);
    }
    // As in their file: they were made one after the other.
    std::ranges::stable_sort(shown, {}, [](const trust::AccountPtr& account) { return account->made.us; });
  }
  std::vector<std::string_view> methods;
  if (parts.directory) methods = {"password", "passkey"};
  if (parts.directory && parts.sign_in.has_cards()) methods.emplace_back("card");
  if (!shown.empty()) methods.emplace_back("demo");
  append_json_texts(me.member("methods"), methods);
  put_objects(me, "providers", parts.providers ? parts.providers() : std::vector<std::pair<std::string, std::string>>(),
              [](JsonObject& each, const std::pair<std::string, std::string>& provider) {
                each.text("key", provider.first).text("title", provider.second);
              });
  put_objects(me, "demo", shown, [](JsonObject& each, const trust::AccountPtr& account) {
    each.text("account", account->name).text("kind", name(account->kind));
    put_words(each, "title", account->label);
    put_words(each, "about", account->about);
    each.text("home", account->home);
  });
  me.end();
  return out;
}

}  // namespace tsunagu::gateway::sign_in
