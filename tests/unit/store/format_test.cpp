// Folders of earlier formats.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "store/embedded.h"
#include "store/sqlite/folder.h"
#include "unit/store/rooms.h"

namespace tsunagu::store {
namespace {

namespace fs = std::filesystem;

class Values final : public SeriesVisitor {
 public:
  std::vector<std::string> values;
  bool point(const HistoryPoint& p) override {
    values.emplace_back(p.instance.value());
    return true;
  }
};

// Makes a folder of format 1 out of one of format 2 in which nothing was removed: only then do rows differ in nothing
// but their version.
void make_old(const fs::path& file, std::uint64_t rows) {
  auto db = Database::open(file, Database::Mode::kReadWrite);
  ASSERT_TRUE(db.has_value());
  std::vector<std::string> data;
  {
    auto statement = db->prepare("SELECT data FROM journal ORDER BY sequence");
    while (*statement->step()) data.emplace_back(statement->blob(0));
  }
  ASSERT_EQ(data.size(), rows);
  // The last row, by hand: entity 1 is deleted. A deletion had no more than its head.
  std::string row = data[0].substr(0, 24);
  const auto append = [&row](auto value) { row.append(reinterpret_cast<const char*>(&value), sizeof value); };
  append(std::uint32_t{24}), append(std::uint8_t{3}), append(std::uint8_t{0}), append(std::uint16_t{0}),
      append(std::uint64_t{1});
  append(now().us);
  const std::uint32_t one = 1, size = 24;
  std::memcpy(row.data() + 8, &one, 4);
  std::memcpy(row.data() + 12, &size, 4);
  data.push_back(row);
  auto put_row = db->prepare("INSERT OR REPLACE INTO journal(sequence, at, data) VALUES(?, ?, ?)");
  for (std::uint64_t i = 0; i < data.size(); ++i) {
    data[i][4] = 1;
    reseal(data[i], i + 1);
    ASSERT_TRUE(
        put_row->bind(1, static_cast<std::int64_t>(i + 1)).bind(2, now().us).bind_blob(3, data[i]).run().has_value());
  }
  ASSERT_TRUE(db->exec("DROP TABLE life; DROP TABLE leaf; DROP TABLE outbox; DELETE FROM meta WHERE "
                       "key='folded_sequence'; PRAGMA user_version=1")
                  .has_value());
}

TEST(Format, AFolderOfFormat1IsBroughtUpToDate) {
  std::string pattern = (fs::temp_directory_path() / "tsunagu-format-XXXXXX").string();
  const fs::path folder = ::mkdtemp(pattern.data());
  EmbeddedOptions options;
  options.folder = folder;
  {
    auto store = open_embedded(options);
    ASSERT_TRUE(store.has_value());
    EXPECT_TRUE(put(**store, "urn:1", 10).has_value());
    EXPECT_TRUE(put(**store, "urn:2", 20).has_value());
    EXPECT_TRUE(put(**store, "urn:1", 11).has_value());
  }
  make_old(folder / kFileName, 3);
  {
    auto store = open_embedded(options);
    ASSERT_TRUE(store.has_value()) << store.error().detail;
    EXPECT_EQ((*store)->find(TenantId{}, "urn:1").get(), nullptr);
    auto reader = (*store)->history(TenantId{});
    ASSERT_TRUE(reader.has_value());
    Values values;
    TimeWindow all;
    all.everything = true;
    ASSERT_TRUE((*reader)->scan("urn:1", {ngsi::core_context()->intern("n"), ""}, all, false, values).has_value());
    EXPECT_EQ(values.values, (std::vector<std::string>{"10", "11", "\"urn:ngsi-ld:null\""}));
  }
  const auto report = check_folder(folder);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->problems, std::vector<std::string>());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tsunagu::store
