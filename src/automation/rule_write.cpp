#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "automation/rule.h"
#include "automation/toml_json.h"
#include "base/json_object.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

constexpr std::array<std::string_view, 7> kWeekdayNames{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string in_words(const Words& words) {
  std::string out;
  JsonObject(out).text_if("ja", words.ja).text_if("en", words.en).end();
  return out;
}

std::string clock_text(int minutes) {
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

void texts_if(JsonObject& object, std::string_view name, const std::vector<std::string>& texts) {
  if (!texts.empty()) append_json_texts(object.member(name), texts);
}

void weekdays_if(JsonObject& object, std::uint8_t days) {
  if (days == 0x7f) return;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kWeekdayNames.size(); ++i) {
    if ((days >> i & 1) != 0) names.emplace_back(kWeekdayNames[i]);
  }
  append_json_texts(object.member("weekday"), names);
}

std::string trigger_json(const Trigger& t) {
  std::string out;
  JsonObject object(out);
  switch (t.kind) {
    case Trigger::Kind::kChange:
      append_json_texts(object.member("change"), t.attributes);
      break;
    case Trigger::Kind::kSchedule: {
      object.text_if("every", t.every.text);
      std::vector<std::string> at;
      for (const int minute : t.at) at.push_back(clock_text(minute));
      texts_if(object, "at", at);
      weekdays_if(object, t.weekdays);
      break;
    }
    case Trigger::Kind::kSun:
      object.text("sun", t.sunset ? "sunset" : "sunrise").text_if("offset", t.offset.text);
      object.json("place", fmt::format("[{},{}]", t.longitude, t.latitude));
      weekdays_if(object, t.weekdays);
      break;
    case Trigger::Kind::kGeofence: {
      const std::string_view coordinates = ngsi::walk::member(t.geometry, "coordinates");
      std::string place;
      if (t.within_m > 0) {
        JsonObject(place).json("circle", coordinates).number("radius", t.within_m).end();
      } else {
        JsonObject(place).json("polygon", ngsi::walk::element(coordinates, 0)).end();
      }
      object.json(t.leave ? "leave" : "enter", place);
      break;
    }
    case Trigger::Kind::kSilence:
      object.text("silent", t.silent.text);
      texts_if(object, "attributes", t.attributes);
      break;
  }
  object.end();
  return out;
}

std::string action_json(const Action& a) {
  std::string out;
  JsonObject object(out);
  switch (a.kind) {
    case Action::Kind::kCommand:
    case Action::Kind::kSet:
      object.text(a.kind == Action::Kind::kSet ? "set" : "command", a.attribute).json("value", a.value);
      object.text_if("unit", a.unit_code).text_if("target", a.target);
      break;
    case Action::Kind::kNotice:
    case Action::Kind::kAlarm:
      object.json(a.kind == Action::Kind::kNotice ? "notice" : "alarm", in_words(a.text)).text("severity", a.severity);
      break;
    case Action::Kind::kWebhook:
      object.text("webhook", a.url).text_if("body", a.body);
      break;
  }
  object.end();
  return out;
}

void actions_if(JsonObject& object, std::string_view name, const std::vector<Action>& actions) {
  if (actions.empty()) return;
  std::string& out = object.member(name);
  out += '[';
  for (std::size_t i = 0; i < actions.size(); ++i) {
    if (i > 0) out += ',';
    out += action_json(actions[i]);
  }
  out += ']';
}

std::string safety_json(const Safety& s) {
  std::string out;
  JsonObject object(out);
  if (!s.interlocks.empty()) {
    std::string& list = object.member("interlock");
    list += '[';
    for (const Interlock& lock : s.interlocks) {
      if (list.back() != '[') list += ',';
      JsonObject(list).text("must", lock.must.text).text_if("ja", lock.text.ja).text_if("en", lock.text.en).end();
    }
    list += ']';
  }
  if (s.at_most > 0) object.number("at_most", s.at_most).text("within", s.within.text);
  object.text_if("max_run", s.max_run.text);
  texts_if(object, "signal", s.signal);
  object.text_if("lost_after", s.lost_after.text).text_if("manual", s.manual.text);
  object.end();
  return out;
}

}  // namespace

std::string to_json(const Rule& rule) {
  const Condition& c = rule.condition;
  std::string out;
  JsonObject object(out);
  object.text("name", rule.name).json("title", in_words(rule.title));
  if (!rule.why.empty()) object.json("why", in_words(rule.why));
  object.text_if("source", rule.source);
  texts_if(object, "types", rule.types);
  texts_if(object, "ids", rule.ids);
  object.text_if("where", rule.where.text);
  if (rule.utc_offset_minutes != 9 * 60) {
    const int minutes = std::abs(rule.utc_offset_minutes);
    object.text("utc_offset", (rule.utc_offset_minutes < 0 ? "-" : "+") + clock_text(minutes));
  }
  if (rule.trigger.kind != Trigger::Kind::kChange || !rule.trigger.attributes.empty()) {
    object.json("trigger", trigger_json(rule.trigger));
  }
  object.text_if("if", c.holds.text).text_if("for", c.lasting.text).text_if("until", c.until.text);
  if (c.hours) object.text("hours", clock_text(c.hours->from) + "-" + clock_text(c.hours->to));
  if (c.season) {
    object.text("season", fmt::format("{:02}-{:02}/{:02}-{:02}", c.season->from / 100, c.season->from % 100,
                                      c.season->to / 100, c.season->to % 100));
  }
  if (c.since) {
    std::string since;
    JsonObject(since)
        .text("attribute", c.since->attribute)
        .text_if("from", c.since->from.text)
        .text_if("to", c.since->to.text)
        .end();
    object.json("since", since);
  }
  actions_if(object, "then", rule.then);
  actions_if(object, "ended", rule.ended);
  actions_if(object, "safe", rule.safe);
  if (const std::string safety = safety_json(rule.safety); safety != "{}") object.json("safety", safety);
  if (!rule.labels.empty()) {
    std::string labels;
    JsonObject inner(labels);
    for (const auto& [name, label] : rule.labels) {
      JsonObject(inner.member(name))
          .text_if("ja", label.name.ja)
          .text_if("en", label.name.en)
          .text_if("unit", label.unit)
          .end();
    }
    inner.end();
    object.json("words", labels);
  }
  object.end();
  return out;
}

std::string to_text(const Rule& rule) {
  std::string out = "[[rule]]\n";
  append_toml_lines(out, to_json(rule));
  return out;
}

bool Rule::latches() const {
  switch (trigger.kind) {
    case Trigger::Kind::kSchedule:
    case Trigger::Kind::kSun:
      return !condition.until.text.empty() || !ended.empty() || safety.max_run.us != 0 || safety.lost_after.us != 0;
    default:
      return true;
  }
}

void collect_attributes(const ngsi::QueryExpr& q, std::vector<ngsi::TermId>& out) {
  using Kind = ngsi::QueryExpr::Kind;
  if ((q.kind == Kind::kCompare || q.kind == Kind::kExists) && !q.path.of_entity && q.path.name != ngsi::kNoTerm &&
      std::find(out.begin(), out.end(), q.path.name) == out.end()) {
    out.push_back(q.path.name);
  }
  for (const ngsi::QueryExpr& child : q.children) collect_attributes(child, out);
}

std::vector<ngsi::TermId> attributes_of(const Rule& rule) {
  std::vector<ngsi::TermId> out;
  const auto query = [&out](const Query& q) {
    if (q.expr) collect_attributes(*q.expr, out);
  };
  const auto term = [&out](ngsi::TermId each) {
    if (each != ngsi::kNoTerm && std::find(out.begin(), out.end(), each) == out.end()) out.push_back(each);
  };
  query(rule.where);
  query(rule.condition.holds);
  query(rule.condition.until);
  for (const Interlock& lock : rule.safety.interlocks) query(lock.must);
  for (const ngsi::TermId each : rule.trigger.terms) term(each);
  for (const ngsi::TermId each : rule.safety.signal_terms) term(each);
  if (rule.condition.since) term(rule.condition.since->term);
  for (const auto* actions : {&rule.then, &rule.ended, &rule.safe}) {
    for (const Action& each : *actions) term(each.target_term);
  }
  return out;
}

void collect_followed(const ngsi::QueryExpr& q, std::vector<Followed>& out) {
  if (q.path.linked && q.path.linked->name != ngsi::kNoTerm) {
    const Followed found{q.path.name, q.path.linked->name};
    if (std::find(out.begin(), out.end(), found) == out.end()) out.push_back(found);
  }
  for (const ngsi::QueryExpr& each : q.children) collect_followed(each, out);
}

ngsi::Selection selection_of(const Rule& rule) {
  ngsi::Selection out;
  out.ids = rule.ids;
  ngsi::TypeExpr types{ngsi::TypeExpr::Kind::kOr, {}, {}};
  for (const ngsi::TermId type : rule.type_terms) types.children.push_back({ngsi::TypeExpr::Kind::kType, type, {}});
  out.types = std::move(types);
  if (rule.where.expr) out.q.push_back(*rule.where.expr);
  return out;
}

}  // namespace tsunagu::automation
