// Writing entities: normalized, concise, simplified, GeoJSON (clause 4.5), projected and compacted for the caller.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/context.h"
#include "ngsi/names.h"
#include "ngsi/record.h"

namespace tsunagu::ngsi {

enum class Format : unsigned char { kNormalized, kConcise, kSimplified };

/// A projection tree as in pick/omit: names with optional children for linked entities ("a,b{c,d}").
struct ProjectionNode {
  TermId name;         ///< attribute; kNoTerm for a special member or an unknown name
  std::string member;  ///< "id", "type", "scope", "createdAt", "modifiedAt", "expiresAt" or ""
  std::vector<ProjectionNode> children;
};

/// What a notification tells of a change, beside the entity itself (clause 5.8.6). In the entity, an instance that was
/// deleted stands as a *tombstone*: its value is NGSI-LD Null, in a LanguageProperty {"@none":Null}, in a list [Null].
struct ChangeNotes {
  RecordPtr previous;           ///< instances that changed, as they were: shown as previousValue …; null: none
  Instant deleted_at;           ///< of tombstones, shown with sys_attrs
  bool entity_deleted = false;  ///< the entity itself went at deleted_at: always shown
};

/// How entities are to be written. Copied into the request; made once per request.
/// attrs, pick and omit hold for linked entities too; "owner{name}" replaces the pick list for what `owner` points to,
/// and adds to the omit list there. attrs keeps id, type and scope, pick only what it lists.
struct Representation {
  Format format = Format::kNormalized;
  bool sys_attrs = false;       ///< createdAt, modifiedAt and expiresAt, which are not shown otherwise (clause 6.3.11)
  bool geojson = false;         ///< Feature
  TermId geometry_property;     ///< for GeoJSON; kNoTerm = location, unless geometry_name says otherwise
  std::string geometry_name;    ///< as the client wrote it
  std::vector<TermId> attrs;    ///< only these attributes (empty = all)
  bool attrs_of_linked = true;  ///< attrs holds for linked entities too
  std::vector<ProjectionNode> pick;  ///< only these members (empty = all)
  std::vector<ProjectionNode> omit;
  std::string lang;  ///< language filter (clause 4.15); "" = none; may be a list with q-values as in Accept-Language
  std::optional<std::string> dataset_id;  ///< only instances with one of these (comma list; "@none" = default)
  std::string body_context;  ///< JSON to write as "@context" at the end of the entity or Feature; "" = none
  Instant at;                ///< attributes that expired by then are not written; kNoInstant = all are
  enum class Join : unsigned char { kNone, kInline, kFlat } join = Join::kNone;
  int join_level = 1;  ///< at most kMaxJoinLevel counts
  std::vector<std::string> contained_by;
  std::shared_ptr<const ChangeNotes> change;  ///< holds for the outermost entity; null: no change is told

  static constexpr int kMaxJoinLevel = 32;
  /// Linked entities written for one entity, or gathered for one answer: an inline join that meets more leaves the
  /// others as URIs.
  static constexpr std::size_t kMaxLinked = 10000;
};

/// Does it ask for attributes by name?
bool names_attributes(const Representation& how);

/// Parses the value of pick= or omit=. Unknown names become nodes without a term, which select nothing. BadRequestData
/// with the position.
Result<std::vector<ProjectionNode>> parse_projection(std::string_view text, Names names);

/// Finds linked entities when joining; returns null if absent (or not to be seen).
class Linked {
 public:
  virtual ~Linked() = default;
  virtual RecordPtr find(std::string_view id) const = 0;
};

/// Appends one entity as JSON. `linked` may be null when join is not kInline. Cost ≈ 1–2 µs for ten attributes.
/// Thread-safe.
void append_entity(std::string& out, const Record& record, const Context& context, const Representation& how,
                   const Linked* linked = nullptr);

/// Appends one attribute instance as it stands in the representation: the object of a normalized attribute (which ends
/// in
/// '}'), or the value alone when it is simplified. Nothing is joined. Thread-safe.
void append_attribute(std::string& out, AttributeView instance, const Context& context, const Representation& how);

/// Does the entity have anything left to show under attrs= (clause 5.7.2: entities without any of them are not
/// returned)?
bool has_any_attribute(const Record& record, const std::vector<TermId>& attrs);

/// An entity to append to an answer with join=flat, and how it is to be written: as the others, but with the projection
/// that the relationship it was found by asks for.
struct LinkedEntity {
  RecordPtr record;
  std::shared_ptr<const Representation> how;
};
/// The entities linked from `records`, level by level, for join=flat (clause 4.5.23): each once, in order of
/// appearance, none of `records`. TooManyResults above Representation::kMaxLinked.
Result<std::vector<LinkedEntity>> linked_entities(const std::vector<RecordPtr>& records, const Representation& how,
                                                  const Linked& linked);

}  // namespace tsunagu::ngsi
