#include "gateway/mqtt/line.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <iterator>
#include <utility>

namespace tsunagu::gateway::mqtt {

using boost::system::error_code;

Line::Line(asio::io_context& io, ServerAddress server) : server_(std::move(server)), resolver_(io), socket_(io) {}

void Line::open(std::function<void(std::string)> done) {
  resolver_.async_resolve(server_.host, std::to_string(server_.port),
                          [self = shared_from_this(), done = std::move(done)](
                              error_code error, const asio::ip::tcp::resolver::results_type& places) {
                            if (error) return done(fmt::format("{}: {}", self->server_.host, error.message()));
                            self->connect(places, 0, done);
                          });
}

void Line::connect(const asio::ip::tcp::resolver::results_type& places, std::size_t index,
                   std::function<void(std::string)> done) {
  const asio::ip::tcp::endpoint place = std::next(places.begin(), static_cast<std::ptrdiff_t>(index))->endpoint();
  error_code ignored;
  socket_.close(ignored);
  if (const int bytes = server_.receive_buffer; bytes > 0 && !socket_.open(place.protocol(), ignored)) {
    const int fd = socket_.native_handle();
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) {  // for root only
      ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
  }
  socket_.async_connect(place, [self = shared_from_this(), places, index, done = std::move(done)](error_code error) {
    if (error == asio::error::operation_aborted) return done("given up");
    if (error) {
      if (index + 1 < places.size()) return self->connect(places, index + 1, done);
      return done(fmt::format("{}:{}: {}", self->server_.host, self->server_.port, error.message()));
    }
    error_code nothing;
    self->socket_.set_option(asio::ip::tcp::no_delay(true), nothing);
    if (!self->server_.tls) return done("");
    self->shake_hands(done);
  });
}

void Line::shake_hands(std::function<void(std::string)> done) {
  error_code error;
  tls_context_.set_default_verify_paths(error);
  if (!server_.ca_file.empty()) {
    tls_context_.load_verify_file(server_.ca_file, error);
    if (error) return done(fmt::format("{} holds no certificates (PEM) that can be read", server_.ca_file));
  }
  SSL_CTX_set_min_proto_version(tls_context_.native_handle(), TLS1_2_VERSION);
  tls_.emplace(socket_, tls_context_);
  tls_->set_verify_mode(asio::ssl::verify_peer, error);
  tls_->set_verify_callback(asio::ssl::host_name_verification(server_.host), error);
  SSL_set_tlsext_host_name(tls_->native_handle(), server_.host.c_str());
  tls_->async_handshake(asio::ssl::stream_base::client,
                        [self = shared_from_this(), done = std::move(done)](error_code failed) {
                          done(failed ? fmt::format("no TLS with {}: {}", self->server_.host, failed.message()) : "");
                        });
}

void Line::read(asio::mutable_buffer into, Done done) {
  auto handler = [self = shared_from_this(), done = std::move(done)](error_code error, std::size_t bytes) {
    done(error, bytes);
  };
  if (tls_) {
    tls_->async_read_some(into, std::move(handler));
  } else {
    socket_.async_read_some(into, std::move(handler));
  }
}

void Line::write(asio::const_buffer from, Done done) {
  auto handler = [self = shared_from_this(), done = std::move(done)](error_code error, std::size_t bytes) {
    done(error, bytes);
  };
  if (tls_) {
    asio::async_write(*tls_, from, std::move(handler));
  } else {
    asio::async_write(socket_, from, std::move(handler));
  }
}

void Line::close() {
  error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
}

}  // namespace tsunagu::gateway::mqtt
