// MQTT QoS 1 end to end (bench/mqtt_rows.py). bench_mqtt send PORT MESSAGES DEVICES: two libmosquitto publishers with
// at most 1,000 unacknowledged messages each, {"waterLevel":…,"temperature":…} of one device after the other; ends when
// all are acknowledged. bench_mqtt alone PORT MESSAGES DEVICES: the same beside a libmosquitto subscriber, until it has
// all of them. Prints messages and seconds, from the first that was sent.
#include <mosquitto.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPublishers = 2, kUnacknowledged = 1000;

struct Sender {
  mosquitto* line;
  std::atomic<long> acknowledged{0};
  std::atomic<bool> connected{false};
};

void must(int result, const char* what) {
  if (result == MOSQ_ERR_SUCCESS) return;
  std::fprintf(stderr, "%s: %s\n", what, mosquitto_strerror(result));
  std::exit(1);
}

void connected(mosquitto*, void* self, int) {
  static_cast<Sender*>(self)->connected = true;
  static_cast<Sender*>(self)->connected.notify_all();
}
void published(mosquitto*, void* self, int) {
  static_cast<Sender*>(self)->acknowledged.fetch_add(1, std::memory_order_relaxed);
  static_cast<Sender*>(self)->acknowledged.notify_all();
}

void send(int port, long messages, int devices, int which) {
  Sender self;
  self.line = mosquitto_new(nullptr, true, &self);
  mosquitto_connect_callback_set(self.line, connected);
  mosquitto_publish_callback_set(self.line, published);
  must(mosquitto_int_option(self.line, MOSQ_OPT_SEND_MAXIMUM, kUnacknowledged), "inflight");
  must(mosquitto_connect(self.line, "127.0.0.1", port, 60), "connect");
  must(mosquitto_loop_start(self.line), "loop");
  self.connected.wait(false);
  char topic[64], payload[96];
  for (long i = 0; i < messages; ++i) {
    for (long known; i - (known = self.acknowledged.load()) >= kUnacknowledged;) self.acknowledged.wait(known);
    std::snprintf(topic, sizeof topic, "/json/bench/d%ld/attrs", i % devices * kPublishers + which);
    const int length = std::snprintf(payload, sizeof payload, "{\"waterLevel\":%.2f,\"temperature\":%.1f}",
                                     static_cast<double>(i % 9973) / 100, static_cast<double>(i % 311) / 10);
    must(mosquitto_publish(self.line, nullptr, topic, length, payload, 1, false), "publish");
  }
  for (long known; (known = self.acknowledged.load()) < messages;) self.acknowledged.wait(known);
  mosquitto_disconnect(self.line);
  mosquitto_loop_stop(self.line, false);
  mosquitto_destroy(self.line);
}

struct Listener {
  std::atomic<long> received{0};
  std::atomic<bool> ready{false};
};

}  // namespace

int main(int count, char** words) {
  if (count < 5) return 2;
  const std::string_view mode = words[1];
  const int port = std::atoi(words[2]), devices = std::atoi(words[4]) / kPublishers;
  const long messages = std::atol(words[3]) / kPublishers * kPublishers;
  mosquitto_lib_init();
  Listener listener;
  mosquitto* subscriber = nullptr;
  if (mode == "alone") {
    subscriber = mosquitto_new("bench-subscriber", true, &listener);
    mosquitto_subscribe_callback_set(subscriber, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<Listener*>(self)->ready = true;
      static_cast<Listener*>(self)->ready.notify_all();
    });
    mosquitto_message_callback_set(subscriber, [](mosquitto*, void* self, const mosquitto_message*) {
      static_cast<Listener*>(self)->received.fetch_add(1, std::memory_order_relaxed);
      static_cast<Listener*>(self)->received.notify_all();
    });
    must(mosquitto_int_option(subscriber, MOSQ_OPT_RECEIVE_MAXIMUM, 65535), "receive maximum");
    must(mosquitto_connect(subscriber, "127.0.0.1", port, 60), "connect");
    must(mosquitto_loop_start(subscriber), "loop");
    must(mosquitto_subscribe(subscriber, nullptr, "/json/+/+/attrs", 1), "subscribe");
    listener.ready.wait(false);
  }
  const auto begin = Clock::now();
  std::vector<std::thread> senders;
  for (int i = 0; i < kPublishers; ++i) senders.emplace_back(send, port, messages / kPublishers, devices, i);
  for (std::thread& each : senders) each.join();
  for (long known; subscriber != nullptr && (known = listener.received.load()) < messages;) {
    listener.received.wait(known);
  }
  std::printf("%ld %.6f\n", messages, std::chrono::duration<double>(Clock::now() - begin).count());
  return 0;
}
