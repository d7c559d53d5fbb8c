#include "store/sqlite/change.h"

#include <gtest/gtest.h>

#include <random>

namespace tsunagu::store {
namespace {

using ngsi::RecordPtr;

ngsi::Entity random_entity(std::mt19937& random) {
  const auto pick = [&](unsigned n) { return static_cast<unsigned>(random()) % n; };
  ngsi::Entity e;
  e.id = "urn:a";
  for (unsigned i = 0; i <= pick(3); ++i) e.types.push_back(ngsi::TermId{1 + pick(4) * 10 + i});
  for (unsigned i = 0; i < pick(3); ++i) e.scopes.push_back("/s" + std::to_string(pick(3)));
  e.created_at = Instant{1000 + pick(2)};
  e.modified_at = Instant{2000 + pick(100)};
  if (pick(3) == 0) e.expires_at = Instant{9'000'000'000'000'000 + pick(2)};
  for (unsigned name = 1; name <= 6; ++name)
    for (unsigned dataset = 0; dataset < 3; ++dataset) {
      if (pick(3) == 0) continue;
      ngsi::Attribute a;
      a.name = ngsi::TermId{name};
      if (dataset) a.dataset_id = "urn:d" + std::to_string(dataset);
      a.value = std::to_string(pick(3));
      a.created_at = a.modified_at = Instant{5};
      if (pick(4) == 0) a.observed_at = Instant{pick(3)};
      if (pick(4) == 0) a.unit_code = "CEL";
      if (pick(4) == 0) {
        ngsi::Attribute sub;
        sub.name = ngsi::TermId{9};
        sub.value = "\"s\"";
        a.subs.push_back(sub);
      }
      e.attributes.push_back(a);
    }
  return e;
}
RecordPtr random_record(std::mt19937& random) {
  return *ngsi::encode(random_entity(random));
}

TEST(Change, ReplayGivesTheSameBytes) {
  std::mt19937 random(1);
  RowBuilder row;
  for (int round = 0; round < 2000; ++round) {
    const RecordPtr first = random_record(random), second = random_record(random);
    row.start();
    row.append(ChangeOp::kCreate, TenantId{3}, 77, Instant{10}, nullptr, first.get());
    row.append(ChangeOp::kUpdate, TenantId{3}, 77, Instant{11}, first.get(), second.get());
    row.append(ChangeOp::kDelete, TenantId{3}, 77, Instant{12}, second.get(), nullptr);
    auto reader = RowReader::open(row.finish(5), 5);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->changes(), 3u);
    ChangeView change;
    ASSERT_TRUE(*reader->next(change));
    EXPECT_EQ(change.tenant, TenantId{3});
    EXPECT_EQ(change.number, 77u);
    EXPECT_EQ(change.at, Instant{10});
    const auto created = apply_change(change, nullptr);
    ASSERT_TRUE(created.has_value()) << created.error().detail;
    EXPECT_EQ((*created)->bytes(), first->bytes());
    ASSERT_TRUE(*reader->next(change));
    const auto updated = apply_change(change, created->get());
    ASSERT_TRUE(updated.has_value()) << updated.error().detail;
    EXPECT_EQ((*updated)->bytes(), second->bytes());
    ASSERT_TRUE(*reader->next(change));
    EXPECT_EQ(change.op, ChangeOp::kDelete);
    EXPECT_FALSE(*reader->next(change));
  }
}

TEST(Change, AnUpdateHoldsOnlyTheInstanceThatChanged) {
  std::mt19937 random(2);
  ngsi::Entity e = random_entity(random);
  const RecordPtr before = *ngsi::encode(e);
  e.attributes[0].value = "12345";
  const RecordPtr after = *ngsi::encode(e);
  RowBuilder row;
  row.start();
  row.append(ChangeOp::kUpdate, TenantId{}, 1, Instant{1}, before.get(), after.get());
  auto reader = RowReader::open(row.finish(1), 1);
  ChangeView change;
  ASSERT_TRUE(*reader->next(change));
  EXPECT_EQ(change.set_count, 1u);
  EXPECT_EQ(change.removed_count, 0u);
  EXPECT_FALSE(change.has_types || change.has_scopes || change.has_expiry);
}

TEST(Change, DamageIsFound) {
  std::mt19937 random(3);
  RowBuilder row;
  row.start();
  row.append(ChangeOp::kCreate, TenantId{}, 1, Instant{1}, nullptr, random_record(random).get());
  const std::string good(row.finish(9));
  EXPECT_TRUE(RowReader::open(good, 9).has_value());
  EXPECT_FALSE(RowReader::open(good, 8).has_value());  // the place of another row
  EXPECT_FALSE(RowReader::open(good.substr(0, good.size() - 1), 9).has_value());
  EXPECT_FALSE(RowReader::open("", 9).has_value());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(RowReader::open(bad, 9).has_value()) << i;
  }
}

// Bytes with a right checksum that no program of ours wrote must not crash it either.
TEST(Change, NonsenseWithARightChecksumIsAnError) {
  std::mt19937 random(4);
  const RecordPtr base = random_record(random);
  RowBuilder row;
  for (int round = 0; round < 20000; ++round) {
    row.start();
    const RecordPtr next = random_record(random);
    if (random() % 2) {
      row.append(ChangeOp::kUpdate, TenantId{}, 1, Instant{1}, base.get(), next.get());
    } else {
      row.append(ChangeOp::kCreate, TenantId{}, 1, Instant{1}, nullptr, next.get());
    }
    std::string bytes(row.finish(1));
    const std::size_t body = 24;
    for (unsigned k = 0; k <= random() % 4; ++k)
      bytes[body + random() % (bytes.size() - body)] = static_cast<char>(random());
    reseal(bytes, 1);
    auto reader = RowReader::open(bytes, 1);
    ASSERT_TRUE(reader.has_value());
    ChangeView change;
    for (;;) {
      const auto more = reader->next(change);
      if (!more || !*more) break;
      const auto applied = apply_change(change, change.op == ChangeOp::kUpdate ? base.get() : nullptr);
      if (applied) {
        EXPECT_TRUE(ngsi::check_record((*applied)->bytes()));
      }
    }
  }
}

}  // namespace
}  // namespace tsunagu::store
