// What a rule does for one entity, step by step.
#include <gmock/gmock.h>

#include "automation/words.h"
#include "rule_sample.h"

namespace tsunagu::automation {
namespace {

using ::testing::HasSubstr;

const std::string kFill =
    "types = [\"AgriParcel\"]\nthen = [{ set = \"gate\", value = \"open\" }]\nended = [{ set = \"gate\", value = \"close\" }]\n"
    "trigger = { change = [\"waterLevel\"] }\n";

TEST(Machine, FiresOnceAndEndsWithHysteresis) {
  Play play(kFill + "if = \"waterLevel<4\"\nuntil = \"waterLevel>=6\"\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(5, at("05:00"))), "");
  EXPECT_TRUE(play.state.idle());
  EXPECT_EQ(play.change(at("05:10"), paddy(3.9, at("05:10"))), "fired:condition");
  EXPECT_EQ(play.change(at("05:20"), paddy(3.8, at("05:20"))), "");
  EXPECT_EQ(play.change(at("05:30"), paddy(5.9, at("05:30"))), "");
  EXPECT_EQ(play.change(at("05:40"), paddy(6, at("05:40"))), "ended:condition");
  EXPECT_TRUE(play.state.idle());
  EXPECT_EQ(play.change(at("05:50"), paddy(3, at("05:50"))), "fired:condition");
}

TEST(Machine, WaitsUntilTheConditionLasted) {
  Play play(kFill + "if = \"waterLevel<4\"\nfor = \"PT10M\"\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "");
  EXPECT_EQ(play.change(at("05:05"), paddy(5, at("05:05"))), "");
  EXPECT_EQ(play.until(at("06:00")), "");
  EXPECT_EQ(play.change(at("06:00"), paddy(3, at("06:00"))), "");
  EXPECT_EQ(play.until(at("06:09")), "");
  EXPECT_EQ(play.until(at("06:10")), "fired:condition");
}

TEST(Machine, FillsInTheMorningAndStopsByDay) {
  Play play(kFill + "if = \"waterLevel<4\"\nuntil = \"waterLevel>=6\"\nhours = \"03:00-07:00\"\n");
  EXPECT_EQ(play.change(at("02:50"), paddy(3, at("02:50"))), "");
  EXPECT_EQ(play.change(at("03:00"), paddy(3, at("03:00"))), "fired:condition");
  EXPECT_EQ(play.until(at("06:59")), "");
  EXPECT_EQ(play.until(at("07:00")), "ended:time");
  EXPECT_EQ(play.change(at("12:00"), paddy(2, at("12:00"))), "");
}

TEST(Machine, NeverOpensOnASilentSensor) {
  const std::string safety = "safety = { signal = [\"waterLevel\"], lost_after = \"PT30M\" }\n";
  Play play(kFill + "if = \"waterLevel<4\"\n" + safety);
  // The observation came late: it is an hour old.
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("04:00"))), "refused:signalLost");
  EXPECT_EQ(play.until(at("05:10")), "") << "told once";
  EXPECT_EQ(play.change(at("05:11"), paddy(3, at("05:11"))), "fired:condition");
  // And it falls silent while the gate is open.
  EXPECT_EQ(play.until(at("05:40")), "");
  EXPECT_EQ(play.until(at("05:41")), "safe:signalLost");
  EXPECT_EQ(play.until(at("06:41")), "");
  EXPECT_EQ(play.change(at("07:00"), paddy(3, at("07:00"))), "fired:condition") << "it is heard again";
}

TEST(Machine, DoesNotRunLongerThanItMay) {
  Play play(kFill + "if = \"waterLevel<4\"\nsafety = { max_run = \"PT3H\" }\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "fired:condition");
  EXPECT_EQ(play.until(at("08:00")), "safe:ranTooLong");
  EXPECT_EQ(play.change(at("08:10"), paddy(3, at("08:10"))), "") << "a leak is not filled for ever";
  EXPECT_EQ(play.change(at("08:20"), paddy(5, at("08:20"))), "");
  EXPECT_EQ(play.change(at("08:30"), paddy(3, at("08:30"))), "fired:condition");
}

TEST(Machine, KeepsToItsInterlocksAndLimits) {
  Play play(kFill + "if = \"waterLevel<4\"\nuntil = \"waterLevel>=6\"\n[rule.safety]\nat_most = 2\nwithin = \"PT1H\"\n"
            "interlock = [{ must = \"power==true\", ja = \"電源が入っていること\", en = \"the power is on\" }]\n");
  const std::string on = R"(,"power":{"type":"Property","value":true})";
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "refused:interlock");
  const Moment moment{at("05:00"), play.record.get()};
  EXPECT_THAT(reason_of(*play.rule, play.last[0], moment).ja, HasSubstr("電源が入っていること"));
  EXPECT_EQ(play.change(at("05:01"), paddy(3, at("05:01"), on)), "fired:condition");
  EXPECT_EQ(play.change(at("05:02"), paddy(7, at("05:02"), on)), "ended:condition");
  EXPECT_EQ(play.change(at("05:03"), paddy(3, at("05:03"), on)), "fired:condition");
  EXPECT_EQ(play.change(at("05:04"), paddy(7, at("05:04"), on)), "ended:condition");
  EXPECT_EQ(play.change(at("05:05"), paddy(3, at("05:05"), on)), "refused:tooOften");
  EXPECT_EQ(play.until(at("06:00")), "");
  EXPECT_EQ(play.until(at("06:02")), "fired:condition");
}

TEST(Machine, LetsPeopleTakeOver) {
  Play play(kFill + "if = \"waterLevel<4\"\nsafety = { manual = \"PT6H\" }\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "fired:condition");
  EXPECT_EQ(play.change(at("05:10"), paddy(3, at("05:10")), true), "overridden:manual");
  EXPECT_EQ(play.until(at("11:00"), true), "");
  EXPECT_EQ(play.until(at("11:12"), false), "fired:condition") << "the hands are off";
}

TEST(Machine, ComesAtItsTime) {
  Play play("types = [\"AgriParcel\"]\nthen = [{ set = \"gate\", value = \"open\" }]\ntrigger = { at = [\"05:00\"] }\nif = \"waterLevel<4\"\n");
  EXPECT_EQ(play.change(at("04:00"), paddy(5, at("04:00"))), "");
  play.record = paddy(3, at("04:30"));
  EXPECT_EQ(play.occasion(at("05:00")), "fired:time");
  EXPECT_TRUE(play.state.idle());
  EXPECT_EQ(play.occasion(at("05:00", "2026-07-11")), "fired:time");
}

TEST(Machine, HearsSilence) {
  Play play("types = [\"AgriParcel\"]\nthen = [{ alarm = { ja = \"届かない\" } }]\ntrigger = { silent = \"PT30M\", attributes = [\"waterLevel\"] }\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "");
  EXPECT_EQ(play.state.due, at("05:30"));
  EXPECT_EQ(play.change(at("05:20"), paddy(3, at("05:20"))), "");
  EXPECT_EQ(play.until(at("05:49")), "");
  EXPECT_EQ(play.until(at("05:50")), "fired:silence");
  EXPECT_EQ(play.until(at("12:00")), "");
  EXPECT_EQ(play.change(at("12:01"), paddy(3, at("12:01"))), "ended:silence");
  EXPECT_EQ(play.state.due, at("12:31"));
}

TEST(Machine, NoticesWhoEntersAndLeaves) {
  const auto bear = [](double lon) {
    return entity_of(R"({"id":"urn:ngsi-ld:Animal:1","type":"Animal","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[)" +
                     std::to_string(lon) + ",43.06]}}}");
  };
  const std::string head = "types = [\"Animal\"]\nthen = [{ alarm = { ja = \"クマ\" } }]\n";
  Play in(head + "trigger = { enter = { circle = [141.35, 43.06], radius = 500 } }\n");
  EXPECT_EQ(in.change(at("05:00"), bear(141.35)), "") << "it was always there";
  EXPECT_EQ(in.change(at("05:01"), bear(141.5)), "");
  EXPECT_EQ(in.change(at("05:02"), bear(141.351)), "fired:place");
  EXPECT_EQ(in.change(at("05:03"), bear(141.352)), "");
  EXPECT_EQ(in.change(at("05:04"), bear(141.4)), "ended:place");
  Play out(head + "trigger = { leave = { circle = [141.35, 43.06], radius = 500 } }\n");
  EXPECT_EQ(out.change(at("05:00"), bear(141.35)), "");
  EXPECT_EQ(out.change(at("05:01"), bear(141.5)), "fired:place");
  EXPECT_EQ(out.change(at("05:02"), bear(141.35)), "ended:place");
}

TEST(Machine, CountsFromADate) {
  Play play("types = [\"AgriParcel\"]\nthen = [{ set = \"stage\", value = \"drain\" }]\ntrigger = { at = [\"05:00\"] }\n"
            "since = { attribute = \"headingDate\", from = \"P25D\", to = \"P40D\" }\n");
  play.record = paddy(3, at("05:00"), R"(,"headingDate":{"type":"Property","value":"2026-08-01"})");
  EXPECT_EQ(play.occasion(at("05:00", "2026-08-25")), "");
  EXPECT_EQ(play.occasion(at("05:00", "2026-08-26")), "fired:time");
  EXPECT_EQ(play.occasion(at("05:00", "2026-09-15")), "");
}

TEST(Machine, EndsWithItsEntity) {
  Play play(kFill + "if = \"waterLevel<4\"\n");
  EXPECT_EQ(play.change(at("05:00"), paddy(3, at("05:00"))), "fired:condition");
  EXPECT_EQ(play.change(at("05:01"), nullptr), "ended:removed");
  EXPECT_TRUE(play.state.idle());
}

TEST(Machine, TellsItsReasonInBothLanguages) {
  Play play(kFill + "if = \"waterLevel<4\"\nwords = { waterLevel = { ja = \"水位\", en = \"water level\", unit = \"cm\" } }\n");
  play.change(at("05:00"), paddy(3, at("05:00")));
  const Words words = reason_of(*play.rule, play.last[0], {at("05:00"), play.record.get()});
  EXPECT_EQ(words.ja, "水位が 3 cmです。条件「水位が 4 cm 未満」が成り立ったためです。");
  EXPECT_EQ(words.en, "water level is 3 cm; the condition \"water level is below 4 cm\" holds.");
}

}  // namespace
}  // namespace tsunagu::automation
