// The paddy-water rules through a season: a field with its water, a gate and a weir, and what the rules do with them.
#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "automation/calendar.h"
#include "automation/loops.h"
#include "automation/words.h"
#include "base/json.h"
#include "rule_sample.h"

namespace tsunagu::automation {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kTick = 10 * kMinute;

std::vector<RulePtr> shipped() {
  std::ifstream in(TSUNAGU_SOURCE_DIR "/data/automation/paddy-water.toml", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto rules = read_rules(text, "paddy-water.toml");
  EXPECT_TRUE(rules) << (rules ? "" : rules.error().detail);
  return rules ? *rules : std::vector<RulePtr>{};
}

/// A field as the rules see it, and its water: 11 mm a day seep away, the gate lets in 1.5 cm an hour, what is above the
/// weir runs off.
class Field {
 public:
  explicit Field(bool cold_year) : rules_(shipped()), states_(rules_.size()), next_(rules_.size()) {
    values["waterManagement"] = "\"byRules\"";
    values["headingDate"] = "\"2026-07-28\"";
    if (cold_year) cold_from_ = at("00:00", "2026-06-08");
  }

  void run(Instant from, Instant to, const std::function<double(Instant)>& forecast) {
    for (Instant t = from; t < to; t.us += kTick) {
      if (first_) {
        for (std::size_t i = 0; i < rules_.size(); ++i) next_[i] = next_occurrence(*rules_[i], t);
        first_ = false;
      }
      const double dt_h = static_cast<double>(kTick) / 3.6e9;
      level += (gate == "open" ? 1.5 * dt_h : 0) - 1.1 / 24 * dt_h;
      if (level > weir) level = std::max(weir, level - 1.5 * dt_h);
      level = std::max(level, 0.0);
      if (t >= cold_from_ && cold_from_ != kNoInstant) values["coldYear"] = "true";
      if (!silent) {
        seen_ = t;
        seen_level_ = level;
        forecast_ = forecast(t);
      }
      look(t, !silent);
      if (watch) watch(t);
    }
  }

  double level = 4, weir = 12;
  std::string gate = "close";
  bool silent = false;
  std::map<std::string, std::string> values;
  std::function<void(Instant)> watch;
  std::vector<std::string> told;  ///< "rule event" in order

 private:
  ngsi::RecordPtr record() const {
    std::string more;
    for (const auto& [name, value] : values) {
      more += ",\"" + name + "\":{\"type\":\"Property\",\"value\":" + value + "}";
    }
    more += ",\"forecastMean\":{\"type\":\"Property\",\"value\":" + std::to_string(forecast_) + "}";
    return paddy(seen_level_, seen_, more);
  }
  void look(Instant t, bool triggered) {
    // As the engine does: what may end first, then what may begin.
    for (const bool active : {true, false}) {
      for (std::size_t i = 0; i < rules_.size(); ++i) {
        if (states_[i].active != active) continue;
        const bool timed = next_[i] != kNoInstant && next_[i] <= t;
        if (timed) next_[i] = next_occurrence(*rules_[i], t);
        const bool due = states_[i].due != kNoInstant && states_[i].due <= t;
        const Trigger::Kind kind = rules_[i]->trigger.kind;
        const bool scheduled = kind == Trigger::Kind::kSchedule || kind == Trigger::Kind::kSun;
        if (!timed && !due && (!triggered || scheduled)) continue;
        const ngsi::RecordPtr now = record();
        std::vector<Step> steps;
        step(*rules_[i], states_[i], {t, now.get(), nullptr, nullptr, scheduled ? timed : triggered, false}, steps);
        for (const Step& each : steps) act(*rules_[i], each);
      }
    }
  }
  void act(const Rule& rule, const Step& step) {
    told.push_back(rule.name + " " + std::string(name(step.event)));
    const auto& actions = step.event == Event::kFired   ? rule.then
                          : step.event == Event::kEnded ? rule.ended
                          : step.event == Event::kSafe  ? rule.safe_actions()
                                                        : none_;
    for (const Action& a : actions) {
      if (a.kind == Action::Kind::kCommand && a.attribute == "gate") gate = json_string_text(a.value);
      if (a.kind == Action::Kind::kCommand && a.attribute == "weir") weir = std::stod(a.value);
      if (a.kind == Action::Kind::kSet) values[a.attribute] = a.value;
    }
  }

  const std::vector<RulePtr> rules_;
  const std::vector<Action> none_;
  std::vector<State> states_;
  std::vector<Instant> next_;
  bool first_ = true;
  Instant seen_, cold_from_;
  double seen_level_ = 4, forecast_ = 22;
};

double mild(Instant) {
  return 22;
}
/// A cold spell from 8 to 11 July: 19 °C, then 16 °C, then 19 °C.
double cold_spell(Instant t) {
  if (t >= at("12:00", "2026-07-08") && t < at("12:00", "2026-07-09")) return 19;
  if (t >= at("12:00", "2026-07-09") && t < at("12:00", "2026-07-11")) return 16;
  return 22;
}

const Instant kSpring = at("00:00", "2026-05-20"), kAutumn = at("00:00", "2026-09-01");

TEST(PaddySeason, KeepsTheDepthOfEachStage) {
  Field field(false);
  std::map<std::string, std::pair<double, double>> depth;  // by stage: least and most, from its third day on
  std::map<std::string, Instant> since;
  field.watch = [&](Instant t) {
    const auto stage = field.values.find("growthStage");
    if (stage == field.values.end()) return;
    if (since.try_emplace(stage->second, t).first->second.us + 3 * 1440 * kMinute > t.us) return;
    const auto [found, first] = depth.try_emplace(stage->second, field.level, field.level);
    found->second = {std::min(found->second.first, field.level), std::max(found->second.second, field.level)};
  };
  field.run(kSpring, kAutumn, mild);
  // A field loses 1.1 cm a day, and is filled in the early morning only: so far it may sink below the mark.
  EXPECT_GE(depth["\"rooting\""].first, 4.5 - 1.2);
  EXPECT_LE(depth["\"rooting\""].second, 6.8);
  EXPECT_GE(depth["\"tillering\""].first, 2.5 - 1.2);
  EXPECT_GE(depth["\"panicle\""].first, 4 - 1.2);
  EXPECT_LE(depth["\"panicle\""].second, 6.8);
  EXPECT_GE(depth["\"meiosis\""].first, 9 - 1.2) << "10 cm before meiosis";
  EXPECT_LE(depth["\"meiosis\""].second, 12);
  EXPECT_GE(depth["\"heading\""].first, 4 - 1.2);
  EXPECT_EQ(depth["\"drainage\""].first, 0);
  EXPECT_EQ(depth["\"drained\""].second, 0) << "25 days after heading";
  EXPECT_EQ(since["\"drained\""], at("05:00", "2026-08-22"));
  EXPECT_EQ(since["\"drainage\""], at("00:10", "2026-06-19"));
}

TEST(PaddySeason, FillsInTheEarlyMorningAndNotByDay) {
  Field field(false);
  std::size_t open = 0;
  field.watch = [&](Instant t) {
    if (field.gate != "open") return;
    ++open;
    const double hour = static_cast<double>(local_time(t, 540).us_of_day) / 3.6e9;
    EXPECT_TRUE(hour >= 3 && hour < 7) << to_string(t);
  };
  field.run(kSpring, kAutumn, mild);
  EXPECT_GT(open, 100u);
}

TEST(PaddySeason, IsDeepWhenColdIsForecastInTheRiskWindow) {
  Field field(false);
  double at_19 = 0, least_at_16 = 99, most = 0;
  field.watch = [&](Instant t) {
    if (t == at("07:00", "2026-07-09")) at_19 = field.level;
    if (t >= at("06:00", "2026-07-10") && t < at("12:00", "2026-07-11")) least_at_16 = std::min(least_at_16, field.level);
    if (t >= at("00:00", "2026-07-04") && t <= at("00:00", "2026-07-17")) most = std::max(most, field.level);
  };
  field.run(kSpring, at("00:00", "2026-07-20"), cold_spell);
  EXPECT_GE(at_19, 10);
  EXPECT_GE(least_at_16, 15);
  EXPECT_LE(most, 18.5);
  EXPECT_THAT(field.told, ::testing::Contains("paddy-cold-deep fired"));
}

TEST(PaddySeason, LeavesMidSeasonDrainageOutInAColdYear) {
  Field field(true);
  double least = 99;
  field.watch = [&](Instant t) {
    if (t >= at("00:00", "2026-06-19") && t < at("00:00", "2026-06-28")) least = std::min(least, field.level);
  };
  field.run(kSpring, at("00:00", "2026-07-01"), mild);
  EXPECT_GT(least, 1);
  EXPECT_THAT(field.told, ::testing::Not(::testing::Contains("paddy-stage-drainage fired")));
}

TEST(PaddySeason, NeverHasAGateOpenWithASilentSensor) {
  Field field(false);
  Instant silent_since;
  std::size_t cuts = 0;
  field.watch = [&](Instant t) {
    // The gauge dies an hour into each third filling, for six hours.
    if (field.gate == "open" && !field.silent && t.us % (3 * 1440 * kMinute) < 1440 * kMinute) {
      field.silent = true;
      silent_since = t;
      ++cuts;
    }
    if (!field.silent) return;
    if (t.us - silent_since.us > 40 * kMinute) {
      EXPECT_EQ(field.gate, "close") << to_string(t);
    }
    if (t.us - silent_since.us > 360 * kMinute) field.silent = false;
  };
  field.run(kSpring, kAutumn, cold_spell);
  EXPECT_GT(cuts, 10u);
  EXPECT_THAT(field.told, ::testing::Contains("paddy-silent fired"));
}

TEST(PaddySeason, HasNoLoopsAndSpeaksForItself) {
  const auto rules = shipped();
  for (const auto& loop : loops_among(rules)) {
    // A stage is set from times and dates; that may not come back to itself.
    ADD_FAILURE() << ::testing::PrintToString(loop);
  }
  for (const RulePtr& rule : rules) {
    EXPECT_FALSE(words_of(*rule).ja.empty());
    const auto again = read_rules(to_text(*rule), rule->name);
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(to_json(*again->front()), to_json(*rule));
  }
}

}  // namespace
}  // namespace tsunagu::automation
