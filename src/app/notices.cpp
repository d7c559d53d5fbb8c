// `tsunagu notices`: what operators see and do about notifications of a running server.
#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <memory>
#include <string>

#include "app/administration.h"
#include "app/commands.h"
#include "base/json.h"
#include "base/url.h"
#include "gateway/http/client.h"

namespace tsunagu::app {
namespace {

namespace dom = simdjson::dom;

struct NoticeOptions {
  std::string at = "http://127.0.0.1:1026";
  std::string key_file;
  std::string state = "waiting";
  std::size_t limit = 100;
  bool json = false;
  bool all = false;
  std::string tenant, subscription, endpoint, notice;
};

int report(const std::string& text) {
  std::fprintf(stderr, "tsunagu: %s\n", text.c_str());
  return 1;
}

// The body of a 200; otherwise says why not and returns nothing.
std::optional<std::string> ask(const NoticeOptions& o, const std::string& url, gateway::FetchOptions options) {
  std::string key;
  if (!use_key(o.key_file, key)) return std::nullopt;
  if (!key.empty()) options.headers.emplace_back("Authorization", "Bearer " + key);
  auto answer = gateway::fetch_now(url, options);
  if (!answer) {
    report(answer.error().detail);
    return std::nullopt;
  }
  if (answer->status == 200) return std::move(answer->body);
  dom::parser parser;
  dom::element problem;
  std::string_view detail;
  if (parser.parse(answer->body).get(problem) || problem["detail"].get(detail)) detail = "";
  report(fmt::format("{} answers with status {}: {}", url, answer->status, detail));
  return std::nullopt;
}

std::string_view text(const dom::element& item, std::string_view member) {
  std::string_view out;
  if (item[member].get(out)) out = "";
  return out;
}

std::uint64_t number(const dom::element& item, std::string_view member) {
  std::uint64_t out = 0;
  if (item[member].get(out)) out = 0;
  return out;
}

void print(const dom::element& item, bool circuit) {
  if (circuit) {
    std::printf("%s  %llu waiting, %llu failures in a row, next attempt %s: %s\n",
                std::string(text(item, "endpoint")).c_str(), static_cast<unsigned long long>(number(item, "waiting")),
                static_cast<unsigned long long>(number(item, "failures")),
                std::string(text(item, "nextAttemptAt")).c_str(), std::string(text(item, "reason")).c_str());
    return;
  }
  std::string entities;
  dom::array list;
  if (!item["entities"].get(list)) {
    for (const dom::element entity : list) {
      std::string_view id;
      if (!entity.get(id)) entities.append(entities.empty() ? "" : ",").append(id);
    }
  }
  const std::string_view reason = text(item, "reason");
  std::printf("%llu-%llu  %s  %s  %s  due %s, %llu attempts%s%s\n",
              static_cast<unsigned long long>(number(item, "row")),
              static_cast<unsigned long long>(number(item, "part")), std::string(text(item, "subscription")).c_str(),
              entities.c_str(), std::string(text(item, "endpoint")).c_str(), std::string(text(item, "dueAt")).c_str(),
              static_cast<unsigned long long>(number(item, "attempts")), reason.empty() ? "" : ": ",
              std::string(reason).c_str());
}

int list(const NoticeOptions& o) {
  std::string url = fmt::format("{}/admin/notices?state={}&limit={}", o.at, o.state, o.limit);
  for (const auto& [name, value] :
       {std::pair{"tenant", &o.tenant}, std::pair{"subscription", &o.subscription}, std::pair{"endpoint", &o.endpoint}})
    if (!value->empty()) url += fmt::format("&{}={}", name, percent_encode(*value));
  const auto body = ask(o, url, {});
  if (!body) return 1;
  if (o.json) {
    std::printf("%s\n", body->c_str());
    return 0;
  }
  dom::parser parser;
  dom::array items;
  if (parser.parse(*body).get(items)) return report("the answer is not what a Tsunagu server answers");
  for (const dom::element item : items) print(item, o.state == "open-circuits");
  if (items.size() == 0) std::printf("none\n");
  return 0;
}

int change(const NoticeOptions& o, const std::string& what) {
  std::string body = "{";
  const auto member = [&body](std::string_view name) {
    if (body.size() > 1) body += ',';
    append_json_string(body, name);
    body += ':';
  };
  for (const auto& [name, value] : {std::pair{"tenant", &o.tenant}, std::pair{"subscription", &o.subscription},
                                    std::pair{"endpoint", &o.endpoint}}) {
    if (value->empty()) continue;
    member(name);
    append_json_string(body, *value);
  }
  if (!o.notice.empty()) {
    unsigned long long row = 0;
    unsigned part = 0;
    if (std::sscanf(o.notice.c_str(), "%llu-%u", &row, &part) != 2) return report("--notice takes ROW-PART, as listed");
    member("row");
    append_json_number(body, static_cast<std::int64_t>(row));
    member("part");
    append_json_number(body, static_cast<std::int64_t>(part));
  }
  if (body.size() == 1 && !o.all) return report("say which: --subscription, --endpoint, --tenant, --notice, or --all");
  if (o.all) {
    member("all");
    body += "true";
  }
  body += '}';
  gateway::FetchOptions options;
  options.method = "POST";
  options.headers = {{"Content-Type", "application/json"}};
  options.body = std::move(body);
  options.timeout = std::chrono::seconds(60);
  const auto answer = ask(o, fmt::format("{}/admin/notices/{}", o.at, what), options);
  if (!answer) return 1;
  dom::parser parser;
  dom::object counts;
  if (parser.parse(*answer).get(counts)) return report("the answer is not what a Tsunagu server answers");
  for (const auto& [name, count] : counts)
    std::printf("%s %s\n", simdjson::minify(count).c_str(), std::string(name).c_str());
  return 0;
}

void add_filter(CommandLine& command, NoticeOptions& o) {
  command.option("--at", o.at, "Address of the server");
  command.option("--key-file", o.key_file, "File with a key that has the right \"operate\", when sign-in is on");
  command.option("--subscription", o.subscription, "Only those of this subscription");
  command.option("--endpoint", o.endpoint, "Only those to this address");
  command.option("--tenant", o.tenant, "Only those of this tenant");
}

}  // namespace

void add_notices(CommandLine& program) {
  CommandLine command = program.command("notices", "See, retry and drop notifications that did not arrive");
  command.needs_command();
  command.footer(
      "Examples:\n"
      "  tsunagu notices list --state dead                         those that were given up, and why\n"
      "  tsunagu notices list --state open-circuits                endpoints that do not answer\n"
      "  tsunagu notices retry --endpoint https://example.org/in   now that it answers again\n"
      "  tsunagu notices drop --subscription urn:ngsi-ld:Subscription:1");
  auto options = std::make_shared<NoticeOptions>();

  CommandLine listing = command.command("list", "List them, oldest first");
  add_filter(listing, *options);
  listing.option("--state", options->state, "waiting, dead or open-circuits")
      .one_of({"waiting", "dead", "open-circuits"});
  listing.option("--limit", options->limit, "At most so many", 1, 10'000);
  listing.flag("--json", options->json, "As JSON, with all members");
  listing.footer("Example:\n  tsunagu notices list --state dead --limit 20");
  listing.run([options] { return list(*options); });

  for (const auto& [name, help, example] :
       {std::tuple{"retry", "Try them again, now: the waiting and the given up",
                   "Example:\n  tsunagu notices retry --endpoint https://example.org/in"},
        std::tuple{"drop", "Forget them: the waiting and the given up",
                   "Example:\n  tsunagu notices drop --notice 4711-0"}}) {
    CommandLine change_command = command.command(name, help);
    add_filter(change_command, *options);
    change_command.option("--notice", options->notice, "Only this one: ROW-PART, as listed");
    change_command.flag("--all", options->all, "Every one");
    change_command.footer(example);
    change_command.run([options, what = std::string(name)] { return change(*options, what); });
  }
}

}  // namespace tsunagu::app
