// One NGSI-LD request on its way: opened from HTTP (tenant, media types, parameters, body, @context), handled by a
// route, answered.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/guard/disclosure.h"
#include "gateway/http/http.h"
#include "gateway/ngsild/api.h"
#include "gateway/ngsild/media_type.h"
#include "ngsi/body.h"
#include "ngsi/context.h"

namespace tsunagu::gateway::ngsild {

struct Route;

/// What all calls share.
struct Api {
  broker::Broker& broker;
  const Guard& guard;
  ApiOptions options;
  Instant started;
};

/// Shared by the steps of one request; used by one thread at a time.
class Call {
 public:
  Call(const Api& api_in, const Route& route_in, RequestPtr request_in, PathParameters path_in, Reply reply_in)
      : api(api_in),
        route(route_in),
        request(std::move(request_in)),
        path(std::move(path_in)),
        reply(std::move(reply_in)),
        view(api_in.broker.store, api_in.guard.authority(), request->caller()->subject, request->caller()->purpose) {}

  const Api& api;
  const Route& route;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  QueryString query;
  std::string tenant_name;  ///< "": the default one
  store::TenantId tenant;
  std::optional<ngsi::Body> body;
  MediaType body_media = MediaType::kJson;
  MediaType answer_media = MediaType::kJson;
  bool context_in_body = false;  ///< the answer carries its @context itself; else a Link header does
  ngsi::ContextPtr context;      ///< of the request
  std::string plan;              ///< for the header Tsunagu-Plan, when asked for
  mutable trust::View view;      ///< the graph as the caller may see and change it
  mutable Disclosure disclosed;  ///< what personal data the answer holds

  store::Store& store() const { return view; }
  /// The answer shows this entity.
  void note(const ngsi::Record& shown, trust::Action action = trust::kRead) const {
    disclosed.note(view, tenant, action, shown);
  }
  /// The same for what is told or changed of the past of an entity that may not exist any more.
  void note_past(std::string_view id, trust::Action action = trust::kHistory) const;
  /// For answers that are sent in pieces: what was noted is in the audit log when this returns. False: it cannot be
  /// written, the piece must not be sent.
  bool write_down() const;
  bool wants_plan() const;
  /// Makes the tenant if it is new and the route may.
  Result<void> prepare_tenant();

  /// Answers. Each is to be called once, as the last thing done with the reply.
  void send(unsigned status, std::string body,
            std::vector<Header> headers = {});  ///< data in answer_media, with its @context
  void send_plain_json(unsigned status,
                       std::string body);  ///< application/json without @context (results of batches, errors)
  void send_nothing(unsigned status, std::vector<Header> headers = {});
  void send(const Error& error);
  /// The head of an answer in answer_media.
  Response head(unsigned status, std::vector<Header> headers = {});

 private:
  void record_hidden() const;
  friend void open(const Api&, const Route&, RequestPtr, PathParameters, Reply);
  void add_caller_headers(std::vector<Header>& headers) const;
  trust::AuditRecord about_this(trust::AuditRecord&& record) const;
  void deliver(Response response);
  bool new_tenant_ = false;
};
using CallPtr = std::shared_ptr<Call>;

/// Opens the request and calls the route's handler, at once or later on the connection's thread; or answers the error.
void open(const Api& api, const Route& route, RequestPtr request, PathParameters path, Reply reply);

/// BatchOperationResult (5.2.16): the ids of what was done, and of what was not and why.
std::string batch_result(const std::vector<std::string>& done,
                         const std::vector<std::pair<std::string, Error>>& failed);

/// Submits one write (the body is given up); when it succeeded `then` answers (on a thread of the store), else the
/// error is answered.
void write(const CallPtr& call, std::string id, store::Decide decide,
           std::function<void(Call&, const store::Outcome&)> then);
/// Submits several (the body is given up); `then` gets the outcomes, in order, on the connection's thread.
void write_all(const CallPtr& call, std::vector<store::Write> writes,
               std::function<void(std::vector<store::Outcome>)> then);

/// Resolves several @contexts (each a JSON value, "" for the core one), all at the same time; `then` gets them in
/// order, on the connection's thread.
void resolve_all(const CallPtr& call, std::vector<std::string> contexts,
                 std::function<void(std::vector<Result<ngsi::ContextPtr>>)> then);

}  // namespace tsunagu::gateway::ngsild
