#include "sim/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/json.h"
#include "sim/run.h"
#include "sim/season.h"

namespace tsunagu::sim {
namespace {

using testing::HasSubstr;

Fleet fleet_of(std::size_t devices, std::uint64_t seed = 1, Instant start = local_instant(2026, 7, 8)) {
  FleetSettings settings;
  settings.seed = seed;
  settings.devices = devices;
  settings.cold_july = true;
  settings.start = start;
  settings.municipalities = TSUNAGU_SOURCE_DIR "/data/region/municipalities.csv";
  return std::move(Fleet::make(settings)).value();
}

std::string said(Fleet& fleet, Instant from, Instant until) {
  std::string out;
  fleet.due(from, until, [&](std::size_t device, Instant t) { append_line(fleet, device, t, out); });
  return out;
}

TEST(SimFleet, SaysTheSameAgain) {
  Fleet a = fleet_of(500), b = fleet_of(500), other = fleet_of(500, 2);
  const Instant from = local_instant(2026, 7, 8, 6), until = local_instant(2026, 7, 8, 6.1);
  const std::string first = said(a, from, until);
  EXPECT_EQ(first, said(b, from, until));
  EXPECT_NE(first, said(other, from, until));
}

TEST(SimFleet, ReportsComeOnceHoweverTimeIsCut) {
  const Fleet fleet = fleet_of(730);
  const Instant from = local_instant(2026, 7, 8, 6), until{from.us + 1'000 * kSecond};
  std::set<std::pair<std::size_t, std::int64_t>> whole, parts;
  fleet.due(from, until, [&](std::size_t d, Instant t) {
    EXPECT_GE(t, from);
    EXPECT_LT(t, until);
    EXPECT_TRUE(whole.emplace(d, t.us).second);
  });
  for (std::int64_t us = from.us; us < until.us; us += 7'777'777)
    fleet.due(Instant{us}, Instant{std::min(us + 7'777'777, until.us)},
              [&](std::size_t d, Instant t) { EXPECT_TRUE(parts.emplace(d, t.us).second); });
  EXPECT_EQ(whole, parts);
  std::set<std::size_t> devices;
  for (const auto& [device, t] : whole) devices.insert(device);
  EXPECT_EQ(devices.size(), fleet.size()) << "everybody's turn comes in 15 minutes";
}

TEST(SimFleet, HasAsManyDevicesAsAsked) {
  for (const std::size_t n : {1u, 7u, 500u, 20'000u}) {
    const Fleet fleet = fleet_of(n);
    EXPECT_EQ(fleet.size(), n);
    std::set<std::string> addresses;
    for (std::size_t i = 0; i < n; ++i) addresses.insert(fleet.address(i));
    EXPECT_EQ(addresses.size(), n);
  }
  EXPECT_EQ(fleet_of(20'000).count(Kind::kWeather), 179u);
}

TEST(SimFleet, EverythingSaysThatItIsSimulated) {
  const Fleet fleet = fleet_of(500);
  std::string canonical;
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    for (const std::string& entity : {fleet.device_entity(i), fleet.asset_entity(i)}) {
      if (entity.empty()) continue;
      canonical.clear();
      EXPECT_TRUE(append_canonical_json(canonical, entity)) << entity;
      EXPECT_THAT(entity, HasSubstr(R"("simulated":{"type":"Property","value":true})"));
      EXPECT_THAT(entity, HasSubstr("シミュレーション"));
    }
  }
  for (std::size_t k = 0; k < kKinds; ++k) {
    for (const std::string& entity :
         {Fleet::model_entity(static_cast<Kind>(k)), Fleet::group_entity(static_cast<Kind>(k))}) {
      canonical.clear();
      EXPECT_TRUE(append_canonical_json(canonical, entity)) << entity;
      EXPECT_THAT(entity, HasSubstr("\"simulated\""));
    }
  }
}

TEST(SimFleet, SaysJsonWithinWhatItsModelCanMeasure) {
  Fleet fleet = fleet_of(500);
  std::map<Kind, int> lines;
  std::string out, canonical;
  for (const double hour : {3.0, 9.5, 19.0}) {
    const Instant from = local_instant(2026, 7, 9, hour);
    fleet.due(from, Instant{from.us + 900 * kSecond}, [&](std::size_t device, Instant t) {
      out.clear();
      if (!fleet.say(device, t, out)) return;
      ++lines[fleet.kind(device)];
      canonical.clear();
      ASSERT_TRUE(append_canonical_json(canonical, out)) << out;
      for (const Measure& m : facts(fleet.kind(device)).measures) {
        if (m.least == m.most) continue;
        const std::size_t at = out.find(std::string("\"").append(m.name).append("\":"));
        if (at == std::string::npos) continue;
        const double value = std::stod(out.substr(at + m.name.size() + 3));
        ASSERT_GE(value, m.least) << out;
        ASSERT_LE(value, m.most) << out;
      }
    });
  }
  EXPECT_EQ(lines.size(), kKinds) << "every kind is heard";
}

TEST(SimFleet, SomeDevicesAreSilent) {
  Fleet fleet = fleet_of(500);
  int silent = 0, all = 0;
  std::string out;
  for (int day = 0; day < 40; ++day) {
    const Instant t = local_instant(2026, 1, 1 + day % 28, day);
    for (std::size_t i = 0; i < fleet.size(); i += 3) {
      if (fleet.kind(i) == Kind::kPaddy) continue;
      out.clear();
      silent += !fleet.say(i, t, out);
      ++all;
    }
  }
  EXPECT_GT(silent, 0);
  EXPECT_LT(silent, all / 10);
}

TEST(SimFleet, AGateThatWasCommandedObeys) {
  Fleet free = fleet_of(500), commanded = fleet_of(500);
  commanded.set_gate(0, 1);
  const Instant later = local_instant(2026, 7, 8, 10);
  std::string a, b;
  ASSERT_TRUE(free.say(free.first(Kind::kPaddy), later, a));
  ASSERT_TRUE(commanded.say(commanded.first(Kind::kPaddy), later, b));
  EXPECT_THAT(b, HasSubstr("\"gateOpening\":100"));
  const auto used = [](const std::string& text) { return std::stod(text.substr(text.find("\"waterUsed\":") + 12)); };
  EXPECT_GT(used(b), used(a) + 20);
}

TEST(SimSeason, RulesSaveWaterAndHoursInEveryYear) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    for (const bool cold : {false, true}) {
      SeasonSettings settings;
      settings.seed = seed;
      settings.fields = 4;
      settings.cold_july = cold;
      const Season season = run_season(settings);
      const Outcome &hand = season.of(Practice::kByHand), &rules = season.of(Practice::kByRules);
      EXPECT_LT(rules.water_m3, hand.water_m3);
      EXPECT_LT(rules.hours, 0.3 * hand.hours);
      EXPECT_LE(rules.shallow_hours, hand.shallow_hours + 6);
      EXPECT_GT(rules.water_mm, 500) << "a season of a paddy drinks more than that";
      EXPECT_LT(hand.water_mm, 3'000);
      if (cold) {
        EXPECT_TRUE(season.cold_year);
      }
    }
  }
}

TEST(SimSeason, ColdNightsFindDeepWater) {
  SeasonSettings settings;
  settings.seed = 3;
  settings.fields = 1;
  settings.cold_july = true;
  const Season season = run_season(settings);
  float deepest = 0;
  for (const Hour& hour : season.hours) deepest = std::max(deepest, hour.side[1].level_mm);
  EXPECT_GE(deepest, 150);
  EXPECT_LT(deepest, 230);
}

TEST(SimSeason, ThePictureSaysWhatItIs) {
  SeasonSettings settings;
  settings.fields = 1;
  const Season season = run_season(settings);
  const std::string svg = picture(season);
  EXPECT_THAT(svg, HasSubstr("シミュレーション simulation"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(table(season), HasSubstr("Simulation, no measurement"));
  EXPECT_EQ(svg, picture(run_season(settings)));
}

}  // namespace
}  // namespace tsunagu::sim
