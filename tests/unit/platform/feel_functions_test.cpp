// Built-in functions, by chapter.
#include "feel_sample.h"

namespace tsunagu::platform::feel {
namespace {

TEST(FeelFunctions, Strings) {
  expect_all({{"substring(\"foobar\", 3, 2)", "\"ob\""},
              {"substring(\"北海道室蘭市\", -3)", "\"室蘭市\""},
              {"substring(\"a\", 0)", "null"},
              {"string length(\"🐎a\")", "2"},
              {"upper case(\"aé\")", "\"AÉ\""},
              {"substring before(\"foobar\", \"bar\")", "\"foo\""},
              {"substring after(\"foobar\", \"ob\")", "\"ar\""},
              {"contains(\"foobar\", \"of\")", "false"},
              {"starts with(string: \"foobar\", match: \"fo\")", "true"},
              {"split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"},
              {"string join([\"a\", null, \"b\"], \"-\")", "\"a-b\""},
              {"string(1.10)", "\"1.10\""},
              {"string([1, \"a\"])", "\"[1, \\\"a\\\"]\""}});
}

TEST(FeelFunctions, Patterns) {
  expect_all({{"matches(\"foobar\", \"^fo*b\")", "true"},
              {"matches(\"FOO\", \"foo\", \"i\")", "true"},
              {"matches(\"hello world\", \" hello[ ]world\", \"x\")", "true"},
              {"matches(\"abc\", \"[a-z-[aeiou]]\")", "true"},
              {"matches(\"aei\", \"[a-z-[aeiou]]\")", "false"},
              {"matches(\"a\", \"(\")", "null"},
              {"replace(\"abracadabra\", \"a(.)\", \"a$1$1\")", "\"abbraccaddabbra\""},
              {"replace(\"abc\", \"b\", \"$\")", "null"},
              {"replace(\"a1\", \"(a)\", \"$12\")", "\"a21\""}});
}

TEST(FeelFunctions, Numbers) {
  expect_all({{"decimal(2.5, 0)", "2"},
              {"decimal(1/3, 2)", "0.33"},
              {"floor(-1.5)", "-2"},
              {"ceiling(1.56, 1)", "1.6"},
              {"round up(-5.5, 0)", "-6"},
              {"round down(1.126, 2)", "1.12"},
              {"round half up(-2.5, 0)", "-3"},
              {"round half down(2.5, 0)", "2"},
              {"round half down(2.51, 0)", "3"},
              {"abs(@\"-P1D\")", "P1D"},
              {"modulo(-12, 5)", "3"},
              {"sqrt(16)", "4"},
              {"sqrt(-1)", "null"},
              {"decimal(log(10), 6)", "2.302585"},
              {"decimal(exp(1), 6)", "2.718282"},
              {"odd(-3)", "true"},
              {"even(2.5)", "false"},
              {"number(\"1 000,5\", \" \", \",\")", "1000.5"},
              {"number(\"1.000.5\", \".\", \".\")", "null"}});
}

TEST(FeelFunctions, Lists) {
  expect_all({{"count([1, null])", "2"},
              {"sum([])", "null"},
              {"sum(1, 2, 3)", "6"},
              {"min(\"b\", \"a\")", "\"a\""},
              {"max([1, \"a\"])", "null"},
              {"mean([1, 2, 3, 4])", "2.5"},
              {"median([8, 2, 5, 3, 4])", "4"},
              {"stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"},
              {"mode([6, 3, 9, 6, 6, 3, 3])", "[3, 6]"},
              {"product([2, 3, 4])", "24"},
              {"all([true, null])", "null"},
              {"any([false, true, null])", "true"},
              {"sublist([1, 2, 3], -2, 1)", "[2]"},
              {"insert before([1, 3], 2, 2)", "[1, 2, 3]"},
              {"remove([1, 2, 3], 2)", "[1, 3]"},
              {"list replace([2, 4, 7], 3, 6)", "[2, 4, 6]"},
              {"list replace([2, 4, 7], function(item, newItem) item < newItem, 5)", "[5, 5, 7]"},
              {"reverse([1, 2])", "[2, 1]"},
              {"index of([1, 2, 1], 1)", "[1, 3]"},
              {"union([1, 2], [2, 3])", "[1, 2, 3]"},
              {"distinct values([1, 2, 1.0])", "[1, 2]"},
              {"flatten([[1, [2]], 3])", "[1, 2, 3]"},
              {"concatenate([1], [2])", "[1, 2]"},
              {"append([1], 2, 3)", "[1, 2, 3]"},
              {"list contains([1, null], null)", "true"}});
}

TEST(FeelFunctions, Contexts) {
  expect_all({{"get value({a: 1}, \"a\")", "1"},
              {"get entries({a: 1})", "[{key: \"a\", value: 1}]"},
              {"context([{key: \"a\", value: 1}])", "{a: 1}"},
              {"context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}"},
              {"context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}"}});
}

TEST(FeelFunctions, DatesAndTimes) {
  expect_all({{"date(\"2023-02-29\")", "null"},
              {"date(2024, 2, 29)", "2024-02-29"},
              {"date(\"-0044-03-15\")", "-0044-03-15"},
              {"date(\"02024-01-01\")", "null"},
              {"time(\"23:59:60\")", "null"},
              {"time(12, 30, 15.5, @\"PT9H\")", "12:30:15.5+09:00"},
              {"date and time(\"2024-01-01T00:00:00@Asia/Tokyo\").time offset", "PT9H"},
              {"date and time(date(\"2024-01-01\"), time(\"10:00:00Z\"))", "2024-01-01T10:00:00Z"},
              {"@\"2024-03-31T12:00:00@Europe/Paris\" - @\"2024-03-30T12:00:00@Europe/Paris\"", "PT23H"},
              {"@\"2024-01-31\" + @\"P1M\"", "2024-02-29"},
              {"@\"2024-01-31\" - @\"2024-01-01\"", "P30D"},
              {"@\"23:00:00\" + @\"PT2H\"", "01:00:00"},
              {"@\"P1Y\" + @\"P3M\"", "P1Y3M"},
              {"@\"PT2H\" / @\"PT30M\"", "4"},
              {"@\"P1D\" * 1.5", "P1DT12H"},
              {"@\"2024-01-01T00:00:00Z\" < @\"2024-01-01T10:00:00+09:00\"", "true"},
              {"years and months duration(@\"2011-12-22\", @\"2013-08-24\")", "P1Y8M"},
              {"duration(\"P1Y2D\")", "null"},
              {"@\"2019-09-17\".weekday", "2"},
              {"day of year(@\"2019-09-17\")", "260"},
              {"day of week(@\"2019-09-17\")", "\"Tuesday\""},
              {"month of year(@\"2019-09-17\")", "\"September\""},
              {"week of year(@\"2005-01-01\")", "53"},
              {"is(@\"23:00:50Z\", @\"23:00:50\")", "false"}});
}

TEST(FeelFunctions, TheClockIsGiven) {
  const auto expression = compile("[today(), now()]", {});
  Machine machine;
  machine.clock = [] { return DateTime{{2026, 4, 1}, {0, zone_of_offset(9 * 3600)}}; };
  EXPECT_EQ(literal(expression->eval({}, machine)), "[2026-04-01, 2026-04-01T00:00:00+09:00]");
}

TEST(FeelFunctions, Ranges) {
  expect_all({{"before(1, [5..10])", "true"},
              {"before([1..5), 5)", "true"},
              {"after([5..10], 1)", "true"},
              {"meets([1..5], [5..10])", "true"},
              {"met by([5..10], [1..5)) ", "false"},
              {"overlaps([5..10], [1..6])", "true"},
              {"overlaps before([1..5], [4..10])", "true"},
              {"overlaps after([4..10], [1..5])", "true"},
              {"finishes(10, [1..10])", "true"},
              {"finished by([1..10], [5..10])", "true"},
              {"includes([1..10], [4..6])", "true"},
              {"during(5, (5..10])", "false"},
              {"starts(1, [1..10])", "true"},
              {"started by([1..10], [1..5])", "true"},
              {"coincides([1..5], [1..5])", "true"},
              {"range(\"[1..3]\") = [1..3]", "true"},
              {"range(\"[3..1]\")", "null"}});
}

}  // namespace
}  // namespace tsunagu::platform::feel
