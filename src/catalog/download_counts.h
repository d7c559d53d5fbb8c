// How often each distribution was downloaded: counted in memory, written to the graph now and then.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "store/store.h"

namespace tsunagu::catalog {

/// Thread-safe. A crash loses what was counted since the last writing.
class DownloadCounts {
 public:
  explicit DownloadCounts(store::Store& store, std::chrono::seconds every = std::chrono::seconds(60));
  ~DownloadCounts();

  void count(store::TenantId tenant, std::string_view distribution);
  /// Counted, but not in the graph yet.
  std::uint64_t waiting(store::TenantId tenant, std::string_view distribution);
  /// Writes what waits and ends the thread. Before the store stops; called once.
  void stop();

 private:
  void run();
  void write();

  store::Store& store_;
  const std::chrono::seconds every_;
  std::mutex mutex_;
  std::condition_variable ends_;
  bool stopping_ = false;
  std::map<std::pair<store::TenantId, std::string>, std::uint64_t> waiting_;
  std::thread thread_;
};

}  // namespace tsunagu::catalog
