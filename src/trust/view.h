// The graph as somebody may see and change it: a Store in front of the store. Whatever reads through it, by id, by
// query, by discovery, in the past or along relationships, sees the same: entities without those that are hidden, and
// without their hidden attributes, as if they were not there. So no part behind it has to think of permission.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"
#include "trust/authority.h"

namespace tsunagu::trust {

/// Finds the targets of relationships as they are, for rules that look along them.
class LinkedBehind final : public ngsi::Linked {
 public:
  LinkedBehind(const store::Store& store, store::TenantId tenant) : store_(store), tenant_(tenant) {}
  ngsi::RecordPtr find(std::string_view id) const override { return store_.find(tenant_, id); }

 private:
  const store::Store& store_;
  store::TenantId tenant_;
};

/// What of `record` may be seen for `action`: itself, a copy with fewer attributes, or null (also for null).
ngsi::RecordPtr show(const Access& access, Action action, ngsi::RecordPtr record, const ngsi::Linked& linked);

/// The same for both sides of a change.
store::EntityChange show(const Access& access, Action action, const store::EntityChange& change,
                         const ngsi::Linked& linked);

/// Cheap to make: one for each request. Thread-safe. Refers to the store and the authority. What it cannot pass on to
/// anybody (the outbox, watching, stopping) is for the system alone and refused here.
///
/// Writes: what is hidden is absent for them, too, and stays what it is. The decision is taken on what can be seen;
/// then everything that it changes has to be allowed, before the change and after it, so that nobody can write an
/// entity out of, or into, what they may change. An entity that cannot be seen is absent (404); one that can be seen
/// and not changed is Forbidden. Whether an id is taken cannot be hidden from who may create it: the answer is
/// Forbidden then, the same as to who may not.
class View final : public store::Store {
 public:
  View(store::Store& behind, const Authority& authority, SubjectPtr subject, std::string purpose)
      : behind_(behind), authority_(authority), subject_(std::move(subject)), purpose_(std::move(purpose)) {}

  AccessPtr access(store::TenantId tenant) const { return authority_.access(subject_, tenant, purpose_); }
  const SubjectPtr& subject() const { return subject_; }
  const std::string& purpose() const { return purpose_; }
  /// Everything that is there: for what only refers to entities that were shown before.
  const store::Store& behind() const { return behind_; }

  std::optional<store::TenantId> find_tenant(std::string_view name) const override;
  Result<store::TenantId> make_tenant(std::string_view name) override;
  std::vector<std::pair<store::TenantId, std::string>> tenants() const override;
  ngsi::RecordPtr find(store::TenantId tenant, std::string_view id) const override;
  /// The permission is part of the query: its cost goes with what may be seen, not with what is there.
  std::unique_ptr<store::Cursor> query(store::TenantId tenant, ngsi::Selection selection) const override;
  /// Of what is visible. Without a look at entities where a type is visible whole; else it reads those of the type.
  std::vector<store::TypeCount> types(store::TenantId tenant) const override;
  std::vector<store::AttributeUse> attribute_uses(store::TenantId tenant) const override;
  std::optional<std::string> document(store::TenantId tenant, std::string_view collection,
                                      std::string_view key) const override;
  std::vector<std::pair<std::string, std::string>> documents(store::TenantId tenant,
                                                             std::string_view collection) const override;
  Result<std::unique_ptr<store::HistoryReader>> history(store::TenantId tenant) const override;
  Result<std::vector<store::OutboxRow>> outbox() const override;
  void watch(store::Watcher& watcher) override;
  void unwatch(store::Watcher& watcher) override;
  void submit(std::vector<store::Write> writes, store::Done done) override;
  store::Stats stats() const override { return behind_.stats(); }
  void stop() override {}

 private:
  bool sees_anything(store::TenantId tenant) const;

  store::Store& behind_;
  const Authority& authority_;
  const SubjectPtr subject_;
  const std::string purpose_;
};

}  // namespace tsunagu::trust
