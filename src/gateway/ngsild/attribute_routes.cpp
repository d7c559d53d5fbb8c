// /entities/{entityId}/attrs and …/attrs/{attrId}: append, update, partial update, replace, delete
// (5.6.2–5.6.5, 5.6.19).
#include "base/json.h"
#include "broker/entities.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"
#include "gateway/ngsild/target.h"

namespace tsunagu::gateway::ngsild {
namespace {

/// UpdateResult (5.2.18), names expanded.
std::string print(const ngsi::ChangeResult& result) {
  std::string out = R"({"updated":[)";
  for (std::size_t i = 0; i < result.updated.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, ngsi::terms().text(result.updated[i]));
  }
  out += R"(],"notUpdated":[)";
  for (std::size_t i = 0; i < result.not_updated.size(); ++i) {
    if (i > 0) out += ',';
    out += R"({"attributeName":)";
    append_json_string(out, result.not_updated[i].attribute);
    out += R"(,"reason":)";
    append_json_string(out, result.not_updated[i].reason);
    out += '}';
  }
  out += "]}";
  return out;
}

void answer_change(Call& call, const ngsi::ChangeResult& result) {
  if (result.not_updated.empty()) return call.send_nothing(204);
  call.send_plain_json(207, print(result));
}

void append(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  const auto options = read_options(*call, {"noOverwrite"});
  if (!options) return call->send(options.error());
  auto fragment = read_fragment(*call, **target, ngsi::BodyRule::kAppend);
  if (!fragment) return call->send(fragment.error());
  auto report = std::make_shared<ngsi::ChangeResult>();
  std::string id = (*target)->id;
  write(call, std::move(id),
        broker::append_attributes(std::move(*target), std::move(*fragment), !options->empty(), report),
        [report](Call& done, const store::Outcome&) { answer_change(done, *report); });
}

void update(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  auto fragment = read_fragment(*call, **target, ngsi::BodyRule::kFragment);
  if (!fragment) return call->send(fragment.error());
  auto report = std::make_shared<ngsi::ChangeResult>();
  std::string id = (*target)->id;
  write(call, std::move(id), broker::update_attributes(std::move(*target), std::move(*fragment), report),
        [report](Call& done, const store::Outcome&) { answer_change(done, *report); });
}

Result<void> check_attribute(std::string_view name, bool scope_too) {
  if (name == "id" || name == "type" || name == "@id" || name == "@type" || (name == "scope" && !scope_too)) {
    return bad("\"" + std::string(name) + "\" is not an attribute");
  }
  if (!ngsi::valid_name(name)) return bad("\"" + std::string(name) + "\" cannot be the name of an attribute");
  return {};
}

/// What PATCH and PUT of one attribute read: the entity, the attribute's name and its new content.
struct AttributeChange {
  broker::TargetPtr target;
  ngsi::TermId name;
  ngsi::Body::AttributeFragment fragment;
};
Result<AttributeChange> read_attribute_change(const Call& call, ngsi::BodyRule rule) {
  auto target = read_target(call);
  if (!target) return tl::unexpected(target.error());
  const std::string& name = call.path[1];
  if (auto ok = check_attribute(name, false); !ok) return tl::unexpected(ok.error());
  AttributeChange change{std::move(*target), call.context->intern(name), {}};
  auto fragment = call.body->attribute(change.name, *call.context, rule);
  if (!fragment) return tl::unexpected(fragment.error());
  change.fragment = std::move(*fragment);
  return change;
}

void partial_update(const CallPtr& call) {
  auto change = read_attribute_change(*call, ngsi::BodyRule::kFragment);
  if (!change) return call->send(change.error());
  std::string id = change->target->id;
  write(call, std::move(id),
        broker::partial_update(std::move(change->target), change->name, std::move(change->fragment.instances),
                               change->fragment.kind_given),
        [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

void replace(const CallPtr& call) {
  auto change = read_attribute_change(*call, ngsi::BodyRule::kWhole);
  if (!change) return call->send(change.error());
  std::string id = change->target->id;
  write(call, std::move(id),
        broker::replace_attribute(std::move(change->target), change->name, std::move(change->fragment.instances)),
        [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

void remove(const CallPtr& call) {
  auto target = read_target(*call);
  if (!target) return call->send(target.error());
  const std::string& name = call->path[1];
  if (auto ok = check_attribute(name, true); !ok) return call->send(ok.error());
  auto which = read_which_instances(*call);
  if (!which) return call->send(which.error());
  std::string id = (*target)->id;
  store::Decide decide = name == "scope" ? broker::delete_scope(std::move(*target))
                                         : broker::delete_attribute(std::move(*target), call->context->find(name),
                                                                    std::move(which->dataset_id), which->all);
  write(call, std::move(id), std::move(decide), [](Call& done, const store::Outcome&) { done.send_nothing(204); });
}

}  // namespace

std::vector<Route> attribute_routes() {
  constexpr std::string_view kAttributes = "/entities/{entityId}/attrs";
  constexpr std::string_view kAttribute = "/entities/{entityId}/attrs/{attrId}";
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  const RouteAnswer unknown{404, "There is no such entity or attribute", "ProblemDetails"};
  const RouteAnswer partly{207, "Some attributes were left as they are", "UpdateResult"};
  return {
      {.method = "POST",
       .path = kAttributes,
       .id = "appendAttributes",
       .tag = "Attributes",
       .summary = "Append attributes, overwriting those there are",
       .clause = "5.6.3, 6.6.3.1",
       .parameters = {"type", "options"},
       .body = BodyKind::kEntity,
       .body_schema = "EntityFragment",
       .answers = {{204, "All appended"}, partly, wrong, unknown},
       .handle = append},
      {.method = "PATCH",
       .path = kAttributes,
       .id = "updateAttributes",
       .tag = "Attributes",
       .summary = "Update attributes, each replaced whole",
       .clause = "5.6.2, 6.6.3.2",
       .parameters = {"type"},
       .body = BodyKind::kEntity,
       .body_schema = "EntityFragment",
       .answers = {{204, "All updated"}, partly, wrong, unknown},
       .handle = update},
      {.method = "PATCH",
       .path = kAttribute,
       .id = "partialUpdate",
       .tag = "Attributes",
       .summary = "Update members of one attribute",
       .clause = "5.6.4, 6.7.3.1",
       .parameters = {"type"},
       .body = BodyKind::kAttribute,
       .body_schema = "AttributeFragment",
       .answers = {{204, "Updated"}, wrong, unknown},
       .handle = partial_update},
      {.method = "PUT",
       .path = kAttribute,
       .id = "replaceAttribute",
       .tag = "Attributes",
       .summary = "Replace one attribute",
       .clause = "5.6.19, 6.7.3.3",
       .parameters = {"type"},
       .body = BodyKind::kAttribute,
       .body_schema = "AttributeFragment",
       .answers = {{204, "Replaced"}, wrong, unknown},
       .handle = replace},
      {.method = "DELETE",
       .path = kAttribute,
       .id = "deleteAttribute",
       .tag = "Attributes",
       .summary = "Delete one attribute, or instances of it",
       .clause = "5.6.5, 6.7.3.2",
       .parameters = {"type", "datasetId", "deleteAll"},
       .answers = {{204, "Deleted"}, wrong, unknown},
       .handle = remove},
  };
}

}  // namespace tsunagu::gateway::ngsild
