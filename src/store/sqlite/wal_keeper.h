// Keeps SQLite's write-ahead log short, and on disk where the commit does not do that itself, from a thread of its own
// with a connection of its own: copying the log into the file beside the writer, who then only has to finish the little
// that came in meanwhile.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "store/sqlite/database.h"

namespace tsunagu::store {

class WalKeeper {
 public:
  /// `sync_interval` zero: the writer syncs by itself.
  static Result<std::unique_ptr<WalKeeper>> start(const std::filesystem::path& folder,
                                                  std::chrono::milliseconds sync_interval);
  ~WalKeeper();

  /// The writer tells after each commit how many pages the log has.
  void grown(int pages);
  /// True once after a copy: the writer is to copy the rest.
  bool take_finish() { return finish_.exchange(false, std::memory_order_acquire); }

 private:
  WalKeeper() = default;
  void run();
  void sync();

  Database db_;
  int wal_ = -1;
  std::chrono::milliseconds sync_interval_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false, copy_ = false, unsynced_ = false;
  int next_copy_ = 0;  ///< pages at which the next copy is due (writer only)
  int pages_ = 0;      ///< writer only
  std::atomic<bool> finish_{false};
  std::thread thread_;
};

}  // namespace tsunagu::store
