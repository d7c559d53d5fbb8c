// Who is called for which alarm, when, and who next when nobody answers: a text (TOML) of each tenant.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "automation/alarm.h"

namespace tsunagu::automation {

struct Person {
  std::string name;
  std::string mail, webhook, push;  ///< one way or more; push: an account, on whose devices it is shown
  Condition shift;                  ///< only hours and season are used
  std::uint8_t weekdays = 0x7f;     ///< 1: Monday … 64: Sunday
};
struct DutyStep {
  Span after;  ///< since the alarm was raised, while nobody has acknowledged it
  std::vector<Person> people;
};
struct Duty {
  std::string name;
  std::vector<std::string> sources;  ///< names of rules; one that ends in '*' is a beginning; none: all
  int least = 3;                     ///< severity_rank: this and what is worse
  std::vector<DutyStep> steps;       ///< in the order of `after`
};
struct Roster {
  int utc_offset_minutes = 9 * 60;
  std::vector<Duty> duties;
  /// The first duty that is for the alarm; null: none.
  const Duty* duty_for(const Alarm& alarm) const;
  /// The first of this name; null: nobody is called so.
  const Person* find(std::string_view name) const;
};

/// [[duty]] with [[duty.step]]; see docs/automation.md. BadRequestData: "FILE:LINE: what is wrong".
Result<Roster> read_roster(std::string_view text, std::string_view file);
/// {"duties":[{name,rules,severity,steps:[{after,people:[{name,ways:[…],onDuty}]}]}]}: as it was understood, and who is
/// on duty at `t`.
std::string to_json(const Roster& roster, Instant t);
bool on_shift(const Person& person, int utc_offset_minutes, Instant t);

}  // namespace tsunagu::automation
