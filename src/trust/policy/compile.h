// Policies and facts → what one subject may do: an Access, or a tale of why not. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "trust/policy/access.h"
#include "trust/policy/facts.h"

namespace tsunagu::trust {

struct CompileInput {
  SubjectPtr subject;
  std::string tenant;  ///< name of the tenant that is asked; "": the default one
  std::string purpose;
  Instant now;
  const Facts* policies = nullptr;  ///< whose policies hold there
  const Facts* here = nullptr;      ///< relations, consents and emergencies of that tenant
  const Facts* home = nullptr;      ///< and of the subject's own, when it is another; else null
};

AccessPtr compile(const CompileInput& input);

/// One condition of a rule, and whether it holds: "role: nurse, doctor (has: clerk)".
struct Condition {
  bool holds = false;
  std::string key;   ///< of the policy language: "role", "relation", "types" …
  std::string text;  ///< for a person
};
struct RuleTale {
  std::string policy, rule;
  Title title;
  std::string because;  ///< what makes it hold; "" for none
  std::vector<Condition> conditions;
  std::size_t missing() const;
  bool allows() const { return missing() == 0; }
};
/// Every rule that gives `action`, with its conditions for this entity; those nearest to holding first.
std::vector<RuleTale> explain(const CompileInput& input, Action action, const ngsi::Record& record);

/// Bodies in which the subject has roles now, and whom they may act for, or guard.
struct Membership {
  std::string role, body;
};
std::vector<Membership> memberships(const CompileInput& input);
/// Is there a rule with `emergency` that, but for the emergency itself and the purpose, holds for the subject?
bool may_begin_emergency(const CompileInput& input);
std::vector<std::string> related(const CompileInput& input, std::string_view relation);

}  // namespace tsunagu::trust
