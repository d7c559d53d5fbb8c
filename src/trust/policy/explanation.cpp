#include "trust/policy/explanation.h"

#include <fmt/format.h>

#include <array>

#include "ngsi/context.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kNearRules = 5;

std::string title_of(const RuleTale& tale) {
  return tale.title.en.empty() ? tale.title.ja : tale.title.en;
}

void tell(std::string& out, const RuleTale& tale) {
  out += fmt::format("  {}/{}{}{}\n", tale.policy, tale.rule, title_of(tale).empty() ? "" : ": ", title_of(tale));
  for (const Condition& condition : tale.conditions) {
    out += fmt::format("    [{}] {}: {}\n", condition.holds ? 'x' : ' ', condition.key, condition.text);
  }
}

}  // namespace

Explanation explanation(const PolicyAuthority& authority, const Question& question, const ngsi::Record& record) {
  Explanation out;
  const AccessPtr access = authority.access(question.subject, question.tenant, question.purpose);
  const Decision decision = access->decide(question.action, record);
  out.allowed = decision.allowed();
  out.whole = decision.whole();
  if (out.allowed && !access->all()) {
    const RuleName& rule = access->rules()[decision.rule()];
    out.rule = rule.policy + "/" + rule.rule;
    out.because = rule.because;
  }
  ngsi::TermId last;
  for (const ngsi::AttributeView attribute : record.attributes()) {
    if (attribute.name() == last || !out.allowed || out.whole || !decision.allows(attribute.name())) continue;
    last = attribute.name();
    out.attributes.emplace_back(ngsi::terms().text(last));
  }
  out.rules = authority.explain(question.subject, question.tenant, question.purpose, question.action, record);

  const std::string who =
      question.subject->id.empty() ? std::string(name(question.subject->kind)) : question.subject->id;
  const std::string why = question.purpose.empty() ? "" : " for " + question.purpose;
  out.text =
      fmt::format("{} {} {} {}{}.\n", who, out.allowed ? "may" : "may not", name(question.action), record.id(), why);
  if (access->all()) {
    out.text += "Nothing is forbidden to them: sign-in is off, or it is the program itself.\n";
  } else if (out.allowed) {
    out.text += fmt::format("Rule {}{}{}.\n", out.rule, out.because.empty() ? "" : " because of ", out.because);
    if (!out.whole) {
      std::vector<std::string> names;
      for (const std::string& iri : out.attributes) names.push_back(ngsi::core_context()->compact_iri(iri));
      out.text += fmt::format("Attributes: {}.\n",
                              names.empty() ? "none that it has" : fmt::format("{}", fmt::join(names, ", ")));
    }
    for (const RuleTale& tale : out.rules) {
      if (tale.allows()) tell(out.text, tale);
    }
  } else if (out.rules.empty()) {
    out.text += "No rule gives this to anybody. What no rule allows is forbidden.\n";
  } else {
    out.text += "No rule allows it. The nearest, and what is missing:\n";
    for (std::size_t i = 0; i < std::min(kNearRules, out.rules.size()); ++i) tell(out.text, out.rules[i]);
  }
  return out;
}

SubjectPtr subject_named(const store::Store& store, store::TenantId tenant, const std::string& tenant_name,
                         const std::string& id) {
  if (id.empty() || id == "anonymous") return nobody();
  constexpr std::array kNamed{std::pair{"Resident", SubjectKind::kResident}, std::pair{"Staff", SubjectKind::kStaff},
                              std::pair{"Device", SubjectKind::kDevice}, std::pair{"Program", SubjectKind::kProgram}};
  auto out = std::make_shared<Subject>();
  out->id = id;
  out->kind = SubjectKind::kResident;
  out->tenant = tenant_name;
  out->assurance = Assurance::kCard;
  const auto record = store.find(tenant, id);
  for (const auto& [type, kind] : kNamed) {
    if (record ? record->has_type(ngsi::core_context()->intern(type))
               : id.starts_with("urn:ngsi-ld:" + std::string(type) + ":")) {
      out->kind = kind;
    }
  }
  return out;
}

}  // namespace tsunagu::trust
