#include "gateway/trust/policy_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "gateway/trust/asking.h"
#include "gateway/trust/body_members.h"
#include "ngsi/context.h"
#include "trust/policy/explanation.h"
#include "trust/policy/policy_entity.h"
#include "trust/policy/trial.h"

namespace tsunagu::gateway {
namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 3'600'000'000;
constexpr std::size_t kTrialPage = 1000, kTrialEvents = 100'000;

/// A policy that cannot be read: where, besides what.
Response policy_fault(const Error& error) {
  Response out = problem(error);
  // "NAME:LINE: what"
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

bool is_policy_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string quoted_tag(std::string_view version) {
  return "\"" + std::string(version) + "\"";
}

struct PolicyCall {
  PolicyParts parts;

  /// Who may read policies, or write them.
  Result<trust::Asking> allowed(const Request& request, bool write) const {
    auto asking = asking_of(request, parts.store);
    if (!asking) return asking;
    const auto access = parts.authority.access(asking->subject, asking->tenant, "");
    if (access->may("policies") || (!write && access->may("audit"))) return asking;
    return fail(ErrorCode::kForbidden, write ? "changing policies needs the right \"policies\""
                                             : "reading policies needs the right \"policies\" or \"audit\"");
  }
  Result<ngsi::RecordPtr> find(const trust::Asking& asking, const std::string& name) const {
    auto record = parts.store.find(asking.tenant, trust::policy_id(name));
    if (!record || !record->has_type(trust::TrustTerms::get().policy)) {
      return fail(ErrorCode::kResourceNotFound, "there is no policy " + name);
    }
    return record;
  }

  static std::string summary(const ngsi::Record& record, bool with_text) {
    const auto& t = trust::TrustTerms::get();
    const std::string name = trust::policy_name(record.id()), text = trust::text_of(record, t.text);
    const auto policy = trust::read_policy(text, name);
    std::string out;
    JsonObject object(out);
    object.text("name", name).text("id", record.id()).text("status", trust::text_of(record, t.status));
    object.text("version", trust::policy_version(record)).text("modified", trust::policy_version(record));
    if (policy) object.json("title", json_of((*policy)->title)).number("rules", (*policy)->rules.size());
    if (!policy) object.text("fault", policy.error().detail);
    if (with_text) object.text("text", text);
    object.end();
    return out;
  }

  void list(const Request& request, Reply reply) const {
    const auto asking = allowed(request, false);
    if (!asking) return reply.send(asking.error());
    ngsi::Selection selection;
    selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, trust::TrustTerms::get().policy, {}};
    std::vector<ngsi::RecordPtr> found;
    const auto cursor = parts.store.query(asking->tenant, std::move(selection));
    while (cursor->step(1024, 1024, found)) {
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->id() < b->id(); });
    std::string out = "[";
    for (const auto& record : found) {
      if (out.size() > 1) out += ',';
      out += summary(*record, false);
    }
    reply.send(json_answer(out += ']'));
  }

  void get(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = allowed(request, false);
    if (!asking) return reply.send(asking.error());
    const auto record = find(*asking, name);
    if (!record) return reply.send(record.error());
    Response response = json_answer(summary(**record, true));
    response.headers.emplace_back("ETag", quoted_tag(trust::policy_version(**record)));
    reply.send(std::move(response));
  }

  void put(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = allowed(request, true);
    if (!asking) return reply.send(asking.error());
    if (!is_policy_name(name)) {
      return reply.send(Error{ErrorCode::kInvalidRequest, "the name of a policy has small letters, digits and -"});
    }
    auto body = BodyMembers::read(request.body(), {"text"});
    if (!body) return reply.send(body.error());
    std::string text = body->text("text");
    if (body->fault()) return reply.send(*body->fault());
    if (const auto policy = trust::read_policy(text, name); !policy) return reply.send(policy_fault(policy.error()));
    std::optional<std::string> expected;
    if (request.has_header("If-None-Match")) expected = "";
    if (request.has_header("If-Match")) {
      std::string_view tag = trim(request.header("If-Match"));
      if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
      if (tag != "*") expected = std::string(tag);
    }
    trust::AuditRecord event;
    event.kind = trust::AuditKind::kPolicy;
    event.subject = asking->subject;
    event.action = "write";
    event.tenant = asking->tenant_name;
    event.request = asking->request;
    event.peer = asking->peer;
    event.outcome = "ok";
    event.entities = {trust::policy_id(name)};
    event.count = 1;
    const auto answer = keep(std::move(reply));
    parts.auditor.record(std::move(event), [&store = parts.store, answer, name, text = std::move(text), expected,
                                            tenant = asking->tenant](Result<void> recorded) {
      if (!recorded) return answer->send(recorded.error());
      std::vector<store::Write> writes;
      writes.emplace_back(trust::write_policy(tenant, name, text, expected));
      store.submit(std::move(writes), [answer](std::vector<store::Outcome> outcomes) {
        const store::Outcome& outcome = outcomes[0];
        if (!outcome.result && outcome.result.error().code == ErrorCode::kConflict) {
          Response response = problem(outcome.result.error());
          response.status = 412;  // RFC 9110 clause 13.1.1
          return answer->send(std::move(response));
        }
        if (!outcome.result) return answer->send(outcome.result.error());
        Response response = json_answer(summary(*outcome.after, false));
        response.headers.emplace_back("ETag", quoted_tag(trust::policy_version(*outcome.after)));
        answer->send(std::move(response));
      });
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

  void versions(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = allowed(request, false);
    if (!asking) return reply.send(asking.error());
    if (const auto record = find(*asking, name); !record) return reply.send(record.error());
    later(std::move(reply), [&store = parts.store, tenant = asking->tenant, name]() -> Result<std::string> {
      auto found = trust::policy_versions(store, tenant, name);
      if (!found) return tl::unexpected(found.error());
      std::reverse(found->begin(), found->end());
      std::string out = "[";
      for (const auto& each : *found) {
        if (out.size() > 1) out += ',';
        JsonObject(out).text("version", each.version).text("at", each.version).text("text", each.text).end();
      }
      return out += ']';
    });
  }

  void trial(const Request& request, const std::string& name, Reply reply) const {
    const auto asking = allowed(request, false);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"text"});
    if (!body) return reply.send(body.error());
    const std::string text = body->text("text");
    if (body->fault()) return reply.send(*body->fault());
    auto policy = trust::read_policy(text, name);
    if (!policy) return reply.send(policy_fault(policy.error()));
    later(std::move(reply),
          [parts = parts, policy = *policy, tenant_name = asking->tenant_name]() -> Result<std::string> {
            trust::PolicyTrial trial(parts.authority, parts.store, policy);
            std::uint64_t events = 0;
            trust::AuditQuery query;
            query.since = Instant{now().us - kDay};
            query.limit = kTrialPage;
            bool more = parts.trail != nullptr;
            while (more && events < kTrialEvents) {
              const auto page = parts.trail->search(query);
              for (const auto& event : page.events) {
                if (event.record.tenant == tenant_name) trial.ask(event.record);
              }
              events += page.events.size();
              query.before = page.before;
              more = page.before != 0;
            }
            std::string changes = "[";
            for (const auto& each : trial.changes()) {
              if (changes.size() > 1) changes += ',';
              JsonObject(changes)
                  .text("who", each.who)
                  .text("action", each.action)
                  .text("purpose", each.purpose)
                  .text("entity", each.entity)
                  .text("before", each.before)
                  .text("after", each.after)
                  .number("n", each.n)
                  .end();
            }
            changes += ']';
            std::string out;
            JsonObject(out)
                .number("asked", trial.asked())
                .number("changed", trial.changed())
                .number("gone", trial.gone())
                .truth("complete", !more)
                .json("changes", changes)
                .end();
            return out;
          });
  }

  void explain(const Request& request, Reply reply) const {
    const auto asking = allowed(request, false);
    if (!asking) return reply.send(asking.error());
    const auto query = QueryString::parse(request.target());
    if (!query) return reply.send(query.error());
    const auto one = [&](std::string_view name) { return std::string(query->get(name).value_or("")); };
    const auto action = trust::parse_action(one("action"));
    if (!action) {
      return reply.send(
          Error{ErrorCode::kInvalidRequest, "action is read, history, subscribe, create, update or delete"});
    }
    const auto record = parts.store.find(asking->tenant, one("entity"));
    if (!record) {
      return reply.send(Error{ErrorCode::kResourceNotFound, "entity: there is no entity " + one("entity")});
    }
    trust::Question question;
    question.subject = trust::subject_named(parts.store, asking->tenant, asking->tenant_name, one("subject"));
    question.tenant = asking->tenant;
    question.action = *action;
    question.purpose = one("purpose");
    reply.send(json_answer(print(trust::explanation(parts.authority, question, *record))));
  }

  static std::string print(const trust::Explanation& found) {
    std::string rules = "[";
    for (const auto& tale : found.rules) {
      if (rules.size() > 1) rules += ',';
      std::string conditions = "[";
      for (const auto& each : tale.conditions) {
        if (conditions.size() > 1) conditions += ',';
        JsonObject(conditions).truth("holds", each.holds).text("key", each.key).text("text", each.text).end();
      }
      conditions += ']';
      JsonObject(rules)
          .text("rule", tale.policy + "/" + tale.rule)
          .json("title", json_of(tale.title))
          .truth("allows", tale.allows())
          .text_if("because", tale.because)
          .json("conditions", conditions)
          .end();
    }
    rules += ']';
    std::vector<std::string> names;
    for (const std::string& iri : found.attributes) names.push_back(ngsi::core_context()->compact_iri(iri));
    std::string out;
    JsonObject object(out);
    object.truth("allowed", found.allowed);
    found.rule.empty() ? object.json("rule", "null") : object.text("rule", found.rule);
    object.text_if("because", found.because).text("reason", found.text);
    if (found.allowed && !found.whole) {
      append_json_texts(object.member("attributes"), names);
    } else {
      object.json("attributes", "null");
    }
    object.json("rules", rules).end();
    return out;
  }
};

openapi::Operation policy_operation(std::string_view id, std::string_view summary, std::string_view answer,
                                    std::string_view schema) {
  openapi::Operation out;
  out.id = id;
  out.tag = "Trust";
  out.summary = summary;
  out.answers = {{200, answer, schema, {"application/json"}},
                 {401, "Nobody is signed in", "ProblemDetails", {"application/json"}},
                 {403, "The caller has not the right", "ProblemDetails", {"application/json"}}};
  return out;
}

}  // namespace

void add_policy_routes(Router& router, openapi::Document& document, PolicyParts parts) {
  const PolicyCall call{parts};
  const openapi::Answer missing{404, "There is no such policy, or entity", "ProblemDetails", {"application/json"}};
  const openapi::Answer wrong{
      400, "The text is no policy: errors tells the line", "ProblemDetails", {"application/json"}};
  const openapi::Parameter name{"name", "path", "Name of the policy", R"({"type":"string"})"};
  document.add_schema("AccessPolicy",
                      R"({"type":"object","properties":{"name":{"type":"string"},"title":{"type":"object"},)"
                      R"("status":{"type":"string"},"version":{"type":"string"},"text":{"type":"string"}}})");
  document.add_schema("AccessPolicies", R"({"type":"array","items":{"$ref":"#/components/schemas/AccessPolicy"}})");
  document.add_schema("AccessPolicyText", R"({"type":"object","additionalProperties":false,"required":["text"],)"
                                          R"("properties":{"text":{"type":"string"}}})");
  document.add_schema("AccessPolicyTrial", R"({"type":"object","properties":{"asked":{"type":"integer"},)"
                                           R"("changed":{"type":"integer"},"changes":{"type":"array"}}})");
  document.add_schema(
      "AccessExplanation",
      R"({"type":"object","properties":{"allowed":{"type":"boolean"},"rule":{"type":["string","null"]},)"
      R"("because":{"type":"string"},"reason":{"type":"string"},"rules":{"type":"array"}}})");

  document.add("GET", "/trust/policies",
               policy_operation("policies", "Policies of the tenant", "The policies", "AccessPolicies"));
  router.add("GET", "/trust/policies", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.list(*request, std::move(reply));
  });

  auto get = policy_operation("policy", "A policy and its text", "The policy", "AccessPolicy");
  get.parameters = {name};
  get.answers.push_back(missing);
  document.add("GET", "/trust/policies/{name}", get);
  router.add("GET", "/trust/policies/{name}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.get(*request, path[0], std::move(reply));
             });

  auto put = policy_operation("writePolicy", "Write a policy; it holds at once", "It holds", "AccessPolicy");
  put.parameters = {name, {"If-Match", "header", "Version that is changed", R"({"type":"string"})"}};
  put.body_schema = "AccessPolicyText";
  put.body_media_types = {"application/json"};
  put.answers.push_back(wrong);
  put.answers.push_back({412, "It is another version by now", "ProblemDetails", {"application/json"}});
  document.add("PUT", "/trust/policies/{name}", put);
  router.add("PUT", "/trust/policies/{name}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.put(*request, path[0], std::move(reply));
             });

  auto versions =
      policy_operation("policyVersions", "What a policy was, newest first", "The versions", "AccessPolicies");
  versions.parameters = {name};
  versions.answers.push_back(missing);
  document.add("GET", "/trust/policies/{name}/versions", versions);
  router.add("GET", "/trust/policies/{name}/versions",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.versions(*request, path[0], std::move(reply));
             });

  auto trial = policy_operation("tryPolicy", "What a text in the place of this policy would have changed yesterday",
                                "What would be different", "AccessPolicyTrial");
  trial.parameters = {name};
  trial.body_schema = "AccessPolicyText";
  trial.body_media_types = {"application/json"};
  trial.answers.push_back(wrong);
  document.add("POST", "/trust/policies/{name}/trial", trial);
  router.add("POST", "/trust/policies/{name}/trial",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.trial(*request, path[0], std::move(reply));
             });

  auto explain = policy_operation("explainAccess", "Why somebody may, or may not", "The rule, or the nearest rules",
                                  "AccessExplanation");
  explain.parameters = {{"subject", "query", "URN of the subject; anonymous", R"({"type":"string"})"},
                        {"action", "query", "What they want to do",
                         R"({"type":"string","enum":["read","history","subscribe","create","update","delete"]})"},
                        {"entity", "query", "URN of the entity", R"({"type":"string"})"},
                        {"purpose", "query", "Purpose that they name", R"({"type":"string"})"}};
  explain.answers.push_back(missing);
  document.add("GET", "/trust/explain", explain);
  router.add("GET", "/trust/explain", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.explain(*request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway
