// The tail, folding of one number, and its row of life, by themselves.
#include "store/history/fold.h"

#include <gtest/gtest.h>

#include "ngsi/entity.h"
#include "store/history/tail_view.h"
#include "store/sqlite/change.h"
#include "store/sqlite/folder.h"

namespace tsunagu::store {
namespace {

constexpr ngsi::TermId kType{1}, kLevel{2}, kName{3};

Life full_life() {
  Life life;
  life.number = 7;
  life.edited = true;
  life.states = {{Instant{5}, {kType, kName}, {"/a", "/b"}, false}, {Instant{9}, {kType}, {}, true}};
  for (int i = 0; i < 4; ++i) {
    SeriesInfo& one = life.series.emplace_back();
    one.key = {kLevel, i ? "urn:d" + std::to_string(i) : ""};
    one.points = 10u + static_cast<unsigned>(i);
    one.first_time.us = -i;
    one.last_time.us = 100 + i;
    one.edited = i & 1;
    one.last_kept = i & 2;
    if (i == 3) one.thinned_before.us = 60, one.thinned_to = 20;
  }
  return life;
}

TEST(LifeRow, ComesBackAsItWas) {
  const Life life = full_life();
  Life read;
  read.number = 7;
  ASSERT_TRUE(unpack_life(pack_life(life), read));
  EXPECT_TRUE(read.edited);
  ASSERT_EQ(read.states.size(), 2u);
  EXPECT_EQ(read.states[0].types, life.states[0].types);
  EXPECT_EQ(read.states[0].scopes, life.states[0].scopes);
  EXPECT_TRUE(read.states[1].deleted);
  ASSERT_EQ(read.series.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    const SeriesInfo &a = life.series[i], &b = read.series[i];
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.points, b.points);
    EXPECT_EQ(a.first_time, b.first_time);
    EXPECT_EQ(a.last_time, b.last_time);
    EXPECT_EQ(a.edited, b.edited);
    EXPECT_EQ(a.last_kept, b.last_kept);
    EXPECT_EQ(a.thinned_before, b.thinned_before);
    EXPECT_EQ(a.thinned_to, b.thinned_to);
  }
  EXPECT_EQ(read.find(kLevel, "urn:d2"), &read.series[2]);
  EXPECT_EQ(read.find(kName, ""), nullptr);
}

TEST(LifeRow, DamageIsFound) {
  const std::string bytes = pack_life(full_life());
  Life read;
  read.number = 8;
  EXPECT_FALSE(unpack_life(bytes, read)) << "that of another number";
  read.number = 7;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(unpack_life(std::string_view(bytes).substr(0, n), read));
    std::string damaged = bytes;
    damaged[n] = static_cast<char>(damaged[n] ^ 4);
    EXPECT_FALSE(unpack_life(damaged, read)) << n;
  }
}

// Journal rows of one entity whose level changes, and a tail that has them.
class Folds : public testing::Test {
 protected:
  Folds() {
    auto db = Database::open(":memory:", Database::Mode::kCreate);
    EXPECT_TRUE(db->exec("CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL)"));
    EXPECT_TRUE(db->exec(kHistorySchema));
    tables_ = std::move(*HistoryTables::open(std::move(*db)));
  }

  static ngsi::RecordPtr record(int value, Instant observed) {
    ngsi::Entity e;
    e.id = "urn:a";
    e.types = {kType};
    ngsi::Attribute a;
    a.name = kLevel;
    a.value = std::to_string(value);
    a.observed_at = observed;
    a.created_at = a.modified_at = Instant{1};
    e.attributes = {a};
    return *ngsi::encode(std::move(e));
  }
  /// One more row: level `value`, observed at `at`.
  void set(int value, std::int64_t at) {
    const auto next = record(value, Instant{at});
    row_.start();
    row_.append(now_ ? ChangeOp::kUpdate : ChangeOp::kCreate, TenantId{}, 7, Instant{1000 + value}, now_.get(),
                next.get());
    now_ = next;
    ++sequence_;
    tail_.append(sequence_, std::string(row_.finish(sequence_)));
  }
  /// Folds everything and writes it as the writer does.
  FoldedNumber fold(const FoldLimits& limits = {}) {
    const Retention none({}, nullptr);
    const Tail::Snapshot sealed = tail_.seal();
    auto folded = fold_number(*tables_, sealed, 7, 0, none, limits);
    EXPECT_TRUE(folded.has_value() && folded->has_value());
    FoldedNumber out = std::move(**folded);
    Database& db = tables_->database();
    for (const std::int64_t id : out.gone)
      EXPECT_TRUE(db.exec(("DELETE FROM leaf WHERE id=" + std::to_string(id)).c_str()));
    auto put = db.prepare("INSERT INTO leaf VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (const LeafRow& leaf : out.made) {
      const LeafRange& r = leaf.range;
      int column = 1;
      put->bind(column, 7);
      for (const Instant t : {r.first_time, leaf.from_written, r.last_time, r.first_written, r.last_written,
                              r.first_modified, r.last_modified, r.first_created, r.last_created})
        put->bind(++column, t.us);
      put->bind(11, static_cast<std::int64_t>(r.points)).bind(12, row_hash(7, leaf.data)).bind_blob(13, leaf.data);
      EXPECT_TRUE(put->run());
    }
    const std::string life = pack_life(*out.life);
    auto put_life = db.prepare("INSERT OR REPLACE INTO life VALUES(7,?,0,NULL,0,0,0,?)");
    put_life->bind(1, static_cast<std::int64_t>(out.life->sequence)).bind_blob(2, life);
    EXPECT_TRUE(put_life->run());
    tail_.drop(sealed.sequence);
    return out;
  }
  /// Values in leaves, leaf by leaf.
  std::vector<std::vector<std::string>> leaves() {
    std::vector<std::vector<std::string>> out;
    EXPECT_TRUE(tables_->leaves(7, kNoInstant, kNoInstant, false,
                                [&](const LeafRow&, const HistoryTables::Data& data) -> Result<bool> {
                                  std::vector<std::string> arena;
                                  auto& leaf = out.emplace_back();
                                  const auto points = points_in(data, {kLevel, ""}, arena);
                                  if (!points) return tl::unexpected(points.error());
                                  for (const Point& p : *points)
                                    leaf.emplace_back(ngsi::AttributeView(p.instance.data()).value());
                                  return true;
                                }));
    return out;
  }

  std::unique_ptr<HistoryTables> tables_;
  Tail tail_;
  RowBuilder row_;
  ngsi::RecordPtr now_;
  std::uint64_t sequence_ = 0;
};

using Leaves = std::vector<std::vector<std::string>>;

TEST_F(Folds, TheTailKnowsWhatIsToBeFolded) {
  EXPECT_EQ(tail_.load().total, 0u);
  set(1, 10);
  const auto one = tail_.load();
  EXPECT_GT(one.bytes, 0u);
  EXPECT_FALSE(one.sealed);
  const auto before = tail_.snapshot();
  set(2, 20);
  EXPECT_EQ(changes_of(before, 7, 0).size(), 1u) << "a snapshot sees nothing later";
  EXPECT_EQ(changes_of(tail_.snapshot(), 7, 0).size(), 2u);
  EXPECT_EQ(changes_of(tail_.snapshot(), 7, 1).size(), 1u);
  EXPECT_EQ(changes_of(tail_.snapshot(), 8, 0).size(), 0u);
  const auto sealed = tail_.seal();
  EXPECT_EQ(sealed.sequence, 2u);
  EXPECT_EQ(tail_.fold_target(), 2u);
  set(3, 30);
  EXPECT_TRUE(tail_.load().sealed);
  EXPECT_LT(tail_.load().bytes, tail_.load().total);
  EXPECT_EQ(changes_of(tail_.snapshot(), 7, 0).size(), 3u);
  tail_.drop(2);
  EXPECT_EQ(tail_.load().bytes, tail_.load().total);
  EXPECT_EQ(changes_of(tail_.snapshot(), 7, 0).size(), 1u);
  EXPECT_EQ(changes_of(sealed, 7, 0).size(), 2u) << "who has it keeps it";
}

TEST_F(Folds, PointsGoWhereTheirTimeIs) {
  for (int i = 0; i < 8; ++i) set(i, 100 * i);
  const auto first = fold({.series_points = 4});
  EXPECT_EQ(leaves(), (Leaves{{"0", "1", "2", "3"}, {"4", "5", "6", "7"}}));
  EXPECT_EQ(first.life->find(kLevel, "")->points, 8u);
  EXPECT_FALSE(first.life->find(kLevel, "")->edited);
  set(8, 150);
  const auto second = fold({.series_points = 8});
  EXPECT_EQ(leaves(), (Leaves{{"0", "1", "8", "2", "3"}, {"4", "5", "6", "7"}}));
  EXPECT_EQ(second.gone.size(), 1u) << "the other leaf is left alone";
  set(9, 800);
  fold({.series_points = 100});
  EXPECT_EQ(leaves(), (Leaves{{"0", "1", "8", "2", "3"}, {"4", "5", "6", "7"}, {"9"}}))
      << "small, but not small enough";
  set(10, 900);
  fold({.series_points = 100});
  EXPECT_EQ(leaves(), (Leaves{{"0", "1", "8", "2", "3", "4", "5", "6", "7", "9", "10"}}))
      << "each makes up for the next";
}

TEST_F(Folds, WhatIsFoldedIsNotFoldedAgain) {
  set(1, 10);
  fold();
  const auto again = fold_number(*tables_, tail_.snapshot(), 7, 0, Retention({}, nullptr));
  ASSERT_TRUE(again.has_value());
  EXPECT_FALSE(again->has_value());
  const auto unknown = age_number(*tables_, 99, Retention({}, nullptr));
  ASSERT_TRUE(unknown.has_value());
  EXPECT_FALSE(unknown->has_value());
}

// A fold that was killed before it was written, done again, gives the same; nothing else has changed.
TEST_F(Folds, AgingGoesOnWhereItStopped) {
  for (int i = 0; i < 40; ++i) set(i, 100 * i);
  fold({.series_points = 4});
  RetentionOptions options;
  options.rules.resize(1);
  options.rules[0].keep_us = 1000;
  options.slack = std::chrono::seconds(0);
  options.clock = [] { return Instant{4000}; };
  const Retention retention(options, [](TenantId) { return std::string(); });
  const auto first = age_number(*tables_, 7, retention, {.series_points = 4, .aged_leaves = 2});
  const auto again = age_number(*tables_, 7, retention, {.series_points = 4, .aged_leaves = 2});
  ASSERT_TRUE(first.has_value() && first->has_value() && again.has_value() && again->has_value());
  EXPECT_TRUE((*first)->more);
  EXPECT_EQ((*first)->forgotten, 8u);
  EXPECT_EQ((*first)->gone, (*again)->gone);
  EXPECT_EQ(pack_life(*(*first)->life), pack_life(*(*again)->life));
  EXPECT_EQ((*first)->life->find(kLevel, "")->points, 32u);
  EXPECT_TRUE((*first)->life->find(kLevel, "")->edited);
  const auto whole = age_number(*tables_, 7, retention, {.series_points = 4});
  EXPECT_FALSE((*whole)->more);
  EXPECT_EQ((*whole)->forgotten, 30u);
}

}  // namespace
}  // namespace tsunagu::store
