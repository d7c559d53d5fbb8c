// Odd access, told from the audit log alone: what somebody does that they, or nobody, usually does.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "trust/audit/record.h"

namespace tsunagu::trust {

struct Alert {
  std::string kind;      ///< "mass-reads", "unusual-hour", "new-address", "first-role", "denials", "failed-sign-ins",
                         ///< "emergency", "log-altered"
  std::string severity;  ///< "low", "medium", "high"
  std::string subject;   ///< URN of who it is about; an account or an address when nobody is known; "" for nobody
  std::string person;    ///< URN of the person whose data it is about; "" for none or many
  std::string tenant;
  std::string id;  ///< the same for what is the same oddity: it is told once
  Instant at;
  std::uint64_t line = 0;  ///< of the log, that gave the last cause; 0: none
  std::string ja, en;      ///< what happened, for staff
};

/// From when on something is odd. Instants are those of the records, so the same log gives the same alerts.
struct AlertLimits {
  std::size_t persons_an_hour = 200;    ///< read by one subject, whoever they are
  std::size_t persons_to_compare = 30;  ///< below, nothing is compared with what is usual
  double times_usual = 5;               ///< more persons in an hour than so many times their usual
  std::size_t hours_to_know = 10;       ///< active hours after which the usual is known
  std::size_t events_to_know = 50;      ///< after which hours of the day, addresses and roles are known …
  std::size_t days_to_know = 5;         ///< … and so many days
  std::size_t denials = 20;             ///< of one subject (or address of nobody known) in ten minutes
  std::size_t failed_sign_ins = 10;     ///< to one account in 15 minutes
  std::size_t failed_from_address = 30;
  std::size_t subjects = 20'000;  ///< remembered; beyond, those not seen for longest are forgotten
};

/// Not thread-safe. ~300 ns for a record. Memory: at most about 1 KB a subject and 64 KB for one that reads very much.
class Detector {
 public:
  using Tell = std::function<void(Alert)>;
  /// What happened before `tell_from` is only learned from.
  Detector(AlertLimits limits, Instant tell_from, Tell tell)
      : limits_(limits), tell_from_(tell_from), tell_(std::move(tell)) {}
  void take(const AuditEvent& event);

 private:
  /// How often something happened lately.
  class Window {
   public:
    /// Counts `at`, forgets what is more than `length_us` older; how many are left.
    std::size_t add(Instant at, std::int64_t length_us);

   private:
    std::deque<Instant> at_;
  };
  /// What is known of one subject.
  struct Habit {
    Instant seen;
    std::uint64_t events = 0;
    std::uint64_t days = 0;
    std::int64_t last_day = -1;
    std::uint32_t hours = 0;  // of the day (UTC), bits
    std::unordered_set<std::uint64_t> addresses, rules;
    // The persons of the last hour.
    std::deque<std::pair<Instant, std::uint64_t>> reads;
    std::unordered_map<std::uint64_t, std::uint32_t> persons;
    // Persons in an hour of the clock in which they read anything.
    std::int64_t hour = -1;
    std::size_t most_this_hour = 0;
    std::uint64_t active_hours = 0;
    double usual = 0;
    Window denials;
  };

  Habit& habit(const std::string& key, Instant at);
  Window& window(const std::string& key);
  void take_access(const AuditEvent& event, Habit& habit, const std::string& who);
  void take_reads(const AuditEvent& event, Habit& habit, const std::string& who);
  void take_denial(const AuditEvent& event);
  void take_sign_in(const AuditEvent& event);
  void take_emergency(const AuditEvent& event);
  /// Was this told within the period?
  bool told(const AuditEvent& event, std::string_view kind, std::string_view severity, const std::string& who,
            std::int64_t period_us) const;
  void tell(const AuditEvent& event, std::string_view kind, std::string_view severity, const std::string& who,
            std::int64_t period_us, std::string ja, std::string en);

  const AlertLimits limits_;
  const Instant tell_from_;
  const Tell tell_;
  std::unordered_map<std::string, Habit> habits_;
  std::unordered_map<std::string, Window> failures_;  // by account, by address
  std::unordered_map<std::string, Instant> told_;     // id → when
};

/// That the audit log was altered: `fault` says where.
Alert log_altered(const std::string& fault, Instant at);

/// `text` without its port: "192.0.2.7" of "192.0.2.7:53210", "2001:db8::1" of "[2001:db8::1]:53210".
std::string_view address_of(std::string_view peer);

}  // namespace tsunagu::trust
