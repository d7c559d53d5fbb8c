// The Authority that follows the policies in the graph.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trust/authority.h"
#include "trust/policy/compile.h"

namespace tsunagu::trust {

/// Reads policies, relations, consents and emergencies of all tenants at its construction and watches the store for
/// their changes until its destruction. To be made before anything else watches that store, so that whoever is told of
/// a change finds it in force. A tenant without active policies of its own has those of the default tenant; without
/// any, nobody may do anything. Docs: docs/policy.md.
class PolicyAuthority final : public Authority, public store::Watcher {
 public:
  using Clock = std::function<Instant()>;
  explicit PolicyAuthority(store::Store& store, Clock clock = {});
  ~PolicyAuthority() override;

  AccessPtr access(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose) const override;
  std::uint64_t generation() const override { return generation_.load(std::memory_order_acquire); }

  /// Every rule that gives `action`, with its conditions for this entity; those nearest to holding first. ~100 µs.
  std::vector<RuleTale> explain(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose,
                                Action action, const ngsi::Record& record) const;
  /// Roles that hold now.
  std::vector<Membership> memberships(const SubjectPtr& subject, store::TenantId tenant) const;
  /// Persons or bodies to whom the subject has this relation now ("delegateOf", "guardianOf").
  std::vector<std::string> related(const SubjectPtr& subject, store::TenantId tenant, std::string_view relation) const;
  /// Those who have this relation to `object` now.
  std::vector<std::string> related_to(std::string_view object, store::TenantId tenant, std::string_view relation) const;
  /// Bodies in which somebody has one of these roles (none: any) now; ordered.
  std::vector<std::string> bodies_with(const std::vector<std::string>& roles, store::TenantId tenant) const;
  /// Members of a body that have the role now.
  std::vector<std::string> members(std::string_view body, std::string_view role, store::TenantId tenant) const;
  /// Does a rule with `emergency` wait for this subject?
  bool may_begin_emergency(const SubjectPtr& subject, store::TenantId tenant) const;
  /// The policies that hold in a tenant, by name.
  std::vector<PolicyPtr> policies(store::TenantId tenant) const;
  /// What it would be if `policy` took the place of the one of its name: the facts of now, as of the instant `at` (now
  /// when kNoInstant).
  AccessPtr trial(const PolicyPtr& policy, const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose,
                  Instant at) const;

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t) override;
  void failed() override {}

 private:
  struct Key {
    SubjectPtr subject;
    store::TenantId tenant;
    std::string purpose;
  };
  struct KeyView {
    const Subject& subject;
    store::TenantId tenant;
    std::string_view purpose;
  };
  struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(const KeyView& key) const;
    std::size_t operator()(const Key& key) const { return (*this)(KeyView{*key.subject, key.tenant, key.purpose}); }
  };
  struct KeyEqual {
    using is_transparent = void;
    bool operator()(const Key& a, const Key& b) const { return (*this)(KeyView{*a.subject, a.tenant, a.purpose}, b); }
    bool operator()(const KeyView& a, const Key& b) const;
    bool operator()(const Key& a, const KeyView& b) const { return (*this)(b, a); }
  };
  struct Entry {
    AccessPtr access;
    std::uint64_t generation = 0;
  };
  struct Shard {
    std::shared_mutex mutex;
    std::unordered_map<Key, Entry, KeyHash, KeyEqual> entries;
  };
  static constexpr std::size_t kShards = 16, kShardEntries = 2048, kMaxTouched = 100'000;

  void load(store::TenantId tenant);
  // With the lock of the facts.
  const Facts& facts_of(store::TenantId tenant) const;
  CompileInput input(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose) const;
  bool untouched(const Entry& entry) const;
  std::string tenant_name(store::TenantId tenant) const;

  store::Store& store_;
  const Clock clock_;
  std::atomic<std::uint64_t> generation_{1};
  mutable std::shared_mutex mutex_;  // of what follows
  std::map<store::TenantId, Facts> facts_;
  bool loaded_ = false;
  std::vector<store::EntityChange> early_;  // what changed before everything was read
  mutable std::map<store::TenantId, std::string> tenant_names_;
  std::unordered_map<std::string, std::uint64_t> touched_;  // person or body → generation of its last change
  std::uint64_t everybody_touched_ = 0;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace tsunagu::trust
