// What another policy would change: yesterday's requests, decided again.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "trust/audit/record.h"
#include "trust/policy/authority.h"

namespace tsunagu::trust {

struct TrialChange {
  std::string who, action, purpose, entity;
  std::string before, after;  ///< "denied", "region/own-data", "region/own-data (3 attributes)"
  std::uint64_t n = 0;        ///< requests
};

/// Asks every entity that a record of the log names, as it is now, of the policies that hold and of those with `policy`
/// in the place of the one of its name. Not thread-safe.
class PolicyTrial {
 public:
  PolicyTrial(const PolicyAuthority& authority, const store::Store& store, PolicyPtr policy)
      : authority_(authority), store_(store), policy_(std::move(policy)) {}

  /// Records of other kinds than access and denied are passed over.
  void ask(const AuditRecord& record);

  std::uint64_t asked() const { return asked_; }      ///< entities in requests
  std::uint64_t changed() const { return changed_; }  ///< of these
  std::uint64_t gone() const { return gone_; }        ///< entities that are not there any more
  /// The first kMost kinds of changes, those of most requests first.
  std::vector<TrialChange> changes() const;
  static constexpr std::size_t kMost = 500;

 private:
  struct Pair {
    AccessPtr now, then;
  };
  const Pair& pair_for(const AuditRecord& record, store::TenantId tenant);

  const PolicyAuthority& authority_;
  const store::Store& store_;
  const PolicyPtr policy_;
  std::map<std::tuple<std::string, std::string, std::string, std::string, int>, Pair> pairs_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, TrialChange> changes_;
  std::uint64_t asked_ = 0, changed_ = 0, gone_ = 0;
};

}  // namespace tsunagu::trust
