// The audit log as the program uses it: takes records, finds them again, keeps them as long as they have to be kept.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "ngsi/duration.h"
#include "trust/audit/index.h"
#include "trust/audit/log.h"
#include "trust/audit/record.h"

namespace tsunagu::trust {

/// An Auditor over an AuditLog in a folder. Thread-safe.
class AuditTrail final : public Auditor {
 public:
  struct Options {
    AuditLog::Options log;
    std::optional<ngsi::Duration> keep;  ///< older files are removed, once a day; none: everything is kept
    std::size_t indexed = 2'000'000;     ///< records that search() knows, the newest
    /// Sees every record of the log in its order, those that were there at the start too, soon after they were written;
    /// on the trail's thread.
    std::function<void(const AuditEvent&)> each;
    /// The log was altered: what verify_audit() found.
    std::function<void(const std::string&)> altered;
  };
  /// FOLDER is usually DATA/trust: the log in FOLDER/audit, the key in FOLDER/signing.pem (made when there is none).
  static Result<std::unique_ptr<AuditTrail>> open(const std::filesystem::path& folder, Options options);
  ~AuditTrail() override;

  /// See AuditLog::append. A record with more than 5,000 persons is written as several.
  void record(AuditRecord record, Done done) override;

  /// Everything that was recorded before is found, if it is among the newest Options::indexed.
  AuditPage search(const AuditQuery& query);
  /// The log was read to its end: until then, shortly after a start, search() knows only the older part.
  bool ready() const { return ready_.load(std::memory_order_acquire); }
  /// Returns when Options::each has seen everything that was recorded before.
  void settle();

  /// The whole log was read and checked, as of `at`: at the start and then once a day. Empty before the first time.
  struct Verified {
    Instant at;
    std::string fault;  ///< "": it is as it was written
  };
  std::optional<Verified> verified() const;

  AuditLog& log() { return *log_; }

 private:
  AuditTrail(Options options) : options_(std::move(options)) {}
  void run();
  void once_a_day();
  void verify();
  bool follow();
  Result<AuditLog::Place> write(AuditRecord&& record);
  Result<AuditLog::Place> write_in_parts(AuditRecord&& record);

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::optional<Verified> verified_;
  bool synced_ = true;  // there is something to read
  bool stopping_ = false;
  std::atomic<bool> ready_ = false;
  std::mutex notes_mutex_;
  std::vector<AuditNote> notes_;  // for the index
  std::mutex index_mutex_;
  std::unique_ptr<AuditIndex> index_;
  std::unique_ptr<AuditLog> log_;
  std::thread thread_;
};

/// "10y", "18m" (months), "90d", or a duration of ISO 8601 (P10Y).
Result<ngsi::Duration> parse_keep(std::string_view text);

}  // namespace tsunagu::trust
