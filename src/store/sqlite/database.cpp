#include "store/sqlite/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "base/url.h"
#include "store/sqlite/sealed_file.h"

namespace tsunagu::store {

Error database_error(sqlite3* db, int code) {
  const int system = db ? sqlite3_system_errno(db) : 0;
  std::string detail = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  if (primary == SQLITE_IOERR) {
    detail += " (code " + std::to_string(code);
    if (system != 0) detail += std::string(", ") + std::strerror(system);
    detail += ")";
  }
  switch (primary) {
    case SQLITE_FULL:
      return {ErrorCode::kStorageFull, "The disk is full: " + detail};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return {ErrorCode::kReadOnly, "The data folder cannot be written: " + detail};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "The data folder is locked by another program: " + detail};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::kInternalError, "The data file is damaged: " + detail + "; run `tsunagu check`"};
    default:
      break;
  }
  if (code == SQLITE_IOERR_DATA)
    return {ErrorCode::kInternalError, "The data file is damaged: a page is not as it was sealed; run `tsunagu check`"};
  if (primary == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT || system == EFBIG))
    return {ErrorCode::kStorageFull, "The disk is full: " + detail};
  // A write that failed for a reason SQLite did not keep: a limit on file size, a quota, a disk that takes no more.
  if (code == SQLITE_IOERR_WRITE) return {ErrorCode::kStorageFull, "The disk takes no more: " + detail};
  if (primary == SQLITE_IOERR && (system == EROFS || system == EACCES || system == EPERM))
    return {ErrorCode::kReadOnly, "The data folder cannot be written: " + detail};
  return {ErrorCode::kInternalError, "The data file cannot be used: " + detail};
}

Statement::~Statement() {
  sqlite3_finalize(stmt_);
}

Statement& Statement::bind(int i, std::int64_t value) {
  sqlite3_bind_int64(stmt_, i, value);
  return *this;
}
Statement& Statement::bind_text(int i, std::string_view value) {
  sqlite3_bind_text64(stmt_, i, value.data() ? value.data() : "", value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}
Statement& Statement::bind_blob(int i, std::string_view value) {
  sqlite3_bind_blob64(stmt_, i, value.data() ? value.data() : "", value.size(), SQLITE_STATIC);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = database_error(db_, sqlite3_extended_errcode(db_));
  sqlite3_reset(stmt_);
  return tl::unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

std::int64_t Statement::integer(int i) const {
  return sqlite3_column_int64(stmt_, i);
}
std::string_view Statement::text(int i) const {
  const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, i));
  return {p ? p : "", static_cast<std::size_t>(sqlite3_column_bytes(stmt_, i))};
}
std::string_view Statement::blob(int i) const {
  const auto* p = static_cast<const char*>(sqlite3_column_blob(stmt_, i));
  return {p ? p : "", static_cast<std::size_t>(sqlite3_column_bytes(stmt_, i))};
}

Database::~Database() {
  sqlite3_close_v2(db_);
}

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
  switch (mode) {
    case Mode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Mode::kCreate:
    case Mode::kCreateSealed:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Mode::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case Mode::kImmutable:
      flags |= SQLITE_OPEN_READONLY;
      break;
  }
  const auto sealed = is_sealed(file);
  if (!sealed) return tl::unexpected(sealed.error());
  Database database;
  std::error_code none;
  const bool fresh = !std::filesystem::exists(file, none) || std::filesystem::file_size(file, none) == 0;
  database.sealed_ = *sealed || (fresh && mode == Mode::kCreateSealed);
  std::string name = "file:" + percent_encode(file.string());
  if (mode == Mode::kImmutable) name += "?immutable=1";
  const int code = sqlite3_open_v2(name.c_str(), &database.db_, flags, database.sealed_ ? sealed_vfs() : nullptr);
  if (code != SQLITE_OK) {
    Error error = database_error(database.db_, code);
    error.detail = file.string() + ": " + error.detail;
    return tl::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(database.db_, 10000);
  if (database.sealed_) {  // nothing into files that are not sealed
    if (auto done = database.exec("PRAGMA temp_store=MEMORY"); !done) return tl::unexpected(done.error());
  }
  return database;
}

Result<void> Database::exec(const char* sql) {
  const int code = sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(database_error(db_, sqlite3_extended_errcode(db_)));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(database_error(db_, sqlite3_extended_errcode(db_)));
  return Statement(db_, stmt);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? statement->integer(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return tl::unexpected(statement.error());
  const auto row = statement->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? std::string(statement->text(0)) : std::string();
}

Result<void> Database::reserve(std::size_t bytes) {
  int reserved = static_cast<int>(bytes);
  const int code = sqlite3_file_control(db_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
  if (code != SQLITE_OK) return tl::unexpected(database_error(db_, code));
  return {};
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(db_) == 0;
}

}  // namespace tsunagu::store
