#include "unit/store/faulty_disk.h"

namespace tsunagu::store {

std::atomic<int> FaultyDisk::write_code{SQLITE_OK};
std::atomic<int> FaultyDisk::sync_code{SQLITE_OK};

namespace {

sqlite3_vfs* below = nullptr;
sqlite3_vfs faulty;

// Ours, with the real file behind it in the same block of memory.
struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* real(sqlite3_file* f) {
  return reinterpret_cast<File*>(f)->real();
}
const sqlite3_io_methods& methods(sqlite3_file* f) {
  return *real(f)->pMethods;
}

int write(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  if (const int code = FaultyDisk::write_code) return code;
  return methods(f).xWrite(real(f), data, size, at);
}
int sync(sqlite3_file* f, int flags) {
  if (const int code = FaultyDisk::sync_code) return code;
  return methods(f).xSync(real(f), flags);
}

const sqlite3_io_methods kMethods = {
    3,
    [](sqlite3_file* f) { return methods(f).xClose(real(f)); },
    [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return methods(f).xRead(real(f), to, n, at); },
    write,
    [](sqlite3_file* f, sqlite3_int64 size) { return methods(f).xTruncate(real(f), size); },
    sync,
    [](sqlite3_file* f, sqlite3_int64* size) { return methods(f).xFileSize(real(f), size); },
    [](sqlite3_file* f, int kind) { return methods(f).xLock(real(f), kind); },
    [](sqlite3_file* f, int kind) { return methods(f).xUnlock(real(f), kind); },
    [](sqlite3_file* f, int* out) { return methods(f).xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) { return methods(f).xFileControl(real(f), op, arg); },
    [](sqlite3_file* f) { return methods(f).xSectorSize(real(f)); },
    [](sqlite3_file* f) { return methods(f).xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return methods(f).xShmMap(real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int n, int flags) { return methods(f).xShmLock(real(f), offset, n, flags); },
    [](sqlite3_file* f) { methods(f).xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return methods(f).xShmUnmap(real(f), remove); },
    [](sqlite3_file* f, sqlite3_int64 at, int n, void** out) { return methods(f).xFetch(real(f), at, n, out); },
    [](sqlite3_file* f, sqlite3_int64 at, void* p) { return methods(f).xUnfetch(real(f), at, p); },
};

int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* f, int flags, int* out) {
  f->pMethods = nullptr;
  const int code = below->xOpen(below, name, real(f), flags, out);
  if (code == SQLITE_OK) f->pMethods = &kMethods;
  return code;
}

}  // namespace

FaultyDisk::FaultyDisk() {
  heal();
  below = sqlite3_vfs_find(nullptr);
  faulty = *below;
  faulty.pNext = nullptr;
  faulty.zName = "faulty";
  faulty.szOsFile = below->szOsFile + static_cast<int>(sizeof(File));
  faulty.xOpen = open;
  sqlite3_vfs_register(&faulty, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty);
  sqlite3_vfs_register(below, 1);
}

}  // namespace tsunagu::store
