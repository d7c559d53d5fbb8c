#include "store/sqlite/sealed_file.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>

#include "store/sqlite/data_keys.h"

namespace tsunagu::store {
namespace {

// The first page begins with 100 bytes that SQLite reads before it knows anything of the file (page size, versions,
// counters): they are protected, but not secret. Byte 20 says how much of each page is kept free: it tells a sealed
// file.
constexpr std::size_t kHeader = 100;
constexpr std::size_t kReserveAt = 20;
// Write-ahead log: a header, then frames of a header and a page.
constexpr sqlite3_int64 kLogHeader = 32;
constexpr int kFrameHeader = 24;
constexpr int kPage = static_cast<int>(kPageSize);
constexpr int kFrame = kFrameHeader + kPage;

enum class Kind : unsigned char { kDatabase, kLog, kOther };

struct Work {
  Kind kind = Kind::kOther;
  std::array<unsigned char, kFrame> frame;       // a page on its way
  std::array<unsigned char, kFrameHeader> last;  // header of the frame that is being written
  sqlite3_int64 last_at = -1;                    // its place
};

// What SQLite sees as an open file; the system's file lies behind it in the same memory.
struct SealedFile {
  sqlite3_file base;
  Work* work;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

SealedFile& of(sqlite3_file* file) {
  return *reinterpret_cast<SealedFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return of(file).real();
}
sqlite3_vfs* system_files(sqlite3_vfs* vfs) {
  return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

bool all_zero(const unsigned char* bytes, std::size_t size) {
  return std::all_of(bytes, bytes + size, [](unsigned char c) { return c == 0; });
}

std::size_t open_part(sqlite3_int64 page) {
  return page == 0 ? kHeader : 0;
}

std::string place_in_database(sqlite3_int64 page) {
  std::string place = "page ";
  return place.append(reinterpret_cast<const char*>(&page), sizeof page);
}

// Number of the page and salt of the log, as the frame's header has them: an old frame is no frame of this log.
std::string place_in_log(const unsigned char* header) {
  std::string place = "log ";
  const auto* bytes = reinterpret_cast<const char*>(header);
  return place.append(bytes, 4).append(bytes + 8, 8);
}

// The whole page at `page` into the frame's buffer.
int read_page(SealedFile& file, sqlite3_int64 page) {
  unsigned char* const bytes = file.work->frame.data();
  const int code = file.real()->pMethods->xRead(file.real(), bytes, kPage, page * kPage);
  if (code == SQLITE_IOERR_SHORT_READ) {
    std::memset(bytes, 0, kPageSize);
    return code;
  }
  if (code != SQLITE_OK) return code;
  return open_page(bytes, open_part(page), place_in_database(page)) == Opened::kYes ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int read_database(SealedFile& file, void* to, int size, sqlite3_int64 at) {
  if (at + size <= static_cast<sqlite3_int64>(kHeader)) return file.real()->pMethods->xRead(file.real(), to, size, at);
  const int within = static_cast<int>(at % kPage);
  if (within + size > kPage) return SQLITE_IOERR_READ;
  const int code = read_page(file, at / kPage);
  std::memcpy(to, file.work->frame.data() + within, static_cast<std::size_t>(size));
  return code;
}

int write_database(SealedFile& file, const void* from, int size, sqlite3_int64 at) {
  const auto* bytes = static_cast<const unsigned char*>(from);
  if (size != kPage || at % kPage != 0) return SQLITE_IOERR_WRITE;
  if (!all_zero(bytes + kSealedPart, kSealSize) || (at == 0 && bytes[kReserveAt] != kSealSize))
    return SQLITE_IOERR_WRITE;
  unsigned char* const page = file.work->frame.data();
  std::memcpy(page, bytes, kPageSize);
  seal_page(page, open_part(at / kPage), place_in_database(at / kPage));
  return file.real()->pMethods->xWrite(file.real(), page, kPage, at);
}

int read_log(SealedFile& file, void* to, int size, sqlite3_int64 at) {
  const auto within = static_cast<int>(at < kLogHeader ? -1 : (at - kLogHeader) % kFrame);
  if (within < 0 || within + size <= kFrameHeader) return file.real()->pMethods->xRead(file.real(), to, size, at);
  unsigned char* const frame = file.work->frame.data();
  if (within == 0 && size == kFrame) {
    // While the log is read anew after a crash: a frame that cannot be opened is one that was not written to its end.
    // SQLite finds its checksum wrong.
    if (const int code = file.real()->pMethods->xRead(file.real(), frame, kFrame, at); code != SQLITE_OK) return code;
    open_page(frame + kFrameHeader, 0, place_in_log(frame));
    std::memcpy(to, frame, kFrame);
    return SQLITE_OK;
  }
  if (within != kFrameHeader || size > kPage) return SQLITE_IOERR_READ;
  const int code = file.real()->pMethods->xRead(file.real(), frame, kFrame, at - kFrameHeader);
  if (code != SQLITE_OK) return code;
  if (open_page(frame + kFrameHeader, 0, place_in_log(frame)) != Opened::kYes) return SQLITE_IOERR_DATA;
  std::memcpy(to, frame + kFrameHeader, static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int write_log(SealedFile& file, const void* from, int size, sqlite3_int64 at) {
  Work& work = *file.work;
  const auto* bytes = static_cast<const unsigned char*>(from);
  const auto within = static_cast<int>(at < kLogHeader ? -1 : (at - kLogHeader) % kFrame);
  if (within < 0) return file.real()->pMethods->xWrite(file.real(), from, size, at);
  if (within == 0 && size == kFrameHeader) {
    std::copy_n(bytes, kFrameHeader, work.last.begin());
    work.last_at = at;
    return file.real()->pMethods->xWrite(file.real(), from, size, at);
  }
  if (within != kFrameHeader || size != kPage || !all_zero(bytes + kSealedPart, kSealSize)) return SQLITE_IOERR_WRITE;
  if (work.last_at != at - kFrameHeader) {  // a page of the same transaction is written over
    const int code = file.real()->pMethods->xRead(file.real(), work.last.data(), kFrameHeader, at - kFrameHeader);
    if (code != SQLITE_OK) return code;
    work.last_at = at - kFrameHeader;
  }
  unsigned char* const page = work.frame.data();
  std::memcpy(page, bytes, kPageSize);
  seal_page(page, 0, place_in_log(work.last.data()));
  return file.real()->pMethods->xWrite(file.real(), page, kPage, at);
}

// --- what SQLite calls -----------------------------------------------------------------------------------------------

int file_close(sqlite3_file* file) {
  std::unique_ptr<Work> work(std::exchange(of(file).work, nullptr));
  return real(file)->pMethods->xClose(real(file));
}
int file_read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
  switch (of(file).work->kind) {
    case Kind::kDatabase:
      return read_database(of(file), to, size, at);
    case Kind::kLog:
      return read_log(of(file), to, size, at);
    default:
      return real(file)->pMethods->xRead(real(file), to, size, at);
  }
}
int file_write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
  switch (of(file).work->kind) {
    case Kind::kDatabase:
      return write_database(of(file), from, size, at);
    case Kind::kLog:
      return write_log(of(file), from, size, at);
    default:
      return real(file)->pMethods->xWrite(real(file), from, size, at);
  }
}
int file_truncate(sqlite3_file* file, sqlite3_int64 size) {
  of(file).work->last_at = -1;
  return real(file)->pMethods->xTruncate(real(file), size);
}

// Everything else is the system's.
#define TSUNAGU_PASS(name, parameters, arguments)   \
  int file_##name parameters {                      \
    return real(file)->pMethods->x##name arguments; \
  }
TSUNAGU_PASS(Sync, (sqlite3_file * file, int flags), (real(file), flags))
TSUNAGU_PASS(FileSize, (sqlite3_file * file, sqlite3_int64* size), (real(file), size))
TSUNAGU_PASS(Lock, (sqlite3_file * file, int level), (real(file), level))
TSUNAGU_PASS(Unlock, (sqlite3_file * file, int level), (real(file), level))
TSUNAGU_PASS(CheckReservedLock, (sqlite3_file * file, int* out), (real(file), out))
TSUNAGU_PASS(FileControl, (sqlite3_file * file, int what, void* with), (real(file), what, with))
TSUNAGU_PASS(SectorSize, (sqlite3_file * file), (real(file)))
TSUNAGU_PASS(DeviceCharacteristics, (sqlite3_file * file), (real(file)))
TSUNAGU_PASS(ShmMap, (sqlite3_file * file, int region, int size, int extend, void volatile** memory),
             (real(file), region, size, extend, memory))
TSUNAGU_PASS(ShmLock, (sqlite3_file * file, int at, int n, int flags), (real(file), at, n, flags))
TSUNAGU_PASS(ShmUnmap, (sqlite3_file * file, int remove), (real(file), remove))
#undef TSUNAGU_PASS
void file_ShmBarrier(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}

// Version 2: without memory-mapped reading, which would show sealed bytes.
constexpr sqlite3_io_methods kMethods = {2,
                                         file_close,
                                         file_read,
                                         file_write,
                                         file_truncate,
                                         file_Sync,
                                         file_FileSize,
                                         file_Lock,
                                         file_Unlock,
                                         file_CheckReservedLock,
                                         file_FileControl,
                                         file_SectorSize,
                                         file_DeviceCharacteristics,
                                         file_ShmMap,
                                         file_ShmLock,
                                         file_ShmBarrier,
                                         file_ShmUnmap,
                                         nullptr,
                                         nullptr};

int vfs_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  SealedFile& sealed = of(file);
  sealed.base.pMethods = nullptr;
  const int code = system_files(vfs)->xOpen(system_files(vfs), name, sealed.real(), flags, out_flags);
  if (code != SQLITE_OK || sealed.real()->pMethods == nullptr) return code;
  sealed.work = new Work;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) sealed.work->kind = Kind::kDatabase;
  if ((flags & SQLITE_OPEN_WAL) != 0) sealed.work->kind = Kind::kLog;
  sealed.base.pMethods = &kMethods;
  return SQLITE_OK;
}
int vfs_delete(sqlite3_vfs* vfs, const char* name, int sync) {
  return system_files(vfs)->xDelete(system_files(vfs), name, sync);
}
int vfs_access(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  return system_files(vfs)->xAccess(system_files(vfs), name, flags, out);
}
int vfs_full_name(sqlite3_vfs* vfs, const char* name, int size, char* out) {
  return system_files(vfs)->xFullPathname(system_files(vfs), name, size, out);
}

}  // namespace

const char* sealed_vfs() {
  static constexpr const char* kName = "tsunagu-sealed";
  static std::once_flag once;
  std::call_once(once, [] {
    static sqlite3_vfs vfs;
    sqlite3_vfs* const system = sqlite3_vfs_find(nullptr);
    vfs = *system;  // randomness, time and the like stay the system's
    vfs.iVersion = std::min(system->iVersion, 2);
    vfs.zName = kName;
    vfs.pNext = nullptr;
    vfs.pAppData = system;
    vfs.szOsFile = static_cast<int>(sizeof(SealedFile)) + system->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_name;
    sqlite3_vfs_register(&vfs, 0);
  });
  return kName;
}

Result<bool> is_sealed(const std::filesystem::path& file) {
  Opened opened = Opened::kDamaged;
  std::string key;
  for (int attempt = 0; attempt < 3 && opened == Opened::kDamaged; ++attempt) {  // a running store may be writing it
    std::array<unsigned char, kPageSize> page{};
    std::ifstream in(file, std::ios::binary);
    if (!in.read(reinterpret_cast<char*>(page.data()), kPage)) return false;
    if (std::memcmp(page.data(), "SQLite format 3", 16) != 0 || page[kReserveAt] != kSealSize) return false;
    if (all_zero(page.data() + kSealedPart, kSealSize)) return false;  // its seal was taken away
    key = key_named_in(page.data());
    opened = open_page(page.data(), kHeader, place_in_database(0));
  }
  if (!have_data_keys()) {
    return fail(ErrorCode::kConflict, file.string() + " is sealed (with the data key " + key +
                                          "): give the file of the key with --data-key-file");
  }
  switch (opened) {
    case Opened::kYes:
      return true;
    case Opened::kUnknownKey:
      return fail(ErrorCode::kConflict,
                  file.string() + " is sealed with the data key " + key +
                      ", which is not in the file that --data-key-file names; nothing was changed");
    case Opened::kDamaged:
      break;
  }
  return fail(ErrorCode::kInternalError, file.string() +
                                             " was changed from outside: its first page is not as it was sealed; "
                                             "restore a backup");
}

}  // namespace tsunagu::store
