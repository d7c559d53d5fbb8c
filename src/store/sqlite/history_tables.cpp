#include "store/sqlite/history_tables.h"

#include <limits>

#include "store/sqlite/folder.h"

namespace tsunagu::store {
namespace {

constexpr std::size_t kIdleConnections = 8;

// Of a leaf, all but its data; in the order of read_head().
#define TSUNAGU_LEAF_HEAD                                                                                      \
  "id, number, from_time, from_written, to_time, first_written, last_written, first_modified, last_modified, " \
  "first_created, last_created, points"

LeafRow read_leaf(const Statement& row) {
  LeafRow out;
  out.id = row.integer(0);
  out.number = static_cast<std::uint64_t>(row.integer(1));
  out.range.first_time.us = row.integer(2);
  out.from_written.us = row.integer(3);
  out.range.last_time.us = row.integer(4);
  out.range.first_written.us = row.integer(5);
  out.range.last_written.us = row.integer(6);
  out.range.first_modified.us = row.integer(7);
  out.range.last_modified.us = row.integer(8);
  out.range.first_created.us = row.integer(9);
  out.range.last_created.us = row.integer(10);
  out.range.points = static_cast<std::uint64_t>(row.integer(11));
  return out;
}

}  // namespace

const char* const kHistorySchema = R"sql(
CREATE TABLE life(number INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, tenant INTEGER NOT NULL, id TEXT, created INTEGER NOT NULL,
                  modified INTEGER NOT NULL, deleted INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX life_past ON life(tenant, id) WHERE id IS NOT NULL;
CREATE TABLE leaf(id INTEGER PRIMARY KEY, number INTEGER NOT NULL, from_time INTEGER NOT NULL, from_written INTEGER NOT NULL,
                  to_time INTEGER NOT NULL, first_written INTEGER NOT NULL, last_written INTEGER NOT NULL, first_modified INTEGER NOT NULL,
                  last_modified INTEGER NOT NULL, first_created INTEGER NOT NULL, last_created INTEGER NOT NULL, points INTEGER NOT NULL,
                  hash INTEGER NOT NULL, data BLOB NOT NULL);
CREATE UNIQUE INDEX leaf_order ON leaf(number, from_time, from_written);
INSERT INTO meta VALUES('folded_sequence', 0);
)sql";

Result<std::unique_ptr<HistoryTables>> HistoryTables::open(Database db) {
  auto out = std::make_unique<HistoryTables>();
  out->db_ = std::move(db);
  // The leaf before the window may reach into it.
  const std::string window =
      "number=?1 AND from_time<?3 AND from_time>=coalesce((SELECT max(from_time) FROM leaf WHERE number=?1 AND "
      "from_time<?2), ?2)";
  const std::string leaves = "SELECT " TSUNAGU_LEAF_HEAD ", hash, data FROM leaf WHERE " + window;
  const std::pair<Statement*, std::string> statements[] = {
      {&out->life_, "SELECT sequence, tenant, id, created, modified, deleted, data FROM life WHERE number=?"},
      {&out->past_numbers_, "SELECT number FROM life WHERE tenant=? AND id=? AND id IS NOT NULL ORDER BY number"},
      {&out->past_ids_, "SELECT DISTINCT id FROM life WHERE tenant=? AND id>? AND id IS NOT NULL ORDER BY id LIMIT ?"},
      {&out->forward_, leaves + " ORDER BY from_time, from_written"},
      {&out->backward_, leaves + " ORDER BY from_time DESC, from_written DESC"},
      {&out->numbers_, "SELECT number FROM life WHERE number>? ORDER BY number LIMIT ?"},
  };
  for (const auto& [to, sql] : statements) {
    auto statement = out->db_.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    *to = std::move(*statement);
  }
  return out;
}

Result<std::optional<Life>> HistoryTables::life(std::uint64_t number) {
  life_.bind(1, static_cast<std::int64_t>(number));
  const auto row = life_.step();
  if (!row) return tl::unexpected(row.error());
  std::optional<Life> out;
  bool sound = true;
  if (*row) {
    out.emplace();
    out->number = number;
    out->sequence = static_cast<std::uint64_t>(life_.integer(0));
    out->tenant.value = static_cast<std::uint16_t>(life_.integer(1));
    out->id = life_.text(2);
    out->created_at.us = life_.integer(3);
    out->modified_at.us = life_.integer(4);
    out->deleted_at.us = life_.integer(5);
    sound = unpack_life(life_.blob(6), *out);
  }
  life_.reset();
  if (!sound)
    return fail(ErrorCode::kInternalError,
                "table life, row " + std::to_string(number) + ": damaged; run `tsunagu check`");
  return out;
}

Result<void> HistoryTables::past_numbers(TenantId tenant, std::string_view id, std::vector<std::uint64_t>& out) {
  past_numbers_.bind(1, tenant.value).bind_text(2, id);
  for (;;) {
    const auto row = past_numbers_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    out.push_back(static_cast<std::uint64_t>(past_numbers_.integer(0)));
  }
  past_numbers_.reset();
  return {};
}

Result<void> HistoryTables::past_ids_behind(TenantId tenant, std::string_view after, std::size_t limit,
                                            std::vector<std::string>& out) {
  past_ids_.bind(1, tenant.value)
      .bind_text(2, after)
      .bind(3, static_cast<std::int64_t>(std::min<std::size_t>(limit, 1u << 30)));
  for (;;) {
    const auto row = past_ids_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    out.emplace_back(past_ids_.text(0));
  }
  past_ids_.reset();
  return {};
}

Result<std::vector<std::uint64_t>> HistoryTables::numbers_behind(std::uint64_t after, std::size_t limit) {
  std::vector<std::uint64_t> out;
  numbers_.bind(1, static_cast<std::int64_t>(after)).bind(2, static_cast<std::int64_t>(limit));
  for (;;) {
    const auto row = numbers_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    out.push_back(static_cast<std::uint64_t>(numbers_.integer(0)));
  }
  numbers_.reset();
  return out;
}

Result<void> HistoryTables::leaves(std::uint64_t number, Instant from, Instant to, bool backwards, const Use& use) {
  Statement& rows = backwards ? backward_ : forward_;
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  rows.bind(1, static_cast<std::int64_t>(number)).bind(2, from.us).bind(3, to == kNoInstant ? kEnd : to.us);
  const Data data = [&rows, number]() -> Result<std::string> {
    const std::string_view bytes = rows.blob(13);
    if (rows.integer(12) != row_hash(number, bytes))
      return fail(ErrorCode::kInternalError,
                  "table leaf, row " + std::to_string(rows.integer(0)) + ": wrong checksum; run `tsunagu check`");
    return std::string(bytes);
  };
  for (;;) {
    const auto row = rows.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    const auto more = use(read_leaf(rows), data);
    if (!more) {
      rows.reset();
      return tl::unexpected(more.error());
    }
    if (!*more) break;
  }
  rows.reset();
  return {};
}

Result<std::vector<Point>> points_in(const HistoryTables::Data& data, const SeriesKey& key,
                                     std::vector<std::string>& arena) {
  const auto bytes = data();
  if (!bytes) return tl::unexpected(bytes.error());
  const auto leaf = LeafReader::open(*bytes);
  if (!leaf) return tl::unexpected(leaf.error());
  std::vector<Point> out;
  if (const std::size_t i = leaf->find(key); i < leaf->series_count())
    if (auto done = leaf->points(i, out, arena); !done) return tl::unexpected(done.error());
  return out;
}

Result<std::unique_ptr<HistoryTables>> ReadPool::take() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto tables = std::move(idle_.back());
      idle_.pop_back();
      return tables;
    }
  }
  auto db = Database::open(file_, Database::Mode::kReadOnly);
  if (!db) return tl::unexpected(db.error());
  if (auto done = db->exec("PRAGMA cache_size=-8192"); !done) return tl::unexpected(done.error());
  return HistoryTables::open(std::move(*db));
}

void ReadPool::give_back(std::unique_ptr<HistoryTables> tables) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnections) idle_.push_back(std::move(tables));
}

}  // namespace tsunagu::store
