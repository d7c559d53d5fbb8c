// The audit log on disk: who saw or did what, when and why; appended, never changed.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/audit/chain.h"
#include "trust/audit/reader.h"
#include "trust/audit/record.h"
#include "trust/keys.h"

namespace tsunagu::trust {

class SegmentFile;

/// A signed line: whoever keeps number and hash of one somewhere else can tell later that nothing before it was
/// changed, and that nothing was cut off.
struct Checkpoint {
  std::uint64_t number = 0;
  Digest hash{};  ///< of its line
  Instant at;
};

/// Files FOLDER/00000000000000000001.log, …, each named after its first line and beginning with a checkpoint; chain.h
/// tells their form. One process at a time writes. Thread-safe.
class AuditLog {
 public:
  struct Options {
    std::size_t segment_bytes = 64u << 20;  ///< a file is closed and the next one begun behind this size
    std::uint64_t checkpoint_every = 4096;  ///< records; and a minute after the first that is not signed
    std::chrono::milliseconds sync{50};     ///< between syncs; 0: a record counts as written when it is synced
    std::function<void()> synced;           ///< called on the log's thread when lines were added, and synced
  };
  /// Where a line stands.
  struct Place {
    std::uint64_t number = 0;
    std::uint64_t segment = 0;  ///< number of the first line of its file
    std::uint64_t offset = 0;   ///< in the file, bytes
    std::uint32_t size = 0;     ///< without its line end
  };
  using Done = std::function<void(Result<void>)>;

  /// Opens or begins the log. What a crash left of a line at the end, which nobody was told is written, is cut off;
  /// what a loss of power left behind a gap is moved to NUMBER.torn. Fails when the last line is no line of a log, when
  /// the log does not get as far as its mark (end_mark.h), or the folder cannot be written.
  static Result<std::unique_ptr<AuditLog>> open(std::filesystem::path folder, SigningKey key, Options options);
  static Result<std::unique_ptr<AuditLog>> open(std::filesystem::path folder, SigningKey key) {
    return open(std::move(folder), std::move(key), Options());
  }
  /// Writes a checkpoint and syncs.
  ~AuditLog();

  /// At most 16 MiB. When this returns the line can no more be lost by a crash of the program. StorageFull, ReadOnly,
  /// BadRequestData: what was refused is not in the log (unless a sync failed: then everything is refused from then on).
  /// About 0.7 µs.
  Result<Place> append(Instant at, const RecordText& record);
  /// Calls `done` when `place` counts as written: at once; with Options::sync = 0 on the log's thread, when it is on
  /// disk (all that wait share one sync).
  void when_written(const Place& place, const Done& done);

  /// Where the log ends now.
  struct End {
    std::uint64_t segment = 0;  ///< number of the first line of the last file
    std::uint64_t bytes = 0;    ///< of that file
    ChainEnd chain;
  };
  End end() const;
  /// The newest checkpoint; one is written when records came behind the last.
  Result<Checkpoint> checkpoint();

  /// Removes files all of whose lines are older than `before`, except the last file; a line of the log says that they
  /// were. How many.
  Result<std::size_t> forget(Instant before);

  const SigningKey& key() const { return key_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  AuditLog(std::filesystem::path folder, SigningKey key, Options options);
  Result<void> open_last(const std::optional<ChainEnd>& mark);
  Result<void> begin_segment(Instant at);
  Result<void> make_room(std::size_t bytes, Instant at);
  void add(Instant at, std::string_view member, std::initializer_list<std::string_view> json);
  void add_checkpoint(Instant at);
  Result<Place> add_record(Instant at, const RecordText& record);
  void run();
  void sync(std::unique_lock<std::mutex>& lock);
  void mark_end(const Checkpoint& checkpoint, bool at_once);

  const std::filesystem::path folder_;
  const SigningKey key_;
  const Options options_;

  mutable std::mutex mutex_;
  std::shared_ptr<SegmentFile> file_;
  std::uint64_t segment_ = 0;
  ChainEnd end_;
  Checkpoint checkpoint_;
  std::uint64_t unsigned_ = 0;  // records behind the last checkpoint
  std::string line_;            // being made
  struct Common {
    std::string text;
    std::uint64_t offset = 0;
  };
  std::unordered_map<std::uint64_t, Common> commons_;  // RecordText::common in this file, by hash: where it stands
  std::optional<Error> broken_;
  std::vector<std::pair<std::uint64_t, Done>> waiting_;  // for the sync of a line
  std::uint64_t on_disk_ = 0;                            // number of the last line that is
  std::mutex marking_;
  std::uint64_t marked_ = 0;  // what FOLDER/end tells
  std::chrono::steady_clock::time_point marked_at_;
  bool unsynced_ = false;
  bool stopping_ = false;
  std::condition_variable came_;
  std::thread thread_;
};

struct AuditReport {
  std::uint64_t first = 0, last = 0;  ///< numbers of lines; 0: the log is empty
  std::uint64_t records = 0, checkpoints = 0;
  std::uint64_t behind_checkpoint = 0;  ///< records behind the last checkpoint: bound by their hashes, not signed yet
  Digest end{};       ///< hash of the last line: compare it with one kept elsewhere to see that nothing was cut off
  bool torn = false;  ///< the last line is incomplete: a crash, or being written
};

struct VerifyOptions {
  /// A line that was kept elsewhere: it has to be in the log, and the same. Without one the mark beside the log has to
  /// be there.
  std::optional<ChainEnd> pinned;
  /// Sees every record's line, and what reads it.
  std::function<void(const Line&, RecordReader&)> each;
};

/// Reads the whole log and checks every hash, number and signature (against one of `keys`), and that what is missing at
/// its beginning was forgotten by the log itself, and that it gets as far as its mark. The error names file and line.
/// Memory: one line.
Result<AuditReport> verify_audit(const std::filesystem::path& folder, const std::vector<SigningKey>& keys,
                                 const VerifyOptions& options = {});

}  // namespace tsunagu::trust
