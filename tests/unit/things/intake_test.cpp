// Observations on their way into the graph: where they land, what is thought of them, what is known twice.
#include <algorithm>

#include "things_store.h"

namespace tsunagu::things {
namespace {

const std::string kField = "urn:ngsi-ld:Paddy:1";
const std::string kDevice = "urn:ngsi-ld:Device:paddy:A-1";

class Intakes : public test::ThingsStore {
 protected:
  Intakes() {
    put(R"({"id":"urn:ngsi-ld:DeviceModel:gauge","type":"DeviceModel","expectedInterval":{"type":"Property","value":600},
      "measures":{"type":"Property","value":[
        {"name":"l","attribute":"waterLevel","unit":"CMT","least":-5,"most":40,"maxPerSecond":0.1,"stuckAfter":3600},
        {"name":"t","attribute":"waterTemperature","unit":"CEL","scale":0.1,"offset":-1}]}})");
    put(R"({"id":"urn:ngsi-ld:Device:paddy:A-1","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
      "deviceAddress":{"type":"Property","value":"A-1"},
      "refDeviceModel":{"type":"Relationship","object":"urn:ngsi-ld:DeviceModel:gauge"},
      "controlledAsset":{"type":"Relationship","object":"urn:ngsi-ld:Paddy:1"}})");
  }
  Taken good(const Result<Taken>& taken) {
    EXPECT_TRUE(taken) << taken.error().detail;
    return taken.value_or(Taken());
  }
  std::string at(const std::string& json, const std::string& time) {
    return "{\"l\":" + json + ",\"TimeInstant\":\"2026-07-04T" + time + "Z\"}";
  }
};

TEST_F(Intakes, LandsOnWhatIsObserved) {
  EXPECT_EQ(good(json(R"({"l":4.5,"t":215,"batteryLevel":0.9})")).accepted, 3u);
  EXPECT_EQ(value(kField, "waterLevel"), "4.5");
  EXPECT_EQ(value(kField, "waterTemperature"), "20.5 raw 215");
  EXPECT_EQ(value(kDevice, "batteryLevel"), "0.9");
  EXPECT_EQ(value(kDevice, "deviceState"), "\"online\"");
  const auto record = store->find({}, kField);
  const auto level = record->find(ngsi::core_context()->find("waterLevel")).parts();
  EXPECT_EQ(level.unit_code, "CMT");
  EXPECT_EQ(level.observed_at, now);
}

TEST_F(Intakes, ADeviceHasItsOwnCalibration) {
  const auto calibrate = [this](const std::string& calibration) {
    put(R"({"id":"urn:ngsi-ld:Device:paddy:A-1","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
      "deviceAddress":{"type":"Property","value":"A-1"},
      "refDeviceModel":{"type":"Relationship","object":"urn:ngsi-ld:DeviceModel:gauge"},
      "controlledAsset":{"type":"Relationship","object":"urn:ngsi-ld:Paddy:1"},
      "calibration":{"type":"Property","value":)" +
        calibration + "}}");
  };
  calibrate(R"([{"name":"l","offset":0.5},{"name":"t","scale":0.2},{"name":"p","scale":2},{"offset":3},7])");
  good(json(R"({"l":4,"t":100,"p":1})"));
  EXPECT_EQ(value(kField, "waterLevel"), "4.5 raw 4");
  EXPECT_EQ(value(kField, "waterTemperature"), "20 raw 100");
  EXPECT_EQ(value(kField, "p"), "2 raw 1") << "of what the model does not name, too";
  // The model changes: what it says counts again but for that.
  put(R"({"id":"urn:ngsi-ld:DeviceModel:gauge","type":"DeviceModel",
    "measures":{"type":"Property","value":[{"name":"l","attribute":"waterLevel","unit":"MMT","offset":9}]}})");
  now.us += 1'000'000;
  good(json(R"({"l":4})"));
  EXPECT_EQ(value(kField, "waterLevel"), "4.5 raw 4");
  EXPECT_EQ(store->find({}, kField)->find(ngsi::core_context()->find("waterLevel")).parts().unit_code, "MMT");
  calibrate("\"none\"");
  now.us += 1'000'000;
  good(json(R"({"l":4})"));
  EXPECT_EQ(value(kField, "waterLevel"), "13 raw 4");
}

TEST_F(Intakes, TheSameTwiceIsWrittenOnce) {
  const std::string first = at("4.5", "00:59:00");
  EXPECT_EQ(good(json(first)).accepted, 1u);
  EXPECT_EQ(good(json(at("4.6", "01:00:00"))).accepted, 1u);
  const Taken again = good(json(first));
  EXPECT_EQ(again.accepted, 0u);
  EXPECT_EQ(again.duplicates, 1u);
  close();
  open();
  EXPECT_EQ(good(json(at("4.6", "01:00:00"))).duplicates, 1u) << "also after a restart";
}

TEST_F(Intakes, LateOnesTakeTheirPlaceInThePast) {
  good(json(at("5", "01:00:00")));
  EXPECT_EQ(good(json(at("4", "00:30:00"))).accepted, 1u);
  EXPECT_EQ(value(kField, "waterLevel"), "5");
  EXPECT_EQ(history(kField, "waterLevel"), "00:30 4, 01:00 5");
  good(json(at("4.5", "00:45:00")));
  EXPECT_EQ(good(json(at("4", "00:30:00"))).duplicates, 1u);
  EXPECT_EQ(history(kField, "waterLevel"), "00:30 4, 00:45 4.5, 01:00 5");
}

TEST_F(Intakes, WhatComesOutOfOrderAgainAndAgainIsStillWrittenOnce) {
  // Two connections that overtake each other, each sending everything twice: every second message is older.
  const auto minute = [this](int m, int value) {
    return good(json(at(std::to_string(value), to_string(Instant{std::int64_t{m} * 60'000'000}).substr(11, 8))));
  };
  now = *parse_instant("2026-07-04T23:00:00Z");
  for (int m = 0; m < 400; m += 2) {
    EXPECT_EQ(minute(m + 1, m + 1).accepted, 1u);
    EXPECT_EQ(minute(m, m).accepted, 1u);
    EXPECT_EQ(minute(m, m).duplicates, 1u);
    EXPECT_EQ(minute(m + 1, m + 1).duplicates, 1u);
    for (const int ago : {20, 100}) {  // remembered; looked up
      if (m >= ago) {
        EXPECT_EQ(minute(m - ago, m - ago).duplicates, 1u) << ago;
      }
    }
  }
  EXPECT_EQ(minute(3, 7).accepted, 1u) << "another value";
  const std::string all = history(kField, "waterLevel");
  EXPECT_EQ(std::count(all.begin(), all.end(), ','), 400);
  EXPECT_TRUE(all.starts_with("00:00 0, 00:01 1, 00:02 2, 00:03 3, 00:03 7, 00:04 4, ")) << all.substr(0, 80);
}

TEST_F(Intakes, LateIsWhatComesAfterANewerOneWasWritten) {
  good(json(at("5", "01:00:00")));
  Message m;
  m.group = "paddy";
  m.address = "A-1";
  const std::string older = at("4", "00:30:00"), oldest = at("3", "00:20:00");
  m.bytes = older;
  m.arrived.us = now.us - 1;  // on its way when the newer one was written
  EXPECT_EQ(good(take(m)).accepted, 1u);
  m.bytes = oldest;
  m.arrived = now;
  EXPECT_EQ(good(take(m)).accepted, 1u);
  struct Visitor final : store::SeriesVisitor {
    bool point(const store::HistoryPoint& p) override {
      out += " " + std::string(p.instance.value());
      for (const auto& sub : ngsi::decode(p.instance).subs) out += sub.value;
      return true;
    }
    std::string out;
  } visitor;
  const auto reader = *store->history({});
  ASSERT_TRUE(reader->scan(kField, {ngsi::core_context()->find("waterLevel"), {}}, all_time(), false, visitor));
  EXPECT_EQ(visitor.out, " 3[\"late\"] 4 5");
}

TEST_F(Intakes, FlagsWhatCannotBe) {
  good(json(at("4", "00:00:00")));
  good(json(at("99", "00:10:00")));
  EXPECT_EQ(value(kField, "waterLevel"), R"(99 ["outOfRange","rateOfChange"])");
  EXPECT_EQ(value(kDevice, "deviceState"), "\"outOfRange\"");
  good(json(at("4", "01:00:00")));
  EXPECT_EQ(value(kDevice, "deviceState"), "\"online\"");
  good(json(at("4", "01:04:00")));
  EXPECT_EQ(value(kField, "waterLevel"), "4");
  now = *parse_instant("2026-07-04T05:00:00Z");
  good(json(at("4", "04:00:00")));
  EXPECT_EQ(value(kField, "waterLevel"), R"(4 ["stuck"])");
}

TEST_F(Intakes, AClockThatCannotBeRightIsNotFollowed) {
  for (const auto* time : {"1970-01-01T00:00:07Z", "2106-02-07T06:28:15Z"}) {
    good(json(R"({"l":4,"TimeInstant":")" + std::string(time) + "\"}"));
    EXPECT_EQ(store->find({}, kField)->find(ngsi::core_context()->find("waterLevel")).parts().observed_at, now);
    EXPECT_EQ(value(kField, "waterLevel"), R"(4 ["clock"])");
    now.us += 1'000'000;
  }
}

TEST_F(Intakes, RefusesStrangers) {
  EXPECT_EQ(json("{\"l\":4}", "B-7").error().code, ErrorCode::kResourceNotFound);
  EXPECT_EQ(json("garbage").error().code, ErrorCode::kInvalidRequest);
  Message other;
  other.group = "paddy";
  other.address = "A-1";
  other.bytes = "{\"l\":4}";
  other.only_device = "urn:ngsi-ld:Device:paddy:A-2";
  EXPECT_EQ(take(other).error().code, ErrorCode::kForbidden);
  const std::string large(2u << 20, ' ');
  EXPECT_EQ(json(large).error().code, ErrorCode::kContentTooLarge);
}

TEST_F(Intakes, AGroupCanMakeItsDevices) {
  put(R"({"id":"urn:ngsi-ld:ServiceGroup:open","type":"ServiceGroup","name":{"type":"Property","value":"open"},
    "autoProvision":{"type":"Property","value":true}})");
  EXPECT_EQ(good(json("{\"x\":1}", "new-1", "open")).accepted, 1u);
  EXPECT_EQ(value("urn:ngsi-ld:Device:open:new-1", "x"), "1");
  EXPECT_EQ(value("urn:ngsi-ld:Device:open:new-1", "deviceAddress"), "\"new-1\"");
  ASSERT_TRUE(registry->find({}, "open", "new-1"));
  EXPECT_FALSE(registry->find({}, "open", "new-1")->fresh);
}

TEST_F(Intakes, ManyLinesOfManyDevices) {
  put(R"({"id":"urn:ngsi-ld:ServiceGroup:bulk","type":"ServiceGroup","name":{"type":"Property","value":"bulk"},
    "autoProvision":{"type":"Property","value":true}})");
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += "m,device=d" + std::to_string(i % 50) + " a=" + std::to_string(i) + ",b=" + std::to_string(i * 2) + " " +
            std::to_string(1783126000 + i / 50) + "\n";
  }
  Message m;
  m.group = "bulk";
  m.format = Format::kLine;
  m.tick_ns = 1'000'000'000;
  m.bytes = text;
  EXPECT_EQ(good(take(m)).accepted, 10000u);
  EXPECT_EQ(registry->size(), 51u);
  EXPECT_EQ(value("urn:ngsi-ld:Device:bulk:d49", "b"), "9998");
  const Taken again = good(take(m));
  EXPECT_EQ(again.accepted, 0u);
  EXPECT_EQ(again.duplicates, 10000u);
}

TEST_F(Intakes, TheRegistryFollowsTheGraph) {
  ASSERT_TRUE(registry->find({}, "paddy", "A-1"));
  remove(kDevice);
  EXPECT_FALSE(registry->find({}, "paddy", "A-1"));
  put(R"({"id":"urn:ngsi-ld:Device:new","type":"Device","serviceGroup":{"type":"Property","value":"paddy"},
      "deviceAddress":{"type":"Property","value":"A-1"},
      "controlledAsset":{"type":"Relationship","object":"urn:ngsi-ld:Paddy:1"}})");
  good(json(R"({"waterLevel":3})"));
  EXPECT_EQ(value(kField, "waterLevel"), "3") << "a device that replaces another goes on with its series";
}

TEST(Topics, SayWhoSpeaks) {
  const auto told = [](std::string_view topic) -> std::string {
    const auto m = message_of_topic(topic);
    if (!m) return "-";
    return std::to_string(static_cast<int>(m->format)) + " " + std::string(m->group) + " " + std::string(m->address) +
           " " + std::string(m->attribute);
  };
  EXPECT_EQ(told("/json/paddy/A-1/attrs"), "0 paddy A-1 ");
  EXPECT_EQ(told("json/paddy/A-1/attrs/l"), "0 paddy A-1 l");
  EXPECT_EQ(told("/ul/paddy/A-1/attrs"), "1 paddy A-1 ");
  EXPECT_EQ(told("application/17c8/device/0101/event/up"), "4 17c8 0101 ");
  for (const auto* topic : {"", "/", "/json/paddy/A-1", "/json//A-1/attrs", "/json/a/b/attrs/c/d", "/json/a/b/cmd",
                            "application/17c8/device/0101/event/join"}) {
    EXPECT_EQ(told(topic), "-") << topic;
  }
}

}  // namespace
}  // namespace tsunagu::things
