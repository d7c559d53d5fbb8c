// A running server with a few routes, for tests that talk to it over a socket.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/http/server.h"

namespace tsunagu::gateway {

inline Response text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

/// Replies that wait for the test to use them.
class Held {
 public:
  void put(Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_.push_back(std::move(reply));
    came_.notify_all();
  }
  /// The next one, as soon as its request has come.
  Reply take() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !replies_.empty(); });
    Reply reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    return reply;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Reply> replies_;
};

/// `pieces` times "0123456789", with an empty piece in between.
class Digits final : public BodyStream {
 public:
  explicit Digits(int pieces) : left_(2 * pieces) {}
  bool next(std::string& chunk) override {
    if (left_-- % 2 == 0) chunk += "0123456789";
    return left_ > 0;
  }

 private:
  int left_;
};

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, const std::function<void(Router&)>& add_routes = {}) {
    options.port = 0;
    Router router;
    router.add("GET", "/hello",
               [](const RequestPtr&, const PathParameters&, Reply reply) { reply.send(text("hello")); });
    router.add("GET", "/peer", [](const RequestPtr& request, const PathParameters&, Reply reply) {
      reply.send(text(std::string(request->peer())));
    });
    router.add("POST", "/echo", [](const RequestPtr& request, const PathParameters&, Reply reply) {
      reply.send(text(std::string(request->body())));
    });
    router.add("DELETE", "/thing", [](const RequestPtr&, const PathParameters&, Reply reply) {
      Response response;
      response.status = 204;
      reply.send(std::move(response));
    });
    router.add("GET", "/bytes/{n}", [](const RequestPtr&, const PathParameters& parameters, Reply reply) {
      reply.send(text(std::string(std::strtoull(parameters[0].c_str(), nullptr, 10), 'b')));
    });
    router.add("GET", "/digits/{n}", [](const RequestPtr&, const PathParameters& parameters, Reply reply) {
      reply.stream(text(""), std::make_unique<Digits>(std::atoi(parameters[0].c_str())));
    });
    router.add("GET", "/held",
               [this](const RequestPtr&, const PathParameters&, Reply reply) { held.put(std::move(reply)); });
    router.add("GET", "/forgotten", [](const RequestPtr&, const PathParameters&, const Reply&) {});
    router.add("GET", "/throws",
               [](const RequestPtr&, const PathParameters&, const Reply&) { throw std::runtime_error("x"); });
    router.add("GET", "/injected", [](const RequestPtr&, const PathParameters&, Reply reply) {
      Response response = text("");
      response.headers.emplace_back("Location", "/a\r\nEvil: 1");
      reply.send(std::move(response));
    });
    if (add_routes) add_routes(router);
    auto started = Server::start(std::move(options), std::move(router));
    if (!started) throw std::runtime_error(started.error().detail);
    server = std::move(*started);
  }
  std::uint16_t port() const { return server->port(); }

  Held held;
  std::unique_ptr<Server> server;
};

inline std::string get(std::string_view path, std::string_view fields = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}
inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

}  // namespace tsunagu::gateway
