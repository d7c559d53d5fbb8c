// Writes of a View.
#include <algorithm>
#include <utility>

#include "store/history/last_state.h"
#include "trust/guarded.h"
#include "trust/view.h"

namespace tsunagu::trust {
namespace {

Error forbidden(std::string_view what, std::string_view id) {
  return {ErrorCode::kForbidden, "you may not " + std::string(what) + " " + std::string(id)};
}

Error absent(std::string_view id) {
  return {ErrorCode::kResourceNotFound, "there is no entity " + std::string(id)};
}

/// Are the types, the scopes and the expiry the same?
bool same_entity_members(const ngsi::Record& a, const ngsi::Record& b) {
  if (a.type_count() != b.type_count() || a.scope_count() != b.scope_count() || a.expires_at() != b.expires_at()) {
    return false;
  }
  for (std::uint16_t i = 0; i < a.type_count(); ++i) {
    if (a.type(i) != b.type(i)) return false;
  }
  auto other = b.scopes().begin();
  for (const std::string_view scope : a.scopes()) {
    if (scope != *other) return false;
    ++other;
  }
  return true;
}

/// Is every attribute of which an instance differs one that both decisions allow?
bool only_allowed_differ(const ngsi::Record& before, const ngsi::Record& after, const Decision& first,
                         const Decision& second) {
  const auto fine = [&](const ngsi::Record& a, const ngsi::Record& b) {
    for (const ngsi::AttributeView instance : a.attributes()) {
      if (first.allows(instance.name()) && second.allows(instance.name())) continue;
      const ngsi::AttributeView other = b.find(instance.name(), instance.dataset_id());
      if (other.data() == nullptr || other.bytes() != instance.bytes()) return false;
    }
    return true;
  };
  return fine(before, after) && fine(after, before);
}

Result<void> check_put(const Access& access, const ngsi::Record* before, const ngsi::Record& after,
                       const ngsi::Linked& linked) {
  if (before == nullptr) {
    const Decision created = access.decide(kCreate, after, &linked);
    bool all = created.allowed();
    for (const ngsi::AttributeView a : after.attributes()) all = all && created.allows(a.name());
    if (!all) return tl::unexpected(forbidden("create", after.id()));
    return {};
  }
  const Decision first = access.decide(kUpdate, *before, &linked);
  const Decision second = access.decide(kUpdate, after, &linked);
  const bool outside = !first.whole() || !second.whole();
  if (!first.allowed() || !second.allowed() || (outside && !only_allowed_differ(*before, after, first, second)) ||
      (outside && !same_entity_members(*before, after))) {
    return tl::unexpected(forbidden("change this of", after.id()));
  }
  return {};
}

/// `after` was made of what can be seen of `current`: with what was hidden, unless it has the same itself.
Result<ngsi::RecordPtr> with_hidden(const ngsi::Record& current, const Decision& visible, const ngsi::Record& after) {
  ngsi::Entity whole = ngsi::decode(after);
  for (ngsi::Attribute& attribute : ngsi::decode(current).attributes) {
    if (visible.allows(attribute.name) || after.find(attribute.name, attribute.dataset_id).data() != nullptr) continue;
    whole.attributes.push_back(std::move(attribute));
  }
  return ngsi::encode(std::move(whole));
}

/// The decision, and then whether it is allowed. What is hidden is absent, and stays what it is: the decision is taken
/// on what can be seen, so that nothing it answers or reports tells of the rest.
Result<store::Decision> decide_guarded(const Access& access, const ngsi::Linked& linked, const store::Decide& decide,
                                       std::string_view id, const ngsi::Record* current, Instant now) {
  ngsi::RecordPtr seen;
  const ngsi::Record* shown = current;
  Decision visible;
  if (current != nullptr) {
    visible = access.decide(kRead, *current, &linked);
    if (!visible.allowed()) {
      shown = nullptr;
    } else if (!visible.whole()) {
      seen = ngsi::with_attributes(*current, [&](ngsi::TermId name) { return visible.allows(name); });
      shown = seen.get();
    }
  }
  auto decision = decide(shown, now);
  if (!decision || std::holds_alternative<store::Keep>(*decision)) return decision;
  if (current != nullptr && shown == nullptr) {
    return tl::unexpected(forbidden("create", id));  // it would replace what they cannot see
  }
  if (auto* put = std::get_if<store::Put>(&*decision)) {
    if (seen) {
      auto whole = with_hidden(*current, visible, *put->record);
      if (!whole) return tl::unexpected(whole.error());
      put->record = std::move(*whole);
    }
    if (auto ok = check_put(access, current, *put->record, linked); !ok) return tl::unexpected(ok.error());
  } else if (current != nullptr && !access.decide(kDelete, *current, &linked).whole()) {
    return tl::unexpected(forbidden("delete", id));
  }
  return decision;
}

/// Writes of history take no decision on the writer: they are checked now, on what is there now.
Result<void> check_past(const store::Store& behind, const Access& access, const store::HistoryWrite& write) {
  const LinkedBehind linked(behind, write.tenant);
  ngsi::RecordPtr record = behind.find(write.tenant, write.id);
  if (!record) {
    auto history = behind.history(write.tenant);
    if (!history) return tl::unexpected(history.error());
    const auto remembered = (*history)->entity(write.id);
    if (!remembered) return tl::unexpected(remembered.error());
    if (*remembered) {
      auto last = store::last_state(**history, **remembered);
      if (!last) return tl::unexpected(last.error());
      record = std::move(*last);
    }
  }
  const bool hidden = record && !access.decide(kHistory, *record, &linked).allowed() &&
                      !access.decide(kRead, *record, &linked).allowed();
  if (hidden && write.types.empty()) return tl::unexpected(absent(write.id));
  if (!record || hidden) {  // it begins with this, as far as they can see
    ngsi::Entity entity;
    entity.id = write.id;
    entity.types = write.types;
    entity.attributes = write.add;
    auto made = ngsi::encode(std::move(entity));
    if (!made) return tl::unexpected(made.error());
    auto created = check_put(access, nullptr, **made, linked);
    return created && hidden ? tl::unexpected(forbidden("create", write.id)) : created;
  }
  if (write.forget) {
    if (access.decide(kDelete, *record, &linked).whole()) return {};
    return tl::unexpected(forbidden("delete the past of", write.id));
  }
  const Decision update = access.decide(kUpdate, *record, &linked);
  const auto allowed = [&](ngsi::TermId name) { return update.allows(name); };
  const bool fine =
      update.allowed() && ((write.types.empty() && write.scopes.empty()) || update.whole()) &&
      std::ranges::all_of(write.add, [&](const ngsi::Attribute& a) { return allowed(a.name); }) &&
      std::ranges::all_of(write.replace, [&](const auto& r) { return allowed(r.which.series.name); }) &&
      std::ranges::all_of(write.forget_series, [&](const store::SeriesKey& key) { return allowed(key.name); }) &&
      std::ranges::all_of(write.forget_instances, [&](const auto& i) { return allowed(i.series.name); });
  if (!fine) return tl::unexpected(forbidden("change this of the past of", write.id));
  return {};
}

/// In place of a write that is refused, so that the outcomes stay in order.
store::Write refusal(store::TenantId tenant, std::string id, Error error) {
  return store::EntityWrite{tenant, std::move(id),
                            [error = std::move(error)](const ngsi::Record*, Instant) -> Result<store::Decision> {
                              return tl::unexpected(error);
                            }};
}

}  // namespace

store::Write guarded_write(const store::Store& behind, AccessPtr access, store::Write write) {
  if (auto* entity = std::get_if<store::EntityWrite>(&write)) {
    entity->decide = [&behind, access = std::move(access), tenant = entity->tenant, id = entity->id,
                      decide = std::move(entity->decide)](const ngsi::Record* current, Instant now) {
      return decide_guarded(*access, LinkedBehind(behind, tenant), decide, id, current, now);
    };
    return write;
  }
  if (auto* past = std::get_if<store::HistoryWrite>(&write)) {
    auto checked = check_past(behind, *access, *past);
    if (checked) return write;
    return refusal(past->tenant, std::move(past->id), std::move(checked.error()));
  }
  return refusal({}, "urn:ngsi-ld:refused", {ErrorCode::kForbidden, "this is for the system alone"});
}

}  // namespace tsunagu::trust
