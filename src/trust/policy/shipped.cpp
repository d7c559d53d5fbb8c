#include "trust/policy/shipped.h"

#include <future>

#include "trust/policy/policy_entity.h"

namespace tsunagu::trust {

Result<void> install_policies(store::Store& store) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, TrustTerms::get().policy, {}};
  std::vector<ngsi::RecordPtr> found;
  const auto cursor = store.query({}, std::move(selection));
  while (cursor->step(1024, 1, found) && found.empty()) {
  }
  if (!found.empty()) return {};
  std::vector<store::Write> writes;
  for (const auto& [path, text] : shipped_files()) {
    std::string_view name = path.substr(path.rfind('/') + 1);
    name.remove_suffix(std::string_view(".toml").size());
    const auto policy = read_policy(text, name);
    if (!policy) return tl::unexpected(policy.error());
    writes.push_back(write_policy({}, std::string(name), std::string(text), {}));
  }
  std::promise<Result<void>> written;
  store.submit(std::move(writes), [&](std::vector<store::Outcome> outcomes) {
    Result<void> all;
    for (const store::Outcome& outcome : outcomes) {
      if (!outcome.result) all = outcome.result;
    }
    written.set_value(std::move(all));
  });
  return written.get_future().get();
}

}  // namespace tsunagu::trust
