// Writing entities: normalized, concise, simplified, GeoJSON (clause 4.5), projected and compacted for the caller.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/context.h"
#include "ngsi/record.h"

namespace tsunagu::ngsi {

enum class Format : unsigned char { kNormalized, kConcise, kSimplified };

/// A projection tree as in pick/omit: names with optional children for linked entities ("a,b{c,d}").
struct ProjectionNode {
  TermId name;              ///< attribute; kNoTerm for a special member or an unknown name
  std::string member;       ///< "id", "type", "scope", "createdAt", "modifiedAt", "deletedAt", "expiresAt" or ""
  std::vector<ProjectionNode> children;
};

/// How entities are to be written. Copied into the request; made once per request.
struct Representation {
  Format format = Format::kNormalized;
  bool sys_attrs = false;
  bool geojson = false;             ///< Feature / FeatureCollection
  TermId geometry_property;         ///< for GeoJSON; kNoTerm = location
  std::string geometry_name;        ///< as the client wrote it
  std::vector<TermId> attrs;        ///< only these attributes (empty = all)
  std::vector<ProjectionNode> pick; ///< only these members (empty = all)
  std::vector<ProjectionNode> omit;
  std::string lang;                 ///< language filter (clause 4.15); "" = none; may be a list with q-values as in Accept-Language
  std::optional<std::string> dataset_id;  ///< only instances with one of these (comma list; "@none" = default)
  std::string body_context;         ///< JSON to write as "@context" in each entity / once per Feature collection; "" = none
  enum class Join : unsigned char { kNone, kInline, kFlat } join = Join::kNone;
  int join_level = 1;
  std::vector<std::string> contained_by;
};

/// Parses the value of pick= or omit=. Unknown names become nodes without a term. BadRequestData with the position.
Result<std::vector<ProjectionNode>> parse_projection(std::string_view text, const Context& context);

/// Finds linked entities when joining; returns null if absent (or not to be seen).
class Linked {
 public:
  virtual ~Linked() = default;
  virtual RecordPtr find(std::string_view id) const = 0;
};

/// Appends one entity as JSON. `linked` may be null when join is kNone. Cost ≈ 1–2 µs for ten attributes.
void append_entity(std::string& out, const Record& record, const Context& context, const Representation& how, const Linked* linked = nullptr);
/// Does the entity have anything left to show under attrs= (clause 5.7.2: entities without any of them are not returned)?
bool has_any_attribute(const Record& record, const std::vector<TermId>& attrs);
/// Ids of the entities linked from `record`, level by level, for join=flat: each once, in order of appearance, without `record` itself.
std::vector<RecordPtr> linked_entities(const Record& record, const Representation& how, const Linked& linked);

}  // namespace tsunagu::ngsi
