// MQTT as a way in and out: mosquitto (or another server), our subscriber, and where messages go.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "gateway/http/http.h"
#include "gateway/mqtt/client.h"
#include "gateway/mqtt/mosquitto.h"
#include "gateway/openapi/document.h"
#include "things/commands.h"
#include "things/intake.h"
#include "trust/sign_in/access_keys.h"

namespace tsunagu::gateway::mqtt {

struct MqttOptions {
  std::optional<Listener> listener;  ///< mosquitto is started to listen there
  std::optional<BrokerUrl> broker;   ///< or this server is used
  std::string folder;                ///< what is kept between starts
  std::string mosquitto = "mosquitto";
  int retry_ms = 500;  ///< until a message is tried again that could not be written
};

struct MqttParts {
  store::Store& store;
  const things::Registry& registry;
  things::Intake& intake;
  const trust::AccessKeys* keys = nullptr;  ///< null: sign-in is off, anybody may connect
  MetricRegistry* metrics = nullptr;
};

/// What became of what came in.
struct MqttCounts {
  std::uint64_t taken = 0, rejected = 0, retried = 0, unknown_topic = 0;
  std::string last_fault;  ///< of those that were rejected: "TOPIC: reason"
  Instant last_fault_at;
};

/// Thread-safe. Everything given outlives it, and the store and the intake are stopped after it.
class MqttService {
 public:
  /// What became of a message, told once, from any thread: it is acknowledged then, and counted as rejected with an
  /// error; after kUnavailable, kStorageFull and kReadOnly it is given again instead.
  using Done = std::function<void(const Result<void>& result)>;
  /// Takes messages of some topics: true when it took this one. Quick.
  using Taker = std::function<bool(const Publish& message, const Done& done)>;

  /// `takers` are asked before the intake; `filters` are what they want to hear. InvalidRequest: mosquitto is not
  /// there, the folder cannot be used.
  static Result<std::unique_ptr<MqttService>> start(MqttOptions options, const MqttParts& parts,
                                                    std::vector<std::string> filters, std::vector<Taker> takers);
  ~MqttService();
  MqttService(const MqttService&) = delete;
  MqttService& operator=(const MqttService&) = delete;

  /// See Client::publish.
  void publish(Publish message, Client::Published done);
  /// See SparkplugHost::command.
  Result<Publish> sparkplug_command(const things::Command& command, Instant now) const;
  std::string state_json() const;
  void stop();

 private:
  struct State;
  explicit MqttService(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// GET /admin/mqtt: how the connection is, and was. `service` may be null: MQTT is off.
void add_mqtt_routes(Router& router, openapi::Document& document, const MqttService* service);

}  // namespace tsunagu::gateway::mqtt
