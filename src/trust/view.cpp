#include "trust/view.h"

#include <algorithm>
#include <limits>
#include <map>

#include "trust/guarded.h"

namespace tsunagu::trust {
namespace {

Error refused(const char* what) {
  return {ErrorCode::kForbidden, std::string("you may not ") + what};
}

bool has(const std::vector<ngsi::TermId>& sorted, ngsi::TermId type) {
  return std::ranges::binary_search(sorted, type);
}

/// May every entity of this type be read, with all its attributes? `alone`: none has another type besides.
bool reads_whole_type(const Access& access, ngsi::TermId type, bool alone) {
  return std::ranges::any_of(access.grants(), [type, alone](const Grant& grant) {
    const ngsi::Selection& where = *grant.where;
    const bool of_all = grant.types.empty() && grant.except_types.empty();
    return (grant.actions & kRead) && grant.attributes.all() && !grant.by_objects && !grant.filter &&
           where.ids.empty() && !where.id_regex && where.q.empty() && where.attrs.empty() && !where.geo &&
           !where.scope && !where.any_of &&
           (of_all || (alone && (grant.types.empty() || has(grant.types, type)) && !has(grant.except_types, type)));
  });
}

/// Has every entity of the tenant one type only? Then what is known of a type is known of its entities.
bool all_of_one_type(const store::Store& store, store::TenantId tenant, const std::vector<store::TypeCount>& types) {
  std::uint64_t sum = 0;
  for (const store::TypeCount& each : types) sum += each.entities;
  return sum == store.usage(tenant).entities;
}

/// Calls f for every entity of the type that may be read.
template <class F>
void each_of_type(const store::Store& store, store::TenantId tenant, ngsi::TermId type, F&& f) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, type, {}};
  const auto cursor = store.query(tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> found;
  bool more = true;
  while (more) {
    more = cursor->step(4096, std::numeric_limits<std::size_t>::max(), found);
    for (const ngsi::RecordPtr& record : found) f(*record);
    found.clear();
  }
}

}  // namespace

ngsi::RecordPtr show(const Access& access, Action action, ngsi::RecordPtr record, const ngsi::Linked& linked) {
  if (!record || access.all()) return record;
  const Decision decision = access.decide(action, *record, &linked);
  if (decision.whole()) return record;
  if (!decision.allowed()) return nullptr;
  return ngsi::with_attributes(*record, [&decision](ngsi::TermId name) { return decision.allows(name); });
}

store::EntityChange show(const Access& access, Action action, const store::EntityChange& change,
                         const ngsi::Linked& linked) {
  return {change.tenant, show(access, action, change.before, linked), show(access, action, change.after, linked),
          change.at};
}

bool View::sees_anything(store::TenantId tenant) const {
  const AccessPtr access = this->access(tenant);
  return access->all() || !access->grants().empty();
}

std::optional<store::TenantId> View::find_tenant(std::string_view name) const {
  const auto found = behind_.find_tenant(name);
  return found && sees_anything(*found) ? found : std::nullopt;
}

Result<store::TenantId> View::make_tenant(std::string_view name) {
  if (!access({})->may("tenants")) return tl::unexpected(refused("make a tenant"));
  return behind_.make_tenant(name);
}

std::vector<std::pair<store::TenantId, std::string>> View::tenants() const {
  auto all = behind_.tenants();
  std::erase_if(all, [this](const auto& tenant) { return !sees_anything(tenant.first); });
  return all;
}

ngsi::RecordPtr View::find(store::TenantId tenant, std::string_view id) const {
  return show(*access(tenant), kRead, behind_.find(tenant, id), LinkedBehind(behind_, tenant));
}

std::unique_ptr<store::Cursor> View::query(store::TenantId tenant, ngsi::Selection selection) const {
  AccessPtr access = this->access(tenant);
  if (access->all()) return behind_.query(tenant, std::move(selection));
  return guarded_query(behind_, tenant, std::move(access), std::move(selection));
}

std::vector<store::TypeCount> View::types(store::TenantId tenant) const {
  const AccessPtr access = this->access(tenant);
  auto all = behind_.types(tenant);
  if (access->all()) return all;
  const bool alone = all_of_one_type(behind_, tenant, all);
  for (store::TypeCount& each : all) {
    if (each.entities == 0 || reads_whole_type(*access, each.type, alone)) continue;
    each.entities = 0;
    each_of_type(*this, tenant, each.type, [&each](const ngsi::Record&) { ++each.entities; });
  }
  std::erase_if(all, [](const store::TypeCount& each) { return each.entities == 0; });
  return all;
}

std::vector<store::AttributeUse> View::attribute_uses(store::TenantId tenant) const {
  const AccessPtr access = this->access(tenant);
  auto all = behind_.attribute_uses(tenant);
  if (access->all()) return all;
  std::vector<store::AttributeUse> uses;
  const std::vector<store::TypeCount> types = behind_.types(tenant);
  const bool alone = all_of_one_type(behind_, tenant, types);
  for (const store::TypeCount& each : types) {
    if (reads_whole_type(*access, each.type, alone)) {
      std::ranges::copy_if(all, std::back_inserter(uses),
                           [&each](const store::AttributeUse& use) { return use.type == each.type; });
      continue;
    }
    std::map<ngsi::TermId, store::AttributeUse> seen;
    each_of_type(*this, tenant, each.type, [&](const ngsi::Record& record) {
      ngsi::TermId last = ngsi::kNoTerm;
      for (const ngsi::AttributeView a : record.attributes()) {
        store::AttributeUse& use = seen[a.name()];
        use.type = each.type;
        use.attribute = a.name();
        use.kinds = static_cast<std::uint16_t>(use.kinds | (1u << static_cast<unsigned>(a.kind())));
        if (a.name() != last) ++use.entities;
        last = a.name();
      }
    });
    for (auto& [name, use] : seen) uses.push_back(use);
  }
  return uses;
}

std::optional<std::string> View::document(store::TenantId tenant, std::string_view collection,
                                          std::string_view key) const {
  return access(tenant)->all() ? behind_.document(tenant, collection, key) : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> View::documents(store::TenantId tenant,
                                                                 std::string_view collection) const {
  if (!access(tenant)->all()) return {};
  return behind_.documents(tenant, collection);
}

Result<std::unique_ptr<store::HistoryReader>> View::history(store::TenantId tenant) const {
  auto inner = behind_.history(tenant);
  AccessPtr access = this->access(tenant);
  if (!inner || access->all()) return inner;
  return guarded_history(behind_, tenant, std::move(access), std::move(*inner));
}

Result<std::vector<store::OutboxRow>> View::outbox() const {
  return tl::unexpected(refused("read the outbox"));
}

void View::watch(store::Watcher&) {}

void View::unwatch(store::Watcher&) {}

void View::submit(std::vector<store::Write> writes, store::Done done) {
  for (store::Write& write : writes) {
    store::TenantId tenant;
    if (const auto* entity = std::get_if<store::EntityWrite>(&write)) tenant = entity->tenant;
    if (const auto* past = std::get_if<store::HistoryWrite>(&write)) tenant = past->tenant;
    AccessPtr access = this->access(tenant);
    if (!access->all()) write = guarded_write(behind_, std::move(access), std::move(write));
  }
  behind_.submit(std::move(writes), std::move(done));
}

}  // namespace tsunagu::trust
