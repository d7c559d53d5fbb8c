#include "things/message_read.h"

#include <utility>

#include "things/mapping.h"
#include "things/payload.h"

namespace tsunagu::things {

std::optional<Message> message_of_topic(std::string_view topic) {
  if (topic.starts_with('/')) topic.remove_prefix(1);
  std::string_view parts[6];
  std::size_t n = 0;
  for (std::string_view rest = topic; n < std::size(parts); ++n) {
    const std::size_t slash = rest.find('/');
    parts[n] = rest.substr(0, slash);
    if (parts[n].empty()) return std::nullopt;
    if (slash == std::string_view::npos) {
      ++n;
      break;
    }
    rest.remove_prefix(slash + 1);
    if (n + 1 == std::size(parts)) return std::nullopt;
  }
  Message message;
  if ((parts[0] == "json" || parts[0] == "ul") && (n == 4 || n == 5) && parts[3] == "attrs") {
    message.format = parts[0] == "ul" ? Format::kUltraLight : Format::kJson;
    message.group = parts[1];
    message.address = parts[2];
    if (n == 5) message.attribute = parts[4];
    return message;
  }
  if (n == 6 && parts[0] == "application" && parts[2] == "device" && parts[4] == "event" && parts[5] == "up") {
    message.format = Format::kChirpStack;
    message.group = parts[1];
    message.address = parts[3];
    return message;
  }
  return std::nullopt;
}

namespace {

/// Reads by the mapping of the device's model, when there is one: true. The mapping's own address does not count.
Result<bool> read_mapped(const DevicePtr& device, const Message& message, Payload& payload) {
  if (!device || !message.attribute.empty()) return false;
  if (!device->model->mapping_fault.empty()) {
    return fail(ErrorCode::kInvalidRequest,
                "the mapping of " + device->model->id + " cannot be used: " + device->model->mapping_fault);
  }
  if (!device->model->mapping || !device->model->mapping->has_readings()) return false;
  if (auto ok = device->model->mapping->apply(message.bytes, payload); !ok) return tl::unexpected(ok.error());
  for (Report& report : payload.reports) {
    report.group = payload.keep(device->group->name);
    report.address = payload.keep(device->address);
  }
  return true;
}

Result<void> read_uplink(const Registry& registry, const Message& message, Payload& payload) {
  if (auto ok = read_chirpstack(message.bytes, payload); !ok) return ok;
  if (payload.reports.empty()) return {};
  Report report = payload.reports.front();
  if (!message.group.empty()) report.group = message.group;
  if (!message.address.empty()) report.address = message.address;
  payload.reports.front() = report;
  Payload mapped;
  const auto by_mapping = read_mapped(registry.find(message.tenant, report.group, report.address), message, mapped);
  if (!by_mapping) return tl::unexpected(by_mapping.error());
  if (*by_mapping) {
    for (Report& each : mapped.reports) {
      if (each.at == kNoInstant) each.at = report.at;
    }
    payload = std::move(mapped);
  } else if (report.count == 0 && payload.faulty == 0) {
    return fail(ErrorCode::kInvalidRequest,
                "the uplink has no decoded \"object\": give its device profile a codec in ChirpStack, or its model a "
                "mapping");
  }
  return {};
}

}  // namespace

Result<void> read_message(const Registry& registry, const Message& message, Payload& payload) {
  switch (message.format) {
    case Format::kJson:
    case Format::kUltraLight: {
      const auto by_mapping =
          read_mapped(registry.find(message.tenant, message.group, message.address), message, payload);
      if (!by_mapping) return tl::unexpected(by_mapping.error());
      if (*by_mapping) return {};
      return message.format == Format::kJson ? read_json(message.bytes, message.attribute, payload)
                                             : read_ultralight(message.bytes, message.attribute, payload);
    }
    case Format::kLine: {
      const GroupPtr group = registry.group(message.tenant, message.group);
      return read_lines(message.bytes, group ? group->address_tag : Group().address_tag, message.tick_ns, payload);
    }
    case Format::kNdjson:
      return read_ndjson(message.bytes, payload);
    case Format::kChirpStack:
      return read_uplink(registry, message, payload);
  }
  return fail(ErrorCode::kInvalidRequest, "an unknown format");
}

}  // namespace tsunagu::things
