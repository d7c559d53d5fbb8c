// `tsunagu policy`: why somebody may or may not, cases that a policy has to decide, what another policy would change.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "app/commands.h"
#include "base/json_object.h"
#include "base/text.h"
#include "base/url.h"
#include "gateway/http/client.h"
#include "ngsi/json_walk.h"
#include "store/embedded.h"
#include "trust/policy/cases.h"
#include "trust/policy/explanation.h"

namespace tsunagu::app {
namespace {

namespace walk = ngsi::walk;

struct PolicyOptions {
  std::string data, to, key_file, tenant;
  std::string subject, action, entity, purpose;
  std::string file, name;
};

int refuse_policy(const Error& error) {
  std::fprintf(stderr, "tsunagu: %s\n", error.detail.c_str());
  return 1;
}

std::optional<std::string> whole_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Canonical JSON of an answer with status 200.
Result<std::string> asked(const PolicyOptions& o, const std::string& path, std::string body) {
  gateway::FetchOptions options;
  options.timeout = std::chrono::seconds(60);
  if (!body.empty()) {
    options.method = "POST";
    options.body = std::move(body);
    options.headers.emplace_back("Content-Type", "application/json");
  }
  if (!o.tenant.empty()) options.headers.emplace_back("NGSILD-Tenant", o.tenant);
  if (!o.key_file.empty()) {
    const auto key = whole_file(o.key_file);
    if (!key) return fail(ErrorCode::kInvalidRequest, "--key-file: " + o.key_file + " cannot be read");
    options.headers.emplace_back("Authorization", "Bearer " + std::string(trim(*key)));
  }
  auto answer = gateway::fetch_now(o.to + path, options);
  if (!answer) return tl::unexpected(answer.error());
  std::string json;
  append_canonical_json(json, answer->body);
  if (answer->status == 200) return json;
  std::string scratch;
  return fail(ErrorCode::kInvalidRequest, fmt::format("{} answers with status {}: {}", o.to, answer->status,
                                                      walk::string_text(walk::member(json, "detail"), scratch)));
}

int explain_at_server(const PolicyOptions& o) {
  const auto json =
      asked(o,
            fmt::format("/trust/explain?subject={}&action={}&entity={}&purpose={}", percent_encode(o.subject),
                        percent_encode(o.action), percent_encode(o.entity), percent_encode(o.purpose)),
            "");
  if (!json) return refuse_policy(json.error());
  std::string scratch;
  std::fputs(std::string(walk::string_text(walk::member(*json, "reason"), scratch)).c_str(), stdout);
  return 0;
}

int explain_in_folder(const PolicyOptions& o) {
  const auto action = trust::parse_action(o.action);
  if (!action) {
    return refuse_policy({ErrorCode::kInvalidRequest, "ACTION is read, history, subscribe, create, update or delete"});
  }
  store::EmbeddedOptions embedded;
  embedded.folder = o.data;
  auto opened = store::open_embedded(std::move(embedded));
  if (!opened) {
    Error error = opened.error();
    if (error.code == ErrorCode::kConflict) error.detail += "; ask the running server: --to URL --key-file FILE";
    return refuse_policy(error);
  }
  const auto tenant = (*opened)->find_tenant(o.tenant);
  int status = 1;
  if (!tenant) {
    refuse_policy({ErrorCode::kNonexistentTenant, "there is no tenant " + o.tenant});
  } else if (const auto record = (*opened)->find(*tenant, o.entity); !record) {
    refuse_policy({ErrorCode::kResourceNotFound, "there is no entity " + o.entity});
  } else {
    const trust::PolicyAuthority authority(**opened);
    const trust::Question question{trust::subject_named(**opened, *tenant, o.tenant, o.subject), *tenant, *action,
                                   o.purpose};
    std::fputs(trust::explanation(authority, question, *record).text.c_str(), stdout);
    status = 0;
  }
  (*opened)->stop();
  return status;
}

int try_policy(const PolicyOptions& o) {
  const auto text = whole_file(o.file);
  if (!text) return refuse_policy({ErrorCode::kInvalidRequest, o.file + " cannot be read"});
  std::string name = o.name.empty() ? std::filesystem::path(o.file).stem().string() : o.name;
  if (const auto policy = trust::read_policy(*text, o.file); !policy) return refuse_policy(policy.error());
  std::string body;
  JsonObject(body).text("text", *text).end();
  const auto json = asked(o, "/trust/policies/" + percent_encode(name) + "/trial", std::move(body));
  if (!json) return refuse_policy(json.error());
  std::printf("Yesterday's requests asked for %s entities; %s would be decided otherwise.\n",
              std::string(walk::member(*json, "asked")).c_str(), std::string(walk::member(*json, "changed")).c_str());
  walk::any_element(walk::member(*json, "changes"), [](std::string_view change) {
    const auto text_in = [&](std::string_view key) {
      std::string scratch;
      return std::string(walk::string_text(walk::member(change, key), scratch));
    };
    const std::string purpose = text_in("purpose"), who = text_in("who");
    std::printf("  %s× %s %s %s%s: %s → %s\n", std::string(walk::member(change, "n")).c_str(),
                who.empty() ? "anonymous" : who.c_str(), text_in("action").c_str(), text_in("entity").c_str(),
                purpose.empty() ? "" : (" for " + purpose).c_str(), text_in("before").c_str(),
                text_in("after").c_str());
    return false;
  });
  return 0;
}

}  // namespace

void add_policy(CommandLine& program) {
  CommandLine command = program.command("policy", "Who may do what: explain a decision, test and try policies");
  command.needs_command();
  auto o = std::make_shared<PolicyOptions>();

  CommandLine explain =
      command.command("explain", "Say which rule allows something, or which are near and what is missing");
  explain.option("subject", o->subject, "URN of who asks; \"anonymous\"").required();
  explain.option("action", o->action, "read, history, subscribe, create, update or delete").required();
  explain.option("entity", o->entity, "URN of the entity").required();
  explain.option("--purpose", o->purpose, "Purpose that they name");
  explain.option("--tenant", o->tenant, "Tenant that is asked");
  explain.option("--data", o->data, "Data folder of a server that is stopped");
  explain.option("--to", o->to, "URL of a running server");
  explain.option("--key-file", o->key_file, "File with a key that has the right \"policies\" or \"audit\"");
  explain.footer(
      "Examples:\n"
      "  tsunagu policy explain urn:ngsi-ld:Staff:demo-doctor read urn:ngsi-ld:HealthObservation:demo-a-bp --purpose "
      "care "
      "--data var/region\n"
      "  tsunagu policy explain anonymous read urn:ngsi-ld:Resident:demo-a --to http://127.0.0.1:1026 --key-file key");
  explain.run([o] {
    if (o->data.empty() == o->to.empty()) {
      refuse_policy({ErrorCode::kInvalidRequest, "say where: --data FOLDER, or --to URL --key-file FILE"});
      return 2;
    }
    return o->to.empty() ? explain_in_folder(*o) : explain_at_server(*o);
  });

  CommandLine test =
      command.command("test", "Ask the cases of a file, and say which are decided otherwise than expected");
  test.option("file", o->file, "File of cases (TOML)").required().existing_file();
  test.footer("Example:\n  tsunagu policy test data/demonstration/cases.toml");
  test.run([o] {
    const auto report = trust::run_cases(o->file);
    if (!report) return refuse_policy(report.error());
    for (const std::string& failure : report->failures) std::printf("%s\n", failure.c_str());
    std::printf("%zu cases, %zu not as expected\n", report->cases, report->failures.size());
    return report->failures.empty() ? 0 : 1;
  });

  CommandLine trial =
      command.command("trial", "Decide yesterday's requests again with another policy, and tell the differences");
  trial.option("file", o->file, "The policy (TOML)").required().existing_file();
  trial.option("--name", o->name, "Policy whose place it takes; without it that of the file's name");
  trial.option("--tenant", o->tenant, "Tenant that is asked");
  trial.option("--to", o->to, "URL of the running server").required();
  trial.option("--key-file", o->key_file, "File with a key that has the right \"policies\"");
  trial.footer("Example:\n  tsunagu policy trial region.toml --to http://127.0.0.1:1026 --key-file key");
  trial.run([o] { return try_policy(*o); });
}

}  // namespace tsunagu::app
