// Devices, what they measure, and the groups that they come in, as the registry holds them in memory. The same as
// entities (Device, DeviceModel, ServiceGroup): device_entity.h.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ngsi/term.h"
#include "store/store.h"

namespace tsunagu::things {

class Mapping;  // mapping.h

/// One thing that a model measures.
struct Measure {
  std::string name;        ///< in payloads
  ngsi::TermId attribute;  ///< of the graph
  std::string unit;        ///< UN/CEFACT common code (CEL, CMT …); "" for none
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  double max_per_second = 0;       ///< change; 0: any
  std::int64_t stuck_after_s = 0;  ///< without the least change; 0: may stay as it is
  double scale = 1, offset = 0;    ///< calibration: value = raw × scale + offset
  bool place = false;              ///< GeoJSON geometry: a GeoProperty
};

/// What devices of one make are.
struct Model {
  std::string id;                        ///< of its entity; "": of devices without a model
  std::int64_t expected_interval_s = 0;  ///< between reports; 0: it reports when it likes, and is never late
  std::vector<Measure> measures;
  std::shared_ptr<const Mapping> mapping;            ///< how its payloads are read; null: by their format
  std::string mapping_fault;                         ///< why there is none although one is given
  const Measure* find(std::string_view name) const;  ///< null: not said. Linear: models measure a handful of things
};
using ModelPtr = std::shared_ptr<const Model>;

/// Devices that share a way in, as in FIWARE IoT agents: {k} of `/iot/json?k=&i=`, a bucket of InfluxDB.
struct Group {
  store::TenantId tenant;
  std::string name;
  std::string id;                      ///< of its entity
  std::string model;                   ///< of devices that it makes
  bool auto_provision = false;         ///< an address that is not known becomes a device
  std::string address_tag = "device";  ///< of line protocol: the tag that is the address; without it: the measurement
};
using GroupPtr = std::shared_ptr<const Group>;

enum class Status : std::uint8_t { kRegistered, kOnline, kLate, kSilent, kOutOfRange };
std::string_view name(Status status);  ///< "registered", "online", "late", "silent", "outOfRange": `deviceState`

/// The last observations of a series that does not come in order: whether one was said before is known without a look
/// at the disk, as long as it is newer than `floor`.
struct Memory {
  Memory() { ++alive; }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { --alive; }

  struct Seen {
    Instant at;
    std::uint64_t mark = 0;
  };
  std::array<Seen, 32> seen;
  std::uint8_t next = 0, calm = 0;  ///< calm: how many came in order since the last that did not
  Instant floor;                    ///< everything said before that is not in `seen` is not newer than this

  static inline std::atomic<std::size_t> alive{0};  ///< 550 bytes each
  static constexpr std::size_t kMost = 200'000;
};

/// What was seen last of one attribute of one device. 80 bytes.
struct Track {
  ngsi::TermId attribute;
  std::uint8_t next = 0;
  bool out_of_range = false;
  Instant at, moved_at;  ///< newest observation; since when the value is what it is
  double value = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t hash = 0;        ///< of its text
  std::uint32_t recent[8] = {};  ///< of (instant, text) of the last ones: tells repetitions
  std::unique_ptr<Memory> memory;
};

/// What a device did: shared by what it was and what it is. About 80 bytes and its tracks.
struct Live {
  std::mutex mutex;  ///< for `tracks`
  std::vector<Track> tracks;
  std::atomic<std::int64_t> observed_us{std::numeric_limits<std::int64_t>::min()};  ///< newest observation
  std::atomic<std::int64_t> arrived_us{std::numeric_limits<std::int64_t>::min()};   ///< of the last report
  std::atomic<std::int64_t> written_us{std::numeric_limits<std::int64_t>::min()};   ///< when the last ones were durable
  std::atomic<Status> status{Status::kRegistered};  ///< as its entity says, or is about to
};

/// One device, as its entity says: a device that is changed is a new one. About 200 bytes.
struct Device {
  GroupPtr group;
  ModelPtr model;
  std::string address;
  std::string id;                                  ///< of its entity
  std::string asset;                               ///< whose attributes it observes; "": its own entity
  std::shared_ptr<const std::string> calibration;  ///< its own, as JSON, in `model` already; null: none
  bool simulated = false;                          ///< by tsunagu-sim: its time is not ours
  bool fresh = false;                              ///< made by its first report; its entity is not there yet
  std::shared_ptr<Live> live = std::make_shared<Live>();

  const std::string& target() const { return asset.empty() ? id : asset; }
};
using DevicePtr = std::shared_ptr<const Device>;

}  // namespace tsunagu::things
