#include "store/memory/id_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tsunagu::store {
namespace {

TEST(IdTable, FollowsAMapThroughRandomChanges) {
  std::mt19937 random(7);
  IdTable table;
  std::map<std::uint32_t, std::uint64_t> model;  // slot -> hash; few different hashes, so that runs get long
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t slot = random() % 500;
    const std::uint64_t hash = random() % 40 * 0x10001;
    if (const auto it = model.find(slot); it != model.end()) {
      table.erase(it->second, slot);
      model.erase(it);
    } else {
      table.insert(hash, slot);
      model[slot] = hash;
    }
    if (step % 100 != 0) continue;
    ASSERT_EQ(table.size(), model.size());
    for (std::uint32_t s = 0; s < 500; ++s) {
      const auto it = model.find(s);
      const std::uint64_t h = it == model.end() ? s % 40 * 0x10001 : it->second;
      ASSERT_EQ(table.find(h, [&](std::uint32_t other) { return other == s; }), it == model.end() ? kNoSlot : s);
    }
  }
}

TEST(IdTable, FindsNothingWhenEmpty) {
  IdTable table;
  EXPECT_EQ(table.find(1, [](std::uint32_t) { return true; }), kNoSlot);
  table.erase(1, 1);
  table.insert(1, 1);
  table.clear();
  EXPECT_EQ(table.find(1, [](std::uint32_t) { return true; }), kNoSlot);
}

}  // namespace
}  // namespace tsunagu::store
