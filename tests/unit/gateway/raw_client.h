// A client that sends bytes as they are, well-formed or not, and reads answers.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tsunagu::gateway {

struct Answer {
  int status = 0;  ///< 0: the server closed without a (complete) answer
  std::string head;
  std::string body;  ///< without chunked coding

  bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class RawClient {
 public:
  /// `receive_buffer`: bytes the kernel may take for us, 0: as usual.
  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};  // a test that hangs fails
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Nothing more will be sent.
  void finish() { ::shutdown(socket_, SHUT_WR); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  /// The other side learns of it as a broken connection.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  /// The next answer. `head_only`: of a HEAD request.
  Answer answer(bool head_only = false) {
    Answer result;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return result;
    }
    const auto end = buffer_.find("\r\n\r\n") + 4;
    result.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    const int status = std::atoi(result.head.substr(9, 3).c_str());
    if (head_only || status == 204 || status < 200) {
      result.status = status;
      return result;
    }
    bool complete = true;
    if (result.has("Transfer-Encoding: chunked")) {
      complete = read_chunks(result.body);
    } else if (const auto at = result.head.find("Content-Length: "); at != std::string::npos) {
      complete = take(static_cast<std::size_t>(std::atoll(result.head.c_str() + at + 16)), result.body);
    } else {
      result.body = rest();
    }
    if (complete) result.status = status;
    return result;
  }
  Answer ask(std::string_view request, bool head_only = false) {
    send(request);
    return answer(head_only);
  }
  /// Everything until the server closes.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(buffer_, {});
  }
  bool closed() { return rest().empty() && ended_; }
  /// Did the last read find the end, or a broken connection, rather than lose patience?
  bool ended() const { return ended_; }
  const std::string& buffer() const { return buffer_; }
  bool receive() {
    char bytes[16 << 10];
    const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
    if (size <= 0) {
      ended_ = size == 0 || errno == ECONNRESET;
      return false;
    }
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

 private:
  bool take(std::size_t size, std::string& out) {
    while (buffer_.size() < size) {
      if (!receive()) return false;
    }
    out.append(buffer_, 0, size);
    buffer_.erase(0, size);
    return true;
  }
  bool read_chunks(std::string& out) {
    for (;;) {
      while (buffer_.find("\r\n") == std::string::npos) {
        if (!receive()) return false;
      }
      const std::size_t size = std::strtoull(buffer_.c_str(), nullptr, 16);
      buffer_.erase(0, buffer_.find("\r\n") + 2);
      std::string newline;
      if (!take(size, out) || !take(2, newline)) return false;
      if (size == 0) return true;
    }
  }

  int socket_;
  bool connected_ = false;
  bool ended_ = false;
  std::string buffer_;
};

}  // namespace tsunagu::gateway
