#include "ngsi/term.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace tsunagu::ngsi {
namespace {

TEST(TermTable, NumbersStartAtOneAndStay) {
  TermTable table;
  EXPECT_EQ(table.size(), 0u);
  TermId a = table.intern("https://example.org/a");
  TermId b = table.intern("https://example.org/b");
  EXPECT_EQ(a.value, 1u);
  EXPECT_EQ(b.value, 2u);
  EXPECT_EQ(table.intern("https://example.org/a"), a);
  EXPECT_EQ(table.text(a), "https://example.org/a");
  EXPECT_EQ(table.text(b), "https://example.org/b");
  EXPECT_EQ(table.size(), 2u);
}

TEST(TermTable, SearchingDoesNotGrowIt) {
  TermTable table;
  EXPECT_EQ(table.find("nobody"), kNoTerm);
  EXPECT_EQ(table.size(), 0u);
  TermId a = table.intern("somebody");
  EXPECT_EQ(table.find("somebody"), a);
  EXPECT_EQ(table.find("somebod"), kNoTerm);
}

TEST(TermTable, UnknownNumbersHaveNoText) {
  TermTable table;
  table.intern("a");
  EXPECT_EQ(table.text(kNoTerm), "");
  EXPECT_EQ(table.text(TermId{2}), "");
  EXPECT_EQ(table.text(TermId{5'000'000}), "");
  EXPECT_EQ(table.text(TermId{0xffffffffu}), "");
}

TEST(TermTable, KeepsTextsOfAnySize) {
  TermTable table;
  std::vector<std::string> texts{"", std::string(1, '\0'), std::string(9000, 'x'), std::string(200'000, 'y'), "北海道"};
  std::vector<std::string_view> kept;
  for (const std::string& t : texts) kept.push_back(table.text(table.intern(t)));
  for (int i = 0; i < 20'000; ++i) table.intern("filler" + std::to_string(i));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(kept[i], texts[i]);
    EXPECT_EQ(table.text(table.find(texts[i])).data(), kept[i].data()) << "texts do not move";
  }
}

TEST(TermTable, ManyThreadsAgreeOnNumbers) {
  TermTable table;
  constexpr int kThreads = 4, kTexts = 9000;
  std::vector<std::vector<TermId>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTexts; ++i) {
        std::string text = "term" + std::to_string(i);
        TermId id = table.intern(text);
        seen[t].push_back(id);
        ASSERT_EQ(table.text(id), text);
      }
    });
  for (std::thread& t : threads) t.join();
  for (int t = 1; t < kThreads; ++t) EXPECT_EQ(seen[t], seen[0]);
  EXPECT_EQ(table.size(), static_cast<std::uint32_t>(kTexts));
}

}  // namespace
}  // namespace tsunagu::ngsi
