#include "trust/policy/policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.h"
#include "base/toml.h"
#include "base/uri.h"
#include "ngsi/body.h"
#include "ngsi/context.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kMaxBytes = 512u << 10;
constexpr std::size_t kMaxRules = 1000;

struct NamedAction {
  std::string_view name;
  ActionSet actions;
};
constexpr std::array<NamedAction, 7> kActionNames{{{"read", kRead},
                                                   {"history", kHistory},
                                                   {"subscribe", kSubscribe},
                                                   {"create", kCreate},
                                                   {"update", kUpdate},
                                                   {"delete", kDelete},
                                                   {"write", kWrite}}};
constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::array<std::string_view, 5> kKinds{"anonymous", "resident", "staff", "device", "program"};
constexpr std::array<std::string_view, 3> kAssurances{"single", "strong", "card"};

std::string listed(auto&& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// Reads one document; the first fault is kept and everything behind it does nothing.
class PolicyReader {
 public:
  explicit PolicyReader(std::string_view file) : file_(file) {}

  Result<PolicyPtr> read(std::string_view text);

 private:
  void wrong(const toml::node& node, std::string_view reason) {
    if (!fault_)
      fault_ = Error{ErrorCode::kBadRequestData, fmt::format("{}:{}: {}", file_, node.source().begin.line, reason)};
  }
  void only(const toml::table& table, std::string_view what, std::initializer_list<std::string_view> known);
  std::string text(const toml::table& table, std::string_view key);
  std::vector<std::string> texts(const toml::table& table, std::string_view key);
  bool flag(const toml::table& table, std::string_view key, bool otherwise);
  int number(const toml::table& table, std::string_view key, int least, int most, int otherwise);
  Title title(const toml::table& table);
  ngsi::TermId term(const toml::node& node, std::string_view name);
  std::vector<ngsi::TermId> terms_of(const toml::table& table, std::string_view key, bool* every, bool* personal);
  Title words(const toml::table& table) { return {text(table, "ja"), text(table, "en"), text(table, "easy")}; }
  void head(const toml::table& root);
  void type_titles(const toml::table& root);
  void rule(const toml::table& table);
  void who(const toml::table& table, Rule& rule);
  void when(const toml::table& table, Rule& rule);
  void whom(const toml::table& table, Rule& rule);
  void what(const toml::table& table, Rule& rule);
  void place(const toml::table& table, Rule& rule);
  void fits_together(const toml::table& table, const Rule& rule);
  const toml::node& at(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    return node != nullptr ? *node : table;
  }

  std::string_view file_;
  std::optional<Error> fault_;
  Policy policy_;
};

void PolicyReader::only(const toml::table& table, std::string_view what,
                        std::initializer_list<std::string_view> known) {
  for (const auto& [key, node] : table) {
    if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
      wrong(node, fmt::format("\"{}\" means nothing {}; there are {}", key.str(), what, listed(known)));
    }
  }
}

std::string PolicyReader::text(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  if (!node->is_string()) wrong(*node, fmt::format("{} is a text in quotes", key));
  return node->value_or(std::string());
}

std::vector<std::string> PolicyReader::texts(const toml::table& table, std::string_view key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  std::vector<std::string> out;
  if (node->is_string()) return {node->value_or(std::string())};
  if (!node->is_array() || node->as_array()->empty()) {
    wrong(*node, fmt::format("{} is a list of texts with at least one: {} = [\"…\"]", key, key));
    return out;
  }
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_string()) wrong(item, fmt::format("{} is a list of texts in quotes", key));
    out.push_back(item.value_or(std::string()));
  }
  return out;
}

bool PolicyReader::flag(const toml::table& table, std::string_view key, bool otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  if (!node->is_boolean()) wrong(*node, fmt::format("{} is true or false", key));
  return node->value_or(otherwise);
}

int PolicyReader::number(const toml::table& table, std::string_view key, int least, int most, int otherwise) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
  if (!value || *value < least || *value > most) {
    wrong(*node, fmt::format("{} is a whole number from {} to {}", key, least, most));
    return otherwise;
  }
  return static_cast<int>(*value);
}

Title PolicyReader::title(const toml::table& table) {
  const toml::node* node = table.get("title");
  if (node == nullptr) return {};
  if (!node->is_table()) {
    wrong(*node, "title is written title = { ja = \"…\", en = \"…\" }");
    return {};
  }
  only(*node->as_table(), "in a title", {"ja", "en", "easy"});
  return words(*node->as_table());
}

ngsi::TermId PolicyReader::term(const toml::node& node, std::string_view name) {
  if (!ngsi::valid_name(name) && !is_absolute_iri(name)) {
    wrong(node, fmt::format("\"{}\" is no name of a type or attribute", name));
    return ngsi::kNoTerm;
  }
  return ngsi::core_context()->intern(name);
}

std::vector<ngsi::TermId> PolicyReader::terms_of(const toml::table& table, std::string_view key, bool* every,
                                                 bool* personal) {
  std::vector<ngsi::TermId> out;
  for (const std::string& name : texts(table, key)) {
    if (every != nullptr && name == "*") {
      *every = true;
    } else if (personal != nullptr && name == "personal") {
      *personal = true;
    } else {
      out.push_back(term(at(table, key), name));
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void PolicyReader::head(const toml::table& root) {
  only(root, "in a policy", {"title", "utc_offset", "consent_age", "purposes", "personal", "types", "rule"});
  policy_.title = title(root);
  policy_.consent_age = number(root, "consent_age", 0, 30, policy_.consent_age);
  if (const std::string offset = text(root, "utc_offset"); !offset.empty()) {
    const auto hours = parse_number<int>(std::string_view(offset).substr(1, 2));
    const auto minutes = offset.size() == 6 ? parse_number<int>(std::string_view(offset).substr(4)) : std::nullopt;
    if (offset.size() != 6 || (offset[0] != '+' && offset[0] != '-') || offset[3] != ':' || !hours || !minutes ||
        *hours > 14 || *hours < 0 || *minutes > 59 || *minutes < 0) {
      wrong(at(root, "utc_offset"), "utc_offset is written \"+09:00\"");
    } else {
      policy_.utc_offset_minutes = (*hours * 60 + *minutes) * (offset[0] == '-' ? -1 : 1);
    }
  }
  if (const toml::node* purposes = root.get("purposes")) {
    if (!purposes->is_table()) return wrong(*purposes, "purposes are written [purposes.KEY] with a title");
    for (const auto& [key, node] : *purposes->as_table()) {
      if (!node.is_table() || !is_key(key.str())) {
        return wrong(node, "a purpose is written [purposes.KEY] with a title; KEY has letters, digits, - and _");
      }
      only(*node.as_table(), "in a purpose", {"title"});
      policy_.purposes.push_back({std::string(key.str()), title(*node.as_table())});
      if (policy_.purposes.back().title.ja.empty() || policy_.purposes.back().title.en.empty()) {
        wrong(node, "a purpose needs a title in ja and en: people read it when they consent");
      }
    }
  }
  if (const toml::node* personal = root.get("personal")) {
    if (!personal->is_table()) return wrong(*personal, "personal is a table: [personal], then TYPE = \"attribute\"");
    for (const auto& [type, node] : *personal->as_table()) {
      if (!node.is_string()) {
        wrong(node, "a personal type is written TYPE = \"attribute that names the person\", or TYPE = \"id\"");
        continue;
      }
      const std::string attribute = node.value_or(std::string());
      policy_.personal.push_back({term(node, type.str()), attribute == "id" ? ngsi::kNoTerm : term(node, attribute)});
    }
  }
}

void PolicyReader::type_titles(const toml::table& root) {
  const toml::node* types = root.get("types");
  if (types == nullptr) return;
  if (!types->is_table())
    return wrong(*types, "titles of types are written [types] and TYPE = { ja = \"…\", en = \"…\" }");
  for (const auto& [type, node] : *types->as_table()) {
    if (!node.is_table()) return wrong(node, "a type has a title: TYPE = { ja = \"…\", en = \"…\" }");
    only(*node.as_table(), "in the title of a type", {"ja", "en", "easy"});
    policy_.types.push_back({term(node, type.str()), words(*node.as_table())});
  }
}

void PolicyReader::who(const toml::table& table, Rule& rule) {
  if (table.contains("kind")) {
    rule.kinds = 0;
    for (const std::string& kind : texts(table, "kind")) {
      const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
      if (found == kKinds.end()) return wrong(at(table, "kind"), fmt::format("kind is one of {}", listed(kKinds)));
      rule.kinds |= static_cast<std::uint8_t>(1u << (found - kKinds.begin()));
    }
  }
  rule.roles = texts(table, "role");
  rule.bodies = texts(table, "body");
  for (const std::string& body : rule.bodies) {
    if (!is_absolute_uri(body)) wrong(at(table, "body"), fmt::format("\"{}\": body is a URN, urn:ngsi-ld:…", body));
  }
  rule.home_tenants = texts(table, "home_tenant");
  std::replace(rule.home_tenants.begin(), rule.home_tenants.end(), std::string("default"), std::string());
  if (const std::string assurance = text(table, "assurance"); !assurance.empty()) {
    const auto found = std::find(kAssurances.begin(), kAssurances.end(), assurance);
    if (found == kAssurances.end()) {
      return wrong(at(table, "assurance"), fmt::format("assurance is one of {}", listed(kAssurances)));
    }
    rule.assurance = static_cast<Assurance>(found - kAssurances.begin() + 1);
  }
  rule.delegates = flag(table, "delegates", true);
}

void PolicyReader::when(const toml::table& table, Rule& rule) {
  rule.purposes = texts(table, "purpose");
  for (const std::string& purpose : rule.purposes) {
    if (std::none_of(policy_.purposes.begin(), policy_.purposes.end(),
                     [&](const Purpose& p) { return p.key == purpose; })) {
      wrong(at(table, "purpose"),
            fmt::format("there is no purpose \"{0}\" in this policy: write [purposes.{0}] with a title", purpose));
    }
  }
  rule.tenants = texts(table, "tenant");
  std::replace(rule.tenants.begin(), rule.tenants.end(), std::string("default"), std::string());
  if (const std::string hours = text(table, "hours"); !hours.empty()) {
    // "08:30-17:30"
    const auto minute = [&](std::size_t from) -> std::optional<int> {
      if (hours.size() != 11 || hours[5] != '-' || hours[from + 2] != ':') return std::nullopt;
      const auto h = parse_number<int>(std::string_view(hours).substr(from, 2));
      const auto m = parse_number<int>(std::string_view(hours).substr(from + 3, 2));
      if (!h || !m || *h < 0 || *m < 0 || *m > 59 || *h * 60 + *m > 24 * 60) return std::nullopt;
      return *h * 60 + *m;
    };
    const auto from = minute(0), to = minute(6);
    if (!from || !to || *from == *to) {
      wrong(at(table, "hours"), "hours is written \"08:30-17:30\"; over midnight \"22:00-06:00\"");
    } else {
      rule.hours = Hours{*from, *to};
    }
  }
  if (table.contains("weekday")) {
    rule.weekdays = 0;
    for (const std::string& day : texts(table, "weekday")) {
      const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), day);
      if (found == kWeekdays.end()) {
        return wrong(at(table, "weekday"), fmt::format("weekday is one of {}", listed(kWeekdays)));
      }
      rule.weekdays |= static_cast<std::uint8_t>(1u << (found - kWeekdays.begin()));
    }
  }
}

void PolicyReader::whom(const toml::table& table, Rule& rule) {
  rule.relations = texts(table, "relation");
  for (const std::string& relation : rule.relations) {
    if (!is_key(relation)) wrong(at(table, "relation"), fmt::format("\"{}\" is no name of a relation", relation));
  }
  rule.consent = flag(table, "consent", false);
  rule.emergency = flag(table, "emergency", false);
  if (const std::string about = text(table, "about"); about == "id") {
    rule.about = About::kId;
  } else if (!about.empty() && about != "person") {
    rule.about = About::kAttribute;
    rule.about_attribute = term(at(table, "about"), about);
  }
}

void PolicyReader::what(const toml::table& table, Rule& rule) {
  rule.types = terms_of(table, "types", &rule.every_type, &rule.personal_types);
  rule.except_types = terms_of(table, "except_types", nullptr, &rule.except_personal);
  if (table.contains("attributes")) {
    rule.attributes.except = false;
    rule.attributes.names = terms_of(table, "attributes", nullptr, nullptr);
    if (table.contains("except")) wrong(at(table, "except"), "either attributes or except, not both");
  } else {
    rule.attributes.names = terms_of(table, "except", nullptr, nullptr);
  }
  rule.q = text(table, "where");
  rule.scope = text(table, "scope");
  if (!rule.q.empty()) {
    std::vector<ngsi::Names::Use> uses;
    const auto q = ngsi::parse_q(rule.q, ngsi::Names(*ngsi::core_context(), uses));
    if (!q) {
      wrong(at(table, "where"), "where: " + q.error().detail);
    } else if (ngsi::linked_depth(*q) > 0) {
      wrong(at(table, "where"), "where must not follow relationships ({…}): a decision looks at one entity only");
    }
  }
  if (!rule.scope.empty()) {
    if (const auto scope = ngsi::parse_scope_q(rule.scope); !scope) {
      wrong(at(table, "scope"), "scope: " + scope.error().detail);
    }
  }
  place(table, rule);
}

void PolicyReader::place(const toml::table& table, Rule& rule) {
  const toml::node* node = table.get("place");
  if (node == nullptr) return;
  constexpr std::string_view kHow =
      "place is \"area\" (inside of the territory of the subject's body), { box = [west, south, east, north] } or "
      "{ near = [longitude, latitude], metres = 5000 }";
  if (node->is_string()) {
    rule.in_area = node->value_or(std::string()) == "area";
    if (!rule.in_area) wrong(*node, kHow);
    return;
  }
  const toml::table* form = node->as_table();
  if (form == nullptr) return wrong(*node, kHow);
  only(*form, "in a place", {"box", "near", "metres"});
  const auto numbers = [&](std::string_view key, std::size_t count) {
    std::vector<double> out;
    if (const toml::array* list = form->get_as<toml::array>(key)) {
      for (const toml::node& item : *list) {
        if (const auto n = item.value<double>()) out.push_back(*n);
      }
    }
    return out.size() == count ? out : std::vector<double>();
  };
  const ngsi::TermId location = ngsi::core_context()->intern("location");
  Result<ngsi::GeoQuery> geo = fail(ErrorCode::kBadRequestData, std::string(kHow));
  if (const auto box = numbers("box", 4); !box.empty()) {
    geo = ngsi::GeoQuery::parse(
        "within", "Polygon",
        fmt::format("[[[{0},{1}],[{2},{1}],[{2},{3}],[{0},{3}],[{0},{1}]]]", box[0], box[1], box[2], box[3]), location);
  } else if (const auto near = numbers("near", 2); !near.empty()) {
    geo = ngsi::GeoQuery::parse(fmt::format("near;maxDistance=={}", number(*form, "metres", 1, 20'000'000, 1)), "Point",
                                fmt::format("[{},{}]", near[0], near[1]), location);
  }
  if (!geo) return wrong(*node, geo.error().detail);
  rule.place = *geo;
}

void PolicyReader::fits_together(const toml::table& table, const Rule& rule) {
  if (rule.actions == 0 && rule.rights.empty()) {
    wrong(table, "a rule says what it allows: allow = [\"read\", …], or rights = [\"publish\", …]");
  }
  if (rule.actions != 0 && !rule.every_type && rule.types.empty() && !rule.personal_types) {
    wrong(table, "a rule that allows something names the types it is for: types = [\"…\"], [\"personal\"] or [\"*\"]");
  }
  if (!rule.rights.empty() && (rule.relates() || rule.actions != 0)) {
    wrong(table, "rights are not about entities: give them in a rule of their own, without allow and relation");
  }
  if (rule.consent && rule.purposes.empty()) {
    wrong(table, "consent is given for a purpose: say which, purpose = [\"…\"]");
  }
  if ((rule.about != About::kPerson || table.contains("about")) && !rule.relates()) {
    wrong(at(table, "about"), "about belongs to a rule with relation, consent or emergency");
  }
  if (rule.every_type && rule.relates() && rule.about == About::kPerson) {
    wrong(at(table, "types"),
          "a rule about persons names its types, or types = [\"personal\"]: others are about nobody");
  }
  if (rule.in_area && rule.roles.empty()) {
    wrong(at(table, "place"), "place = \"area\" needs role: the area is that of the body in which the subject has it");
  }
}

void PolicyReader::rule(const toml::table& table) {
  only(table, "in a rule",
       {"name",      "title",        "allow",      "rights", "kind",    "role",  "body",     "home_tenant", "assurance",
        "delegates", "purpose",      "tenant",     "hours",  "weekday", "about", "relation", "consent",     "emergency",
        "types",     "except_types", "attributes", "except", "where",   "scope", "place"});
  Rule out;
  out.line = static_cast<unsigned>(table.source().begin.line);
  out.name = text(table, "name");
  if (!is_key(out.name)) wrong(table, "a rule needs a name of letters, digits, - and _: name = \"…\"");
  for (const Rule& other : policy_.rules) {
    if (other.name == out.name) {
      wrong(table, fmt::format("there is a rule \"{}\" already, in line {}: take another name", out.name, other.line));
    }
  }
  out.title = title(table);
  for (const std::string& action : texts(table, "allow")) {
    const auto found =
        std::find_if(kActionNames.begin(), kActionNames.end(), [&](const auto& a) { return a.name == action; });
    if (found == kActionNames.end()) {
      wrong(at(table, "allow"),
            fmt::format("\"{}\": allow takes read, history, subscribe, create, update, delete, write", action));
      break;
    }
    out.actions |= found->actions;
  }
  out.rights = texts(table, "rights");
  who(table, out);
  when(table, out);
  whom(table, out);
  what(table, out);
  fits_together(table, out);
  if (fault_) return;
  if (!out.q.empty() || !out.scope.empty() || out.place) {
    out.filter = std::make_shared<const ngsi::Selection>(selection_of(out));
  }
  policy_.rules.push_back(std::move(out));
}

Result<PolicyPtr> PolicyReader::read(std::string_view text) {
  if (text.size() > kMaxBytes) return bad(fmt::format("{}: a policy has at most {} bytes", file_, kMaxBytes));
  auto root = parse_toml(text, file_);
  if (!root) return tl::unexpected(root.error());
  policy_.name = file_;
  head(*root);
  type_titles(*root);
  if (const toml::node* rules = root->get("rule")) {
    if (!rules->is_array()) {
      wrong(*rules, "rules are written [[rule]]");
    } else if (rules->as_array()->size() > kMaxRules) {
      wrong(*rules, fmt::format("a policy has at most {} rules", kMaxRules));
    } else {
      for (const toml::node& node : *rules->as_array()) {
        if (fault_) break;
        node.is_table() ? rule(*node.as_table()) : wrong(node, "rules are written [[rule]]");
      }
    }
  }
  if (fault_) return tl::unexpected(*fault_);
  return std::make_shared<const Policy>(std::move(policy_));
}

}  // namespace

std::string_view name(Action action) {
  for (const NamedAction& each : kActionNames) {
    if (each.actions == action) return each.name;
  }
  return {};
}

std::optional<Action> parse_action(std::string_view name) {
  for (const NamedAction& each : kActionNames) {
    if (each.name == name && each.actions != kWrite) return static_cast<Action>(each.actions);
  }
  return std::nullopt;
}

Result<PolicyPtr> read_policy(std::string_view text, std::string_view name) {
  return PolicyReader(name).read(text);
}

ngsi::Selection selection_of(const Rule& rule) {
  ngsi::Selection out;
  std::vector<ngsi::Names::Use> uses;
  if (!rule.q.empty()) {
    if (auto q = ngsi::parse_q(rule.q, ngsi::Names(*ngsi::core_context(), uses))) out.q.push_back(std::move(*q));
  }
  if (!rule.scope.empty()) {
    if (auto scope = ngsi::parse_scope_q(rule.scope)) out.scope = std::move(*scope);
  }
  out.geo = rule.place;
  return out;
}

}  // namespace tsunagu::trust
