// How an operation changes an entity: pure functions from the current entity and a decoded body to the next one (clauses 5.5.8–5.5.12, 5.6).
// They set createdAt/modifiedAt: an instance that did not change keeps its times.
#pragma once
#include <optional>
#include <string>
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
  std::vector<TermId> updated;
  std::vector<NotUpdated> not_updated;
  bool changed = false;
};

/// Stamps a new entity (create, replace keeps `created_at` of the old one when given).
void stamp_new(Entity& entity, Instant now, Instant created_at = kNoInstant);
/// Append (5.6.3): adds or, unless no_overwrite, replaces instances; adds types; sets scope. Null deletes nothing here (error earlier).
ChangeResult append_attributes(Entity& entity, Entity fragment, bool no_overwrite, Instant now);
/// Update (5.6.2): replaces only what exists (by name and datasetId); Null removes the instance.
ChangeResult update_attributes(Entity& entity, Entity fragment, Instant now);
/// Merge (5.6.17): deep merge of sub-attributes and JSON object values; Null removes; missing ones are added. `observed_at`, `lang` as given by
/// the query parameters of the operation.
ChangeResult merge_entity(Entity& entity, Entity fragment, Instant now, Instant observed_at = kNoInstant, std::string_view lang = {});
/// Partial attribute update (5.6.4): merges members into the existing instance(s). ResourceNotFound if absent; BadRequestData when the kind differs.
Result<void> partial_update(Entity& entity, TermId name, std::vector<Attribute> fragment, bool kind_given, Instant now);
/// Replace attribute (5.6.19): the instances given replace those of the same datasetId. ResourceNotFound if absent.
Result<void> replace_attribute(Entity& entity, TermId name, std::vector<Attribute> instances, Instant now);
/// Delete attribute (5.6.5): one instance, the default one, or all. ResourceNotFound if absent.
Result<void> delete_attribute(Entity& entity, TermId name, std::string_view dataset_id, bool delete_all, Instant now);

}  // namespace tsunagu::ngsi
