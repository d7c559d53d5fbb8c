// One command for many devices, and how far it came: the entity CommandBatch (docs/commands.md). Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ngsi/entity.h"
#include "ngsi/record.h"
#include "store/store.h"

namespace tsunagu::things {

struct Bulk {
  std::string id;                              ///< urn:ngsi-ld:CommandBatch:…
  std::string name;                            ///< of the command
  std::string value;                           ///< canonical JSON
  std::string by;                              ///< who asked
  Instant asked, until;                        ///< until: kNoInstant for the device's own time
  std::vector<std::string> devices;            ///< ids
  std::map<std::string, std::string> refused;  ///< by id: why it was not asked
};

ngsi::TermId bulk_type();
ngsi::Entity bulk_entity(const Bulk& bulk);
/// Empty: it is none.
std::optional<Bulk> read_bulk(const ngsi::Record& record);

/// Asks one device. ResourceNotFound: there is none; BadRequestData: it has no such command.
store::Decide bulk_write(const Bulk& bulk, std::string device);

enum class BulkStage : std::uint8_t {
  kPending,
  kDelivered,
  kExecuted,
  kFailed,
  kExpired,
  kReplaced,  ///< another command took its place
  kRefused,   ///< it was not asked
};
inline constexpr std::size_t kBulkStages = 7;
std::string_view name(BulkStage stage);  ///< "pending", …

struct BulkProgress {
  BulkStage stage = BulkStage::kRefused;
  std::string info;  ///< canonical JSON; "" for none
};
/// How far it came with a device (null: there is none any more).
BulkProgress bulk_progress(const Bulk& bulk, const std::string& id, const ngsi::Record* device);

}  // namespace tsunagu::things
