// How an operation changes an entity: pure functions from the current entity and a decoded body to the next one
// (clauses 5.5.8–5.5.12, 5.6). They set createdAt and modifiedAt: an instance that is written gets modifiedAt even if
// it stays the same, and keeps its createdAt; an instance that is not written keeps both. `entity` is in order before
// and after (Entity::sort_attributes); after an error its content is not defined. Cost: O(n log n) in the number of
// instances.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ngsi/entity.h"

namespace tsunagu::ngsi {

/// What happened to each attribute of an append/update (UpdateResult, clause 5.2.18).
struct NotUpdated {
  std::string attribute;  ///< expanded name
  std::string reason;
};
struct ChangeResult {
  std::vector<TermId> updated;  ///< each once; deletions by Null included
  std::vector<NotUpdated> not_updated;
  bool changed = false;
};

/// Stamps a new entity (create, replace keeps `created_at` of the old one when given).
void stamp_new(Entity& entity, Instant now, Instant created_at = kNoInstant);

/// Append (5.6.3): adds instances, replaces those that are there (whole; not with `no_overwrite`: they are reported);
/// adds types; sets the scope (with `no_overwrite`: adds to it). Fragment decoded with BodyRule::kAppend.
ChangeResult append_attributes(Entity& entity, Entity fragment, bool no_overwrite, Instant now);

/// Update (5.6.2): replaces instances whole, adds missing ones; Null removes the instance (ignored if there is none);
/// adds types; sets the scope only if the entity has one. Fragment decoded with BodyRule::kFragment.
ChangeResult update_attributes(Entity& entity, Entity fragment, Instant now);

/// Merge (5.6.17): deep merge of members, sub-attributes and JSON object values; Null removes; missing instances are
/// added; adds types; sets the scope. Fragment decoded with BodyRule::kMerge. `observed_at`: for attributes that have
/// an observedAt and are given none. `lang`: the language that a bare text for a LanguageProperty is in. A bare value
/// keeps the attribute's kind. What cannot be merged (a bare value that does not fit the kind, a new attribute without
/// value) is in `not_updated`, and the caller must refuse the request then.
ChangeResult merge_entity(Entity& entity, Entity fragment, Instant now, Instant observed_at = kNoInstant,
                          std::string_view lang = {});

/// Partial attribute update (5.6.4): members given replace those of the existing instance(s), the others stay; Null
/// removes a member, sub-attribute or instance. ResourceNotFound if an instance is absent; BadRequestData when the kind
/// differs. `fragment` and `kind_given` as from Body::attribute.
Result<void> partial_update(Entity& entity, TermId name, std::vector<Attribute> fragment, bool kind_given, Instant now);

/// Replace attribute (5.6.19): the instances given replace those of the same datasetId. ResourceNotFound if one is
/// absent.
Result<void> replace_attribute(Entity& entity, TermId name, std::vector<Attribute> instances, Instant now);

/// Delete attribute (5.6.5): one instance, the default one, or all. ResourceNotFound if absent.
Result<void> delete_attribute(Entity& entity, TermId name, std::string_view dataset_id, bool delete_all, Instant now);

}  // namespace tsunagu::ngsi
