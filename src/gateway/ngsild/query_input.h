// What a client asks for when it reads entities, from query parameters or from the body of POST
// /entityOperations/query, before names are expanded (clauses 5.2.23, 6.4.3.2); and what it means: selections and a
// representation.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/entities.h"
#include "gateway/ngsild/call.h"
#include "ngsi/query.h"
#include "ngsi/representation.h"
#include "ngsi/temporal_query.h"

namespace tsunagu::gateway::ngsild {

/// EntitySelector (5.2.33). Empty parts select everything.
struct EntitySelector {
  std::vector<std::string> ids;
  std::string id_pattern;
  std::string types;
};

struct QueryInput {
  std::vector<EntitySelector> selectors;  ///< entities that one of them selects; empty: all
  std::vector<std::string> attrs;
  std::optional<std::string> pick, omit;
  std::optional<std::string> q, scope_q, csf;
  std::vector<std::string> expand_values, json_keys;
  std::optional<std::string> georel, geometry, coordinates, geoproperty;
  std::optional<std::string> order_by, collation, order_from, order_geometry;
  std::optional<std::string> lang, dataset_id, geometry_property;
  std::optional<std::string> join, join_level;
  std::vector<std::string> contained_by;
  ngsi::TemporalInput temporal;
  bool local = false;  ///< only this broker: local=true, or type=*
};

/// From the query parameters, whichever the route takes.
Result<QueryInput> read_query_input(const Call& call);
/// From a body of type Query. The parameters of the URL are read first. A query of temporal evolutions has temporalQ
/// and aggrParams, and no join.
Result<QueryInput> read_query_body(const Call& call, bool temporal = false);

/// BadRequestData when it selects nothing in particular (5.7.2.4) or a part is wrong. More than one only for a body
/// with several selectors.
Result<std::vector<ngsi::Selection>> make_selections(const QueryInput& input, const ngsi::Context& context);
Result<ngsi::Representation> make_representation(const QueryInput& input, const Call& call);
/// All of it but the format.
Result<ngsi::Representation> make_projection(const QueryInput& input, const Call& call);

struct Paging {
  std::uint64_t limit = 20;
  std::uint64_t offset = 0;
  bool count = false;
};
Result<Paging> read_paging(const Call& call);

/// The elements of a comma-separated list; BadRequestData for an empty one.
Result<std::vector<std::string>> read_list(std::string_view name, std::string_view text);
/// "true" or "false"; `absent` when the parameter is not there.
Result<bool> read_flag(const Call& call, std::string_view name, bool absent = false);
/// Is `keyword` among options=? BadRequestData is for the whole list: `allowed` are all keywords that the operation
/// knows.
Result<std::vector<std::string>> read_options(const Call& call, const std::vector<std::string_view>& allowed);
/// What PATCH /entities/{id} and POST /entityOperations/merge may be told (6.5.3.4).
Result<broker::MergeOptions> read_merge_options(const Call& call);
/// The type= parameter of operations on one entity.
Result<std::optional<ngsi::TypeExpr>> read_types(const Call& call);

}  // namespace tsunagu::gateway::ngsild
