// The alarms of one tenant: what they are, whom to call, and when. A state machine without clock and I/O.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "automation/roster.h"

namespace tsunagu::automation {

/// What is to be told to one person, by every way they have: one alarm, or what came in a flood.
struct Calling {
  Person person;
  std::vector<std::string> alarms;  ///< ids
  Words subject, text;
  Words brief;           ///< the text for a small screen, below the subject
  std::string severity;  ///< the worst of them
};

/// What follows from something that happened.
struct Effects {
  std::set<std::string> changed;  ///< ids of alarms to be written
  std::vector<Calling> calls;
};

/// A person gets at most kSingly notices one by one in a minute; more become one each minute.
class AlarmBook {
 public:
  static constexpr std::size_t kSingly = 5;
  static constexpr std::int64_t kMinuteUs = 60'000'000;

  void set_roster(Roster roster) { roster_ = std::move(roster); }
  /// As it was kept, after the roster; nobody is called for it again, but those whom a flood kept waiting.
  void take(Alarm alarm);

  /// Raises it, or raises it again: an open one counts on and takes the new text; what was shelved stays so.
  Effects raise(std::string source, std::string entity, std::string severity, Words text, Words reason, Instant now);
  /// What it was about is over; with `by` somebody says so. ResourceNotFound, Conflict when it is cleared already.
  Result<Effects> clear(const std::string& id, Instant now);
  Result<Effects> acknowledge(const std::string& id, const std::string& by, const std::string& note, Instant now);
  /// Until then, at most kLongestShelf, nobody is called; unshelved when `until` is not later than `now`.
  Result<Effects> shelve(const std::string& id, const std::string& by, Instant until, Instant now);
  static constexpr std::int64_t kLongestShelfUs = std::int64_t{7} * 86'400 * 1'000'000;
  /// Takes back an acknowledgement, a shelf or a clearing: it is raised as before, and those are called who were not yet.
  /// ResourceNotFound, Conflict when it is raised.
  Result<Effects> reopen(const std::string& id, Instant now);
  /// Shelves that end, people who are called next, what a flood held back.
  Effects advance(Instant now);
  Instant next_due() const;

  /// How a notice went.
  void told(const std::string& id, AlarmNotice notice);

  const std::map<std::string, Alarm>& all() const { return alarms_; }

 private:
  struct Bucket {  ///< of one person
    Instant since;
    std::size_t singly = 0;
    Person person;
    std::vector<std::string> held;
  };
  Result<Alarm*> find_open(const std::string& id);
  void start_calls(Alarm& alarm, Instant now);
  void call(Alarm& alarm, Instant now, Effects& out);
  void tell(const Person& person, Alarm& alarm, Instant now, Effects& out);

  Roster roster_;
  std::map<std::string, Alarm> alarms_;
  std::map<std::string, Bucket> buckets_;  ///< by name of the person
};

}  // namespace tsunagu::automation
