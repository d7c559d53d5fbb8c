// Parts of the body decoder: JSON elements → canonical text, and the names that NGSI-LD itself defines. Only for
// body*.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ngsi/entity.h"

namespace simdjson::dom {
class element;
class object;
class array;
}  // namespace simdjson::dom

namespace tsunagu::ngsi {

/// The object or array that `element` is known to be. By value: safe in a range-for.
simdjson::dom::object object_of(const simdjson::dom::element& element);
simdjson::dom::array array_of(const simdjson::dom::element& element);

inline constexpr std::string_view kNullText = "urn:ngsi-ld:null";
bool is_null(const simdjson::dom::element& element);  ///< the NGSI-LD Null
std::string in_quotes(std::string_view text);         ///< for messages; long texts are cut

/// Appends `element` as canonical JSON. False when an object has a name twice, or "urn:ngsi-ld:null" occurs as a string
/// though `null_allowed` is false; `problem` says which.
bool append_json(std::string& out, simdjson::dom::element element, bool null_allowed, std::string& problem);

/// What is wrong with the element as a GeoJSON geometry (clause 4.7); "" if nothing is.
std::string geometry_problem(simdjson::dom::element element);
/// "Point", "Polygon", …?
bool is_geometry_name(std::string_view type);

/// Line, column and nature of the first fault in a text that is not JSON: "line 3, column 7: expected ',' or '}'".
std::string json_fault(std::string_view text, int max_depth);

/// The members that NGSI-LD defines. Order: those with a value first.
enum class Member : std::uint8_t {
  kValue,
  kObject,
  kLanguageMap,
  kVocab,
  kJson,
  kValueList,
  kObjectList,  // the value of an attribute, in the order of kValueKinds
  kType,
  kDatasetId,
  kObservedAt,
  kExpiresAt,
  kUnitCode,
  kValueType,
  kObjectType,
  kId,
  kScope,
  kContext,
  kTypedValue,  // @value
  kDataset,
  kTime,     // createdAt, modifiedAt, deletedAt: set by the broker, ignored
  kOutput,   // instanceId, entity, entityList, previous…: only in answers, ignored
  kSealed,   // entityIdSealed, entityTypeSealed
  kKeyword,  // any other name with @
  kNone,     // a name of the user
};
inline constexpr std::size_t kMemberCount = static_cast<std::size_t>(Member::kNone);
inline constexpr std::size_t kValueMembers = 7;

/// For sets of members.
constexpr std::uint32_t bit(Member m) {
  return 1u << static_cast<unsigned>(m);
}

/// By short name ("observedAt", "@type"), compact or expanded IRI ("ngsi-ld:observedAt").
Member core_member(std::string_view name);
/// "Property", "ngsi-ld:Property", its IRI, …
std::optional<AttrKind> attribute_kind(std::string_view type);
/// The kind that a value member tells of (kValue → Property).
AttrKind kind_of(Member value_member);

}  // namespace tsunagu::ngsi
