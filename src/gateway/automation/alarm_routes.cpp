#include "gateway/automation/alarm_routes.h"

#include <algorithm>
#include <map>

#include "base/json_object.h"
#include "base/uri.h"
#include "gateway/automation/logged.h"
#include "gateway/guard/caller.h"
#include "gateway/trust/body_members.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway {
namespace {

using automation::Alarm;

constexpr std::string_view kByHand = "by-hand";

struct AlarmCall {
  AlarmParts parts;

  static std::string who(const trust::Asking& asking) {
    return asking.subject->name.empty() ? asking.subject->id : asking.subject->name;
  }

  /// Open ones, or those of a status; newest first, and how many of which rule.
  void list(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto query = QueryString::parse(request.target());
    if (!query) return reply.send(query.error());
    const std::string status(query->get("status").value_or("open")), source(query->get("source").value_or(""));
    if (status != "open" && status != "all" && status != "raised" && status != "acknowledged" && status != "shelved" &&
        status != "cleared") {
      return reply.send(Error{ErrorCode::kInvalidRequest,
                              "status is open, all, raised, acknowledged, shelved or cleared"});
    }
    struct Group {
      std::size_t count = 0;
      std::string worst;
    };
    std::map<std::string, Group> groups;
    std::string alarms = "[";
    for (const Alarm& each : parts.alarms.all(asking->tenant)) {
      const bool fits = status == "all" || (status == "open" ? each.open() : name(each.status) == status);
      if (!fits || (!source.empty() && each.source != source)) continue;
      Group& group = groups[each.source];
      ++group.count;
      if (group.worst.empty() || automation::severity_rank(each.severity) < automation::severity_rank(group.worst)) {
        group.worst = each.severity;
      }
      if (alarms.size() > 1) alarms += ',';
      alarms += automation::to_json(each);
    }
    alarms += ']';
    std::string list = "[";
    for (const auto& [rule, group] : groups) {
      if (list.size() > 1) list += ',';
      JsonObject(list).text("source", rule).number("count", group.count).text("worst", group.worst).end();
    }
    list += ']';
    std::string out;
    JsonObject(out).json("alarms", alarms).json("groups", list).end();
    reply.send(json_answer(std::move(out)));
  }

  void get(const Request& request, const std::string& id, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    const auto alarm = parts.alarms.find(asking->tenant, id);
    if (!alarm) return reply.send(Error{ErrorCode::kResourceNotFound, "there is no alarm " + id});
    reply.send(json_answer(automation::to_json(*alarm)));
  }

  void raise(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"entity", "severity", "text"});
    if (!body) return reply.send(body.error());
    const std::string entity = body->text("entity"), severity = body->text("severity");
    const std::string_view text = body->json("text");
    const auto member = [&](std::string_view name) {
      const std::string_view found = ngsi::walk::member(text, name);
      return ngsi::walk::is_string(found) ? json_string_text(found) : std::string();
    };
    automation::Words words{member("ja"), member("en")};
    if (words.ja.empty()) words.ja = words.en;
    if (words.en.empty()) words.en = words.ja;
    if (words.empty()) body->wrong("text", "is { \"ja\": …, \"en\": … }");
    if (automation::severity_rank(severity) < 0) body->wrong("severity", "is critical, major, minor or warning");
    if (!is_absolute_uri(entity)) body->wrong("entity", "is the URN of what it is about");
    if (body->fault()) return reply.send(*body->fault());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, "raise", "alarm on " + entity, answer,
                  [parts = parts, answer, asking = *asking, entity, severity, words] {
                    const automation::Words reason{who(asking) + " さんが手で出しました。", "Raised by hand by " + who(asking) + "."};
                    answer->send(json_answer(automation::to_json(parts.alarms.raise(
                                                 asking.tenant, std::string(kByHand), entity, severity, words, reason)),
                                             201));
                  });
  }

  /// A flood: all of one rule that nobody has seen to.
  void acknowledge_all(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"source", "note"});
    if (!body) return reply.send(body.error());
    const std::string source = body->text("source"), note = body->text_if("note").value_or("");
    if (body->fault()) return reply.send(*body->fault());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, "acknowledge", "alarms of " + source, answer,
                  [parts = parts, answer, asking = *asking, source, note] {
                    std::string out;
                    JsonObject(out)
                        .number("acknowledged", parts.alarms.acknowledge_all(asking.tenant, source, who(asking), note))
                        .end();
                    answer->send(json_answer(std::move(out)));
                  });
  }

  void change(const Request& request, const std::string& id, const std::string& action, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body().empty() ? "{}" : request.body(), {"note", "until", "minutes"});
    if (!body) return reply.send(body.error());
    const std::string note = body->text_if("note").value_or("");
    auto until = body->instant_if("until");
    if (const auto minutes = body->number_if("minutes")) {
      until = Instant{parts.alarms.clock().us + std::int64_t{*minutes} * 60'000'000};
    }
    if (action == "shelve" && !until) body->wrong("until", "says until when; or \"minutes\"");
    if (body->fault()) return reply.send(*body->fault());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, action, "alarm " + id, answer,
                  [parts = parts, answer, asking = *asking, id, action, note, until] {
                    const auto done =
                        action == "acknowledge" ? parts.alarms.acknowledge(asking.tenant, id, who(asking), note)
                        : action == "reopen"    ? parts.alarms.reopen(asking.tenant, id)
                        : action == "shelve"    ? parts.alarms.shelve(asking.tenant, id, who(asking), *until)
                                                : parts.alarms.clear(asking.tenant, id);
                    if (!done) return answer->send(done.error());
                    answer->send(json_answer(automation::to_json(*done)));
                  });
  }

  void roster(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    std::string out;
    JsonObject(out).text("text", parts.alarms.roster(asking->tenant)).end();
    reply.send(json_answer(std::move(out)));
  }

  /// What a text would be, and who would be on duty now.
  void check_roster(const Request& request, Reply reply) const {
    auto body = BodyMembers::read(request.body(), {"text"});
    if (!body) return reply.send(body.error());
    const std::string text = body->text_if("text").value_or("");
    if (body->fault()) return reply.send(*body->fault());
    const auto roster = automation::read_roster(text, "roster");
    if (!roster) return reply.send(roster.error());
    reply.send(json_answer(automation::to_json(*roster, parts.alarms.clock())));
  }

  void put_roster(const Request& request, Reply reply) const {
    const auto asking = asking_of(request, parts.store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"text"});
    if (!body) return reply.send(body.error());
    const std::string text = body->text_if("text").value_or("");
    if (body->fault()) return reply.send(*body->fault());
    const auto answer = keep(std::move(reply));
    log_operation(parts.auditor, *asking, "write", "alarm roster", answer,
                  [parts = parts, answer, tenant = asking->tenant, text] {
                    parts.alarms.set_roster(tenant, text, [answer, text](Result<void> kept) {
                      if (!kept) return answer->send(kept.error());
                      std::string out;
                      JsonObject(out).text("text", text).end();
                      answer->send(json_answer(std::move(out)));
                    });
                  });
  }
};

openapi::Operation alarm_operation(std::string_view id, std::string_view summary, std::string_view answer,
                                   std::string_view schema, unsigned status = 200) {
  openapi::Operation out;
  out.id = id;
  out.tag = "Alarms";
  out.summary = summary;
  out.answers = {{status, answer, schema, {"application/json"}},
                 {403, "The caller has not the right", "ProblemDetails", {"application/json"}}};
  return out;
}

}  // namespace

void add_alarm_routes(Router& router, openapi::Document& document, AlarmParts parts) {
  const AlarmCall call{parts};
  const openapi::Answer missing{404, "There is no such alarm", "ProblemDetails", {"application/json"}};
  const openapi::Parameter id{"id", "path", "URN of the alarm", R"({"type":"string"})"};
  document.add_schema("Alarm", R"({"type":"object","properties":{"id":{"type":"string"},"source":{"type":"string"},)"
                               R"("entity":{"type":"string"},"severity":{"type":"string"},"status":{"type":"string"},)"
                               R"("text":{"type":"object"},"reason":{"type":"object"},"count":{"type":"integer"}}})");
  document.add_schema("Alarms", R"({"type":"object","properties":{"alarms":{"type":"array","items":)"
                                R"({"$ref":"#/components/schemas/Alarm"}},"groups":{"type":"array"}}})");
  document.add_schema("AlarmDraft", R"({"type":"object","required":["entity","severity","text"],"properties":)"
                                    R"({"entity":{"type":"string"},"severity":{"type":"string"},"text":{"type":"object"}}})");
  document.add_schema("AlarmChange", R"({"type":"object","properties":{"note":{"type":"string"},)"
                                     R"("until":{"type":"string"},"minutes":{"type":"integer"}}})");
  document.add_schema("AlarmDuties", R"({"type":"object","properties":{"duties":{"type":"array","items":{"type":"object"}}}})");
  document.add_schema("AlarmsOfRule", R"({"type":"object","required":["source"],"properties":{"source":{"type":"string"},"note":{"type":"string"}}})");
  document.add_schema("AlarmCount", R"({"type":"object","properties":{"acknowledged":{"type":"integer"}}})");
  document.add_schema("AlarmRoster", R"({"type":"object","properties":{"text":{"type":"string"}}})");

  auto list = alarm_operation("alarms", "Alarms, newest first, and how many of which rule", "The alarms", "Alarms");
  list.parameters = {{"status", "query", "open (the default), all, raised, acknowledged, shelved, cleared", R"({"type":"string"})"},
                     {"source", "query", "Of this rule only", R"({"type":"string"})"}};
  document.add("GET", "/alarms", list);
  router.add("GET", "/alarms", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.list(*request, std::move(reply));
  });

  auto raise = alarm_operation("raiseAlarm", "Raise an alarm by hand", "It is raised", "Alarm", 201);
  raise.body_schema = "AlarmDraft";
  raise.body_media_types = {"application/json"};
  document.add("POST", "/alarms", raise);
  router.add("POST", "/alarms", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.raise(*request, std::move(reply));
  });

  auto all = alarm_operation("acknowledgeAlarms", "Say that one sees to all alarms of a rule that nobody has seen to", "How many", "AlarmCount");
  all.body_schema = "AlarmsOfRule";
  all.body_media_types = {"application/json"};
  document.add("POST", "/alarms/acknowledge", all);
  router.add("POST", "/alarms/acknowledge", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.acknowledge_all(*request, std::move(reply));
  });

  auto get = alarm_operation("alarm", "An alarm, and who was told of it", "The alarm", "Alarm");
  get.parameters = {id};
  get.answers.push_back(missing);
  document.add("GET", "/alarms/{id}", get);
  router.add("GET", "/alarms/{id}", [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
    call.get(*request, path[0], std::move(reply));
  });

  struct Change {
    std::string_view path, action, id, summary;
  };
  for (const Change& each : {Change{"/alarms/{id}/acknowledge", "acknowledge", "acknowledgeAlarm", "Say that one sees to it: nobody more is called"},
                             Change{"/alarms/{id}/shelve", "shelve", "shelveAlarm", "Put it aside for a time, seven days at most"},
                             Change{"/alarms/{id}/reopen", "reopen", "reopenAlarm", "Take back what was done to it last: it is raised as before"},
                             Change{"/alarms/{id}/clear", "clear", "clearAlarm", "Say that it is over"}}) {
    auto change = alarm_operation(each.id, each.summary, "It is done", "Alarm");
    change.parameters = {id};
    change.body_schema = "AlarmChange";
    change.body_media_types = {"application/json"};
    change.answers.push_back(missing);
    change.answers.push_back({409, "It is in that state already", "ProblemDetails", {"application/json"}});
    document.add("POST", each.path, change);
    router.add("POST", each.path, [call, action = std::string(each.action)](const RequestPtr& request,
                                                                         const PathParameters& path, Reply reply) {
      call.change(*request, path[0], action, std::move(reply));
    });
  }

  document.add("GET", "/automation/roster", alarm_operation("alarmRoster", "Who is called for alarms", "The roster", "AlarmRoster"));
  router.add("GET", "/automation/roster", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.roster(*request, std::move(reply));
  });
  auto check = alarm_operation("checkAlarmRoster", "How a text is understood as a roster, and who would be on duty now", "It is a roster", "AlarmDuties");
  check.body_schema = "AlarmRoster";
  check.body_media_types = {"application/json"};
  check.answers.push_back({400, "It is no roster: the detail tells the line", "ProblemDetails", {"application/json"}});
  document.add("POST", "/automation/roster/check", check);
  router.add("POST", "/automation/roster/check", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.check_roster(*request, std::move(reply));
  });
  auto put = alarm_operation("writeAlarmRoster", "Write who is called for alarms", "It holds", "AlarmRoster");
  put.body_schema = "AlarmRoster";
  put.body_media_types = {"application/json"};
  put.answers.push_back({400, "It is no roster: the detail tells the line", "ProblemDetails", {"application/json"}});
  document.add("PUT", "/automation/roster", put);
  router.add("PUT", "/automation/roster", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.put_roster(*request, std::move(reply));
  });
}

}  // namespace tsunagu::gateway
