// /entities and /entities/{entityId}: create, retrieve, replace, merge, delete (5.6.1, 5.7.1, 5.6.18, 5.6.17, 5.6.6).
#include <algorithm>

#include "base/text.h"
#include "base/uri.h"
#include "broker/entities.h"
#include "gateway/ngsild/link.h"
#include "gateway/ngsild/page.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"
#include "gateway/ngsild/target.h"

namespace tsunagu::gateway::ngsild {
namespace {

void create(const CallPtr& call) {
  auto entity = call->body->entity(0, *call->context, ngsi::BodyRule::kWhole);
  if (!entity) return call->send(entity.error());
  if (auto ok = call->prepare_tenant(); !ok) return call->send(ok.error());
  std::string id = entity->id;
  std::string location = "/ngsi-ld/v1/entities/";
  append_path_segment(location, id);
  write(call, std::move(id), broker::create_entity(std::move(*entity)),
        [location = std::move(location)](Call& done, const store::Outcome&) {
          done.send_nothing(201, {{"Location", location}});
        });
}

/// pick= names only attributes: then, as with attrs=, an entity that has none of them is not found.
bool has_none_of_picked(const ngsi::Record& record, const std::vector<ngsi::ProjectionNode>& pick) {
  std::vector<ngsi::TermId> names;
  for (const ngsi::ProjectionNode& node : pick) {
    if (!node.member.empty()) return false;
    names.push_back(node.name);
  }
  return !names.empty() && !ngsi::has_any_attribute(record, names);
}

void retrieve(const CallPtr& call) {
  const std::string& id = call->path[0];
  if (!is_absolute_iri(id)) return call->send(not_an_id(id));
  const auto input = read_query_input(*call);
  if (!input) return call->send(input.error());
  auto how = make_representation(*input, *call);
  if (!how) return call->send(how.error());
  const auto types = read_types(*call);
  if (!types) return call->send(types.error());

  const ngsi::RecordPtr record = call->store().find(call->tenant, id);
  if (!record || (*types && !ngsi::matches(**types, *record))) {
    return call->send({ErrorCode::kResourceNotFound, "there is no entity " + id});
  }
  if ((!how->attrs.empty() && !ngsi::has_any_attribute(*record, how->attrs)) ||
      has_none_of_picked(*record, how->pick)) {
    return call->send({ErrorCode::kResourceNotFound, "entity " + id + " has none of these attributes"});
  }
  std::string body;
  body.reserve(2 * record->bytes().size() + 64);
  call->note(*record);
  if (how->join == ngsi::Representation::Join::kNone) {
    ngsi::append_entity(body, *record, *call->context, *how);
    return call->send(200, std::move(body));
  }
  const NotingLinked linked(call->view, call->tenant, call->disclosed);
  if (how->join == ngsi::Representation::Join::kInline) {
    ngsi::append_entity(body, *record, *call->context, *how, &linked);
    return call->send(200, std::move(body));
  }
  ListWriter list(std::move(*how), call->context);
  const auto entities = with_links({record}, list.how(), linked);
  if (!entities) return call->send(entities.error());
  list.begin(body);
  for (const ngsi::LinkedEntity& entity : *entities) list.add(body, entity, &linked);
  list.end(body);
  call->send(200, std::move(body));
}

void replace(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  // An unknown entity is reported before what is wrong with the body (5.6.18.4).
  if (!call->store().find(call->tenant, (*target)->id)) {
    return call->send({ErrorCode::kResourceNotFound, "there is no entity " + (*target)->id});
  }
  auto entity = read_fragment(*call, **target, ngsi::BodyRule::kAppend);
  if (!entity) return call->send(entity.error());
  std::string id = (*target)->id;
  write(call, std::move(id), broker::replace_entity(std::move(*target), std::move(*entity)),
        [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

void merge(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  auto options = read_merge_options(*call);
  if (!options) return call->send(options.error());
  const auto rule = options->simplified ? ngsi::BodyRule::kMergeSimplified : ngsi::BodyRule::kMerge;
  auto fragment = read_fragment(*call, **target, rule);
  if (!fragment) return call->send(fragment.error());
  std::string id = (*target)->id;
  write(call, std::move(id), broker::merge_entity(std::move(*target), std::move(*fragment), std::move(*options)),
        [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

void remove(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  std::string id = (*target)->id;
  write(call, std::move(id), broker::delete_entity(std::move(*target)),
        [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

}  // namespace

std::vector<Route> entity_routes() {
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  const RouteAnswer unknown{404, "There is no such entity", "ProblemDetails"};
  return {
      {.method = "POST",
       .path = "/entities",
       .id = "createEntity",
       .tag = "Entities",
       .summary = "Create an entity",
       .clause = "5.6.1, 6.4.3.1",
       .body = BodyKind::kEntity,
       .body_schema = "Entity",
       .answers = {{201, "Created; Location tells where"}, wrong, {409, "There is one with this id", "ProblemDetails"}},
       .handle = create,
       .makes_tenant = true},
      {.method = "GET",
       .path = "/entities/{entityId}",
       .id = "retrieveEntity",
       .tag = "Entities",
       .summary = "Retrieve an entity",
       .clause = "5.7.1, 6.5.3.1",
       .parameters = {"type", "attrs", "pick", "omit", "lang", "datasetId", "geometryProperty", "join", "joinLevel",
                      "containedBy", "entityMap", "entityMapLifetime", "options", "format"},
       .answers = {{200, "The entity; with join=flat an array of it and what it links to", "Entity"}, wrong, unknown},
       .handle = retrieve,
       .geojson = true},
      {.method = "PUT",
       .path = "/entities/{entityId}",
       .id = "replaceEntity",
       .tag = "Entities",
       .summary = "Replace an entity",
       .clause = "5.6.18, 6.5.3.3",
       .parameters = {"type"},
       .body = BodyKind::kEntity,
       .body_schema = "Entity",
       .answers = {{204, "Replaced"}, wrong, unknown},
       .handle = replace},
      {.method = "PATCH",
       .path = "/entities/{entityId}",
       .id = "mergeEntity",
       .tag = "Entities",
       .summary = "Merge into an entity (JSON merge patch, any depth)",
       .clause = "5.6.17, 6.5.3.4",
       .parameters = {"type", "format", "options", "lang", "observedAt"},
       .body = BodyKind::kEntity,
       .body_schema = "EntityFragment",
       .answers = {{204, "Merged"}, wrong, unknown},
       .handle = merge},
      {.method = "DELETE",
       .path = "/entities/{entityId}",
       .id = "deleteEntity",
       .tag = "Entities",
       .summary = "Delete an entity",
       .clause = "5.6.6, 6.5.3.2",
       .parameters = {"type"},
       .answers = {{204, "Deleted"}, wrong, unknown},
       .handle = remove},
  };
}

}  // namespace tsunagu::gateway::ngsild
