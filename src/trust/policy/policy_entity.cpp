#include "trust/policy/policy_entity.h"

#include <algorithm>

#include "base/json.h"
#include "trust/policy/attributes.h"

namespace tsunagu::trust {
namespace {

class VersionVisitor final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& p) override {
    if (p.deleted == kNoInstant) found.push_back({to_string(p.written), json_string_text(p.instance.value())});
    return true;
  }
  std::vector<PolicyVersion> found;
};

}  // namespace

std::string policy_version(const ngsi::Record& record) {
  const ngsi::AttributeView text = record.find(TrustTerms::get().text);
  return text.data() == nullptr ? std::string() : to_string(text.modified_at());
}

store::EntityWrite write_policy(store::TenantId tenant, std::string name, std::string text,
                                std::optional<std::string> expected) {
  std::string id = policy_id(name);
  return {tenant, id,
          [id, text = std::move(text), expected = std::move(expected)](const ngsi::Record* current,
                                                                       Instant now) -> Result<store::Decision> {
            const TrustTerms& t = TrustTerms::get();
            const std::string version = current != nullptr ? policy_version(*current) : std::string();
            if (expected && *expected != version) {
              return fail(ErrorCode::kConflict,
                          "somebody else changed this policy meanwhile (version " + version + "): read it again");
            }
            return changed(current, id, t.policy, {text_attribute(t.text, text), text_attribute(t.status, "active")},
                           {}, now);
          }};
}

Result<std::vector<PolicyVersion>> policy_versions(const store::Store& store, store::TenantId tenant,
                                                   std::string_view name) {
  auto reader = store.history(tenant);
  if (!reader) return tl::unexpected(reader.error());
  VersionVisitor visitor;
  store::TimeWindow always;
  always.property = store::TimeProperty::kModifiedAt;
  const auto scanned = (*reader)->scan(policy_id(name), {TrustTerms::get().text, ""}, always, false, visitor);
  if (!scanned) return tl::unexpected(scanned.error());
  return std::move(visitor.found);
}

}  // namespace tsunagu::trust
