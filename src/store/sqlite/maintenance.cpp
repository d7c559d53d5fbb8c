// check, backup, restore: on the file, beside a running store or without one.
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "store/embedded.h"
#include "store/sqlite/check_history.h"
#include "store/sqlite/folder.h"

namespace tsunagu::store {
namespace {

// Compares two images entity by entity.
void compare(const Image& whole, const Image& tail, std::vector<std::string>& problems) {
  auto a = whole.entities.begin();
  auto b = tail.entities.begin();
  const auto problem = [&](std::uint64_t number, const char* what) {
    problems.push_back("entity " + std::to_string(number) + ": " + what);
  };
  while (a != whole.entities.end() || b != tail.entities.end()) {
    if (b == tail.entities.end() || (a != whole.entities.end() && a->number < b->number)) {
      problem(a++->number, "is in the journal but not in the checkpoint");
    } else if (a == whole.entities.end() || b->number < a->number) {
      problem(b++->number, "is in the checkpoint but not in the journal");
    } else {
      if (a->tenant != b->tenant) problem(a->number, "is of different tenants in journal and checkpoint");
      if (a->record->bytes() != b->record->bytes()) problem(a->number, "journal and checkpoint give different states");
      ++a, ++b;
    }
  }
}

void check_ids(const Image& image, std::vector<std::string>& problems) {
  std::vector<std::pair<std::uint16_t, std::string_view>> ids;
  ids.reserve(image.entities.size());
  for (const Image::Entity& entity : image.entities) ids.emplace_back(entity.tenant.value, entity.record->id());
  std::sort(ids.begin(), ids.end());
  for (auto it = ids.begin(); (it = std::adjacent_find(it, ids.end())) != ids.end(); ++it)
    problems.push_back("id " + std::string(it->second) + " is there twice");
}

void check_terms(const ngsi::Record::AttributeRange& attributes, std::uint32_t terms, bool& ok) {
  for (const ngsi::AttributeView view : attributes) {
    const auto parts = view.parts();
    ok &= view.name().value <= terms;
    for (std::size_t i = 0; i < parts.object_types.size(); i += 4)
      ok &= ngsi::detail::load<std::uint32_t>(parts.object_types.data() + i) <= terms;
    if (view.sub_count()) check_terms({parts.subs, view.sub_count()}, terms, ok);
  }
}

Result<CheckReport> check_database(HistoryTables& tables) {
  Database& db = tables.database();
  CheckReport report;
  const auto note = [&](std::string problem) { report.problems.push_back(std::move(problem)); };
  // One read transaction: a running store may write meanwhile.
  if (auto done = db.exec("BEGIN"); !done) return tl::unexpected(done.error());
  const auto integrity = db.text("PRAGMA quick_check(10)");
  if (!integrity) return tl::unexpected(integrity.error());
  if (*integrity != "ok") note("SQLite: " + *integrity);
  auto head = read_head(db);
  if (!head) {
    note(head.error().detail);
    return report;
  }
  report.tenants = head->tenants.size();

  Image whole, tail;
  const auto replay = [](Image& image) {
    return [&image](std::string_view data, std::uint64_t sequence) { return image.apply(data, sequence); };
  };
  const bool from_the_start = head->first_sequence <= 1;  // nothing of the journal was folded and removed yet
  auto done = read_journal(
      db, from_the_start ? 0 : head->first_sequence - 1,
      [&](std::string_view data, std::uint64_t sequence) -> Result<void> {
        ++report.journal_rows;
        if (from_the_start) return whole.apply(data, sequence);
        return check_row(data, sequence);
      },
      note);
  report.changes = whole.changes;
  if (done) done = read_entities(db, tail, note);
  if (done) done = read_journal(db, head->checkpoint_sequence, replay(tail), note);
  if (!done) {
    note(done.error().detail);
    return report;
  }
  for (const Image* image : {&whole, &tail})
    for (std::string& problem : image->leftovers()) note(std::move(problem));
  whole.finish();
  tail.finish();
  report.entities = tail.entities.size();
  if (from_the_start && report.problems.empty()) compare(whole, tail, report.problems);
  const auto history = check_history(tables, *head, tail, note);
  if (!history) {
    note(history.error().detail);
  } else {
    report.leaves = history->leaves;
    report.points = history->points;
  }
  check_ids(tail, report.problems);
  const auto terms = static_cast<std::uint32_t>(head->terms.size());
  for (const Image::Entity& entity : tail.entities) {
    bool ok = true;
    for (std::uint16_t i = 0; i < entity.record->type_count(); ++i) ok &= entity.record->type(i).value <= terms;
    check_terms(entity.record->attributes(), terms, ok);
    if (!ok) note("entity " + std::to_string(entity.number) + ": uses a name that is not in table term");
    if (entity.tenant.value >= head->tenants.size())
      note("entity " + std::to_string(entity.number) + ": is of an unknown tenant");
  }
  return report;
}

Result<void> copy_database(Database& from, Database& to) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (!backup) return tl::unexpected(database_error(to.handle(), sqlite3_extended_errcode(to.handle())));
  // All in one step: one consistent state, and a running store cannot make it start anew.
  const int code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (code != SQLITE_DONE) return tl::unexpected(database_error(to.handle(), code));
  return {};
}

// Copies `source` into a file beside `target`, then gives it its name: a copy is there whole or not at all.
Result<void> copy_whole(const std::filesystem::path& source, const std::filesystem::path& target) {
  auto from = open_readable(source);
  if (!from) return tl::unexpected(from.error());
  const std::filesystem::path part = target.string() + ".part";
  std::error_code error;
  std::filesystem::remove(part, error);
  Result<void> done;
  {
    auto to = Database::open(part, from->sealed() ? Database::Mode::kCreateSealed : Database::Mode::kCreate);
    if (!to) return tl::unexpected(to.error());
    done = copy_database(*from, *to);
    if (done) done = to->exec("PRAGMA journal_mode=DELETE");  // one file, without a log beside it
  }
  if (done) {
    std::filesystem::rename(part, target, error);
    if (error) done = fail(ErrorCode::kReadOnly, target.string() + ": " + error.message());
    sync_names(target.parent_path());
  }
  if (!done) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
  }
  return done;
}

}  // namespace

Result<CheckReport> check_folder(const std::filesystem::path& folder) {
  auto db = open_readable(folder / kFileName);
  if (!db) return tl::unexpected(db.error());
  auto tables = HistoryTables::open(std::move(*db));
  if (!tables) return tl::unexpected(tables.error());
  return check_database(**tables);
}

Result<void> backup_folder(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) return fail(ErrorCode::kAlreadyExists, file.string() + " exists already");
  return copy_whole(folder / kFileName, file);
}

Result<void> restore_folder(const std::filesystem::path& file, const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error))
    return fail(ErrorCode::kAlreadyExists, folder.string() + " is not empty");
  {
    auto db = open_readable(file);
    if (!db) return tl::unexpected(db.error());
    auto tables = HistoryTables::open(std::move(*db));
    if (!tables) return tl::unexpected(tables.error());
    const auto report = check_database(**tables);
    if (!report) return tl::unexpected(report.error());
    if (!report->problems.empty())
      return fail(ErrorCode::kInternalError, file.string() + " is damaged: " + report->problems.front());
  }
  std::filesystem::create_directories(folder, error);
  if (error) return fail(ErrorCode::kReadOnly, folder.string() + " cannot be created: " + error.message());
  auto lock = FolderLock::take(folder);
  if (!lock) return tl::unexpected(lock.error());
  return copy_whole(file, folder / kFileName);
}

}  // namespace tsunagu::store
