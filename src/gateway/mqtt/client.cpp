#include "gateway/mqtt/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.h"
#include "base/text.h"
#include "gateway/mqtt/client_core.h"

namespace tsunagu::gateway::mqtt {
namespace {

constexpr std::size_t kMostOutages = 100;
constexpr std::size_t kMostOutgoing = 100'000;
constexpr std::uint16_t kSubscribeId = 65535;  // never of a PUBLISH

}  // namespace

void Acknowledge::operator()() const {
  core_->acknowledge(connection_, number_);
}

Client::Client(ClientOptions options, Receive receive, Changed changed)
    : core_(std::make_shared<ClientCore>(std::move(options), std::move(receive), std::move(changed))) {}
void Client::start() {
  core_->start();
}
Client::~Client() {
  core_->stop();
}
void Client::publish(Publish message, Published done) {
  core_->publish(std::move(message), std::move(done));
}
void Client::hurry() {
  core_->hurry();
}
ClientState Client::state() const {
  return core_->state();
}
void Client::stop() {
  core_->stop();
}

ClientCore::ClientCore(ClientOptions options, Client::Receive receive, Client::Changed changed)
    : options_(std::move(options)),
      receive_(std::move(receive)),
      changed_(std::move(changed)),
      version_(options_.version),
      reader_(options_.max_packet),
      had_session_(options_.had_session),
      wait_(options_.first_wait_ms) {
  state_.since = now();
  state_.reason = "connecting for the first time";
  state_.outages.push_back({state_.since, kNoInstant, state_.reason});
}

// --- from any thread ---------------------------------------------------------------------------------------------

void ClientCore::start() {
  asio::post(io_, [this] { connect(); });
  thread_ = std::thread([this] { io_.run(); });
}

void ClientCore::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    ended_ = true;
  }
  asio::post(io_, [this] { end(); });
  if (thread_.joinable()) thread_.join();
}

void ClientCore::publish(Publish message, Client::Published done) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) {
      return done(fail(ErrorCode::kUnavailable, "the MQTT client has stopped"));
    }
    if (state_.outgoing >= kMostOutgoing) {
      return done(fail(ErrorCode::kTooManyRequests, "too many MQTT messages wait to be sent"));
    }
    ++state_.outgoing;
  }
  asio::post(io_, [self = shared_from_this(), item = Outgoing{std::move(message), std::move(done)}]() mutable {
    self->queue_.push_back(std::move(item));
    self->send_outgoing();
  });
}

void ClientCore::acknowledge(std::uint64_t connection, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  acknowledged_.emplace_back(connection, number);
  if (std::exchange(settling_, true)) return;
  asio::post(io_, [self = shared_from_this()] { self->settle(); });
}

void ClientCore::hurry() {
  asio::post(io_, [self = shared_from_this()] {
    self->wait_ = std::chrono::milliseconds(self->options_.first_wait_ms);
    if (!self->line_ && !self->stopping_) self->again_.cancel();
  });
}

ClientState ClientCore::state() const {
  const std::lock_guard lock(mutex_);
  ClientState state = state_;
  state.version = version_;
  return state;
}

// --- the connection ----------------------------------------------------------------------------------------------

void ClientCore::connect() {
  if (stopping_) return;
  ++connection_;
  ServerAddress server = options_.server;
  if (options_.port) server.port = options_.port();
  line_ = std::make_shared<Line>(io_, std::move(server));
  heard_ = said_ = std::chrono::steady_clock::now();
  watch_line();
  line_->open([self = shared_from_this(), number = connection_](const std::string& failure) {
    if (number != self->connection_ || !self->line_) return;
    if (!failure.empty()) return self->lost(failure);
    self->greet();
  });
}

void ClientCore::greet() {
  reader_ = PacketReader(options_.max_packet);
  reader_.set_version(version_);
  Connect connect;
  connect.version = version_;
  connect.clean_start = false;
  connect.keep_alive_s = options_.keep_alive_s;
  keep_alive_ = std::chrono::seconds(options_.keep_alive_s);
  connect.client_id = options_.client_id;
  if (!options_.user.empty()) connect.user = options_.user;
  if (!options_.password.empty()) connect.password = options_.password;
  if (options_.will) connect.will = options_.will();
  if (version_ == Version::k5) {
    connect.properties.set(PropertyId::kSessionExpiry, 0xffffffff);
    connect.properties.set(PropertyId::kReceiveMaximum, options_.receive_maximum);
    connect.properties.set(PropertyId::kMaximumPacketSize, static_cast<std::uint32_t>(options_.max_packet));
  }
  send(connect);
  flush();
  read();
}

void ClientCore::read() {
  if (!line_ || read_under_way_ || held_ > options_.max_unacknowledged) return;
  read_under_way_ = true;
  line_->read(asio::buffer(chunk_),
              [self = shared_from_this(), number = connection_](boost::system::error_code error, std::size_t bytes) {
                if (number != self->connection_ || !self->line_) return;
                self->read_under_way_ = false;
                if (error) {
                  return self->lost(error == asio::error::eof ? "the server closed the connection" : error.message());
                }
                self->take({self->chunk_.data(), bytes});
              });
}

void ClientCore::take(std::string_view bytes) {
  heard_ = std::chrono::steady_clock::now();
  reader_.add(bytes);
  const std::uint64_t number = connection_;
  for (;;) {
    auto packet = reader_.next();
    if (!packet) return lost(packet.error().detail);
    if (!*packet) break;
    handle(std::move(**packet));
    if (number != connection_ || !line_) return;
  }
  flush();
  read();
}

void ClientCore::handle(Packet packet) {
  if (auto* publish = std::get_if<Publish>(&packet)) return handle_publish(std::move(*publish));
  if (const auto* given = std::get_if<Acknowledgement>(&packet)) return handle_puback(*given);
  if (const auto* connack = std::get_if<Connack>(&packet)) return handle_connack(*connack);
  if (const auto* granted = std::get_if<Granted>(&packet)) return handle_granted(*granted);
  if (const auto* farewell = std::get_if<Farewell>(&packet)) return lost(reason_text(version_, farewell->reason));
  if (const auto* ping = std::get_if<Ping>(&packet); ping != nullptr && ping->type == PacketType::kPingresp) return;
  lost("the server sent what only clients send");
}

void ClientCore::handle_connack(const Connack& connack) {
  if (connack.reason != 0) {
    if (version_ == Version::k5 && (connack.reason == 1 || connack.reason == 0x84)) {
      const std::lock_guard lock(mutex_);
      version_ = Version::k311;
    }
    return lost(reason_text(version_, connack.reason));
  }
  session_present_ = connack.session_present;
  server_maximum_ = connack.properties.number(PropertyId::kReceiveMaximum).value_or(65535);
  keep_alive_ =
      std::chrono::seconds(connack.properties.number(PropertyId::kServerKeepAlive).value_or(options_.keep_alive_s));
  Subscribe subscribe;
  subscribe.id = kSubscribeId;
  for (const std::string& filter : options_.filters) {
    // MQTT 5: nothing of what we say ourselves; retained messages only to a subscription that is new.
    subscribe.filters.emplace_back(filter, static_cast<std::uint8_t>(version_ == Version::k5 ? 1 | 0x04 | 0x10 : 1));
  }
  if (subscribe.filters.empty()) return up();
  send(subscribe);
}

void ClientCore::handle_granted(const Granted& granted) {
  if (granted.type != PacketType::kSuback || granted.id != kSubscribeId) return;
  for (std::size_t i = 0; i < granted.reasons.size() && i < options_.filters.size(); ++i) {
    if (granted.reasons[i] >= 0x80) {
      return lost(
          fmt::format("subscription to {}: {}", options_.filters[i], reason_text(version_, granted.reasons[i])));
    }
  }
  up();
}

void ClientCore::up() {
  wait_ = std::chrono::milliseconds(options_.first_wait_ms);
  ready_ = true;
  {
    const std::lock_guard lock(mutex_);
    Outage& outage = state_.outages.back();
    outage.until = now();
    outage.session_lost = had_session_ && !session_present_;
    state_.connected = true;
    state_.since = outage.until;
    state_.reason.clear();
    ++state_.connects;
  }
  had_session_ = true;
  // What was not acknowledged by the server is sent again, first.
  for (auto& [number, item] : under_way_) {
    item.message.duplicate = true;
    send(item.message);
  }
  if (changed_) changed_(true);
  send_outgoing();
}

void ClientCore::lost(const std::string& reason) {
  if (!line_) return;
  line_->close();
  line_.reset();
  ++connection_;
  read_under_way_ = write_under_way_ = false;
  out_.clear();
  incoming_.clear();
  held_ = 0;
  pulse_.cancel();
  const bool was_ready = std::exchange(ready_, false);
  {
    const std::lock_guard lock(mutex_);
    if (was_ready) {
      state_.connected = false;
      state_.since = now();
      state_.outages.push_back({state_.since, kNoInstant, reason});
      if (state_.outages.size() > kMostOutages) state_.outages.erase(state_.outages.begin());
    }
    state_.reason = reason;
    state_.waiting = 0;
  }
  if (was_ready && !stopping_) log::warn("MQTT: the connection is lost: {}", reason);
  if (was_ready && changed_) changed_(false);
  if (!stopping_) wait_and_connect();
}

void ClientCore::wait_and_connect() {
  again_.expires_after(wait_);
  wait_ = std::min(wait_ * 2, std::chrono::milliseconds(options_.longest_wait_ms));
  again_.async_wait([self = shared_from_this()](boost::system::error_code) {
    if (!self->line_) self->connect();
  });
}

void ClientCore::watch_line() {
  pulse_.expires_after(std::max<std::chrono::milliseconds>(keep_alive_ / 4, std::chrono::milliseconds(500)));
  pulse_.async_wait([self = shared_from_this(), number = connection_](boost::system::error_code error) {
    if (error || number != self->connection_ || !self->line_) return;
    const auto time = std::chrono::steady_clock::now();
    // Nothing is read while too much is held: then silence is our own.
    const bool reading = self->held_ <= self->options_.max_unacknowledged;
    if (reading && time - self->heard_ > self->keep_alive_ * 3 / 2) return self->lost("nothing was heard for too long");
    if (self->ready_ && time - self->said_ > self->keep_alive_ / 2) {
      self->send(Ping{});
      self->flush();
    }
    self->watch_line();
  });
}

void ClientCore::send(const Packet& packet) {
  append(out_, version_, packet);
}

void ClientCore::flush() {
  if (!line_ || write_under_way_) return;
  if (out_.empty()) {
    if (stopping_) lost("stopped");
    return;
  }
  write_under_way_ = true;
  said_ = std::chrono::steady_clock::now();
  // The bytes stay where they are until they are written, even when the client has another line by then.
  auto bytes = std::make_shared<std::string>(std::exchange(out_, {}));
  line_->write(asio::buffer(*bytes),
               [self = shared_from_this(), bytes, number = connection_](boost::system::error_code error, std::size_t) {
                 if (number != self->connection_ || !self->line_) return;
                 self->write_under_way_ = false;
                 if (error) {
                   // What the server had said before may still be there to be read: it tells why.
                   if (!self->read_under_way_) self->lost(error.message());
                   return;
                 }
                 self->flush();
               });
}

// --- messages in -------------------------------------------------------------------------------------------------

void ClientCore::handle_publish(Publish publish) {
  if (publish.qos == 2) return lost("the server sent QoS 2, which was not subscribed to");
  const std::size_t bytes = publish.payload.size() + publish.topic.size() + sizeof(Unacknowledged);
  const std::uint64_t number = first_number_ + incoming_.size();
  incoming_.push_back({publish.id, publish.qos, false, bytes});
  held_ += bytes;
  {
    const std::lock_guard lock(mutex_);
    ++state_.received;
    if (publish.duplicate) ++state_.repeated;
    ++state_.waiting;
  }
  receive_(std::move(publish), Acknowledge(shared_from_this(), connection_, number));
}

void ClientCore::settle() {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(acknowledged_);
    settling_ = false;
  }
  for (const auto& [connection, number] : done) {
    if (connection != connection_ || number < first_number_ || number - first_number_ >= incoming_.size()) continue;
    incoming_[number - first_number_].done = true;
  }
  std::uint64_t settled = 0;
  while (!incoming_.empty() && incoming_.front().done) {
    const Unacknowledged& one = incoming_.front();
    if (one.qos == 1) send(Acknowledgement{PacketType::kPuback, one.id, 0, {}});
    held_ -= one.bytes;
    incoming_.pop_front();
    ++first_number_;
    ++settled;
  }
  if (settled == 0) return;
  {
    const std::lock_guard lock(mutex_);
    state_.acknowledged += settled;
    state_.waiting -= settled;
  }
  flush();
  read();
}

// --- messages out ------------------------------------------------------------------------------------------------

std::uint16_t ClientCore::free_id() {
  do {
    last_id_ = static_cast<std::uint16_t>(last_id_ >= kSubscribeId - 1 ? 1 : last_id_ + 1);
  } while (under_way_by_id_.contains(last_id_));
  return last_id_;
}

void ClientCore::send_outgoing() {
  if (!ready_ || !line_) return;
  while (!queue_.empty() && under_way_.size() < std::min<std::size_t>(server_maximum_, 10'000)) {
    Outgoing item = std::move(queue_.front());
    queue_.pop_front();
    if (item.message.qos == 0) {
      send(item.message);
      {
        const std::lock_guard lock(mutex_);
        ++state_.published;
        --state_.outgoing;
      }
      item.done(std::uint8_t{0});
      continue;
    }
    item.message.qos = 1;
    item.message.id = free_id();
    send(item.message);
    under_way_by_id_[item.message.id] = next_outgoing_;
    under_way_.emplace(next_outgoing_++, std::move(item));
  }
  flush();
}

void ClientCore::handle_puback(const Acknowledgement& given) {
  const auto id = under_way_by_id_.find(given.id);
  if (given.type != PacketType::kPuback || id == under_way_by_id_.end()) return;
  const auto at = under_way_.find(id->second);
  const Client::Published done = std::move(at->second.done);
  under_way_.erase(at);
  under_way_by_id_.erase(id);
  {
    const std::lock_guard lock(mutex_);
    ++state_.published;
    --state_.outgoing;
  }
  done(given.reason);
  send_outgoing();
}

void ClientCore::end() {
  settle();
  stopping_ = true;
  if (ready_) {
    send(Farewell{});
    flush();  // the line is closed when the last bytes are out
  } else {
    lost("stopped");
  }
  if (line_) {
    pulse_.expires_after(std::chrono::seconds(2));
    pulse_.async_wait([self = shared_from_this()](boost::system::error_code) { self->lost("stopped"); });
  }
  again_.cancel();
  auto refuse = [](Outgoing& item) { item.done(fail(ErrorCode::kUnavailable, "the MQTT client has stopped")); };
  for (auto& [number, item] : under_way_) refuse(item);
  for (Outgoing& item : queue_) refuse(item);
  under_way_.clear();
  under_way_by_id_.clear();
  queue_.clear();
  guard_.reset();
}

// --- addresses ---------------------------------------------------------------------------------------------------

Result<BrokerUrl> read_broker_url(std::string_view text) {
  BrokerUrl url;
  const std::string given(text);
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalidRequest,
                "an MQTT server is told as mqtt://USER:PASSWORD@HOST:PORT, mqtts://… or HOST:PORT");
  };
  if (text.starts_with("mqtts://")) {
    url.server.tls = true;
    url.server.port = 8883;
    text.remove_prefix(8);
  } else if (text.starts_with("mqtt://")) {
    text.remove_prefix(7);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    std::string_view who = text.substr(0, at);
    text.remove_prefix(at + 1);
    url.user = std::string(take_until(who, ':'));
    url.password = std::string(who);
  }
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return wrong();
    host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (!text.empty() && text[0] != ':') return wrong();
    if (!text.empty()) text.remove_prefix(1);
  } else {
    host = take_until(text, ':');
  }
  if (host.empty() || host.find_first_of("/ ?#") != std::string_view::npos) return wrong();
  url.server.host = std::string(host);
  if (!text.empty()) {
    const auto port = parse_number<std::uint16_t>(text);
    if (!port || *port == 0) return wrong();
    url.server.port = *port;
  }
  return url;
}

}  // namespace tsunagu::gateway::mqtt
