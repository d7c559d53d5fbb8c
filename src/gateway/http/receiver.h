// Request bodies that are not to lie in memory: taken piece by piece, however large.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/http.h"

namespace tsunagu::gateway {

/// Takes the body of one request. Everything on the connection's thread. Destroyed without finish(): the client broke
/// off.
class BodyReceiver {
 public:
  virtual ~BodyReceiver() = default;
  virtual Result<void> write(std::string_view bytes) = 0;    ///< an error ends the request with it
  virtual void finish(RequestPtr request, Reply reply) = 0;  ///< all of it has come; the request's body() is empty
};

/// A path whose bodies go to receivers instead of the router. Bodies beyond `max_bytes` are refused; the time limit of
/// bodies counts from the last piece.
struct ReceiverRoute {
  std::string method, path;  ///< the path as a whole, without parameters
  std::uint64_t max_bytes = 0;
  /// Called when the head of a request has come; an error ends the request with it.
  std::function<Result<std::unique_ptr<BodyReceiver>>(const Request&)> open;
  /// Called before it; an answer ends the request with it. May be empty.
  std::function<std::optional<Response>(const Request&)> door = {};
};

}  // namespace tsunagu::gateway
