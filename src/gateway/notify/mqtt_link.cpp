#include "gateway/notify/mqtt_link.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/notify/resolver.h"

namespace tsunagu::gateway::notify {
namespace {

constexpr int kKeepAliveSeconds = 30;
constexpr int kUnderWay = 1000;  // messages without acknowledgement; the broker may allow fewer

void start_library() {
  static const int started = mosquitto_lib_init();
  (void)started;
}

}  // namespace

MqttLink::MqttLink(boost::asio::io_context& io, const Target& target, bool version5, const std::string& ca_file,
                   AddressRules rules, std::function<void()> ended)
    : host_(target.host),
      port_(target.port),
      version5_(version5),
      tls_(target.tls),
      rules_(std::move(rules)),
      ended_(std::move(ended)),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      io_(&io) {
  start_library();
  client_ = mosquitto_new(nullptr, true, this);
  if (client_ == nullptr) return;
  mosquitto_threaded_set(client_, true);
  mosquitto_int_option(client_, MOSQ_OPT_PROTOCOL_VERSION, version5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option(client_, MOSQ_OPT_SEND_MAXIMUM, kUnderWay);
  mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1);
  if (!target.user.empty())
    mosquitto_username_pw_set(client_, target.user.c_str(),
                              target.password.empty() ? nullptr : target.password.c_str());
  if (target.tls) {
    if (!ca_file.empty()) mosquitto_tls_set(client_, ca_file.c_str(), nullptr, nullptr, nullptr, nullptr);
    mosquitto_int_option(client_, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
  }
  mosquitto_connect_v5_callback_set(client_, [](mosquitto*, void* self, int reason, int, const mosquitto_property*) {
    auto& link = *static_cast<MqttLink*>(self);
    if (reason != 0) {
      link.refusal_ = link.connect_failure(reason);
      return;
    }
    link.post([](MqttLink& l) { l.connected(); });
  });
  mosquitto_publish_v5_callback_set(client_, [](mosquitto*, void* self, int id, int reason, const mosquitto_property*) {
    static_cast<MqttLink*>(self)->post([id, reason](MqttLink& l) { l.published(id, reason); });
  });
}

MqttLink::~MqttLink() {
  if (thread_.joinable()) thread_.detach();
  if (client_ != nullptr) mosquitto_destroy(client_);
  ::close(wake_);
}

void MqttLink::start() {
  thread_end_ = thread_ends_.get_future();
  thread_ = std::thread([self = shared_from_this()]() mutable {
    self->run();
    self->thread_ends_.set_value();
    self.reset();
  });
}

std::string MqttLink::connect_failure(int reason) const {
  return fmt::format("the broker refuses the connection: {}",
                     version5_ ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason));
}

std::string MqttLink::allowed_address() {
  if (rules_.everything()) return host_;
  const Addresses addresses = look_up(host_);
  const auto good = std::ranges::find_if(addresses, [&](const auto& each) { return rules_.allows(each); });
  if (good == addresses.end()) {
    forbidden_ = !addresses.empty();
    refusal_ = forbidden_ ? AddressRules::refusal(addresses.front()) : "no address is known for " + host_;
  }
  // The library looks names up by itself, and gets the address instead. With TLS it needs the name; there the
  // certificate says that it is who was meant.
  if (refusal_.empty()) return tls_ ? host_ : *good;
  return {};
}

int MqttLink::connect() {
  if (client_ == nullptr) return MOSQ_ERR_NOMEM;
  const std::string to = allowed_address();
  if (to.empty()) return MOSQ_ERR_CONN_REFUSED;
  const int result = mosquitto_connect(client_, to.c_str(), port_, kKeepAliveSeconds);
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  auto* address = reinterpret_cast<sockaddr*>(&peer);
  if (result != MOSQ_ERR_SUCCESS || rules_.everything() ||
      ::getpeername(mosquitto_socket(client_), address, &size) != 0 || rules_.allows(*address)) {
    return result;
  }
  forbidden_ = true;
  refusal_ = "the name has come to mean an address inside a network";
  return MOSQ_ERR_CONN_REFUSED;
}

void MqttLink::run() {
  int result = connect();
  std::string reason;
  if (!refusal_.empty())
    reason = refusal_;
  else if (result == MOSQ_ERR_ERRNO)
    reason = fmt::format("no connection: {}", std::generic_category().message(errno));
  else if (result != MOSQ_ERR_SUCCESS)
    reason = fmt::format("no connection: {}", mosquitto_strerror(result));
  while (result == MOSQ_ERR_SUCCESS && !stopping_) result = turn();
  if (reason.empty()) reason = !refusal_.empty() ? refusal_ : "the connection to the broker was lost";
  leaving_ = true;
  post([reason, again = !forbidden_](MqttLink& l) { l.over(reason, again); });
}

// The library's own loop calls select(), which knows no socket beyond number 1023.
int MqttLink::turn() {
  pollfd fds[2] = {{mosquitto_socket(client_), POLLIN, 0}, {wake_, POLLIN, 0}};
  if (mosquitto_want_write(client_)) fds[0].events |= POLLOUT;
  ::poll(fds, 2, 1000);
  std::uint64_t ignored = 0;
  if (fds[1].revents != 0 && ::read(wake_, &ignored, sizeof ignored) < 0) ignored = 0;
  int result = MOSQ_ERR_SUCCESS;
  if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) result = mosquitto_loop_read(client_, kUnderWay);
  if (result == MOSQ_ERR_SUCCESS && mosquitto_want_write(client_)) result = mosquitto_loop_write(client_, 1);
  return result == MOSQ_ERR_SUCCESS ? mosquitto_loop_misc(client_) : result;
}

void MqttLink::wake() {
  const std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) < 0) return;  // full: it is awake
}

void MqttLink::post(std::function<void(MqttLink&)> work) {
  const std::lock_guard lock(mutex_);
  if (io_ == nullptr) return;
  boost::asio::post(*io_, [self = shared_from_this(), work = std::move(work)] { work(*self); });
}

void MqttLink::publish(std::string topic, int qos, Sending sending) {
  Message message{std::move(topic), std::move(sending.message.body), qos,
                  sending.timeout,  Clock::now() + sending.timeout,  std::move(sending.done)};
  if (connected_)
    hand_over(std::move(message));
  else
    waiting_.push_back(std::move(message));
}

void MqttLink::hand_over(Message message) {
  int id = 0;
  const int result = mosquitto_publish_v5(client_, &id, message.topic.c_str(), static_cast<int>(message.body.size()),
                                          message.body.data(), message.qos, false, nullptr);
  if (result == MOSQ_ERR_SUCCESS) {
    message.body.clear();
    under_way_.insert_or_assign(id, std::move(message));
    return wake();
  }
  const bool hopeless = result == MOSQ_ERR_PAYLOAD_SIZE || result == MOSQ_ERR_OVERSIZE_PACKET ||
                        result == MOSQ_ERR_MALFORMED_UTF8 || result == MOSQ_ERR_QOS_NOT_SUPPORTED ||
                        result == MOSQ_ERR_INVAL;
  auto report = [done = std::move(message.done),
                 attempt = broker::Attempt{false, !hopeless, fmt::format("not sent: {}", mosquitto_strerror(result))}] {
    done(attempt);
  };
  post([report = std::move(report)](MqttLink&) { report(); });
}

void MqttLink::connected() {
  if (over_) return;
  connected_ = true;
  for (Message& message : std::exchange(waiting_, {})) hand_over(std::move(message));
}

void MqttLink::published(int id, int reason) {
  auto found = under_way_.extract(id);
  if (found.empty()) return;
  if (!busy()) idle_since_ = Clock::now();
  broker::Attempt attempt;
  attempt.delivered = reason < 0x80;  // "no matching subscribers" (0x10) is a success
  if (!attempt.delivered) {
    attempt.reason = fmt::format("the broker refuses it: {}", mosquitto_reason_string(reason));
    attempt.worth_repeating = reason != MQTT_RC_NOT_AUTHORIZED && reason != MQTT_RC_TOPIC_NAME_INVALID &&
                              reason != MQTT_RC_PAYLOAD_FORMAT_INVALID;
  }
  found.mapped().done(std::move(attempt));
}

void MqttLink::check(TimePoint now) {
  const auto late = [now](const Message& message) { return message.deadline <= now; };
  for (const Message& message : waiting_)
    if (late(message))
      return end(fmt::format("no connection to the broker within {:g} s",
                             std::chrono::duration<double>(message.timeout).count()));
  for (const auto& [id, message] : under_way_)
    if (late(message))
      return end(fmt::format("no acknowledgement by the broker within {:g} s",
                             std::chrono::duration<double>(message.timeout).count()));
}

void MqttLink::end(const std::string& reason) {
  stopping_ = true;
  if (client_ != nullptr && connected_) mosquitto_disconnect(client_);
  wake();
  if (!reason.empty()) return over(reason);
  over_ = true;
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void MqttLink::over(const std::string& reason, bool worth_repeating) {
  if (std::exchange(over_, true)) return;
  std::vector<Message> failed = std::exchange(waiting_, {});
  for (auto& [id, message] : under_way_) failed.push_back(std::move(message));
  under_way_.clear();
  ended_();
  for (const Message& message : failed) message.done({false, worth_repeating, reason});
}

void MqttLink::join(TimePoint until) {
  if (!thread_.joinable()) return;
  if (thread_end_.wait_until(until) == std::future_status::ready)
    thread_.join();
  else
    thread_.detach();
}

}  // namespace tsunagu::gateway::notify
