#include "gateway/automation/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "automation/loops.h"
#include "automation/trial.h"
#include "automation/words.h"
#include "base/json_object.h"
#include "base/text.h"
#include "gateway/automation/logged.h"
#include "gateway/guard/caller.h"
#include "gateway/trust/asking.h"
#include "gateway/trust/body_members.h"
#include "trust/view.h"

namespace tsunagu::gateway {
namespace {

using automation::KeptRule;
using automation::RuleInfo;
using automation::RulePtr;

constexpr std::int64_t kWeekUs = std::int64_t{7} * 24 * 3'600'000'000;
constexpr std::size_t kMaxRecords = 1000;

std::string words_json(const automation::Words& words) {
  std::string out;
  JsonObject(out).text_if("ja", words.ja).text_if("en", words.en).end();
  return out;
}

std::string loops_json(const std::vector<std::vector<std::string>>& loops) {
  std::string out = "[";
  for (const auto& loop : loops) {
    if (out.size() > 1) out += ',';
    append_json_texts(out, loop);
  }
  return out += ']';
}

std::string print_rule(const RuleInfo& info, bool whole) {
  const KeptRule& kept = info.kept;
  std::string out;
  JsonObject object(out);
  object.text("name", kept.rule->name).json("title", words_json(kept.rule->title)).truth("on", kept.on);
  if (!kept.stopped.empty()) object.json("stopped", words_json(kept.stopped));
  object.json("words", words_json(automation::words_of(*kept.rule)));
  append_json_texts(object.member("types"), kept.rule->types);
  object.number("active", info.active).text_if("owner", kept.owner.subject->id);
  object.text_if("ownerName", kept.owner.subject->name).text("modifiedAt", to_string(kept.modified_at));
  object.number("version", kept.version);
  if (whole) object.json("rule", automation::to_json(*kept.rule)).text("text", kept.text);
  object.end();
  return out;
}

/// A rule that cannot be read: the line, if it is known, besides what is wrong.
Response rule_fault(const Error& error) {
  Response out = problem(error);
  const std::size_t first = error.detail.find(':'), second = error.detail.find(':', first + 1);
  const auto line = second == std::string::npos
                        ? std::nullopt
                        : parse_number<int>(std::string_view(error.detail).substr(first + 1, second - first - 1));
  if (!line || out.body.empty()) return out;
  std::string more;
  JsonObject(more).number("line", *line).text("message", trim(std::string_view(error.detail).substr(second + 1))).end();
  out.body.pop_back();
  out.body += ",\"errors\":[" + more + "]}";
  return out;
}

struct Draft {
  RulePtr rule;
  std::string text;
};

/// The rule in a body: as text, or as the form's data.
Result<Draft> draft_of(BodyMembers& body) {
  Draft out;
  if (const auto text = body.text_if("text")) {
    if (text->size() > automation::kMaxRuleBytes) return bad("a rule has at most 64 KiB");
    auto rules = automation::read_rules(*text, "rule");
    if (!rules) return tl::unexpected(rules.error());
    if (rules->size() != 1) return bad("rule:1: write one rule at a time here");
    return Draft{rules->front(), *text};
  }
  auto rule = automation::rule_from_json(body.json("rule"));
  if (!rule) return tl::unexpected(rule.error());
  out.rule = *rule;
  out.text = automation::to_text(*out.rule);
  return out;
}

struct AutomationCall {
  AutomationParts parts;

  void list(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    std::string rules = "[";
    std::vector<RulePtr> on;
    for (const RuleInfo& info : parts.automation.rules(asking->tenant)) {
      if (rules.size() > 1) rules += ',';
      rules += print_rule(info, false);
      if (info.kept.on) on.push_back(info.kept.rule);
    }
    rules += ']';
    std::string out;
    JsonObject(out).json("rules", rules).json("loops", loops_json(automation::loops_among(on))).end();
    reply.send(json_answer(std::move(out)));
  }

  void get(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto info = parts.automation.rule(asking->tenant, name);
    if (!info) return reply.send(Error{ErrorCode::kResourceNotFound, "there is no rule " + name});
    Response response = json_answer(print_rule(*info, true));
    response.headers.emplace_back("ETag", fmt::format("\"{}\"", info->kept.version));
    reply.send(std::move(response));
  }

  void logged(const trust::Asking& asking, const std::string& action, const std::string& name, KeptReply answer,
              std::function<void()> then) const {
    log_operation(parts.auditor, asking, action, "automation rule " + name, std::move(answer), std::move(then));
  }

  broker::Owner owner_of(const Request& request) const {
    return {request.caller()->subject, request.caller()->purpose};
  }

  /// Answers with the rule, and with the loops that it is part of.
  automation::Automation::Done answered(KeptReply answer, store::TenantId tenant) const {
    return [answer, tenant, &automation = parts.automation](Result<RuleInfo> info) {
      if (!info && info.error().code == ErrorCode::kConflict) {
        Response response = problem(info.error());
        response.status = 412;  // RFC 9110 clause 13.1.1
        return answer->send(std::move(response));
      }
      if (!info) return answer->send(info.error());
      Response response = json_answer(print_rule(*info, true));
      response.headers.emplace_back("ETag", fmt::format("\"{}\"", info->kept.version));
      answer->send(std::move(response));
    };
  }

  void put(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"text", "rule", "on"});
    if (!body) return reply.send(body.error());
    auto draft = draft_of(*body);
    if (body->fault()) return reply.send(*body->fault());
    if (!draft) return reply.send(rule_fault(draft.error()));
    if (draft->rule->name != name) {
      return reply.send(Error{ErrorCode::kBadRequestData,
                              fmt::format("the rule's name is \"{}\", the address says \"{}\"", draft->rule->name, name)});
    }
    std::optional<bool> on;
    if (const std::string_view given = body->json("on"); !given.empty()) {
      if (given != "true" && given != "false") {
        return reply.send(Error{ErrorCode::kInvalidRequest, "\"on\" is true or false"});
      }
      on = given == "true";
    }
    std::optional<std::uint64_t> expected;
    if (request.has_header("If-None-Match")) expected = 0;
    if (request.has_header("If-Match")) {
      std::string_view tag = trim(request.header("If-Match"));
      if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
      if (tag != "*") expected = parse_number<std::uint64_t>(tag).value_or(~std::uint64_t{0});
    }
    const auto answer = keep(std::move(reply));
    logged(*asking, "write", name, answer,
           [call = *this, answer, tenant = asking->tenant, draft = std::move(*draft), on, expected,
            owner = owner_of(request)] {
             call.parts.automation.put(tenant, draft.rule, draft.text, on, expected, owner,
                                       call.answered(answer, tenant));
           });
  }

  void turn(const Request& request, const std::string& name, bool on, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto answer = keep(std::move(reply));
    logged(*asking, on ? "switch on" : "switch off", name, answer,
           [call = *this, answer, tenant = asking->tenant, name, on, owner = owner_of(request)] {
             call.parts.automation.switch_rule(tenant, name, on, owner, call.answered(answer, tenant));
           });
  }

  void remove(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto answer = keep(std::move(reply));
    logged(*asking, "delete", name, answer, [call = *this, answer, tenant = asking->tenant, name] {
      call.parts.automation.remove(tenant, name, [answer](Result<void> gone) {
        if (!gone) return answer->send(gone.error());
        Response response;
        response.status = 204;
        answer->send(std::move(response));
      });
    });
  }

  /// What a text or the form's data would be: the rule both ways, in words, and with which rules it makes a loop.
  void check(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"text", "rule"});
    if (!body) return reply.send(body.error());
    const auto draft = draft_of(*body);
    if (body->fault()) return reply.send(*body->fault());
    if (!draft) return reply.send(rule_fault(draft.error()));
    std::vector<RulePtr> rules{draft->rule};
    for (const RuleInfo& info : parts.automation.rules(asking->tenant)) {
      if (info.kept.on && info.kept.rule->name != draft->rule->name) rules.push_back(info.kept.rule);
    }
    auto loops = automation::loops_among(rules);
    std::erase_if(loops, [&](const auto& loop) {
      return std::find(loop.begin(), loop.end(), draft->rule->name) == loop.end();
    });
    std::string out;
    JsonObject(out)
        .json("rule", automation::to_json(*draft->rule))
        .text("text", draft->text)
        .json("words", words_json(automation::words_of(*draft->rule)))
        .json("loops", loops_json(loops))
        .end();
    reply.send(json_answer(std::move(out)));
  }

  void trial(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"text", "rule", "from", "to"});
    if (!body) return reply.send(body.error());
    const auto draft = draft_of(*body);
    const Instant to = body->instant_if("to").value_or(parts.automation.clock());
    const Instant from = body->instant_if("from").value_or(Instant{to.us - kWeekUs});
    if (body->fault()) return reply.send(*body->fault());
    if (!draft) return reply.send(rule_fault(draft.error()));
    if (from >= to) return reply.send(Error{ErrorCode::kInvalidRequest, "from is before to"});
    KeptRule kept;
    kept.tenant = asking->tenant;
    kept.rule = draft->rule;
    kept.owner = owner_of(request);
    later(std::move(reply), [parts = parts, kept, from, to]() -> Result<std::string> {
      const auto report = automation::try_rule(parts.store, parts.authority, kept, from, to);
      if (!report) return tl::unexpected(report.error());
      return automation::to_json(*report);
    });
  }

  void records(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto query = QueryString::parse(request.target());
    if (!query) return reply.send(query.error());
    const auto one = [&](std::string_view name) { return std::string(query->get(name).value_or("")); };
    const auto limit = parse_number<std::size_t>(query->get("limit").value_or("100"));
    if (!limit || *limit == 0 || *limit > kMaxRecords) {
      return reply.send(Error{ErrorCode::kInvalidRequest, fmt::format("limit is from 1 to {}", kMaxRecords)});
    }
    Instant from;
    if (const auto text = query->get("from")) {
      const auto read = parse_instant(*text);
      if (!read) return reply.send(Error{ErrorCode::kInvalidRequest, "from is a date and time"});
      from = *read;
    }
    later(std::move(reply), [&store = parts.store, tenant = asking->tenant, rule = one("rule"), entity = one("entity"),
                             from, limit = *limit]() -> Result<std::string> {
      const auto found = automation::find_records(store, tenant, rule, entity, from, limit);
      if (!found) return tl::unexpected(found.error());
      std::string out = "[";
      for (const std::string& each : *found) {
        if (out.size() > 1) out += ',';
        out += each;
      }
      return out += ']';
    });
  }

  /// `work` on the workbench, its answer on `reply`.
  void later(Reply reply, std::function<Result<std::string>()> work) const {
    const auto answer = keep(std::move(reply));
    const bool taken = parts.workbench.take([answer, work = std::move(work)] {
      auto made = work();
      if (!made) return answer->send(made.error());
      answer->send(json_answer(std::move(*made)));
    });
    if (!taken) answer->send(Error{ErrorCode::kUnavailable, "too much long work is under way; try again later"});
  }
};

openapi::Operation rule_operation(std::string_view id, std::string_view summary, std::string_view answer,
                                  std::string_view schema, unsigned status = 200) {
  openapi::Operation out;
  out.id = id;
  out.tag = "Automation";
  out.summary = summary;
  out.answers = {{status, answer, schema, schema.empty() ? std::vector<std::string_view>{}
                                                         : std::vector<std::string_view>{"application/json"}},
                 {403, "The caller has not the right \"automation\"", "ProblemDetails", {"application/json"}}};
  return out;
}

}  // namespace

void add_automation_routes(Router& router, openapi::Document& document, AutomationParts parts) {
  const AutomationCall call{parts};
  const openapi::Answer missing{404, "There is no such rule", "ProblemDetails", {"application/json"}};
  const openapi::Answer wrong{400, "It is no rule: errors tells the line", "ProblemDetails", {"application/json"}};
  const openapi::Parameter name{"name", "path", "Name of the rule", R"({"type":"string"})"};
  document.add_schema("AutomationRule",
                      R"({"type":"object","properties":{"name":{"type":"string"},"title":{"type":"object"},)"
                      R"("on":{"type":"boolean"},"stopped":{"type":"object"},"words":{"type":"object"},)"
                      R"("active":{"type":"integer"},"version":{"type":"integer"},"rule":{"type":"object"},)"
                      R"("text":{"type":"string"}}})");
  document.add_schema("AutomationRules", R"({"type":"object","properties":{"rules":{"type":"array","items":)"
                                         R"({"$ref":"#/components/schemas/AutomationRule"}},"loops":{"type":"array"}}})");
  document.add_schema("AutomationDraft", R"({"type":"object","properties":{"text":{"type":"string"},)"
                                         R"("rule":{"type":"object"},"on":{"type":"boolean"},)"
                                         R"("from":{"type":"string"},"to":{"type":"string"}}})");
  document.add_schema("AutomationTrial", R"({"type":"object","properties":{"fired":{"type":"integer"},)"
                                         R"("entities":{"type":"integer"},"events":{"type":"array"}}})");
  document.add_schema("AutomationRecords", R"({"type":"array","items":{"type":"object"}})");

  document.add("GET", "/automation/rules", rule_operation("rules", "All rules of the tenant", "The rules", "AutomationRules"));
  router.add("GET", "/automation/rules", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.list(*request, std::move(reply));
  });

  auto get = rule_operation("rule", "A rule, as text and as data", "The rule", "AutomationRule");
  get.parameters = {name};
  get.answers.push_back(missing);
  document.add("GET", "/automation/rules/{name}", get);
  router.add("GET", "/automation/rules/{name}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.get(*request, path[0], std::move(reply));
             });

  auto put = rule_operation("writeRule", "Write a rule, as text or as data", "It is kept", "AutomationRule");
  put.parameters = {name, {"If-Match", "header", "Version that is changed", R"({"type":"string"})"}};
  put.body_schema = "AutomationDraft";
  put.body_media_types = {"application/json"};
  put.answers.push_back(wrong);
  put.answers.push_back({412, "It is another version by now", "ProblemDetails", {"application/json"}});
  document.add("PUT", "/automation/rules/{name}", put);
  router.add("PUT", "/automation/rules/{name}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.put(*request, path[0], std::move(reply));
             });

  auto gone = rule_operation("deleteRule", "Delete a rule; what it began is made safe", "It is gone", "", 204);
  gone.parameters = {name};
  gone.answers.push_back(missing);
  document.add("DELETE", "/automation/rules/{name}", gone);
  router.add("DELETE", "/automation/rules/{name}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.remove(*request, path[0], std::move(reply));
             });

  for (const bool on : {true, false}) {
    const std::string_view path = on ? "/automation/rules/{name}/on" : "/automation/rules/{name}/off";
    auto turn = rule_operation(on ? "switchRuleOn" : "switchRuleOff",
                               on ? "Switch a rule on" : "Switch a rule off; what it began is made safe", "It is done",
                               "AutomationRule");
    turn.parameters = {name};
    turn.answers.push_back(missing);
    document.add("POST", path, turn);
    router.add("POST", path, [call, on](const RequestPtr& request, const PathParameters& parameters, Reply reply) {
      call.turn(*request, parameters[0], on, std::move(reply));
    });
  }

  auto check = rule_operation("checkRule", "What a text or data would be: the rule both ways, in words, its loops",
                              "The rule", "AutomationRule");
  check.body_schema = "AutomationDraft";
  check.body_media_types = {"application/json"};
  check.answers.push_back(wrong);
  document.add("POST", "/automation/check", check);
  router.add("POST", "/automation/check", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.check(*request, std::move(reply));
  });

  auto trial = rule_operation("tryRule", "When a rule would have fired (the last week, or from … to)", "When, and why",
                              "AutomationTrial");
  trial.body_schema = "AutomationDraft";
  trial.body_media_types = {"application/json"};
  trial.answers.push_back(wrong);
  document.add("POST", "/automation/trial", trial);
  router.add("POST", "/automation/trial", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.trial(*request, std::move(reply));
  });

  auto records = rule_operation("ruleRecords", "What rules did, and why; newest first", "The records",
                                "AutomationRecords");
  records.parameters = {{"rule", "query", "Of this rule only", R"({"type":"string"})"},
                        {"entity", "query", "For this entity only", R"({"type":"string"})"},
                        {"from", "query", "Not before", R"({"type":"string","format":"date-time"})"},
                        {"limit", "query", "At most so many", R"({"type":"integer","maximum":1000})"}};
  document.add("GET", "/automation/records", records);
  router.add("GET", "/automation/records", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.records(*request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway
