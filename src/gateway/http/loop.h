// One thread of the server: its io_context, its connections, and what other threads want done on it. Internal to the
// server.
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/http/http.h"
#include "gateway/http/http_metrics.h"
#include "gateway/http/server.h"
#include "gateway/http/tls.h"

namespace tsunagu::gateway {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class Connection;
class Exchange;

/// What the threads of one server share.
struct ServerState {
  ServerState(ServerOptions given_options, Router given_router, std::unique_ptr<Tls> given_tls)
      : options(std::move(given_options)), router(std::move(given_router)), tls(std::move(given_tls)) {
    if (options.metrics != nullptr) metrics.emplace(*options.metrics, router);
  }
  ServerOptions options;
  Router router;
  const std::unique_ptr<Tls> tls;  ///< null: plain HTTP
  std::atomic<std::size_t> connections{0};
  std::optional<HttpMetrics> metrics;
};

class Loop : public Worker, public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(std::shared_ptr<ServerState> server);

  // From any thread.
  /// `exchange` has its answer. Many answers that come while the thread sleeps cost one wake-up.
  void answered(std::shared_ptr<Exchange> exchange);
  /// Runs `work` on the thread; between two of them the sockets have their turn.
  void defer(std::function<void()> work) override;
  void open(Socket socket, bool refused);
  void stop();   ///< closes what is idle, ends after the last request
  void force();  ///< closes everything
  bool here() const;
  asio::io_context& io() { return io_; }

  // From its own thread.
  void run();  ///< returns after stop() and the last connection, or after force()
  void remove(Connection& connection);
  void received(std::size_t bytes) { received_ += bytes; }
  void sent(std::size_t bytes) { sent_ += bytes; }
  ServerState& server() const { return *server_; }
  bool stopping() const { return stopping_; }
  /// Sweeps since the start; a sweep takes `sweep_period()`.
  std::uint32_t tick() const { return tick_; }
  /// Have at least `time` passed since tick `since`?
  bool passed(std::uint32_t since, std::chrono::milliseconds time) const;
  /// Header lines that every answer has.
  std::string_view stamp() const { return stamp_; }

 private:
  void wake();
  void drain();
  void sweep();
  void schedule_sweep();
  void end_if_empty();
  void print_stamp();
  void count_bytes();

  const std::shared_ptr<ServerState> server_;
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> guard_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer_;
  const std::chrono::milliseconds sweep_period_;
  const std::string safeguards_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::deque<std::function<void()>> work_;
  std::string stamp_;
  std::time_t stamp_second_ = 0;
  std::uint32_t tick_ = 0;
  std::uint64_t received_ = 0;  // bytes since the last sweep
  std::uint64_t sent_ = 0;
  bool stopping_ = false;
  bool forced_ = false;
  std::vector<std::shared_ptr<Exchange>> delivering_;

  // Written by other threads.
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> answered_;
  std::vector<std::function<void()>> deferred_;
  bool awake_ = false;  // a drain is on its way
  bool ended_ = false;
};

}  // namespace tsunagu::gateway
