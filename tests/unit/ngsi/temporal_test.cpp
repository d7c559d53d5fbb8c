#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/json.h"
#include "ngsi/aggregate.h"
#include "ngsi/duration.h"
#include "ngsi/instance_id.h"
#include "ngsi/temporal_query.h"

namespace tsunagu::ngsi {
namespace {

Instant at(std::string_view text) {
  return parse_instant(text).value();
}
Duration duration(std::string_view text) {
  return parse_duration(text).value();
}

TEST(Duration, IsReadAsWritten) {
  EXPECT_EQ(duration("PT1H"), (Duration{0, 3'600'000'000}));
  EXPECT_EQ(duration("P1Y2M3DT4H5M6S"), (Duration{14, 273'906'000'000}));
  EXPECT_EQ(duration("P2W"), (Duration{0, 14 * 86'400'000'000ll}));
  EXPECT_EQ(duration("P1M"), (Duration{1, 0}));
  EXPECT_EQ(duration("PT1M"), (Duration{0, 60'000'000}));
  EXPECT_EQ(duration("PT0.001S"), (Duration{0, 1000}));
  EXPECT_TRUE(duration("PT0S").zero());
  EXPECT_TRUE(duration("P0D").zero());
}

TEST(Duration, WhatIsNoneIsRefused) {
  for (const char* text : {"",
                           "P",
                           "PT",
                           "1H",
                           "PT1",
                           "P1H",
                           "PT1D",
                           "P1DT",
                           "P1D2Y",
                           "P0003-06-04T12:30:05",
                           "P1WT1H",
                           "P1W1D",
                           "P-1D",
                           "PT1.5H",
                           "PT1.S",
                           "PT1.1234567S",
                           "P99999999999Y",
                           "P10001Y",
                           "PT1H1H",
                           "p1d",
                           "P1D ",
                           "PT4294967295H",
                           "PTT1S"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, MonthsGoByTheCalendar) {
  const Instant start = at("2024-01-31T12:00:00Z");
  EXPECT_EQ(to_string(advance(start, duration("P1M"), 1)), "2024-02-29T12:00:00Z");
  EXPECT_EQ(to_string(advance(start, duration("P1M"), 2)), "2024-03-31T12:00:00Z");
  EXPECT_EQ(to_string(advance(start, duration("P1Y"), 1)), "2025-01-31T12:00:00Z");
  EXPECT_EQ(to_string(advance(start, duration("P1M1D"), 1)), "2024-03-01T12:00:00Z");
  EXPECT_EQ(to_string(advance(at("1969-12-31T00:00:00Z"), duration("P1D"), 2)), "1970-01-02T00:00:00Z");
  EXPECT_EQ(to_string(advance(start, duration("P9000Y"), 1)), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_string(advance(start, duration("PT1H"), 1ll << 60)), "9999-12-31T23:59:59.999999Z");
}

TEST(Duration, WholeOnesAreCounted) {
  for (const char* text : {"P1M", "P1Y", "P3M", "P1M2DT3H", "PT4M", "P1W", "PT0.001S"}) {
    const Duration d = duration(text);
    const Instant start = at("2023-12-31T23:00:00Z");
    for (const std::int64_t k : {0, 1, 2, 3, 11, 12, 13, 100, 999}) {
      const Instant begin = advance(start, d, k), end = advance(start, d, k + 1);
      ASSERT_EQ(whole_durations(start, d, begin), k) << text;
      ASSERT_EQ(whole_durations(start, d, Instant{end.us - 1}), k) << text;
    }
    EXPECT_EQ(whole_durations(start, d, Instant{start.us - 1}), 0);
  }
}

TemporalInput input(std::optional<std::string> timerel, std::optional<std::string> time_at,
                    std::optional<std::string> end_time_at = {}) {
  TemporalInput in;
  in.timerel = std::move(timerel);
  in.time_at = std::move(time_at);
  in.end_time_at = std::move(end_time_at);
  return in;
}

TEST(TemporalQuery, WindowsIncludeTheirBeginningAndExcludeTheirEnd) {
  const auto before = parse_temporal_query(input("before", "2024-01-01T00:00:00Z")).value();
  EXPECT_FALSE(before.window.contains(at("2024-01-01T00:00:00Z")));
  EXPECT_TRUE(before.window.contains(at("2023-12-31T23:59:59.999Z")));
  const auto after = parse_temporal_query(input("after", "2024-01-01T00:00:00.000Z")).value();
  EXPECT_TRUE(after.window.contains(at("2024-01-01T00:00:00Z")));
  const auto between = parse_temporal_query(input("between", "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")).value();
  EXPECT_TRUE(between.window.contains(at("2024-01-01T00:00:00Z")));
  EXPECT_FALSE(between.window.contains(at("2024-01-02T00:00:00Z")));
  EXPECT_FALSE(between.window.contains(kNoInstant));
  EXPECT_TRUE(parse_temporal_query(input("between", "2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z"))->impossible());
}

TEST(TemporalQuery, WithoutTimeItIsEverythingUnlessATimePropertyIsNamed) {
  EXPECT_TRUE(parse_temporal_query({})->window.everything);
  TemporalInput deleted;
  deleted.timeproperty = "deletedAt";
  EXPECT_FALSE(parse_temporal_query(deleted)->window.everything);
  EXPECT_EQ(parse_temporal_query(deleted)->window.property, TimeProperty::kDeletedAt);
}

TEST(TemporalQuery, WhatIsWrongIsNamed) {
  const auto detail = [](const TemporalInput& in) {
    const auto query = parse_temporal_query(in);
    return query ? std::string() : query.error().detail;
  };
  EXPECT_NE(detail(input("during", "2024-01-01T00:00:00Z")).find("timerel must be one of"), std::string::npos);
  EXPECT_NE(detail(input("after", {})).find("timerel needs timeAt"), std::string::npos);
  EXPECT_NE(detail(input({}, "2024-01-01T00:00:00Z")).find("timeAt needs timerel"), std::string::npos);
  EXPECT_NE(detail(input("between", "2024-01-01T00:00:00Z")).find("endTimeAt"), std::string::npos);
  for (const char* time : {"2024-01-01", "", "2024-01-01T00:00:00+09:00", "2024-13-01T00:00:00Z", "now"}) {
    EXPECT_NE(detail(input("after", time)).find("timeAt must be"), std::string::npos) << time;
  }
  for (const char* count : {"0", "-1", "1.5", "", "many", "99999999999999999999999"}) {
    TemporalInput in;
    in.last_n = count;
    EXPECT_NE(detail(in).find("lastN"), std::string::npos) << count;
  }
  TemporalInput in;
  in.timeproperty = "expiresAt";
  EXPECT_NE(detail(in).find("timeproperty"), std::string::npos);
}

TEST(TemporalQuery, AggregationNeedsMethods) {
  TemporalInput in;
  EXPECT_FALSE(parse_aggregation(in));
  for (const char* methods : {"", "median", "avg,", "avg,,max", ","}) {
    in.aggr_methods = methods;
    EXPECT_EQ(parse_aggregation(in).has_value(), std::string_view(methods) == "avg,") << methods;
  }
  in.aggr_methods = "max, avg,max";
  EXPECT_EQ(parse_aggregation(in)->methods, (std::vector{AggrMethod::kMax, AggrMethod::kAvg}));
  in.aggr_period = "1 hour";
  EXPECT_FALSE(parse_aggregation(in));
}

Aggregation aggregation(std::string methods, std::string period) {
  TemporalInput in;
  in.aggr_methods = std::move(methods);
  in.aggr_period = std::move(period);
  return parse_aggregation(in).value();
}

const std::string kAll = "totalCount,distinctCount,sum,avg,min,max,stddev,sumsq";
const Instant kStart = *parse_instant("2018-08-01T12:00:00Z");

Instant minutes(int n) {
  return {kStart.us + n * 60'000'000ll};
}

/// The rows of one method of what was added.
std::string row(Aggregator& a, std::size_t method) {
  a.finish();
  return a.rows(method);
}

// C.5.14 of the specification.
TEST(Aggregator, ExampleOfTheSpecification) {
  Aggregator a(aggregation("max,avg", "PT4M"), kStart, kNoInstant);
  a.add(minutes(3), AttrKind::kProperty, "120");
  a.add(minutes(5), AttrKind::kProperty, "80");
  a.add(minutes(7), AttrKind::kProperty, "100");
  a.finish();
  EXPECT_EQ(
      a.rows(0),
      R"([120,"2018-08-01T12:00:00Z","2018-08-01T12:04:00Z"],[100,"2018-08-01T12:04:00Z","2018-08-01T12:08:00Z"])");
  EXPECT_EQ(
      a.rows(1),
      R"([120,"2018-08-01T12:00:00Z","2018-08-01T12:04:00Z"],[90,"2018-08-01T12:04:00Z","2018-08-01T12:08:00Z"])");
}

TEST(Aggregator, OnePeriodForEverything) {
  Aggregator a(aggregation("sum", "PT0S"), kStart, minutes(60));
  a.add(minutes(3), AttrKind::kProperty, "1.5");
  a.add(minutes(50), AttrKind::kProperty, "2");
  EXPECT_EQ(row(a, 0), R"([3.5,"2018-08-01T12:00:00Z","2018-08-01T13:00:00Z"])");
}

TEST(Aggregator, EmptyPeriodsAreLeftOut) {
  Aggregator a(aggregation("totalCount", "PT1H"), kStart, kNoInstant);
  a.add(minutes(3), AttrKind::kProperty, "1");
  a.add(minutes(60 * 24 * 365), AttrKind::kProperty, "1");
  a.finish();
  EXPECT_EQ(a.periods(), 2u);
}

/// All methods over values of one period, by method.
std::vector<std::string> all_of(AttrKind kind, const std::vector<std::string>& values) {
  Aggregator a(aggregation(kAll, "P1D"), kStart, kNoInstant);
  for (std::size_t i = 0; i < values.size(); ++i) a.add(minutes(static_cast<int>(i)), kind, values[i]);
  a.finish();
  std::vector<std::string> out;
  for (std::size_t i = 0; i < 8; ++i) {
    std::string one = a.rows(i);
    out.push_back(one.empty() ? "-" : one.substr(1, one.find(",\"2018-08-01T12:00:00Z\"") - 1));
    EXPECT_EQ(a.refused(i), one.empty());
  }
  return out;
}

TEST(Aggregator, TypesOfValues) {
  using Rows = std::vector<std::string>;
  const auto property = AttrKind::kProperty;
  EXPECT_EQ(all_of(property, {"2", "4", "4"}),
            (Rows{"3", "2", "10", "3.3333333333333335", "2", "4", "0.9428090415820634", "36"}));
  EXPECT_EQ(all_of(property, {"true", "false", "true", "true"}),
            (Rows{"4", "2", "3", "0.75", "0", "1", "0.4330127018922193", "3"}));
  EXPECT_EQ(all_of(property, {"\"b\"", "\"a\"", "\"b\""}), (Rows{"3", "2", "-", "-", "\"a\"", "\"b\"", "-", "-"}));
  EXPECT_EQ(all_of(property, {"[1,2,3]", "[]", "[1]"}),
            (Rows{"3", "3", "4", "1.3333333333333333", "0", "3", "-", "-"}));
  EXPECT_EQ(all_of(property, {R"({"a":1})", R"({"a":1})"}), (Rows{"2", "1", "-", "-", "-", "-", "-", "-"}));
  EXPECT_EQ(all_of(property, {R"({"@type":"DateTime","@value":"2024-01-01T00:00:00.5Z"})",
                              R"({"@type":"DateTime","@value":"2024-01-01T00:00:00Z"})"}),
            (Rows{"2", "2", "-", "-", "\"2024-01-01T00:00:00Z\"", "\"2024-01-01T00:00:00.5Z\"", "-", "-"}));
  EXPECT_EQ(all_of(property, {R"({"@type":"Time","@value":"10:00:00Z"})", R"({"@type":"Time","@value":"12:00:00Z"})"}),
            (Rows{"2", "2", "-", "\"11:00:00Z\"", "\"10:00:00Z\"", "\"12:00:00Z\"", "-", "-"}));
  EXPECT_EQ(all_of(AttrKind::kRelationship, {"\"urn:a:1\"", "\"urn:a:2\"", "\"urn:a:1\""}),
            (Rows{"3", "2", "-", "-", "-", "-", "-", "-"}));
  EXPECT_EQ(all_of(AttrKind::kListProperty, {"[1,2]", "[1]"}), (Rows{"2", "2", "3", "1.5", "1", "2", "-", "-"}));
  EXPECT_EQ(all_of(AttrKind::kLanguageProperty, {R"({"ja":"x"})"}), (Rows{"1", "1", "-", "-", "-", "-", "-", "-"}));
  // Where types mix, the first that has more than counts decides.
  EXPECT_EQ(all_of(property, {"\"x\"", "5"}), (Rows{"2", "2", "-", "-", "\"x\"", "\"x\"", "-", "-"}));
  EXPECT_EQ(all_of(property, {"-0.0", "0"})[1], "1");
}

TEST(Aggregator, RunsBlocksAndInstancesAgree) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(1e6, 3);
  std::vector<Instant> times;
  std::vector<double> values;
  std::int64_t t = kStart.us;
  for (int i = 0; i < 20'000; ++i) {
    t += static_cast<std::int64_t>(random() % 30'000'000);
    times.push_back({t});
    values.push_back(std::round(noise(random) * 10) / 10);
  }
  for (const char* period : {"PT1H", "P1D", "P1M", "PT0S", "PT7S"}) {
    const Aggregation what = aggregation(kAll, period);
    Aggregator one(what, kStart, times.back()), blocks(what, kStart, times.back());
    const Aggregation sums = aggregation("totalCount,sum,avg,min,max,sumsq", period);
    Aggregator runs(sums, kStart, times.back());
    Aggregator same(sums, kStart, times.back());
    for (std::size_t i = 0; i < times.size(); ++i) {
      std::string json;
      append_json_number(json, values[i]);
      one.add(times[i], AttrKind::kProperty, json);
    }
    for (std::size_t i = 0; i < times.size(); i += 256) {
      const std::size_t n = std::min<std::size_t>(256, times.size() - i);
      const auto block_times = std::span(times).subspan(i, n);
      const auto block_values = std::span(values).subspan(i, n);
      blocks.add(block_times, block_values);
      same.add(block_times, block_values);
      const NumberSums summed = NumberSums::of(block_values);
      if (!runs.add_run(block_times.front(), block_times.back(), summed)) runs.add(block_times, block_values);
    }
    for (std::size_t m = 0; m < what.methods.size(); ++m) {
      one.finish();
      blocks.finish();
      // Sums may differ in the last digit; the others are equal to the letter.
      if (what.methods[m] <= AggrMethod::kDistinctCount || what.methods[m] == AggrMethod::kMin ||
          what.methods[m] == AggrMethod::kMax) {
        EXPECT_EQ(one.rows(m), blocks.rows(m)) << period;
      }
      EXPECT_EQ(one.periods(), blocks.periods());
    }
    runs.finish();
    same.finish();
    EXPECT_EQ(runs.rows(0), same.rows(0)) << period;
    EXPECT_EQ(runs.rows(3), same.rows(3)) << period;
  }
}

TEST(Aggregator, DeviationOfLargeNumbersIsExact) {
  NumberSums sums;
  for (int i = 0; i < 1000; ++i) {
    const double value = 1e9 + i % 2;
    sums.add(NumberSums::of(std::span(&value, 1)));
  }
  EXPECT_NEAR(std::sqrt(sums.deviation / 1000), 0.5, 1e-9);
}

TEST(InstanceId, ReadsBack) {
  const TermId name = terms().intern("https://example.org/speed");
  const InstanceId id{series_hash("urn:ngsi-ld:Vehicle:1", name, "urn:d:1"), at("2024-02-29T12:00:00.123456Z")};
  std::string text;
  append_instance_id(text, id);
  EXPECT_EQ(parse_instance_id(text), id);
  EXPECT_NE(series_hash("urn:ngsi-ld:Vehicle:1", name, ""), id.series);
  for (const char* wrong : {"", "urn:ngsi-ld:Instance:", "urn:ngsi-ld:Instance:1234", "urn:ngsi-ld:Vehicle:1",
                            "urn:ngsi-ld:Instance:000000000000000g-0000000000000000"}) {
    EXPECT_FALSE(parse_instance_id(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tsunagu::ngsi
