// What is hidden cannot be computed back: checked by the proof that comes with a table, by all tables of whole numbers
// that agree with what is shown (small ones), and by an attack that narrows intervals down (large ones).
#include "catalog/disclosure/suppression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <random>

#include "catalog/disclosure/inference.h"
#include "catalog/import/source.h"

namespace tsunagu::catalog {
namespace {

FrequencyTable random_table(std::mt19937& random, const std::vector<int>& sizes, int persons) {
  std::vector<std::string> names;
  for (std::size_t d = 0; d < sizes.size(); ++d) names.push_back("d" + std::to_string(d));
  FrequencyCounter counter(names);
  for (int i = 0; i < persons; ++i) {
    std::vector<std::string> values;
    for (const int size : sizes) {
      // Uneven, as people are: the lowest of two.
      values.push_back(
          std::to_string(std::min(random() % static_cast<unsigned>(size), random() % static_cast<unsigned>(size))));
    }
    counter.add({values.begin(), values.end()});
  }
  return *counter.finish();
}

/// Every value that a hidden cell takes in some table of whole numbers that agrees with what is shown. By trying all of
/// them: knows nothing of moves.
class AllTables {
 public:
  AllTables(const FrequencyTable& table, const Suppression& suppression) : table_(table), hidden_(suppression.hidden) {
    for (std::size_t cell = 0; cell < table.cells(); ++cell) {
      if (table.interior(cell)) inner_.push_back(cell);
      seen.push_back({std::numeric_limits<std::int64_t>::max(), -1});
    }
    value_.resize(table.cells());
    // When the last cell inside that counts into a margin is set, the margin is known.
    last_.resize(inner_.size());
    for (std::size_t cell = 0; cell < table.cells(); ++cell) {
      std::size_t last = 0;
      for (std::size_t i = 0; i < inner_.size(); ++i) {
        if (counts_into(inner_[i], cell)) last = i;
      }
      last_[last].push_back(cell);
    }
    into_.resize(inner_.size());
    for (std::size_t i = 0; i < inner_.size(); ++i) {
      for (std::size_t cell = 0; cell < table.cells(); ++cell) {
        if (counts_into(inner_[i], cell)) into_[i].push_back(cell);
      }
    }
    go_on(0);
  }

  std::vector<Bounds> seen;
  std::size_t tables = 0;

 private:
  bool counts_into(std::size_t inner, std::size_t cell) const {
    for (std::size_t d = 0; d < table_.dimensions().size(); ++d) {
      const std::size_t at = table_.at(cell, d);
      if (at != table_.dimensions()[d].total() && at != table_.at(inner, d)) return false;
    }
    return true;
  }
  void go_on(std::size_t i) {
    if (i == inner_.size()) {
      ++tables;
      for (std::size_t cell = 0; cell < seen.size(); ++cell) {
        seen[cell].least = std::min(seen[cell].least, value_[cell]);
        seen[cell].most = std::max(seen[cell].most, value_[cell]);
      }
      return;
    }
    const std::int64_t shown = table_.count(inner_[i]);
    std::int64_t from = 0, to = table_.persons();
    if (!hidden_[inner_[i]]) from = to = shown;
    for (std::int64_t value = from; value <= to; ++value) {
      bool fits = true;
      for (const std::size_t cell : into_[i]) {
        value_[cell] += value;
        fits = fits && (hidden_[cell] || value_[cell] <= static_cast<std::int64_t>(table_.count(cell)));
      }
      bool known = fits;
      for (const std::size_t cell : last_[i]) {
        known = known && (hidden_[cell] || value_[cell] == static_cast<std::int64_t>(table_.count(cell)));
      }
      if (known) go_on(i + 1);
      for (const std::size_t cell : into_[i]) value_[cell] -= value;
      if (!fits) break;  // more does not fit either
    }
  }

  const FrequencyTable& table_;
  const std::vector<bool>& hidden_;
  std::vector<std::size_t> inner_;
  std::vector<std::vector<std::size_t>> last_, into_;
  std::vector<std::int64_t> value_;
};

std::vector<Bounds> attack(const FrequencyTable& table, const Suppression& suppression) {
  ShownCounts shown;
  for (const auto& dimension : table.dimensions()) shown.values.push_back(dimension.values.size());
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    shown.cells.push_back(suppression.hidden[cell] ? std::nullopt : std::optional(table.count(cell)));
  }
  return infer(shown);
}

void expect_protected(const FrequencyTable& table, const std::function<Bounds(std::size_t)>& what_is_known,
                      const Suppression& suppression, const SuppressionRule& rule) {
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    const Bounds known = what_is_known(cell);
    const std::uint32_t count = table.count(cell);
    EXPECT_LE(known.least, count);
    EXPECT_GE(known.most, count);
    if (count > 0 && count < rule.smallest) {
      EXPECT_GE(known.most - known.least, rule.width) << "cell " << cell;
    }
    if (suppression.hidden[cell]) {
      EXPECT_GT(known.most, known.least) << "cell " << cell;
    }
  }
}

TEST(Suppression, NoTableOfWholeNumbersTellsASmallCell) {
  std::mt19937 random(7);
  std::size_t made = 0;
  const std::vector<std::vector<int>> shapes = {{3, 3}, {4, 3}, {2, 2, 2}, {3, 2, 2}};
  for (int round = 0; round < 60; ++round) {
    const FrequencyTable table =
        random_table(random, shapes[static_cast<std::size_t>(round) % shapes.size()], 8 + round % 12);
    const auto suppression = suppress(table);
    if (!suppression) continue;
    ++made;
    const auto proof = check_suppression(table, *suppression);
    EXPECT_TRUE(proof) << proof.error().detail;
    const AllTables all(table, *suppression);
    EXPECT_GE(all.tables, 1u);
    expect_protected(table, [&](std::size_t cell) { return all.seen[cell]; }, *suppression, {});
  }
  EXPECT_GE(made, 40u);
}

TEST(Suppression, ATableWithoutSmallCellsIsShownWhole) {
  FrequencyCounter counter({"a", "b"});
  for (const char* a : {"x", "y"}) {
    for (const char* b : {"p", "q"}) counter.add({a, b}, 10);
  }
  const auto table = *counter.finish();
  const auto suppression = suppress(table);
  ASSERT_TRUE(suppression);
  EXPECT_EQ(suppression->small + suppression->others, 0u);
  EXPECT_TRUE(check_suppression(table, *suppression));
  EXPECT_EQ(suppressed_csv(table, *suppression),
            "\xEF\xBB\xBF"
            "a,b,人数\r\nx,p,10\r\ny,p,10\r\n合計,p,20\r\nx,q,10\r\ny,q,10\r\n合計,q,20\r\nx,合計,20\r\ny,合計,20\r\n"
            "合計,合計,40\r\n");
}

TEST(Suppression, HidingOnlyTheSmallCellIsFoundToBeTooLittle) {
  FrequencyCounter counter({"a", "b"});
  counter.add({"x", "p"}, 1);
  counter.add({"x", "q"}, 10);
  counter.add({"y", "p"}, 10);
  counter.add({"y", "q"}, 10);
  const auto table = *counter.finish();
  auto suppression = *suppress(table);
  EXPECT_EQ(suppression.small, 1u);
  EXPECT_EQ(suppression.others, 3u);  // the other corners
  ASSERT_TRUE(check_suppression(table, suppression));
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    if (!suppression.hidden[cell]) continue;
    auto less = suppression;
    less.hidden[cell] = false;
    EXPECT_FALSE(check_suppression(table, less)) << cell;
  }
  suppression.protections.clear();
  EXPECT_FALSE(check_suppression(table, suppression));
}

TEST(Inference, ASingleHiddenCellIsComputed) {
  //      p   q  all        what is not shown: x p, and y q
  //  x   ?  10   11
  //  y  10   ?   15
  // all 11  15   26
  const auto known = infer({{2, 2}, {std::nullopt, 10, 11, 10, std::nullopt, 15, 11, 15, 26}});
  EXPECT_EQ(known[0].least, 1);
  EXPECT_EQ(known[0].most, 1);
  EXPECT_EQ(known[4].least, 5);
  EXPECT_EQ(known[4].most, 5);
}

TEST(Inference, ATableThatContradictsItselfComesToAnEnd) {
  EXPECT_EQ(infer({{2, 2}, {std::nullopt, 10, 3, 10, std::nullopt, 4, 1, 2, 99}}).size(), 9u);
  EXPECT_EQ(infer({{2}, {std::nullopt, std::nullopt, std::nullopt}}).size(), 3u);
}

TEST(Suppression, TooFewPersonsAreRefused) {
  FrequencyCounter counter({"a", "b"});
  counter.add({"x", "p"}, 1);
  counter.add({"y", "q"}, 1);
  EXPECT_FALSE(suppress(*counter.finish()));
  EXPECT_FALSE(FrequencyCounter({"a"}).finish());
  EXPECT_FALSE(FrequencyCounter({}).finish());
}

TEST(Suppression, EveryTraitCountsAndEmptyIsAValue) {
  FrequencyCounter counter({"a", "b", "c"});
  counter.add({"", "", "z"}, 4);
  counter.add({"", "z", ""}, 5);
  counter.add({"a\x1f", "b", "c"}, 6);
  counter.add({"a",
               "\x1f"
               "b",
               "c"},
              7);
  const auto table = *counter.finish();
  EXPECT_EQ(counter.small(3).combinations, 4u);
  EXPECT_EQ(table.persons(), 22u);
  EXPECT_EQ(table.dimensions()[0].values, (std::vector<std::string>{"", "a", "a\x1f"}));
  EXPECT_EQ(table.dimensions()[1].values, (std::vector<std::string>{"",
                                                                    "\x1f"
                                                                    "b",
                                                                    "b", "z"}));
  EXPECT_EQ(table.dimensions()[2].values, (std::vector<std::string>{"", "c", "z"}));
  EXPECT_EQ(table.count(table.cell({0, 0, 2})), 4u);
  EXPECT_EQ(table.count(table.cell({0, 4, 3})), 9u);
  EXPECT_EQ(table.count(table.cell({3, 4, 1})), 13u);
}

TEST(Suppression, TooManyCellsAreRefused) {
  FrequencyCounter counter({"a", "b"});
  for (int i = 0; i < 200; ++i) counter.add({std::to_string(i), std::to_string(i)});
  const auto table = counter.finish();
  ASSERT_FALSE(table);
  EXPECT_NE(table.error().detail.find("coarser"), std::string::npos);
}

/// The 172 rows of Hokkaido's first weeks of COVID-19.
class Patients : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = std::getenv("TSUNAGU_SHARED");
    const std::string folder = shared ? shared : std::string(TSUNAGU_SOURCE_DIR) + "/../shared/data";
    std::ifstream in(folder + "/crisis/patients.json", std::ios::binary);
    if (!in) GTEST_SKIP() << "no data in " << folder;
    SourceSpec spec;
    spec.format = Format::kJson;
    spec.list = "data";
    RowReader::Handlers handlers;
    handlers.row = [this](const Row& row) {
      std::vector<std::string> values;
      for (const char* name : {"居住地", "年代", "性別", "age_group", "sex_en"}) {
        const Cell* cell = row.find(name);
        values.push_back(cell ? cell->text : "");
      }
      rows.push_back(std::move(values));
    };
    handlers.fault = [](const Fault& fault) { ADD_FAILURE() << fault.line; };
    handlers.note = [](const std::string&) {};
    RowReader reader(spec, std::move(handlers));
    reader.feed(std::string{std::istreambuf_iterator<char>(in), {}});
    reader.finish();
    ASSERT_EQ(rows.size(), 172u);
  }
  FrequencyCounter count(const std::vector<std::size_t>& columns) const {
    FrequencyCounter counter(std::vector<std::string>(columns.size(), "trait"));
    for (const auto& row : rows) {
      std::vector<std::string_view> values;
      for (const std::size_t column : columns) values.emplace_back(row[column]);
      counter.add(values);
    }
    return counter;
  }
  std::vector<std::vector<std::string>> rows;
};

TEST_F(Patients, SeventyOneAreUnique) {
  EXPECT_EQ(count({0, 1, 2}).small(3).unique, 71u);
  // The file's age_group makes one of 10歳未満 and 10代: two boys of 中富良野町 are no longer unique.
  EXPECT_EQ(count({0, 3, 4}).small(3).unique, 70u);
}

TEST_F(Patients, TheirTablesCannotBeSolvedBack) {
  for (const std::vector<std::size_t>& columns : {std::vector<std::size_t>{0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
    const auto table = *count(columns).finish();
    const auto suppression = suppress(table);
    ASSERT_TRUE(suppression) << suppression.error().detail;
    const auto proof = check_suppression(table, *suppression);
    EXPECT_TRUE(proof) << proof.error().detail;
    const auto known = attack(table, *suppression);
    expect_protected(table, [&](std::size_t cell) { return known[cell]; }, *suppression, {});
    // It still tells something: most persons are counted in margins that are shown.
    std::size_t shown = 0;
    for (std::size_t cell = 0; cell < table.cells(); ++cell) {
      const bool first_margin =
          table.totals(cell) + 1 == table.dimensions().size() && table.at(cell, 0) != table.dimensions()[0].total();
      if (first_margin && !suppression->hidden[cell]) shown += table.count(cell);
    }
    EXPECT_GE(shown, 86u);
    RecordProperty("small", static_cast<int>(suppression->small));
    RecordProperty("others", static_cast<int>(suppression->others));
  }
}

}  // namespace
}  // namespace tsunagu::catalog
