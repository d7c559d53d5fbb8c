// Devices, put together for `serve`: the registry, the intake, and MQTT.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "app/command_line.h"
#include "app/trust_parts.h"
#include "base/metrics.h"
#include "catalog/files.h"
#include "base/workbench.h"
#include "gateway/http/http.h"
#include "gateway/mqtt/service.h"
#include "gateway/openapi/document.h"
#include "store/store.h"
#include "things/commands.h"
#include "things/intake.h"
#include "things/registry.h"
#include "things/silence.h"

namespace tsunagu::app {

struct ThingsOptions {
  std::string mqtt_listen;  ///< "": no mosquitto is started
  std::string mqtt_broker;
  std::string mqtt_tls_cert, mqtt_tls_key, mqtt_client_ca;
  std::string mosquitto = "mosquitto";

  std::string data;  ///< of serve
};
void add_things_options(CommandLine& command, ThingsOptions& options);

/// The store outlives it, and stops after it; it outlives the server.
class ThingsParts {
 public:
  /// InvalidRequest says which option is wrong. `trust` outlives it.
  static Result<std::unique_ptr<ThingsParts>> make(store::Store& store, const ThingsOptions& options,
                                                   TrustParts& trust, MetricRegistry& metrics);
  ~ThingsParts();

  things::Registry& registry() { return registry_; }
  things::Intake& intake() { return intake_; }
  things::Commands& commands() { return commands_; }
  void add_routes(gateway::Router& router, gateway::openapi::Document& document, store::Store& store,
                  TrustParts& trust, Workbench& workbench, catalog::Files& files);
  /// After the server has stopped.
  void stop();

 private:
  ThingsParts(store::Store& store, MetricRegistry& metrics, bool mqtt);

  things::Registry registry_;
  std::atomic<gateway::mqtt::MqttService*> line_{nullptr};  // what commands go by: mqtt_, when it has started
  things::Commands commands_;
  std::unique_ptr<gateway::mqtt::MqttService> mqtt_;  // null: MQTT is off. Before the intake, which calls it back
  things::Intake intake_;
  things::Silence silence_;
};

}  // namespace tsunagu::app
