#include "base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hash.h"
#include "base/version.h"

namespace tsunagu {
namespace {

TEST(Text, IsComparedWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("Content-Type", "content-tYPE"));
  EXPECT_FALSE(equal_ignoring_case("Link", "Links"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

TEST(Text, IsTrimmed) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, IsTakenPartByPart) {
  std::vector<std::string> parts;
  for (std::string_view rest = "a,,b"; !rest.empty();) parts.emplace_back(take_until(rest, ','));
  EXPECT_EQ(parts, (std::vector<std::string>{"a", "", "b"}));
}

TEST(Number, IsTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number<int>("-42"), -42);
  EXPECT_EQ(parse_number<double>("1.5e3"), 1500.0);
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "99999999999"}) EXPECT_FALSE(parse_number<int>(text)) << text;
  EXPECT_FALSE(parse_number<unsigned>("-1"));
}

// These values may be on disk: they must never change.
TEST(Hash, IsTheSameForEver) {
  EXPECT_EQ(hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(hash64("urn:ngsi-ld:Shelter:1"), hash64(std::string("urn:ngsi-ld:Shelter:") + "1"));
  EXPECT_NE(hash64("a"), hash64("b"));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

TEST(Version, HasThreeParts) {
  EXPECT_EQ(std::count(version().begin(), version().end(), '.'), 2);
  EXPECT_FALSE(commit().empty());
}

}  // namespace
}  // namespace tsunagu
