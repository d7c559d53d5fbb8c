#include "gateway/http/server.h"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gateway/http/connection.h"
#include "gateway/http/loop.h"

namespace tsunagu::gateway {
namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

// Beyond the limit this many more are told 503; still more are closed without a word.
constexpr std::size_t kRefusedAtOnce = 256;
constexpr std::chrono::milliseconds kAcceptPause{50};

// Accepts on the first loop and deals the sockets out in turn.
class Listener final : public Server {
 public:
  explicit Listener(std::shared_ptr<ServerState> state) : state_(std::move(state)) {
    for (int i = 0; i < std::max(1, state_->options.threads); ++i) loops_.push_back(std::make_shared<Loop>(state_));
    acceptor_.emplace(loops_[0]->io().get_executor());
    pause_.emplace(loops_[0]->io().get_executor());
  }
  ~Listener() override { stop(std::chrono::seconds(0)); }

  Result<void> listen() {
    boost::system::error_code fault;
    const ServerOptions& options = state_->options;
    const auto address = asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, fault);
    const asio::ip::tcp::endpoint endpoint(address, options.port);
    if (!fault) acceptor_->open(endpoint.protocol(), fault);
    if (!fault) acceptor_->set_option(Acceptor::reuse_address(true), fault);
    if (!fault) acceptor_->bind(endpoint, fault);
    if (!fault) acceptor_->listen(4096, fault);
    if (fault) {
      return fail(ErrorCode::kUnavailable,
                  "Cannot listen on " + options.host + ":" + std::to_string(options.port) + ": " + fault.message());
    }
    port_ = acceptor_->local_endpoint().port();
    accept();
    for (const auto& loop : loops_) {
      threads_.emplace_back([this, loop] {
        loop->run();
        const std::lock_guard lock(mutex_);
        ++ended_;
        all_ended_.notify_all();
      });
    }
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void stop(std::chrono::milliseconds grace) override {
    if (threads_.empty()) return;
    asio::post(loops_[0]->io(), [this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
      for (const auto& loop : loops_) loop->stop();
    });
    {
      std::unique_lock lock(mutex_);
      if (!all_ended_.wait_for(lock, grace, [this] { return ended_ == loops_.size(); })) {
        lock.unlock();
        for (const auto& loop : loops_) loop->force();
      }
    }
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void accept() {
    Loop& loop = *loops_[next_];
    acceptor_->async_accept(loop.io().get_executor(),
                            [this, &loop](const boost::system::error_code& fault, Socket socket) {
                              if (!acceptor_->is_open()) return;
                              if (!fault) {
                                next_ = (next_ + 1) % loops_.size();
                                admit(loop, std::move(socket));
                              } else if (fault != asio::error::connection_aborted) {
                                // No file descriptors or no memory: the client waits in the queue until there is one.
                                pause_->expires_after(kAcceptPause);
                                pause_->async_wait([this](const boost::system::error_code& cancelled) {
                                  if (!cancelled && acceptor_->is_open()) accept();
                                });
                                return;
                              }
                              accept();
                            });
  }

  void admit(Loop& loop, Socket socket) {
    const std::size_t limit = state_->options.max_connections;
    const std::size_t others = state_->connections.load(std::memory_order_relaxed);
    if (others >= limit + kRefusedAtOnce) return;
    state_->connections.fetch_add(1, std::memory_order_relaxed);
    loop.open(std::move(socket), others >= limit);
  }

  const std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::optional<Acceptor> acceptor_;
  std::optional<
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>>
      pause_;
  std::size_t next_ = 0;
  std::uint16_t port_ = 0;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable all_ended_;
  std::size_t ended_ = 0;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Router router) {
  std::unique_ptr<Tls> tls;
  if (options.tls.used()) {
    auto opened = Tls::open(options.tls, options.metrics);
    if (!opened) return tl::unexpected(opened.error());
    tls = std::move(*opened);
  }
  auto state = std::make_shared<ServerState>(std::move(options), std::move(router), std::move(tls));
  auto server = std::make_unique<Listener>(std::move(state));
  if (const auto listening = server->listen(); !listening) return tl::unexpected(listening.error());
  return server;
}

}  // namespace tsunagu::gateway
