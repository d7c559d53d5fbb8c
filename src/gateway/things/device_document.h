// Devices as JSON of /things/devices. Internal to it.
#pragma once
#include <string>
#include <string_view>

#include "gateway/things/parts.h"
#include "things/device_entity.h"

namespace tsunagu::gateway::iot {

struct DeviceDraft {
  core::DeviceText text;
  std::string name, serial_number, location, owner;  ///< location: GeoJSON
  std::string certificate;                           ///< stands for it instead of a key
  bool with_key = true;
};
/// {"group","address"} and, if given, "id", "model", "asset", "name", "serialNumber", "location", "owner", "simulated",
/// "withKey", "certificate". Names the member that is wrong.
Result<DeviceDraft> read_device_draft(std::string_view body);
/// SHA-256 of a client certificate as programs print it ("AB:CD:…", any case) → 64 digits in lower case.
Result<std::string> read_fingerprint(std::string text);
ngsi::Entity entity_of(const DeviceDraft& draft);

/// {"id","group","address","status", …}: what a list tells. Cheap.
void append_device(std::string& out, const core::Device& device);
/// … and what it measures, with the last values and what is thought of them.
void append_device_whole(std::string& out, const core::Device& device, const store::Store& store);

}  // namespace tsunagu::gateway::iot
