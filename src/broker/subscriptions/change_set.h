// What a change of an entity changed (clause 5.8.6): which instances of attributes appeared, got another content, or
// went.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/subscriptions/subscription.h"
#include "ngsi/record.h"
#include "store/store.h"

namespace tsunagu::broker {

struct InstanceChange {
  ngsi::TermId name;
  std::string_view dataset_id;  ///< of the records compared
  Trigger kind;                 ///< one of the three of attributes
};

/// Do both hold the same but for createdAt and modifiedAt (of sub-attributes too)?
bool same_content(ngsi::AttributeView a, ngsi::AttributeView b);

struct ChangeSet {
  std::vector<InstanceChange> instances;  ///< ordered by (name number, datasetId)
  Trigger entity{};                       ///< kEntityCreated, kEntityDeleted or none

  /// Cost: one walk over both records.
  explicit ChangeSet(const store::EntityChange& change);
};

}  // namespace tsunagu::broker
