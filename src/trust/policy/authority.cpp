#include "trust/policy/authority.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "ngsi/context.h"

namespace tsunagu::trust {
namespace {

const Facts& no_facts() {
  static const Facts none;
  return none;
}

std::size_t mixed(std::size_t hash, std::string_view text) {
  return (hash ^ std::hash<std::string_view>()(text)) * 0x9e3779b97f4a7c15u;
}

}  // namespace

std::size_t PolicyAuthority::KeyHash::operator()(const KeyView& key) const {
  std::size_t hash = mixed(key.tenant.value, key.subject.id);
  hash = mixed(hash, key.subject.session);
  return mixed(hash, key.purpose);
}

bool PolicyAuthority::KeyEqual::operator()(const KeyView& a, const Key& b) const {
  if (a.tenant != b.tenant || a.purpose != b.purpose) return false;
  const Subject &x = a.subject, &y = *b.subject;
  return &x == &y || (x.id == y.id && x.session == y.session && x.kind == y.kind && x.assurance == y.assurance &&
                      x.tenant == y.tenant && x.account == y.account && x.acts_for == y.acts_for &&
                      x.scopes == y.scopes && x.until == y.until && x.name == y.name);
}

PolicyAuthority::PolicyAuthority(store::Store& store, Clock clock)
    : store_(store), clock_(clock ? std::move(clock) : Clock(&tsunagu::now)) {
  store_.watch(*this);  // not under the lock: who tells of changes holds one of its own
  std::unique_lock lock(mutex_);
  for (const auto& [tenant, name] : store_.tenants()) {
    tenant_names_[tenant] = name;
    load(tenant);
  }
  std::vector<std::string> touched;
  for (const store::EntityChange& change : std::exchange(early_, {})) {
    facts_[change.tenant].take(change.before.get(), change.after.get(), touched);
  }
  loaded_ = true;
}

PolicyAuthority::~PolicyAuthority() {
  store_.unwatch(*this);
}

void PolicyAuthority::load(store::TenantId tenant) {
  const TrustTerms& t = TrustTerms::get();
  std::vector<ngsi::Selection> wanted(2);
  ngsi::TypeExpr types;
  types.kind = ngsi::TypeExpr::Kind::kOr;
  for (const ngsi::TermId type : {t.access_relation, t.consent, t.emergency_access, t.policy}) {
    types.children.push_back({ngsi::TypeExpr::Kind::kType, type, {}});
  }
  wanted[0].types = std::move(types);
  wanted[1].attrs = {t.territory};
  std::vector<std::string> touched;
  for (ngsi::Selection& selection : wanted) {
    const auto cursor = store_.query(tenant, std::move(selection));
    std::vector<ngsi::RecordPtr> found;
    bool more = true;
    while (more) {
      more = cursor->step(4096, 4096, found);
      for (const ngsi::RecordPtr& record : found) facts_[tenant].take(nullptr, record.get(), touched);
      found.clear();
    }
  }
}

void PolicyAuthority::committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) {
  if (std::none_of(changes.begin(), changes.end(), [](const store::EntityChange& change) {
        return (change.before && Facts::concerns(*change.before)) || (change.after && Facts::concerns(*change.after));
      })) {
    return;
  }
  std::unique_lock lock(mutex_);
  if (!loaded_) {
    early_.insert(early_.end(), changes.begin(), changes.end());
    return;
  }
  std::vector<std::string> touched;
  for (const store::EntityChange& change : changes) {
    facts_[change.tenant].take(change.before.get(), change.after.get(), touched);
  }
  if (touched.empty()) return;
  const std::uint64_t generation = generation_.load(std::memory_order_relaxed) + 1;
  if (touched_.size() + touched.size() > kMaxTouched) {
    touched_.clear();
    everybody_touched_ = generation;
  }
  for (std::string& each : touched) {
    if (each.empty()) everybody_touched_ = generation;
    touched_[std::move(each)] = generation;
  }
  generation_.store(generation, std::memory_order_release);
}

const Facts& PolicyAuthority::facts_of(store::TenantId tenant) const {
  const auto found = facts_.find(tenant);
  return found == facts_.end() ? no_facts() : found->second;
}

std::string PolicyAuthority::tenant_name(store::TenantId tenant) const {
  if (tenant == store::TenantId{}) return {};
  const auto found = tenant_names_.find(tenant);
  return found == tenant_names_.end() ? std::string() : found->second;
}

CompileInput PolicyAuthority::input(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose) const {
  CompileInput out;
  out.subject = subject;
  out.tenant = tenant_name(tenant);
  out.purpose = purpose;
  out.now = clock_();
  out.here = &facts_of(tenant);
  out.policies = out.here->has_policies() ? out.here : &facts_of({});
  if (subject->tenant != out.tenant) {
    for (const auto& [id, name] : tenant_names_) {
      if (name == subject->tenant || (subject->tenant.empty() && id == store::TenantId{})) out.home = &facts_of(id);
    }
  }
  return out;
}

bool PolicyAuthority::untouched(const Entry& entry) const {
  if (everybody_touched_ > entry.generation) return false;
  return std::none_of(entry.access->depends().begin(), entry.access->depends().end(), [&](const std::string& id) {
    const auto found = touched_.find(id);
    return found != touched_.end() && found->second > entry.generation;
  });
}

AccessPtr PolicyAuthority::access(const SubjectPtr& subject, store::TenantId tenant, std::string_view purpose) const {
  const KeyView key{*subject, tenant, purpose};
  Shard& shard = shards_[KeyHash()(key) >> 32 & (kShards - 1)];
  const std::uint64_t generation = this->generation();
  std::optional<Entry> stale;
  {
    std::shared_lock lock(shard.mutex);
    if (const auto found = shard.entries.find(key); found != shard.entries.end()) {
      const Instant until = found->second.access->until();
      if (until == kNoInstant || clock_() < until) {
        if (found->second.generation == generation) return found->second.access;
        stale = found->second;
      }
    }
  }
  if (tenant != store::TenantId{}) {
    std::shared_lock lock(mutex_);
    if (!tenant_names_.contains(tenant)) {
      lock.unlock();
      auto tenants = store_.tenants();
      std::unique_lock change(mutex_);
      for (auto& [id, name] : tenants) tenant_names_[id] = std::move(name);
    }
  }
  Entry entry;
  {
    std::shared_lock lock(mutex_);
    entry.generation = this->generation();
    entry.access = stale && untouched(*stale) ? stale->access : compile(input(subject, tenant, purpose));
  }
  std::unique_lock lock(shard.mutex);
  if (shard.entries.size() >= kShardEntries) shard.entries.clear();
  shard.entries.insert_or_assign(Key{subject, tenant, std::string(purpose)}, entry);
  return entry.access;
}

std::vector<RuleTale> PolicyAuthority::explain(const SubjectPtr& subject, store::TenantId tenant,
                                               std::string_view purpose, Action action,
                                               const ngsi::Record& record) const {
  std::shared_lock lock(mutex_);
  return trust::explain(input(subject, tenant, purpose), action, record);
}

std::vector<Membership> PolicyAuthority::memberships(const SubjectPtr& subject, store::TenantId tenant) const {
  std::shared_lock lock(mutex_);
  return trust::memberships(input(subject, tenant, ""));
}

std::vector<std::string> PolicyAuthority::related(const SubjectPtr& subject, store::TenantId tenant,
                                                  std::string_view relation) const {
  std::shared_lock lock(mutex_);
  return trust::related(input(subject, tenant, ""), relation);
}

std::vector<std::string> PolicyAuthority::related_to(std::string_view object, store::TenantId tenant,
                                                     std::string_view relation) const {
  std::vector<std::string> out;
  const Instant now = clock_();
  std::shared_lock lock(mutex_);
  for (const RelationPtr& each : facts_of(tenant).relations_to(object)) {
    if (each->relation == relation && each->valid.holds(now)) out.push_back(each->subject);
  }
  return out;
}

std::vector<std::string> PolicyAuthority::bodies_with(const std::vector<std::string>& roles,
                                                      store::TenantId tenant) const {
  std::shared_lock lock(mutex_);
  return facts_of(tenant).bodies_with(roles, clock_());
}

std::vector<std::string> PolicyAuthority::members(std::string_view body, std::string_view role,
                                                  store::TenantId tenant) const {
  std::vector<std::string> out;
  const Instant now = clock_();
  std::shared_lock lock(mutex_);
  for (const RelationPtr& each : facts_of(tenant).relations_to(body)) {
    if (each->relation == "memberOf" && each->role == role && each->valid.holds(now)) out.push_back(each->subject);
  }
  return out;
}

bool PolicyAuthority::may_begin_emergency(const SubjectPtr& subject, store::TenantId tenant) const {
  std::shared_lock lock(mutex_);
  return trust::may_begin_emergency(input(subject, tenant, ""));
}

std::vector<PolicyPtr> PolicyAuthority::policies(store::TenantId tenant) const {
  std::vector<PolicyPtr> out;
  std::shared_lock lock(mutex_);
  const Facts& own = facts_of(tenant);
  for (const auto& [name, policy] : (own.has_policies() ? own : facts_of({})).policies()) out.push_back(policy);
  return out;
}

AccessPtr PolicyAuthority::trial(const PolicyPtr& policy, const SubjectPtr& subject, store::TenantId tenant,
                                 std::string_view purpose, Instant at) const {
  std::shared_lock lock(mutex_);
  CompileInput in = input(subject, tenant, purpose);
  const Facts tried = in.policies->policies_with(policy);
  in.policies = &tried;
  if (at != kNoInstant) in.now = at;
  return compile(in);
}

}  // namespace tsunagu::trust
