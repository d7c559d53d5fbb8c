#include <gtest/gtest.h>

#include "gateway/live/ring.h"

namespace tsunagu::gateway::live {
namespace {

ngsi::RecordPtr record(std::size_t text) {
  ngsi::Entity entity;
  entity.id = "urn:ngsi-ld:Thing:1";
  entity.types = {ngsi::terms().intern("https://example.org/Thing")};
  ngsi::Attribute attribute;
  attribute.name = ngsi::terms().intern("https://example.org/text");
  attribute.value = "\"" + std::string(text, 'x') + "\"";
  entity.attributes.push_back(std::move(attribute));
  entity.sort_attributes();
  auto encoded = ngsi::encode(entity);
  EXPECT_TRUE(encoded);
  return *encoded;
}

std::vector<store::EntityChange> changes(std::size_t count, std::size_t text = 1) {
  return std::vector<store::EntityChange>(count, {store::TenantId{0}, nullptr, record(text), Instant{1}});
}

std::vector<std::uint64_t> ids(const Ring& ring, std::uint64_t place) {
  std::vector<Change> out;
  EXPECT_TRUE(ring.read(place, 100, out));
  std::vector<std::uint64_t> all;
  for (const Change& change : out) all.push_back(change.id);
  return all;
}

constexpr std::uint64_t id(std::uint64_t sequence, std::uint64_t index) {
  return sequence << 20 | index;
}
constexpr std::uint64_t kLast = (1 << 20) - 1;

TEST(LiveRing, NumbersByCommitAndPlace) {
  Ring ring(1 << 20);
  ring.begin(6);
  EXPECT_EQ(ring.end().id, id(6, kLast));
  ring.push(7, changes(3));
  ring.push(9, changes(1));
  EXPECT_EQ(ids(ring, 0), (std::vector<std::uint64_t>{id(7, 0), id(7, 1), id(7, kLast), id(9, kLast)}));
  EXPECT_EQ(ring.end().place, 4u);
  EXPECT_EQ(ring.end().id, id(9, kLast));
}

TEST(LiveRing, FindsThePlaceToGoOnFrom) {
  Ring ring(1 << 20);
  ring.begin(6);
  EXPECT_EQ(ring.place_behind(id(6, kLast)), 0u);
  ring.push(7, changes(2));
  ring.push(9, changes(1));
  EXPECT_EQ(ring.place_behind(id(6, kLast)), 0u);
  EXPECT_EQ(ring.place_behind(id(7, 0)), 1u);
  EXPECT_EQ(ring.place_behind(id(7, kLast)), 2u);
  EXPECT_EQ(ring.place_behind(id(8, kLast)), 2u);  // a commit without entities
  EXPECT_EQ(ring.place_behind(id(9, kLast)), 3u);
  EXPECT_EQ(ring.place_behind(id(6, kLast) - 1), std::nullopt);
  EXPECT_EQ(ring.place_behind(id(10, 0)), std::nullopt);
}

TEST(LiveRing, ForgetsTheOldest) {
  Ring ring(10'000);
  ring.begin(0);
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) ring.push(sequence, changes(1, 900));
  EXPECT_LE(ring.bytes(), 10'000u);
  const std::uint64_t end = ring.end().place;
  EXPECT_EQ(end, 20u);
  std::vector<Change> out;
  EXPECT_FALSE(ring.read(0, 10, out));
  EXPECT_TRUE(ring.read(end, 10, out));
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(ring.place_behind(id(1, kLast)), std::nullopt);
  EXPECT_EQ(ring.place_behind(id(19, kLast)), 19u);
  ring.push(21, changes(1, 50'000));  // larger than all of it: stays alone
  EXPECT_EQ(ids(ring, 20), (std::vector<std::uint64_t>{id(21, kLast)}));
  EXPECT_EQ(ring.place_behind(id(20, kLast)), 20u);
  EXPECT_EQ(ring.place_behind(id(19, kLast)), std::nullopt);
}

TEST(LiveRing, AChangeBeforeTheBeginningIsNoBeginning) {
  Ring ring(1 << 20);
  ring.push(5, changes(1));
  ring.begin(5);  // was asked for after the first change came
  EXPECT_EQ(ring.place_behind(id(4, kLast)), 0u);
  EXPECT_EQ(ring.place_behind(id(3, kLast)), std::nullopt);
  EXPECT_EQ(ring.place_behind(id(5, kLast)), 1u);
}

}  // namespace
}  // namespace tsunagu::gateway::live
