// GET /entities, POST /entityOperations/query (5.7.2) and DELETE /entities (5.6.21).
#include <algorithm>

#include "broker/entities.h"
#include "gateway/ngsild/page.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

void answer_query(const CallPtr& call, Result<QueryInput> input) {
  if (!input) return call->send(input.error());
  auto how = make_representation(*input, *call);
  if (!how) return call->send(how.error());
  const auto paging = read_paging(*call);
  if (!paging) return call->send(paging.error());
  send_page(
      call, [input = std::move(*input), context = call->context] { return make_selections(input, *context); },
      std::move(*how), *paging);
}

void query_entities(const CallPtr& call) {
  answer_query(call, read_query_input(*call));
}

void query_by_post(const CallPtr& call) {
  answer_query(call, read_query_body(*call));
}

/// A purge on its way: entities are found step by step and changed in groups. What may not be changed stays, and is
/// told of beside what was changed.
struct PurgeRun {
  static constexpr std::size_t kGroup = 1000;

  CallPtr call;
  std::shared_ptr<const ngsi::Selection> selection;  ///< what an entity must still meet when it is changed
  std::shared_ptr<const broker::PurgeOptions> options;
  std::unique_ptr<broker::PageQuery> query;
  bool done = false;
  std::vector<std::string> changed;
  std::vector<std::pair<std::string, Error>> refused;
};

void answer_purge(const PurgeRun& run) {
  if (run.refused.empty()) return run.call->send_nothing(204);
  if (run.changed.empty()) return run.call->send(run.refused.front().second);
  run.call->send_plain_json(207, batch_result(run.changed, run.refused));
}

void purge_step(const std::shared_ptr<PurgeRun>& run);

void purge_group(const std::shared_ptr<PurgeRun>& run) {
  std::vector<store::Write> writes;
  std::vector<std::string> ids;
  for (const ngsi::RecordPtr& record : run->query->page()) {
    ids.emplace_back(record->id());
    writes.emplace_back(store::EntityWrite{run->call->tenant, std::string(record->id()),
                                           broker::purge_entity(run->options, run->selection)});
  }
  run->query->page().clear();
  write_all(run->call, std::move(writes), [run, ids = std::move(ids)](std::vector<store::Outcome> outcomes) mutable {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      const auto& result = outcomes[i].result;
      if (result) {
        run->changed.push_back(std::move(ids[i]));
      } else if (result.error().code == ErrorCode::kForbidden) {
        run->refused.emplace_back(std::move(ids[i]), result.error());
      } else {
        return run->call->send(result.error());
      }
    }
    if (run->done) return answer_purge(*run);
    purge_step(run);
  });
}

void purge_step(const std::shared_ptr<PurgeRun>& run) {
  const Result<bool> unfinished = run->query->turn();
  if (!unfinished) return run->call->send(unfinished.error());
  run->done = !*unfinished;
  if (run->done || run->query->page().size() >= PurgeRun::kGroup) return purge_group(run);
  run->call->reply.defer([run] { purge_step(run); });
}

Result<std::vector<ngsi::TermId>> read_attributes(const Call& call, std::string_view parameter) {
  std::vector<ngsi::TermId> terms;
  const auto value = call.query.get(parameter);
  if (!value) return terms;
  const auto names = read_list(parameter, *value);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    if (!ngsi::valid_name(name)) {
      return bad(std::string(parameter) + ": \"" + name +
                 "\" is not the name of an attribute; linked entities cannot be reached here");
    }
    terms.push_back(call.context->find(name));
  }
  return terms;
}

void purge(const CallPtr& call) {
  auto input = read_query_input(*call);
  if (!input) return call->send(input.error());
  auto selections = make_selections(*input, *call->context);
  if (!selections) return call->send(selections.error());
  auto check = make_selections(*input, *call->context);
  if (!check) return call->send(check.error());
  broker::PurgeOptions options;
  for (const auto& [parameter, into] : {std::pair("keep", &options.keep), {"drop", &options.drop}}) {
    auto terms = read_attributes(*call, parameter);
    if (!terms) return call->send(terms.error());
    *into = std::move(*terms);
  }
  if (!options.keep.empty() && !options.drop.empty()) {
    return call->send({ErrorCode::kBadRequestData, "keep and drop contradict each other: give one of them"});
  }
  auto run = std::make_shared<PurgeRun>();
  run->call = call;
  run->selection = std::make_shared<const ngsi::Selection>(std::move(check->front()));
  run->options = std::make_shared<const broker::PurgeOptions>(std::move(options));
  run->query = std::make_unique<broker::PageQuery>(
      call->store(), call->tenant, broker::PageRequest{std::move(*selections), 0, std::uint64_t{1} << 62, false, 0});
  purge_step(run);
}

const std::vector<RouteAnswer> kQueryAnswers{
    {200, "The entities of the page", "EntityList"},
    {400, "The request or a part of it is wrong", "ProblemDetails"},
    {403, "More results or a more complex query than allowed", "ProblemDetails"}};

}  // namespace

std::vector<Route> query_routes() {
  return {
      {.method = "GET",
       .path = "/entities",
       .id = "queryEntities",
       .tag = "Entities",
       .summary = "Query entities",
       .clause = "5.7.2, 6.4.3.2",
       .parameters = {"id",
                      "idPattern",
                      "type",
                      "attrs",
                      "q",
                      "expandValues",
                      "jsonKeys",
                      "scopeQ",
                      "georel",
                      "geometry",
                      "coordinates",
                      "geoproperty",
                      "geometryProperty",
                      "csf",
                      "datasetId",
                      "pick",
                      "omit",
                      "lang",
                      "join",
                      "joinLevel",
                      "containedBy",
                      "orderBy",
                      "collation",
                      "orderFrom",
                      "orderGeometry",
                      "splitEntities",
                      "entityMap",
                      "entityMapLifetime",
                      "limit",
                      "offset",
                      "count",
                      "options",
                      "format"},
       .answers = kQueryAnswers,
       .handle = query_entities,
       .geojson = true},
      {.method = "POST",
       .path = "/entityOperations/query",
       .id = "queryEntitiesByPost",
       .tag = "Batch operations",
       .summary = "Query entities, the query in the body",
       .clause = "5.7.2, 6.23.3.1",
       .parameters = {"limit", "offset", "count", "options", "format"},
       .body = BodyKind::kEntity,
       .body_schema = "Query",
       .answers = kQueryAnswers,
       .handle = query_by_post,
       .geojson = true},
      {.method = "DELETE",
       .path = "/entities",
       .id = "purgeEntities",
       .tag = "Entities",
       .summary = "Delete the selected entities, or some of their attributes",
       .clause = "5.6.21, 6.4.3.3",
       .parameters = {"id", "idPattern", "type", "q", "expandValues", "jsonKeys", "scopeQ", "georel", "geometry",
                      "coordinates", "geoproperty", "geometryProperty", "csf", "keep", "drop"},
       .answers = {{204, "Done, whether or not anything was selected"},
                   {207, "Some may not be changed by the caller, and stay", "BatchOperationResult"},
                   {400, "The request or a part of it is wrong", "ProblemDetails"}},
       .handle = purge},
  };
}

}  // namespace tsunagu::gateway::ngsild
