// Sealing a folder, sealing it with another key, and taking the seal away: a copy that takes the file's place.
#include <fcntl.h>
#include <unistd.h>

#include <system_error>

#include "base/url.h"
#include "store/sealing.h"
#include "store/sqlite/data_keys.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/sealed_file.h"

namespace tsunagu::store {
namespace {

Result<void> sync_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (!synced) return fail(ErrorCode::kReadOnly, file.string() + " cannot be synced to disk");
  return {};
}

// A copy of `file` into `copy`, sealed or not.
Result<void> write_copy(const std::filesystem::path& file, const std::filesystem::path& copy, bool sealed) {
  auto db = Database::open(file, Database::Mode::kReadWrite);
  if (!db) return tl::unexpected(db.error());
  const auto busy = db->integer("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!busy) return tl::unexpected(busy.error());
  if (*busy != 0) return fail(ErrorCode::kConflict, file.string() + " is being read by another program");
  if (auto done = db->exec("PRAGMA temp_store=MEMORY"); !done) return done;
  if (auto done = db->reserve(sealed ? kSealSize : 0); !done) return done;
  const std::string address = "file:" + percent_encode(copy.string()) + "?vfs=" + (sealed ? sealed_vfs() : "unix");
  auto into = db->prepare("VACUUM INTO ?");
  if (!into) return tl::unexpected(into.error());
  return into->bind_text(1, address).run();
}

Result<void> prove_copy(const std::filesystem::path& copy, bool sealed) {
  const auto is = is_sealed(copy);
  if (!is) return tl::unexpected(is.error());
  auto db = Database::open(copy, Database::Mode::kReadOnly);
  if (!db) return tl::unexpected(db.error());
  const auto sound = db->text("PRAGMA quick_check(1)");
  if (!sound) return tl::unexpected(sound.error());
  if (*is != sealed || *sound != "ok")
    return fail(ErrorCode::kInternalError, "the copy is not sound; nothing was changed: " + *sound);
  return {};
}

Result<void> rewrite(const std::filesystem::path& folder, bool sealed) {
  const auto file = folder / kFileName;
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return fail(ErrorCode::kResourceNotFound, file.string() + " does not exist");
  auto lock = FolderLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  const std::filesystem::path copy = file.string() + ".part";
  std::filesystem::remove(copy, error);
  auto done = write_copy(file, copy, sealed);
  if (done) done = prove_copy(copy, sealed);
  if (done) done = sync_file(copy);
  if (done) {
    // The log was copied into the file and is empty; it must not outlive the file.
    for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file.string() + end, error);
    sync_names(folder);
    std::filesystem::rename(copy, file, error);
    if (error) done = fail(ErrorCode::kReadOnly, file.string() + ": " + error.message());
    sync_names(folder);
  }
  if (!done) std::filesystem::remove(copy, error);
  return done;
}

}  // namespace

Result<void> seal_folder(const std::filesystem::path& folder) {
  if (!have_data_keys()) return fail(ErrorCode::kInvalidRequest, "there is no data key to seal with");
  return rewrite(folder, true);
}

Result<void> unseal_folder(const std::filesystem::path& folder) {
  return rewrite(folder, false);
}

}  // namespace tsunagu::store
