#include "store/sqlite/folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/hash.h"
#include "store/sqlite/data_keys.h"
#include "store/sqlite/history_tables.h"

namespace tsunagu::store {
namespace {

constexpr const char* kSchema = R"sql(
BEGIN IMMEDIATE;
PRAGMA application_id=0x54534e47;
PRAGMA user_version=2;
CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE tenant(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE document(tenant INTEGER NOT NULL, collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
                      PRIMARY KEY(tenant, collection, key)) WITHOUT ROWID;
CREATE TABLE entity(number INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, sequence INTEGER NOT NULL, hash INTEGER NOT NULL,
                    record BLOB NOT NULL);
CREATE TABLE journal(sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE outbox(number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
INSERT INTO meta VALUES('checkpoint_sequence', 0), ('next_number', 1);
INSERT INTO tenant VALUES(0, '');
)sql";

Error io_error(const std::filesystem::path& path, const char* what, int error) {
  ErrorCode code = ErrorCode::kInternalError;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kStorageFull;
  if (error == EROFS || error == EACCES || error == EPERM) code = ErrorCode::kReadOnly;
  return {code, path.string() + ": " + what + ": " + std::strerror(error)};
}

Result<std::int64_t> format_of(Database& db, const std::filesystem::path& file) {
  const auto application = db.integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  if (*application != kApplicationId)
    return fail(ErrorCode::kInternalError, file.string() + " is not a Tsunagu data file");
  const auto version = db.integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version < 1 || *version > kFormatVersion)
    return fail(ErrorCode::kInternalError, file.string() + " has format " + std::to_string(*version) +
                                               "; this program reads format " + std::to_string(kFormatVersion));
  return *version;
}

// Writes the journal of format 1 anew: what is removed becomes tombstones, which need the entity as it was. All in one
// transaction.
Result<void> bring_up_to_date(Database& db) {
  if (auto done = db.exec("BEGIN IMMEDIATE"); !done) return done;
  if (auto done =
          db.exec("CREATE TABLE IF NOT EXISTS outbox(number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL)");
      !done)
    return done;
  if (auto done = db.exec(kHistorySchema); !done) return done;
  auto put = db.prepare("UPDATE journal SET data=? WHERE sequence=?");
  if (!put) return tl::unexpected(put.error());
  Image image;
  RowBuilder row;
  std::string damage;
  auto done = read_journal(
      db, 0,
      [&](std::string_view data, std::uint64_t sequence) -> Result<void> {
        row.start();
        auto applied = image.apply(
            data, sequence, [&](const ChangeView& change, const ngsi::Record* before, const ngsi::Record* after) {
              row.append(change.op, change.tenant, change.number, change.at, before, after);
            });
        if (!applied) return applied;
        return put->bind_blob(1, row.finish(sequence)).bind(2, static_cast<std::int64_t>(sequence)).run();
      },
      [&](std::string what) { damage = std::move(what); });
  if (!done) return done;
  if (!damage.empty())
    return fail(ErrorCode::kInternalError, "The data file is of format 1 and cannot be brought up to date: " + damage);
  return db.exec("PRAGMA user_version=2; COMMIT");
}

}  // namespace

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FolderLock> FolderLock::take(const std::filesystem::path& folder) {
  const auto path = folder / kLockName;
  FolderLock lock;
  lock.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock.fd_ < 0) return tl::unexpected(io_error(path, "cannot be opened", errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return tl::unexpected(io_error(path, "cannot be locked", errno));
    char owner[32] = {};
    const auto n = ::pread(lock.fd_, owner, sizeof owner - 1, 0);
    return fail(ErrorCode::kConflict, folder.string() + " is in use by process " + (n > 0 ? std::string(owner) : "?"));
  }
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, self.data(), self.size(), 0) < 0) {
    // Only information for a person; the lock holds without it.
  }
  return lock;
}

void sync_names(const std::filesystem::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Result<Database> open_writable(const std::filesystem::path& folder) {
  const auto file = folder / kFileName;
  auto db = Database::open(file, have_data_keys() ? Database::Mode::kCreateSealed : Database::Mode::kCreate);
  if (!db) return db;
  if (have_data_keys() && !db->sealed())
    return fail(ErrorCode::kConflict,
                file.string() +
                    " is not sealed, but there is a data key: seal it first (tsunagu data-key seal "
                    "--data DIR --data-key-file FILE)");
  const auto tables = db->integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tl::unexpected(tables.error());
  if (*tables == 0) {
    // The tables are made before there is a write-ahead log, so that no torn log can lose them.
    static_assert(kPageSize == 8192);
    if (auto done = db->exec("PRAGMA page_size=8192"); !done) return tl::unexpected(done.error());
    if (db->sealed())
      if (auto done = db->reserve(kSealSize); !done) return tl::unexpected(done.error());
    for (const char* sql :
         {"PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA synchronous=FULL", kSchema, kHistorySchema, "COMMIT"})
      if (auto done = db->exec(sql); !done) return tl::unexpected(done.error());
    sync_names(folder);
  } else {
    const auto format = format_of(*db, file);
    if (!format) return tl::unexpected(format.error());
    if (*format < kFormatVersion)
      if (auto done = bring_up_to_date(*db); !done) return tl::unexpected(done.error());
  }
  for (const char* sql : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA wal_autocheckpoint=0",
                          "PRAGMA cache_size=-32768", "PRAGMA temp_store=MEMORY"})
    if (auto done = db->exec(sql); !done) return tl::unexpected(done.error());
  return db;
}

Result<Database> open_readable(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return fail(ErrorCode::kResourceNotFound, file.string() + " does not exist");
  // A reader of a WAL file needs to write its shared index, unless nobody ever will.
  auto db = Database::open(file, Database::Mode::kReadWrite);
  if (!db) db = Database::open(file, Database::Mode::kReadOnly);
  if (!db) return db;
  const auto readable = db->integer("SELECT count(*) FROM sqlite_schema");
  const auto log = std::filesystem::path(file) += "-wal";
  if (!readable && readable.error().code == ErrorCode::kReadOnly && !std::filesystem::exists(log, error)) {
    db = Database::open(file, Database::Mode::kImmutable);
    if (!db) return db;
  }
  const auto format = format_of(*db, file);
  if (!format) return tl::unexpected(format.error());
  if (*format < kFormatVersion)
    return fail(ErrorCode::kInternalError,
                file.string() + " has format " + std::to_string(*format) + "; `tsunagu serve` brings it up to date");
  return db;
}

std::int64_t row_hash(std::uint64_t number, std::string_view record) {
  return static_cast<std::int64_t>(hash64(record, number));
}

void Image::add(Entity entity) {
  places_.emplace(entity.number, static_cast<std::uint32_t>(entities.size()));
  entities.push_back(std::move(entity));
}

Result<void> Image::apply(std::string_view data, std::uint64_t sequence, const OnChange& on_change) {
  auto reader = RowReader::open(data, sequence);
  if (!reader) return tl::unexpected(reader.error());
  ChangeView change;
  for (;;) {
    const auto more = reader->next(change);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    ++changes;
    highest_number = std::max(highest_number, change.number);
    if (change.op == ChangeOp::kHistory) continue;
    const auto it = places_.find(change.number);
    Entity* entity = it == places_.end() ? nullptr : &entities[it->second];
    if (entity && entity->sequence >= sequence && !entity->changed) continue;  // the checkpoint was written later
    if (!entity && change.op != ChangeOp::kCreate) {
      if (change.op == ChangeOp::kDelete) {
        unknown_.erase(change.number);
        removed.push_back(change.number);
      } else {
        unknown_.insert(change.number);
      }
      continue;
    }
    if (entity && entity->tenant != change.tenant)
      return fail(ErrorCode::kInternalError,
                  "change of entity " + std::to_string(change.number) + " is in another tenant");
    if (change.op == ChangeOp::kDelete) {
      if (!entity->record)
        return fail(ErrorCode::kInternalError, "deletes entity " + std::to_string(change.number) + " twice");
      if (on_change) on_change(change, entity->record.get(), nullptr);
      entity->record = nullptr;
      entity->changed = true;
      removed.push_back(change.number);
      continue;
    }
    if (entity && !entity->record)
      return fail(ErrorCode::kInternalError, "changes entity " + std::to_string(change.number) + " after its deletion");
    auto record = apply_change(change, entity ? entity->record.get() : nullptr);
    if (!record) return tl::unexpected(record.error());
    if (on_change) on_change(change, entity ? entity->record.get() : nullptr, record->get());
    if (entity) {
      entity->record = std::move(*record);
      entity->sequence = sequence;
      entity->changed = true;
    } else {
      add({change.number, sequence, change.tenant, true, std::move(*record)});
    }
  }
}

std::vector<std::string> Image::leftovers() const {
  std::vector<std::uint64_t> numbers(unknown_.begin(), unknown_.end());
  std::sort(numbers.begin(), numbers.end());
  std::vector<std::string> out;
  for (const std::uint64_t number : numbers)
    out.push_back("journal: changes entity " + std::to_string(number) +
                  ", which is neither in the checkpoint nor deleted later");
  return out;
}

void Image::finish() {
  places_.clear();
  std::erase_if(entities, [](const Entity& e) { return !e.record; });
  const auto by_number = [](const Entity& a, const Entity& b) { return a.number < b.number; };
  if (!std::is_sorted(entities.begin(), entities.end(), by_number))
    std::sort(entities.begin(), entities.end(), by_number);
}

Result<FolderHead> read_head(Database& db) {
  FolderHead head;
  // Each query, and what to do with a row of it.
  const auto each = [&db](std::string_view sql, const std::function<Result<void>(Statement&)>& use) -> Result<void> {
    auto statement = db.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    for (;;) {
      const auto row = statement->step();
      if (!row) return tl::unexpected(row.error());
      if (!*row) return {};
      if (auto used = use(*statement); !used) return used;
    }
  };
  auto done = each("SELECT id, text FROM term ORDER BY id", [&](Statement& s) -> Result<void> {
    head.terms.emplace_back(s.text(1));
    if (s.integer(0) != static_cast<std::int64_t>(head.terms.size()))
      return fail(ErrorCode::kInternalError, "table term: number " + std::to_string(head.terms.size()) + " is missing");
    return {};
  });
  if (done)
    done = each("SELECT id, name FROM tenant ORDER BY id", [&](Statement& s) -> Result<void> {
      head.tenants.emplace_back(s.text(1));
      if (s.integer(0) + 1 != static_cast<std::int64_t>(head.tenants.size()))
        return fail(ErrorCode::kInternalError,
                    "table tenant: number " + std::to_string(head.tenants.size() - 1) + " is missing");
      return {};
    });
  if (done && (head.tenants.empty() || !head.tenants[0].empty()))
    done = fail(ErrorCode::kInternalError, "table tenant: the default tenant is missing");
  if (done)
    done = each("SELECT tenant, collection, key, body FROM document", [&](Statement& s) -> Result<void> {
      if (static_cast<std::uint64_t>(s.integer(0)) >= head.tenants.size())
        return fail(ErrorCode::kInternalError,
                    "table document: " + std::string(s.text(2)) + " is of an unknown tenant");
      head.documents.push_back({TenantId{static_cast<std::uint16_t>(s.integer(0))}, std::string(s.text(1)),
                                std::string(s.text(2)), std::string(s.text(3))});
      return {};
    });
  if (done)
    done = each("SELECT key, value FROM meta", [&](Statement& s) -> Result<void> {
      if (s.text(0) == "checkpoint_sequence") head.checkpoint_sequence = static_cast<std::uint64_t>(s.integer(1));
      if (s.text(0) == "folded_sequence") head.folded_sequence = static_cast<std::uint64_t>(s.integer(1));
      if (s.text(0) == "next_number") head.next_number = static_cast<std::uint64_t>(s.integer(1));
      return {};
    });
  if (done)
    done = each("SELECT sequence, at FROM journal ORDER BY sequence DESC LIMIT 1", [&](Statement& s) -> Result<void> {
      head.last_sequence = static_cast<std::uint64_t>(s.integer(0));
      head.last_instant.us = s.integer(1);
      return {};
    });
  if (done)
    done = each("SELECT min(sequence) FROM journal", [&](Statement& s) -> Result<void> {
      head.first_sequence = static_cast<std::uint64_t>(s.integer(0));
      return {};
    });
  for (const char* sql : {"SELECT max(number) FROM entity", "SELECT max(number) FROM life"})
    if (done)
      done = each(sql, [&](Statement& s) -> Result<void> {
        head.next_number = std::max(head.next_number, static_cast<std::uint64_t>(s.integer(0)) + 1);
        return {};
      });
  if (!done) return tl::unexpected(done.error());
  if (const std::uint64_t needed = std::min(head.checkpoint_sequence, head.folded_sequence) + 1;
      head.first_sequence > needed)
    return fail(ErrorCode::kInternalError, "table journal: begins at row " + std::to_string(head.first_sequence) +
                                               ", row " + std::to_string(needed) + " is needed");
  if (head.folded_sequence > head.last_sequence)
    return fail(ErrorCode::kInternalError, "table journal: ends at row " + std::to_string(head.last_sequence) +
                                               ", history is folded up to row " + std::to_string(head.folded_sequence));
  if (head.checkpoint_sequence > head.last_sequence)
    return fail(ErrorCode::kInternalError, "table journal: ends at row " + std::to_string(head.last_sequence) +
                                               ", the checkpoint is of row " +
                                               std::to_string(head.checkpoint_sequence));
  return head;
}

Result<void> read_entities(Database& db, Image& image, const std::function<void(std::string)>& report,
                           const std::function<void(std::uint64_t)>& progress) {
  const auto tenants = db.integer("SELECT count(*) FROM tenant");
  if (!tenants) return tl::unexpected(tenants.error());
  auto statement = db.prepare("SELECT number, tenant, sequence, hash, record FROM entity ORDER BY number");
  if (!statement) return tl::unexpected(statement.error());
  for (std::uint64_t rows = 1;; ++rows) {
    const auto row = statement->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const auto number = static_cast<std::uint64_t>(statement->integer(0));
    const std::int64_t tenant = statement->integer(1);
    const std::string_view record = statement->blob(4);
    const auto damaged = [&](const char* reason) {
      report("table entity, row " + std::to_string(number) + ": " + reason);
    };
    if (statement->integer(3) != row_hash(number, record)) {
      damaged("wrong checksum");
    } else if (!ngsi::check_record(record)) {
      damaged("no well-formed entity");
    } else if (tenant < 0 || tenant >= *tenants) {
      damaged("unknown tenant");
    } else {
      image.add({number, static_cast<std::uint64_t>(statement->integer(2)),
                 TenantId{static_cast<std::uint16_t>(tenant)}, false, ngsi::RecordPtr::copy(record)});
    }
    if (progress && rows % 100000 == 0) progress(rows);
  }
}

Result<void> read_journal(Database& db, std::uint64_t after, const UseRow& use,
                          const std::function<void(std::string)>& report) {
  auto statement = db.prepare("SELECT sequence, data FROM journal WHERE sequence > ? ORDER BY sequence");
  if (!statement) return tl::unexpected(statement.error());
  statement->bind(1, static_cast<std::int64_t>(after));
  for (std::uint64_t expected = after + 1;; ++expected) {
    const auto row = statement->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    const auto sequence = static_cast<std::uint64_t>(statement->integer(0));
    if (sequence != expected) {
      report("table journal: row " + std::to_string(expected) + " is missing");
      return {};
    }
    if (const auto done = use(statement->blob(1), sequence); !done) {
      report("table journal, row " + std::to_string(sequence) + ": " + done.error().detail);
      return {};
    }
  }
}

}  // namespace tsunagu::store
