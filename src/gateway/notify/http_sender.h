// Notifications over HTTP and HTTPS (clause 6.3.8): HTTP/1.1, connections stay open, redirects are not followed, at
// most 64 KiB of an answer are read. About 25 µs of CPU per delivery; nothing blocks.
#pragma once
#include <boost/asio/io_context.hpp>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/http/address_rules.h"
#include "gateway/notify/resolver.h"
#include "gateway/notify/sender.h"
#include "gateway/notify/tls.h"

namespace tsunagu::gateway::notify {

class HttpConnection;

class HttpSender final : public Sender {
 public:
  /// Connects only where `rules` allow.
  HttpSender(boost::asio::io_context& io, Resolver& resolver, SslContextPtr tls, AddressRules rules = {});
  ~HttpSender() override;

  void send(Sending sending) override;
  void tick(TimePoint now) override;
  bool busy() const override { return !active_.empty(); }
  void close() override;
  /// Open and not in use.
  std::size_t idle() const { return idle_count_; }

 private:
  friend class HttpConnection;
  using ConnectionPtr = std::shared_ptr<HttpConnection>;

  ConnectionPtr take_idle(const std::string& origin);
  void put_idle(const ConnectionPtr& connection);
  void add_active(const ConnectionPtr& connection);
  void remove_active(HttpConnection& connection);

  static constexpr std::chrono::seconds kIdleTime{30};
  static constexpr std::size_t kBuffer = 16 * 1024;

  boost::asio::io_context& io_;
  Resolver& resolver_;
  SslContextPtr tls_;
  const AddressRules rules_;
  std::vector<ConnectionPtr> active_;
  std::unordered_map<std::string, std::vector<ConnectionPtr>> idle_;  // by origin; the last was used last
  std::size_t idle_count_ = 0;
  TimePoint swept_{};
  std::string buffer_;  // what is being read
};

/// The request of a notification, complete. What is no header (RFC 9110 clause 5.1) is left out, as is what this writes
/// itself: Host, Content-Length, Content-Type, Connection, Transfer-Encoding.
std::string notification_request(const Target& target, const broker::Message& message);

/// 2xx: delivered; 5xx, 408, 429: worth repeating; anything else: not.
broker::Attempt attempt_of(unsigned status);

}  // namespace tsunagu::gateway::notify
