// Why somebody may, or may not.
#pragma once
#include <string>
#include <vector>

#include "trust/policy/authority.h"

namespace tsunagu::trust {

struct Question {
  SubjectPtr subject;
  store::TenantId tenant;
  Action action = kRead;
  std::string purpose;
};

struct Explanation {
  bool allowed = false;
  std::string rule, because;            ///< "region/own-data", and what makes it hold; "" when it is not allowed
  std::vector<std::string> attributes;  ///< expanded names that are shown, when not all
  bool whole = false;
  std::vector<RuleTale> rules;  ///< all that give the action, those nearest to holding first
  std::string text;             ///< for a person: several lines
};
Explanation explanation(const PolicyAuthority& authority, const Question& question, const ngsi::Record& record);

/// Somebody by the URN of their entity: the kind is that of its type in the graph, or in the URN; signed in with a
/// card. "anonymous": nobody.
SubjectPtr subject_named(const store::Store& store, store::TenantId tenant, const std::string& tenant_name,
                         const std::string& id);

}  // namespace tsunagu::trust
