#include "gateway/http/loop.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <ctime>

#include "gateway/http/connection.h"
#include "gateway/http/exchange.h"

namespace tsunagu::gateway {
namespace {

thread_local const Loop* t_loop = nullptr;

// What browsers are told with every answer: no guessing of types, no paths to other sites, no embedding by them (unless
// other sites may read), no way back to plain HTTP for a year.
std::string safeguards(const ServerOptions& options) {
  std::string lines =
      "X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\nCross-Origin-Resource-Policy: ";
  lines += options.cors_origin.empty() ? "same-origin\r\n" : "cross-origin\r\n";
  if (options.tls.used()) lines += "Strict-Transport-Security: max-age=31536000\r\n";
  return lines;
}

// A second, or less where a limit is that short.
std::chrono::milliseconds sweep_period(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.write_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(1000));
}

}  // namespace

Loop::Loop(std::shared_ptr<ServerState> server)
    : server_(std::move(server)),
      guard_(io_.get_executor()),
      timer_(io_.get_executor()),
      sweep_period_(sweep_period(server_->options)),
      safeguards_(safeguards(server_->options)) {}

bool Loop::here() const {
  return t_loop == this;
}

void Loop::run() {
  t_loop = this;
  print_stamp();
  schedule_sweep();
  io_.run();
  count_bytes();
  std::vector<std::shared_ptr<Exchange>> answered;
  std::vector<std::function<void()>> deferred;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    answered.swap(answered_);
    deferred.swap(deferred_);
  }
  work_.clear();
  t_loop = nullptr;
}

void Loop::answered(std::shared_ptr<Exchange> exchange) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  answered_.push_back(std::move(exchange));
  wake();
}

void Loop::defer(std::function<void()> work) {
  if (here()) {
    work_.push_back(std::move(work));
    const std::lock_guard lock(mutex_);
    wake();
    return;
  }
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  deferred_.push_back(std::move(work));
  wake();
}

void Loop::wake() {
  if (std::exchange(awake_, true)) return;
  asio::post(io_, [this] { drain(); });
}

void Loop::drain() {
  {
    const std::lock_guard lock(mutex_);
    delivering_.swap(answered_);
    for (auto& work : deferred_) work_.push_back(std::move(work));
    deferred_.clear();
    awake_ = false;
  }
  for (const auto& exchange : delivering_) exchange->deliver();
  delivering_.clear();
  if (forced_) work_.clear();
  if (work_.empty()) return;
  const auto work = std::move(work_.front());
  work_.pop_front();
  work();
  if (work_.empty()) return;
  const std::lock_guard lock(mutex_);
  wake();
}

void Loop::open(Socket socket, bool refused) {
  auto connection = std::make_shared<Connection>(shared_from_this(), std::move(socket));
  asio::dispatch(io_, [this, connection = std::move(connection), refused] {
    connections_.push_back(connection);
    if (server_->metrics) server_->metrics->connections(1);
    connection->start(connections_.size() - 1, refused);
  });
}

void Loop::remove(Connection& connection) {
  const std::size_t place = connection.place();
  std::swap(connections_[place], connections_.back());
  connections_[place]->move_to(place);
  const auto last = std::move(connections_.back());
  connections_.pop_back();
  server_->connections.fetch_sub(1, std::memory_order_relaxed);
  if (server_->metrics) server_->metrics->connections(-1);
  end_if_empty();
}

void Loop::end_if_empty() {
  if (!stopping_ || !connections_.empty()) return;
  timer_.cancel();
  guard_.reset();
}

void Loop::stop() {
  asio::post(io_, [this] {
    stopping_ = true;
    for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->stop();
    end_if_empty();
  });
}

void Loop::force() {
  asio::post(io_, [this] {
    stopping_ = forced_ = true;
    while (!connections_.empty()) connections_.back()->close();
    end_if_empty();
  });
}

void Loop::schedule_sweep() {
  timer_.expires_after(sweep_period_);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    sweep();
    if (!stopping_ || !connections_.empty()) schedule_sweep();
  });
}

void Loop::sweep() {
  ++tick_;
  print_stamp();
  count_bytes();
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->sweep();
}

void Loop::count_bytes() {
  if (server_->metrics) server_->metrics->bytes(received_, sent_);
  received_ = sent_ = 0;
}

bool Loop::passed(std::uint32_t since, std::chrono::milliseconds time) const {
  return tick_ - since > 0 && sweep_period_ * (tick_ - since - 1) >= time;
}

void Loop::print_stamp() {
  const std::time_t second = std::time(nullptr);
  if (second == stamp_second_) return;
  stamp_second_ = second;
  std::tm utc{};
  gmtime_r(&second, &utc);
  char text[96];
  const std::size_t size =
      std::strftime(text, sizeof text, "Server: Tsunagu\r\nDate: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
  stamp_.assign(text, size).append(safeguards_);
}

}  // namespace tsunagu::gateway
