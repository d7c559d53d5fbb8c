#include "gateway/mqtt/sparkplug_host.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/text.h"

namespace tsunagu::gateway::mqtt {
namespace {

using things::SparkplugMetric;
using things::SparkplugPayload;

constexpr std::int64_t kBetweenRebirths = 5'000'000;  // µs
constexpr std::size_t kMostNodes = 100'000, kMostMetrics = 100'000;

bool for_the_host(std::string_view name) {
  return name == "bdSeq" || name.starts_with("Node Control/") || name.starts_with("Device Control/");
}

std::string address_of(std::string_view node, std::string_view device) {
  std::string address(node);
  if (!device.empty()) address.append(1, ':').append(device);
  return address;
}

/// Calls `done` when it was called `n` times itself, with the first error.
SparkplugHost::Done after_all(std::size_t n, SparkplugHost::Done done) {
  struct Count {
    std::mutex mutex;
    std::size_t left;
    Result<void> all;
  };
  auto count = std::make_shared<Count>();
  count->left = n;
  return [count, done = std::move(done)](const Result<void>& one) {
    {
      const std::lock_guard lock(count->mutex);
      if (count->all && !one) count->all = one;
      if (--count->left != 0) return;
    }
    done(count->all);
  };
}

}  // namespace

bool SparkplugHost::read_topic(std::string_view topic, Place& place) {
  if (take_until(topic, '/') != "spBv1.0") return false;
  place.group = take_until(topic, '/');
  place.type = take_until(topic, '/');
  place.node = take_until(topic, '/');
  place.device = topic;
  const bool of_device = place.type.starts_with('D');
  return !place.group.empty() && !place.node.empty() && of_device != place.device.empty() &&
         place.device.find('/') == std::string_view::npos;
}

SparkplugCounts SparkplugHost::counts() const {
  const std::lock_guard lock(mutex_);
  SparkplugCounts counts = counts_;
  counts.nodes = nodes_.size();
  for (const auto& [name, node] : nodes_) counts.online += node.born ? 1 : 0;
  return counts;
}

void SparkplugHost::receive(std::string_view topic, std::string_view bytes, bool again, Instant now, const Done& done) {
  Place place;
  if (topic.starts_with("spBv1.0/STATE/")) return done({});
  if (!read_topic(topic, place)) return done(fail(ErrorCode::kInvalidRequest, "no topic of Sparkplug B"));
  if (place.type == "NCMD" || place.type == "DCMD") return done({});
  auto payload = things::read_sparkplug(bytes);
  if (!payload) return done(tl::unexpected(payload.error()));
  const std::lock_guard lock(mutex_);
  const std::string name = std::string(place.group) + "/" + std::string(place.node);
  if (!nodes_.contains(name) && nodes_.size() >= kMostNodes) {
    return done(fail(ErrorCode::kTooManyRequests, "too many edge nodes"));
  }
  Node& node = nodes_[name];
  if (place.type == "NDEATH" || place.type == "DDEATH") return died(node, place, *payload, again, now, done);
  if (place.type == "NBIRTH") {
    node.aliases.clear();
    node.metrics.clear();
    node.devices.clear();
    node.born = true;
    node.asked = kNoInstant;
    node.next = static_cast<std::uint8_t>(payload->sequence.value_or(0) + 1);
    for (const SparkplugMetric& metric : payload->metrics) {
      if (metric.name == "bdSeq") node.birth_number = things::sparkplug_value(metric, metric.type);
    }
  } else if (place.type == "DBIRTH" || place.type == "NDATA" || place.type == "DDATA") {
    if (!in_order(node, *payload, again)) ask_rebirth(node, place, now);
  } else {
    return done(fail(ErrorCode::kInvalidRequest, "no type of message of Sparkplug B: " + std::string(place.type)));
  }
  if (!place.type.ends_with("BIRTH")) return give(node, place, *payload, now, done);
  ++counts_.births;
  learn(node, place, *payload);
  const Done both = after_all(2, done);
  tell_online(place, std::string(place.device), true, payload->at == kNoInstant ? now : payload->at, both);
  give(node, place, *payload, now, both);
}

/// The sequence runs 0 … 255 over all messages of a node but its death (clause 5.5).
bool SparkplugHost::in_order(Node& node, const SparkplugPayload& payload, bool again) {
  if (!node.born) return false;
  const auto number = static_cast<std::uint8_t>(payload.sequence.value_or(256));
  if (payload.sequence && *payload.sequence <= 255 && number == node.next) {
    ++node.next;
    return true;
  }
  if (again && static_cast<std::uint8_t>(node.next - number) <= 128) return true;  // one of the last, once more
  ++counts_.gaps;
  node.born = false;
  node.aliases.clear();
  return false;
}

void SparkplugHost::ask_rebirth(Node& node, const Place& place, Instant now) {
  if (node.asked != kNoInstant && now.us - node.asked.us < kBetweenRebirths) return;
  node.asked = now;
  ++counts_.rebirths_asked;
  auto request = things::sparkplug_command("Node Control/Rebirth", {}, things::SparkplugType::kBoolean, "true", now);
  send_("spBv1.0/" + std::string(place.group) + "/NCMD/" + std::string(place.node), std::move(*request));
}

void SparkplugHost::learn(Node& node, const Place& place, const SparkplugPayload& payload) {
  if (!place.device.empty()) node.devices[std::string(place.device)] = true;
  for (const SparkplugMetric& metric : payload.metrics) {
    if (metric.name.empty() || node.metrics.size() >= kMostMetrics) continue;
    const Known known{metric.name, metric.type, metric.alias};
    if (metric.alias) node.aliases[*metric.alias] = known;
    node.metrics[{std::string(place.device), things::sparkplug_attribute(metric.name)}] = known;
  }
}

Result<std::pair<std::string, std::string>> SparkplugHost::command(std::string_view group, std::string_view address,
                                                                   const std::string& attribute, std::string_view value,
                                                                   Instant now) const {
  const std::string node_name(take_until(address, ':')), device(address);
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(std::string(group) + "/" + node_name);
  if (found == nodes_.end() || !found->second.born) {
    return fail(ErrorCode::kUnavailable, "the edge node is not online");
  }
  const Node& node = found->second;
  const auto alive = node.devices.find(device);
  if (!device.empty() && (alive == node.devices.end() || !alive->second)) {
    return fail(ErrorCode::kUnavailable, "the device is not online at its edge node");
  }
  const auto metric = node.metrics.find({device, attribute});
  if (metric == node.metrics.end()) {
    return fail(ErrorCode::kResourceNotFound, "the birth named no metric " + attribute);
  }
  const Known& known = metric->second;
  auto payload = things::sparkplug_command(known.name, known.alias, known.type, value, now);
  if (!payload) return tl::unexpected(payload.error());
  std::string topic = "spBv1.0/" + std::string(group) + (device.empty() ? "/NCMD/" : "/DCMD/") + node_name;
  if (!device.empty()) topic.append(1, '/').append(device);
  return std::pair{std::move(topic), std::move(*payload)};
}

void SparkplugHost::give(const Node& node, const Place& place, const SparkplugPayload& payload, Instant now,
                         const Done& done) const {
  things::Payload readings;
  Instant last = kNoInstant;
  bool unknown = false;
  for (const SparkplugMetric& metric : payload.metrics) {
    std::string_view name = metric.name;
    things::SparkplugType type = metric.type;
    if (name.empty() && metric.alias) {
      const auto found = node.aliases.find(*metric.alias);
      if (found == node.aliases.end()) {
        unknown = true;
        continue;
      }
      name = found->second.name;
      if (type == things::SparkplugType::kUnknown) type = found->second.type;
    }
    std::string value = things::sparkplug_value(metric, type);
    if (name.empty() || value.empty() || for_the_host(name)) continue;
    Instant at = metric.at != kNoInstant ? metric.at : payload.at;
    if (at == kNoInstant) at = now;
    if (readings.reports.empty() || at != last) {
      readings.reports.push_back({{}, {}, at, static_cast<std::uint32_t>(readings.readings.size()), 0});
      last = at;
    }
    readings.readings.push_back({readings.keep(things::sparkplug_attribute(name)), readings.keep(std::move(value))});
    ++readings.reports.back().count;
  }
  const Done told = [unknown, done](const Result<void>& taken) {
    if (taken && unknown) {
      return done(fail(ErrorCode::kInvalidRequest, "metrics by aliases that are not known; a rebirth was asked for"));
    }
    done(taken);
  };
  if (readings.reports.empty()) return told({});
  take_(place.group, address_of(place.node, place.device), readings, told);
}

void SparkplugHost::died(Node& node, const Place& place, const SparkplugPayload& payload, bool again, Instant now,
                         const Done& done) {
  const Instant at = place.type == "DDEATH" && payload.at != kNoInstant ? payload.at : now;
  if (place.type == "DDEATH") {
    ++counts_.deaths;
    if (!in_order(node, payload, again)) ask_rebirth(node, place, now);
    node.devices[std::string(place.device)] = false;
    return tell_online(place, std::string(place.device), false, at, done);
  }
  // The death of an earlier life is of no interest (clause 6.4.22).
  for (const SparkplugMetric& metric : payload.metrics) {
    if (metric.name != "bdSeq") continue;
    if (node.born && things::sparkplug_value(metric, metric.type) != node.birth_number) return done({});
  }
  ++counts_.deaths;
  std::vector<std::string> gone{""};
  for (auto& [device, alive] : node.devices) {
    if (std::exchange(alive, false)) gone.push_back(device);
  }
  node.born = false;
  node.aliases.clear();
  node.asked = kNoInstant;
  const Done all = after_all(gone.size(), done);
  for (const std::string& device : gone) tell_online(place, device, false, at, all);
}

void SparkplugHost::tell_online(const Place& place, const std::string& device, bool online, Instant at,
                                const Done& done) const {
  things::Payload readings;
  readings.reports.push_back({{}, {}, at, 0, 1});
  readings.readings.push_back({"online", online ? "true" : "false"});
  take_(place.group, address_of(place.node, device), readings, done);
}

}  // namespace tsunagu::gateway::mqtt
