// The record of what rules did: one entity AutomationRecord for each rule and entity, whose history is every single
// action with its reason.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "automation/machine.h"
#include "store/store.h"

namespace tsunagu::automation {

inline constexpr std::string_view kRecordType = "AutomationRecord";

/// One thing that was done, and how that went.
struct Done {
  Words what;
  std::string target, attribute, value;  ///< of command and set; value: JSON
  bool ok = true;
  std::string fault;
};

struct Record {
  std::string rule;
  Words title;
  std::string entity;  ///< URN
  Instant at;
  Event event = Event::kFired;
  Cause cause = Cause::kCondition;
  Words reason;
  std::vector<Done> done;
  std::string owner;   ///< URN of whose rule it is; "" for nobody
};

std::string record_id(std::string_view rule, std::string_view entity);
/// The write that adds it to its entity.
store::EntityWrite write_record(store::TenantId tenant, const Record& record);
/// Canonical JSON, as routes tell it.
std::string to_json(const Record& record);
/// What the record entity says was last: its event and instant; nothing when there is none.
struct LastEvent {
  std::string event;
  Instant at;
};
LastEvent last_event(const ngsi::Record& record);

/// Records as JSON objects (to_json), newest first: of a rule ("": of all), of an entity ("": of all), not before
/// `from`. Reads history (I/O).
Result<std::vector<std::string>> find_records(const store::Store& store, store::TenantId tenant, std::string_view rule,
                                              std::string_view entity, Instant from, std::size_t limit);

}  // namespace tsunagu::automation
