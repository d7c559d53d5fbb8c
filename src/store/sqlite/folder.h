// The data folder: its lock, its file, and reading everything out of it. docs/store-format.md describes the tables.
#pragma once
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ngsi/record.h"
#include "store/sqlite/change.h"
#include "store/sqlite/database.h"
#include "store/store.h"

namespace tsunagu::store {

inline constexpr const char* kFileName = "tsunagu.db";
inline constexpr const char* kLockName = "tsunagu.lock";
inline constexpr std::int64_t kApplicationId = 0x54534e47;  // "TSNG"
inline constexpr std::int64_t kFormatVersion = 2;

/// Holds the folder for this process until destroyed.
class FolderLock {
 public:
  FolderLock() = default;
  FolderLock(FolderLock&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  FolderLock& operator=(FolderLock&& o) noexcept {
    std::swap(fd_, o.fd_);
    return *this;
  }
  ~FolderLock();
  static Result<FolderLock> take(const std::filesystem::path& folder);

 private:
  int fd_ = -1;
};

/// Makes sure that the names of the files in `folder` survive loss of power.
void sync_names(const std::filesystem::path& folder);

/// Opens the file of `folder` for the writer, creating folder, file and tables if needed.
Result<Database> open_writable(const std::filesystem::path& folder);
/// Opens a data file for reading beside a running store. Error when it is none of ours.
Result<Database> open_readable(const std::filesystem::path& file);

/// Entities as they come out of the file: rows of the checkpoint, then journal rows on top.
class Image {
 public:
  struct Entity {
    std::uint64_t number = 0;
    std::uint64_t sequence = 0;  ///< changes up to here are in the record
    TenantId tenant;
    bool changed = false;    ///< by a journal row
    ngsi::RecordPtr record;  ///< null: deleted
  };
  std::vector<Entity> entities;
  std::vector<std::uint64_t> removed;  ///< numbers deleted by journal rows
  std::uint64_t changes = 0;           ///< read from journal rows
  std::uint64_t highest_number = 0;    ///< in journal rows

  void add(Entity entity);
  /// Sees a change that is applied, with the entity before and after it.
  using OnChange = std::function<void(const ChangeView&, const ngsi::Record* before, const ngsi::Record* after)>;
  /// Applies one journal row. Changes that a record already contains are passed over.
  Result<void> apply(std::string_view data, std::uint64_t sequence, const OnChange& on_change = {});
  /// After the last row. Empty when everything fits; else what is wrong.
  std::vector<std::string> leftovers() const;
  /// Drops the deleted and orders by number.
  void finish();

 private:
  absl::flat_hash_map<std::uint64_t, std::uint32_t> places_;
  // Changes of entities that are in no row: deleted later on, after the checkpoint had begun. Those still here at the
  // end are a fault.
  absl::flat_hash_set<std::uint64_t> unknown_;
};

/// What stands in the file besides entities.
struct FolderHead {
  std::vector<std::string> terms;  ///< number 1 first
  std::vector<std::string> tenants;
  struct Document {
    TenantId tenant;
    std::string collection, key, body;
  };
  std::vector<Document> documents;
  std::uint64_t checkpoint_sequence = 0, folded_sequence = 0, first_sequence = 0, last_sequence = 0, next_number = 1;
  std::uint64_t entity_rows = 0;
  Instant last_instant;  ///< of the newest journal row
};
Result<FolderHead> read_head(Database& db);

/// Calls `report` for each damaged row of the entity table; puts the sound ones into `image`.
Result<void> read_entities(Database& db, Image& image, const std::function<void(std::string)>& report,
                           const std::function<void(std::uint64_t)>& progress = {});
/// Calls `use` for each journal row after `after`, in order. A missing row, or one that `use` finds damaged, is
/// reported and ends the walk.
using UseRow = std::function<Result<void>(std::string_view data, std::uint64_t sequence)>;
Result<void> read_journal(Database& db, std::uint64_t after, const UseRow& use,
                          const std::function<void(std::string)>& report);

/// Checksum of a row of the entity table.
std::int64_t row_hash(std::uint64_t number, std::string_view record);

}  // namespace tsunagu::store
