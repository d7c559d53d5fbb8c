// A thin layer over the C interface of SQLite: connections and statements that close themselves, errors as Result.
// A connection is used by one thread at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tsunagu::store {

class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* stmt) : db_(db), stmt_(stmt) {}
  Statement(Statement&& o) noexcept : db_(o.db_), stmt_(std::exchange(o.stmt_, nullptr)) {}
  Statement& operator=(Statement&& o) noexcept {
    std::swap(db_, o.db_);
    std::swap(stmt_, o.stmt_);
    return *this;
  }
  ~Statement();

  // Parameters, numbered from 1. Bytes must stay where they are until the statement was run.
  Statement& bind(int i, std::int64_t value);
  Statement& bind_text(int i, std::string_view value);
  Statement& bind_blob(int i, std::string_view value);
  /// True: there is a row. False: done.
  Result<bool> step();
  /// Runs to the end and makes it ready for the next time.
  Result<void> run();
  void reset();

  // Columns of the current row, numbered from 0. Views are valid until the next step.
  std::int64_t integer(int i) const;
  std::string_view text(int i) const;
  std::string_view blob(int i) const;

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* stmt_ = nullptr;
};

class Database {
 public:
  /// kCreateSealed: sealed (store/sealing.h) when it is new. kImmutable: a file that nobody can change, on a disk that
  /// cannot be written.
  enum class Mode { kReadWrite, kCreate, kCreateSealed, kReadOnly, kImmutable };

  Database() = default;
  Database(Database&& o) noexcept : db_(std::exchange(o.db_, nullptr)), sealed_(o.sealed_) {}
  Database& operator=(Database&& o) noexcept {
    std::swap(db_, o.db_);
    std::swap(sealed_, o.sealed_);
    return *this;
  }
  ~Database();

  /// A file that is there is opened as what it is, sealed or not; errors of is_sealed().
  static Result<Database> open(const std::filesystem::path& file, Mode mode);
  /// Bytes that are kept free at the end of each page; to be set before the first table is made, or before VACUUM INTO
  /// for the copy.
  Result<void> reserve(std::size_t bytes);
  Result<void> exec(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// First column of the first row of a query; 0 when there is none.
  Result<std::int64_t> integer(std::string_view sql);
  Result<std::string> text(std::string_view sql);
  bool in_transaction() const;
  sqlite3* handle() const { return db_; }
  bool sealed() const { return sealed_; }

 private:
  sqlite3* db_ = nullptr;
  bool sealed_ = false;
};

/// The last error of a connection, in our terms: kStorageFull, kReadOnly, kUnavailable (locked by another program),
/// kInternalError.
Error database_error(sqlite3* db, int code);

}  // namespace tsunagu::store
