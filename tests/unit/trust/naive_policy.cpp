#include "naive_policy.h"

#include <algorithm>
#include <sstream>

#include "base/time.h"
#include "base/toml.h"

namespace tsunagu::trust::naive {
namespace {

std::string one(const Thing& thing, const std::string& attribute) {
  const auto found = thing.attributes.find(attribute);
  return found == thing.attributes.end() || found->second.size() != 1 ? "" : found->second[0];
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool gives(const std::set<std::string>& allow, const std::string& action) {
  if (allow.contains(action)) return true;
  return allow.contains("write") && (action == "create" || action == "update" || action == "delete");
}

}  // namespace

/// As whom it is decided: the person, when somebody acts for them.
struct World::Person {
  SubjectKind kind = SubjectKind::kAnonymous;
  std::string id;
  bool delegated = false;
  const Thing* delegation = nullptr;
};

bool World::Rule::lists_has(const std::string& key, const std::string& item) const {
  const auto found = lists.find(key);
  return found != lists.end() && found->second.contains(item);
}

void World::read_policies(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const auto root = *parse_toml(text, "naive");
    int offset = 540;
    if (const auto given = root["utc_offset"].value<std::string>()) {
      offset = (std::stoi(given->substr(1, 2)) * 60 + std::stoi(given->substr(4))) * ((*given)[0] == '-' ? -1 : 1);
    }
    if (const auto* personal = root["personal"].as_table()) {
      for (const auto& [type, attribute] : *personal)
        personal_[std::string(type.str())] = *attribute.value<std::string>();
    }
    for (const auto& node : *root["rule"].as_array()) {
      Rule rule;
      rule.offset_minutes = offset;
      for (const auto& [key, value] : *node.as_table()) {
        const std::string name(key.str());
        if (const auto* list = value.as_array()) {
          for (const auto& item : *list) rule.lists[name].insert(*item.value<std::string>());
        } else if (value.is_string()) {
          rule.texts[name] = *value.value<std::string>();
        } else if (value.is_boolean()) {
          rule.flags[name] = *value.value<bool>();
        } else if (name == "place") {
          for (const auto& corner : *value.as_table()->get_as<toml::array>("box"))
            rule.box.push_back(*corner.value<double>());
        }
      }
      rules_.push_back(std::move(rule));
    }
  }
}

bool World::valid(const Thing& thing) const {
  const auto seconds = [&](const std::string& name) -> std::optional<long long> {
    const std::string text = one(thing, name);
    if (text.empty()) return std::nullopt;
    return parse_instant(text)->us / 1'000'000;
  };
  const auto from = seconds("validFrom"), until = seconds("validUntil");
  return (!from || *from <= now_s) && (!until || now_s < *until);
}

const std::vector<const Thing*>& World::of_type(const std::string& type) const {
  const auto [found, fresh] = valid_.try_emplace(type);
  if (fresh) {
    for (const Thing& thing : things) {
      if (thing.types.contains(type) && valid(thing)) found->second.push_back(&thing);
    }
  }
  return found->second;
}

std::set<std::string> World::types_of(const Rule& rule) const {
  std::set<std::string> out;
  if (rule.has("types")) {
    for (const std::string& type : rule.lists.at("types")) {
      if (type == "personal") {
        for (const auto& [name, attribute] : personal_) out.insert(name);
      } else {
        out.insert(type);
      }
    }
  }
  return out;
}

bool World::time_fits(const Rule& rule) const {
  const long long local = now_s + rule.offset_minutes * 60;
  const long long day = local / 86400;
  const int minute = static_cast<int>(local % 86400 / 60);
  static const char* const kDays[] = {"thu", "fri", "sat", "sun", "mon", "tue", "wed"};
  if (rule.has("weekday") && !rule.lists_has("weekday", kDays[day % 7])) return false;
  const auto hours = rule.texts.find("hours");
  if (hours == rule.texts.end()) return true;
  const auto at = [&](std::size_t i) {
    return std::stoi(hours->second.substr(i, 2)) * 60 + std::stoi(hours->second.substr(i + 3, 2));
  };
  const int from = at(0), to = at(6);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

Shown World::narrowed(const Shown& shown, const Rule& rule) {
  if (!shown) return shown;
  std::set<std::string> out;
  if (rule.has("attributes")) {
    for (const std::string& name : rule.lists.at("attributes")) {
      if (shown->contains("*") || shown->contains(name)) out.insert(name);
    }
    return out.empty() ? Shown() : Shown(out);
  }
  if (rule.has("except") && !shown->contains("*")) {
    for (const std::string& name : *shown) {
      if (!rule.lists_has("except", name)) out.insert(name);
    }
    return out.empty() ? Shown() : Shown(out);
  }
  return shown;
}

Shown World::by_rule(const Rule& rule, const Ask& ask, const Person& person, const Thing& thing) const {
  if (!rule.has("allow") || !gives(rule.lists.at("allow"), ask.action)) return {};
  // Who.
  if (rule.has("kind") && !rule.lists_has("kind", std::string(name(person.kind)))) return {};
  const auto assurance = rule.texts.find("assurance");
  if (assurance != rule.texts.end()) {
    const int needed = assurance->second == "single" ? 1 : assurance->second == "strong" ? 2 : 3;
    if (static_cast<int>(ask.subject.assurance) < needed) return {};
  }
  const auto delegates = rule.flags.find("delegates");
  if (person.delegated && delegates != rule.flags.end() && !delegates->second) return {};
  const auto tenant_named = [](const std::string& tenant) { return tenant.empty() ? std::string("default") : tenant; };
  if (person.kind != SubjectKind::kAnonymous && ask.subject.tenant != ask.tenant &&
      !rule.lists_has("home_tenant", tenant_named(ask.subject.tenant))) {
    return {};
  }
  if (rule.has("tenant") && !rule.lists_has("tenant", tenant_named(ask.tenant)) &&
      !(rule.lists_has("tenant", "others") && !ask.tenant.empty())) {
    return {};
  }
  if (rule.has("purpose") && !rule.lists_has("purpose", ask.purpose)) return {};
  if (!time_fits(rule)) return {};
  std::vector<std::string> holders{person.id};
  if (rule.has("role") || rule.has("body")) {
    bool any = false;
    for (const Thing* each : of_type("AccessRelation")) {
      if (one(*each, "relation") != "memberOf" || person.id.empty() || one(*each, "subject") != person.id) continue;
      if (rule.has("role") && !rule.lists_has("role", one(*each, "role"))) continue;
      if (rule.has("body") && !rule.lists_has("body", one(*each, "target"))) continue;
      any = true;
      if (rule.has("role")) holders.push_back(one(*each, "target"));
    }
    if (!any) return {};
  }
  // What.
  const bool every = rule.lists_has("types", "*");
  const std::set<std::string> types = types_of(rule);
  for (const std::string& type : thing.types) {
    if (!every && !types.contains(type)) return {};
    if (rule.lists_has("except_types", type)) return {};
    if (rule.lists_has("except_types", "personal") && personal_.contains(type)) return {};
  }
  if (const auto where = rule.texts.find("where"); where != rule.texts.end()) {  // only: attribute=="text"
    const std::size_t at = where->second.find("==");
    const auto found = thing.attributes.find(where->second.substr(0, at));
    const std::string wanted = where->second.substr(at + 3, where->second.size() - at - 4);
    if (found == thing.attributes.end() || !contains(found->second, wanted)) return {};
  }
  if (!rule.box.empty()) {
    if (!thing.point || thing.point->first < rule.box[0] || thing.point->first > rule.box[2] ||
        thing.point->second < rule.box[1] || thing.point->second > rule.box[3]) {
      return {};
    }
  }
  const Shown everything = std::set<std::string>{"*"};
  const auto consent_flag = rule.flags.find("consent"), emergency_flag = rule.flags.find("emergency");
  const bool consent = consent_flag != rule.flags.end() && consent_flag->second;
  const bool emergency = emergency_flag != rule.flags.end() && emergency_flag->second;
  if (!rule.has("relation") && !consent && !emergency) return narrowed(everything, rule);

  // About whom.
  std::vector<std::string> about;
  const auto about_text = rule.texts.find("about");
  const std::string how = about_text == rule.texts.end() ? "person" : about_text->second;
  if (how == "id") {
    about = {thing.id};
  } else if (how != "person") {
    if (thing.attributes.contains(how)) about = thing.attributes.at(how);
  } else {
    std::set<std::string> ways;
    for (const std::string& type : thing.types) {
      const auto found = personal_.find(type);
      if (found == personal_.end()) return {};
      ways.insert(found->second);
    }
    if (ways.size() != 1) return {};
    if (*ways.begin() == "id") {
      about = {thing.id};
    } else if (thing.attributes.contains(*ways.begin())) {
      about = thing.attributes.at(*ways.begin());
    }
  }
  Shown shown;
  for (const std::string& object : about) {
    if (rule.has("relation")) {
      bool related = rule.lists_has("relation", "self") && !person.id.empty() && object == person.id;
      for (const Thing* each : of_type("AccessRelation")) {
        related = related || (rule.lists_has("relation", one(*each, "relation")) && one(*each, "target") == object &&
                              !one(*each, "subject").empty() && contains(holders, one(*each, "subject")));
      }
      if (!related) continue;
    }
    if (emergency) {
      bool urgent = false;
      for (const Thing* each : of_type("EmergencyAccess")) {
        urgent = urgent || (!person.delegated && !ask.subject.id.empty() && one(*each, "subject") == ask.subject.id &&
                            one(*each, "person") == object && !one(*each, "validUntil").empty());
      }
      if (!urgent) continue;
    }
    if (!consent) return narrowed(everything, rule);
    for (const Thing* each : of_type("Consent")) {
      if (one(*each, "status") != "given" || one(*each, "person") != object || one(*each, "purpose") != ask.purpose ||
          one(*each, "to").empty() || !contains(holders, one(*each, "to"))) {
        continue;
      }
      const auto agreed = each->attributes.find("types");
      if (agreed == each->attributes.end()) continue;
      if (!std::all_of(thing.types.begin(), thing.types.end(),
                       [&](const std::string& type) { return contains(agreed->second, type); })) {
        continue;
      }
      Shown by_this = everything;
      if (const auto names = each->attributes.find("attributes"); names != each->attributes.end()) {
        by_this = std::set<std::string>(names->second.begin(), names->second.end());
      }
      by_this = narrowed(by_this, rule);
      if (!by_this) continue;
      if (!shown) shown.emplace();
      shown->insert(by_this->begin(), by_this->end());
    }
  }
  return shown;
}

Shown World::ask(const Ask& ask, const Thing& thing) const {
  Person person{ask.subject.kind, ask.subject.id, false, nullptr};
  if (!ask.subject.acts_for.empty()) {
    person = {SubjectKind::kAnonymous, "", true, nullptr};
    for (const Thing* each : of_type("AccessRelation")) {
      const std::string relation = one(*each, "relation");
      if ((relation == "delegateOf" || relation == "guardianOf") && one(*each, "subject") == ask.subject.id &&
          one(*each, "target") == ask.subject.acts_for) {
        person = {SubjectKind::kResident, ask.subject.acts_for, true, each};
      }
    }
    if (person.delegation != nullptr) {
      const auto& given = person.delegation->attributes;
      if (given.contains("allow") && !gives({given.at("allow").begin(), given.at("allow").end()}, ask.action)) {
        return {};
      }
      if (given.contains("types") && !std::all_of(thing.types.begin(), thing.types.end(), [&](const std::string& type) {
            return contains(given.at("types"), type);
          })) {
        return {};
      }
    }
  }
  if (!ask.subject.scopes.empty()) {
    bool in_scope = false;
    std::istringstream words(ask.subject.scopes);
    for (std::string word; words >> word;) {
      const std::string verb = word.substr(0, word.find(':'));
      const std::string type = verb.size() < word.size() ? word.substr(verb.size() + 1) : "";
      std::set<std::string> actions{verb};
      if (verb == "graph.read") actions = {"read", "history", "subscribe"};
      if (verb == "graph.write") actions = {"write"};
      in_scope =
          in_scope || (gives(actions, ask.action) && (type.empty() || thing.types == std::set<std::string>{type}));
    }
    if (!in_scope) return {};
  }
  Shown shown;
  for (const Rule& rule : rules_) {
    Shown by_this = by_rule(rule, ask, person, thing);
    if (!by_this) continue;
    if (by_this->contains("*") && rule.has("except")) {
      by_this->clear();
      for (const auto& [attribute, values] : thing.attributes) {
        if (!rule.lists_has("except", attribute)) by_this->insert(attribute);
      }
    }
    if (!shown) shown.emplace();
    shown->insert(by_this->begin(), by_this->end());
  }
  return shown;
}

}  // namespace tsunagu::trust::naive
