// A policy as the graph keeps it: `Policy` entities, whose history is the versions.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"
#include "trust/policy/facts.h"

namespace tsunagu::trust {

/// One write that makes `text` (already read without fault) the active policy `name`. With `expected` only while the
/// version there is it ("": only when there is none): Conflict.
store::EntityWrite write_policy(store::TenantId tenant, std::string name, std::string text,
                                std::optional<std::string> expected);

/// The version of a policy: the instant when its text was written, as text.
std::string policy_version(const ngsi::Record& record);

struct PolicyVersion {
  std::string version, text;
};
/// What the text was, oldest first; reads history (I/O).
Result<std::vector<PolicyVersion>> policy_versions(const store::Store& store, store::TenantId tenant,
                                                   std::string_view name);

}  // namespace tsunagu::trust
