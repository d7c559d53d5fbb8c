// The way of observations into the graph: bytes of a device → readings → judged → one commit for many.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/metrics.h"
#include "base/time.h"
#include "things/observation.h"
#include "things/registry.h"

namespace tsunagu::things {

/// Bytes that arrived. The views need to live only until take() returns.
struct Message {
  store::TenantId tenant;
  std::string_view group, address;  ///< "": the payload says so itself (line protocol, NDJSON, ChirpStack)
  Format format = Format::kJson;
  std::string_view attribute;  ///< kJson, kUltraLight: the payload is the bare value of this one
  std::string_view bytes;
  Instant at;                    ///< the time that stands beside the payload (`t=`); kNoInstant: none
  Instant arrived;               ///< kNoInstant: now
  std::string_view only_device;  ///< id of the one device that may be spoken for; "": any of the tenant
  std::int64_t tick_ns = 1;      ///< kLine: unit of its time stamps in ns (1, 1e3, 1e6, 1e9)
  bool provision = true;         ///< groups may make devices of addresses that they do not know
};

/// What became of a message.
struct Taken {
  std::uint64_t accepted = 0;    ///< readings that are on disk now
  std::uint64_t duplicates = 0;  ///< said before, word for word: nothing was written
  std::uint64_t rejected = 0;    ///< cannot be read, or of a device that is not known
  std::string first_fault;       ///< of those, in words; "" for none
};

/// The message that a topic means, with `group`, `address`, `format`, `attribute` as views into it; empty for none of
/// ours:
///   /json/GROUP/ADDRESS/attrs · /json/GROUP/ADDRESS/attrs/NAME · /ul/GROUP/ADDRESS/attrs · …/attrs/NAME (FIWARE)
///   application/APP/device/DEVEUI/event/up (ChirpStack)
/// The leading "/" may be missing.
std::optional<Message> message_of_topic(std::string_view topic);

/// Thread-safe. `store` and `registry` outlive it.
class Intake {
 public:
  struct Options {
    unsigned lanes = 2;                   ///< threads that judge; a device has always the same one
    std::size_t max_waiting = 2'000'000;  ///< readings not on disk yet; more: kUnavailable
    std::size_t max_batch = 60'000;       ///< readings in one commit of a lane
    std::function<Instant()> clock = now;
    MetricRegistry* metrics = nullptr;  ///< null: none. Outlives it
  };
  Intake(store::Store& store, Registry& registry, Options options);
  Intake(store::Store& store, Registry& registry) : Intake(store, registry, Options()) {}
  ~Intake();

  /// Called once, when everything is durable or it is clear that it will not be; from take() itself or from any thread;
  /// must be quick. Errors mean that nothing of the message was kept:
  ///   kUnavailable, kStorageFull, kReadOnly: later, perhaps: send it again (do not acknowledge it);
  ///   kResourceNotFound (no such device), kForbidden (not for this device to say), kInvalidRequest (cannot be read),
  ///   kContentTooLarge: never, however often it is sent.
  /// A message that is understood in part succeeds with `rejected`.
  using Done = std::function<void(Result<Taken>)>;
  /// Parses on the caller's thread (50–500 ns a reading), the rest elsewhere. Messages of one device are judged and
  /// written in the order of the calls; the same message twice is written once.
  void take(const Message& message, Done done);
  /// Readings found otherwise (CSV, Sparkplug): `message.bytes` and `format` are not looked at.
  void take(const Message& message, const Payload& payload, Done done);

  /// Finishes what it has, then refuses more. Called once, before the store stops; also by the destructor.
  void stop();

  static constexpr std::size_t kMaxBytes = 32u << 20;  ///< of one message of many devices
  static constexpr std::size_t kMaxOneBytes =
      1u << 20;  ///< of one message of one device (kJson, kUltraLight, kChirpStack)

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tsunagu::things
