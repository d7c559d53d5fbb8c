#include "gateway/notify/mqtt_sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "gateway/notify/mqtt_link.h"

namespace tsunagu::gateway::notify {

MqttSettings mqtt_settings(const broker::Endpoint& endpoint) {
  MqttSettings settings;
  for (const auto& [name, value] : endpoint.notifier_info) {
    if (name == "MQTT-QoS" && value.size() == 1 && value[0] >= '0' && value[0] <= '2') settings.qos = value[0] - '0';
    if (name == "MQTT-Version") settings.version5 = value != "mqtt3.1.1";
  }
  return settings;
}

MqttSender::MqttSender(boost::asio::io_context& io, std::string ca_file, AddressRules rules)
    : io_(io), ca_file_(std::move(ca_file)), rules_(std::move(rules)) {}

MqttSender::~MqttSender() {
  close();
}

void MqttSender::send(Sending sending) {
  const Target& target = *sending.target;
  const MqttSettings settings = mqtt_settings(*sending.endpoint);
  // The user's name cannot hold a NUL.
  std::string key = fmt::format("{}{}", target.origin, settings.version5 ? "/5" : "/3");
  key.append(1, '\0').append(target.user).append(1, '\0').append(target.password);
  auto found = links_.find(key);
  if (found == links_.end()) {
    join_ended();
    if (retired_.contains(key)) {  // its thread still waits for a connection that was given up
      return boost::asio::post(io_, [done = std::move(sending.done)] {
        done({false, true, "the connection to the broker hangs"});
      });
    }
    auto link = std::make_shared<MqttLink>(io_, target, settings.version5, ca_file_, rules_, [this, key] { retire(key); });
    found = links_.emplace(key, link).first;
    link->start();
  }
  found->second->publish(target.path, settings.qos, std::move(sending));
}

void MqttSender::retire(const std::string& key) {
  auto link = links_.extract(key);
  if (!link.empty()) retired_.insert_or_assign(key, std::move(link.mapped()));
}

void MqttSender::join_ended() {
  for (auto link = retired_.begin(); link != retired_.end();) {
    if (!link->second->leaving()) {
      ++link;
      continue;
    }
    link->second->join(kNever);
    link = retired_.erase(link);
  }
}

void MqttSender::tick(TimePoint now) {
  std::vector<std::shared_ptr<MqttLink>> links;
  for (const auto& [key, link] : links_) links.push_back(link);
  for (const auto& link : links) {
    if (link->busy())
      link->check(now);
    else if (now - link->idle_since() > kIdleTime)
      link->end("not used");
  }
  join_ended();
}

bool MqttSender::busy() const {
  return std::any_of(links_.begin(), links_.end(), [](const auto& link) { return link.second->busy(); });
}

void MqttSender::close() {
  retired_.merge(links_);  // no key is in both
  links_.clear();
  for (auto& [key, link] : retired_) link->end("");
  const TimePoint until = Clock::now() + std::chrono::seconds(1);
  for (auto& [key, link] : retired_) link->join(until);
  retired_.clear();
}

}  // namespace tsunagu::gateway::notify
