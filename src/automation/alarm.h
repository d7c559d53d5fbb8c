// An alarm: something that a person has to see to. One for each rule (or other source) and entity; raised again, it is
// the same one. Kept as an entity Alarm, so that its history, subscriptions and live streams come from the graph.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "automation/rule.h"
#include "store/store.h"

namespace tsunagu::automation {

enum class AlarmStatus : std::uint8_t {
  kRaised,        ///< nobody has seen to it
  kAcknowledged,  ///< somebody has it in hand; what it is about goes on
  kShelved,       ///< put aside until shelved_until: nobody is called
  kCleared,       ///< what it was about is over
};
std::string_view name(AlarmStatus status);  ///< "raised", …

inline constexpr std::string_view kAlarmType = "Alarm";
/// "critical", "major", "minor", "warning" → 0 … 3; -1: none of them.
int severity_rank(std::string_view severity);
std::string_view severity_name(int rank);

/// One notice to somebody.
struct AlarmNotice {
  Instant at;
  std::string person, way;  ///< way: "mail", "push" or "webhook"; "" when nobody was on duty
  std::string fault;        ///< "": it was taken
};

struct Alarm {
  std::string id;
  std::string source, entity;  ///< name of the rule; URN
  std::string severity;
  Words text, reason;
  AlarmStatus status = AlarmStatus::kRaised;
  Instant raised_at, cleared_at;
  std::uint64_t count = 1;     ///< how often it was raised
  std::string acknowledged_by, note;
  Instant acknowledged_at;
  std::string shelved_by;
  Instant shelved_until;
  std::size_t step = 0;        ///< of the roster, that is called next
  Instant step_at;             ///< when; kNoInstant: nobody more is called
  std::vector<std::string> waiting;  ///< names of people to whom it will be told with others, in a flood
  std::vector<AlarmNotice> notices;  ///< the last kMaxNotices
  static constexpr std::size_t kMaxNotices = 50;
  bool open() const { return status != AlarmStatus::kCleared; }
};

std::string alarm_id(std::string_view source, std::string_view entity);
/// Canonical JSON, as routes tell it and the entity keeps it.
std::string to_json(const Alarm& alarm);
/// BadRequestData when it is none.
Result<Alarm> read_alarm(std::string_view json);
/// The write that puts its entity in this state.
store::EntityWrite write_alarm(store::TenantId tenant, const Alarm& alarm, Instant now);
/// The alarms that a tenant's entities keep; those that cannot be read are passed over.
std::vector<Alarm> kept_alarms(const store::Store& store, store::TenantId tenant);

}  // namespace tsunagu::automation
