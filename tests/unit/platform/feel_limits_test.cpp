// Hostile texts end with an error.
#include "feel_sample.h"

namespace tsunagu::platform::feel {
namespace {

std::string repeated(std::string_view part, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += part;
  return out;
}

TEST(FeelLimits, NestingIsRefused) {
  for (const char* open : {"(", "[", "{a:", "-", "if ", "not(", "1 in (", "function(a) ", "a[", "<"}) {
    EXPECT_EQ(give(repeated(open, 20'000))[0], '!') << open;
  }
  EXPECT_EQ(give("1" + repeated("+1", 20'000))[0], '!');
  EXPECT_EQ(give("1" + repeated("[1]", 20'000))[0], '!');
  EXPECT_EQ(give(repeated("(", 50) + "1" + repeated(")", 50)), "1");
}

TEST(FeelLimits, RecursionEnds) {
  EXPECT_EQ(give("{f: function(n) f(n + 1), x: f(1)}.x"), "null");
  EXPECT_EQ(give("{f: function(n) [f(n), f(n)], x: f(1)[1] = 1}.x"), "null");
}

TEST(FeelLimits, HugeRangesAndListsEnd) {
  EXPECT_EQ(give("for i in 1..100000000000 return i"), "null");
  EXPECT_EQ(give("count(for a in 1..10000, b in 1..10000 return 1)"), "null");
  EXPECT_EQ(give("some a in 1..1000000, b in 1..1000000 satisfies a = -b"), "null");
  EXPECT_EQ(give("(for i in 1..40 return if i = 1 then \"x\" else partial[-1] + partial[-1])[40]"), "null");
}

TEST(FeelLimits, PatternsThatTakeForEverEnd) {
  EXPECT_EQ(give("matches(\"" + repeated("a", 40) + "!\", \"^(a+)+$\")"), "null");
}

TEST(FeelLimits, NumbersOverflowToNull) {
  expect_all({{"10 ** 10000", "null"},
              {"exp(100000)", "null"},
              {"@\"P999999999999Y\" * 10 ** 20", "null"},
              {"9"
               "e9999",
               "! 0: this number is too large"}});
}

}  // namespace
}  // namespace tsunagu::platform::feel
