#include "gateway/notify/http_connection.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

namespace tsunagu::gateway::notify {

HttpConnection::HttpConnection(HttpSender& sender, Target target)
    : sender_(sender), target_(std::move(target)), socket_(sender.io_.get_executor()) {}

void HttpConnection::send(std::string request, Clock::duration timeout, SendDone done) {
  out_ = std::move(request);
  written_ = 0;
  done_ = std::move(done);
  timeout_ = timeout;
  deadline_ = Clock::now() + timeout;
  reader_.reset();
  reused_ = state_ == State::kIdle;
  sender_.add_active(shared_from_this());
  if (!reused_) return resolve();
  state_ = State::kWriting;
  // The first piece is tried at once: nearly always it is all. What goes wrong is told from the loop.
  std::size_t n = 0;
  if (write(n) == Io::kDone) written_ = n;
  if (written_ < out_.size()) return wait(Io::kWantWrite);
  state_ = State::kReading;
  wait(Io::kWantRead);
}

void HttpConnection::resolve() {
  state_ = State::kConnecting;
  asio::post(sender_.io_, [self = shared_from_this()] {
    if (self->state_ != State::kConnecting) return;
    self->sender_.resolver_.resolve(self->target_.host, [self](const Addresses& addresses) {
      if (self->state_ != State::kConnecting) return;
      if (addresses.empty()) return self->fail(fmt::format("no address is known for {}", self->target_.host));
      self->addresses_ = addresses;
      self->connect(0);
    });
  });
}

void HttpConnection::connect(std::size_t nth) {
  if (nth == addresses_.size()) return fail(std::move(failure_), !refused_);
  if (!sender_.rules_.allows(addresses_[nth])) {
    failure_ = AddressRules::refusal(addresses_[nth]);
    refused_ = true;
    return connect(nth + 1);
  }
  boost::system::error_code error;
  socket_.close(error);
  error.clear();
  const asio::ip::tcp::endpoint to(asio::ip::make_address(addresses_[nth], error), target_.port);
  if (!error) socket_.open(to.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (error) return fail(fmt::format("no connection: {}", error.message()));
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  socket_.async_connect(to, [self = shared_from_this(), nth](const boost::system::error_code& failed) {
    if (self->state_ != State::kConnecting) return;
    if (!failed) return self->connected();
    self->failure_ = fmt::format("no connection: {}", failed.message());
    self->connect(nth + 1);
  });
}

void HttpConnection::connected() {
  state_ = State::kWriting;
  if (target_.tls) {
    ssl_ = make_session(sender_.tls_.get(), socket_.native_handle(), target_);
    if (!ssl_) return fail("no TLS: out of memory");
    state_ = State::kHandshake;
  }
  work();
}

void HttpConnection::work() {
  if (state_ == State::kHandshake) {
    const Io io = handshake();
    if (io == Io::kFailed) return fail(handshake_failure(ssl_.get()));
    if (io != Io::kDone) return wait(io);
    state_ = State::kWriting;
  }
  while (state_ == State::kWriting) {
    std::size_t n = 0;
    const Io io = write(n);
    if (io == Io::kFailed || io == Io::kEnd) return broken("the connection was broken off while sending");
    if (io != Io::kDone) return wait(io);
    written_ += n;
    if (written_ == out_.size()) {
      state_ = State::kReading;
      return wait(Io::kWantRead);
    }
  }
  if (state_ == State::kReading) read_some();
}

void HttpConnection::wait(Io what) {
  const auto kind = what == Io::kWantWrite ? Socket::wait_write : Socket::wait_read;
  socket_.async_wait(kind, [self = shared_from_this(), state = state_](const boost::system::error_code& error) {
    if (error || self->state_ != state) return;
    self->work();
  });
}

void HttpConnection::read_some() {
  while (true) {
    std::size_t n = 0;
    const Io io = read(n);
    if (io == Io::kWantRead || io == Io::kWantWrite) return wait(io);
    if (io != Io::kDone) return broken("the connection was closed before the answer");
    const auto state = reader_.feed(std::string_view(sender_.buffer_).substr(0, n));
    if (state == ResponseReader::State::kBad) return fail("the answer is not HTTP");
    if (state == ResponseReader::State::kDone || state == ResponseReader::State::kDropped) return answer_ends();
    // Plain sockets: what there was has been read, a second read would only say so.
    if (!ssl_ && n < sender_.buffer_.size()) return wait(Io::kWantRead);
  }
}

void HttpConnection::answer_ends() {
  const auto self = shared_from_this();
  broker::Attempt attempt = attempt_of(reader_.status());
  if (reader_.state() == ResponseReader::State::kDone && reader_.keep_alive()) {
    state_ = State::kIdle;
    idle_since_ = Clock::now();
    sender_.remove_active(*this);
    sender_.put_idle(self);
  } else {
    close();
  }
  tell(std::move(attempt));
}

void HttpConnection::broken(std::string why) {
  if (reader_.state() == ResponseReader::State::kBody) return answer_ends();  // what counts has come; closes below
  if (!reused_ || reader_.begun()) return fail(std::move(why));
  // The other side closed it while it was idle: not a failure of this attempt.
  reused_ = false;
  written_ = 0;
  ssl_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  resolve();
}

void HttpConnection::timed_out() {
  if (reader_.state() == ResponseReader::State::kBody) return answer_ends();
  const double seconds = std::chrono::duration<double>(timeout_).count();
  fail(state_ == State::kConnecting ? fmt::format("no connection within {:g} s", seconds)
                                    : fmt::format("no answer within {:g} s", seconds));
}

void HttpConnection::fail(std::string reason, bool worth_repeating) {
  const auto self = shared_from_this();
  close();
  tell({false, worth_repeating, std::move(reason)});
}

void HttpConnection::tell(broker::Attempt attempt) {
  if (const SendDone done = std::exchange(done_, nullptr)) done(std::move(attempt));
}

bool HttpConnection::still_good() {
  std::size_t n = 0;
  return read(n) == Io::kWantRead;
}

void HttpConnection::close() {
  if (state_ == State::kClosed) return;
  const bool active = state_ != State::kIdle && state_ != State::kNew;
  state_ = State::kClosed;
  ssl_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (active) sender_.remove_active(*this);
}

HttpConnection::Io HttpConnection::tls_result(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Io::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Io::kEnd;
    default:
      return Io::kFailed;
  }
}

HttpConnection::Io HttpConnection::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  return result == 1 ? Io::kDone : tls_result(result);
}

HttpConnection::Io HttpConnection::write(std::size_t& n) {
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), out_.data() + written_, out_.size() - written_, &n);
    return result == 1 ? Io::kDone : tls_result(result);
  }
  const ssize_t result =
      ::send(socket_.native_handle(), out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (result < 0) return errno == EAGAIN || errno == EINTR ? Io::kWantWrite : Io::kFailed;
  n = static_cast<std::size_t>(result);
  return Io::kDone;
}

HttpConnection::Io HttpConnection::read(std::size_t& n) {
  std::string& buffer = sender_.buffer_;
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &n);
    return result == 1 ? Io::kDone : tls_result(result);
  }
  const ssize_t result = ::recv(socket_.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (result < 0) return errno == EAGAIN || errno == EINTR ? Io::kWantRead : Io::kFailed;
  if (result == 0) return Io::kEnd;
  n = static_cast<std::size_t>(result);
  return Io::kDone;
}

}  // namespace tsunagu::gateway::notify
