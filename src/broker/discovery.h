// Which entity types and attributes there are (clauses 5.7.5–5.7.10).
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "ngsi/term.h"
#include "store/store.h"

namespace tsunagu::broker {

struct AttributeDetails {
  ngsi::TermId attribute;
  std::uint64_t entities = 0;       ///< that have it; one with several types counts once for each
  std::uint16_t kinds = 0;          ///< bit 1 << AttrKind
  std::vector<ngsi::TermId> types;  ///< entity types it is used in
};
struct TypeDetails {
  ngsi::TermId type;
  std::uint64_t entities = 0;
  std::vector<AttributeDetails> attributes;
};

/// All, ordered by name. Cost: in the number of types and attributes, not of entities.
std::vector<TypeDetails> entity_types(const store::Store& store, store::TenantId tenant);
std::vector<AttributeDetails> attributes(const store::Store& store, store::TenantId tenant);
std::optional<TypeDetails> entity_type(const store::Store& store, store::TenantId tenant, ngsi::TermId type);
std::optional<AttributeDetails> attribute(const store::Store& store, store::TenantId tenant, ngsi::TermId attribute);

}  // namespace tsunagu::broker
