// Receivers of notifications for tests: a listening socket, a thread per connection, and whatever behaviour the test
// wants.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tsunagu::gateway::notify {

/// The sink's end of one connection.
class Peer {
 public:
  explicit Peer(int fd) : fd_(fd) {}
  int fd() const { return fd_; }

  /// The next request, head and body; empty when the other side is gone.
  std::optional<std::string> request() {
    while (true) {
      const std::size_t end = read_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const std::size_t at = read_.find("Content-Length: ");
        const std::size_t length = at < end ? std::strtoul(read_.c_str() + at + 16, nullptr, 10) : 0;
        if (read_.size() >= end + 4 + length) {
          std::string one = read_.substr(0, end + 4 + length);
          read_.erase(0, one.size());
          return one;
        }
      }
      char buffer[4096];
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) return std::nullopt;
      read_.append(buffer, static_cast<std::size_t>(n));
    }
  }
  /// False when the other side is gone.
  bool write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  bool ok() { return write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); }
  /// Returns when the other side has closed.
  void wait_for_end() {
    char buffer[4096];
    while (::recv(fd_, buffer, sizeof buffer, 0) > 0) {
    }
  }

 private:
  const int fd_;
  std::string read_;
};

inline std::string body_of(const std::string& request) {
  const std::size_t end = request.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : request.substr(end + 4);
}

class Sink {
 public:
  using Serve = std::function<void(Peer&)>;
  explicit Sink(Serve serve, std::uint16_t port = 0) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~Sink() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int fd : closed_) ::close(fd);
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }

 private:
  void accept() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++connections_;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd] {
        Peer peer(fd);
        serve_(peer);
        ::shutdown(fd, SHUT_RDWR);
        const std::lock_guard guard(mutex_);
        std::erase(open_, fd);
        closed_.push_back(fd);
      });
    }
  }

  Serve serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::mutex mutex_;
  std::vector<int> open_, closed_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace tsunagu::gateway::notify
