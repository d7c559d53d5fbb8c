// Keeps the indicators of a plan up to date: when something changes that a definition counts, its values are computed
// anew and written into the graph as kpiValue, each at the date at which it was so.
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "catalog/plan/indicator.h"
#include "store/store.h"

namespace tsunagu::catalog {

struct KeeperOptions {
  std::chrono::milliseconds quiet{200};      ///< computed when nothing changed for so long …
  std::chrono::milliseconds patience{2000};  ///< … or at the latest after so long
};

/// Watches a store from construction to destruction. All work is done on a thread of its own; the writer only notes
/// that something concerns an indicator. What is computed is written only where it differs from what the graph has, so
/// that writing it ends the matter. A value that can no longer be computed stays as it is.
class IndicatorKeeper final : public store::Watcher {
 public:
  /// `counted`: what definitions count, as everybody may see it: a definition cannot ask for what its author does not
  /// see.
  IndicatorKeeper(store::Store& store, const store::Store& counted, KeeperOptions options = {});
  ~IndicatorKeeper() override;

  /// Computes all indicators, then those that changes concern.
  void start();
  /// What is under way is finished. The store must still take writes.
  void stop();

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t) override;
  void past_committed(std::span<const store::PastChange> changes) override;
  void failed() override {}

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool concerns(store::TenantId tenant, ngsi::TermId type) const;
  bool concerns(store::TenantId tenant, const ngsi::Record* record) const;
  void note(const std::set<store::TenantId>& tenants);
  void compute_all(store::TenantId tenant);
  void keep(store::TenantId tenant, const ngsi::RecordPtr& record);
  void write(std::vector<store::Write> writes, const std::string& id);

  store::Store& store_;
  const store::Store& counted_from_;
  const KeeperOptions options_;
  const ngsi::TermId indicator_type_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<store::TenantId, std::set<ngsi::TermId>> counted_;  ///< types that definitions count
  std::set<store::TenantId> waiting_;
  Clock::time_point first_change_, last_change_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tsunagu::catalog
