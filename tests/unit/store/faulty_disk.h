// A SQLite file system that can be told to fail: every write or sync through it then returns the given code. While a
// FaultyDisk lives it is what SQLite uses, also beneath the store.
#pragma once
#include <sqlite3.h>

#include <atomic>

namespace tsunagu::store {

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  /// SQLITE_OK: no fault.
  void fail_writes(int code) { write_code = code; }
  void fail_syncs(int code) { sync_code = code; }
  void heal() { write_code = sync_code = SQLITE_OK; }

  static std::atomic<int> write_code, sync_code;
};

}  // namespace tsunagu::store
