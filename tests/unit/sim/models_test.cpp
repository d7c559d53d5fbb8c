#include <gtest/gtest.h>

#include <algorithm>

#include "sim/faults.h"
#include "sim/paddy.h"
#include "sim/practice.h"
#include "sim/timetable.h"
#include "sim/weather.h"

namespace tsunagu::sim {
namespace {

constexpr Place kIwamizawa{43.196, 141.776};

double mean_of_month(const Climate& climate, int month) {
  double sum = 0;
  for (int day = 1; day <= 28; ++day) sum += climate.mean_of_day(local_instant(2026, month, day, 12), kIwamizawa) / 28;
  return sum;
}

TEST(SimClock, TellsLocalTimeOfHokkaido) {
  const LocalTime new_year = local(*parse_instant("2027-12-31T15:00:00Z"));
  EXPECT_EQ(new_year.year, 2028);
  EXPECT_EQ(new_year.of_year, 1);
  EXPECT_EQ(new_year.hour, 0);
  EXPECT_EQ(local(local_instant(2028, 12, 31, 23.5)).of_year, 366);
  EXPECT_EQ(to_string(local_instant(2026, 7, 9)), "2026-07-08T15:00:00Z");
  EXPECT_EQ(local(local_instant(1969, 12, 31, 8)).of_year, 365);
}

TEST(SimClock, RunsAsFastAsItIsTold) {
  const Clock clock{local_instant(2026, 7, 1), Instant{1'000'000}, 600};
  EXPECT_EQ(clock.at(Instant{2'000'000}), local_instant(2026, 7, 1, 1.0 / 6));
  EXPECT_EQ(clock.wall_at(local_instant(2026, 7, 1, 1)), Instant{7'000'000});
}

TEST(SimWeather, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const Instant t = local_instant(2026, 7, 9, 4);
  EXPECT_EQ(Climate(7).at(t, kIwamizawa).temperature_c, Climate(7).at(t, kIwamizawa).temperature_c);
  EXPECT_NE(Climate(7).at(t, kIwamizawa).temperature_c, Climate(8).at(t, kIwamizawa).temperature_c);
}

TEST(SimWeather, HasTheMonthsOfIwamizawa) {
  // Normals 1991-2020 of Iwamizawa; a mean over five seeds, because single years differ.
  const double normal[] = {-5.1, -4.5, -0.6, 5.9, 12.1, 16.4, 20.4, 21.7, 17.5, 10.8, 4.0, -2.5};
  for (int month = 1; month <= 12; ++month) {
    double mean = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4, 5}) mean += mean_of_month(Climate(seed), month) / 5;
    EXPECT_NEAR(mean, normal[month - 1], 2.5) << "month " << month;
  }
}

TEST(SimWeather, SnowsInWinterAndRainsInSummer) {
  const Climate climate(3);
  double snow_of_july = 0, snow_of_january = 0, rain_of_summer = 0;
  for (int hour = 0; hour < 28 * 24; ++hour) {
    snow_of_july += climate.at(local_instant(2026, 7, 1, hour), kIwamizawa).snow_cm_h;
    snow_of_january += climate.at(local_instant(2026, 1, 1, hour), kIwamizawa).snow_cm_h;
    rain_of_summer += climate.at(local_instant(2026, 8, 1, hour), kIwamizawa).rain_mm_h;
  }
  EXPECT_EQ(snow_of_july, 0);
  EXPECT_GT(snow_of_january, 20);
  EXPECT_GT(rain_of_summer, 10);
}

TEST(SimWeather, AColdJulyIsColdInItsFirstHalf) {
  const Climate warm(3), cold(3, true);
  const auto coldest = [](const Climate& climate) {
    double out = 99;
    for (int day = 4; day <= 16; ++day)
      out = std::min(out, climate.mean_of_day(local_instant(2026, 7, day, 12), kIwamizawa));
    return out;
  };
  EXPECT_LT(coldest(cold), 17);
  EXPECT_LT(coldest(cold), coldest(warm) - 3);
  EXPECT_EQ(cold.cold_spell(local_instant(2026, 2, 9)), 0);
}

TEST(SimWeather, AForecastIsNearlyRight) {
  const Climate climate(5, true);
  double off = 0;
  for (int day = 1; day <= 30; ++day) {
    const Instant morning = local_instant(2026, 7, day, 0);
    off += std::abs(climate.forecast(morning, kIwamizawa).mean_c - climate.mean_of_day(morning, kIwamizawa)) / 30;
  }
  EXPECT_LT(off, 1.2);
  EXPECT_GT(off, 0.1) << "nobody knows tomorrow";
}

TEST(SimPaddy, KeepsTheBalanceOfWater) {
  const Paddy field = Paddy::make(1, 0, kIwamizawa);
  Weather dry;
  dry.temperature_c = 20;
  Water water{100, 20};
  for (int i = 0; i < 6 * 24; ++i) water = after(field, water, {0, 300}, dry, 0.5, 600);
  EXPECT_NEAR(water.level_mm, 100 - field.percolation_mm_d, 0.1) << "without sun only the soil takes";
  Water filled{0, 20};
  for (int i = 0; i < 6; ++i) filled = after(field, filled, {1, 300}, dry, 0.5, 600);
  EXPECT_NEAR(filled.level_mm, field.inflow_mm_h - field.percolation_mm_d / 24, 0.1);
  EXPECT_NEAR(filled.used_mm, field.inflow_mm_h, 1e-9);
}

TEST(SimPaddy, SpillsOverTheWeirAndDrains) {
  const Paddy field = Paddy::make(1, 0, kIwamizawa);
  Weather wet;
  wet.temperature_c = 20;
  wet.rain_mm_h = 30;
  Water water{80, 20};
  for (int i = 0; i < 60; ++i) water = after(field, water, {0, 80}, wet, 0.5, 600);
  EXPECT_LT(water.level_mm, 180);
  EXPECT_GT(water.spilled_mm, 150);
  wet.rain_mm_h = 0;
  for (int i = 0; i < 6 * 72; ++i) water = after(field, water, {0, 0}, wet, 0.5, 600);
  EXPECT_LT(water.level_mm, 5);
  EXPECT_GT(water.level_mm, -60.1);
}

TEST(SimPaddy, DeepWaterStaysWarmerThanTheAirOfAColdNight) {
  const Paddy field = Paddy::make(1, 0, kIwamizawa);
  Weather day, night;
  day.temperature_c = 18, day.sun_w_m2 = 450;
  night.temperature_c = 11;
  Water deep{170, 16}, shallow{20, 16};
  for (int i = 0; i < 60; ++i) {
    deep = after(field, deep, {0, 300}, day, 0.6, 600);
    shallow = after(field, shallow, {0, 300}, day, 0.6, 600);
  }
  for (int i = 0; i < 60; ++i) {
    deep = after(field, deep, {0, 300}, night, 0.6, 600);
    shallow = after(field, shallow, {0, 300}, night, 0.6, 600);
  }
  EXPECT_GT(deep.temperature_c, night.temperature_c + 3);
  EXPECT_GT(deep.temperature_c, shallow.temperature_c + 1);
  const int day_of_year = of_year(2026, 7, 10);
  EXPECT_GT(panicle_temperature(deep, night, day_of_year), panicle_temperature(shallow, night, day_of_year));
}

TEST(SimPractice, WantsTheDepthsOfTheGuidance) {
  const auto on = [](int month, int day, double forecast, bool cold_year = false) {
    return target(of_year(2026, month, day), forecast, cold_year);
  };
  EXPECT_EQ(on(7, 1, 20).least_mm, 40);
  EXPECT_EQ(on(7, 1, 20).most_mm, 60);
  EXPECT_NEAR(on(7, 12, 23).most_mm, 110, 1) << "rises to 10 cm before meiosis";
  EXPECT_GE(on(7, 10, 19).least_mm, 100) << "cold is forecast";
  EXPECT_GE(on(7, 10, 16.5).least_mm, 150) << "17 degrees or less";
  EXPECT_EQ(on(7, 20, 16.5).most_mm, 60) << "the risk is over";
  EXPECT_TRUE(on(6, 22, 20).drained);
  EXPECT_FALSE(on(6, 22, 20, true).drained) << "no mid-season drainage in a cold year";
  EXPECT_TRUE(on(8, 23, 20).drained) << "25 days after heading";
}

TEST(SimPractice, NoGateIsOpenWhileTheSensorIsSilent) {
  Knowledge known;
  const Target wanted = target(of_year(2026, 7, 10), 16, false);
  const LocalTime early{0, 2026, of_year(2026, 7, 10), 4};
  EXPECT_EQ(control(wanted, {}, 20, early, known).inlet, 1);
  known.sensor_silent = true;
  EXPECT_EQ(control(wanted, {1, 200}, 20, early, known).inlet, 0);
}

TEST(SimPractice, FillsInTheEarlyMorningAndNotByDay) {
  const Target wanted = target(of_year(2026, 6, 10), 20, false);
  const Knowledge known;
  EXPECT_EQ(control(wanted, {}, 20, LocalTime{0, 2026, 161, 4}, known).inlet, 1);
  EXPECT_EQ(control(wanted, {}, 20, LocalTime{0, 2026, 161, 13}, known).inlet, 0);
}

TEST(SimFaults, PowerIsCutMoreOftenInABlizzard) {
  const Climate climate(2);
  int cuts = 0, hours = 0;
  for (int district = 0; district < 40; ++district) {
    for (int hour = 0; hour < 60 * 24; hour += 2, ++hours)
      cuts += power_cut(2, local_instant(2026, 1, 1, hour), {42 + 0.25 * (district % 8), 140 + 0.25 * (district / 8)},
                        climate);
  }
  EXPECT_GT(cuts, 0);
  EXPECT_LT(cuts, hours / 20);
}

TEST(SimTimetable, BusesKeepToTheirLine) {
  const Timetable timetable = Timetable::made_up(1, kIwamizawa, 9);
  ASSERT_FALSE(timetable.vehicles().empty());
  const Climate climate(1);
  EXPECT_EQ(timetable.at(0, local_instant(2026, 7, 1, 4), 1, climate).trip, nullptr) << "before the first trip";
  bool moved = false;
  for (int minute = 0; minute < 60; ++minute) {
    for (std::size_t vehicle = 0; vehicle < timetable.vehicles().size(); ++vehicle) {
      const auto p = timetable.at(vehicle, local_instant(2026, 7, 1, 12 + minute / 60.0), 1, climate);
      EXPECT_LT(p.speed_km_h, 81);
      EXPECT_NEAR(p.place.lat, kIwamizawa.lat, 0.1);
      moved |= p.speed_km_h > 5;
    }
  }
  EXPECT_TRUE(moved);
}

TEST(SimTimetable, AVehicleDoesOneTripAfterTheOther) {
  const Timetable timetable = Timetable::made_up(1, kIwamizawa, 30);
  std::size_t trips = 0;
  for (const auto& vehicle : timetable.vehicles()) {
    trips += vehicle.trips.size();
    for (std::size_t i = 1; i < vehicle.trips.size(); ++i)
      EXPECT_GE(timetable.trips()[vehicle.trips[i]].calls.front().departure_s,
                timetable.trips()[vehicle.trips[i - 1]].calls.back().departure_s + 180);
  }
  EXPECT_EQ(trips, timetable.trips().size());
}

TEST(SimTimetable, SaysWhichFileOfAFeedIsMissing) {
  const auto none = Timetable::read("/nowhere");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().detail.find("stops.txt"), std::string::npos);
}

}  // namespace
}  // namespace tsunagu::sim
