// One connection of HttpSender. Internal to it.
#pragma once
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "gateway/notify/http_sender.h"
#include "gateway/notify/response_reader.h"

namespace tsunagu::gateway::notify {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(HttpSender& sender, Target target);

  const std::string& origin() const { return target_.origin; }
  TimePoint deadline() const { return deadline_; }
  TimePoint idle_since() const { return idle_since_; }
  std::size_t place() const { return place_; }
  void move_to(std::size_t place) { place_ = place; }

  /// Sends on a new connection, or on this one that is idle.
  void send(std::string request, Clock::duration timeout, SendDone done);
  /// Idle: has nobody closed or written to it meanwhile?
  bool still_good();
  void timed_out();
  void close();

 private:
  enum class State : unsigned char { kNew, kConnecting, kHandshake, kWriting, kReading, kIdle, kClosed };
  enum class Io : unsigned char { kDone, kWantRead, kWantWrite, kEnd, kFailed };

  void resolve();
  void connect(std::size_t nth);
  void connected();
  void work();
  void wait(Io what);
  void read_some();
  void answer_ends();
  void broken(std::string why);
  void fail(std::string reason, bool worth_repeating = true);
  void tell(broker::Attempt attempt);
  Io handshake();
  Io write(std::size_t& n);
  Io read(std::size_t& n);
  Io tls_result(int result);

  HttpSender& sender_;
  const Target target_;
  Socket socket_;
  SslPtr ssl_;
  Addresses addresses_;
  ResponseReader reader_;
  std::string out_;
  std::size_t written_ = 0;
  Clock::duration timeout_{};
  TimePoint deadline_ = kNever;
  TimePoint idle_since_{};
  SendDone done_;
  std::string failure_;  // of the last address
  std::size_t place_ = 0;
  State state_ = State::kNew;
  bool reused_ = false;
  bool refused_ = false;  // an address that may not be connected to
};

}  // namespace tsunagu::gateway::notify
