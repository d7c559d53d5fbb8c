// `tsunagu account` and `tsunagu key`: who can sign in, and by which keys devices and programs come.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "app/administration.h"
#include "app/commands.h"
#include "base/url.h"
#include "trust/sign_in/demonstration.h"
#include "trust/sign_in/document_text.h"

namespace tsunagu::app {
namespace {

struct AccountOptions {
  AdministrationOptions where;
  std::string account, kind = "resident", id, title, tenant, demonstration = "data/demonstration/accounts.toml";
  std::string until, certificate;
  bool password = false, json = false, on = false;
};
using OptionsPtr = std::shared_ptr<AccountOptions>;

/// Asks, and prints the answer by `print`.
template <class Print>
int carry_out(const AccountOptions& o, const std::string& method, const std::string& path, const std::string& body,
              Print print) {
  auto administration = Administration::open(o.where);
  if (!administration) return report_error(administration.error());
  const auto answer = (*administration)->ask(method, path, body);
  if (!answer) return report_error(answer.error());
  print(*answer);
  return 0;
}

std::string path_of(const std::string& account) {
  return "/auth/accounts/" + percent_encode(account);
}

void say_code(const std::string& account, const std::string& code) {
  fmt::print(
      "One-time code for {}: {}\nWith it they choose a password on the sign-in page (\"forgot your password\"), within "
      "a "
      "day.\nThe code is shown only now.\n",
      account, code);
}

int add(const AccountOptions& o) {
  std::string body;
  JsonObject form(body);
  form.text("account", o.account).text("kind", o.kind).text("name", o.title.empty() ? o.account : o.title);
  form.text("id",
            o.id.empty() ? (o.kind == "staff" ? "urn:ngsi-ld:Staff:" : "urn:ngsi-ld:Resident:") + o.account : o.id);
  form.text_if("tenant", o.tenant);
  if (o.password) {
    const auto secret = ask_secret("Password", true);
    if (!secret) return report_error(secret.error());
    form.text("password", *secret);
  }
  form.end();
  return carry_out(o, "POST", "/auth/accounts", body, [](const std::string& answer) {
    fmt::print("Account {} ({}, {})\n", trust::text_in(answer, "account"), trust::text_in(answer, "kind"),
               trust::text_in(answer, "id"));
    if (const std::string code = trust::text_in(answer, "code"); !code.empty()) {
      say_code(trust::text_in(answer, "account"), code);
    }
  });
}

int list(const AccountOptions& o) {
  return carry_out(o, "GET", "/auth/accounts", "", [&o](const std::string& answer) {
    if (o.json) return fmt::print("{}\n", answer);
    ngsi::walk::any_element(answer, [](std::string_view each) {
      fmt::print("{}  {}  {}  {}{}{}{}\n", trust::text_in(each, "account"), trust::text_in(each, "kind"),
                 trust::text_in(each, "id"), trust::text_in(each, "name"),
                 trust::text_in(each, "tenant").empty() ? "" : "  tenant " + trust::text_in(each, "tenant"),
                 trust::truth_in(each, "disabled") ? "  off" : "",
                 trust::truth_in(each, "demonstration") ? "  demonstration" : "");
      return false;
    });
  });
}

int set_password(const AccountOptions& o) {
  const auto secret = ask_secret("New password of " + o.account, true);
  if (!secret) return report_error(secret.error());
  std::string body;
  JsonObject(body).text("password", *secret).end();
  return carry_out(o, "PATCH", path_of(o.account), body,
                   [](const std::string&) { fmt::print("Changed; its sessions ended\n"); });
}

int reset(const AccountOptions& o) {
  return carry_out(o, "PATCH", path_of(o.account), R"({"reset":true})",
                   [&o](const std::string& answer) { say_code(o.account, trust::text_in(answer, "code")); });
}

int disable(const AccountOptions& o) {
  return carry_out(o, "PATCH", path_of(o.account), o.on ? R"({"disabled":false})" : R"({"disabled":true})",
                   [&o](const std::string&) { fmt::print("{} is {}\n", o.account, o.on ? "on again" : "off"); });
}

int remove(const AccountOptions& o) {
  return carry_out(o, "DELETE", path_of(o.account), "",
                   [&o](const std::string&) { fmt::print("{} was removed\n", o.account); });
}

int demonstrate(const AccountOptions& o) {
  std::ifstream in(o.demonstration, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return report_error({ErrorCode::kInvalidRequest, o.demonstration + " cannot be read"});
  const auto wanted = trust::read_demonstration(text, o.demonstration);
  if (!wanted) return report_error(wanted.error());
  std::string body;
  JsonObject form(body);
  form.text("accounts", text).end();
  return carry_out(o, "POST", "/auth/accounts/demonstration", body,
                   [&wanted](const std::string&) { fmt::print("{} demonstration accounts\n", wanted->size()); });
}

int add_a_key(const AccountOptions& o) {
  std::string body;
  JsonObject(body)
      .text("name", o.title)
      .text("kind", o.kind)
      .text("subject", o.id)
      .text_if("tenant", o.tenant)
      .text_if("until", o.until)
      .text_if("certificate", o.certificate)
      .end();
  return carry_out(o, "POST", "/auth/keys", body, [](const std::string& answer) {
    const std::string key = trust::text_in(answer, "key");
    std::fprintf(stderr, "Key %s of %s.%s\n", trust::text_in(answer, "id").c_str(),
                 trust::text_in(answer, "subject").c_str(), key.empty() ? "" : " It is shown only now:");
    if (!key.empty()) fmt::print("{}\n", key);
  });
}

int list_keys(const AccountOptions& o) {
  return carry_out(o, "GET", "/auth/keys", "", [&o](const std::string& answer) {
    if (o.json) return fmt::print("{}\n", answer);
    ngsi::walk::any_element(answer, [](std::string_view each) {
      const std::string until = trust::text_in(each, "until");
      fmt::print("{}  {}  {}  {}{}\n", trust::text_in(each, "id"), trust::text_in(each, "kind"),
                 trust::text_in(each, "subject"), trust::text_in(each, "name"),
                 until.empty() ? "" : "  until " + until);
      return false;
    });
  });
}

int revoke_key(const AccountOptions& o) {
  return carry_out(o, "DELETE", "/auth/keys/" + percent_encode(o.account), "",
                   [&o](const std::string&) { fmt::print("Key {} holds no more\n", o.account); });
}

CommandLine one_account(CommandLine& command, const OptionsPtr& o, const char* word, const char* text,
                        int (*work)(const AccountOptions&)) {
  CommandLine sub = command.command(word, text);
  sub.option("account", o->account, "Sign-in name").required();
  add_administration_options(sub, o->where);
  sub.run([o, work] { return work(*o); });
  return sub;
}

}  // namespace

void add_account(CommandLine& program) {
  CommandLine command = program.command("account", "Who can sign in. The first account turns sign-in on");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu account add demo-officer --kind staff --name \"Demo officer\" --data var/region    the server may "
      "run\n"
      "  tsunagu account reset demo-officer --at https://city.example --key-file KEY\n"
      "  tsunagu account demo --data var/region                                   accounts that anybody here may use");
  const auto o = std::make_shared<AccountOptions>();

  CommandLine adding = one_account(command, o, "add", "Add an account; the answer has a code to begin with", add);
  adding.option("--kind", o->kind, "resident or staff").one_of({"resident", "staff"});
  adding.option("--id", o->id, "URN of their entity; without: made from kind and account");
  adding.option("--name", o->title, "Name to show");
  adding.option("--tenant", o->tenant, "Tenant that they belong to");
  adding.flag("--password", o->password, "Ask for a password (or read it from stdin) instead of making a code");

  CommandLine listing = command.command("list", "List them");
  add_administration_options(listing, o->where);
  listing.flag("--json", o->json, "As JSON, with all members");
  listing.run([o] { return list(*o); });

  one_account(command, o, "passwd", "Set a password, asked for or read from stdin; its sessions end", set_password);
  one_account(command, o, "reset", "Make a code by which its owner chooses a new password; its sessions end", reset);
  CommandLine disabling = one_account(command, o, "disable", "Turn an account off; its sessions end", disable);
  disabling.flag("--undo", o->on, "Turn it on again");
  one_account(command, o, "remove", "Remove an account", remove);

  CommandLine demo = command.command("demo", "Make the demonstration accounts");
  add_administration_options(demo, o->where);
  demo.option("--file", o->demonstration, "Who they are (TOML)");
  demo.run([o] { return demonstrate(*o); });
}

void add_key(CommandLine& program) {
  CommandLine command = program.command("key", "Keys by which devices and programs come");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu key add --name \"Snow gauge 1\" --subject urn:ngsi-ld:Device:snow-1 --data var/region > snow-1.key\n"
      "  curl -H \"Authorization: Bearer $(cat snow-1.key)\" …\n"
      "The key of the machine's operator is in DATA/trust/operator.key.");
  const auto o = std::make_shared<AccountOptions>();
  o->kind = "device";

  CommandLine adding = command.command("add", "Make a key; it is printed, once");
  adding.option("--name", o->title, "What it is for").required();
  adding.option("--subject", o->id, "URN of the device or program").required();
  adding.option("--kind", o->kind, "device or program").one_of({"device", "program"});
  adding.option("--tenant", o->tenant, "Tenant that it is bound to");
  adding.option("--until", o->until, "It holds until then: 2030-04-01T00:00:00Z");
  adding.option("--certificate", o->certificate,
                "SHA-256 of a client certificate (hex), which then stands for the device instead of a key");
  add_administration_options(adding, o->where);
  adding.run([o] { return add_a_key(*o); });

  CommandLine listing = command.command("list", "List them");
  add_administration_options(listing, o->where);
  listing.flag("--json", o->json, "As JSON, with all members");
  listing.run([o] { return list_keys(*o); });

  CommandLine revoking = command.command("revoke", "Revoke a key at once");
  revoking.option("id", o->account, "As listed").required();
  add_administration_options(revoking, o->where);
  revoking.run([o] { return revoke_key(*o); });
}

}  // namespace tsunagu::app
