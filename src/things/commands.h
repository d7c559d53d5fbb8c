// Commands to devices. A device lists them in `commands`. Who may change it, or what it is the device of
// (`controlledAsset`), writes an attribute of such a name there; from then on NAME_status tells what becomes of it:
// pending → delivered → executed, failed or expired; NAME_info tells why, or what the device answered. All of it is in
// the graph: history, subscriptions, permission and the life after a restart come from there.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "store/store.h"
#include "things/command_text.h"
#include "things/registry.h"

namespace tsunagu::things {

struct Command {
  store::TenantId tenant;
  std::string device;  ///< id of its entity
  std::string entity;  ///< where it was written: the same, or the device's asset
  std::string group, address, name;
  std::string value;              ///< canonical JSON
  Format format = Format::kJson;  ///< that the device reads: kJson or kUltraLight
  /// How it is reached: by a topic of its own, through ChirpStack, as a metric of Sparkplug B. Those of the last two
  /// cannot answer: they have executed what they then report.
  enum class Way : std::uint8_t { kTopic, kLorawan, kSparkplug } way = Way::kTopic;
  std::string ticket;    ///< of kLorawan: by which the network server speaks of it
  Instant asked, until;  ///< until: not to be executed later
};

/// What became of an attempt.
enum class Sending : std::uint8_t {
  kDelivered,  ///< the device has it, or its mailbox
  kHandedOn,   ///< somebody has it who will tell (Commands::heard)
  kLater,      ///< not now: to be tried again
  kNever,      ///< however often it is tried
};

/// Thread-safe. Has one thread. Store and registry outlive it.
///
/// A write counts as a command when it has no observedAt (with one it is the device's own report of the same name), or
/// when a rule made it (sub-attribute setByRule). It may be delivered until its expiresAt, else until `commandTimeout`
/// seconds (of the device; 300) have passed. A later write of the same attribute takes its place.
class Commands {
 public:
  /// Called once, from any thread. `why`: for people, unless it is delivered.
  using Sent = std::function<void(Sending became, std::string why)>;
  /// Hands a command to the device, or to a mailbox that it empties. Quick.
  using Send = std::function<void(const Command& command, Sent sent)>;

  struct Options {
    Send send;  ///< null: devices ask for their commands, no more
    std::int64_t timeout_s = 300;
    std::int64_t first_retry_ms = 1000, longest_retry_ms = 30'000;
    std::function<Instant()> clock = now;
  };
  /// Reads all devices and goes on with what was under way.
  Commands(store::Store& store, const Registry& registry, Options options);
  ~Commands();

  /// What waits for the device; it counts as delivered now.
  std::vector<Command> take(store::TenantId tenant, std::string_view device);
  /// What the device answered. `done` when it is on disk: ResourceNotFound when the device has no such command.
  void answer(store::TenantId tenant, std::string_view device, std::vector<CommandAnswer> answers,
              std::function<void(Result<void>)> done);

  /// The command under way that was handed on with this ticket.
  std::optional<Command> of_ticket(store::TenantId tenant, std::string_view device, std::string_view ticket) const;
  /// What the network server says of a command that was handed on; without effect when it is none of these.
  void heard(store::TenantId tenant, std::string_view device, std::string_view ticket, Sending became, std::string why);

  /// Does the change (`before` may be null) ask a device for something? Cheap where it does not.
  bool asks(store::TenantId tenant, const ngsi::Record* before, const ngsi::Record& after) const;

  std::size_t under_way() const;
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tsunagu::things
