// /temporal/entities and below, /temporal/entityOperations/query: temporal evolutions of entities
// (5.6.11–5.6.16, 5.7.3, 5.7.4).
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/uri.h"
#include "broker/temporal.h"
#include "gateway/ngsild/link.h"
#include "gateway/ngsild/page.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"
#include "gateway/ngsild/target.h"

namespace tsunagu::gateway::ngsild {
namespace {

using ngsi::TemporalFormat;

constexpr std::size_t kChunkBytes = 64 << 10;
constexpr std::size_t kOnePiece = 1 << 20;  ///< larger answers are streamed

/// Evolutions that are written while they are sent.
class EvolutionStream final : public BodyStream {
 public:
  EvolutionStream(CallPtr call, std::shared_ptr<broker::TemporalRun> run)
      : call_(std::move(call)), run_(std::move(run)) {}

  bool next(std::string& chunk) override {
    if (place_ == 0) chunk += '[';
    while (place_ < run_->size() && chunk.size() < kChunkBytes) {
      if (place_ > 0) chunk += ',';
      call_->note_past(run_->id(place_));
      run_->write(chunk, place_++);
    }
    if (!call_->write_down()) {
      chunk.clear();
      return false;
    }
    if (place_ < run_->size()) return true;
    chunk += ']';
    return false;
  }

 private:
  CallPtr call_;
  std::shared_ptr<broker::TemporalRun> run_;
  std::size_t place_ = 0;
};

// ---- reading

Result<TemporalFormat> read_temporal_format(const Call& call, bool& sys_attrs) {
  const auto format_of = [](std::string_view word) -> std::optional<TemporalFormat> {
    if (word == "normalized") return TemporalFormat::kNormalized;
    if (word == "temporalValues") return TemporalFormat::kTemporalValues;
    if (word == "aggregatedValues") return TemporalFormat::kAggregatedValues;
    return std::nullopt;
  };
  const auto options = read_options(call, {"normalized", "temporalValues", "aggregatedValues", "sysAttrs"});
  if (!options) return tl::unexpected(options.error());
  TemporalFormat format = TemporalFormat::kNormalized;
  for (const std::string& option : *options) {
    if (option == "sysAttrs") sys_attrs = true;
    if (const auto named = format_of(option)) format = *named;
  }
  const auto word = call.query.get("format");
  if (!word) return format;
  const auto named = format_of(*word);
  if (!named) return fail(ErrorCode::kInvalidRequest, "format must be normalized, temporalValues or aggregatedValues");
  return *named;
}

/// What retrieving and querying share.
Result<broker::TemporalRequest> make_request(QueryInput& input, const Call& call) {
  broker::TemporalRequest request;
  // "scope" among attrs asks for the scope beside them, which attrs shows anyway (C.5.16).
  const auto scope = std::find(input.attrs.begin(), input.attrs.end(), "scope");
  if (scope != input.attrs.end()) {
    input.attrs.erase(scope);
    if (input.attrs.empty()) input.pick = "id,type,scope";
  }
  if (input.scope_q && input.scope_q->size() > 2 && input.scope_q->starts_with('"') && input.scope_q->ends_with('"')) {
    input.scope_q = input.scope_q->substr(1, input.scope_q->size() - 2);
  }
  auto basic = make_projection(input, call);
  if (!basic) return tl::unexpected(basic.error());
  request.how.basic = std::move(*basic);
  const auto format = read_temporal_format(call, request.how.basic.sys_attrs);
  if (!format) return tl::unexpected(format.error());
  request.how.format = *format;
  if (*format != TemporalFormat::kNormalized) request.how.basic.format = ngsi::Format::kSimplified;
  auto when = ngsi::parse_temporal_query(input.temporal);
  if (!when) return tl::unexpected(when.error());
  request.when = *when;
  if (*format == TemporalFormat::kAggregatedValues) {
    auto aggregation = ngsi::parse_aggregation(input.temporal);
    if (!aggregation) return tl::unexpected(aggregation.error());
    request.how.aggregation = std::move(*aggregation);
  }
  return request;
}

struct Reading {
  CallPtr call;
  Paging paging;
  bool one = false;  ///< retrieve: an object, not a list
  std::shared_ptr<broker::TemporalRun> run;
};
using ReadingPtr = std::shared_ptr<Reading>;

std::vector<Header> answer_headers(const Reading& reading) {
  std::vector<Header> headers;
  const broker::TemporalRun& run = *reading.run;
  if (run.content_range()) headers.emplace_back("Content-Range", *run.content_range());
  if (reading.one) return headers;
  if (run.total()) headers.emplace_back("NGSILD-Results-Count", std::to_string(*run.total()));
  if (reading.paging.limit > 0) add_page_links(*reading.call, reading.paging, run.more(), headers);
  return headers;
}

void answer(const ReadingPtr& reading) {
  Call& call = *reading->call;
  broker::TemporalRun& run = *reading->run;
  const unsigned status = run.content_range() ? 206 : 200;
  if (!reading->one && run.bytes() > kOnePiece) {
    return call.reply.stream(call.head(status, answer_headers(*reading)),
                             std::make_unique<EvolutionStream>(reading->call, reading->run));
  }
  std::string body;
  body.reserve(run.bytes() + 256);
  if (!reading->one) body += '[';
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (i > 0) body += ',';
    call.note_past(run.id(i));
    run.write(body, i);
  }
  if (!reading->one) body += ']';
  call.send(status, std::move(body), answer_headers(*reading));
}

/// Works in turns, letting others work in between.
void step(const ReadingPtr& reading) {
  Reply& reply = reading->call->reply;
  if (reply.client_gone()) return;
  const auto unfinished = reading->run->turn();
  if (!unfinished) return reading->call->send(unfinished.error());
  if (!*unfinished) return answer(reading);
  reply.defer([reading] { step(reading); });
}

void start(const CallPtr& call, broker::TemporalRequest request, Paging paging) {
  auto reading = std::make_shared<Reading>();
  reading->call = call;
  reading->paging = paging;
  reading->one = request.id.has_value();
  reading->run = std::make_shared<broker::TemporalRun>(call->store(), call->tenant, *call->context,
                                                       call->api.options.temporal, std::move(request));
  step(reading);
}

void retrieve(const CallPtr& call) {
  const std::string& id = call->path[0];
  if (!is_absolute_iri(id)) return call->send(not_an_id(id));
  auto input = read_query_input(*call);
  if (!input) return call->send(input.error());
  auto request = make_request(*input, *call);
  if (!request) return call->send(request.error());
  request->id = id;
  request->how.keep_empty = true;
  start(call, std::move(*request), {});
}

void answer_query(const CallPtr& call, Result<QueryInput> input) {
  if (!input) return call->send(input.error());
  auto request = make_request(*input, *call);
  if (!request) return call->send(request.error());
  if (request->when.relation == ngsi::TemporalQuery::Relation::kNone) {
    return call->send({ErrorCode::kBadRequestData, "a query of the past needs a time: timerel and timeAt"});
  }
  auto selections = make_selections(*input, *call->context);
  if (!selections) return call->send(selections.error());
  request->any_of = std::move(*selections);
  const auto paging = read_paging(*call);
  if (!paging) return call->send(paging.error());
  request->limit = paging->limit;
  request->offset = paging->offset;
  request->count = paging->count;
  start(call, std::move(*request), *paging);
}

void query(const CallPtr& call) {
  answer_query(call, read_query_input(*call));
}

void query_by_post(const CallPtr& call) {
  answer_query(call, read_query_body(*call, true));
}

// ---- changing what is remembered

/// Submits it; answers 204, or what `then` does.
void submit(const CallPtr& call, store::HistoryWrite write, unsigned status = 204, std::vector<Header> headers = {}) {
  std::vector<store::Write> writes;
  std::string id = write.id;
  writes.emplace_back(std::move(write));
  write_all(call, std::move(writes),
            [call, status, headers = std::move(headers), id = std::move(id)](std::vector<store::Outcome> outcomes) {
              const auto& result = outcomes.front().result;
              if (!result) return call->send(result.error());
              call->note_past(id, trust::kUpdate);
              call->send_nothing(status, headers);
            });
}

store::HistoryWrite adding(const Call& call, std::string id, ngsi::Entity entity) {
  store::HistoryWrite write;
  write.tenant = call.tenant;
  write.id = std::move(id);
  write.types = std::move(entity.types);
  write.scopes = std::move(entity.past_scopes);
  write.add = std::move(entity.attributes);
  return write;
}

/// The entity of the path, which must be remembered; and a view of the past.
Result<std::unique_ptr<store::HistoryReader>> open_past(const Call& call) {
  auto history = call.store().history(call.tenant);
  if (!history) return history;
  if (auto ok = broker::check_remembered(**history, call.path[0]); !ok) return tl::unexpected(ok.error());
  return history;
}

Result<void> check_id(const Call& call) {
  if (!is_absolute_iri(call.path[0])) return tl::unexpected(not_an_id(call.path[0]));
  return {};
}

Result<void> check_attribute(const Call& call) {
  if (auto ok = check_id(call); !ok) return ok;
  const std::string& name = call.path[1];
  if (name == "id" || name == "type" || name == "scope" || !ngsi::valid_name(name)) {
    return bad("\"" + name + "\" cannot be the name of an attribute");
  }
  return {};
}

void create(const CallPtr& call) {
  auto entity = call->body->entity(0, *call->context, ngsi::BodyRule::kEvolution);
  if (!entity) return call->send(entity.error());
  if (auto ok = call->prepare_tenant(); !ok) return call->send(ok.error());
  const auto history = call->store().history(call->tenant);
  if (!history) return call->send(history.error());
  const auto known = (*history)->entity(entity->id);
  if (!known) return call->send(known.error());
  std::string id = entity->id;
  store::HistoryWrite write = adding(*call, id, std::move(*entity));
  if (*known) return submit(call, std::move(write));
  std::string location = "/ngsi-ld/v1/temporal/entities/";
  append_path_segment(location, id);
  submit(call, std::move(write), 201, {{"Location", location}});
}

void append(const CallPtr& call) {
  if (auto ok = check_id(*call); !ok) return call->send(ok.error());
  const broker::Target target{call->path[0], {}};
  auto fragment = read_fragment(*call, target, ngsi::BodyRule::kEvolutionFragment);
  if (!fragment) return call->send(fragment.error());
  if (const auto past = open_past(*call); !past) return call->send(past.error());
  submit(call, adding(*call, target.id, std::move(*fragment)));
}

void remove(const CallPtr& call) {
  if (auto ok = check_id(*call); !ok) return call->send(ok.error());
  if (const auto past = open_past(*call); !past) return call->send(past.error());
  store::HistoryWrite write;
  write.tenant = call->tenant;
  write.id = call->path[0];
  write.forget = true;
  submit(call, std::move(write));
}

void remove_attribute(const CallPtr& call) {
  if (auto ok = check_attribute(*call); !ok) return call->send(ok.error());
  const auto which = read_which_instances(*call);
  if (!which) return call->send(which.error());
  const auto past = open_past(*call);
  if (!past) return call->send(past.error());
  auto write = broker::forget_attribute(**past, call->tenant, call->path[0], call->context->find(call->path[1]),
                                        which->dataset_id, which->all);
  if (!write) return call->send(write.error());
  submit(call, std::move(*write));
}

/// The instance that the path names.
Result<store::HistoryWrite::Instance> read_instance(const Call& call) {
  if (auto ok = check_attribute(call); !ok) return tl::unexpected(ok.error());
  if (!is_absolute_iri(call.path[2])) return bad("an instanceId is a URI; this is not one: " + call.path[2]);
  auto past = open_past(call);
  if (!past) return tl::unexpected(past.error());
  return broker::find_instance(**past, call.path[0], call.context->find(call.path[1]), call.path[2]);
}

void remove_instance(const CallPtr& call) {
  auto instance = read_instance(*call);
  if (!instance) return call->send(instance.error());
  store::HistoryWrite write;
  write.tenant = call->tenant;
  write.id = call->path[0];
  write.forget_instances.push_back(std::move(*instance));
  submit(call, std::move(write));
}

/// The new content: {"speed": {…}}, {"speed": [{…}]}, or the attribute alone.
Result<ngsi::Attribute> read_replacement(const Call& call) {
  const std::string& name = call.path[1];
  const auto has = [&call](std::string_view member) { return !call.body->member(member).empty(); };
  constexpr std::string_view kValues[] = {"value", "object", "languageMap", "vocab", "json", "valueList", "objectList"};
  std::vector<ngsi::Attribute> given;
  if (!has(name) && std::any_of(std::begin(kValues), std::end(kValues), has)) {
    auto alone = call.body->attribute(call.context->intern(name), *call.context, ngsi::BodyRule::kWhole);
    if (!alone) return tl::unexpected(alone.error());
    given = std::move(alone->instances);
  } else {
    auto fragment = read_fragment(call, broker::Target{call.path[0], {}}, ngsi::BodyRule::kEvolutionFragment);
    if (!fragment) return tl::unexpected(fragment.error());
    given = std::move(fragment->attributes);
  }
  if (given.size() != 1 || given.front().name != call.context->find(name)) {
    return bad("the body must have one instance of attribute \"" + name + "\" and nothing else");
  }
  return std::move(given.front());
}

void modify_instance(const CallPtr& call) {
  if (auto ok = check_attribute(*call); !ok) return call->send(ok.error());
  auto by = read_replacement(*call);
  if (!by) return call->send(by.error());
  auto instance = read_instance(*call);
  if (!instance) return call->send(instance.error());
  if (by->dataset_id.empty()) by->dataset_id = instance->series.dataset_id;
  if (by->dataset_id != instance->series.dataset_id) {
    return call->send({ErrorCode::kBadRequestData, "an instance cannot be moved to another datasetId"});
  }
  store::HistoryWrite write;
  write.tenant = call->tenant;
  write.id = call->path[0];
  write.replace.push_back({std::move(*instance), std::move(*by)});
  submit(call, std::move(write));
}

}  // namespace

std::vector<Route> temporal_routes() {
  constexpr std::string_view kTag = "Temporal evolution";
  constexpr std::string_view kAttribute = "/temporal/entities/{entityId}/attrs/{attrId}";
  constexpr std::string_view kInstance = "/temporal/entities/{entityId}/attrs/{attrId}/{instanceId}";
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  const RouteAnswer unknown{404, "Nothing of the kind is remembered", "ProblemDetails"};
  const RouteAnswer too_much{403, "More than one answer may hold", "ProblemDetails"};
  const std::vector<RouteAnswer> query_answers{
      {200, "The evolutions of the entities of the page", "EntityTemporalList"},
      {206, "The part of them that Content-Range tells: more instances than one answer holds", "EntityTemporalList"},
      wrong,
      too_much};
  return {
      {.method = "POST",
       .path = "/temporal/entities",
       .id = "upsertEvolution",
       .tag = kTag,
       .summary = "Remember instances of an entity's attributes, whether or not it is known",
       .clause = "5.6.11, 6.18.3.1",
       .body = BodyKind::kEntity,
       .body_schema = "EntityTemporal",
       .answers = {{201, "Remembered from now on; Location tells where"}, {204, "Instances added"}, wrong},
       .handle = create,
       .makes_tenant = true},
      {.method = "GET",
       .path = "/temporal/entities",
       .id = "queryEvolutions",
       .tag = kTag,
       .summary = "Query the evolution of entities",
       .clause = "5.7.4, 6.18.3.2",
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
                      "csf",
                      "timerel",
                      "timeAt",
                      "endTimeAt",
                      "timeproperty",
                      "lastN",
                      "aggrMethods",
                      "aggrPeriodDuration",
                      "datasetId",
                      "pick",
                      "omit",
                      "lang",
                      "orderBy",
                      "collation",
                      "splitEntities",
                      "entityMap",
                      "entityMapLifetime",
                      "limit",
                      "offset",
                      "count",
                      "options",
                      "format"},
       .answers = query_answers,
       .handle = query},
      {.method = "GET",
       .path = "/temporal/entities/{entityId}",
       .id = "retrieveEvolution",
       .tag = kTag,
       .summary = "Retrieve the evolution of an entity",
       .clause = "5.7.3, 6.19.3.1",
       .parameters = {"attrs", "pick", "omit", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods",
                      "aggrPeriodDuration", "datasetId", "lang", "entityMap", "entityMapLifetime", "options", "format"},
       .answers = {{200, "The evolution", "EntityTemporal"},
                   {206, "The part of it that Content-Range tells: more instances than one answer holds",
                    "EntityTemporal"},
                   wrong,
                   too_much,
                   unknown},
       .handle = retrieve},
      {.method = "DELETE",
       .path = "/temporal/entities/{entityId}",
       .id = "deleteEvolution",
       .tag = kTag,
       .summary = "Forget the past of an entity; what it is now stays",
       .clause = "5.6.16, 6.19.3.2",
       .answers = {{204, "Forgotten"}, wrong, unknown},
       .handle = remove},
      {.method = "POST",
       .path = "/temporal/entities/{entityId}/attrs",
       .id = "appendInstances",
       .tag = kTag,
       .summary = "Add instances of attributes",
       .clause = "5.6.12, 6.20.3.1",
       .body = BodyKind::kEntity,
       .body_schema = "EntityTemporalFragment",
       .answers = {{204, "Added"}, wrong, unknown},
       .handle = append},
      {.method = "DELETE",
       .path = kAttribute,
       .id = "forgetAttribute",
       .tag = kTag,
       .summary = "Forget all instances of an attribute, or those of one datasetId",
       .clause = "5.6.13, 6.21.3.1",
       .parameters = {"datasetId", "deleteAll"},
       .answers = {{204, "Forgotten"}, wrong, unknown},
       .handle = remove_attribute},
      {.method = "PATCH",
       .path = kInstance,
       .id = "modifyInstance",
       .tag = kTag,
       .summary = "Replace one instance of an attribute",
       .clause = "5.6.14, 6.22.3.1",
       .body = BodyKind::kEntity,
       .body_schema = "EntityTemporalFragment",
       .answers = {{204, "Replaced"}, wrong, unknown},
       .handle = modify_instance},
      {.method = "DELETE",
       .path = kInstance,
       .id = "deleteInstance",
       .tag = kTag,
       .summary = "Forget one instance of an attribute",
       .clause = "5.6.15, 6.22.3.2",
       .answers = {{204, "Forgotten"}, wrong, unknown},
       .handle = remove_instance},
      {.method = "POST",
       .path = "/temporal/entityOperations/query",
       .id = "queryEvolutionsByPost",
       .tag = kTag,
       .summary = "Query the evolution of entities, the query in the body",
       .clause = "5.7.4, 6.24.3.1",
       .parameters = {"limit", "offset", "count", "options", "format"},
       .body = BodyKind::kEntity,
       .body_schema = "QueryTemporal",
       .answers = query_answers,
       .handle = query_by_post},
  };
}

}  // namespace tsunagu::gateway::ngsild
