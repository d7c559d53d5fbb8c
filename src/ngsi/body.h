// Decoding of request bodies: bytes → JSON (once, simdjson) → entities and fragments with expanded, interned names
// (clause 4.5, 5.5.4–5.5.9).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "ngsi/context.h"
#include "ngsi/entity.h"

namespace tsunagu::ngsi {

struct BodyLimits {
  std::size_t max_bytes = 16u << 20;
  int max_depth = 64;                  ///< JSON nesting
  std::size_t max_attributes = 10000;  ///< attribute instances (subs included) of one entity
};

/// How strict decoding is.
enum class BodyRule : unsigned char {
  kWhole,      ///< create, replace, upsert: id and type required, NGSI-LD Null not allowed
  kAppend,     ///< append: id/type optional ("type" alone may add types), Null not allowed
  kFragment,   ///< update: as kAppend, and Null is allowed for an attribute or sub-attribute: kept as
               ///< Attribute::kNullMark
  kMerge,      ///< merge: as kFragment, and attributes may lack their value, any member may be Null, and Null inside a
               ///< compound value
               ///<   stays there as "urn:ngsi-ld:null" for the merge to interpret
  kEvolution,  ///< a temporal evolution (clause 5.2.20): as kWhole, but an attribute may have any number of instances
               ///< of one
               ///<   datasetId, its value may be Null (it was not there then; clause 5.5.4) in the form of null_json(),
               ///<   and "scope" (here past_scopes) may be written as a Property or several of them
  kEvolutionFragment,  ///< a part of one: id and type may be missing
  kMergeSimplified,  ///< the same in the simplified representation (clause 4.5.4): what an attribute has is its value,
                     ///< whatever members
                     ///<   an object has, but for {"languageMap":…}, {"vocab":…}, {"json":…}, {"valueList":…},
                     ///<   {"objectList":…}, {"dataset":…}
};

/// A parsed body. Owns everything it needs; may be moved to another thread. Keeps no reference to the text it was
/// parsed from.
class Body {
 public:
  /// InvalidRequest when it is not JSON (says where), nests too deep, or is not UTF-8; ContentTooLarge. A UTF-8 BOM is
  /// skipped. Numbers of more than 64 bits are read as double.
  static Result<Body> parse(std::string_view text, const BodyLimits& limits = {});
  Body(Body&&) noexcept;
  Body& operator=(Body&&) noexcept;
  ~Body();

  bool is_object() const;
  bool is_array() const;
  std::size_t size() const;  ///< elements of the array; 1 for an object

  /// The raw JSON of "@context" of element i (0 for an object body); "" if there is none.
  std::string context_json(std::size_t i = 0) const;
  /// "id" of element i if it is a string, else "" (to name the entity in a batch error). For an array of strings: the
  /// string.
  std::string id_of(std::size_t i) const;

  /// Decodes element i as an entity. All representations are understood: normalized, concise, simplified (a bare value)
  /// and a GeoJSON Feature (only as a whole body). BadRequestData names the attribute and what is wrong with it. Times
  /// (createdAt…) sent by the client are ignored; unknown members of an attribute are sub-attributes.
  Result<Entity> entity(std::size_t i, const Context& context, BodyRule rule) const;
  /// Decodes an object body as *one attribute* (PATCH/PUT …/attrs/{name}). A missing "type" is allowed in a fragment:
  /// kind is then taken from the members, and `kind_given` tells that it was explicit. An array body gives several
  /// instances (multi-attribute).
  struct AttributeFragment {
    std::vector<Attribute> instances;
    bool kind_given = false;
  };
  Result<AttributeFragment> attribute(TermId name, const Context& context, BodyRule rule) const;

  /// Access for other bodies (POST query, id lists): canonical JSON of a member of the object, "" if absent.
  std::string member(std::string_view name) const;
  /// Canonical JSON of the whole body.
  std::string canonical() const;

 private:
  struct State;
  explicit Body(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

/// Is `name` a legal attribute or type name (clause 4.6.2: no < > " ' = ; ( ) etc.)?
bool valid_name(std::string_view name);
/// Is `geometry` (JSON) a GeoJSON geometry with legal coordinates (clause 4.7)? Error says what is wrong.
Result<void> check_geometry(std::string_view geometry);

}  // namespace tsunagu::ngsi
