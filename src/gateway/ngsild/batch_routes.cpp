// /entityOperations/create, upsert, update, merge, delete (5.6.7–5.6.10, 5.6.20). Items are handled in the order of the
// array; one that fails does not stop the others, and is reported.
#include <algorithm>

#include "base/json.h"
#include "base/uri.h"
#include "broker/entities.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"
#include "gateway/ngsild/target.h"

namespace tsunagu::gateway::ngsild {
namespace {

/// One item of a batch on its way.
struct Item {
  std::string id;
  std::optional<Error> error;
  bool created = false;
  std::shared_ptr<ngsi::ChangeResult> report;
};

struct Batch {
  CallPtr call;
  std::vector<Item> items;
  std::vector<std::size_t> written;  ///< places of the items that were submitted
  std::vector<store::Write> writes;
  Result<ngsi::ContextPtr> shared_context;              ///< of all items …
  std::vector<Result<ngsi::ContextPtr>> contexts = {};  ///< … unless each has its own

  void fail(std::size_t place, Error error) { items[place].error = std::move(error); }
  void submit(std::size_t place, store::Decide decide) {
    written.push_back(place);
    writes.emplace_back(store::EntityWrite{call->tenant, items[place].id, std::move(decide)});
  }
};
using BatchPtr = std::shared_ptr<Batch>;

void append_ids(std::string& out, const std::vector<Item>& items, bool (*wanted)(const Item&)) {
  out += '[';
  bool first = true;
  for (const Item& item : items) {
    if (!wanted(item)) continue;
    if (!first) out += ',';
    first = false;
    append_json_string(out, item.id);
  }
  out += ']';
}

std::string print(std::vector<Item>& items) {
  std::vector<std::string> done;
  std::vector<std::pair<std::string, Error>> failed;
  for (Item& item : items) {
    if (item.error) {
      failed.emplace_back(std::move(item.id), std::move(*item.error));
    } else {
      done.push_back(std::move(item.id));
    }
  }
  return batch_result(done, failed);
}

void answer(Batch& batch) {
  std::vector<Item>& items = batch.items;
  if (std::any_of(items.begin(), items.end(), [](const Item& item) { return item.error.has_value(); })) {
    return batch.call->send_plain_json(207, print(items));
  }
  const auto created = [](const Item& item) { return item.created; };
  if (std::none_of(items.begin(), items.end(), created)) return batch.call->send_nothing(204);
  std::string ids;
  append_ids(ids, items, created);
  batch.call->send_plain_json(201, std::move(ids));
}

void submit(const BatchPtr& batch) {
  write_all(batch->call, std::move(batch->writes), [batch](std::vector<store::Outcome> outcomes) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Item& item = batch->items[batch->written[i]];
      const store::Outcome& outcome = outcomes[i];
      if (!outcome.result) {
        item.error = outcome.result.error();
        continue;
      }
      item.created = !outcome.before && outcome.after;
      if (!item.report || item.report->not_updated.empty()) continue;
      std::string names;
      for (const ngsi::NotUpdated& attribute : item.report->not_updated) {
        names.append(names.empty() ? "" : ", ").append(attribute.attribute);
      }
      item.error = Error{ErrorCode::kAlreadyExists, "these attributes were there and were not overwritten: " + names};
    }
    answer(*batch);
  });
}

/// The items of the body, by id. Empty when the request was answered with an error.
BatchPtr open_batch(const CallPtr& call) {
  const std::size_t size = call->body->size();
  if (size == 0) {
    call->send({ErrorCode::kBadRequestData, "the array is empty"});
    return nullptr;
  }
  if (size > call->api.options.max_batch) {
    call->send({ErrorCode::kContentTooLarge, "a batch may have " + std::to_string(call->api.options.max_batch) +
                                                 " items; this has " + std::to_string(size)});
    return nullptr;
  }
  auto batch = std::make_shared<Batch>();
  batch->call = call;
  batch->items.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    batch->items[i].id = call->body->id_of(i);
    if (!batch->items[i].id.empty()) continue;
    call->send({ErrorCode::kBadRequestData,
                "item " + std::to_string(i) + " of the array has no id, so it could not be reported on"});
    return nullptr;
  }
  return batch;
}

/// Items decoded before others get their turn on this thread.
constexpr std::size_t kSlice = 200;

/// Decodes items from `place` on, in slices, then submits all.
template <class Decode>
void decode_from(const BatchPtr& batch, std::size_t place, Decode decode) {
  const std::size_t end = std::min(place + kSlice, batch->items.size());
  for (; place < end; ++place) {
    const Result<ngsi::ContextPtr>& context = batch->contexts.empty() ? batch->shared_context : batch->contexts[place];
    if (context) {
      decode(*batch, place, **context);
    } else {
      batch->fail(place, context.error());
    }
  }
  if (place == batch->items.size()) return submit(batch);
  batch->call->reply.defer([batch, place, decode] { decode_from(batch, place, decode); });
}

/// Decodes every item in its @context with `decode(batch, place, context)`, which submits or fails it; then submits
/// all.
template <class Decode>
void run_batch(const CallPtr& call, Decode decode) {
  const BatchPtr batch = open_batch(call);
  if (!batch) return;
  if (auto ok = call->prepare_tenant(); !ok) return call->send(ok.error());
  if (call->body_media != MediaType::kJsonLd) {
    batch->shared_context = call->context;
    return decode_from(batch, 0, decode);
  }
  std::vector<std::string> contexts;
  contexts.reserve(batch->items.size());
  for (std::size_t i = 0; i < batch->items.size(); ++i) contexts.push_back(call->body->context_json(i));
  resolve_all(call, contexts, [batch, decode, contexts](std::vector<Result<ngsi::ContextPtr>> resolved) {
    for (std::size_t i = 0; i < resolved.size(); ++i) {
      if (!contexts[i].empty()) continue;
      resolved[i] = bad("in a body of type application/ld+json each item needs a member \"@context\"");
    }
    batch->contexts = std::move(resolved);
    decode_from(batch, 0, decode);
  });
}

broker::TargetPtr target_of(const Batch& batch, std::size_t place) {
  return std::make_shared<const broker::Target>(broker::Target{batch.items[place].id, std::nullopt});
}

Result<ngsi::Entity> whole(const Batch& batch, std::size_t place, const ngsi::Context& context) {
  return batch.call->body->entity(place, context, ngsi::BodyRule::kWhole);
}

Result<ngsi::Entity> fragment(const Batch& batch, std::size_t place, const ngsi::Context& context,
                              ngsi::BodyRule rule) {
  if (!is_absolute_iri(batch.items[place].id)) return tl::unexpected(not_an_id(batch.items[place].id));
  auto entity = batch.call->body->entity(place, context, rule);
  if (!entity) return entity;
  return entity;
}

void create(const CallPtr& call) {
  run_batch(call, [](Batch& batch, std::size_t place, const ngsi::Context& context) {
    auto entity = whole(batch, place, context);
    if (!entity) return batch.fail(place, entity.error());
    batch.submit(place, broker::create_entity(std::move(*entity)));
  });
}

void upsert(const CallPtr& call) {
  const auto options = read_options(*call, {"replace", "update"});
  if (!options) return call->send(options.error());
  if (options->size() > 1) return call->send({ErrorCode::kBadRequestData, "options: replace or update, not both"});
  const bool update = !options->empty() && options->front() == "update";
  run_batch(call, [update](Batch& batch, std::size_t place, const ngsi::Context& context) {
    auto entity = whole(batch, place, context);
    if (!update) {
      if (!entity) return batch.fail(place, entity.error());
      return batch.submit(place, broker::upsert_entity(std::move(*entity)));
    }
    auto changes = fragment(batch, place, context, ngsi::BodyRule::kFragment);
    if (!changes) return batch.fail(place, changes.error());
    batch.submit(place, broker::create_or_update_entity(std::move(entity), std::move(*changes)));
  });
}

void update(const CallPtr& call) {
  const auto options = read_options(*call, {"noOverwrite"});
  if (!options) return call->send(options.error());
  run_batch(call, [no_overwrite = !options->empty()](Batch& batch, std::size_t place, const ngsi::Context& context) {
    auto changes = fragment(batch, place, context, ngsi::BodyRule::kAppend);
    if (!changes) return batch.fail(place, changes.error());
    auto report = batch.items[place].report = std::make_shared<ngsi::ChangeResult>();
    batch.submit(place, broker::append_attributes(target_of(batch, place), std::move(*changes), no_overwrite, report));
  });
}

void merge(const CallPtr& call) {
  auto options = read_merge_options(*call);
  if (!options) return call->send(options.error());
  run_batch(call, [options = *options](Batch& batch, std::size_t place, const ngsi::Context& context) {
    auto changes = fragment(batch, place, context, ngsi::BodyRule::kMerge);
    if (!changes) return batch.fail(place, changes.error());
    batch.submit(place, broker::merge_entity(target_of(batch, place), std::move(*changes), options));
  });
}

void remove(const CallPtr& call) {
  const BatchPtr batch = open_batch(call);
  if (!batch) return;
  for (std::size_t i = 0; i < batch->items.size(); ++i) {
    const std::string& id = batch->items[i].id;
    if (is_absolute_iri(id)) {
      batch->submit(i, broker::delete_entity(target_of(*batch, i)));
    } else {
      batch->fail(i, not_an_id(id));
    }
  }
  submit(batch);
}

}  // namespace

std::vector<Route> batch_routes() {
  const RouteAnswer wrong{400, "The request is wrong as a whole", "ProblemDetails"};
  const RouteAnswer mixed{207, "Some items, or all, failed", "BatchOperationResult"};
  const RouteAnswer created{201, "All done; the ids of those that are new", "IdList"};
  const RouteAnswer done{204, "All done"};
  constexpr std::string_view kTag = "Batch operations";
  return {
      {.method = "POST",
       .path = "/entityOperations/create",
       .id = "batchCreate",
       .tag = kTag,
       .summary = "Create entities",
       .clause = "5.6.7, 6.14.3.1",
       .body = BodyKind::kItems,
       .body_schema = "EntityList",
       .answers = {created, mixed, wrong},
       .handle = create,
       .makes_tenant = true},
      {.method = "POST",
       .path = "/entityOperations/upsert",
       .id = "batchUpsert",
       .tag = kTag,
       .summary = "Create entities; replace or update those there are",
       .clause = "5.6.8, 6.15.3.1",
       .parameters = {"options"},
       .body = BodyKind::kItems,
       .body_schema = "EntityList",
       .answers = {created, done, mixed, wrong},
       .handle = upsert,
       .makes_tenant = true},
      {.method = "POST",
       .path = "/entityOperations/update",
       .id = "batchUpdate",
       .tag = kTag,
       .summary = "Append attributes to entities",
       .clause = "5.6.9, 6.16.3.1",
       .parameters = {"options"},
       .body = BodyKind::kItems,
       .body_schema = "EntityFragmentList",
       .answers = {done, mixed, wrong},
       .handle = update},
      {.method = "POST",
       .path = "/entityOperations/merge",
       .id = "batchMerge",
       .tag = kTag,
       .summary = "Merge into entities",
       .clause = "5.6.20, 6.31.3.1",
       .parameters = {"options", "format", "lang", "observedAt"},
       .body = BodyKind::kItems,
       .body_schema = "EntityFragmentList",
       .answers = {done, mixed, wrong},
       .handle = merge},
      {.method = "POST",
       .path = "/entityOperations/delete",
       .id = "batchDelete",
       .tag = kTag,
       .summary = "Delete entities",
       .clause = "5.6.10, 6.17.3.1",
       .body = BodyKind::kItems,
       .body_schema = "IdList",
       .answers = {done, mixed, wrong},
       .handle = remove},
  };
}

}  // namespace tsunagu::gateway::ngsild
