// Devices, models and groups as entities of the graph: type names and attributes of the Smart Data Models where they
// have them (dataModel.Device), docs/things.md for the others.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "ngsi/entity.h"
#include "ngsi/record.h"
#include "things/device.h"

namespace tsunagu::things {

/// Numbers of the names used, interned once.
struct Terms {
  ngsi::TermId device, device_model, service_group;  ///< types
  ngsi::TermId serial_number, service_group_name, device_address, controlled_asset, ref_device_model, has_model,
      simulated, device_state, date_last_value_reported, supported_protocol, controlled_property, name,
      expected_interval, measures, calibration, payload_mapping, auto_provision, address_tag, battery_level,
      firmware_version, rssi, snr, quality, raw_value, reported_at, location;
};
const Terms& terms();

/// What an entity says; the links (group, model) are names still.
struct DeviceText {
  std::string id, group, address, model, asset;
  std::string calibration;  ///< JSON: [{"name","scale","offset"}]; "": as the model says
  bool simulated = false;
  Status status = Status::kRegistered;
  Instant last_reported;
};
/// Empty address: it is no device that can report. ~0.5 µs.
DeviceText read_device(const ngsi::Record& record);
/// What is wrong in `measures` is left out.
Model read_model(const ngsi::Record& record);
/// The model with a device's own calibration; what is wrong in that is left out.
ModelPtr calibrated(const Model& model, std::string_view calibration);
Group read_group(store::TenantId tenant, const ngsi::Record& record);
/// Is what read_device, read_model or read_group reads the same in both? Either may be null. ~200 ns.
bool same_description(const ngsi::Record* before, const ngsi::Record* after);

/// The entity of a device: urn:ngsi-ld:Device:GROUP:ADDRESS unless `text.id` is given. For create or append.
ngsi::Entity device_entity(const DeviceText& text);
std::string device_id(std::string_view group, std::string_view address);

/// BadRequestData for a group or address that cannot be part of a topic: empty, longer than 128 bytes, with / + # or
/// control characters, not UTF-8.
Result<void> check_address(std::string_view what, std::string_view text);

/// An attribute as it is kept: value in canonical JSON.
ngsi::Attribute property(ngsi::TermId name, std::string value);
ngsi::Attribute text_property(ngsi::TermId name, std::string_view text);
ngsi::Attribute relationship(ngsi::TermId name, std::string_view id);
/// "Paddy" of urn:ngsi-ld:Paddy:1; "Thing" when it is no such URN.
std::string_view type_of_id(std::string_view id);

/// Decides to add `attributes` to the entity, or to make it of them (with `types`).
store::Decide write_attributes(std::string id, std::vector<ngsi::TermId> types,
                               std::vector<ngsi::Attribute> attributes);

}  // namespace tsunagu::things
