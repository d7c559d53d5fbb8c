#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "automation/rule.h"
#include "automation/toml_json.h"
#include "base/json.h"
#include "base/text.h"
#include "base/uri.h"
#include "ngsi/body.h"
#include "ngsi/context.h"
#include "ngsi/duration.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::string_view, 4> kSeverities{"critical", "major", "minor", "warning"};
constexpr std::size_t kMaxActions = 20, kMaxRules = 1000;

bool is_rule_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// "05:30" → minutes; -1: none. 24:00 is the end of a day.
int minutes_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const auto h = parse_number<int>(text.substr(0, 2)), m = parse_number<int>(text.substr(3));
  if (!h || !m || *h < 0 || *m < 0 || *m > 59 || *h * 60 + *m > 24 * 60) return -1;
  return *h * 60 + *m;
}

/// "07-04" → 704; -1: none.
int day_of(std::string_view text) {
  constexpr std::array<int, 12> kLast{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (text.size() != 5 || text[2] != '-') return -1;
  const auto m = parse_number<int>(text.substr(0, 2)), d = parse_number<int>(text.substr(3));
  if (!m || !d || *m < 1 || *m > 12 || *d < 1 || *d > kLast[static_cast<std::size_t>(*m - 1)]) return -1;
  return *m * 100 + *d;
}

/// Reads one rule; the first fault is kept.
class RuleReader {
 public:
  RuleReader(std::string_view file, const toml::table& table) : file_(file), root_(table) {}
  Result<RulePtr> read();

 private:
  void wrong(const toml::node& node, std::string_view reason) {
    if (fault_) return;
    const auto line = node.source().begin.line;
    fault_ = Error{ErrorCode::kBadRequestData,
                   line == 0 ? fmt::format("{}: {}", file_, reason) : fmt::format("{}:{}: {}", file_, line, reason)};
  }
  const toml::node& at(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    return node != nullptr ? *node : table;
  }
  void only(const toml::table& table, std::string_view what, std::initializer_list<std::string_view> known);
  std::string text(const toml::table& table, std::string_view key);
  std::vector<std::string> texts(const toml::table& table, std::string_view key);
  double number(const toml::table& table, std::string_view key, double least, double most, double otherwise);
  const toml::table* table_at(const toml::table& table, std::string_view key, std::string_view how);
  Words words(const toml::table& table) { return {text(table, "ja"), text(table, "en")}; }
  Words words_at(const toml::table& table, std::string_view key);
  Span span(const toml::table& table, std::string_view key, bool with_sign = false);
  ngsi::TermId term(const toml::node& node, std::string_view name);
  Query query(const toml::table& table, std::string_view key);
  std::uint8_t weekdays(const toml::table& table);

  void head();
  void trigger();
  void schedule(const toml::table& table);
  void geofence(const toml::table& table, std::string_view key);
  void condition();
  std::vector<Action> actions(std::string_view key);
  Action action(const toml::table& table);
  void safety();
  void fits_together();

  std::string_view file_;
  const toml::table& root_;
  std::optional<Error> fault_;
  Rule rule_;
};

void RuleReader::only(const toml::table& table, std::string_view what, std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      wrong(node, fmt::format("\"{}\" means nothing {}; there are {}", key.str(), what, fmt::join(known, ", ")));
    }
  }
}

std::string RuleReader::text(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  if (!node->is_string()) wrong(*node, fmt::format("{} is a text in quotes", key));
  return node->value_or(std::string());
}

std::vector<std::string> RuleReader::texts(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  if (node->is_string()) return {node->value_or(std::string())};
  std::vector<std::string> out;
  if (!node->is_array()) wrong(*node, fmt::format("{} is a list of texts: {} = [\"…\"]", key, key));
  if (const toml::array* array = node->as_array()) {
    for (const toml::node& item : *array) {
      if (!item.is_string()) wrong(item, fmt::format("{} is a list of texts in quotes", key));
      out.push_back(item.value_or(std::string()));
    }
  }
  return out;
}

double RuleReader::number(const toml::table& table, std::string_view key, double least, double most,
                          double otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto value = node->is_number() ? node->value<double>() : std::nullopt;
  if (!value || !(*value >= least && *value <= most)) {
    wrong(*node, fmt::format("{} is a number from {} to {}", key, least, most));
    return otherwise;
  }
  return *value;
}

const toml::table* RuleReader::table_at(const toml::table& table, std::string_view key, std::string_view how) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) wrong(*node, fmt::format("{} is written {} = {}", key, key, how));
  return node->as_table();
}

Words RuleReader::words_at(const toml::table& table, std::string_view key) {
  const toml::table* inner = table_at(table, key, "{ ja = \"…\", en = \"…\" }");
  if (inner == nullptr) return {};
  only(*inner, fmt::format("in {}", key), {"ja", "en"});
  return words(*inner);
}

Span RuleReader::span(const toml::table& table, std::string_view key, bool with_sign) {
  Span out{text(table, key), 0};
  if (out.text.empty()) return out;
  std::string_view rest = out.text;
  const bool negative = with_sign && rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const auto duration = ngsi::parse_duration(rest);
  if (!duration || duration->months != 0 || (duration->us == 0 && !with_sign)) {
    wrong(at(table, key), fmt::format("{} is a time like \"PT10M\" (10 minutes), \"PT4H\" or \"P25D\" (25 days)", key));
    return {};
  }
  out.us = negative ? -duration->us : duration->us;
  return out;
}

ngsi::TermId RuleReader::term(const toml::node& node, std::string_view name) {
  if (!ngsi::valid_name(name) && !is_absolute_iri(name)) {
    wrong(node, fmt::format("\"{}\" is no name of a type or attribute", name));
    return ngsi::kNoTerm;
  }
  return ngsi::core_context()->intern(name);
}

Query RuleReader::query(const toml::table& table, std::string_view key) {
  Query out{text(table, key), nullptr, false};
  if (out.text.empty()) return out;
  std::vector<ngsi::Names::Use> uses;
  auto q = ngsi::parse_q(out.text, ngsi::Names(*ngsi::core_context(), uses));
  if (!q) {
    wrong(at(table, key), fmt::format("{}: {}", key, q.error().detail));
    return {};
  }
  out.links = ngsi::linked_depth(*q) > 0;
  out.expr = std::make_shared<const ngsi::QueryExpr>(std::move(*q));
  return out;
}

std::uint8_t RuleReader::weekdays(const toml::table& table) {
  if (!table.contains("weekday")) return 0x7f;
  std::uint8_t out = 0;
  for (const std::string& day : texts(table, "weekday")) {
    const auto found = std::find(kDays.begin(), kDays.end(), day);
    if (found == kDays.end()) {
      wrong(at(table, "weekday"), fmt::format("weekday is a list of {}", fmt::join(kDays, ", ")));
      return 0x7f;
    }
    out |= static_cast<std::uint8_t>(1u << (found - kDays.begin()));
  }
  return out;
}

void RuleReader::head() {
  only(root_, "in a rule", {"name", "title", "why", "source", "types", "ids", "where", "utc_offset", "trigger", "if",
                            "for", "until", "hours", "season", "since", "then", "ended", "safe", "safety", "words"});
  rule_.line = static_cast<unsigned>(root_.source().begin.line);
  rule_.name = text(root_, "name");
  if (!is_rule_name(rule_.name)) wrong(at(root_, "name"), "a rule has a name of small letters, digits and -");
  rule_.title = words_at(root_, "title");
  if (rule_.title.ja.empty() && rule_.title.en.empty()) {
    wrong(at(root_, "title"), "a rule has a title for people: title = { ja = \"…\", en = \"…\" }");
  }
  if (rule_.title.ja.empty()) rule_.title.ja = rule_.title.en;
  if (rule_.title.en.empty()) rule_.title.en = rule_.title.ja;
  rule_.why = words_at(root_, "why");
  rule_.source = text(root_, "source");
  rule_.types = texts(root_, "types");
  if (rule_.types.empty()) wrong(at(root_, "types"), "a rule says which entities it is for: types = [\"AgriParcel\"]");
  for (const std::string& type : rule_.types) rule_.type_terms.push_back(term(at(root_, "types"), type));
  rule_.ids = texts(root_, "ids");
  for (const std::string& id : rule_.ids) {
    if (!is_absolute_uri(id)) wrong(at(root_, "ids"), fmt::format("\"{}\": ids are URNs, urn:ngsi-ld:…", id));
  }
  rule_.where = query(root_, "where");
  if (rule_.where.links) wrong(at(root_, "where"), "where looks at the entity itself: put what is linked into \"if\"");
  if (const std::string offset = text(root_, "utc_offset"); !offset.empty()) {
    const int minutes = minutes_of(std::string_view(offset).substr(1));
    if (minutes < 0 || minutes > 14 * 60 || (offset[0] != '+' && offset[0] != '-')) {
      wrong(at(root_, "utc_offset"), "utc_offset is written \"+09:00\"");
    }
    rule_.utc_offset_minutes = offset[0] == '-' ? -minutes : minutes;
  }
  if (const toml::table* labels = table_at(root_, "words", "{ ATTRIBUTE = { ja = \"…\", en = \"…\", unit = \"cm\" } }")) {
    for (const auto& [name, node] : *labels) {
      const toml::table* inner = node.as_table();
      if (inner == nullptr) {
        wrong(node, "a word for an attribute is written NAME = { ja = \"…\", en = \"…\", unit = \"cm\" }");
        continue;
      }
      only(*inner, "in words", {"ja", "en", "unit"});
      term(node, name.str());
      rule_.labels[std::string(name.str())] = {words(*inner), text(*inner, "unit")};
    }
  }
}

void RuleReader::schedule(const toml::table& table) {
  Trigger& t = rule_.trigger;
  t.kind = Trigger::Kind::kSchedule;
  only(table, "in a trigger at times", {"every", "at", "weekday"});
  t.every = span(table, "every");
  constexpr std::int64_t kMinute = 60'000'000;
  if (t.every.us != 0 && (t.every.us < kMinute || 1440 * kMinute % t.every.us != 0)) {
    wrong(at(table, "every"), "every is a minute or more, and goes into a day: \"PT10M\", \"PT1H\", \"PT6H\"");
  }
  for (const std::string& each : texts(table, "at")) {
    const int minute = minutes_of(each);
    if (minute < 0 || minute >= 1440) wrong(at(table, "at"), fmt::format("\"{}\": at is written [\"05:30\"]", each));
    t.at.push_back(minute);
  }
  std::sort(t.at.begin(), t.at.end());
  if ((t.every.us != 0) == !t.at.empty()) wrong(table, "either every or at");
  t.weekdays = weekdays(table);
}

void RuleReader::geofence(const toml::table& table, std::string_view key) {
  constexpr std::string_view kHow = "{ circle = [141.35, 43.06], radius = 500 } or { polygon = [[lon, lat], …] }";
  Trigger& t = rule_.trigger;
  t.kind = Trigger::Kind::kGeofence;
  t.leave = key == "leave";
  t.terms = {ngsi::core_context()->intern("location")};
  only(table, "in a trigger of a place", {key});
  const toml::table* place = table_at(table, key, kHow);
  if (place == nullptr) return;
  only(*place, "in a place", {"circle", "radius", "polygon"});
  std::string type, coordinates, relation;
  const auto pair = [](const toml::node& node) {
    const toml::array* array = node.as_array();
    return array != nullptr && array->size() == 2 && (*array)[0].is_number() && (*array)[1].is_number();
  };
  if (const toml::node* circle = place->get("circle"); circle != nullptr && pair(*circle)) {
    t.within_m = number(*place, "radius", 1, 1e6, 0);
    if (t.within_m == 0) wrong(*place, "a circle has a radius in metres: radius = 500");
    type = "Point";
    append_json(coordinates, *circle);
    relation = fmt::format("near;maxDistance=={}", t.within_m);
  } else if (const toml::node* polygon = place->get("polygon"); polygon != nullptr && polygon->is_array()) {
    const toml::array& ring = *polygon->as_array();
    if (ring.size() < 3 || !std::all_of(ring.begin(), ring.end(), pair)) return wrong(*polygon, kHow);
    type = "Polygon";
    relation = "within";
    std::string first, last;
    append_json(first, ring[0]);
    append_json(last, ring[ring.size() - 1]);
    append_json(coordinates, ring);
    if (first != last) {
      coordinates.pop_back();
      coordinates += "," + first + "]";
    }
    coordinates = "[" + coordinates + "]";
  } else {
    return wrong(*place, fmt::format("a place is written {}", kHow));
  }
  t.geometry = fmt::format(R"({{"type":"{}","coordinates":{}}})", type, coordinates);
  auto geo = ngsi::GeoQuery::parse(relation, type, coordinates, t.terms[0]);
  if (!geo) return wrong(*place, geo.error().detail);
  t.inside = std::move(*geo);
}

void RuleReader::trigger() {
  const toml::table* table = table_at(root_, "trigger", "{ change = [\"waterLevel\"] }, { at = [\"05:00\"] } …");
  Trigger& t = rule_.trigger;
  if (table == nullptr) return;
  const auto attributes = [&](std::string_view key) {
    t.attributes = texts(*table, key);
    for (const std::string& name : t.attributes) t.terms.push_back(term(at(*table, key), name));
  };
  if (table->contains("change")) {
    only(*table, "in a trigger of changes", {"change"});
    attributes("change");
  } else if (table->contains("every") || table->contains("at")) {
    schedule(*table);
  } else if (table->contains("sun")) {
    only(*table, "in a trigger of the sun", {"sun", "offset", "place", "weekday"});
    t.kind = Trigger::Kind::kSun;
    const std::string sun = text(*table, "sun");
    if (sun != "sunrise" && sun != "sunset") wrong(at(*table, "sun"), "sun is \"sunrise\" or \"sunset\"");
    t.sunset = sun == "sunset";
    t.offset = span(*table, "offset", true);
    t.weekdays = weekdays(*table);
    const toml::node* place = table->get("place");
    const toml::array* pair = place != nullptr ? place->as_array() : nullptr;
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_number() || !(*pair)[1].is_number()) {
      return wrong(*table, "the sun rises and sets at a place: place = [longitude, latitude]");
    }
    t.longitude = (*pair)[0].value_or(0.0);
    t.latitude = (*pair)[1].value_or(0.0);
    if (!(t.longitude >= -180 && t.longitude <= 180 && t.latitude >= -66 && t.latitude <= 66)) {
      wrong(*place, "place is [longitude, latitude], between 66 degrees south and north");
    }
  } else if (table->contains("enter") || table->contains("leave")) {
    geofence(*table, table->contains("enter") ? "enter" : "leave");
  } else if (table->contains("silent")) {
    only(*table, "in a trigger of silence", {"silent", "attributes"});
    t.kind = Trigger::Kind::kSilence;
    t.silent = span(*table, "silent");
    attributes("attributes");
    if (t.attributes.empty()) wrong(*table, "say what is missing when it is silent: attributes = [\"waterLevel\"]");
  } else {
    wrong(*table, "a trigger has change, every, at, sun, enter, leave or silent");
  }
}

void RuleReader::condition() {
  Condition& c = rule_.condition;
  c.holds = query(root_, "if");
  c.lasting = span(root_, "for");
  c.until = query(root_, "until");
  if (const std::string hours = text(root_, "hours"); !hours.empty()) {
    const int from = minutes_of(std::string_view(hours).substr(0, 5));
    const int to = hours.size() == 11 && hours[5] == '-' ? minutes_of(std::string_view(hours).substr(6)) : -1;
    if (from < 0 || to < 0 || from == to) {
      wrong(at(root_, "hours"), "hours is written \"03:00-07:00\"; over midnight \"22:00-06:00\"");
    } else {
      c.hours = HoursOfDay{from, to};
    }
  }
  if (const std::string season = text(root_, "season"); !season.empty()) {
    const int from = day_of(std::string_view(season).substr(0, 5));
    const int to = season.size() == 11 && season[5] == '/' ? day_of(std::string_view(season).substr(6)) : -1;
    if (from < 0 || to < 0) {
      wrong(at(root_, "season"), "season is written \"07-04/07-16\" (4 to 16 July, both included)");
    } else {
      c.season = Season{from, to};
    }
  }
  if (const toml::table* since = table_at(root_, "since", "{ attribute = \"headingDate\", from = \"P25D\" }")) {
    only(*since, "in since", {"attribute", "from", "to"});
    Since s{text(*since, "attribute"), {}, span(*since, "from", true), span(*since, "to", true)};
    if (s.attribute.empty()) return wrong(*since, "since names the attribute with the date: attribute = \"…\"");
    s.term = term(at(*since, "attribute"), s.attribute);
    if (!s.to.text.empty() && s.to.us <= s.from.us) wrong(*since, "in since, from is before to");
    c.since = std::move(s);
  }
}

Action RuleReader::action(const toml::table& table) {
  Action out;
  const auto what = [&](std::string_view key) {
    out.attribute = text(table, key);
    out.term = term(at(table, key), out.attribute);
    if (!table.contains("value")) wrong(table, fmt::format("{} needs a value", key));
    if (const toml::node* value = table.get("value")) append_json(out.value, *value);
    out.unit_code = text(table, "unit");
    out.target = text(table, "target");
    if (!out.target.empty()) out.target_term = term(at(table, "target"), out.target);
  };
  if (table.contains("command")) {
    only(table, "in a command", {"command", "value", "target"});
    out.kind = Action::Kind::kCommand;
    what("command");
  } else if (table.contains("set")) {
    only(table, "when an attribute is set", {"set", "value", "unit", "target"});
    what("set");
  } else if (table.contains("notice") || table.contains("alarm")) {
    const bool notice = table.contains("notice");
    only(table, "in a notice or an alarm", {notice ? "notice" : "alarm", "severity"});
    out.kind = notice ? Action::Kind::kNotice : Action::Kind::kAlarm;
    out.text = words_at(table, notice ? "notice" : "alarm");
    if (out.text.ja.empty()) out.text.ja = out.text.en;
    if (out.text.en.empty()) out.text.en = out.text.ja;
    if (out.text.empty()) wrong(table, "a notice has a text: notice = { ja = \"…\", en = \"…\" }");
    out.severity = text(table, "severity");
    if (out.severity.empty()) out.severity = notice ? "warning" : "major";
    if (std::find(kSeverities.begin(), kSeverities.end(), out.severity) == kSeverities.end()) {
      wrong(at(table, "severity"), fmt::format("severity is one of {}", fmt::join(kSeverities, ", ")));
    }
  } else if (table.contains("webhook")) {
    only(table, "in a webhook", {"webhook", "body"});
    out.kind = Action::Kind::kWebhook;
    out.url = text(table, "webhook");
    out.body = text(table, "body");
    if (!out.url.starts_with("https://") && !out.url.starts_with("http://")) {
      wrong(at(table, "webhook"), "webhook is an address: \"https://…\"");
    }
  } else if (table.contains("procedure")) {
    wrong(at(table, "procedure"),
          "手順(procedure)を始める動作は、この版にはまだありません。notice か alarm で人に知らせてください / procedures cannot be started "
          "yet: this version has none. Tell people with notice or alarm instead");
  } else {
    wrong(table, "an action has command, set, notice, alarm or webhook");
  }
  return out;
}

std::vector<Action> RuleReader::actions(std::string_view key) {
  std::vector<Action> out;
  const toml::node* node = root_.get(key);
  if (node == nullptr) return out;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->size() > kMaxActions) {
    wrong(*node, fmt::format("{} is a list of at most {} actions: {} = [{{ set = \"…\", value = … }}]", key, kMaxActions,
                             key));
    return out;
  }
  for (const toml::node& each : *array) {
    if (!each.is_table()) {
      wrong(each, "an action is written { command = \"…\", value = … }, { set = … }, { notice = … } …");
    } else {
      out.push_back(action(*each.as_table()));
    }
  }
  return out;
}

void RuleReader::safety() {
  const toml::table* table = table_at(root_, "safety", "{ max_run = \"PT3H\", … }");
  if (table == nullptr) return;
  only(*table, "in safety",
       {"interlock", "at_most", "within", "max_run", "signal", "lost_after", "manual"});
  Safety& s = rule_.safety;
  if (const toml::node* locks = table->get("interlock")) {
    if (!locks->is_array()) return wrong(*locks, "interlock is a list: interlock = [{ must = \"…\", ja = \"…\" }]");
    for (const toml::node& each : *locks->as_array()) {
      const toml::table* inner = each.as_table();
      if (inner == nullptr) return wrong(each, "an interlock is written { must = \"…\", ja = \"…\", en = \"…\" }");
      only(*inner, "in an interlock", {"must", "ja", "en"});
      Interlock lock{query(*inner, "must"), words(*inner)};
      if (lock.must.text.empty()) wrong(*inner, "an interlock says what has to hold: must = \"…\"");
      s.interlocks.push_back(std::move(lock));
    }
  }
  s.at_most = static_cast<int>(number(*table, "at_most", 1, 1000, 0));
  s.within = span(*table, "within");
  if ((s.at_most != 0) != (s.within.us != 0)) wrong(*table, "a limit has both: at_most = 3, within = \"PT1H\"");
  s.max_run = span(*table, "max_run");
  s.signal = texts(*table, "signal");
  for (const std::string& name : s.signal) s.signal_terms.push_back(term(at(*table, "signal"), name));
  s.lost_after = span(*table, "lost_after");
  if (s.signal.empty() != (s.lost_after.us == 0)) {
    wrong(*table, "a signal that must be there has both: signal = [\"waterLevel\"], lost_after = \"PT30M\"");
  }
  s.manual = span(*table, "manual");
}

void RuleReader::fits_together() {
  Rule& r = rule_;
  const Condition& c = r.condition;
  const bool timed = r.trigger.kind == Trigger::Kind::kSchedule || r.trigger.kind == Trigger::Kind::kSun;
  if (c.holds.expr) collect_followed(*c.holds.expr, r.follows);
  if (c.until.expr) collect_followed(*c.until.expr, r.follows);
  if (r.trigger.kind == Trigger::Kind::kChange && r.trigger.terms.empty()) {
    r.trigger.implied = true;
    if (c.holds.expr) collect_attributes(*c.holds.expr, r.trigger.terms);
    if (r.where.expr) collect_attributes(*r.where.expr, r.trigger.terms);
    if (r.trigger.terms.empty()) wrong(root_, "say what triggers the rule: trigger = { change = [\"waterLevel\"] }");
  }
  if (r.then.empty()) wrong(root_, "a rule does something: then = [{ set = \"…\", value = … }]");
  if (timed && c.lasting.us != 0) {
    wrong(at(root_, "for"), "a rule that is looked at at certain times cannot see that something lasts: trigger = { change = … }");
  }
  const bool ends = !c.until.text.empty() || !c.holds.text.empty() || c.hours || c.season || c.since ||
                    r.safety.max_run.us != 0 || !timed;
  if (!r.ended.empty() && !ends) wrong(at(root_, "ended"), "say when it ends: until, if, hours or safety.max_run");
  if ((r.safety.max_run.us != 0 || r.safety.lost_after.us != 0) && r.ended.empty() && r.safe.empty() &&
      r.safety.max_run.us != 0) {
    wrong(at(root_, "safety"), "say how it is made safe when it ran too long: safe = [{ command = …, value = … }]");
  }
}

Result<RulePtr> RuleReader::read() {
  head();
  trigger();
  condition();
  rule_.then = actions("then");
  rule_.ended = actions("ended");
  rule_.safe = actions("safe");
  safety();
  if (!fault_) fits_together();
  if (fault_) return tl::unexpected(*fault_);
  return std::make_shared<const Rule>(std::move(rule_));
}

}  // namespace

Result<std::vector<RulePtr>> read_rules(std::string_view text, std::string_view file) {
  const auto root = parse_toml(text, file);
  if (!root) return tl::unexpected(root.error());
  const toml::node* list = root->get("rule");
  const toml::array* rules = list != nullptr ? list->as_array() : nullptr;
  if (rules == nullptr || rules->empty() || rules->size() > kMaxRules || root->size() != 1) {
    return bad(fmt::format("{}:1: rules are written [[rule]], one or more, and nothing else beside them", file));
  }
  std::vector<RulePtr> out;
  for (const toml::node& each : *rules) {
    if (!each.is_table()) return bad(fmt::format("{}:{}: rules are written [[rule]]", file, each.source().begin.line));
    auto rule = RuleReader(file, *each.as_table()).read();
    if (!rule) return tl::unexpected(rule.error());
    for (const RulePtr& other : out) {
      if (other->name == (*rule)->name) {
        return bad(fmt::format("{}:{}: there is a rule \"{}\" already, in line {}", file, (*rule)->line, other->name,
                               other->line));
      }
    }
    out.push_back(std::move(*rule));
  }
  return out;
}

Result<RulePtr> rule_from_json(std::string_view json) {
  std::string canonical;
  if (json.size() > kMaxRuleBytes || !append_canonical_json(canonical, json, 16) || !ngsi::walk::is_object(canonical)) {
    return bad("a rule is a JSON object of at most 64 KiB");
  }
  const toml::table table = table_of(canonical);
  std::string scratch;
  const std::string name(ngsi::walk::string_text(ngsi::walk::member(canonical, "name"), scratch));
  return RuleReader(name.empty() ? "rule" : std::string_view(name), table).read();
}

}  // namespace tsunagu::automation
