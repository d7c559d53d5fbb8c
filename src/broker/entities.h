// Operations that change entities (clause 5.6): each turns a decoded request into the decision that the store takes on
// the current state. No HTTP here, no I/O. The functions are pure; what they return may run on the store's writer, more
// than once. Whether an upsert created something is seen from the Outcome (`before` is null then).
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "ngsi/change.h"
#include "ngsi/entity.h"
#include "ngsi/query.h"
#include "store/store.h"

namespace tsunagu::broker {

/// Which entity an operation is for: its id and, if given, the types it must have (an entity with the id but other
/// types is not found).
struct Target {
  std::string id;
  std::optional<ngsi::TypeExpr> types;
};
using TargetPtr = std::shared_ptr<const Target>;

/// Create (5.6.1). AlreadyExists if there is one.
store::Decide create_entity(ngsi::Entity entity);
/// Create or replace whole (5.6.8, option replace). A replaced entity keeps its createdAt.
store::Decide upsert_entity(ngsi::Entity entity);
/// Create from `whole`, or update an existing entity with `fragment` (5.6.8, option update). `whole` may be an error,
/// given when the entity does not exist.
store::Decide create_or_update_entity(Result<ngsi::Entity> whole, ngsi::Entity fragment);
/// Replace (5.6.18). Without types in the body the entity keeps those it has.
store::Decide replace_entity(TargetPtr target, ngsi::Entity entity);
/// Delete (5.6.6).
store::Decide delete_entity(TargetPtr target);

/// Append (5.6.3) and update (5.6.2). `report` is filled each time the decision runs.
store::Decide append_attributes(TargetPtr target, ngsi::Entity fragment, bool no_overwrite,
                                std::shared_ptr<ngsi::ChangeResult> report);
store::Decide update_attributes(TargetPtr target, ngsi::Entity fragment, std::shared_ptr<ngsi::ChangeResult> report);

struct MergeOptions {
  Instant observed_at;      ///< for attributes that had one and are given none
  std::string lang;         ///< the language of a text merged into a languageMap
  bool simplified = false;  ///< the fragment is in the simplified representation: attributes keep their kind
};
/// Merge (5.6.17).
store::Decide merge_entity(TargetPtr target, ngsi::Entity fragment, MergeOptions options);

/// Partial update (5.6.4), replace (5.6.19) and delete (5.6.5) of one attribute; ResourceNotFound if it is absent.
store::Decide partial_update(TargetPtr target, ngsi::TermId name, std::vector<ngsi::Attribute> fragment,
                             bool kind_given);
store::Decide replace_attribute(TargetPtr target, ngsi::TermId name, std::vector<ngsi::Attribute> instances);
store::Decide delete_attribute(TargetPtr target, ngsi::TermId name, std::string dataset_id, bool delete_all);
store::Decide delete_scope(TargetPtr target);

/// Purge (5.6.21) of one entity that was selected: removed whole, or only the attributes in `drop`, or all but those in
/// `keep`. An entity that is gone meanwhile, or that `selection` does not select any more, is left alone.
struct PurgeOptions {
  std::vector<ngsi::TermId> keep, drop;
};
store::Decide purge_entity(std::shared_ptr<const PurgeOptions> options,
                           std::shared_ptr<const ngsi::Selection> selection);

}  // namespace tsunagu::broker
