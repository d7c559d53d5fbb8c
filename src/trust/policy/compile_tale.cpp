// Why a rule holds, or what is missing.
#include <fmt/format.h>

#include <algorithm>

#include "ngsi/context.h"
#include "trust/policy/compiler.h"

namespace tsunagu::trust {
namespace {

std::string names_of(const std::vector<ngsi::TermId>& terms) {
  std::string out;
  for (const ngsi::TermId term : terms) {
    if (!out.empty()) out += ", ";
    out += ngsi::core_context()->compact(term);
  }
  return out;
}

}  // namespace

void AccessCompiler::told_entity(const Rule& rule, const std::vector<Holding>& held, const ngsi::Record& record,
                                 Tale& tale, std::string& because) {
  // What the rule would give if it held: tested part by part.
  const auto types = types_of(rule), except = except_of(rule);
  bool typed = true;
  std::vector<ngsi::TermId> has;
  for (std::uint16_t i = 0; i < record.type_count(); ++i) {
    has.push_back(record.type(i));
    typed = typed && (rule.every_type || is_among(types, has.back())) && !is_among(except, has.back());
  }
  tale.push_back(
      {typed, "types", fmt::format("types: {} (it is {})", rule.every_type ? "all" : names_of(types), names_of(has))});
  if (rule.relates() && !held.empty()) {
    std::vector<ngsi::TermId> ways;  // by which it may name whom it is about
    if (rule.about == About::kPerson) {
      for (const ngsi::TermId type : has) {
        if (const auto found = person_of_type_.find(type); found != person_of_type_.end())
          ways.push_back(found->second);
      }
    } else {
      ways.push_back(rule.about == About::kAttribute ? rule.about_attribute : ngsi::kNoTerm);
    }
    bool about = false;
    for (const Holding& holding : held) {
      if (!holding.types.empty() &&
          !std::all_of(has.begin(), has.end(), [&](ngsi::TermId type) { return is_among(holding.types, type); })) {
        continue;
      }
      for (const ngsi::TermId way : ways) {
        Grant test;
        test.by_objects = true;
        test.about = way;
        std::vector<const std::string*> reasons;
        for (const auto& [object, why] : holding.objects) {
          test.objects.emplace(object, static_cast<std::uint32_t>(reasons.size()));
          reasons.push_back(&why);
        }
        std::uint32_t which = 0;
        if (!test.covers(record, which)) continue;
        about = true;
        if (because.empty()) because = *reasons[which];
      }
    }
    tale.push_back(
        {about, "about",
         fmt::format("it is about one of the {} that {} reaches", rule.about == About::kPerson ? "persons" : "objects",
                     rule.consent     ? "consent"
                     : rule.emergency ? "the emergency"
                                      : listed_names(rule.relations))});
  }
  if (rule.filter) {
    tale.push_back({ngsi::matches(*rule.filter, record, nullptr), "where",
                    fmt::format("where: {} {}", rule.q.empty() ? rule.scope : rule.q, rule.place ? "and place" : "")});
  }
  if (rule.in_area) {
    bool inside = false;
    for (const Grant& each : access_->grants_) {
      std::uint32_t ignored = 0;
      inside = inside || (access_->rules_[each.rule].rule == rule.name && each.covers(record, ignored));
    }
    tale.push_back({inside, "place", "its location is inside of the territory of the subject's body"});
  }
}

std::vector<RuleTale> AccessCompiler::explain(Action action, const ngsi::Record& record) {
  run();
  std::vector<RuleTale> out;
  for (const auto& [name, policy] : in_.policies->policies()) {
    for (const Rule& rule : policy->rules) {
      if (!(rule.actions & action)) continue;
      RuleTale tale{policy->name, rule.name, rule.title, {}, {}};
      for_subject(*policy, rule, &tale.conditions);
      const auto held = holdings(rule, &tale.conditions);
      told_entity(rule, held, record, tale.conditions, tale.because);
      if (tale.allows() && !limits_.empty()) {
        bool left = false;
        for (const Grant& each : access_->grants_) {
          std::uint32_t ignored = 0;
          const RuleName& of = access_->rules_[each.rule];
          left = left || (of.rule == rule.name && of.policy == policy->name && (each.actions & action) &&
                          each.covers(record, ignored));
        }
        tale.conditions.push_back(
            {left, "scope of the token or delegation", "the token, or the delegation, goes so far"});
      }
      out.push_back(std::move(tale));
    }
  }
  // A rule for other types is far away, whatever else holds.
  const auto distance = [](const RuleTale& tale) {
    const bool typed = std::all_of(tale.conditions.begin(), tale.conditions.end(),
                                   [](const Condition& c) { return c.holds || c.key != "types"; });
    return tale.missing() + (typed ? 0 : 3);
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const RuleTale& a, const RuleTale& b) { return distance(a) < distance(b); });
  return out;
}

std::vector<Membership> AccessCompiler::memberships() const {
  std::vector<Membership> out;
  for (const RelationPtr& member : members_) out.push_back({member->role, member->object});
  return out;
}

std::vector<std::string> AccessCompiler::related(std::string_view relation) {
  std::vector<std::string> out;
  each_relation(in_.subject->id, [&](const RelationPtr& each) {
    if (each->relation == relation && !is_among(out, each->object)) out.push_back(each->object);
  });
  return out;
}

bool AccessCompiler::may_begin_emergency() {
  if (delegated_ || in_.subject->id.empty() || !in_.subject->scopes.empty()) return false;
  for (const auto& [name, policy] : in_.policies->policies()) {
    for (const Rule& rule : policy->rules) {
      if (!rule.emergency) continue;
      Tale tale;
      for_subject(*policy, rule, &tale);
      if (std::all_of(tale.begin(), tale.end(), [](const Condition& c) { return c.holds || c.key == "purpose"; })) {
        return true;
      }
    }
  }
  return false;
}

std::size_t RuleTale::missing() const {
  return static_cast<std::size_t>(
      std::count_if(conditions.begin(), conditions.end(), [](const Condition& c) { return !c.holds; }));
}

}  // namespace tsunagu::trust
