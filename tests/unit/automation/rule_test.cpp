// The language: what is read, what is written, what is refused and how that is said.
#include <gmock/gmock.h>

#include "automation/calendar.h"
#include "automation/loops.h"
#include "automation/words.h"
#include "rule_sample.h"

namespace tsunagu::automation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kWhole = R"(
why = { ja = "冷害を防ぐ", en = "Against cold injury" }
source = "https://example.org/cold"
types = ["AgriParcel"]
ids = ["urn:ngsi-ld:AgriParcel:1"]
where = "crop==\"rice\""
utc_offset = "+08:30"
trigger = { change = ["waterLevel", "airTemperature"] }
if = "waterLevel<15;airTemperature<=17"
for = "PT10M"
until = "waterLevel>=18"
hours = "22:00-06:00"
season = "07-04/07-16"
since = { attribute = "transplanted", from = "P30D", to = "P60D" }
then = [
  { command = "gate", value = "open", target = "refGate" },
  { set = "target", value = { low = 15, list = [1.5, true, "x"] }, unit = "CMT" },
  { notice = { ja = "「深水」\n{waterLevel}", en = "deep \"water\"" }, severity = "minor" },
  { webhook = "https://example.org/hook", body = "{id}" },
]
ended = [{ command = "gate", value = "close", target = "refGate" }]
safe = [{ command = "gate", value = "close", target = "refGate" }, { alarm = { ja = "止めた", en = "stopped" }, severity = "critical" }]
words = { waterLevel = { ja = "水位", en = "water level", unit = "cm" } }
[rule.safety]
interlock = [{ must = "refGate{deviceState}!=\"fault\"", ja = "水門が故障していないこと", en = "the gate is not broken" }]
at_most = 3
within = "PT1H"
max_run = "PT4H"
signal = ["waterLevel"]
lost_after = "PT30M"
manual = "PT6H"
)";

TEST(RuleText, AndTheFormsDataAreTheSameRule) {
  const RulePtr rule = rule_of(kWhole);
  ASSERT_TRUE(rule);
  const std::string json = to_json(*rule);
  const auto from_json = rule_from_json(json);
  ASSERT_TRUE(from_json) << from_json.error().detail;
  EXPECT_EQ(to_json(**from_json), json);
  const auto from_text = read_rules(to_text(*rule), "again");
  ASSERT_TRUE(from_text) << from_text.error().detail << "\n" << to_text(*rule);
  EXPECT_EQ(to_json(*from_text->front()), json);
}

TEST(RuleText, HasEveryKindOfTrigger) {
  for (const char* trigger :
       {R"({ every = "PT10M" })", R"({ at = ["05:00", "17:30"], weekday = ["mon", "fri"] })",
        R"({ sun = "sunset", offset = "-PT30M", place = [141.35, 43.06] })",
        R"({ enter = { circle = [141.35, 43.06], radius = 500 } })",
        R"({ leave = { polygon = [[141.0, 43.0], [142.0, 43.0], [142.0, 44.0]] } })",
        R"({ silent = "PT30M", attributes = ["waterLevel"] })"}) {
    const RulePtr rule = rule_of(std::string("types = [\"A\"]\nthen = [{ set = \"x\", value = 1 }]\ntrigger = ") + trigger);
    ASSERT_TRUE(rule) << trigger;
    const auto again = read_rules(to_text(*rule), "again");
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(to_json(*again->front()), to_json(*rule)) << trigger;
    EXPECT_FALSE(words_of(*rule).ja.empty());
  }
}

TEST(RuleText, SaysWhatIsWrongAndWhere) {
  const std::string ok = "types = [\"A\"]\ntrigger = { change = [\"a\"] }\nthen = [{ set = \"x\", value = 1 }]\n";
  EXPECT_EQ(fault_of(ok), "");
  EXPECT_THAT(fault_of(ok + "iff = \"a<1\""), HasSubstr("r.toml:7: \"iff\" means nothing in a rule"));
  EXPECT_THAT(fault_of(ok + "if = \"a<\""), HasSubstr("r.toml:7: if:"));
  EXPECT_THAT(fault_of(ok + "for = \"10 minutes\""), HasSubstr("PT10M"));
  EXPECT_THAT(fault_of(ok + "for = \"P1M\""), HasSubstr("PT10M"));
  EXPECT_THAT(fault_of(ok + "hours = \"25:00-26:00\""), HasSubstr("03:00-07:00"));
  EXPECT_THAT(fault_of(ok + "hours = \"1\""), HasSubstr("03:00-07:00"));
  EXPECT_THAT(fault_of(ok + "season = \"02-30/03-01\""), HasSubstr("season"));
  EXPECT_THAT(fault_of(ok + "utc_offset = \"9\""), HasSubstr("+09:00"));
  EXPECT_THAT(fault_of(ok + "ids = [\"x\"]"), HasSubstr("URN"));
  EXPECT_THAT(fault_of(ok + "safety = { at_most = 3 }"), HasSubstr("within"));
  EXPECT_THAT(fault_of(ok + "safety = { max_run = \"PT1H\" }"), HasSubstr("made safe"));
  EXPECT_THAT(fault_of("types = [\"A\"]\nthen = [{ set = \"x\", value = 1 }]"), HasSubstr("triggers"));
  EXPECT_THAT(fault_of("trigger = { change = [\"a\"] }\nthen = [{ set = \"x\", value = 1 }]"), HasSubstr("types"));
  EXPECT_THAT(fault_of("types = [\"A\"]\ntrigger = { change = [\"a\"] }"), HasSubstr("does something"));
  EXPECT_THAT(fault_of("types = [\"A\"]\ntrigger = { change = [\"a\"] }\nthen = [{ procedure = \"p\" }]"),
              HasSubstr("procedures cannot be started yet"));
  EXPECT_THAT(fault_of("types = [\"A\"]\ntrigger = { every = \"PT7H\" }\nthen = [{ set = \"x\", value = 1 }]"),
              HasSubstr("goes into a day"));
  EXPECT_FALSE(read_rules("[[rule]\n", "r"));
  EXPECT_FALSE(read_rules("rule = 3", "r"));
  EXPECT_FALSE(read_rules("", "r"));
  EXPECT_FALSE(rule_from_json("[1]"));
  EXPECT_FALSE(rule_from_json("{\"name\":"));
  EXPECT_FALSE(rule_from_json(R"({"name":{"a":[[[[1]]]]},"then":null})"));
}

TEST(RuleWords, AreThoseOfPeople) {
  const Words words = words_of(*rule_of(kWhole));
  EXPECT_THAT(words.ja, HasSubstr("水位が 15 cm 未満"));
  EXPECT_THAT(words.ja, HasSubstr("10分 続いたら"));
  EXPECT_THAT(words.en, HasSubstr("water level is below 15 cm and airTemperature is at most 17"));
  EXPECT_THAT(words.en, HasSubstr("command gate of refGate to open"));
}

TEST(RuleWords, TakeValuesFromTheEntity) {
  const auto record = paddy(3.5, at("05:00"), R"(,"owner":{"type":"Property","value":"佐藤"})");
  EXPECT_EQ(filled("{owner}: {waterLevel} cm, {nothing}, {", *record), "佐藤: 3.5 cm, –, {");
  Action action;
  action.value = "\"{waterLevel}\"";
  EXPECT_EQ(value_for(action, *record), "3.5");
  action.value = "\"level {waterLevel}\"";
  EXPECT_EQ(value_for(action, *record), "\"level 3.5\"");
  action.value = "\"{nothing}\"";
  EXPECT_EQ(value_for(action, *record), "");
}

RulePtr writer(const std::string& name, const std::string& reads, const std::string& writes) {
  const auto rules = read_rules("[[rule]]\nname = \"" + name + "\"\ntitle = { en = \"x\" }\ntypes = [\"A\"]\ntrigger = { change = [\"" +
                                    reads + "\"] }\nthen = [{ set = \"" + writes + "\", value = 1 }]\n",
                                "x");
  return rules->front();
}

TEST(Loops, AreFoundAmongRules) {
  EXPECT_THAT(loops_among({writer("a", "x", "y"), writer("b", "y", "z")}), IsEmpty());
  EXPECT_THAT(loops_among({writer("self", "x", "x")}), ElementsAre(ElementsAre("self")));
  EXPECT_THAT(loops_among({writer("c", "z", "x"), writer("a", "x", "y"), writer("b", "y", "z"), writer("d", "z", "q")}),
              ElementsAre(ElementsAre("a", "b", "c")));
}

TEST(Calendar, KnowsHoursAndSeasons) {
  Condition c;
  c.hours = HoursOfDay{22 * 60, 6 * 60};
  EXPECT_TRUE(in_window(c, 540, at("23:00")));
  EXPECT_TRUE(in_window(c, 540, at("05:59")));
  EXPECT_FALSE(in_window(c, 540, at("06:00")));
  EXPECT_EQ(next_border(c, 540, at("05:00")), at("06:00"));
  EXPECT_EQ(next_border(c, 540, at("06:00")), at("22:00"));
  EXPECT_EQ(next_border(c, 540, at("22:00")), at("00:00", "2026-07-11"));
  c.hours.reset();
  c.season = Season{704, 716};
  EXPECT_TRUE(in_window(c, 540, at("00:00", "2026-07-04")));
  EXPECT_TRUE(in_window(c, 540, at("23:59", "2026-07-16")));
  EXPECT_FALSE(in_window(c, 540, at("00:00", "2026-07-17")));
  c.season = Season{1201, 331};
  EXPECT_TRUE(in_window(c, 540, at("12:00", "2026-01-15")));
  EXPECT_FALSE(in_window(c, 540, at("12:00", "2026-04-15")));
}

TEST(Calendar, SaysWhenARuleIsLookedAtNext) {
  const auto next = [](const std::string& trigger, Instant t) {
    return next_occurrence(*rule_of("types = [\"A\"]\nthen = [{ set = \"x\", value = 1 }]\ntrigger = " + trigger), t);
  };
  EXPECT_EQ(next(R"({ at = ["05:00", "17:00"] })", at("04:00")), at("05:00"));
  EXPECT_EQ(next(R"({ at = ["05:00", "17:00"] })", at("05:00")), at("17:00"));
  EXPECT_EQ(next(R"({ at = ["05:00"], weekday = ["mon"] })", at("06:00")), at("05:00", "2026-07-13"));
  EXPECT_EQ(next(R"({ every = "PT6H" })", at("05:00")), at("06:00"));
  EXPECT_EQ(next(R"({ every = "PT6H" })", at("18:00")), at("00:00", "2026-07-11"));
}

// Times of the National Astronomical Observatory of Japan for Sapporo: 2026-06-21 3:55 and 19:18, 2026-12-22 7:03 and
// 16:03.
TEST(Calendar, KnowsTheSunOfSapporo) {
  const auto near = [](Instant a, Instant b) { return std::abs(a.us - b.us) <= 120'000'000; };
  const Instant june = at("00:00", "2026-06-21"), december = at("00:00", "2026-12-22");
  EXPECT_TRUE(near(sun_at(false, 141.35, 43.06, june), at("03:55", "2026-06-21"))) << to_string(sun_at(false, 141.35, 43.06, june));
  EXPECT_TRUE(near(sun_at(true, 141.35, 43.06, june), at("19:18", "2026-06-21")));
  EXPECT_TRUE(near(sun_at(false, 141.35, 43.06, december), at("07:03", "2026-12-22")));
  EXPECT_TRUE(near(sun_at(true, 141.35, 43.06, december), at("16:03", "2026-12-22")));
}

}  // namespace
}  // namespace tsunagu::automation
