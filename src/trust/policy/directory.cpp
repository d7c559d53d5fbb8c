#include "trust/policy/directory.h"

#include <algorithm>
#include <array>

namespace tsunagu::trust {
namespace {

constexpr std::array<std::string_view, 9> kAllRights{"publish",  "operate", "contexts", "audit",
                                                     "policies", "tenants", "accounts", "clients", "devices"};

}  // namespace

std::vector<Role> Directory::roles(const SubjectPtr& subject, store::TenantId tenant) const {
  std::vector<Role> out;
  for (Membership& member : authority_.memberships(subject, tenant)) {
    Role role{std::move(member.role), std::move(member.body), {}, {}};
    role.body_ja = named(role.body, tenant, "ja").name;
    role.body_en = named(role.body, tenant, "en").name;
    out.push_back(std::move(role));
  }
  return out;
}

std::vector<std::string> Directory::rights(const SubjectPtr& subject, store::TenantId tenant) const {
  const AccessPtr access = authority_.access(subject, tenant, "");
  if (access->all()) return {kAllRights.begin(), kAllRights.end()};
  return access->rights();
}

std::vector<Purpose> Directory::all_purposes(store::TenantId tenant) const {
  std::vector<Purpose> out;
  for (const PolicyPtr& policy : authority_.policies(tenant)) {
    for (const Purpose& purpose : policy->purposes) {
      if (std::none_of(out.begin(), out.end(), [&](const Purpose& p) { return p.key == purpose.key; })) {
        out.push_back(purpose);
      }
    }
  }
  return out;
}

std::vector<Purpose> Directory::purposes(const SubjectPtr& subject, store::TenantId tenant) const {
  std::vector<Purpose> out = all_purposes(tenant);
  const AccessPtr without = authority_.access(subject, tenant, "");
  if (without->all()) return out;
  std::erase_if(out, [&](const Purpose& purpose) {
    const AccessPtr with = authority_.access(subject, tenant, purpose.key);
    return with->grants().size() <= without->grants().size() && with->rights().size() <= without->rights().size();
  });
  return out;
}

std::vector<Named> Directory::related(const SubjectPtr& subject, store::TenantId tenant,
                                      std::initializer_list<std::string_view> relations) const {
  std::vector<Named> out;
  for (const std::string_view relation : relations) {
    for (const std::string& id : authority_.related(subject, tenant, relation)) {
      if (std::none_of(out.begin(), out.end(), [&](const Named& n) { return n.id == id; })) {
        out.push_back(named(id, tenant));
      }
    }
  }
  return out;
}

std::vector<Named> Directory::may_act_for(const SubjectPtr& subject, store::TenantId tenant) const {
  return related(subject, tenant, {"delegateOf", "guardianOf"});
}

std::vector<Named> Directory::guards(const SubjectPtr& subject, store::TenantId tenant) const {
  return related(subject, tenant, {"guardianOf"});
}

bool Directory::may_act_for(const SubjectPtr& subject, std::string_view person, store::TenantId tenant) const {
  const auto all = may_act_for(subject, tenant);
  return std::any_of(all.begin(), all.end(), [&](const Named& each) { return each.id == person; });
}

Named Directory::named(std::string_view id, store::TenantId tenant, std::string_view language) const {
  Named out{std::string(id), {}};
  auto record = store_.find(tenant, id);
  if (!record && tenant != store::TenantId{}) record = store_.find({}, id);
  if (record) out.name = name_of(*record, language);
  return out;
}

}  // namespace tsunagu::trust
