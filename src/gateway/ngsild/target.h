// What routes on one entity read from the path and the body.
#pragma once
#include <string>

#include "broker/entities.h"
#include "gateway/ngsild/call.h"

namespace tsunagu::gateway::ngsild {

Error not_an_id(std::string_view id);

/// The entity of the path, narrowed by type=. BadRequestData when the id is not a URI.
Result<broker::TargetPtr> read_target(const Call& call);

/// Which instances of an attribute a DELETE is for (6.7.3.2, 6.21.3.1).
struct WhichInstances {
  std::string dataset_id;  ///< "" for the default instance
  bool all = false;
};
Result<WhichInstances> read_which_instances(const Call& call);

/// The body as a fragment of the target: its id, if it has one, must be that of the target.
Result<ngsi::Entity> read_fragment(const Call& call, const broker::Target& target, ngsi::BodyRule rule);

}  // namespace tsunagu::gateway::ngsild
