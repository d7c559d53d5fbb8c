#include "gateway/notify/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <thread>

namespace tsunagu::gateway::notify {

// Outlives the resolver for the sake of threads that are still asking.
struct Resolver::Mailbox {
  std::mutex mutex;
  boost::asio::io_context* io = nullptr;  // null: the resolver is gone
};

Addresses look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  Addresses out;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    char digits[NI_MAXHOST];
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, digits, sizeof digits, nullptr, 0, NI_NUMERICHOST) == 0)
      out.emplace_back(digits);
  }
  ::freeaddrinfo(found);
  return out;
}

Resolver::Resolver(boost::asio::io_context& io, LookUp look_up)
    : look_up_(std::move(look_up)), mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->io = &io;
}

Resolver::~Resolver() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->io = nullptr;
}

void Resolver::resolve(const std::string& host, Done done) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  if (!error) return done({host});
  const auto known = known_.find(host);
  if (known != known_.end() && known->second.until > Clock::now()) return done(known->second.addresses);
  auto& waiting = asked_[host];
  waiting.push_back(std::move(done));
  if (waiting.size() > 1) return;
  if (threads_ < kMaxThreads)
    start(host);
  else
    waiting_.push_back(host);
}

void Resolver::start(const std::string& host) {
  ++threads_;
  std::thread([this, host, ask = look_up_, mailbox = mailbox_] {
    Addresses addresses = ask(host);
    const std::lock_guard lock(mailbox->mutex);
    if (mailbox->io == nullptr) return;
    boost::asio::post(*mailbox->io, [this, mailbox, host, addresses = std::move(addresses)]() mutable {
      found(host, std::move(addresses));
    });
  }).detach();
}

void Resolver::found(const std::string& host, Addresses addresses) {
  --threads_;
  if (!waiting_.empty()) {
    start(waiting_.front());
    waiting_.pop_front();
  }
  if (!addresses.empty()) {
    if (known_.size() >= kMaxKnown) known_.clear();
    known_[host] = {addresses, Clock::now() + kKept};
  }
  const auto asked = asked_.extract(host);
  for (const Done& done : asked.mapped()) done(addresses);
}

}  // namespace tsunagu::gateway::notify
