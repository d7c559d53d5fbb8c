// The embedded store: current state and indexes in memory; SQLite file as journal (= history) and checkpoint.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "store/store.h"

namespace tsunagu::store {

enum class Durability : unsigned char {
  kFsync,     ///< acknowledged writes survive power loss (default)
  kInterval,  ///< acknowledged before fsync; at most `sync_interval` of writes may be lost on power loss, none on a
              ///< crash of the program
};

/// The last point of an attribute that exists is never forgotten; an entity that does not exist is forgotten with its
/// last point.
struct RetentionOptions {
  std::vector<RetentionRule> rules;
  std::chrono::seconds interval{3600};  ///< between two looks at all history; the first is taken at the start
  std::chrono::seconds slack{86400};  ///< a leaf is not written anew for points that are too old for less (or for less
                                      ///< than an eighth of their age)
  std::function<Instant()> clock;     ///< what time it is; none: the system's
  std::function<void()> looked;       ///< after each look at all history, from a thread of the store
};

struct EmbeddedOptions {
  std::filesystem::path folder;
  Durability durability = Durability::kFsync;
  std::chrono::milliseconds sync_interval{200};
  std::chrono::seconds checkpoint_interval{60};
  std::uint64_t checkpoint_journal_bytes = 256u << 20;
  std::uint64_t fold_journal_bytes =
      128u << 20;  ///< history beyond leaves; more of it is folded (0: whatever there is, at once)
  std::chrono::seconds fold_interval{600};  ///< … and what is older
  /// History beyond leaves at most: when it is more, writes wait for folding, or fail (kStorageFull, kReadOnly,
  /// kUnavailable) while it fails.
  std::uint64_t max_unfolded_bytes = 1u << 30;
  std::size_t leaf_points = 4096;  ///< of one series in a leaf of history; more are cut
  RetentionOptions retention;
  std::size_t max_queue = 100000;  ///< writes waiting; more are refused with kUnavailable
  int load_threads = 2;
  std::function<void(std::string_view)> progress;  ///< lines for a person while a large folder loads
};

/// Opens (creates) the folder; replays the journal behind the checkpoint. One process at a time (lock file). Errors:
/// kReadOnly, kStorageFull, kConflict (in use by process N), kInternalError (damaged: says what, where, and to run
/// `tsunagu check`).
Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options);

/// The history in a folder, of a stopped or running store, for reading. Loads the folder as a store does; to be used
/// before any other store.
class FolderHistory {
 public:
  virtual ~FolderHistory() = default;
  virtual std::vector<std::pair<TenantId, std::string>> tenants() const = 0;
  /// Everything that is remembered, whether it exists or not, by id.
  virtual Result<std::vector<std::string>> ids(TenantId tenant) const = 0;
  virtual Result<std::unique_ptr<HistoryReader>> reader(TenantId tenant) const = 0;
};
Result<std::unique_ptr<FolderHistory>> open_folder_history(const std::filesystem::path& folder);

struct CheckReport {
  std::uint64_t entities = 0, journal_rows = 0, changes = 0, tenants = 0;
  std::uint64_t leaves = 0, points = 0;  ///< of history, folded
  std::vector<std::string> problems;     ///< empty: sound
};
/// Reads a folder (of a stopped or running store) and proves that checkpoint, journal and leaves decode and agree: each
/// series of each entity ends with the instance that the entity has (or a tombstone), unless somebody edited its
/// history; and while the journal is still there from its first row, replaying all of it gives exactly the state that
/// checkpoint + later journal gives.
Result<CheckReport> check_folder(const std::filesystem::path& folder);
/// Consistent copy of a live or stopped store into a new file (SQLite online backup).
Result<void> backup_folder(const std::filesystem::path& folder, const std::filesystem::path& file);
/// Lays a backup into an empty or absent folder; verifies it first.
Result<void> restore_folder(const std::filesystem::path& file, const std::filesystem::path& folder);

}  // namespace tsunagu::store
