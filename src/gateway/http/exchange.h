// One request and the way back for its answer. Internal to the server.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "gateway/http/http.h"
#include "gateway/http/http_metrics.h"
#include "gateway/http/receiver.h"
#include "gateway/http/request_head.h"

namespace tsunagu::gateway {

class Connection;

/// Filled by the connection, then read by the handler on any thread; the answer goes back to the connection's thread.
/// Keeps the connection object (not the socket) alive, so that a late answer finds somebody who can drop it.
class Exchange final : public Request, public Reply::Sink, public std::enable_shared_from_this<Exchange> {
 public:
  explicit Exchange(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

  std::string_view method() const override { return head.view(head.method); }
  std::string_view target() const override { return head.view(head.target); }
  std::string_view path() const override { return head.view(head.path); }
  std::string_view body() const override { return body_text; }
  std::string_view header(std::string_view name) const override {
    return head.field(name).value_or(std::string_view{});
  }
  bool has_header(std::string_view name) const override { return head.field(name).has_value(); }
  std::string_view peer() const override;
  bool secure() const override;
  const ClientCertificate* client_certificate() const override;

  void send(Response answer) override;
  void stream(Response answer, std::unique_ptr<BodyStream> source) override;
  void live(Response answer, std::unique_ptr<LiveStream> source) override;
  void defer(std::function<void()> work) override;
  bool client_gone() const override;
  void routed(std::size_t given_route) override { route = given_route; }

  /// Hands the answer to the connection; on its thread.
  void deliver();

  RequestHead head;
  std::size_t route = HttpMetrics::kNoRoute;
  std::chrono::steady_clock::time_point begun;  ///< when the request was complete; only kept if somebody counts
  std::string body_text;
  std::unique_ptr<BodyReceiver> receiver;  ///< takes the body instead
  std::uint64_t received = 0;              ///< bytes it has taken
  std::uint64_t max_body_bytes = 0;
  Response response;
  std::unique_ptr<BodyStream> body_stream;  ///< empty: the body is in `response`
  LiveStream* live_stream = nullptr;        ///< body_stream, when it is one without end
  bool ready = false;                       ///< answered while its handler ran

 private:
  void answered();
  const std::shared_ptr<Connection> connection_;
};

}  // namespace tsunagu::gateway
