// Sealed folders: nothing readable on disk, nothing readable without the key, nothing changed unnoticed.
#include "store/sealing.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>

#include "store/embedded.h"
#include "store/sqlite/data_keys.h"
#include "unit/store/rooms.h"

namespace tsunagu::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSecret = "urn:ngsi-ld:Room:the-secret-one";

class Sealing : public testing::Test {
 protected:
  Sealing() {
    std::string pattern = (fs::temp_directory_path() / "tsunagu-sealing-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    folder_ = root_ / "data";
  }
  ~Sealing() override {
    forget_data_keys();
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  fs::path key_file(const std::string& name, const std::string& text) {
    const fs::path file = root_ / name;
    std::ofstream(file, std::ios::trunc) << text;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return file;
  }
  void use_new_key(const std::string& name = "key") {
    ASSERT_TRUE(use_data_keys(key_file(name, new_data_key() + "\n")));
  }

  Result<std::unique_ptr<Store>> try_open(const fs::path& folder, std::uint64_t fold_bytes = 0) {
    EmbeddedOptions options;
    options.folder = folder;
    options.fold_journal_bytes = fold_bytes;
    return open_embedded(options);
  }
  void fill(const fs::path& folder) {
    auto store = try_open(folder);
    ASSERT_TRUE(store) << store.error().detail;
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(put(**store, std::string(kSecret), i));
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(put(**store, "urn:ngsi-ld:Room:" + std::to_string(i), i));
    (*store)->stop();
  }
  bool holds(const fs::path& folder) {
    auto store = try_open(folder);
    if (!store) return false;
    const bool found = bool((*store)->find({}, kSecret)) && (*store)->stats().entities == 61;
    (*store)->stop();
    return found;
  }
  ErrorCode refusal(const fs::path& folder) {
    const auto store = try_open(folder);
    if (store) (*store)->stop();
    return store ? ErrorCode::kInternalError : store.error().code;
  }
  static std::string bytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static bool on_disk(const fs::path& folder, std::string_view text) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file() && bytes(entry.path()).find(text) != std::string::npos) return true;
    }
    return false;
  }
  static void flip(const fs::path& file, std::uintmax_t at) {
    std::fstream io(file, std::ios::binary | std::ios::in | std::ios::out);
    io.seekg(static_cast<std::streamoff>(at));
    const char c = static_cast<char>(io.get() ^ 1);
    io.seekp(static_cast<std::streamoff>(at));
    io.put(c);
  }
  fs::path file() const { return folder_ / "tsunagu.db"; }

  fs::path root_, folder_;
};

TEST_F(Sealing, LeavesNothingReadableOnDisk) {
  fill(folder_);
  EXPECT_TRUE(on_disk(folder_, kSecret));
  fs::remove_all(folder_);

  use_new_key();
  auto store = try_open(folder_);
  ASSERT_TRUE(store);
  ASSERT_TRUE(put(**store, std::string(kSecret), 7));
  std::promise<void> written;
  std::vector<Write> document;
  document.push_back(DocumentWrite{{}, "notes", "a-secret-key", R"({"text":"the-secret-note"})"});
  (*store)->submit(std::move(document), [&written](std::vector<Outcome>) { written.set_value(); });
  written.get_future().wait();
  for (const std::string_view text : {kSecret, std::string_view("the-secret-note"), std::string_view("a-secret-key"),
                                      std::string_view("CREATE TABLE")}) {
    EXPECT_FALSE(on_disk(folder_, text)) << text;
  }
  (*store)->stop();
  store->reset();
  EXPECT_FALSE(on_disk(folder_, kSecret));
  store = try_open(folder_);
  ASSERT_TRUE(store);
  EXPECT_TRUE((*store)->find({}, kSecret));
  EXPECT_EQ((*store)->document({}, "notes", "a-secret-key"), R"({"text":"the-secret-note"})");
  (*store)->stop();
}

TEST_F(Sealing, OpensWithTheKeyOnlyAndHarmsNothing) {
  use_new_key();
  fill(folder_);
  const std::string before = bytes(file());
  forget_data_keys();
  EXPECT_EQ(refusal(folder_), ErrorCode::kConflict);
  use_new_key("other");
  EXPECT_EQ(refusal(folder_), ErrorCode::kConflict);
  EXPECT_FALSE(check_folder(folder_));
  EXPECT_EQ(bytes(file()), before);
  ASSERT_TRUE(use_data_keys(root_ / "key"));
  EXPECT_TRUE(holds(folder_));
}

TEST_F(Sealing, TakesAFolderThatWasNotSealed) {
  fill(folder_);
  use_new_key();
  EXPECT_EQ(refusal(folder_), ErrorCode::kConflict);
  const auto sealed = seal_folder(folder_);
  ASSERT_TRUE(sealed) << sealed.error().detail;
  EXPECT_FALSE(on_disk(folder_, kSecret));
  EXPECT_TRUE(holds(folder_));
  const auto report = check_folder(folder_);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  const auto unsealed = unseal_folder(folder_);
  ASSERT_TRUE(unsealed) << unsealed.error().detail;
  EXPECT_TRUE(on_disk(folder_, kSecret));
  forget_data_keys();
  EXPECT_TRUE(holds(folder_));
}

TEST_F(Sealing, TurnsItsKeyOver) {
  use_new_key();
  fill(folder_);
  ASSERT_TRUE(add_data_key(root_ / "key"));
  ASSERT_TRUE(use_data_keys(root_ / "key"));
  EXPECT_TRUE(holds(folder_));  // the old one reads
  const auto sealed = seal_folder(folder_);
  ASSERT_TRUE(sealed) << sealed.error().detail;
  const std::string both = bytes(root_ / "key");
  ASSERT_TRUE(use_data_keys(key_file("new", both.substr(0, both.find('\n')))));
  EXPECT_TRUE(holds(folder_));
  ASSERT_TRUE(use_data_keys(key_file("old", both.substr(both.find('\n') + 1))));
  EXPECT_EQ(refusal(folder_), ErrorCode::kConflict);
}

TEST_F(Sealing, NoticesWhatWasChangedOrMoved) {
  use_new_key();
  fill(folder_);
  const std::string good = bytes(file());
  const auto damaged = [&] {
    const auto report = check_folder(folder_);
    return !report || !report->problems.empty();
  };
  ASSERT_GT(good.size(), 10 * kPageSize);
  EXPECT_FALSE(damaged());
  const auto with = [&](auto&& change) {
    std::string bad = good;
    change(bad);
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bad;
  };
  for (std::size_t page = 0; page < good.size() / kPageSize; page += 5) {
    with([page](std::string& bad) { bad[page * kPageSize + 200] ^= 1; });
    EXPECT_TRUE(damaged()) << page;
  }
  with([](std::string& bad) { bad[24] ^= 1; });  // what is not secret, either
  EXPECT_TRUE(damaged());
  with([](std::string& bad) {
    std::swap_ranges(bad.begin() + 5 * kPageSize, bad.begin() + 6 * kPageSize, bad.begin() + 7 * kPageSize);
  });
  EXPECT_TRUE(damaged());
  with([](std::string&) {});
  EXPECT_FALSE(damaged());
}

TEST_F(Sealing, GoesOnAfterACrashAtAnyPlaceOfTheLog) {
  use_new_key();
  auto store = try_open(folder_, 1 << 20);  // so that the log holds these writes and nothing else
  ASSERT_TRUE(store);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(put(**store, "urn:ngsi-ld:Room:" + std::to_string(i), i));
  const fs::path saved = root_ / "saved";
  fs::create_directories(saved);
  for (const char* name : {"tsunagu.db", "tsunagu.db-wal"}) fs::copy_file(folder_ / name, saved / name);
  (*store)->stop();

  const std::uintmax_t whole = fs::file_size(saved / "tsunagu.db-wal");
  std::uint64_t before = 31;
  for (const std::uintmax_t cut : {whole, whole - 1, whole - 5000, whole - 9000, whole / 2, std::uintmax_t{100}}) {
    const fs::path crashed = root_ / ("crashed" + std::to_string(cut));
    fs::copy(saved, crashed);
    fs::resize_file(crashed / "tsunagu.db-wal", cut);
    auto again = try_open(crashed);
    ASSERT_TRUE(again) << cut << ": " << again.error().detail;
    const std::uint64_t entities = (*again)->stats().entities;
    if (cut == whole) {
      EXPECT_EQ(entities, 30u);
    }
    EXPECT_LE(entities, before) << cut;
    before = entities;
    EXPECT_TRUE(put(**again, "urn:ngsi-ld:Room:new", 1));
    (*again)->stop();
  }
  // Torn in the middle: what comes before it is there.
  const fs::path torn = root_ / "torn";
  fs::copy(saved, torn);
  flip(torn / "tsunagu.db-wal", whole - 4000);
  auto again = try_open(torn);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ((*again)->stats().entities, 29u);
  (*again)->stop();
}

TEST_F(Sealing, BackupsAreSealedToo) {
  use_new_key();
  fill(folder_);
  const fs::path backup = root_ / "backup", again = root_ / "again";
  const auto saved = backup_folder(folder_, backup);
  ASSERT_TRUE(saved) << saved.error().detail;
  EXPECT_EQ(bytes(backup).find(kSecret), std::string::npos);
  const auto restored = restore_folder(backup, again);
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_TRUE(holds(again));
  forget_data_keys();
  EXPECT_FALSE(restore_folder(backup, root_ / "third"));
  EXPECT_FALSE(fs::exists(root_ / "third"));
}

TEST_F(Sealing, ReadsKeyFilesStrictly) {
  const std::string key = new_data_key();
  EXPECT_TRUE(use_data_keys(key_file("a", "# of the city\n\n" + key + "\r\n")));
  for (const std::string& text : {std::string(), std::string("# nothing\n"), key.substr(1), key + "x", key + " " + key,
                                  key + "\n" + std::string("short\n")}) {
    const auto used = use_data_keys(key_file("b", text));
    ASSERT_FALSE(used) << text;
    EXPECT_EQ(used.error().code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(used.error().detail.find(key), std::string::npos);
  }
  EXPECT_FALSE(use_data_keys(root_ / "nowhere"));
}

}  // namespace
}  // namespace tsunagu::store
