// `tsunagu tenant`: on-boards municipalities, on the folder of a stopped server or on a running one.
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <future>
#include <memory>
#include <string>

#include "app/commands.h"
#include "app/running_server.h"
#include "base/json_object.h"
#include "store/embedded.h"
#include "store/sealing.h"
#include "trust/tenants/tenants.h"

namespace tsunagu::app {
namespace {

namespace dom = simdjson::dom;

struct TenantOptions {
  std::string data, at, key_file, data_key_file;
  trust::TenantSheet sheet;
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

void say_code(const std::string& tenant, const std::string& account, const std::string& code,
              const std::string& until) {
  std::printf(
      "Tenant %s is ready.\n"
      "  Administrator: %s\n"
      "  One-time code: %s\n"
      "With it they choose a password on the sign-in page (\"forgot your password\") until %s.\n"
      "The code is shown only now.\n",
      tenant.c_str(), account.c_str(), code.c_str(), until.c_str());
}

// --- on a folder
// ------------------------------------------------------------------------------------------------------

int add_to_folder(const TenantOptions& o) {
  if (!o.data_key_file.empty()) {
    if (auto used = store::use_data_keys(o.data_key_file); !used) return report(used.error());
  }
  store::EmbeddedOptions options;
  options.folder = o.data;
  auto store = store::open_embedded(std::move(options));
  if (!store) return report(store.error());
  Result<trust::Tenants::Made> made;
  {
    trust::Accounts accounts(**store);
    trust::Tenants tenants(**store, accounts);
    std::promise<Result<trust::Tenants::Made>> done;
    tenants.add(o.sheet, [&done](Result<trust::Tenants::Made> result) { done.set_value(std::move(result)); });
    made = done.get_future().get();
    (*store)->stop();
  }
  if (!made) return report(made.error());
  say_code(made->sheet->name, made->sheet->admin, made->code, to_string(made->code_until));
  return 0;
}

// --- on a running server
// ----------------------------------------------------------------------------------------------

Result<std::string> ask(const TenantOptions& o, const char* method, const std::string& path, std::string body) {
  return ask_server({o.at, o.key_file}, method, path, std::move(body));
}

std::string form_of(const trust::TenantSheet& sheet) {
  std::string body;
  JsonObject form(body);
  form.text("name", sheet.name)
      .text("title", sheet.title)
      .text_if("titleEn", sheet.title_en)
      .text("admin", sheet.admin);
  JsonObject(form.member("branding")).text_if("colour", sheet.colour).text_if("logo", sheet.logo).end();
  JsonObject(form.member("quotas"))
      .number("requestsPerMinute", sheet.quotas.requests_per_minute)
      .number("entities", sheet.quotas.entities)
      .number("bytes", sheet.quotas.bytes)
      .end();
  form.end();
  return body;
}

int add_to_server(const TenantOptions& o) {
  const auto answer = ask(o, "POST", "/trust/tenants", form_of(o.sheet));
  if (!answer) return report(answer.error());
  dom::parser parser;
  dom::element made;
  std::string_view name, code, until;
  if (parser.parse(*answer).get(made) || made["account"]["name"].get(name) || made["account"]["code"].get(code) ||
      made["account"]["until"].get(until)) {
    return report({ErrorCode::kInternalError, "the answer is not what a Tsunagu server answers"});
  }
  say_code(o.sheet.name, std::string(name), std::string(code), std::string(until));
  return 0;
}

int list(const TenantOptions& o) {
  const auto answer = ask(o, "GET", "/trust/tenants", "");
  if (!answer) return report(answer.error());
  dom::parser parser;
  dom::array tenants;
  if (parser.parse(*answer).get(tenants))
    return report({ErrorCode::kInternalError, "the answer is not what a Tsunagu server answers"});
  for (const dom::element tenant : tenants) {
    std::string_view name, title, admin;
    std::int64_t entities = 0, limit = 0;
    if (tenant["name"].get(name) || tenant["title"].get(title) || tenant["admin"].get(admin)) continue;
    if (tenant["usage"]["entities"].get(entities)) entities = 0;
    if (tenant["quotas"]["entities"].get(limit)) limit = 0;
    fmt::print("{}  {}  administrator {}  {} entities{}\n", name, title, admin, entities,
               limit == 0 ? "" : fmt::format(" of {}", limit));
  }
  if (tenants.size() == 0) std::printf("none\n");
  return 0;
}

}  // namespace

void add_tenant(CommandLine& program) {
  CommandLine command = program.command("tenant", "On-board municipalities and others who share this server");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu tenant add otaru --title 小樽市 --admin otaru-admin --data var/region      the server is stopped\n"
      "  tsunagu tenant add otaru --title 小樽市 --admin otaru-admin --at https://… --key-file KEY   it is running\n"
      "  tsunagu tenant list --at http://127.0.0.1:1026");
  auto o = std::make_shared<TenantOptions>();

  CommandLine adding = command.command("add", "Make a tenant with its body, administrator, branding and quotas");
  adding.option("name", o->sheet.name, "As in the header NGSILD-Tenant: a-z 0-9 . _ -").required();
  adding.option("--title", o->sheet.title, "Name to show").required();
  adding.option("--title-en", o->sheet.title_en, "The same in English");
  adding.option("--admin", o->sheet.admin, "Sign-in name of the administrator; the account is made").required();
  adding.option("--colour", o->sheet.colour, "#rrggbb");
  adding.option("--logo", o->sheet.logo, "Path on this server or https address of a picture");
  adding.option("--requests-per-minute", o->sheet.quotas.requests_per_minute, "Requests a minute; 0: no limit");
  adding.option("--entities", o->sheet.quotas.entities, "Entities at most; 0: no limit");
  adding.option("--bytes", o->sheet.quotas.bytes, "Bytes of entities at most; 0: no limit");
  adding.option("--data", o->data, "Data folder of a server that is stopped");
  adding.option("--data-key-file", o->data_key_file, "File of its data key, when it is sealed");
  adding.option("--at", o->at, "Address of a server that runs");
  adding.option("--key-file", o->key_file, "File with a key that has the right \"tenants\" (tsunagu key add)");
  adding.footer(
      "Example:\n  tsunagu tenant add otaru --title 小樽市 --admin otaru-admin --entities 100000 --data var/region");
  adding.run([o] {
    if (o->data.empty() == o->at.empty()) {
      std::fprintf(stderr, "tsunagu: give either --data DIR (the server is stopped) or --at URL (it runs)\n");
      return 2;
    }
    return o->at.empty() ? add_to_folder(*o) : add_to_server(*o);
  });

  CommandLine listing = command.command("list", "List them, with what they use");
  listing.option("--at", o->at, "Address of the server").required();
  listing.option("--key-file", o->key_file, "File with a key that has the right \"tenants\"");
  listing.footer("Example:\n  tsunagu tenant list --at http://127.0.0.1:1026");
  listing.run([o] { return list(*o); });
}

}  // namespace tsunagu::app
