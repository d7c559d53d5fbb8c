// The data folder in good and bad days: full and read-only disks, damage, backup and restore, two programs at once.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "ngsi/context.h"
#include "store/embedded.h"
#include "unit/store/faulty_disk.h"
#include "unit/store/rooms.h"

namespace tsunagu::store {
namespace {

namespace fs = std::filesystem;

class Folder : public testing::Test {
 protected:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "tsunagu-folder-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    folder_ = root_ / "data";
  }
  ~Folder() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  Result<std::unique_ptr<Store>> try_open(const fs::path& folder,
                                          std::chrono::seconds checkpoints = std::chrono::seconds(60)) {
    EmbeddedOptions options;
    options.folder = folder;
    options.checkpoint_interval = checkpoints;
    return open_embedded(options);
  }
  std::unique_ptr<Store> open(std::chrono::seconds checkpoints = std::chrono::seconds(60)) {
    auto store = try_open(folder_, checkpoints);
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().detail);
    return store ? std::move(*store) : nullptr;
  }

  static void remove(Store& store, const std::string& id) {
    std::promise<void> promise;
    std::vector<Write> writes;
    writes.push_back(EntityWrite{{}, id, [](const ngsi::Record*, Instant) -> Result<Decision> { return Remove{}; }});
    store.submit(std::move(writes), [&](std::vector<Outcome>) { promise.set_value(); });
    promise.get_future().get();
  }
  static std::string value(const Store& store, const std::string& id) {
    const auto r = store.find(TenantId{}, id);
    return r ? std::string(r->find(ngsi::core_context()->intern("n")).value()) : "";
  }
  void sql(const char* text, const fs::path& file) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  std::vector<std::string> problems(const fs::path& folder) {
    const auto report = check_folder(folder);
    return report ? report->problems : std::vector<std::string>{report.error().detail};
  }

  fs::path root_, folder_;
};

TEST_F(Folder, AFullDiskRefusesWritesLosesNothingAndRecovers) {
  FaultyDisk disk;
  auto store = open();
  ASSERT_TRUE(put(*store, "urn:a", 1).has_value());
  disk.fail_writes(SQLITE_FULL);
  for (int i = 0; i < 3; ++i) {
    const auto refused = put(*store, "urn:a", 2);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kStorageFull);
  }
  EXPECT_EQ(store->make_tenant("otaru").error().code, ErrorCode::kStorageFull);
  EXPECT_FALSE(store->find_tenant("otaru"));
  EXPECT_EQ(value(*store, "urn:a"), "1");
  EXPECT_FALSE(store->stats().writable);
  disk.heal();
  ASSERT_TRUE(put(*store, "urn:b", 3).has_value());
  EXPECT_TRUE(store->stats().writable);
  store.reset();
  EXPECT_TRUE(problems(folder_).empty());
  store = open();
  EXPECT_EQ(value(*store, "urn:a"), "1");
  EXPECT_EQ(value(*store, "urn:b"), "3");
}

TEST_F(Folder, ADiskThatCannotSyncAcknowledgesNothing) {
  FaultyDisk disk;
  auto store = open();
  ASSERT_TRUE(put(*store, "urn:a", 1).has_value());
  disk.fail_syncs(SQLITE_IOERR_FSYNC);
  EXPECT_FALSE(put(*store, "urn:a", 2).has_value());
  EXPECT_EQ(value(*store, "urn:a"), "1");
  disk.heal();
  EXPECT_TRUE(put(*store, "urn:a", 3).has_value());
  store.reset();
  EXPECT_TRUE(problems(folder_).empty());
  EXPECT_EQ(value(*open(), "urn:a"), "3");
}

TEST_F(Folder, ADiskThatBecomesReadOnlyIsNamedSo) {
  FaultyDisk disk;
  auto store = open();
  disk.fail_writes(SQLITE_READONLY);
  const auto refused = put(*store, "urn:a", 1);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kReadOnly);
}

TEST_F(Folder, StopsOnAFullDiskWithoutLosingWhatItAcknowledged) {
  FaultyDisk disk;
  auto store = open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(put(*store, "urn:" + std::to_string(i), i).has_value());
  disk.fail_writes(SQLITE_FULL);
  store.reset();  // its last checkpoint cannot be written
  disk.heal();
  EXPECT_TRUE(problems(folder_).empty());
  store = open();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(value(*store, "urn:" + std::to_string(i)), std::to_string(i));
}

TEST_F(Folder, OneProgramAtATime) {
  auto store = open();
  const auto second = try_open(folder_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_NE(second.error().detail.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().detail;
}

TEST_F(Folder, RefusesAForeignFile) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "tsunagu.db") << "This is not a database, and it is long enough to be looked at.";
  EXPECT_EQ(try_open(folder_).error().code, ErrorCode::kInternalError);
  EXPECT_FALSE(check_folder(folder_).has_value());
  EXPECT_EQ(check_folder(root_ / "none").error().code, ErrorCode::kResourceNotFound);
}

TEST_F(Folder, CheckNamesWhatIsDamaged) {
  {
    auto store = open();
    for (int i = 0; i < 5; ++i) put(*store, "urn:" + std::to_string(i), i);
  }
  const auto report = check_folder(folder_);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->entities, 5u);
  EXPECT_EQ(report->changes, 5u);
  EXPECT_EQ(report->tenants, 1u);
  EXPECT_GE(report->journal_rows, 1u);
  EXPECT_TRUE(report->problems.empty());

  struct Damage {
    const char *sql, *says;
    bool opens;
  };
  const Damage damages[] = {
      {"UPDATE entity SET record=substr(record,1,30) WHERE number=3", "table entity, row 3", false},
      {"UPDATE entity SET hash=hash+1 WHERE number=2", "table entity, row 2", false},
      {"DELETE FROM entity WHERE number=4", "entity 4", true},
      {"UPDATE journal SET data=substr(data,1,length(data)-1) WHERE sequence=2", "table journal, row 2", false},
      {"DELETE FROM journal WHERE sequence=2", "table journal: row 2 is missing", false},
      {"UPDATE entity SET tenant=9 WHERE number=1", "unknown tenant", false},
      {"DELETE FROM term WHERE id=1", "table term", false},
      {"UPDATE meta SET value=99 WHERE key='checkpoint_sequence'", "table journal", false},
  };
  for (const Damage& damage : damages) {
    const fs::path copy = root_ / "damaged";
    fs::remove_all(copy);
    fs::create_directories(copy);
    fs::copy_file(folder_ / "tsunagu.db", copy / "tsunagu.db");
    sql(damage.sql, copy / "tsunagu.db");
    const auto found = problems(copy);
    ASSERT_FALSE(found.empty()) << damage.sql;
    EXPECT_NE(found[0].find(damage.says), std::string::npos) << damage.sql << " gives " << found[0];
    const auto opened = try_open(copy);
    EXPECT_EQ(opened.has_value(), damage.opens) << damage.sql;
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::kInternalError);
    }
  }
}

TEST_F(Folder, BacksUpARunningStoreAndRestoresIt) {
  auto store = open();
  for (int i = 0; i < 20; ++i) put(*store, "urn:" + std::to_string(i), i);
  const fs::path file = root_ / "backup.db", other = root_ / "other";
  ASSERT_TRUE(backup_folder(folder_, file).has_value());
  EXPECT_EQ(backup_folder(folder_, file).error().code, ErrorCode::kAlreadyExists);
  put(*store, "urn:0", 100);
  ASSERT_TRUE(restore_folder(file, other).has_value());
  EXPECT_EQ(restore_folder(file, folder_).error().code, ErrorCode::kAlreadyExists);
  auto restored = try_open(other);
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(value(**restored, "urn:0"), "0");
  EXPECT_EQ(value(**restored, "urn:19"), "19");
  EXPECT_EQ(value(*store, "urn:0"), "100");

  sql("DELETE FROM journal WHERE sequence=1", file);
  EXPECT_FALSE(restore_folder(file, root_ / "third").has_value());
  EXPECT_FALSE(fs::exists(root_ / "third" / "tsunagu.db"));
}

// A checkpoint is written in slices between groups, so its rows may be newer than the journal row it is of. Every state
// that a crash could leave must give what the journal gives.
TEST_F(Folder, EveryMomentOfACheckpointReplaysToTheSameState) {
  auto store = open(std::chrono::seconds(0));
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int round = 0; !done; ++round)
      for (int i = 0; i < 700 && !done; ++i) {
        const std::string id = "urn:" + std::to_string(i);
        if ((i + round) % 7 == 0) {
          remove(*store, id);
        } else {
          put(*store, id, round);
        }
      }
  });
  for (int copy = 0; copy < 15; ++copy) {
    const fs::path file = root_ / ("copy" + std::to_string(copy)), folder = root_ / ("open" + std::to_string(copy));
    ASSERT_TRUE(backup_folder(folder_, file).has_value());
    const auto restored = restore_folder(file, folder);
    EXPECT_TRUE(restored.has_value()) << (restored ? "" : restored.error().detail);
    EXPECT_TRUE(problems(folder_).empty());
  }
  done = true;
  writer.join();
  store.reset();
  EXPECT_TRUE(problems(folder_).empty());
}

}  // namespace
}  // namespace tsunagu::store
