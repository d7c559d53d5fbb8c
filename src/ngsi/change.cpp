#include "ngsi/change.h"

#include <algorithm>

#include "ngsi/change_merge.h"
#include "ngsi/json_walk.h"

namespace tsunagu::ngsi {

namespace {

std::string text(TermId name) {
  return std::string(terms().text(name));
}

tl::unexpected<Error> not_found(TermId name, std::string_view dataset_id) {
  std::string detail = "The entity has no attribute " + text(name);
  if (!dataset_id.empty()) detail += " with datasetId " + std::string(dataset_id);
  return fail(ErrorCode::kResourceNotFound, std::move(detail));
}

void updated(ChangeResult& result, TermId name) {
  result.changed = true;
  if (result.updated.empty() || result.updated.back() != name)
    result.updated.push_back(name);  // instances are in order
}

// Types can only be added.
void add_types(Entity& entity, const Entity& fragment, ChangeResult& result) {
  for (TermId type : fragment.types) {
    if (std::find(entity.types.begin(), entity.types.end(), type) != entity.types.end()) continue;
    entity.types.push_back(type);
    result.changed = true;
  }
}

void add_scopes(Entity& entity, std::vector<std::string> scopes, ChangeResult& result) {
  for (std::string& scope : scopes) {
    if (std::find(entity.scopes.begin(), entity.scopes.end(), scope) != entity.scopes.end()) continue;
    entity.scopes.push_back(std::move(scope));
    result.changed = true;
  }
}

void set_scopes(Entity& entity, Entity& fragment, ChangeResult& result) {
  if (!fragment.has_scope) return;
  if (fragment.scope_null && entity.scopes.empty()) return;
  entity.scopes = fragment.scope_null ? std::vector<std::string>{} : std::move(fragment.scopes);
  result.changed = true;
}

void set_expiry(Entity& entity, const Entity& fragment, ChangeResult& result) {
  if (fragment.expires_at == kNoInstant && !(fragment.expires_null && entity.expires_at != kNoInstant)) return;
  entity.expires_at = fragment.expires_at;
  result.changed = true;
}

constexpr const char* kNoValue = "the attribute is new and needs a value";

// Append and update differ in what they do with what is there.
template <class OnExisting>
void write_instances(Entity& entity, std::vector<Attribute> fragments, Instant now, ChangeResult& result,
                     OnExisting on_existing) {
  std::vector<Attribute> added;
  for (Attribute& fragment : fragments) {
    const TermId name = fragment.name;
    if (Attribute* current = find_instance(entity.attributes, name, fragment.dataset_id)) {
      on_existing(*current, std::move(fragment));
    } else if (!fragment.is_null()) {
      if (!settle(fragment)) {
        result.not_updated.push_back({text(name), kNoValue});
        continue;
      }
      stamp(fragment, now);
      added.push_back(std::move(fragment));
      updated(result, name);
    }
  }
  put_in_order(entity.attributes, std::move(added));
}

void finish(Entity& entity, const ChangeResult& result, Instant now) {
  if (result.changed) entity.modified_at = now;
}

}  // namespace

void stamp_new(Entity& entity, Instant now, Instant created_at) {
  entity.created_at = created_at == kNoInstant ? now : created_at;
  entity.modified_at = now;
  for (Attribute& a : entity.attributes) stamp(a, now);
}

ChangeResult append_attributes(Entity& entity, Entity fragment, bool no_overwrite, Instant now) {
  ChangeResult result;
  write_instances(entity, std::move(fragment.attributes), now, result, [&](Attribute& current, Attribute next) {
    const TermId name = next.name;
    if (no_overwrite) {
      std::string reason = "the attribute exists and is not to be overwritten";
      if (!next.dataset_id.empty()) reason += " (datasetId " + next.dataset_id + ")";
      result.not_updated.push_back({text(name), std::move(reason)});
    } else if (!settle(next)) {
      result.not_updated.push_back({text(name), "a value is needed"});
    } else {
      replace_whole(current, std::move(next), now);
      updated(result, name);
    }
  });
  add_types(entity, fragment, result);
  if (no_overwrite) {
    add_scopes(entity, std::move(fragment.scopes), result);
    if (entity.expires_at == kNoInstant) set_expiry(entity, fragment, result);
  } else {
    set_scopes(entity, fragment, result);
    set_expiry(entity, fragment, result);
  }
  finish(entity, result, now);
  return result;
}

ChangeResult update_attributes(Entity& entity, Entity fragment, Instant now) {
  ChangeResult result;
  write_instances(entity, std::move(fragment.attributes), now, result, [&](Attribute& current, Attribute next) {
    const TermId name = next.name;
    if (next.is_null()) {
      current.value = Attribute::kNullMark;
    } else if (!settle(next)) {
      result.not_updated.push_back({text(name), "a value is needed"});
      return;
    } else {
      replace_whole(current, std::move(next), now);
    }
    updated(result, name);
  });
  add_types(entity, fragment, result);
  if (!entity.scopes.empty()) set_scopes(entity, fragment, result);
  set_expiry(entity, fragment, result);
  finish(entity, result, now);
  return result;
}

ChangeResult merge_entity(Entity& entity, Entity fragment, Instant now, Instant observed_at, std::string_view lang) {
  ChangeResult result;
  write_instances(entity, std::move(fragment.attributes), now, result, [&](Attribute& current, Attribute next) {
    const TermId name = next.name;
    std::string problem = merge_instance(current, std::move(next), now, observed_at, lang);
    if (!problem.empty()) {
      result.not_updated.push_back({text(name), std::move(problem)});
      return;
    }
    updated(result, name);
  });
  add_types(entity, fragment, result);
  set_scopes(entity, fragment, result);
  set_expiry(entity, fragment, result);
  finish(entity, result, now);
  return result;
}

namespace {

std::string kind_problem(const Attribute& current, const Attribute& fragment) {
  return "Attribute " + text(current.name) + " is a " + std::string(kind_name(current.kind)) + ", not a " +
         std::string(kind_name(fragment.kind)) + "; a partial update cannot change its type (replace it by PUT)";
}

Result<void> update_instance(Attribute& current, Attribute fragment, bool kind_given, Instant now) {
  if (fragment.is_null()) {
    current.value = Attribute::kNullMark;
    return {};
  }
  const bool geometry_as_value =
      !kind_given && current.kind == AttrKind::kProperty && fragment.kind == AttrKind::kGeoProperty;
  if (fragment.kind != kNoKind && fragment.kind != current.kind && !geometry_as_value)
    return bad(kind_problem(current, fragment));
  if (std::string problem = set_members(current, fragment); !problem.empty())
    return bad("Attribute " + text(current.name) + ": " + problem);
  if (!fragment.value.empty()) current.value = std::move(fragment.value);
  std::vector<Attribute> added;
  for (Attribute& sub : fragment.subs) {
    Attribute* old = find_instance(current.subs, sub.name, sub.dataset_id);
    if (sub.is_null()) {
      if (old) old->value = Attribute::kNullMark;
      continue;
    }
    if (!settle(sub)) return bad("Sub-attribute " + text(sub.name) + " of " + text(current.name) + " needs a value");
    if (old) {
      replace_whole(*old, std::move(sub), now);
    } else {
      stamp(sub, now);
      added.push_back(std::move(sub));
    }
  }
  put_in_order(current.subs, std::move(added));
  current.modified_at = now;
  return {};
}

}  // namespace

Result<void> partial_update(Entity& entity, TermId name, std::vector<Attribute> fragment, bool kind_given,
                            Instant now) {
  for (Attribute& f : fragment) {
    Attribute* current = find_instance(entity.attributes, name, f.dataset_id);
    if (current == nullptr) return not_found(name, f.dataset_id);
    if (auto done = update_instance(*current, std::move(f), kind_given, now); !done) return done;
  }
  put_in_order(entity.attributes, {});
  entity.modified_at = now;
  return {};
}

Result<void> replace_attribute(Entity& entity, TermId name, std::vector<Attribute> instances, Instant now) {
  for (Attribute& next : instances) {
    Attribute* current = find_instance(entity.attributes, name, next.dataset_id);
    if (current == nullptr) return not_found(name, next.dataset_id);
    if (!settle(next)) return bad("Attribute " + text(name) + " needs a value");
    replace_whole(*current, std::move(next), now);
  }
  entity.modified_at = now;
  return {};
}

Result<void> delete_attribute(Entity& entity, TermId name, std::string_view dataset_id, bool delete_all, Instant now) {
  const auto erased = std::erase_if(entity.attributes, [&](const Attribute& a) {
    return a.name == name && (delete_all || a.dataset_id == dataset_id);
  });
  if (erased == 0) return not_found(name, delete_all ? std::string_view() : dataset_id);
  entity.modified_at = now;
  return {};
}

}  // namespace tsunagu::ngsi
