// The language: literals, names, operators, structures.
#include "feel_sample.h"

namespace tsunagu::platform::feel {
namespace {

TEST(FeelLiterals, NumbersKeepThirtyFourDigits) {
  expect_all({{"1.10", "1.10"},
              {".5", "0.5"},
              {"1.2e3", "1200"},
              {"0.1 + 0.2", "0.3"},
              {"1 / 3", "0.3333333333333333333333333333333333"},
              {"2 / 3", "0.6666666666666666666666666666666667"},
              {"9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000"},
              {"-(-3)", "3"},
              {"1 / 0", "null"}});
}

TEST(FeelLiterals, Strings) {
  expect_all({{R"("a\"b\\c")", R"("a\"b\\c")"},
              {R"("\u65E5\u672C")", "\"日本\""},
              {R"("\uD83D\uDC0E")", "\"🐎\""},
              {R"("\U01F40E")", "\"🐎\""},
              {R"("室" + "蘭")", "\"室蘭\""},
              {R"("a" + 1)", "null"}});
  EXPECT_TRUE(give("\"open").starts_with("! 0"));
}

TEST(FeelLiterals, ListsContextsRanges) {
  expect_all({{"[1, \"a\", null]", "[1, \"a\", null]"},
              {"{a: 1, \"b c\": a + 1}", "{a: 1, b c: 2}"},
              {"{a: 1, a: 2}", "null"},
              {"(1..5]", "(1..5]"},
              {"]1..5[", "(1..5)"},
              {"[1..5[ = [1..5)", "true"},
              {"[\"a\"..1]", "null"}});
}

TEST(FeelLiterals, Comments) {
  expect_all({{"1 /* one */ + // two\n 1", "2"}});
}

TEST(FeelNames, MayHoldSpacesAndSigns) {
  EXPECT_EQ(give("Monthly income - tax", {{"Monthly income", Decimal(10)}, {"tax", Decimal(3)}}), "7");
  EXPECT_EQ(give("pre-tax + 1", {{"pre-tax", Decimal(1)}}), "2");
  EXPECT_EQ(give("a-b", {{"a", Decimal(5)}, {"b", Decimal(2)}}), "3");
  EXPECT_EQ(give("世帯 人数 * 2", {{"世帯 人数", Decimal(4)}}), "8");
  EXPECT_EQ(give("{first name: \"a\", x: {last name: first name}}.x.last name"), "\"a\"");
  EXPECT_EQ(give("nobody"), "null");
}

TEST(FeelOperators, Precedence) {
  expect_all({{"1 + 2 * 3 ** 2", "19"},
              {"2 ** 3 ** 2", "64"},
              {"-2 ** 2", "4"},
              {"10 - 2 - 3", "5"},
              {"1 < 2 and 2 < 3 or false", "true"},
              {"2 ** 0.5 > 1.41", "true"}});
}

TEST(FeelOperators, LogicWithThreeValues) {
  expect_all({{"true and null", "null"},
              {"false and null", "false"},
              {"true or null", "true"},
              {"false or null", "null"},
              {"\"a\" and true", "null"},
              {"not(null)", "null"},
              {"not(false)", "true"}});
}

TEST(FeelOperators, Comparison) {
  expect_all({{"1 = 1.0", "true"},
              {"1 = \"1\"", "null"},
              {"null = null", "true"},
              {"1 = null", "false"},
              {"[1, 2] = [1, 2]", "true"},
              {"{a: 1} = {a: 1, b: 2}", "false"},
              {"\"a\" < \"b\"", "true"},
              {"1 < null", "null"},
              {"5 between 1 and 5", "true"},
              {"5 in (1..5)", "false"},
              {"5 in (1, 2, > 4)", "true"},
              {"5 in [1..5]", "true"},
              {"5 in (null..10]", "null"},
              {"5 in <= 5", "true"},
              {"1 in [[2..3], [0..1]]", "true"}});
}

TEST(FeelStructures, IfForSomeEvery) {
  expect_all({{"if 1 > 2 then \"a\" else \"b\"", "\"b\""},
              {"if null then 1 else 2", "2"},
              {"for i in 1..3 return i * i", "[1, 4, 9]"},
              {"for i in 3..1 return i", "[3, 2, 1]"},
              {"for a in [1, 2], b in [10, 20] return a + b", "[11, 21, 12, 22]"},
              {"for i in 0..5 return if i < 2 then i else partial[-1] + partial[-2]", "[0, 1, 1, 2, 3, 5]"},
              {"for d in @\"2024-02-28\"..@\"2024-03-01\" return d", "[2024-02-28, 2024-02-29, 2024-03-01]"},
              {"some x in [1, 2] satisfies x > 1", "true"},
              {"every x in [1, 2] satisfies x > 1", "false"},
              {"every x in [] satisfies false", "true"},
              {"for x in null return x", "null"}});
}

TEST(FeelStructures, Filters) {
  expect_all({{"[1, 2, 3][item > 1]", "[2, 3]"},
              {"[10, 20][2]", "20"},
              {"[10, 20][-1]", "20"},
              {"[10, 20][3]", "null"},
              {"[{a: 1, b c: 2}, {a: 3, b c: 4}][a > 1].b c", "[4]"},
              {"[{item: 1}, {item: 5}][item > 2]", "[{item: 5}]"},
              {"[][item > 1]", "[]"},
              {"7[1]", "7"},
              {"[{a: [{b: 1}, {b: 2}]}].a", "[[{b: 1}, {b: 2}]]"}});
}

TEST(FeelStructures, Functions) {
  expect_all({{"(function(a: number, b) a + b)(1, 2)", "3"},
              {"(function(a: number) a)(\"x\")", "null"},
              {"{f: function(n) if n < 2 then 1 else n * f(n - 1), x: f(10)}.x", "3628800"},
              {"{k: 3, f: function(n) n * k, x: f(n: 2)}.x", "6"},
              {"sort([3, 1, 2], function(a, b) a < b)", "[1, 2, 3]"}});
}

TEST(FeelTypes, InstanceOf) {
  expect_all({{"1 instance of number", "true"},
              {"null instance of number", "false"},
              {"[1, 2] instance of list<number>", "true"},
              {"[1, \"a\"] instance of list<number>", "false"},
              {"{a: 1} instance of context<a: number>", "true"},
              {"@\"P1Y\" instance of years and months duration", "true"},
              {"[1..2] instance of range<number>", "true"},
              {"(function(a) a) instance of function<Any> -> Any", "true"}});
}

TEST(FeelErrors, SayWhereTheyAre) {
  EXPECT_EQ(give("1 + )").substr(0, 4), "! 4:");
  EXPECT_EQ(give("if true then 1").substr(0, 5), "! 14:");
  EXPECT_EQ(give("").substr(0, 4), "! 0:");
  const auto expression = compile("[1] + foo(2)", {});
  Machine machine;
  ASSERT_TRUE(expression);
  EXPECT_TRUE(expression->eval({}, machine).null());
  ASSERT_FALSE(machine.faults.empty());
  EXPECT_EQ(machine.faults[0].at, 6u);
}

}  // namespace
}  // namespace tsunagu::platform::feel
