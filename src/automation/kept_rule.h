// A rule as it is kept: a document of its tenant, so that nobody writes one but through src/gateway/automation.
#pragma once
#include <optional>
#include <string>

#include "automation/rule.h"
#include "broker/subscriptions/owner.h"
#include "store/store.h"

namespace tsunagu::automation {

struct KeptRule {
  store::TenantId tenant;
  RulePtr rule;
  std::string text;         ///< as it was written
  bool on = false;
  Words stopped;            ///< why the program switched it off; empty: it did not
  broker::Owner owner;      ///< who wrote it last: it may do what they may
  Instant modified_at;
  std::uint64_t version = 1;
};

inline constexpr std::string_view kRuleDocuments = "automation-rules";

std::string pack(const KeptRule& rule);
/// BadRequestData when the text can no longer be read.
Result<KeptRule> unpack(store::TenantId tenant, std::string_view packed);
store::DocumentWrite document_of(const KeptRule& rule);

}  // namespace tsunagu::automation
