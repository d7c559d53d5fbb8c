// The HTTP/1.1 server (RFC 9110, 9112): Asio with callbacks; a fixed number of threads, a connection stays on its
// thread.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "gateway/http/http.h"
#include "gateway/http/receiver.h"
#include "gateway/http/tls.h"

namespace tsunagu::gateway {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 1026;  ///< 0: any free port
  int threads = 2;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = 16u << 20;
  std::size_t max_connections = 10000;               ///< more are answered 503 and closed
  std::chrono::milliseconds header_timeout{15'000};  ///< from the first byte of a request (slow clients) → 408
  std::chrono::milliseconds body_timeout{60'000};    ///< from the end of the head to the end of the body → 408
  std::chrono::milliseconds write_timeout{60'000};   ///< no progress in sending → closed
  std::chrono::milliseconds idle_timeout{
      120'000};             ///< keep-alive. One sweep per second per thread, no timer per operation
  std::string cors_origin;  ///< sent as Access-Control-Allow-Origin ("*" or one origin); "": none
  TlsOptions tls;
  std::vector<ReceiverRoute> receivers;  ///< what takes large bodies
  MetricRegistry* metrics = nullptr;     ///< where to count; must outlive the server
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Router router);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  /// Stops accepting, lets requests in progress finish (up to `grace`), closes idle connections, joins the threads.
  virtual void stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace tsunagu::gateway
