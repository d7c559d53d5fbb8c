#include "gateway/notify/http_sender.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "gateway/notify/http_connection.h"

namespace tsunagu::gateway::notify {
namespace {

bool token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == '\t' || (c >= ' ' && c != 0x7f); });
}

bool ours(std::string_view name) {
  constexpr std::array<std::string_view, 5> kOurs = {"host", "content-length", "content-type", "connection",
                                                     "transfer-encoding"};
  return std::any_of(kOurs.begin(), kOurs.end(),
                     [name](std::string_view one) { return equal_ignoring_case(one, name); });
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3), '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return out;
}

}  // namespace

std::string notification_request(const Target& target, const broker::Message& message) {
  std::string out;
  out.reserve(512 + target.path.size() + message.body.size());
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Tsunagu\r\nContent-Length: {}\r\n", target.path,
                 target.host_header, message.body.size());
  if (field_value(message.content_type)) fmt::format_to(to, "Content-Type: {}\r\n", message.content_type);
  if (!target.user.empty())
    fmt::format_to(to, "Authorization: Basic {}\r\n", base64(target.user + ":" + target.password));
  for (const auto& [name, value] : message.headers) {
    if (!token(name) || !field_value(value) || ours(name)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  out.append("\r\n").append(message.body);
  return out;
}

broker::Attempt attempt_of(unsigned status) {
  broker::Attempt attempt;
  attempt.delivered = status / 100 == 2;
  attempt.worth_repeating = status / 100 == 5 || status == 408 || status == 429;
  if (!attempt.delivered) attempt.reason = fmt::format("status {}", status);
  return attempt;
}

HttpSender::HttpSender(boost::asio::io_context& io, Resolver& resolver, SslContextPtr tls, AddressRules rules)
    : io_(io), resolver_(resolver), tls_(std::move(tls)), rules_(std::move(rules)), buffer_(kBuffer, '\0') {}

HttpSender::~HttpSender() {
  close();
}

void HttpSender::send(Sending sending) {
  ConnectionPtr connection = take_idle(sending.target->origin);
  if (!connection) connection = std::make_shared<HttpConnection>(*this, *sending.target);
  connection->send(notification_request(*sending.target, sending.message), sending.timeout, std::move(sending.done));
}

HttpSender::ConnectionPtr HttpSender::take_idle(const std::string& origin) {
  const auto found = idle_.find(origin);
  if (found == idle_.end()) return nullptr;
  while (!found->second.empty()) {
    const ConnectionPtr connection = std::move(found->second.back());
    found->second.pop_back();
    --idle_count_;
    if (connection->still_good()) return connection;
    connection->close();
  }
  return nullptr;
}

void HttpSender::put_idle(const ConnectionPtr& connection) {
  idle_[connection->origin()].push_back(connection);
  ++idle_count_;
}

void HttpSender::add_active(const ConnectionPtr& connection) {
  connection->move_to(active_.size());
  active_.push_back(connection);
}

void HttpSender::remove_active(HttpConnection& connection) {
  const std::size_t place = connection.place();
  active_.back()->move_to(place);
  std::swap(active_[place], active_.back());
  active_.pop_back();
}

void HttpSender::tick(TimePoint now) {
  std::vector<ConnectionPtr> late;
  for (const ConnectionPtr& connection : active_)
    if (connection->deadline() <= now) late.push_back(connection);
  for (const ConnectionPtr& connection : late) connection->timed_out();
  if (now - swept_ < std::chrono::seconds(1)) return;
  swept_ = now;
  for (auto origin = idle_.begin(); origin != idle_.end();) {
    auto& list = origin->second;
    const auto fresh = std::find_if(list.begin(), list.end(),
                                    [&](const ConnectionPtr& c) { return now - c->idle_since() < kIdleTime; });
    for (auto old = list.begin(); old != fresh; ++old) (*old)->close();
    idle_count_ -= static_cast<std::size_t>(fresh - list.begin());
    list.erase(list.begin(), fresh);
    origin = list.empty() ? idle_.erase(origin) : std::next(origin);
  }
}

void HttpSender::close() {
  while (!active_.empty()) {
    const ConnectionPtr connection = active_.back();
    connection->close();
  }
  for (auto& [origin, list] : idle_)
    for (const ConnectionPtr& connection : list) connection->close();
  idle_.clear();
  idle_count_ = 0;
}

}  // namespace tsunagu::gateway::notify
