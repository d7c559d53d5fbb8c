// An entity as a value that can be changed: the form in which requests are decoded and operations compute. Names are expanded and
// interned, values are canonical JSON text (base/json.h). The packed, immutable form that is stored and read is `Record` (record.h).
#pragma once
#include <string>
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

/// One attribute instance. What `value` holds, by kind:
/// Property: any JSON but null · GeoProperty: GeoJSON geometry · Relationship: JSON string, or array of strings (URIs)
/// LanguageProperty: the languageMap object · VocabProperty: string or array of strings, *expanded* IRIs
/// JsonProperty: any JSON (null too) · ListProperty: array · ListRelationship: array of URI strings.
/// In a *fragment* (the body of an update or merge) value may be kNullMark: this instance is to be deleted.
struct Attribute {
  TermId name;
  AttrKind kind = AttrKind::kProperty;
  std::string value;
  std::string dataset_id;  ///< "" = the default instance
  std::string unit_code;
  std::string value_type;   ///< Property.valueType or @type of a typed value (expanded), "" if none
  std::vector<TermId> object_types;  ///< Relationship.objectType (expanded)
  Instant observed_at;     ///< kNoInstant if absent
  Instant expires_at;      ///< kNoInstant if absent
  Instant created_at, modified_at;  ///< set by the operation, not by the client
  std::vector<Attribute> subs;      ///< sub-attributes (properties of properties …), each with its own kind

  bool is_null() const { return value == kNullMark; }
  static constexpr std::string_view kNullMark = "\x01null";  ///< cannot be canonical JSON
};

/// Attribute instances are ordered by (name.value, dataset_id): instances of one name are neighbours, default instance first.
/// In a fragment, `id` and `types` may be empty, and `scope_null`/`expires_null` ask for removal.
struct Entity {
  std::string id;
  std::vector<TermId> types;
  std::vector<std::string> scopes;  ///< each "/a/b"
  std::vector<Attribute> attributes;
  Instant created_at, modified_at;
  Instant expires_at;  ///< kNoInstant if it does not expire
  bool has_scope = false;    ///< fragment: a scope member was given
  bool scope_null = false;   ///< fragment: remove the scope
  bool expires_null = false; ///< fragment: remove expiresAt

  void sort_attributes();
  /// The instance, or nullptr. Linear in the number of attributes.
  Attribute* find(TermId name, std::string_view dataset_id);
  const Attribute* find(TermId name, std::string_view dataset_id) const;
};

}  // namespace tsunagu::ngsi
