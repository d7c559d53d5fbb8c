// Folds the tail of history into leaves, and drops from them what is too old, from a thread of its own: it reads,
// merges and packs; the writer thread writes what is ready, between groups, and removes journal rows that nobody needs
// any more.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "store/embedded.h"
#include "store/history/fold.h"
#include "store/history/reader.h"

namespace tsunagu::store {

/// What is written in one transaction.
struct FoldSlice {
  std::vector<FoldedNumber> numbers;
  std::optional<std::uint64_t> mark;  ///< everything up to this journal row is in leaves now
};

class Folding {
 public:
  Folding(HistoryShared& history, const EmbeddedOptions& options, std::uint64_t folded,
          std::function<std::string(TenantId)> tenant_name)
      : history_(history), options_(options), retention_(options.retention, std::move(tenant_name)), folded_(folded) {}
  ~Folding() { stop(); }

  /// `wake_writer` is called when there is a slice to take.
  void start(std::function<void()> wake_writer);
  /// Ends after the slice that is being written. The writer must still run.
  void stop();

  // For the writer.
  /// Why folding does not go on: the last time it failed, or it has stopped. Thread-safe.
  std::optional<Error> failing() const;
  /// Rows were added to the tail.
  void grown();
  bool has_slice() const { return has_slice_.load(std::memory_order_acquire); }
  /// Calls write(slice) if there is one; whether that succeeded is told to the folding thread.
  void write_slice(const std::function<Result<void>(const FoldSlice&)>& write);

 private:
  enum class Due : unsigned char { kStop, kFold, kLook };

  void run();
  Due wait_until_due();
  void note(std::optional<Error> failing);
  std::uint64_t enough() const;  ///< bytes of the tail that are folded
  Result<void> fold();
  Result<void> look();  ///< at some numbers, whether they have points that are too old
  Result<void> hand_over(FoldSlice slice);

  HistoryShared& history_;
  const EmbeddedOptions options_;
  const Retention retention_;
  // The folding thread's own.
  std::uint64_t folded_;
  std::uint64_t looked_at_ = 0;  ///< numbers up to this one, since the look at all history began
  std::chrono::steady_clock::time_point next_look_;
  std::function<void()> wake_writer_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Error> failing_;
  bool stop_ = false, grown_ = false;
  const FoldSlice* slice_ = nullptr;
  std::atomic<bool> has_slice_{false};
  std::optional<Result<void>> written_;
  std::thread thread_;
};

}  // namespace tsunagu::store
