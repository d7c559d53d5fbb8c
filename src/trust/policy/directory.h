// What a subject is in the region, to show it to them: roles and bodies, rights, purposes, for whom they may act.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "trust/policy/authority.h"

namespace tsunagu::trust {

struct Named {
  std::string id, name;  ///< name "": not known; then the id's last part says it
};
struct Role {
  std::string role, body;
  std::string body_ja, body_en;  ///< name of the body
};

/// Thread-safe; ~10 µs, no I/O.
class Directory {
 public:
  /// Both outlive it.
  Directory(const PolicyAuthority& authority, const store::Store& store) : authority_(authority), store_(store) {}

  std::vector<Role> roles(const SubjectPtr& subject, store::TenantId tenant = {}) const;
  /// "publish", "operate" …; of everybody under --auth=none: all that policies know.
  std::vector<std::string> rights(const SubjectPtr& subject, store::TenantId tenant = {}) const;
  /// Purposes for which they may more than for none.
  std::vector<Purpose> purposes(const SubjectPtr& subject, store::TenantId tenant = {}) const;
  /// Every purpose of the policies.
  std::vector<Purpose> all_purposes(store::TenantId tenant = {}) const;
  /// For whom they may act, as registered delegate or guardian.
  std::vector<Named> may_act_for(const SubjectPtr& subject, store::TenantId tenant = {}) const;
  /// Whom they guard.
  std::vector<Named> guards(const SubjectPtr& subject, store::TenantId tenant = {}) const;
  bool may_act_for(const SubjectPtr& subject, std::string_view person, store::TenantId tenant = {}) const;

  /// The entity's name in a language.
  Named named(std::string_view id, store::TenantId tenant = {}, std::string_view language = "ja") const;

 private:
  std::vector<Named> related(const SubjectPtr& subject, store::TenantId tenant,
                             std::initializer_list<std::string_view> relations) const;
  const PolicyAuthority& authority_;
  const store::Store& store_;
};

}  // namespace tsunagu::trust
