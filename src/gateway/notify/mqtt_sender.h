// Notifications over MQTT 3.1.1 and 5 (clause 7.2). One connection per broker, user and version, each with a thread of
// its own while it is used (the library connects and resolves by blocking). Delivered means: acknowledged (QoS 1 and
// 2), written (QoS 0). Nothing is retained, no session is kept.
#pragma once
#include <boost/asio/io_context.hpp>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "gateway/http/address_rules.h"
#include "gateway/notify/sender.h"

namespace tsunagu::gateway::notify {

class MqttLink;

struct MqttSettings {
  int qos = 0;
  bool version5 = true;
};
/// MQTT-QoS and MQTT-Version of an endpoint (Table 7.2-1); what is missing or unknown has its default.
MqttSettings mqtt_settings(const broker::Endpoint& endpoint);

class MqttSender final : public Sender {
 public:
  /// `ca_file`: certificates (PEM) trusted besides the system's; "": none.
  /// Connects only where `rules` allow.
  MqttSender(boost::asio::io_context& io, std::string ca_file, AddressRules rules = {});
  ~MqttSender() override;

  void send(Sending sending) override;
  void tick(TimePoint now) override;
  bool busy() const override;
  /// Waits a second at most for the connections' threads.
  void close() override;

 private:
  friend class MqttLink;
  void retire(const std::string& key);
  void join_ended();

  static constexpr std::chrono::seconds kIdleTime{60};

  boost::asio::io_context& io_;
  const std::string ca_file_;
  const AddressRules rules_;
  std::unordered_map<std::string, std::shared_ptr<MqttLink>> links_;
  std::unordered_map<std::string, std::shared_ptr<MqttLink>> retired_;  // until their threads have ended
};

}  // namespace tsunagu::gateway::notify
