// Rules of all tenants, kept and at work: the engine (engine.h) with a thread, fed by the store's changes.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "automation/engine.h"

namespace tsunagu::automation {

struct AutomationOptions {
  std::function<Instant()> clock;  ///< what time it is; none: the system's
  std::size_t max_waiting = 500'000;  ///< changes that wait; beyond, they are dropped and everything is looked at anew
  /// POST of JSON; none: rules cannot call webhooks.
  std::function<void(std::string url, std::string body, std::function<void(std::string fault)> done)> webhook;
  std::function<void(const Call&)> alarm;  ///< raises or clears; none: alarms are refused
};

/// A rule as it is told.
struct RuleInfo {
  KeptRule kept;
  std::size_t active = 0;  ///< entities for which it is active now
};

/// Thread-safe. Costs the store's writer ~50 ns per change of a type that a rule is for.
class Automation final : public store::Watcher {
 public:
  Automation(store::Store& store, const trust::Authority& authority, AutomationOptions options = {});
  ~Automation() override;

  /// Reads the rules that are kept, and begins.
  void start();
  /// What is under way is finished, what rules did is recorded. The store must still take writes.
  void stop();

  std::vector<RuleInfo> rules(store::TenantId tenant) const;
  std::optional<RuleInfo> rule(store::TenantId tenant, const std::string& name) const;

  using Done = std::function<void(Result<RuleInfo>)>;
  /// Keeps the rule in place of that of its name; durable and at work when `done` is called, on the automation's
  /// thread. `expected`: the version that is replaced (0: there must be none), or Conflict. `text` is what `rule` was
  /// read from.
  void put(store::TenantId tenant, RulePtr rule, std::string text, std::optional<bool> on,
           std::optional<std::uint64_t> expected, broker::Owner owner, Done done);
  /// ResourceNotFound.
  void switch_rule(store::TenantId tenant, std::string name, bool on, broker::Owner owner, Done done);
  void remove(store::TenantId tenant, std::string name, std::function<void(Result<void>)> done);

  Engine::Figures figures() const;
  Instant clock() const;

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t) override;
  void failed() override {}

 private:
  struct Inbox;  ///< outlives everything that posts
  void run();
  void load();
  void hear();  ///< which types rules are for now
  Result<void> keep(store::DocumentWrite write);
  Result<RuleInfo> take(KeptRule kept);
  RuleInfo info(const KeptRule& kept) const;
  std::string tell(const Call& call);

  store::Store& store_;
  const AutomationOptions options_;
  std::shared_ptr<Inbox> inbox_;
  mutable std::mutex work_;  ///< of the engine
  std::unique_ptr<Engine> engine_;
  std::mutex types_mutex_;
  std::vector<std::pair<store::TenantId, ngsi::TermId>> types_;  ///< sorted; that rules are for
  std::vector<std::pair<store::TenantId, ngsi::TermId>> followed_;  ///< sorted; attributes that are looked at from elsewhere
  std::atomic<bool> every_type_{false}, any_rule_{false};
  std::thread thread_;
};

}  // namespace tsunagu::automation
