#include "gateway/mqtt/service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>

#include "base/json_object.h"
#include "base/log.h"
#include "gateway/mqtt/sparkplug_host.h"
#include "gateway/mqtt/users.h"
#include "trust/keys.h"

namespace tsunagu::gateway::mqtt {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookForUsers{200};
constexpr std::string_view kHostState = "spBv1.0/STATE/tsunagu";

/// The name of our session, kept so that it is ours after a restart, and secret: who comes under it takes the session.
Result<void> name_session(const fs::path& folder, ClientOptions& client) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  const fs::path file = folder / "client-id";
  std::string& id = client.client_id;
  id.clear();
  std::ifstream(file) >> id;
  client.had_session = id.size() > 16;
  if (client.had_session) return {};
  id = "tsunagu-" + trust::random_text(18);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const bool written = fd >= 0 && ::write(fd, id.data(), id.size()) == static_cast<ssize_t>(id.size());
  if (fd >= 0) ::close(fd);
  if (!written) return fail(ErrorCode::kReadOnly, file.string() + " cannot be written");
  return {};
}

bool comes_again(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kStorageFull || code == ErrorCode::kReadOnly;
}

struct Arrived {
  Publish message;
  Acknowledge acknowledge;
  Instant at;
};
using ArrivedPtr = std::shared_ptr<const Arrived>;

}  // namespace

struct MqttService::State {
  State(MqttOptions o, const MqttParts& p, std::vector<Taker> t)
      : options(std::move(o)),
        parts(p),
        takers(std::move(t)),
        sparkplug([this](std::string_view group, std::string_view address, const things::Payload& payload,
                         const SparkplugHost::Done& done) { take_payload(group, address, payload, done); },
                  [this](std::string topic, std::string payload) {
                    Publish message;
                    message.topic = std::move(topic);
                    message.payload = std::move(payload);
                    client->publish(std::move(message), [](const Result<std::uint8_t>&) {});
                  }) {}

  void receive(Publish message, Acknowledge acknowledge);
  void feed(const ArrivedPtr& arrived, bool again = false);
  void take_payload(std::string_view group, std::string_view address, const things::Payload& payload,
                    const SparkplugHost::Done& done);
  void finished(const ArrivedPtr& arrived, const Result<things::Taken>& taken);
  void reject(const Publish& message, const std::string& reason);
  store::TenantId tenant_of(std::string_view group);
  Publish host_state(bool online) const;
  void tend();
  void look_for_users();

  const MqttOptions options;
  const MqttParts parts;
  const std::vector<Taker> takers;
  SparkplugHost sparkplug;
  std::atomic<std::int64_t> host_since_ms{0};  // of this connection's STATE
  std::unique_ptr<Mosquitto> mosquitto;        // null: the server is another's
  std::unique_ptr<Client> client;
  std::thread thread;  // gives users to mosquitto, and messages to the intake again
  std::uint64_t seen_registry = ~0ull, seen_keys = ~0ull;

  mutable std::mutex mutex;  // what follows
  std::condition_variable wake;
  bool stopping = false;
  std::deque<std::pair<Steady::time_point, ArrivedPtr>> later;
  MqttCounts counts;
  std::map<std::string, store::TenantId, std::less<>> tenants;  // by group
  std::uint64_t tenants_of = ~0ull;                             // the registry's changes() then
};

/// The tenant that has the group; the default one when none has, or when both have.
store::TenantId MqttService::State::tenant_of(std::string_view group) {
  const std::lock_guard lock(mutex);
  if (const std::uint64_t changes = parts.registry.changes(); changes != tenants_of) {
    tenants_of = changes;
    tenants.clear();
    for (const auto& [tenant, name] : parts.store.tenants()) {
      for (const things::GroupPtr& one : parts.registry.groups(tenant)) tenants.try_emplace(one->name, tenant);
    }
  }
  const auto found = tenants.find(group);
  return found == tenants.end() ? store::TenantId(0) : found->second;
}

void MqttService::State::receive(Publish message, Acknowledge acknowledge) {
  feed(std::make_shared<const Arrived>(Arrived{std::move(message), std::move(acknowledge), now()}));
}

void MqttService::State::feed(const ArrivedPtr& arrived, bool again) {
  const Done done = [this, arrived](const Result<void>& result) {
    finished(arrived, result ? Result<things::Taken>(things::Taken()) : tl::unexpected(result.error()));
  };
  for (const Taker& taker : takers) {
    if (taker(arrived->message, done)) return;
  }
  if (arrived->message.topic.starts_with("spBv1.0/")) {
    return sparkplug.receive(arrived->message.topic, arrived->message.payload, again || arrived->message.duplicate,
                             arrived->at, done);
  }
  auto message = things::message_of_topic(arrived->message.topic);
  if (!message) {
    {
      const std::lock_guard lock(mutex);
      ++counts.unknown_topic;
    }
    return arrived->acknowledge();
  }
  message->tenant = tenant_of(message->group);
  message->bytes = arrived->message.payload;
  message->arrived = arrived->at;
  parts.intake.take(*message, [this, arrived](const Result<things::Taken>& taken) { finished(arrived, taken); });
}

void MqttService::State::take_payload(std::string_view group, std::string_view address, const things::Payload& payload,
                                      const SparkplugHost::Done& done) {
  things::Message message;
  message.tenant = tenant_of(group);
  message.group = group;
  message.address = address;
  parts.intake.take(message, payload, [done](const Result<things::Taken>& taken) {
    if (!taken) return done(tl::unexpected(taken.error()));
    if (taken->rejected != 0) return done(fail(ErrorCode::kInvalidRequest, taken->first_fault));
    done({});
  });
}

void MqttService::State::finished(const ArrivedPtr& arrived, const Result<things::Taken>& taken) {
  if (!taken && comes_again(taken.error().code)) {
    const std::lock_guard lock(mutex);
    ++counts.retried;
    if (stopping) return;  // not acknowledged: it comes at the next start
    later.emplace_back(Steady::now() + std::chrono::milliseconds(options.retry_ms), arrived);
    return wake.notify_one();
  }
  if (!taken) {
    reject(arrived->message, taken.error().detail);
  } else if (taken->rejected != 0) {
    reject(arrived->message, taken->first_fault);
  } else {
    const std::lock_guard lock(mutex);
    ++counts.taken;
  }
  arrived->acknowledge();
}

void MqttService::State::reject(const Publish& message, const std::string& reason) {
  const std::lock_guard lock(mutex);
  ++counts.rejected;
  counts.last_fault = message.topic + ": " + reason;
  counts.last_fault_at = now();
  if (counts.rejected == 1 || counts.rejected % 1000 == 0) {
    log::warn("MQTT: {} of the messages so far were rejected, the last: {}", counts.rejected, counts.last_fault);
  }
}

/// What edge nodes that wait for their primary host are told (Sparkplug 3.0, clause 6.4.28).
Publish MqttService::State::host_state(bool online) const {
  Publish state;
  state.topic = kHostState;
  JsonObject(state.payload).truth("online", online).number("timestamp", host_since_ms.load()).end();
  state.qos = 1;
  state.retain = true;
  return state;
}

void MqttService::State::look_for_users() {
  if (!mosquitto || parts.keys == nullptr) return;
  const std::uint64_t registry = parts.registry.changes(), keys = parts.keys->changes();
  if (registry == seen_registry && keys == seen_keys) return;
  seen_registry = registry;
  seen_keys = keys;
  mosquitto->set_users(mqtt_users(parts.store, parts.registry, *parts.keys, now()));
}

void MqttService::State::tend() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    lock.unlock();
    look_for_users();
    lock.lock();
    std::vector<ArrivedPtr> due;
    while (!later.empty() && later.front().first <= Steady::now()) {
      due.push_back(std::move(later.front().second));
      later.pop_front();
    }
    lock.unlock();
    for (const ArrivedPtr& arrived : due) feed(arrived, true);
    lock.lock();
    if (!stopping) wake.wait_for(lock, kLookForUsers);
  }
}

MqttService::MqttService(std::unique_ptr<State> state) : state_(std::move(state)) {}

MqttService::~MqttService() {
  stop();
}

Result<std::unique_ptr<MqttService>> MqttService::start(MqttOptions options, const MqttParts& parts,
                                                        std::vector<std::string> filters, std::vector<Taker> takers) {
  ClientOptions client;
  if (auto named = name_session(options.folder, client); !named) return tl::unexpected(named.error());
  client.filters = {
      "/json/+/+/attrs", "/json/+/+/attrs/+", "/ul/+/+/attrs", "/ul/+/+/attrs/+", "application/+/device/+/event/up",
      "spBv1.0/#"};
  client.filters.insert(client.filters.end(), filters.begin(), filters.end());
  auto state = std::make_unique<State>(std::move(options), parts, std::move(takers));
  if (state->options.listener) {
    auto started = Mosquitto::start(
        {state->options.mosquitto, state->options.folder, *state->options.listener, parts.keys == nullptr});
    if (!started) return tl::unexpected(started.error());
    state->mosquitto = std::move(*started);
    // What mosquitto has acknowledged and not yet given to the system would be lost if it were killed: the system takes
    // as much as it may.
    client.server.receive_buffer = 32 << 20;
    client.port = [mosquitto = state->mosquitto.get()] { return mosquitto->own_port(); };
    client.user = kOwnUser;
    client.password = state->mosquitto->password();
    client.longest_wait_ms = 500;  // it is ours, and nobody else waits for it
    client.will = [state = state.get()] {
      state->host_since_ms = now().us / 1000;
      Publish last = state->host_state(false);
      return Will{std::move(last.topic), std::move(last.payload), last.qos, last.retain, {}};
    };
    state->look_for_users();
  } else if (state->options.broker) {
    client.server = state->options.broker->server;
    client.user = state->options.broker->user;
    client.password = state->options.broker->password;
  }
  State& running = *state;
  auto service = std::unique_ptr<MqttService>(new MqttService(std::move(state)));
  running.client = std::make_unique<Client>(
      std::move(client),
      [&running](Publish message, Acknowledge acknowledge) {
        running.receive(std::move(message), std::move(acknowledge));
      },
      [&running](bool connected) {
        if (!connected || !running.mosquitto) return;
        running.mosquitto->open(true);
        running.client->publish(running.host_state(true), [](const Result<std::uint8_t>&) {});
      });
  running.client->start();
  running.thread = std::thread([&running] { running.tend(); });
  return service;
}

void MqttService::publish(Publish message, Client::Published done) {
  state_->client->publish(std::move(message), std::move(done));
}

Result<Publish> MqttService::sparkplug_command(const things::Command& command, Instant now) const {
  auto made = state_->sparkplug.command(command.group, command.address, command.name, command.value, now);
  if (!made) return tl::unexpected(made.error());
  Publish message;
  std::tie(message.topic, message.payload) = std::move(*made);
  return message;
}

void MqttService::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->stopping, true)) return;
  }
  state_->wake.notify_one();
  if (state_->thread.joinable()) state_->thread.join();
  if (state_->client && state_->mosquitto) {
    state_->client->publish(state_->host_state(false), [](const Result<std::uint8_t>&) {});
  }
  // What is not acknowledged by now stays in the session, which mosquitto writes down as it ends.
  if (state_->client) state_->client->stop();
  if (state_->mosquitto) state_->mosquitto->stop();
}

std::string MqttService::state_json() const {
  const ClientState client = state_->client->state();
  MqttCounts counts;
  {
    const std::lock_guard lock(state_->mutex);
    counts = state_->counts;
  }
  std::string out;
  JsonObject object(out);
  object.truth("connected", client.connected).text("since", to_string(client.since)).text_if("reason", client.reason);
  object.text("version", client.version == Version::k5 ? "5" : "3.1.1").number("connections", client.connects);
  JsonObject(object.member("messages"))
      .number("received", client.received)
      .number("repeated", client.repeated)
      .number("acknowledged", client.acknowledged)
      .number("waiting", client.waiting)
      .number("taken", counts.taken)
      .number("rejected", counts.rejected)
      .number("retried", counts.retried)
      .number("unknownTopic", counts.unknown_topic)
      .number("sent", client.published)
      .number("toSend", client.outgoing)
      .end();
  const SparkplugCounts sparkplug = state_->sparkplug.counts();
  JsonObject(object.member("sparkplug"))
      .number("nodes", sparkplug.nodes)
      .number("online", sparkplug.online)
      .number("births", sparkplug.births)
      .number("deaths", sparkplug.deaths)
      .number("gaps", sparkplug.gaps)
      .number("rebirthsAsked", sparkplug.rebirths_asked)
      .end();
  if (!counts.last_fault.empty()) {
    JsonObject(object.member("lastFault"))
        .text("reason", counts.last_fault)
        .text("at", to_string(counts.last_fault_at))
        .end();
  }
  std::string& gaps = object.member("outages");
  gaps += '[';
  for (const Outage& outage : client.outages) {
    if (gaps.back() != '[') gaps += ',';
    JsonObject each(gaps);
    each.text("from", to_string(outage.from));
    if (outage.until != kNoInstant) each.text("until", to_string(outage.until));
    each.text("reason", outage.reason).truth("sessionLost", outage.session_lost).end();
  }
  gaps += ']';
  if (state_->mosquitto) {
    const MosquittoState mosquitto = state_->mosquitto->state();
    JsonObject each(object.member("mosquitto"));
    each.number("pid", mosquitto.pid).number("starts", mosquitto.starts).text("since", to_string(mosquitto.since));
    each.truth("open", mosquitto.open).number("users", mosquitto.users).text_if("lastEnd", mosquitto.last_end).end();
  }
  object.end();
  return out;
}

void add_mqtt_routes(Router& router, openapi::Document& document, const MqttService* service) {
  router.add("GET", "/admin/mqtt", [service](const RequestPtr&, const PathParameters&, Reply reply) {
    if (service == nullptr) return reply.send(Error{ErrorCode::kResourceNotFound, "MQTT is off: --mqtt-listen"});
    Response response;
    response.content_type = "application/json";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = service->state_json();
    reply.send(std::move(response));
  });
  document.add_schema("MqttState",
                      R"({"type":"object","properties":{"connected":{"type":"boolean"},"since":{"type":"string"},)"
                      R"("reason":{"type":"string"},"messages":{"type":"object"},"outages":{"type":"array","items":)"
                      R"({"type":"object"}},"mosquitto":{"type":"object"}}})");
  openapi::Operation operation;
  operation.id = "getMqttState";
  operation.tag = "Things";
  operation.summary = "The connection by MQTT: how it is, outages, what became of messages, and mosquitto";
  operation.answers = {{200, "How it is", "MqttState", {"application/json"}},
                       {403, "This needs the right \"operate\"", "ProblemDetails", {"application/json"}},
                       {404, "MQTT is off", "ProblemDetails", {"application/json"}}};
  document.add("GET", "/admin/mqtt", operation);
}

}  // namespace tsunagu::gateway::mqtt
