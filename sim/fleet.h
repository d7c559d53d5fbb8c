// All devices of the simulated region: which there are, when each reports, and what it says. Two fleets of the same
// settings that are asked the same say the same; only gates of paddies that were commanded from outside differ.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json_object.h"
#include "sim/kinds.h"
#include "sim/practice.h"
#include "sim/timetable.h"

namespace tsunagu::sim {

struct FleetSettings {
  std::uint64_t seed = 1;
  std::size_t devices = 500;
  bool cold_july = false;
  std::filesystem::path municipalities = "data/region/municipalities.csv";
  std::filesystem::path gtfs;  ///< folder of an unpacked feed; empty or not there: a made-up line
  Instant start;               ///< paddies begin as they are wanted then
};

class Fleet {
 public:
  static Result<Fleet> make(const FleetSettings& settings);

  std::size_t size() const { return devices_.size(); }
  Kind kind(std::size_t device) const { return devices_[device].kind; }
  std::string address(std::size_t device) const;  ///< "paddy-0001"
  static std::string group(Kind kind);            ///< "sim-paddy"
  Place home(std::size_t device) const { return devices_[device].home; }
  std::size_t count(Kind kind) const { return ranges_[static_cast<std::size_t>(kind)].count; }
  std::size_t first(Kind kind) const { return ranges_[static_cast<std::size_t>(kind)].first; }

  /// Calls `report` for each report that is due in [from, until): of one device in order of time.
  void due(Instant from, Instant until, const std::function<void(std::size_t device, Instant t)>& report) const;
  /// Appends what `device` says at `t`, a JSON object; false: it is silent. For one paddy never back in time. ~1 µs.
  bool say(std::size_t device, Instant t, std::string& out);

  /// The gate of a paddy (counted among paddies) as commanded, 0 … 1: from now on it is moved by commands only.
  void set_gate(std::size_t paddy, double opening);
  /// The same of the height of its outlet.
  void set_weir(std::size_t paddy, double mm);
  /// Is this paddy one that waits for commands, and not for its farmer?
  bool takes_commands(std::size_t paddy) const { return !fields_[paddy].by_hand; }

  // Entities in concise NGSI-LD.
  static std::string model_entity(Kind kind);
  static std::string group_entity(Kind kind);
  std::string device_entity(std::size_t device) const;
  /// What the device observes; empty when it is the device itself.
  std::string asset_entity(std::size_t device) const;

  const Climate& climate() const { return climate_; }

 private:
  struct Device {
    Kind kind;
    Place home;
  };
  struct Range {
    std::size_t first = 0, count = 0;
  };
  struct Field {
    Paddy paddy;
    Water water;
    Gates gates;
    Instant at;
    Knowledge known;
    Target wanted;
    std::int64_t asked = -1;  ///< of the forecast, in turns of three hours
    bool by_hand = false, commanded = false, weir_commanded = false;
  };

  explicit Fleet(const FleetSettings& settings) : settings_(settings), climate_(settings.seed, settings.cold_july) {}
  void say_paddy(std::size_t device, Instant t, JsonObject& values);
  void say_bus(std::size_t device, Instant t, JsonObject& values) const;
  void advance(Field& field, std::size_t number, Instant t);
  std::string asset_id(std::size_t device) const;
  std::size_t number(std::size_t device) const { return device - first(devices_[device].kind); }

  FleetSettings settings_;
  Climate climate_;
  Timetable timetable_;
  std::vector<Device> devices_;
  std::array<Range, kKinds> ranges_;
  std::vector<Field> fields_;
  std::vector<std::string> town_names_;  ///< of weather stations
};

}  // namespace tsunagu::sim
