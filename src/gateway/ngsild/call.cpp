#include "gateway/ngsild/call.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <unordered_map>

#include "base/json.h"
#include "gateway/ngsild/link.h"
#include "gateway/ngsild/route.h"
#include "store/history/last_state.h"

namespace tsunagu::gateway::ngsild {
namespace {

/// Every operation takes these; without federation they change nothing but what an unfiltered query may do.
constexpr std::string_view kLocal = "local";

Result<void> check_parameters(const Route& route, const QueryString& query) {
  for (const auto& [key, value] : query.all()) {
    if (key == kLocal && (value == "true" || value == "false")) continue;
    if (key == kLocal) return bad("parameter local must be true or false");
    if (std::find(route.parameters.begin(), route.parameters.end(), key) != route.parameters.end()) continue;
    std::string known;
    for (const std::string_view parameter : route.parameters) known.append(parameter).append(", ");
    return fail(ErrorCode::kInvalidRequest,
                "unknown query parameter \"" + key + "\"; this operation takes " + known + "local");
  }
  return {};
}

bool changes_something(std::string_view method) {
  return method == "POST" || method == "PATCH" || method == "PUT";
}

bool fits(const ngsi::Body& body, BodyKind kind) {
  if (kind == BodyKind::kItems) return body.is_array();
  return body.is_object() || (kind == BodyKind::kAttribute && body.is_array());
}

/// The JSON of the @context that the request names, "" for none. For a body of items with their own @contexts: "".
Result<std::string> named_context(const Call& call) {
  auto link = context_link(call.request->header("Link"));
  if (!link) return link;
  const ngsi::Body* body = call.body && call.route.body != BodyKind::kDocument ? &*call.body : nullptr;
  if (body != nullptr && call.body_media == MediaType::kJsonLd) {
    if (!link->empty())
      return bad("a body of type application/ld+json brings its own @context: no Link header with another one");
    if (call.route.body == BodyKind::kItems) return std::string();
    std::string own = body->context_json();
    if (own.empty()) return bad("a body of type application/ld+json needs a member \"@context\"");
    return own;
  }
  if (body != nullptr) {
    for (std::size_t i = 0; i < body->size(); ++i) {
      if (body->context_json(i).empty()) continue;
      return bad(
          "a body of type application/json must not have a member \"@context\": name the @context in a Link header, "
          "or send the body as application/ld+json");
    }
  }
  if (link->empty()) return std::string();
  std::string json;
  append_json_string(json, *link);
  return json;
}

/// The header; where the route takes it also the parameter, for browsers, which cannot set headers everywhere.
std::string tenant_of(const Route& route, const Request& request) {
  std::string tenant(request.header("NGSILD-Tenant"));
  if (!tenant.empty() || std::ranges::find(route.parameters, "tenant") == route.parameters.end()) return tenant;
  if (const auto query = QueryString::parse(request.target())) tenant = query->get("tenant").value_or("");
  return tenant;
}

Error not_acceptable(const Route& route) {
  if (!route.only_media_type.empty()) {
    return {ErrorCode::kNotAcceptable, "this can be had as " + std::string(route.only_media_type)};
  }
  return {ErrorCode::kNotAcceptable, std::string("this can be had as application/json, application/ld+json") +
                                         (route.geojson ? ", application/geo+json" : "")};
}

void note_change(const Call& call, const store::Outcome& outcome) {
  if (!outcome.result || outcome.before.get() == outcome.after.get()) return;
  if (!outcome.after) return call.note(*outcome.before, trust::kDelete);
  call.note(*outcome.after, outcome.before ? trust::kUpdate : trust::kCreate);
  const auto& asks = call.api.options.asks_device;
  if (asks && asks(call.tenant, outcome.before.get(), *outcome.after)) call.disclosed.note_command(*outcome.after);
}

void handle(const CallPtr& call) {
  call->route.handle(call);
}

void find_context(const CallPtr& call) {
  Result<std::string> named = named_context(*call);
  if (!named) return call->send(named.error());
  if (named->empty()) {
    call->context = ngsi::core_context();
    return handle(call);
  }
  broker::Contexts& contexts = call->api.broker.contexts;
  if (ngsi::ContextPtr at_hand = contexts.at_hand(*named)) {
    call->context = std::move(at_hand);
    return handle(call);
  }
  contexts.resolve(*named, [call](Result<ngsi::ContextPtr> context) {
    call->reply.defer([call, context = std::move(context)] {
      if (!context) return call->send(context.error());
      call->context = *context;
      handle(call);
    });
  });
}

}  // namespace

bool Call::wants_plan() const {
  // What the store looked at tells of what is there: for those only from whom nothing of it is hidden.
  return request->header("Tsunagu-Explain") == "true" && view.access(tenant)->all();
}

Result<void> Call::prepare_tenant() {
  if (!new_tenant_) return {};
  auto made = store().make_tenant(tenant_name);
  if (!made) return tl::unexpected(made.error());
  tenant = *made;
  new_tenant_ = false;
  return {};
}

void Call::add_caller_headers(std::vector<Header>& headers) const {
  if (!tenant_name.empty()) headers.emplace_back("NGSILD-Tenant", tenant_name);
  if (!api.guard.open()) headers.emplace_back("Cache-Control", "no-store");
}

Response Call::head(unsigned status, std::vector<Header> headers) {
  Response response;
  response.status = status;
  response.content_type = name(answer_media);
  response.headers = std::move(headers);
  if (!context_in_body && context) {
    static const std::string core_link = print_context_link(ngsi::kCoreContextUrl);
    const std::string& url = context->link_url();
    broker::Contexts& contexts = api.broker.contexts;
    if (url == ngsi::kCoreContextUrl) {
      response.headers.emplace_back("Link", core_link);
    } else {
      response.headers.emplace_back(
          "Link", print_context_link(url.empty() ? contexts.url_of(contexts.implicit_id(*context)) : url));
    }
  }
  if (!plan.empty()) response.headers.emplace_back("Tsunagu-Plan", std::move(plan));
  add_caller_headers(response.headers);
  return response;
}

void Call::send(unsigned status, std::string body_text, std::vector<Header> headers) {
  Response response = head(status, std::move(headers));
  response.body = std::move(body_text);
  deliver(std::move(response));
}

void Call::send_plain_json(unsigned status, std::string body_text) {
  Response response;
  response.status = status;
  response.content_type = name(MediaType::kJson);
  response.body = std::move(body_text);
  add_caller_headers(response.headers);
  deliver(std::move(response));
}

void Call::send_nothing(unsigned status, std::vector<Header> headers) {
  Response response;
  response.status = status;
  response.headers = std::move(headers);
  add_caller_headers(response.headers);
  deliver(std::move(response));
}

trust::AuditRecord Call::about_this(trust::AuditRecord&& record) const {
  record.subject = view.subject();
  record.purpose = view.purpose();
  record.tenant = tenant_name;
  const std::string_view method = request->method(), target = request->path();
  record.request.reserve(method.size() + 1 + target.size());
  record.request.append(method).append(1, ' ').append(target);
  record.peer = request->peer();
  if (record.outcome.empty()) record.outcome = "ok";
  return std::move(record);
}

/// Nothing is sent before it is written down.
void Call::deliver(Response response) {
  if (disclosed.empty()) return reply.send(std::move(response));
  auto held = std::make_shared<std::pair<Reply, Response>>(std::move(reply), std::move(response));
  api.guard.auditor().record(about_this(disclosed.take()), [held](Result<void> written) {
    if (!written) return held->first.send(written.error());
    held->first.send(std::move(held->second));
  });
}

void Call::note_past(std::string_view id, trust::Action action) const {
  if (!view.access(tenant)->knows_persons()) return;
  ngsi::RecordPtr record = view.behind().find(tenant, id);
  if (!record) {
    const auto history = view.behind().history(tenant);
    const auto who = history ? (*history)->entity(id) : tl::unexpected(history.error());
    if (!who || !*who) return;
    auto last = store::last_state(**history, **who);
    if (!last) return;
    record = std::move(*last);
  }
  note(*record, action);
}

bool Call::write_down() const {
  if (disclosed.empty()) return true;
  std::promise<bool> written;
  api.guard.auditor().record(about_this(disclosed.take()), [&written](Result<void> ok) { written.set_value(!!ok); });
  return written.get_future().get();
}

void Call::send(const Error& error) {
  if (error.code == ErrorCode::kForbidden) {
    trust::AuditRecord denied;
    denied.kind = trust::AuditKind::kDenied;
    denied.action = "request";
    denied.outcome = error.detail;
    denied.entities.assign(path.begin(), path.begin() + (path.empty() ? 0 : 1));
    api.guard.auditor().record(about_this(std::move(denied)), {});
  }
  if (error.code == ErrorCode::kUnsupportedMediaType) {
    return send_nothing(info(error.code).status, {{"Accept-Post", "application/json, application/ld+json"}});
  }
  send_plain_json(info(error.code).status, problem_json(error));
  if (error.code == ErrorCode::kResourceNotFound) record_hidden();
}

/// What is hidden was answered as if it were not there: that it was asked for is written down. After the answer, so
/// that its time tells nothing.
void Call::record_hidden() const {
  const trust::AccessPtr access = view.access(tenant);
  if (path.empty() || access->all()) return;
  const ngsi::RecordPtr hidden = view.behind().find(tenant, path.front());
  if (!hidden || view.find(tenant, path.front())) return;
  const std::string_view method = request->method();
  trust::AuditRecord denied;
  denied.kind = trust::AuditKind::kDenied;
  denied.action = method == "GET" ? "read" : method == "DELETE" && path.size() == 1 ? "delete" : "update";
  denied.outcome = "answered as absent";
  denied.entities = {path.front()};
  if (const std::string_view person = access->person_of(*hidden); !person.empty()) denied.persons.emplace_back(person);
  api.guard.auditor().record(about_this(std::move(denied)), {});
}

void open(const Api& api, const Route& route, RequestPtr request, PathParameters path, Reply reply) {
  auto call = std::make_shared<Call>(api, route, std::move(request), std::move(path), std::move(reply));
  const std::string& tenant = call->tenant_name = tenant_of(route, *call->request);
  if (!tenant.empty() && !route.without_tenant) {
    if (const auto found = call->view.find_tenant(tenant)) {
      call->tenant = *found;
    } else if (route.makes_tenant && api.options.create_tenants) {
      call->new_tenant_ = true;
    } else {
      return call->send({ErrorCode::kNonexistentTenant, "there is no tenant " + tenant});
    }
  }
  const bool has_body = route.body != BodyKind::kNone;
  if (has_body && changes_something(route.method)) {
    const auto media = body_type(call->request->header("Content-Type"), route.method == "PATCH");
    if (!media) return call->send({ErrorCode::kUnsupportedMediaType, ""});
    call->body_media = *media;
  }
  const std::string_view accept = call->request->header("Accept");
  if (route.only_media_type.empty()) {
    const auto answer = negotiate(accept, route.geojson);
    if (!answer) return call->send(not_acceptable(route));
    call->answer_media = *answer;
  } else if (!call->request->has_header("Upgrade") && !accepts(accept, route.only_media_type)) {
    return call->send(not_acceptable(route));
  }
  call->context_in_body =
      call->answer_media == MediaType::kJsonLd ||
      (call->answer_media == MediaType::kGeoJson && !prefers_plain_json(call->request->header("Prefer")));
  auto query = QueryString::parse(call->request->target());
  if (!query) return call->send(query.error());
  call->query = std::move(*query);
  if (auto ok = check_parameters(route, call->query); !ok) return call->send(ok.error());
  if (has_body) {
    auto body = ngsi::Body::parse(call->request->body(), api.options.body);
    if (!body) return call->send(body.error());
    if (!fits(*body, route.body)) {
      return call->send({ErrorCode::kBadRequestData, route.body == BodyKind::kItems
                                                         ? "the body must be a JSON array"
                                                         : "the body must be a JSON object"});
    }
    call->body = std::move(*body);
  }
  find_context(call);
}

void write(const CallPtr& call, std::string id, store::Decide decide,
           std::function<void(Call&, const store::Outcome&)> then) {
  call->body.reset();  // here, where its parser can be used again; not on the store's thread
  std::vector<store::Write> writes;
  writes.emplace_back(store::EntityWrite{call->tenant, std::move(id), std::move(decide)});
  call->store().submit(std::move(writes), [call, then = std::move(then)](std::vector<store::Outcome> outcomes) {
    const store::Outcome& outcome = outcomes.front();
    if (!outcome.result) return call->send(outcome.result.error());
    note_change(*call, outcome);
    then(*call, outcome);
  });
}

std::string batch_result(const std::vector<std::string>& done,
                         const std::vector<std::pair<std::string, Error>>& failed) {
  std::string out = R"({"success":[)";
  for (const std::string& id : done) {
    if (out.back() != '[') out += ',';
    append_json_string(out, id);
  }
  out += R"(],"errors":[)";
  for (const auto& [id, error] : failed) {
    if (out.back() != '[') out += ',';
    out += R"({"entityId":)";
    append_json_string(out, id);
    out += R"(,"error":)";
    out += problem_json(error);
    out += '}';
  }
  return out += "]}";
}

void write_all(const CallPtr& call, std::vector<store::Write> writes,
               std::function<void(std::vector<store::Outcome>)> then) {
  call->body.reset();
  if (writes.empty()) return then({});
  call->store().submit(std::move(writes), [call, then = std::move(then)](std::vector<store::Outcome> outcomes) {
    for (const store::Outcome& outcome : outcomes) note_change(*call, outcome);
    call->reply.defer([then, outcomes = std::move(outcomes)]() mutable { then(std::move(outcomes)); });
  });
}

void resolve_all(const CallPtr& call, std::vector<std::string> contexts,
                 std::function<void(std::vector<Result<ngsi::ContextPtr>>)> then) {
  struct Gathering {
    std::vector<std::string> distinct;
    std::vector<std::size_t> which;  ///< of `distinct`, for each wanted
    std::vector<Result<ngsi::ContextPtr>> outcome;
    std::atomic<std::size_t> missing{0};
    std::function<void(std::vector<Result<ngsi::ContextPtr>>)> then;
    void finish() {
      std::vector<Result<ngsi::ContextPtr>> all;
      all.reserve(which.size());
      for (const std::size_t i : which) all.push_back(outcome[i]);
      then(std::move(all));
    }
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->then = std::move(then);
  std::unordered_map<std::string, std::size_t> places;
  for (std::string& json : contexts) {
    const auto [at, is_new] = places.try_emplace(json, gathering->distinct.size());
    gathering->which.push_back(at->second);
    if (is_new) gathering->distinct.push_back(std::move(json));
  }
  broker::Contexts& service = call->api.broker.contexts;
  std::vector<std::size_t> missing;
  for (const std::string& json : gathering->distinct) {
    ngsi::ContextPtr context = json.empty() ? ngsi::core_context() : service.at_hand(json);
    if (!context) missing.push_back(gathering->outcome.size());
    gathering->outcome.emplace_back(std::move(context));
  }
  if (missing.empty()) return gathering->finish();
  gathering->missing = missing.size();
  for (const std::size_t i : missing) {
    service.resolve(gathering->distinct[i], [call, gathering, i](Result<ngsi::ContextPtr> context) {
      gathering->outcome[i] = std::move(context);
      if (--gathering->missing == 0) call->reply.defer([gathering] { gathering->finish(); });
    });
  }
}

}  // namespace tsunagu::gateway::ngsild
