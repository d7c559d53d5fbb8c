// An entity as a value that can be changed: the form in which requests are decoded and operations compute. Names are
// expanded and interned, values are canonical JSON text (base/json.h). The packed, immutable form that is stored and
// read is `Record` (record.h).
#pragma once
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ngsi/term.h"

namespace tsunagu::ngsi {

/// Attribute types, clause 4.5. Numbers are part of the file format: never renumber.
enum class AttrKind : unsigned char {
  kProperty = 1,
  kGeoProperty = 2,
  kRelationship = 3,
  kLanguageProperty = 4,
  kVocabProperty = 5,
  kJsonProperty = 6,
  kListProperty = 7,
  kListRelationship = 8,
};

/// Only in fragments: an attribute of which neither type nor value was given.
inline constexpr AttrKind kNoKind{};

/// "Property", "GeoProperty", …; "" for kNoKind.
std::string_view kind_name(AttrKind kind);
/// The member that holds the value of this kind: "value", "object", "languageMap", …; "value" for kNoKind.
std::string_view value_member(AttrKind kind);

/// One attribute instance. What `value` holds, by kind:
/// Property: any JSON but null · GeoProperty: GeoJSON geometry · Relationship: JSON string, or array of strings (URIs)
/// LanguageProperty: the languageMap object · VocabProperty: string or array of strings, *expanded* IRIs
/// JsonProperty: object or array · ListProperty: array · ListRelationship: array of URI strings.
/// A typed value {"@type":"DateTime","@value":"…"} of a Property is kept as it was written; see plain_value.
/// ngsildproof is a Property; its entityIdSealed and entityTypeSealed are sub-Properties that are written as bare
/// strings.
///
/// In a *fragment* (the body of an update or merge), besides: value may be kNullMark (this instance is to be deleted)
/// or "" (none given), the kind kNoKind; unit_code and value_type kNullMark, observed_at and expires_at kNullInstant,
/// object_types {kNoTerm} ask for removal of that member.
struct Attribute {
  TermId name;
  AttrKind kind = AttrKind::kProperty;
  bool bare = false;  ///< fragment: only a value was given, so that the kind is a guess
  std::string value;
  std::string dataset_id;  ///< "" = the default instance
  std::string unit_code;
  std::string value_type;            ///< valueType of Property and ListProperty (expanded), "" if none
  std::vector<TermId> object_types;  ///< Relationship.objectType (expanded)
  Instant observed_at;               ///< kNoInstant if absent
  Instant expires_at;                ///< kNoInstant if absent
  Instant created_at, modified_at;   ///< set by the operation, not by the client
  std::vector<Attribute> subs;       ///< sub-attributes (properties of properties …), each with its own kind

  bool is_null() const { return value == kNullMark; }
  static constexpr std::string_view kNullMark = "\x01null";  ///< cannot be canonical JSON
};
inline constexpr Instant kNullInstant{std::numeric_limits<std::int64_t>::max()};

/// What a NGSI-LD Null is written as (clause 4.5.0), as canonical JSON.
inline constexpr std::string_view kNullJson = "\"urn:ngsi-ld:null\"";

/// The same as the value of an attribute of this kind: {"@none":Null} in a LanguageProperty, [Null] in a list.
std::string_view null_json(AttrKind kind);

/// The JSON inside a typed value: "2024-01-01T00:00:00Z" of {"@type":"DateTime","@value":"2024-01-01T00:00:00Z"};
/// `value` itself when it is no typed value. Cheap. `type`, if given, receives the text of "@type" as the client wrote
/// it, or "".
std::string_view plain_value(std::string_view value, std::string_view* type = nullptr);

/// Puts instances, and their sub-attributes, in order: by (name.value, dataset_id).
void sort_instances(std::vector<Attribute>& list);

/// Scopes that an entity had from an instant on (clause 4.5.6); none: it had none.
struct ScopesInTime {
  Instant from;  ///< kNoInstant: the instant of the write
  std::vector<std::string> scopes;
};

/// Attribute instances are ordered by (name.value, dataset_id): instances of one name are neighbours, default instance
/// first. In a fragment, `id` and `types` may be empty, and `scope_null`/`expires_null` ask for removal.
struct Entity {
  std::string id;
  std::vector<TermId> types;
  std::vector<std::string> scopes;        ///< each "/a/b"
  std::vector<ScopesInTime> past_scopes;  ///< of a temporal evolution, instead
  std::vector<Attribute> attributes;
  Instant created_at, modified_at;
  Instant expires_at;         ///< kNoInstant if it does not expire
  bool has_scope = false;     ///< fragment: a scope member was given
  bool scope_null = false;    ///< fragment: remove the scope
  bool expires_null = false;  ///< fragment: remove expiresAt

  void sort_attributes();
  /// The instance, or nullptr. Linear in the number of attributes.
  Attribute* find(TermId name, std::string_view dataset_id);
  const Attribute* find(TermId name, std::string_view dataset_id) const;
};

}  // namespace tsunagu::ngsi
