// Alarms of all tenants: kept in the graph, people called by the roster (alarm_book.h), with a thread for what is due.
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "automation/alarm_book.h"
#include "automation/engine.h"

namespace tsunagu::automation {

struct AlarmOptions {
  /// Each answers once, from any thread, with "" or what went wrong. Must not block. None: that way is not available.
  using Told = std::function<void(std::string fault)>;
  std::function<void(std::string address, Words subject, Words text, Told told)> mail;
  std::function<void(std::string url, std::string json, Told told)> webhook;
  /// On the devices of an account of the tenant.
  std::function<void(store::TenantId tenant, std::string account, const Calling& calling, Told told)> push;
  std::function<Instant()> clock;  ///< none: the system's
};

/// Thread-safe.
class Alarms {
 public:
  Alarms(store::Store& store, AlarmOptions options);
  ~Alarms();

  /// Reads what is kept, and begins.
  void start();
  /// The store must still take writes.
  void stop();

  /// Raises or clears for a rule.
  void take(const Call& call);

  std::vector<Alarm> all(store::TenantId tenant) const;
  std::optional<Alarm> find(store::TenantId tenant, const std::string& id) const;
  Alarm raise(store::TenantId tenant, const std::string& source, const std::string& entity, const std::string& severity,
              const Words& text, const Words& reason);
  Result<Alarm> clear(store::TenantId tenant, const std::string& id);
  Result<Alarm> acknowledge(store::TenantId tenant, const std::string& id, const std::string& by,
                            const std::string& note);
  /// All of a rule that nobody has seen to; how many these were.
  std::size_t acknowledge_all(store::TenantId tenant, const std::string& source, const std::string& by,
                              const std::string& note);
  Result<Alarm> reopen(store::TenantId tenant, const std::string& id);
  Result<Alarm> shelve(store::TenantId tenant, const std::string& id, const std::string& by, Instant until);

  /// The roster's text; "" when there is none.
  std::string roster(store::TenantId tenant) const;
  /// BadRequestData. `done`: it is kept, and holds for what is called from now on.
  void set_roster(store::TenantId tenant, std::string text, std::function<void(Result<void>)> done);

  Instant clock() const { return options_.clock ? options_.clock() : now(); }

 private:
  struct Shared;
  AlarmBook& book(store::TenantId tenant);
  /// Writes what changed, under the lock; gives what is to be told, without it.
  void follow(store::TenantId tenant, Effects effects, std::unique_lock<std::mutex>& lock);
  Result<Alarm> followed(store::TenantId tenant, const std::string& id, Result<Effects> effects,
                         std::unique_lock<std::mutex>& lock);
  void write(store::TenantId tenant, const std::string& id);
  void run();

  store::Store& store_;
  const AlarmOptions options_;
  std::shared_ptr<Shared> shared_;
  std::map<store::TenantId, AlarmBook> books_;
  std::thread thread_;
};

}  // namespace tsunagu::automation
