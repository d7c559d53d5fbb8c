#include "store/sqlite/wal_keeper.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "store/sqlite/folder.h"

namespace tsunagu::store {
namespace {
constexpr int kCopyPages = 10000;  // of 8 KiB: 80 MiB
}

Result<std::unique_ptr<WalKeeper>> WalKeeper::start(const std::filesystem::path& folder,
                                                    std::chrono::milliseconds sync_interval) {
  auto db = Database::open(folder / kFileName, Database::Mode::kReadWrite);
  if (!db) return tl::unexpected(db.error());
  if (auto done = db->exec("PRAGMA synchronous=NORMAL"); !done) return tl::unexpected(done.error());
  std::unique_ptr<WalKeeper> keeper(new WalKeeper);
  keeper->db_ = std::move(*db);
  keeper->sync_interval_ = sync_interval;
  keeper->next_copy_ = kCopyPages;
  // SQLite holds no locks on the log itself, so opening and closing it beside SQLite is safe.
  if (sync_interval.count() > 0) {
    const std::string log = (folder / kFileName).string() + "-wal";
    keeper->wal_ = ::open(log.c_str(), O_RDONLY | O_CLOEXEC);
    if (keeper->wal_ < 0) return fail(ErrorCode::kInternalError, log + " cannot be opened: " + std::strerror(errno));
  }
  keeper->thread_ = std::thread([k = keeper.get()] { k->run(); });
  return keeper;
}

WalKeeper::~WalKeeper() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  sync();
  if (wal_ >= 0) ::close(wal_);
}

void WalKeeper::grown(int pages) {
  if (pages < pages_) next_copy_ = kCopyPages;  // it was begun anew
  pages_ = pages;
  const bool copy = pages >= next_copy_;
  if (copy) next_copy_ = pages + kCopyPages;
  if (!copy && sync_interval_.count() == 0) return;
  std::lock_guard lock(mutex_);
  if (copy) copy_ = true;
  unsynced_ = true;
  if (copy) wake_.notify_one();
}

void WalKeeper::sync() {
  if (wal_ >= 0 && ::fdatasync(wal_) != 0) log::error("The write-ahead log cannot be synced to disk");
}

void WalKeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    if (sync_interval_.count() > 0) {
      wake_.wait_for(lock, sync_interval_, [this] { return stop_ || copy_; });
    } else {
      wake_.wait(lock, [this] { return stop_ || copy_; });
    }
    if (std::exchange(unsynced_, false)) {
      lock.unlock();
      sync();
      lock.lock();
    }
    if (stop_ || !copy_) continue;
    copy_ = false;
    lock.unlock();
    const int code = sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (code == SQLITE_OK) {
      finish_.store(true, std::memory_order_release);
    } else if (code != SQLITE_BUSY) {
      log::warn("The write-ahead log cannot be copied into the data file: {}",
                database_error(db_.handle(), code).detail);
    }
    lock.lock();
  }
}

}  // namespace tsunagu::store
