#include "trust/policy/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>

#include "base/toml.h"
#include "ngsi/body.h"
#include "trust/policy/attributes.h"
#include "trust/policy/compile.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;

Result<std::string> text_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::kResourceNotFound, path.string() + " cannot be read");
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The world of a case file.
struct CaseWorld {
  Facts facts;
  std::map<std::string, ngsi::RecordPtr, std::less<>> entities;

  void take(const ngsi::RecordPtr& record) {
    std::vector<std::string> touched;
    facts.take(nullptr, record.get(), touched);
    entities[std::string(record->id())] = record;
  }
  Result<void> take_policy(const fs::path& path);
  Result<void> take_entities(const fs::path& path);
};

Result<void> CaseWorld::take_policy(const fs::path& path) {
  const auto text = text_of_file(path);
  if (!text) return tl::unexpected(text.error());
  if (const auto policy = read_policy(*text, path.string()); !policy) return tl::unexpected(policy.error());
  const TrustTerms& t = TrustTerms::get();
  ngsi::Entity entity;
  entity.id = policy_id(path.stem().string());
  entity.types = {t.policy};
  entity.attributes = {text_attribute(t.text, *text), text_attribute(t.status, "active")};
  entity.sort_attributes();
  auto record = ngsi::encode(std::move(entity));
  if (!record) return tl::unexpected(record.error());
  take(*record);
  return {};
}

Result<void> CaseWorld::take_entities(const fs::path& path) {
  const auto text = text_of_file(path);
  if (!text) return tl::unexpected(text.error());
  std::string_view rest = *text;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::string_view one = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    if (one.empty()) continue;
    const auto wrong = [&](const Error& error) {
      return bad(fmt::format("{}:{}: {}", path.string(), line, error.detail));
    };
    auto body = ngsi::Body::parse(one);
    if (!body) return wrong(body.error());
    auto entity = body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
    if (!entity) return wrong(entity.error());
    entity->sort_attributes();
    auto record = ngsi::encode(std::move(*entity));
    if (!record) return wrong(record.error());
    take(*record);
  }
  return {};
}

Result<SubjectPtr> subject_in(const toml::table& table, const std::string& where) {
  auto out = std::make_shared<Subject>();
  out->id = table["subject"].value_or(std::string());
  if (out->id.empty()) return nobody();
  constexpr std::array kKinds{std::pair{"resident", SubjectKind::kResident}, std::pair{"staff", SubjectKind::kStaff},
                              std::pair{"device", SubjectKind::kDevice}, std::pair{"program", SubjectKind::kProgram}};
  std::string kind = table["kind"].value_or(std::string());
  for (const auto& [name, value] : kKinds) {
    std::string type = name;
    type[0] = static_cast<char>(type[0] - 'a' + 'A');
    if (kind == name || (kind.empty() && out->id.starts_with("urn:ngsi-ld:" + type + ":"))) out->kind = value;
  }
  if (out->kind == SubjectKind::kAnonymous) {
    return bad(where + "kind is resident, staff, device or program; it is needed where the URN does not say it");
  }
  out->tenant = table["tenant"].value_or(std::string());
  out->acts_for = table["acts_for"].value_or(std::string());
  out->scopes = table["scopes"].value_or(std::string());
  const std::string assurance = table["assurance"].value_or(std::string("card"));
  out->assurance = assurance == "single"   ? Assurance::kSingle
                   : assurance == "strong" ? Assurance::kStrong
                                           : Assurance::kCard;
  return SubjectPtr(out);
}

std::string missing_of(const CompileInput& input, Action action, const ngsi::Record& record) {
  const auto tales = explain(input, action, record);
  if (tales.empty()) return "no rule gives this to anybody";
  std::string out = fmt::format("nearest is {}/{}, without", tales[0].policy, tales[0].rule);
  for (const Condition& condition : tales[0].conditions) {
    if (!condition.holds) out += fmt::format(" [{}: {}]", condition.key, condition.text);
  }
  return out;
}

/// "" when it is as expected.
Result<std::string> run_case(const toml::table& table, const CaseWorld& world, Instant at, const std::string& where) {
  const auto subject = subject_in(table, where);
  if (!subject) return tl::unexpected(subject.error());
  const auto action = parse_action(table["action"].value_or(std::string_view("read")));
  if (!action) return bad(where + "action is read, history, subscribe, create, update or delete");
  const std::string id = table["entity"].value_or(std::string());
  const auto record = world.entities.find(id);
  if (record == world.entities.end()) return bad(where + "entity: there is no \"" + id + "\" in the files of entities");
  const std::string expect = table["expect"].value_or(std::string());
  if (expect != "allow" && expect != "deny") return bad(where + "expect is \"allow\" or \"deny\"");

  const CompileInput input{
      *subject, (*subject)->tenant, table["purpose"].value_or(std::string()), at, &world.facts, &world.facts, nullptr};
  const AccessPtr access = compile(input);
  const Decision decision = access->decide(*action, *record->second);
  if (decision.allowed() != (expect == "allow")) {
    if (!decision.allowed()) return "expected to be allowed; " + missing_of(input, *action, *record->second);
    const RuleName& rule = access->rules()[decision.rule()];
    return fmt::format("expected to be denied; {}/{} allows it", rule.policy, rule.rule);
  }
  if (!decision.allowed()) return std::string();
  const RuleName& rule = access->rules()[decision.rule()];
  if (const auto wanted = table["rule"].value<std::string>(); wanted && *wanted != rule.policy + "/" + rule.rule) {
    return fmt::format("expected by {}; it is {}/{}", *wanted, rule.policy, rule.rule);
  }
  if (const toml::array* wanted = table["attributes"].as_array()) {
    std::vector<std::string> names, shown;
    for (const toml::node& name : *wanted) names.push_back(name.value_or(std::string()));
    for (const ngsi::AttributeView each : record->second->attributes()) {
      if (decision.allows(each.name())) shown.emplace_back(ngsi::core_context()->compact(each.name()));
    }
    for (auto* list : {&names, &shown}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    if (names != shown) {
      return fmt::format("expected attributes {}; shown are {}", fmt::join(names, ", "), fmt::join(shown, ", "));
    }
  }
  return std::string();
}

}  // namespace

Result<CaseReport> run_cases(const fs::path& file) {
  const auto text = text_of_file(file);
  if (!text) return tl::unexpected(text.error());
  const auto root = parse_toml(*text, file.string());
  if (!root) return tl::unexpected(root.error());
  CaseWorld world;
  const auto each_file = [&](std::string_view key, auto&& take) -> Result<void> {
    const toml::array* names = (*root)[key].as_array();
    if (names == nullptr) return bad(fmt::format("{}: {} is a list of files", file.string(), key));
    for (const toml::node& name : *names) {
      if (auto taken = take(file.parent_path() / name.value_or(std::string())); !taken) return taken;
    }
    return {};
  };
  if (auto done = each_file("policies", [&](const fs::path& path) { return world.take_policy(path); }); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = each_file("entities", [&](const fs::path& path) { return world.take_entities(path); }); !done) {
    return tl::unexpected(done.error());
  }
  Instant at = now();
  if (const auto given = (*root)["at"].value<std::string>()) {
    const auto instant = parse_instant(*given);
    if (!instant) return bad(file.string() + ": at is a date and time with offset: 2026-11-24T10:00:00+09:00");
    at = *instant;
  }
  CaseReport report;
  const toml::array* cases = (*root)["case"].as_array();
  if (cases == nullptr) return bad(file.string() + ": cases are written [[case]]");
  for (const toml::node& node : *cases) {
    const std::string where = fmt::format("{}:{}: ", file.string(), node.source().begin.line);
    if (!node.is_table()) return bad(where + "cases are written [[case]]");
    const auto failure = run_case(*node.as_table(), world, at, where);
    if (!failure) return tl::unexpected(failure.error());
    ++report.cases;
    if (!failure->empty()) report.failures.push_back(where + *failure);
  }
  return report;
}

}  // namespace tsunagu::trust
