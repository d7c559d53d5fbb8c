// The query language (clause 4.9), geo queries (4.10), scope queries (4.19), type selection (4.17): parsed into trees
// that the store's planner reads, and evaluated on packed records.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ngsi/context.h"
#include "ngsi/names.h"
#include "ngsi/record.h"
#include "ngsi/representation.h"

namespace tsunagu::ngsi {

struct QueryLimits {
  std::size_t max_bytes = 8192;
  int max_depth = 32;
  std::size_t max_terms = 256;  ///< comparisons
};

/// What a path may end in besides an attribute. Of an entity: kId, kType, kScope, kCreatedAt, kModifiedAt, kExpiresAt;
/// of an attribute: all but kId and kScope.
enum class Member : unsigned char {
  kNone,
  kId,
  kType,
  kScope,
  kCreatedAt,
  kModifiedAt,
  kExpiresAt,
  kObservedAt,
  kDatasetId,
  kUnitCode,
  kValueType,
  kObjectType
};

/// A path: attribute, then sub-attributes, then (in brackets) members of a JSON value; or through a relationship into
/// the linked entity.
struct AttrPath {
  TermId name;  ///< kNoTerm: nobody uses that name, so it exists nowhere (or `member` is of the entity itself)
  bool of_entity = false;               ///< `member` is a member of the entity; name and subs are not used
  std::vector<TermId> subs;             ///< a.b.c
  Member member = Member::kNone;        ///< a.observedAt
  std::vector<std::string> value_path;  ///< a[b.c]; of a LanguageProperty one language tag, or "*" for any
  std::shared_ptr<AttrPath> linked;     ///< a{…}: continue in the entities that relationship `a` points to …
  std::vector<TermId> linked_types;     ///< … that have one of these types (empty: of any type)
};

/// A value in a comparison.
struct QueryValue {
  enum class Type : unsigned char { kNumber, kString, kBool, kInstant, kDate, kTime, kUri } type = Type::kString;
  double number = 0;     ///< kNumber; kTime: microseconds since midnight UTC
  std::string text;      ///< as written, without quotes and escapes
  std::string json;      ///< canonical JSON of it (a number, true, false, or a string with quotes)
  std::string expanded;  ///< with expandValues: the expanded IRI as canonical JSON string, else ""
  Instant instant;       ///< kInstant, kDate (midnight UTC); kString: when the text is a date or date and time
};

enum class Comparator : unsigned char {
  kEqual,
  kNotEqual,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kMatch,
  kNotMatch
};

/// q as a tree. kExists: only the path. kCompare: `values` any-of (list), or [low, high] when `range`; patterns are RE2
/// (linear time), found anywhere in the text unless anchored with ^ and $. A tree that is kept while names that nobody
/// used before appear needs Names that make them.
struct QueryExpr {
  enum class Kind : unsigned char { kAnd, kOr, kCompare, kExists } kind = Kind::kAnd;
  std::vector<QueryExpr> children;
  AttrPath path;
  Comparator op = Comparator::kEqual;
  std::vector<QueryValue> values;
  bool range = false;
  std::shared_ptr<const void> pattern;  ///< compiled RE2
};

struct QueryOptions {
  std::vector<TermId> expand_values;  ///< expandValues=
  std::vector<TermId> json_keys;      ///< jsonKeys=
};
/// `text` is already percent-decoded. BadRequestData says what is wrong and at which character; TooComplexQuery when
/// over the limits.
Result<QueryExpr> parse_q(std::string_view text, Names names, const QueryOptions& options = {},
                          const QueryLimits& limits = {});
/// How many relationships the deepest path goes through (0: none): not more than joinLevel is allowed (clause 5.7.2.4).
int linked_depth(const QueryExpr& q);
/// Does any comparison look at an attribute (not only at members of the entity itself)? Otherwise q does not narrow a
/// query (clause 5.7.2.4).
bool names_attribute(const QueryExpr& q);

/// Type selection: A,B = or; (A;B) = and; parentheses. "*" is kAnd without children: every entity.
struct TypeExpr {
  enum class Kind : unsigned char { kType, kAnd, kOr } kind = Kind::kOr;
  TermId type;
  std::vector<TypeExpr> children;
};
Result<TypeExpr> parse_types(std::string_view text, Names names);

/// Scope query: /a/b exact, /a/+ one level, /a/# any below (and itself); ',' or, ';' and, parentheses.
struct ScopeExpr {
  enum class Kind : unsigned char { kScope, kAnd, kOr } kind = Kind::kOr;
  std::string pattern;
  std::vector<ScopeExpr> children;
};
Result<ScopeExpr> parse_scope_q(std::string_view text);

struct Box {
  double min_lon, min_lat, max_lon, max_lat;
};
/// A geo query. Distances in metres on the WGS 84 sphere (mean radius 6,371,008.8 m) between nearest points; the other
/// relations are planar in degrees as in GeoJSON's own model. Holds a prepared geometry; copies share it.
class GeoQuery {
 public:
  enum class Relation : unsigned char { kNear, kWithin, kContains, kIntersects, kEquals, kDisjoint, kOverlaps };
  /// georel "near;maxDistance==2000", geometry "Point", coordinates "[141.3,43.1]" (or text of a geometry's coordinates
  /// member).
  static Result<GeoQuery> parse(std::string_view georel, std::string_view geometry, std::string_view coordinates,
                                TermId geoproperty);
  /// Only to measure distances from (orderFrom, orderGeometry): near without a limit.
  static Result<GeoQuery> origin(std::string_view geometry, std::string_view coordinates);

  Relation relation() const;
  TermId geoproperty() const;
  /// A box outside of which nothing can match; empty for disjoint and near;minDistance alone.
  std::optional<Box> bounds() const;
  double max_distance_m() const;  ///< infinity if none
  bool matches(const Record& record) const;
  bool matches_geometry(std::string_view geometry_json) const;  ///< one GeoJSON geometry, canonical JSON
  /// Metres to the query geometry from the entity's geoproperty, infinity if it has none (for orderBy distance).
  double distance_m(const Record& record) const;
  /// Metres to one GeoJSON geometry (canonical JSON), infinity if it is none. Points: exact on the sphere. Others:
  /// edges, which are straight in longitude and latitude, are followed in steps of 0.05°, so the error stays under a
  /// metre outside the polar regions.
  double distance_m(std::string_view geometry_json) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};
/// Bounding box of a GeoJSON geometry (for the R-tree). Empty when it has no coordinates. Handles every geometry type.
/// ~1 µs for a point.
std::optional<Box> bounding_box(std::string_view geometry_json);

struct OrderKey {
  AttrPath path;
  bool descending = false;
  bool by_distance =
      false;  ///< dist-asc, dist-desc: by the distance of the GeoProperty at `path` from Selection::order_from
};
/// orderBy=name,temperature;desc,address[city],location;dist-asc (clause 4.23.3). Whoever calls checks that by_distance
/// comes with order_from.
Result<std::vector<OrderKey>> parse_order_by(std::string_view text, const Context& context);

/// Everything that selects entities. All parts must hold (an empty part holds for all).
struct Selection {
  std::vector<std::string> ids;
  std::string id_pattern;  ///< source; `id_regex` compiled from it (RE2, linear time)
  std::shared_ptr<const void> id_regex;
  std::optional<TypeExpr> types;
  std::vector<TermId> attrs;  ///< has at least one of these
  std::vector<QueryExpr> q;   ///< all of these
  std::optional<GeoQuery> geo;
  std::optional<ScopeExpr> scope;
  std::optional<std::string> dataset_id;  ///< comma list as in Representation
  /// One of these must select it as well (their order and `at` do not count). Shared: how a permission narrows every
  /// query of somebody. Empty: nothing is selected.
  std::optional<std::vector<std::shared_ptr<const Selection>>> any_of;
  std::vector<OrderKey> order;
  std::optional<GeoQuery> order_from;  ///< what by_distance measures from; if absent, `geo`
  std::string collation;               ///< RFC 6067 tag for text order; "" = binary code point order
  Instant at;                          ///< entities expired at this instant do not exist
};
Result<void> set_id_pattern(Selection& selection, std::string_view pattern);
/// Checks the tag ("de-u-co-phonebk", "und-u-ks-identic") and sets it; BadRequestData for one that is malformed or has
/// unknown settings.
Result<void> set_collation(Selection& selection, std::string_view tag);

/// Evaluate. `linked` may be null if no path goes through a relationship. Thread-safe.
bool matches(const QueryExpr& q, const Record& record, const Linked* linked);
/// Does this one instance of the attribute that a comparison (kCompare, kExists) begins with satisfy it? Nothing linked
/// is followed.
bool matches_instance(const QueryExpr& comparison, AttributeView instance);
/// The same for an instance that is a Property with this number as its value, if `on_bare_values`: the comparison looks
/// at the value alone.
bool matches_number(const QueryExpr& comparison, double number);
bool on_bare_values(const QueryExpr& comparison);
bool matches(const TypeExpr& types, const Record& record);
bool matches(const ScopeExpr& scope, const Record& record);
/// All parts of the selection (ids and pattern too).
bool matches(const Selection& selection, const Record& record, const Linked* linked);

/// A sort key for `record`: bytes that compare (memcmp) in the order asked for, all keys concatenated, ties not broken.
/// Values of different types: Number < String < Object < Array < Boolean < Time < Date < DateTime < Null
/// (clause 4.23.2), the other way round when descending; missing values last in both directions. Of several values
/// (instances, linked entities, languages) the smallest counts, when descending the largest. By distance: geometries
/// first, then what is no geometry by its value.
std::string order_key(const Selection& selection, const Record& record, const Linked* linked);

}  // namespace tsunagu::ngsi
