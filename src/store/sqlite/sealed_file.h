// Sealed data files for SQLite: a layer (VFS) over the system's files that seals each page of the database and of its
// write-ahead log on the way to the disk and opens it on the way back.
#pragma once
#include <filesystem>

#include "base/error.h"

namespace tsunagu::store {

/// Name of the layer for sqlite3_open_v2; registered at the first call.
const char* sealed_vfs();

/// Is `file` a sealed database? False when it is not there, empty, or no database at all. Conflict when it is sealed
/// and the process has not the key; InternalError when its first page was changed.
Result<bool> is_sealed(const std::filesystem::path& file);

}  // namespace tsunagu::store
