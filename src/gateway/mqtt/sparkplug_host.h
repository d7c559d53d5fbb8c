// The host of Sparkplug B edge nodes (Eclipse Sparkplug 3.0): births, data by alias, deaths; asks for a rebirth when it
// has lost the thread.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "things/observation.h"
#include "things/sparkplug.h"

namespace tsunagu::gateway::mqtt {

struct SparkplugCounts {
  std::uint64_t nodes = 0, online = 0;  ///< edge nodes that were seen, that are alive
  std::uint64_t births = 0, deaths = 0, gaps = 0, rebirths_asked = 0;
};

/// Thread-safe. An edge node is the device GROUP/NODE, what hangs on it GROUP/NODE:DEVICE. Each has an attribute
/// `online` beside its metrics. Metrics are told by their alias only until a gap in the sequence is seen: then those
/// are left out until the node's next birth, because nobody knows what the aliases are.
class SparkplugHost {
 public:
  using Done = std::function<void(const Result<void>&)>;
  /// Observations of one device.
  using Take =
      std::function<void(std::string_view group, std::string_view address, const things::Payload& payload, Done done)>;
  using Send = std::function<void(std::string topic, std::string payload)>;

  SparkplugHost(Take take, Send send) : take_(std::move(take)), send_(std::move(send)) {}

  /// A message under spBv1.0/. `again`: it may have come before. Messages of one node in their order.
  void receive(std::string_view topic, std::string_view bytes, bool again, Instant now, const Done& done);
  /// Topic and payload that set the metric of an attribute of the device GROUP/ADDRESS. Unavailable: not while the node
  /// (or device) is offline; ResourceNotFound: its birth names no such metric; BadRequestData: none of its values.
  Result<std::pair<std::string, std::string>> command(std::string_view group, std::string_view address,
                                                      const std::string& attribute, std::string_view value,
                                                      Instant now) const;
  SparkplugCounts counts() const;

 private:
  struct Known {
    std::string name;
    things::SparkplugType type;
    std::optional<std::uint64_t> alias;
  };
  struct Node {
    bool born = false;
    std::uint8_t next = 0;     ///< sequence number to come
    std::string birth_number;  ///< bdSeq, which the death says again
    std::map<std::uint64_t, Known> aliases;
    std::map<std::pair<std::string, std::string>, Known> metrics;  ///< by device and attribute
    std::map<std::string, bool> devices;                           ///< alive?
    Instant asked;                                                 ///< for a rebirth
  };
  struct Place {
    std::string_view group, type, node, device;
  };
  static bool read_topic(std::string_view topic, Place& place);

  bool in_order(Node& node, const things::SparkplugPayload& payload, bool again);
  void ask_rebirth(Node& node, const Place& place, Instant now);
  void learn(Node& node, const Place& place, const things::SparkplugPayload& payload);
  void give(const Node& node, const Place& place, const things::SparkplugPayload& payload, Instant now,
            const Done& done) const;
  void died(Node& node, const Place& place, const things::SparkplugPayload& payload, bool again, Instant now,
            const Done& done);
  void tell_online(const Place& place, const std::string& device, bool online, Instant at, const Done& done) const;

  const Take take_;
  const Send send_;
  mutable std::mutex mutex_;
  std::map<std::string, Node> nodes_;  // by GROUP/NODE
  SparkplugCounts counts_;
};

}  // namespace tsunagu::gateway::mqtt
