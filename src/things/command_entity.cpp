#include "things/command_entity.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"
#include "base/text.h"
#include "ngsi/body.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/core_context.h"
#include "ngsi/json_walk.h"
#include "things/device_entity.h"

namespace tsunagu::things {
namespace {

namespace walk = ngsi::walk;

struct CommandTerms {
  ngsi::TermId commands, timeout, by_rule;
};
const CommandTerms& command_terms() {
  static const CommandTerms kTerms{command_term("commands"), command_term("commandTimeout"), command_term("setByRule")};
  return kTerms;
}

bool protocol_says(const ngsi::Record& record, std::string_view word) {
  const ngsi::AttributeView protocol = record.find(terms().supported_protocol);
  return protocol.data() != nullptr && protocol.value().find(word) != std::string_view::npos;
}

bool hangs_on_sparkplug(const store::Store& store, const Registry& registry, store::TenantId tenant,
                        const DeviceText& text) {
  const std::size_t colon = text.address.find(':');
  if (colon == std::string::npos) return false;
  const DevicePtr node = registry.find(tenant, text.group, std::string_view(text.address).substr(0, colon));
  const ngsi::RecordPtr record = node ? store.find(tenant, node->id) : nullptr;
  return record && protocol_says(*record, "parkplug");
}

/// The same for the same command, also after a restart: in the form of a UUID, as ChirpStack wants it.
std::string ticket_of(const Command& command) {
  const std::string all =
      fmt::format("{}\n{}\n{}\n{}", command.tenant.value, command.device, command.name, command.asked.us);
  const std::uint64_t a = hash64(all), b = hash64(all, 1);
  return fmt::format("{:08x}-{:04x}-8{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff, b >> 52,
                     b & 0xffffffffffff);
}

}  // namespace

ngsi::TermId command_term(std::string_view name, std::string_view ending) {
  return ngsi::core_context()->intern(std::string(name).append(ending));
}

bool has_commands(const ngsi::Record& record) {
  return record.find(command_terms().commands).data() != nullptr;
}

std::vector<std::string> command_names(const ngsi::Record& device) {
  std::vector<std::string> names;
  const ngsi::AttributeView list = device.find(command_terms().commands);
  if (list.data() == nullptr) return names;
  const std::string_view value = list.value();
  const auto add = [&](std::string_view json) {
    if (walk::is_string(json) && ngsi::valid_name(json_string_text(json))) names.push_back(json_string_text(json));
    return false;
  };
  if (walk::is_array(value)) {
    walk::any_element(value, add);
  } else {
    add(value);
  }
  return names;
}

bool is_command(const ngsi::AttributeView& attribute) {
  if (attribute.data() == nullptr) return false;
  if (attribute.parts().observed_at == kNoInstant) return true;
  for (const ngsi::AttributeView sub : ngsi::sub_attributes(attribute)) {
    if (sub.name() == command_terms().by_rule) return true;
  }
  return false;
}

bool is_new_command(const ngsi::Record* before, const ngsi::Record& after, ngsi::TermId term) {
  const ngsi::AttributeView now = after.find(term);
  if (!is_command(now)) return false;
  if (before == nullptr) return true;
  const ngsi::AttributeView was = before->find(term);
  return was.data() == nullptr || was.modified_at() != now.modified_at();
}

Command read_command(const store::Store& store, const Registry& registry, store::TenantId tenant,
                     const ngsi::Record& device, std::string_view entity, const std::string& name,
                     const ngsi::AttributeView& attribute, std::int64_t timeout_s) {
  const DeviceText text = read_device(device);
  Command command;
  command.tenant = tenant;
  command.device = text.id;
  command.entity = std::string(entity);
  command.group = text.group;
  command.address = text.address;
  command.name = name;
  const auto parts = attribute.parts();
  command.value = std::string(parts.value);
  command.asked = attribute.modified_at();
  if (protocol_says(device, "oRa")) {
    command.way = Command::Way::kLorawan;
    command.ticket = ticket_of(command);
  } else if (protocol_says(device, "parkplug") || hangs_on_sparkplug(store, registry, tenant, text)) {
    command.way = Command::Way::kSparkplug;
  }
  if (protocol_says(device, "ltralight") || protocol_says(device, "ltraLight")) command.format = Format::kUltraLight;
  const ngsi::AttributeView timeout = device.find(command_terms().timeout);
  if (timeout.data() != nullptr) {
    if (const auto given = walk::number(timeout.value()); given && *given >= 1 && *given <= 1e9) {
      timeout_s = static_cast<std::int64_t>(*given);
    }
  }
  command.until = parts.expires_at != kNoInstant ? parts.expires_at : Instant{command.asked.us + timeout_s * 1'000'000};
  return command;
}

bool same_value(std::string_view a, std::string_view b) {
  const auto number_of = [](std::string_view json) {
    return walk::is_bool(json) ? std::optional<double>(json == "true" ? 1 : 0) : walk::number(json);
  };
  if (a == b) return true;
  const auto x = number_of(a), y = number_of(b);
  return x && y && *x == *y;
}

store::Decide status_write(std::string_view name, Instant asked, std::string_view status, std::string info,
                           Instant at) {
  std::vector<ngsi::Attribute> list{text_property(command_term(name, "_status"), status),
                                    property(command_term(name, "_info"), std::move(info))};
  for (ngsi::Attribute& one : list) one.observed_at = at;
  const bool over = status == "expired";  // with its time the attribute may have gone
  return [list = std::move(list), term = command_term(name), asked, over](const ngsi::Record* current,
                                                                          Instant now) -> Result<store::Decision> {
    if (current == nullptr) return store::Keep{};
    const ngsi::AttributeView command = current->find(term);
    if (asked != kNoInstant && command.data() == nullptr && !over) return store::Keep{};
    // The device may have reported the same attribute meanwhile: that is no other command.
    if (asked != kNoInstant && is_command(command) && command.modified_at() != asked) return store::Keep{};
    ngsi::Entity next = ngsi::decode(*current);
    ngsi::Entity added;
    added.attributes = list;
    if (const auto simulated = current->find(terms().simulated);
        simulated.data() != nullptr && simulated.value() == "true") {
      for (ngsi::Attribute& one : added.attributes) one.observed_at = kNoInstant;
    }
    added.sort_attributes();
    if (!ngsi::append_attributes(next, std::move(added), false, now).changed) return store::Keep{};
    auto record = ngsi::encode(std::move(next));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

}  // namespace tsunagu::things
