#include "store/memory/index_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace tsunagu::store {
namespace {

TEST(IndexKeys, NumbersKeepTheirOrder) {
  const double inf = std::numeric_limits<double>::infinity();
  const double values[] = {-inf, -1e300, -2, -1, -1e-300, 0, 1e-300, 1, 2, 1e300, inf};
  for (std::size_t i = 1; i < std::size(values); ++i)
    EXPECT_LT(number_key(values[i - 1]), number_key(values[i])) << values[i];
  EXPECT_EQ(number_key(-0.0), number_key(0.0));
}

TEST(IndexKeys, TextsKeepTheOrderOfTheirFirstBytes) {
  const char* values[] = {"", "a", "aa", "ab", "abcdefgh", "b", "zz", "\xe3\x81\xa4"};
  for (std::size_t i = 1; i < std::size(values); ++i)
    EXPECT_LT(text_key(values[i - 1]), text_key(values[i])) << values[i];
  EXPECT_EQ(text_key("abcdefgh"), text_key("abcdefghi"));
}

TEST(IndexKeys, TimesKeepTheirOrder) {
  EXPECT_LT(time_key(Instant{-5}), time_key(Instant{0}));
  EXPECT_LT(time_key(Instant{0}), time_key(Instant{5}));
}

std::vector<IndexKey> keys_of(std::string value, ngsi::AttrKind kind = ngsi::AttrKind::kProperty) {
  ngsi::Attribute a;
  a.name = ngsi::TermId{1};
  a.kind = kind;
  a.value = std::move(value);
  std::string bytes;
  ngsi::append_packed(bytes, a);
  std::vector<IndexKey> keys;
  index_keys(Group{a.name, bytes.data(), 1}, keys);
  return keys;
}

bool has(const std::vector<IndexKey>& keys, KeyClass where) {
  return std::any_of(keys.begin(), keys.end(), [&](const IndexKey& k) { return k.where == where; });
}

TEST(IndexKeys, EveryValueLeavesATrace) {
  for (const char* value : {"1", "\"a\"", "true", "false", "null", "{}", "[]", "[[1]]", "{\"a\":{\"b\":2}}"})
    EXPECT_FALSE(keys_of(value).empty()) << value;
  EXPECT_TRUE(has(keys_of("\"2024-02-29\""), KeyClass::kTime));
  EXPECT_TRUE(has(keys_of("\"2024-02-29T10:00:00+09:00\""), KeyClass::kTime));
  EXPECT_FALSE(has(keys_of("\"2024-02-30\""), KeyClass::kTime));
  EXPECT_FALSE(has(keys_of("\"urn:x\"", ngsi::AttrKind::kRelationship), KeyClass::kText));
}

TEST(IndexKeys, TooManyValuesMakeACandidateOfEverySearch) {
  std::string list = "[0";
  for (int i = 1; i < 500; ++i) list += "," + std::to_string(i);
  const auto keys = keys_of(list + "]");
  ASSERT_EQ(keys.size(), 1u);
  EXPECT_EQ(keys[0].where, KeyClass::kUnindexed);
  const auto deep = keys_of(std::string(40, '[') + "1" + std::string(40, ']'));
  EXPECT_TRUE(has(deep, KeyClass::kUnindexed));
}

}  // namespace
}  // namespace tsunagu::store
