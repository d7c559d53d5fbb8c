// History beyond leaves has a limit, whatever becomes of folding.
#include <sqlite3.h>

#include <thread>

#include "unit/store/retention_store.h"

namespace tsunagu::store {
namespace {

class TailLimit : public RetentionStore {
 protected:
  TailLimit() {
    options_.max_unfolded_bytes = 32u << 10;
    options_.durability = Durability::kInterval;
  }
  void sql(const char* text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((options_.folder / "tsunagu.db").c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 60000);
    EXPECT_EQ(sqlite3_exec(db, text, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  Result<void> set(int value) {
    ngsi::Entity e;
    e.id = "urn:a";
    e.types = {name("T")};
    e.attributes = {level(value)};
    e.created_at = e.modified_at = Instant{1};
    return write(
        EntityWrite{{}, e.id, [r = *ngsi::encode(std::move(e))](const ngsi::Record*, Instant) -> Result<Decision> {
                      return Put{r};
                    }});
  }
};

TEST_F(TailLimit, WritesAreRefusedWhileFoldingFailsAndGoOnWhenItWorks) {
  open_at(kNoInstant);
  store_.reset();
  sql("CREATE TRIGGER no_leaf BEFORE INSERT ON leaf BEGIN SELECT RAISE(ABORT, 'no leaf today'); END");
  open_at(kNoInstant);
  std::vector<std::string> written;
  Result<void> last;
  for (int i = 0; i < 10000 && last; ++i)
    if ((last = set(i))) written.push_back(std::to_string(i));
  ASSERT_FALSE(last.has_value()) << "memory would grow without bound";
  EXPECT_EQ(last.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(last.error().detail.find("no leaf today"), std::string::npos) << last.error().detail;
  EXPECT_TRUE(write(DocumentWrite{{}, "c", "k", "{}"})) << "what is no history may go on";
  EXPECT_EQ(values("urn:a"), written);
  sql("DROP TRIGGER no_leaf");
  while (!set(10000)) std::this_thread::yield();  // until folding is tried again
  written.push_back("10000");
  EXPECT_EQ(values("urn:a"), written);
  open_at(kNoInstant);
  EXPECT_EQ(values("urn:a"), written);
}

TEST_F(TailLimit, WritesWaitForFoldingThatWorks) {
  options_.fold_journal_bytes = 32u << 20;  // the limit alone makes it begin
  open_at(kNoInstant);
  for (int i = 0; i < 800; ++i) ASSERT_TRUE(set(i)) << i;
  EXPECT_EQ(values("urn:a").size(), 800u);
}

TEST_F(TailLimit, AStoreThatCannotFoldStops) {
  open_at(kNoInstant);
  store_.reset();
  sql("CREATE TRIGGER no_leaf BEFORE INSERT ON leaf BEGIN SELECT RAISE(ABORT, 'no leaf today'); END");
  open_at(kNoInstant);
  int written = 0;
  while (set(written)) ++written;
  store_.reset();
  sql("DROP TRIGGER no_leaf");
  open_at(kNoInstant);
  EXPECT_EQ(values("urn:a").size(), static_cast<std::size_t>(written));
}

}  // namespace
}  // namespace tsunagu::store
