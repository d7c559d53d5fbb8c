// /subscriptions: create, list, retrieve, update, delete (5.8.1 to 5.8.5).
#include "base/uri.h"
#include "broker/subscriptions/subscriptions.h"
#include "gateway/ngsild/link.h"
#include "gateway/ngsild/page.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"

namespace tsunagu::gateway::ngsild {
namespace {

broker::Subscriptions& subscriptions(const Call& call) {
  return *call.api.broker.subscriptions;
}

/// Their own; those who run the place see all.
bool is_theirs(const Call& call, const broker::Subscription& subscription) {
  const trust::AccessPtr access = call.view.access(call.tenant);
  if (access->all() || access->may("operate")) return true;
  const trust::Subject& subject = *call.view.subject();
  return !subject.id.empty() && subscription.owner.subject->id == subject.id;
}

/// Null when there is none, or none of theirs.
broker::SubscriptionPtr find_theirs(const Call& call, const std::string& id) {
  broker::SubscriptionPtr found = subscriptions(call).find(call.tenant, id);
  return found && is_theirs(call, *found) ? found : nullptr;
}

Error unknown_subscription(const std::string& id) {
  return {ErrorCode::kResourceNotFound, "there is no subscription " + id};
}

Error not_a_uri(std::string_view id) {
  return {ErrorCode::kBadRequestData, "the id of a subscription must be a URI; this is not one: " + std::string(id)};
}

void create(const CallPtr& call) {
  const trust::AccessPtr access = call->view.access(call->tenant);
  if (!access->all() && call->view.subject()->id.empty()) {
    return call->send({ErrorCode::kUnauthorized, "sign in first: a subscription has to belong to somebody"});
  }
  if (auto ok = call->prepare_tenant(); !ok) return call->send(ok.error());
  std::string body = call->body->canonical();
  call->body.reset();
  subscriptions(*call).create(call->tenant, std::string(call->request->header("NGSILD-Tenant")), std::move(body),
                              call->context, broker::Owner{call->view.subject(), call->view.purpose()},
                              [call](Result<broker::SubscriptionPtr> made) {
                                if (!made) return call->send(made.error());
                                std::string location = "/ngsi-ld/v1/subscriptions/";
                                append_path_segment(location, (*made)->id);
                                call->send_nothing(201, {{"Location", std::move(location)}});
                              });
}

Result<bool> wants_system_attributes(const Call& call) {
  const auto options = read_options(call, {"sysAttrs"});
  if (!options) return tl::unexpected(options.error());
  return !options->empty();
}

void append(std::string& out, const Call& call, const broker::Subscription& subscription, bool sys_attrs) {
  const std::string url = subscription.shows_context ? subscriptions(call).context_url(subscription) : std::string();
  out += broker::print_subscription(subscription, *call.context, url, sys_attrs);
  if (call.context_in_body) out.append(",\"@context\":").append(call.context->as_json());
  out += '}';
}

void list(const CallPtr& call) {
  const auto sys_attrs = wants_system_attributes(*call);
  if (!sys_attrs) return call->send(sys_attrs.error());
  const auto paging = read_paging(*call);
  if (!paging) return call->send(paging.error());
  const broker::Subscriptions::Page page =
      subscriptions(*call).list(call->tenant, paging->offset, paging->limit,
                                [&call](const broker::Subscription& each) { return is_theirs(*call, each); });
  std::vector<Header> headers;
  if (paging->count) headers.emplace_back("NGSILD-Results-Count", std::to_string(page.total));
  if (paging->limit > 0)
    add_page_links(*call, *paging, paging->offset + page.subscriptions.size() < page.total, headers);
  std::string body = "[";
  for (const broker::SubscriptionPtr& each : page.subscriptions) {
    if (body.size() > 1) body += ',';
    append(body, *call, *each, *sys_attrs);
  }
  body += ']';
  call->send(200, std::move(body), std::move(headers));
}

void retrieve(const CallPtr& call) {
  const std::string& id = call->path[0];
  if (!is_absolute_iri(id)) return call->send(not_a_uri(id));
  const auto sys_attrs = wants_system_attributes(*call);
  if (!sys_attrs) return call->send(sys_attrs.error());
  const broker::SubscriptionPtr found = find_theirs(*call, id);
  if (!found) return call->send(unknown_subscription(id));
  std::string body;
  append(body, *call, *found, *sys_attrs);
  call->send(200, std::move(body));
}

void update(const CallPtr& call) {
  const std::string& id = call->path[0];
  if (!is_absolute_iri(id)) return call->send(not_a_uri(id));
  if (!find_theirs(*call, id)) return call->send(unknown_subscription(id));
  std::string body = call->body->canonical();
  call->body.reset();
  subscriptions(*call).update(call->tenant, id, std::move(body), call->context,
                              [call](Result<broker::SubscriptionPtr> changed) {
                                if (!changed) return call->send(changed.error());
                                call->send_nothing(204);
                              });
}

void remove(const CallPtr& call) {
  const std::string& id = call->path[0];
  if (!is_absolute_iri(id)) return call->send(not_a_uri(id));
  if (!find_theirs(*call, id)) return call->send(unknown_subscription(id));
  subscriptions(*call).remove(call->tenant, id, [call](Result<void> removed) {
    if (!removed) return call->send(removed.error());
    call->send_nothing(204);
  });
}

}  // namespace

std::vector<Route> subscription_routes() {
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  const RouteAnswer unknown{404, "There is no such subscription", "ProblemDetails"};
  const RouteAnswer no_context{504, "The jsonldContext cannot be had", "ProblemDetails"};
  constexpr std::string_view kTag = "Subscriptions";
  return {
      {.method = "POST",
       .path = "/subscriptions",
       .id = "createSubscription",
       .tag = kTag,
       .summary = "Subscribe to changes of entities",
       .clause = "5.8.1, 6.10.3.1",
       .body = BodyKind::kEntity,
       .body_schema = "Subscription",
       .answers = {{201, "Created; Location tells where"},
                   wrong,
                   {409, "There is one with this id", "ProblemDetails"},
                   no_context},
       .handle = create,
       .makes_tenant = true},
      {.method = "GET",
       .path = "/subscriptions",
       .id = "querySubscriptions",
       .tag = kTag,
       .summary = "List subscriptions, in the order of their creation",
       .clause = "5.8.4, 6.10.3.2",
       .parameters = {"limit", "offset", "count", "options"},
       .answers = {{200, "Subscriptions", "SubscriptionList"}, wrong},
       .handle = list},
      {.method = "GET",
       .path = "/subscriptions/{subscriptionId}",
       .id = "retrieveSubscription",
       .tag = kTag,
       .summary = "Retrieve a subscription, its status and what became of its notices",
       .clause = "5.8.3, 6.11.3.1",
       .parameters = {"options"},
       .answers = {{200, "The subscription", "Subscription"}, wrong, unknown},
       .handle = retrieve},
      {.method = "PATCH",
       .path = "/subscriptions/{subscriptionId}",
       .id = "updateSubscription",
       .tag = kTag,
       .summary = "Change a subscription",
       .clause = "5.8.2, 6.11.3.2",
       .body = BodyKind::kEntity,
       .body_schema = "SubscriptionFragment",
       .answers = {{204, "Changed"}, wrong, unknown, no_context},
       .handle = update},
      {.method = "DELETE",
       .path = "/subscriptions/{subscriptionId}",
       .id = "deleteSubscription",
       .tag = kTag,
       .summary = "End a subscription",
       .clause = "5.8.5, 6.11.3.3",
       .answers = {{204, "Deleted; no notice comes any more"}, wrong, unknown},
       .handle = remove},
  };
}

}  // namespace tsunagu::gateway::ngsild
