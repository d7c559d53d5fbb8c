// Indicators: exact figures as the plan prints them, definitions, and what is computed from dated values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/plan/compute.h"
#include "catalog/plan/indicator.h"

namespace tsunagu::catalog {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Decimal decimal(const std::string& json) {
  const auto read = Decimal::parse(json);
  EXPECT_TRUE(read.has_value()) << json;
  return read.value_or(Decimal());
}
std::string reached(const std::string& value, const std::string& target, bool smaller = false) {
  const auto a = achievement(decimal(value), decimal(target), smaller);
  return a ? a->fixed(1) : "-";
}
Instant day(const char* date) {
  return *parse_date(date);
}

TEST(Achievement, IsWhatThePlanPrints) {
  EXPECT_EQ(reached("37", "179"), "20.6");
  EXPECT_EQ(reached("13.5", "16.0"), "84.3");  // 84.375
  EXPECT_EQ(reached("157.5", "140"), "112.5");
  EXPECT_EQ(reached("1527", "1657"), "92.1");
  EXPECT_EQ(reached("150", "145"), "103.4");
  EXPECT_EQ(reached("4.9", "3.6", true), "-");
}

TEST(Achievement, IsTruncatedWithoutTheErrorsOfBinaryNumbers) {
  EXPECT_EQ(reached("0.3", "0.1"), "300.0");  // 0.3 / 0.1 = 2.9999999999999996 in binary
  EXPECT_EQ(reached("1.1", "1.1"), "100.0");
  EXPECT_EQ(reached("99.9999", "100"), "99.9");
  EXPECT_EQ(reached("-5", "100"), "-5.0");
  EXPECT_EQ(reached("5", "0"), "-");
  for (int i = 1; i < 2000; ++i) {
    const std::string n = Decimal(i, 1).text();
    EXPECT_EQ(reached(n, n), "100.0") << n;
  }
}

TEST(DecimalNumbers, AreReadAndWritten) {
  for (const char* text : {"0", "13.5", "-2", "717047", "0.001", "-0.5", "123456789012345"})
    EXPECT_EQ(decimal(text).text(), text);
  EXPECT_EQ(decimal("16.0").text(), "16");
  EXPECT_EQ(decimal("16").fixed(1), "16.0");
  EXPECT_EQ(decimal("2e3").text(), "2000");
  EXPECT_EQ(decimal("125E-2").text(), "1.25");
  EXPECT_EQ(decimal("-0.05").fixed(1), "0.0");
  for (const char* text : {"", "-", ".5", "1.", "1e", "1e999", "abc", "1,2", "0x1", "1234567890123456789012345678901"})
    EXPECT_FALSE(Decimal::parse(text).has_value()) << text;
}

TEST(DecimalNumbers, AreRounded) {
  const auto rounded = [](const char* n, int digits, Rounding how) {
    return decimal(n).rounded(digits, how)->fixed(digits);
  };
  EXPECT_EQ(rounded("0.25", 1, Rounding::kHalfUp), "0.3");
  EXPECT_EQ(rounded("-0.25", 1, Rounding::kHalfUp), "-0.3");
  EXPECT_EQ(rounded("0.29", 1, Rounding::kTruncate), "0.2");
  EXPECT_EQ(rounded("-0.29", 1, Rounding::kTruncate), "-0.2");
  EXPECT_EQ(rounded("13.517", 0, Rounding::kHalfUp), "14");
  EXPECT_LT(decimal("1.09"), decimal("1.1"));
  EXPECT_EQ(decimal("1.10"), decimal("1.1"));
}

TEST(DecimalNumbers, SayWhenTheyDoNotSuffice) {
  const Decimal large = decimal("999999999999999999999999999999");
  EXPECT_FALSE(Decimal::product(large, large).has_value());
  EXPECT_FALSE(Decimal::quotient(large, decimal("0.000000000000001"), 15, Rounding::kTruncate).has_value());
}

constexpr const char* kCards =
    R"({"aggregate":"ratio","numerator":{"aggregate":"sum","type":"Municipality","attribute":"cards"},"denominator":{"aggregate":"sum","type":"Municipality","attribute":"people"},"factor":100})";

TEST(Definitions, AreRead) {
  const auto ratio = read_definition(kCards);
  ASSERT_TRUE(ratio.has_value()) << ratio.error().detail;
  EXPECT_EQ(ratio->of.aggregate, Aggregate::kSum);
  ASSERT_TRUE(ratio->by.has_value());
  EXPECT_EQ(ratio->factor, Decimal(100));
  const auto distinct = read_definition(
      R"({"aggregate":"distinct","type":"Dataset","attribute":["publisher","spatial"],"targetType":"Municipality"})");
  ASSERT_TRUE(distinct.has_value());
  EXPECT_THAT(distinct->of.attributes, SizeIs(2));
}

TEST(Definitions, ThatAreWrongSayWhere) {
  const auto fault = [](const char* json) { return read_definition(json).error().detail; };
  EXPECT_THAT(fault("[]"), HasSubstr("not an object"));
  EXPECT_THAT(fault(R"({"aggregate":"median","type":"A"})"), HasSubstr("count, distinct, sum, mean or ratio"));
  EXPECT_THAT(fault(R"({"aggregate":"count"})"), HasSubstr("\"type\" is missing"));
  EXPECT_THAT(fault(R"({"aggregate":"sum","type":"A"})"), HasSubstr("needs one \"attribute\""));
  EXPECT_THAT(fault(R"({"aggregate":"count","type":"A","attribute":"x"})"), HasSubstr("has no \"attribute\""));
  EXPECT_THAT(fault(R"({"aggregate":"count","type":"A","where":"x"})"), HasSubstr("\"where\" is none of"));
  EXPECT_THAT(fault(R"({"aggregate":"count","type":"A","q":"x=="})"), HasSubstr("q: "));
  EXPECT_THAT(fault(R"({"aggregate":"ratio","numerator":{"aggregate":"count","type":"A"}})"),
              HasSubstr("a term is an object"));
  EXPECT_THAT(fault(R"({"aggregate":"ratio","factor":0})"), HasSubstr("\"factor\""));
}

Inputs inputs(std::map<std::string, std::vector<Sample>> dated) {
  Inputs out;
  out.entities = dated.size();
  out.dated = std::move(dated);
  return out;
}

TEST(Compute, ARatioAtEveryDateOfItsNumerator) {
  const Definition cards = *read_definition(kCards);
  const Inputs of = inputs({{"a", {{day("2020-01-01"), Decimal(10)}, {day("2020-03-01"), Decimal(20)}}},
                            {"b", {{day("2020-01-01"), Decimal(5)}, {day("2020-02-01"), Decimal(6)}}},
                            {"without people", {{day("2020-01-01"), Decimal(1000)}}}});
  const Inputs by = inputs({{"a", {{day("2019-01-01"), Decimal(100)}, {day("2020-02-15"), Decimal(90)}}},
                            {"b", {{day("2019-01-01"), Decimal(50)}}}});
  const auto values = compute(cards, of, &by, 1, Rounding::kHalfUp);
  ASSERT_THAT(values, SizeIs(3));
  EXPECT_EQ(values[0].at, day("2020-01-01"));
  EXPECT_EQ(values[0].value.text(), "10");
  EXPECT_EQ(values[1].value.text(), "10.7");  // 16 / 150
  EXPECT_EQ(values[2].value.text(), "18.6");  // 26 / 140
  EXPECT_EQ(values[2].entities, 2u);
  EXPECT_EQ(values[2].denominator->text(), "140");
}

TEST(Compute, NoDateBeforeEverybodyHasAValue) {
  const Definition sum = *read_definition(R"({"aggregate":"sum","type":"A","attribute":"x"})");
  const Inputs of = inputs({{"a", {{day("2020-01-01"), Decimal(1)}}}, {"b", {{day("2020-02-01"), Decimal(2)}}}});
  const auto values = compute(sum, of, nullptr, 0, Rounding::kHalfUp);
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_EQ(values[0].at, day("2020-02-01"));
  EXPECT_EQ(values[0].value.text(), "3");
}

TEST(Compute, WhatIsCountedNow) {
  const Definition count = *read_definition(R"({"aggregate":"count","type":"A"})");
  Inputs of;
  of.entities = 3;
  of.now = Decimal(3);
  const auto values = compute(count, of, nullptr, 0, Rounding::kHalfUp);
  ASSERT_THAT(values, SizeIs(1));
  EXPECT_EQ(values[0].at, kNoInstant);
  EXPECT_EQ(values[0].value.text(), "3");
}

TEST(Compute, NothingFromNothing) {
  const Definition cards = *read_definition(kCards);
  const Inputs none, of = inputs({{"a", {{day("2020-01-01"), Decimal(10)}}}});
  EXPECT_THAT(compute(cards, none, &none, 1, Rounding::kHalfUp), IsEmpty());
  EXPECT_THAT(compute(cards, of, &none, 1, Rounding::kHalfUp), IsEmpty());
  const Inputs nobody = inputs({{"a", {{day("2020-01-01"), Decimal(0)}}}});
  EXPECT_THAT(compute(cards, of, &nobody, 1, Rounding::kHalfUp), IsEmpty());
}

TEST(Compute, AMean) {
  const Definition mean = *read_definition(R"({"aggregate":"mean","type":"A","attribute":"x"})");
  const Inputs of =
      inputs({{"a", {{day("2020-01-01"), decimal("0.1")}}}, {"b", {{day("2020-01-01"), decimal("0.2")}}}});
  EXPECT_EQ(compute(mean, of, nullptr, 2, Rounding::kHalfUp)[0].value.text(), "0.15");
}

TEST(Texts, AreInTheLanguageElseJapaneseElseAnything) {
  EXPECT_EQ(Text{R"({"ja":"計画","en":"Plan"})"}.in("en"), "Plan");
  EXPECT_EQ(Text{R"({"ja":"計画"})"}.in("en"), "計画");
  EXPECT_EQ(Text{R"({"fr":"plan"})"}.in("en"), "plan");
  EXPECT_EQ(Text{R"("plain")"}.in("en"), "plain");
  EXPECT_EQ(Text{}.in("en"), "");
}

}  // namespace
}  // namespace tsunagu::catalog
