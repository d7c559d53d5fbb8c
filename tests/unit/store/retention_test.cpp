// Rules of retention, and what they leave.
#include "store/history/retention.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "unit/store/retention_store.h"

namespace tsunagu::store {
namespace {

using Texts = std::vector<std::string>;

constexpr std::int64_t kMinute = 60'000'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr Instant kStart{1'700'000'000'000'000 / kDay * kDay};

Instant after(std::int64_t us) {
  return {kStart.us + us};
}
std::string iri(std::string_view text) {
  return ngsi::core_context()->expand(text);
}
RetentionRule rule(std::int64_t keep, std::int64_t thin_after = 0, std::int64_t thin_to = 0) {
  RetentionRule out;
  out.keep_us = keep;
  out.thin_after_us = thin_after;
  out.thin_to_us = thin_to;
  return out;
}

TEST(RetentionRules, TheFirstThatFitsHolds) {
  RetentionOptions options;
  options.rules = {rule(1 * kDay), rule(2 * kDay), rule(0), rule(4 * kDay)};
  options.rules[0].tenant = "north";
  options.rules[0].attribute = iri("level");
  options.rules[1].type = iri("Gauge");
  options.rules[2].attribute = iri("name");
  const Retention retention(options, [](TenantId id) { return std::string(id.value == 0 ? "" : "north"); });
  const Instant now = after(100 * kDay);
  const auto keeps = [&](std::uint16_t tenant, std::vector<ngsi::TermId> types, std::string_view attribute) {
    const auto horizon = retention.horizon(TenantId{tenant}, types, name(attribute), now);
    return horizon ? (now.us - horizon->forget_before.us) / kDay : 0;
  };
  EXPECT_EQ(keeps(1, {name("Gauge")}, "level"), 1);
  EXPECT_EQ(keeps(0, {name("Gauge")}, "level"), 2);
  EXPECT_EQ(keeps(1, {name("Other"), name("Gauge")}, "other"), 2);
  EXPECT_EQ(keeps(0, {name("Other")}, "name"), 0) << "a rule that keeps everything";
  EXPECT_EQ(keeps(0, {name("Other")}, "level"), 4);
  EXPECT_EQ(keeps(0, {}, "level"), 0) << "of an unknown type: a rule for one might fit";
  EXPECT_EQ(keeps(1, {}, "level"), 1);
  EXPECT_FALSE(Retention({}, nullptr).any());
}

TEST(RetentionRules, PeriodsBeginInUtc) {
  EXPECT_EQ(period_start(after(kDay - 1), kDay), kStart);
  EXPECT_EQ(period_start(kStart, kDay), kStart);
  EXPECT_EQ(period_start(Instant{-1}, kHour), Instant{-kHour});
  EXPECT_EQ(period_start(Instant{-kHour}, kHour), Instant{-kHour});
}

TEST(RetentionRules, AreReadFromAFile) {
  const auto rules = read_retention(R"(
[[rule]]
tenant = ""
type = "https://example.org/Gauge"
attribute = "level"
keep = "P365D"
thin_after = "P30D"
thin_to = "PT1H"

[[rule]]
keep = "P5000D"
)",
                                    "r.toml");
  ASSERT_TRUE(rules.has_value()) << rules.error().detail;
  ASSERT_EQ(rules->size(), 2u);
  EXPECT_EQ(rules->at(0).tenant, "");
  EXPECT_EQ(rules->at(0).type, "https://example.org/Gauge");
  EXPECT_EQ(rules->at(0).attribute, iri("level"));
  EXPECT_EQ(rules->at(0).keep_us, 365 * kDay);
  EXPECT_EQ(rules->at(0).thin_after_us, 30 * kDay);
  EXPECT_EQ(rules->at(0).thin_to_us, kHour);
  EXPECT_FALSE(rules->at(1).tenant.has_value());
  EXPECT_TRUE(read_retention("", "r.toml")->empty());
}

TEST(RetentionRules, BadFilesAreRefusedWithTheLine) {
  const std::pair<std::string, std::string> files[] = {
      {"[[rule]]\nkeep = P1D", "r.toml:2:"},
      {"rule = 3", "r.toml:1: \"rule\""},
      {"[rule]\nkeep = \"P1D\"", "[[rule]]"},
      {"[[rules]]\nkeep = \"P1D\"", "r.toml:1: \"rules\""},
      {"[[rule]]\n\nkeeps = \"P1D\"", "r.toml:3: keeps: unknown"},
      {"[[rule]]\nkeep = 5", "r.toml:2: keep: expected a text"},
      {"[[rule]]\nkeep = \"-P1D\"", "is not a duration"},
      {"[[rule]]\nkeep = \"P0D\"", "no time at all"},
      {"[[rule]]\nkeep = \"P3M\"", "years or months"},
      {"[[rule]]\nthin_after = \"P30D\"\nthin_to = \"P1M\"", "r.toml:3: thin_to: \"P1M\" has years or months"},
      {"[[rule]]\nthin_to = \"PT1H\"", "go together"},
      {"[[rule]]\nthin_after = \"PT1H\"\nthin_to = \"P1D\"", "longer than thin_after"},
      {"[[rule]]\nkeep = \"P7D\"\nthin_after = \"P7D\"\nthin_to = \"P1D\"", "nothing would be thinned"},
      {"[[rule]]\ntype = \"\"\nkeep = \"P1D\"", "r.toml:2: type: must not be empty"},
      {"[[rule]]\nkeep = \"P1D\"\n[[rule]]\ntype = \"T\"\nkeep = \"P2D\"",
       "r.toml:3: no series comes to this rule: rule 1"},
  };
  for (const auto& [text, what] : files) {
    const auto rules = read_retention(text, "r.toml");
    ASSERT_FALSE(rules.has_value()) << text;
    EXPECT_NE(rules.error().detail.find(what), std::string::npos) << text << "\n" << rules.error().detail;
  }
}

class Retain : public RetentionStore {};

TEST_F(Retain, OldPointsAreForgottenAndTheLastOfAnAttributeStays) {
  options_.retention.rules = {rule(10 * kDay)};
  open_at(kStart);
  put("urn:a", "T", {level(1, after(0)), level(7, after(0), "other")});
  add("urn:a", {level(2, after(1 * kDay)), level(3, after(2 * kDay)), level(4, after(5 * kDay))});
  open_at(after(5 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"1", "2", "3", "4"}));
  EXPECT_EQ(store_->stats().points_forgotten, 0u);
  open_at(after(12 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"3", "4"})) << "exactly ten days old stays";
  EXPECT_EQ(values("urn:a", "other"), (Texts{"7"}));
  EXPECT_EQ(store_->stats().points_forgotten, 2u);
  open_at(after(100 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"4"}));
  const auto now = store_->find(TenantId{}, "urn:a");
  EXPECT_EQ(now->find(name("level"), "").value(), "1") << "what is now is never touched";
  open_at(after(200 * kDay));
  EXPECT_EQ(store_->stats().points_forgotten, 0u);
  // A late point that is too old already, and one that takes the place of the last.
  add("urn:a", {level(5, after(150 * kDay)), level(6, after(4 * kDay))});
  open_at(after(200 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"5"}));
}

TEST_F(Retain, WhatDoesNotExistIsForgottenWithItsLastPoint) {
  options_.retention.rules = {rule(10 * kDay)};
  open_at(kStart);
  put("urn:a", "T", {level(1), level(2, {}, "other")});
  put("urn:a", "T", {level(3)});
  put("urn:b", "T", {level(1)});
  remove("urn:b");
  put("urn:b", "T", {level(2)});
  remove("urn:b");
  add("urn:h", {level(1, after(0))});
  const std::int64_t today = now().us - kStart.us;
  open_at(after(today + 5 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"1", "3"}));
  EXPECT_EQ(values("urn:b").size(), 4u);
  EXPECT_EQ(values("urn:h"), Texts()) << "observed long ago";
  open_at(after(today + 15 * kDay));
  EXPECT_EQ(values("urn:a"), (Texts{"3"}));
  EXPECT_EQ(values("urn:a", "other"), Texts()) << "deleted: its tombstone goes too";
  auto reader = store_->history(TenantId{});
  EXPECT_FALSE((*reader)->entity("urn:b")->has_value());
  EXPECT_FALSE((*reader)->entity("urn:h")->has_value());
  EXPECT_TRUE((*reader)->entity("urn:a")->has_value());
}

TEST_F(Retain, RulesAreForTenantTypeAndAttribute) {
  options_.retention.rules = {rule(0), rule(1 * kDay), rule(0, 1 * kDay, kHour), rule(2 * kDay)};
  options_.retention.rules[0].attribute = iri("name");
  options_.retention.rules[1].type = iri("Short");
  options_.retention.rules[2].tenant = "north";
  open_at(kStart);
  const auto north = store_->make_tenant("north");
  std::vector<ngsi::Attribute> some;
  for (const char* attribute : {"name", "level"})
    for (int i = 0; i < 5; ++i) some.push_back(level(i, after(i * 30 * kMinute), attribute));
  for (const TenantId tenant : {TenantId{}, *north})
    for (const char* type : {"T", "Short"}) {
      const std::string id = std::string("urn:") + type;
      put(id, type, {level(9, after(99 * kDay))}, tenant);
      HistoryWrite one;
      one.tenant = tenant;
      one.id = id;
      one.add = some;
      ASSERT_TRUE(write(std::move(one)));
    }
  open_at(after(100 * kDay));
  for (const TenantId tenant : {TenantId{}, *north})
    for (const char* id : {"urn:T", "urn:Short"})
      EXPECT_EQ(values(id, "name", tenant), (Texts{"0", "1", "2", "3", "4"})) << id;
  EXPECT_EQ(values("urn:Short"), (Texts{"9"}));
  EXPECT_EQ(values("urn:Short", "level", *north), (Texts{"9"}));
  EXPECT_EQ(values("urn:T"), (Texts{"9"}));
  EXPECT_EQ(values("urn:T", "level", *north), (Texts{"1", "3", "4", "9"}));
}

// What a person would do with a list.
struct NaiveSeries {
  std::vector<std::pair<Instant, int>> points;  // values rise in the order of writing
  void age(Instant now, const RetentionRule& r) {
    std::sort(points.begin(), points.end());
    const Instant forget{now.us - r.keep_us},
        thin = r.thin_to_us > 0 ? period_start({now.us - r.thin_after_us}, r.thin_to_us) : kNoInstant;
    std::vector<std::pair<Instant, int>> stay;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool last = i + 1 == points.size();
      const Instant at = points[i].first;
      if (r.keep_us > 0 && at < forget && !last) continue;
      if (r.thin_to_us > 0 && at < thin && !last &&
          period_start(points[i + 1].first, r.thin_to_us) == period_start(at, r.thin_to_us))
        continue;
      stay.push_back(points[i]);
    }
    points = std::move(stay);
  }
};

class Sums final : public SeriesVisitor {
 public:
  std::uint64_t count = 0;
  double sum = 0;
  bool run(const RunSummary& r) override {
    count += r.count;
    sum += r.sum;
    return true;
  }
  bool numbers(std::span<const Instant>, std::span<const double> values) override {
    count += values.size();
    for (const double v : values) sum += v;
    return true;
  }
  bool point(const HistoryPoint& p) override {
    ++count;
    sum += std::atof(std::string(p.instance.value()).c_str());
    return true;
  }
};

// Points come early, late and anew; the store is opened again at later and later times with the same or other rules.
TEST_F(Retain, WhatStaysIsWhatANaiveComputationLeaves) {
  const auto seed = std::getenv("SEED") ? static_cast<unsigned>(std::atoi(std::getenv("SEED"))) : 11u;
  std::mt19937 random(seed);
  const auto pick = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  const Texts ids{"urn:a", "urn:b"}, attributes{"level", "fast", "plain", "slow"};
  const auto rules_of = [&](int round) {
    std::vector<RetentionRule> rules{rule(20 * kDay), rule(30 * kDay, 5 * kDay, 6 * kHour), rule(0),
                                     rule(0, kDay, 20 * kDay)};
    rules[0].attribute = iri("level");
    rules[1].attribute = iri("fast");
    rules[2].attribute = iri("plain");
    if (round >= 6) rules[1].thin_to_us = 8 * kHour;  // somebody changed the file
    rules[3].thin_after_us = 25 * kDay;
    return rules;
  };
  std::map<std::pair<std::string, std::string>, NaiveSeries> naive;
  int next = 0;
  std::int64_t today = 0;
  for (int round = 0; round < 10; ++round) {
    options_.retention.rules = rules_of(round);
    options_.leaf_points = round % 3 == 0 ? 64 : 8;
    open_at(after(today));
    if (round == 0)
      for (const std::string& id : ids) {
        std::vector<ngsi::Attribute> first;
        for (const std::string& attribute : attributes) {
          first.push_back(level(++next, after(0), attribute));
          naive[{id, attribute}].points.push_back({after(0), next});
        }
        put(id, "T", std::move(first));
      }
    for (const std::string& id : ids)
      for (int batch = 0; batch < 3; ++batch) {
        std::vector<ngsi::Attribute> some;
        const auto count = pick(4) == 0 ? 600 : pick(30);
        for (std::int64_t i = 0; i < count; ++i) {
          const std::string& attribute = attributes[static_cast<std::size_t>(pick(4))];
          const bool late = pick(5) == 0;
          const Instant at = after(late ? pick(today + kDay) : today + pick(5 * kDay));
          some.push_back(level(++next, at, attribute));
          naive[{id, attribute}].points.push_back({at, next});
        }
        if (!some.empty()) add(id, std::move(some));
      }
    today += pick(2) ? 5 * kDay : pick(20 * kDay);
    open_at(after(today));
    for (auto& [key, series] : naive) {
      const std::size_t which =
          static_cast<std::size_t>(std::find(attributes.begin(), attributes.end(), key.second) - attributes.begin());
      series.age(after(today), options_.retention.rules[which]);
      std::vector<Seen> expected;
      double sum = 0;
      for (const auto& [at, value] : series.points) expected.push_back({at, std::to_string(value)}), sum += value;
      ASSERT_EQ(points(key.first, key.second), expected) << "round " << round << " " << key.first << " " << key.second;
      Sums sums;
      auto reader = store_->history(TenantId{});
      ASSERT_TRUE((*reader)->scan(key.first, {name(key.second), ""}, TimeWindow{}, false, sums));
      EXPECT_EQ(sums.count, expected.size());
      EXPECT_EQ(sums.sum, sum);
    }
    store_.reset();
    ASSERT_EQ(problems(), Texts()) << "round " << round;
  }
}

// A leaf of a long history is looked at once, not again at every look.
TEST_F(Retain, LooksAtThinnedHistoryNoMore) {
  options_.retention.rules = {rule(0, kDay, kHour)};
  open_at(kStart);
  put("urn:a", "T", {level(0, after(0))});
  std::vector<ngsi::Attribute> many;
  for (int i = 1; i < 3000; ++i) many.push_back(level(i, after(i * 10 * kMinute)));
  add("urn:a", std::move(many));
  open_at(after(100 * kDay));
  EXPECT_EQ(values("urn:a").size(), 500u);
  EXPECT_EQ(store_->stats().points_thinned, 2500u);
  open_at(after(100 * kDay));
  EXPECT_EQ(store_->stats().points_thinned, 0u);
  store_.reset();
  const auto report = check_folder(options_.folder);
  EXPECT_EQ(report->points, 500u);
  EXPECT_LE(report->leaves, 90u) << "small leaves become one";
}

}  // namespace
}  // namespace tsunagu::store
