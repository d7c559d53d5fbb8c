// `tsunagu client`: programs that are known here (OAuth 2.0 clients), on the folder of a stopped server or on a running
// one.
#include "trust/clients/client.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/running_server.h"
#include "base/json_object.h"
#include "base/url.h"
#include "ngsi/json_walk.h"
#include "store/embedded.h"
#include "store/sealing.h"

namespace tsunagu::app {
namespace {

namespace walk = ngsi::walk;

struct ClientOptions {
  std::string data, data_key_file;
  RunningServer server;
  std::string id, name, name_en, jwks_file, scope, tenant, auth;
  std::vector<std::string> redirects, sign_out_redirects, grants;
  bool first_party = false;
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

std::string text_of(std::string_view json, std::string_view name) {
  const auto value = walk::member(json, name);
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

/// What the options say, as a registration.
Result<std::string> registration(const ClientOptions& o) {
  std::string json;
  JsonObject object(json);
  const auto list = [&](std::string_view name, const std::vector<std::string>& texts) {
    if (!texts.empty()) append_json_texts(object.member(name), texts);
  };
  object.text_if("client_id", o.id).text("client_name", o.name).text_if("client_name#en", o.name_en);
  list("redirect_uris", o.redirects);
  list("post_logout_redirect_uris", o.sign_out_redirects);
  list("grant_types", o.grants);
  object.text_if("token_endpoint_auth_method", o.auth).text_if("scope", o.scope).text_if("tenant", o.tenant);
  if (!o.jwks_file.empty()) {
    std::ifstream in(o.jwks_file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::string keys;
    if (!append_canonical_json(keys, text))
      return fail(ErrorCode::kInvalidRequest, o.jwks_file + " holds no key set (JSON)");
    object.json("jwks", keys);
  }
  if (o.first_party) object.truth("first_party", true);
  object.end();
  return json;
}

/// Runs `work` on the clients of a data folder, and waits until what it changed is durable.
int on_folder(const ClientOptions& o, const std::function<Result<void>(trust::Clients&)>& work) {
  if (!o.data_key_file.empty()) {
    if (auto used = store::use_data_keys(o.data_key_file); !used) return report(used.error());
  }
  store::EmbeddedOptions options;
  options.folder = o.data;
  auto store = store::open_embedded(std::move(options));
  if (!store) return report(store.error());
  Result<void> done;
  {
    trust::Clients clients(**store, std::string(trust::kClientCollection));
    done = work(clients);
    (*store)->stop();
  }
  return done ? 0 : report(done.error());
}

Result<void> change(trust::Clients& clients, const std::string& id, const trust::Clients::Decide& decide) {
  std::promise<Result<trust::ClientPtr>> done;
  clients.change(id, decide, [&done](Result<trust::ClientPtr> result) { done.set_value(std::move(result)); });
  auto result = done.get_future().get();
  if (!result) return tl::unexpected(result.error());
  return {};
}

void say_added(std::string_view id, std::string_view secret) {
  std::printf("client_id      %.*s\n", static_cast<int>(id.size()), id.data());
  if (!secret.empty())
    std::printf("client_secret  %.*s\nThe secret is shown only now.\n", static_cast<int>(secret.size()), secret.data());
}

int add(const ClientOptions& o) {
  const auto form = registration(o);
  if (!form) return report(form.error());
  if (o.data.empty()) {
    const auto answer = ask_server(o.server, "POST", "/oidc/clients", *form);
    if (!answer) return report(answer.error());
    std::string json;
    append_canonical_json(json, *answer);
    say_added(text_of(json, "client_id"), text_of(json, "client_secret"));
    return 0;
  }
  auto client = trust::read_registration(*form);
  if (!client) return report(client.error());
  return on_folder(o, [&](trust::Clients& clients) -> Result<void> {
    const std::string secret = trust::issue(*client, now());
    const auto kept = std::make_shared<const trust::Client>(*client);
    auto done = change(clients, kept->id, [&](const trust::ClientPtr& current) -> Result<trust::ClientPtr> {
      if (current) return fail(ErrorCode::kAlreadyExists, "there is a client \"" + kept->id + "\" already");
      return kept;
    });
    if (done) say_added(kept->id, secret);
    return done;
  });
}

void say(std::string_view json) {
  std::string grants;
  walk::any_element(walk::member(json, "grant_types"), [&](std::string_view each) {
    grants.append(grants.empty() ? "" : " ").append(json_string_text(each));
    return false;
  });
  fmt::print("{}  {}  {}  {}\n", text_of(json, "client_id"), text_of(json, "client_name"), grants,
             text_of(json, "scope"));
}

int list(const ClientOptions& o) {
  if (!o.data.empty()) {
    return on_folder(o, [](trust::Clients& clients) -> Result<void> {
      for (const auto& client : clients.all()) say(describe(*client));
      return {};
    });
  }
  const auto answer = ask_server(o.server, "GET", "/oidc/clients", "");
  if (!answer) return report(answer.error());
  std::string json;
  append_canonical_json(json, *answer);
  walk::any_element(json, [](std::string_view each) {
    say(each);
    return false;
  });
  return 0;
}

int remove(const ClientOptions& o) {
  if (!o.data.empty()) {
    return on_folder(o, [&](trust::Clients& clients) {
      return change(clients, o.id, [&](const trust::ClientPtr& current) -> Result<trust::ClientPtr> {
        if (!current) return fail(ErrorCode::kResourceNotFound, "there is no client \"" + o.id + "\"");
        return trust::ClientPtr();
      });
    });
  }
  const auto answer = ask_server(o.server, "DELETE", "/oidc/clients/" + percent_encode(o.id), "");
  return answer ? 0 : report(answer.error());
}

void add_place(CommandLine& command, ClientOptions& o) {
  command.option("--data", o.data, "Data folder of a server that is stopped");
  command.option("--data-key-file", o.data_key_file, "File of its data key, when it is sealed");
  command.option("--at", o.server.address, "Address of a server that runs");
  command.option("--key-file", o.server.key_file, "File with a key that has the right \"clients\" (tsunagu key add)");
}

std::function<int()> at_one_place(const std::shared_ptr<ClientOptions>& o, int (*work)(const ClientOptions&)) {
  return [o, work] {
    if (o->data.empty() != o->server.address.empty()) return work(*o);
    std::fprintf(stderr, "tsunagu: give either --data DIR (the server is stopped) or --at URL (it runs)\n");
    return 2;
  };
}

}  // namespace

void add_client(CommandLine& program) {
  CommandLine command = program.command("client", "Programs that may sign people in or come by themselves (OAuth 2.0)");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu client add --name センサー --data var/region                       a service, with a secret\n"
      "  tsunagu client add --id bus --name バス案内 --redirect https://bus.example/cb --auth none --at https://… "
      "--key-file KEY\n"
      "  tsunagu client list --data var/region");
  auto o = std::make_shared<ClientOptions>();

  CommandLine adding = command.command("add", "Make one known; its secret is shown once");
  adding.option("--id", o->id, "client_id: a-z 0-9 - _ . (made when it is missing)");
  adding.option("--name", o->name, "Name that people see").required();
  adding.option("--name-en", o->name_en, "The same in English");
  adding.option("--redirect", o->redirects, "Address that people come back to, exactly; repeatable");
  adding.option("--sign-out-redirect", o->sign_out_redirects, "The same after signing out; repeatable");
  adding.option("--grant", o->grants,
                "authorization_code, refresh_token, client_credentials; repeatable. By default the first two with "
                "--redirect, else the last");
  adding
      .option("--auth", o->auth,
              "How it shows who it is; none: an app on people's own machines or in their browser, which can keep no "
              "secret")
      .one_of({"client_secret_basic", "client_secret_post", "private_key_jwt", "none"});
  adding.option("--jwks", o->jwks_file, "File with its public keys (JWK Set), for private_key_jwt");
  adding.option("--scope", o->scope,
                "What it may ask for, separated by spaces (openid profile offline_access graph.read "
                "graph.write, and rights); by default up to graph.read");
  adding.option("--tenant", o->tenant, "Tenant that it belongs to");
  adding.flag("--first-party", o->first_party, "An app of our own: people are not asked whether they allow it");
  add_place(adding, *o);
  adding.footer("Example:\n  tsunagu client add --name センサー --scope \"graph.read graph.write\" --data var/region");
  adding.run(at_one_place(o, add));

  CommandLine listing = command.command("list", "List them");
  add_place(listing, *o);
  listing.footer("Example:\n  tsunagu client list --data var/region");
  listing.run(at_one_place(o, list));

  CommandLine removing = command.command("remove", "Forget one: nothing it has holds any more");
  removing.option("id", o->id, "client_id").required();
  add_place(removing, *o);
  removing.footer("Example:\n  tsunagu client remove bus --data var/region");
  removing.run(at_one_place(o, remove));
}

}  // namespace tsunagu::app
