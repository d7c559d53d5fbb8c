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
        reply(std::move(reply_in)) {}

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

  store::Store& store() const { return api.broker.store; }
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
  friend void open(const Api&, const Route&, RequestPtr, PathParameters, Reply);
  void add_tenant(std::vector<Header>& headers) const;
  bool new_tenant_ = false;
};
using CallPtr = std::shared_ptr<Call>;

/// Opens the request and calls the route's handler, at once or later on the connection's thread; or answers the error.
void open(const Api& api, const Route& route, RequestPtr request, PathParameters path, Reply reply);

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
