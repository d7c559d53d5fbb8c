// Registered delegates: a child who acts for an elderly parent. Kept as `AccessRelation` entities (`delegateOf`), so
// that policies see a change with the write, and both see it in the graph.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"
#include "trust/audit/record.h"
#include "trust/sign_in/sign_in.h"

namespace tsunagu::trust {

struct Delegation {
  std::string id;        ///< URN of the AccessRelation
  std::string delegate;  ///< URN
  Instant until;         ///< kNoInstant: for good
};

/// Thread-safe.
class Delegates {
 public:
  /// Both outlive it.
  Delegates(store::Store& store, SignIn& sign_in) : store_(store), sign_in_(sign_in) {}

  /// Those who may act for a person at present or later.
  std::vector<Delegation> of(const std::string& person, store::TenantId tenant, Instant now) const;
  /// `who`: URN of a person, or their sign-in name. `until`: kNoInstant: for a year; five years at most. Again for the
  /// same one changes the date.
  void add(const SubjectPtr& person, const Visitor& visitor, const std::string& who, Instant until,
           std::function<void(Result<Delegation>)> done);
  /// By the person or by the delegate. At once: a session that acts by it may no more from then on.
  void remove(const SubjectPtr& by, const Visitor& visitor, const std::string& id,
              std::function<void(Result<void>)> done);

 private:
  store::Store& store_;
  SignIn& sign_in_;
};

}  // namespace tsunagu::trust
