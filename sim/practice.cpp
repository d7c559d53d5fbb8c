#include "sim/practice.h"

#include <algorithm>

namespace tsunagu::sim {
namespace {

constexpr int kTransplanting = 145, kRooted = 152, kDrainage = 170, kRefill = 179, kRiskFirst = 185, kRiskLast = 197,
              kHeading = 209, kIntermittent = 216, kLastWater = 234;

}  // namespace

std::string_view growth_stage(int day) {
  if (day < kRooted + 5) return "rooting";
  if (day < kRefill) return "tillering";
  if (day < kRiskFirst) return "panicle";
  if (day <= kRiskLast) return "meiosis";
  return day < kLastWater ? "heading" : "drained";
}

Target target(int day, double forecast_mean_c, bool cold_year) {
  Target out;
  const auto want = [&out](double least, double most, std::string_view stage) {
    out.least_mm = least, out.most_mm = most, out.stage = stage;
  };
  if (day < kTransplanting) {
    want(25, 45, "代かき");
  } else if (day < kRooted) {
    want(45, 65, "活着期");
  } else if (day < kDrainage) {
    want(25, 45, "分げつ期");
  } else if (day < kRefill) {
    if (cold_year) {
      want(30, 50, "分げつ期（中干しなし）");
    } else {
      out.drained = true;
      out.stage = "中干し";
    }
  } else if (day < kRiskFirst) {
    want(40, 60, "幼穂形成期");
  } else if (day <= kRiskLast) {
    const double rise = std::min(1.0, (day - kRiskFirst + 1) / 6.0);
    want(50 + 40 * rise, 60 + 50 * rise, "前歴・冷害危険期");
    if (forecast_mean_c <= 17) {
      want(150, 180, "冷害危険期（深水）");
      out.warm = true;
    } else if (forecast_mean_c <= 20) {
      want(100, 120, "冷害危険期（10 cm 以上）");
      out.warm = true;
    }
  } else if (day < kIntermittent) {
    want(40, 60, day < kHeading ? "穂ばらみ期" : "出穂・開花期");
  } else if (day < kLastWater) {
    // Three days with water, two without.
    if ((day - kIntermittent) % 5 < 3) {
      want(15, 40, "登熟期（間断かんがい）");
    } else {
      want(0, 40, "登熟期（間断かんがい）");
    }
  } else {
    out.drained = true;
    out.stage = "落水";
  }
  return out;
}

Gates control(const Target& wanted, const Gates& now, double level_mm, const LocalTime& when, const Knowledge& known) {
  Gates out;
  if (wanted.drained) {
    out.weir_mm = 0;
    return out;
  }
  out.weir_mm = wanted.most_mm + 20;
  if (known.sensor_silent) return out;
  if (level_mm >= wanted.most_mm) return out;
  // Rain that is on its way fills it for nothing.
  const double lacking = wanted.least_mm - level_mm;
  const bool rain_does = !wanted.warm && known.forecast.rain_mm >= lacking && lacking < 15;
  const bool early = when.hour >= 2 && when.hour < 7;
  const bool urgent = wanted.warm || lacking > 20;  // warmth before the night, or the soil would fall dry
  if (level_mm < wanted.least_mm && !rain_does && (early || urgent)) {
    out.inlet = 1;
  } else if (now.inlet > 0 && (early || urgent) &&
             level_mm < (wanted.warm ? wanted.most_mm - 5 : (wanted.least_mm + wanted.most_mm) / 2)) {
    out.inlet = 1;  // not open and shut by a millimetre: up to the middle, or nearly to the top when it is to be deep
  }
  return out;
}

Gates visit(const Target& wanted, const Paddy& field, double level_mm, const LocalTime& when, const Knowledge& known,
            std::uint64_t seed, std::int64_t visit) {
  const Chance chance(seed, 301);
  Gates out;
  if (wanted.drained) {
    out.weir_mm = 0;
    return out;
  }
  out.weir_mm = wanted.most_mm + 20;
  const double read = level_mm + 6 * chance.normal(visit);
  const double middle = (wanted.least_mm + wanted.most_mm) / 2;
  // By evening another day of losses will have gone; when it rained anyway the water is lost.
  const double lacking = middle + 18 - read;
  const bool evening = when.hour > 12;
  if (lacking <= 8) return out;
  if (evening && !wanted.warm) return out;
  const double hours = evening ? 12 : 11.5;
  out.inlet = std::clamp(lacking / (field.inflow_mm_h * hours) * chance.between(1.0, 1.9, visit + 1'000'000), 0.1, 1.0);
  (void)known;
  return out;
}

}  // namespace tsunagu::sim
