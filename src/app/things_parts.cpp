#include "app/things_parts.h"

#include <filesystem>
#include <utility>

#include "app/commands.h"
#include "base/log.h"
#include "gateway/mqtt/commands_link.h"
#include "gateway/things/routes.h"

namespace tsunagu::app {
namespace {

Result<gateway::mqtt::MqttOptions> mqtt_options(const ThingsOptions& options, bool anybody) {
  const auto wrong = [](std::string text) { return fail(ErrorCode::kInvalidRequest, std::move(text)); };
  gateway::mqtt::MqttOptions mqtt;
  mqtt.folder = (std::filesystem::path(options.data) / "mqtt").string();
  mqtt.mosquitto = options.mosquitto;
  if (!options.mqtt_broker.empty()) {
    if (!options.mqtt_listen.empty()) return wrong("--mqtt-listen starts mosquitto, --mqtt-broker uses another: one of them");
    auto url = gateway::mqtt::read_broker_url(options.mqtt_broker);
    if (!url) return tl::unexpected(url.error());
    mqtt.broker = std::move(*url);
    return mqtt;
  }
  gateway::mqtt::Listener listener;
  if (!split_address(options.mqtt_listen, listener.host, listener.port)) {
    return wrong("--mqtt-listen takes HOST:PORT, for example 127.0.0.1:1883");
  }
  if (listener.port == 0) listener.port = free_port();
  if (options.mqtt_tls_cert.empty() != options.mqtt_tls_key.empty() ||
      (!options.mqtt_client_ca.empty() && options.mqtt_tls_cert.empty())) {
    return wrong("MQTT over TLS takes both --mqtt-tls-cert and --mqtt-tls-key; --mqtt-client-ca needs them");
  }
  listener.certificate = options.mqtt_tls_cert;
  listener.key = options.mqtt_tls_key;
  listener.client_ca = options.mqtt_client_ca;
  listener.require_certificate = !listener.client_ca.empty();
  if (!is_loopback(listener.host)) {
    if (anybody) return wrong("without sign-in (--auth=none) MQTT is for this machine only: --mqtt-listen 127.0.0.1:1883");
    if (listener.certificate.empty()) {
      log::warn("MQTT: keys of devices go over {}:{} in the clear; use --mqtt-tls-cert", listener.host, listener.port);
    }
  }
  mqtt.listener = std::move(listener);
  return mqtt;
}

}  // namespace

void add_things_options(CommandLine& command, ThingsOptions& options) {
  command.option("--mqtt-listen", options.mqtt_listen,
                 "HOST:PORT on which mosquitto is started for devices (127.0.0.1:1883; port 0 takes a free one)");
  command.option("--mqtt-broker", options.mqtt_broker,
                 "Another MQTT server to use in its place: mqtt://USER:PASSWORD@HOST:PORT, mqtts://…");
  command.option("--mqtt-tls-cert", options.mqtt_tls_cert, "File (PEM) of the certificate that mosquitto shows");
  command.option("--mqtt-tls-key", options.mqtt_tls_key, "File (PEM) of its private key");
  command.option("--mqtt-client-ca", options.mqtt_client_ca,
                 "File (PEM) of authorities of which devices must show a certificate, beside their key");
  command.option("--mosquitto", options.mosquitto, "The program mosquitto");
}

ThingsParts::ThingsParts(store::Store& store, MetricRegistry& metrics, bool mqtt)
    : registry_(store),
      commands_(store, registry_,
                {.send = mqtt ? gateway::mqtt::command_sender(registry_, [this] { return line_.load(); }) : nullptr}),
      intake_(store, registry_, {.metrics = &metrics}), silence_(store, registry_) {
  silence_.start();
}

ThingsParts::~ThingsParts() {
  stop();
}

Result<std::unique_ptr<ThingsParts>> ThingsParts::make(store::Store& store, const ThingsOptions& options,
                                                       TrustParts& trust, MetricRegistry& metrics) {
  const trust::AccessKeys* keys = trust.on() ? &trust.keys() : nullptr;
  const bool with_mqtt = !options.mqtt_listen.empty() || !options.mqtt_broker.empty();
  auto parts = std::unique_ptr<ThingsParts>(new ThingsParts(store, metrics, with_mqtt));
  if (!with_mqtt) return parts;
  auto mqtt = mqtt_options(options, keys == nullptr);
  if (!mqtt) return tl::unexpected(mqtt.error());
  const auto listener = mqtt->listener;
  const auto commands = [&commands = parts->commands_] { return &commands; };
  auto started = gateway::mqtt::MqttService::start(
      std::move(*mqtt), {store, parts->registry_, parts->intake_, keys}, gateway::mqtt::kAnswerFilters,
      {gateway::mqtt::answer_taker(store, parts->registry_, commands),
       gateway::mqtt::downlink_taker(store, parts->registry_, commands)});
  if (!started) return tl::unexpected(started.error());
  parts->mqtt_ = std::move(*started);
  parts->line_ = parts->mqtt_.get();
  if (listener) {
    log::info("MQTT: mosquitto serves {}://{}:{}", listener->certificate.empty() ? "mqtt" : "mqtts", listener->host,
              listener->port);
  }
  return parts;
}

void ThingsParts::add_routes(gateway::Router& router, gateway::openapi::Document& document, store::Store& store,
                             TrustParts& trust, Workbench& workbench, catalog::Files& files) {
  const gateway::iot::Parts parts{store, registry_, intake_, trust.authority(), trust.auditor(), trust.keys(),
                                 workbench};
  gateway::iot::add_routes(router, document, parts);
  gateway::iot::add_file_routes(router, document, parts, files);
  gateway::iot::add_command_routes(router, document, parts, commands_);
  gateway::mqtt::add_mqtt_routes(router, document, mqtt_.get());
}

void ThingsParts::stop() {
  if (mqtt_) mqtt_->stop();
  commands_.stop();
  silence_.stop();
  intake_.stop();
}

}  // namespace tsunagu::app
