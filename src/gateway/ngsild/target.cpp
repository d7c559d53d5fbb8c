#include "gateway/ngsild/target.h"

#include "base/uri.h"
#include "gateway/ngsild/query_input.h"

namespace tsunagu::gateway::ngsild {

Error not_an_id(std::string_view id) {
  return {ErrorCode::kBadRequestData, "the id of an entity must be a URI; this is not one: " + std::string(id)};
}

Result<broker::TargetPtr> read_target(const Call& call) {
  const std::string& id = call.path[0];
  if (!is_absolute_iri(id)) return tl::unexpected(not_an_id(id));
  auto types = read_types(call);
  if (!types) return tl::unexpected(types.error());
  return std::make_shared<const broker::Target>(broker::Target{id, std::move(*types)});
}

Result<WhichInstances> read_which_instances(const Call& call) {
  const auto all = read_flag(call, "deleteAll");
  if (!all) return tl::unexpected(all.error());
  WhichInstances which{std::string(call.query.get("datasetId").value_or("")), *all};
  if (which.dataset_id == "@none") which.dataset_id.clear();
  if (!which.dataset_id.empty() && !is_absolute_iri(which.dataset_id)) {
    return bad("datasetId: neither a URI nor @none: " + which.dataset_id);
  }
  if (*all && call.query.get("datasetId")) return bad("deleteAll deletes every instance: datasetId contradicts it");
  return which;
}

Result<ngsi::Entity> read_fragment(const Call& call, const broker::Target& target, ngsi::BodyRule rule) {
  auto fragment = call.body->entity(0, *call.context, rule);
  if (!fragment) return fragment;
  if (!fragment->id.empty() && fragment->id != target.id) {
    return bad("the body is of entity " + fragment->id + ", the path of " + target.id);
  }
  return fragment;
}

}  // namespace tsunagu::gateway::ngsild
