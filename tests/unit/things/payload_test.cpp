// What payloads of devices mean, and what is refused in them.
#include "things/payload.h"

#include <gtest/gtest.h>

namespace tsunagu::things {
namespace {

/// "group/address@time name=value name=value; …" and "!reason" for faults.
std::string told(const Payload& payload) {
  std::string out;
  for (const Report& report : payload.reports) {
    if (!out.empty()) out += "; ";
    if (!report.group.empty() || !report.address.empty()) {
      out.append(report.group).append("/").append(report.address);
    }
    if (report.at != kNoInstant) out.append("@").append(to_string(report.at));
    for (std::uint32_t i = report.first; i < report.first + report.count; ++i) {
      out.append(" ").append(payload.readings[i].name).append("=").append(payload.readings[i].value);
    }
  }
  for (const auto& fault : payload.faults) {
    out += " !" + (fault.line == 0 ? std::string() : std::to_string(fault.line) + ": ") + fault.reason.substr(0, 20);
  }
  return out;
}
std::string json(std::string_view bytes, std::string_view attribute = {}) {
  Payload payload;
  const auto read = read_json(bytes, attribute, payload);
  return read ? told(payload) : "refused";
}
std::string ul(std::string_view bytes, std::string_view attribute = {}) {
  Payload payload;
  const auto read = read_ultralight(bytes, attribute, payload);
  return read ? told(payload) : "refused";
}
std::string lines(std::string_view bytes, std::int64_t tick = 1) {
  Payload payload;
  const auto read = read_lines(bytes, "device", tick, payload);
  return read ? told(payload) : "refused";
}

TEST(JsonPayload, IsAnObjectOfValuesOrAList) {
  EXPECT_EQ(json(R"({"t": 15.2, "h": 80, "open": true, "note": "霧"})"), R"( t=15.2 h=80 open=true note="霧")");
  EXPECT_EQ(json(R"([{"t":1},{"t":2,"TimeInstant":"2026-07-04T01:00:00Z"}])"), " t=1; @2026-07-04T01:00:00Z t=2");
  EXPECT_EQ(json(R"({"gps":{"type":"Point","coordinates":[141.3,43.1]}})"),
            R"( gps={"type":"Point","coordinates":[141.3,43.1]})");
}

TEST(JsonPayload, RefusesWhatIsNoValue) {
  EXPECT_EQ(json("{\"t\":1e400}"), " !t: 1e400 is no value");
  EXPECT_EQ(json(R"({"t":null,"h":1})"), " h=1 !t: null is no value");
  EXPECT_EQ(json("{\"t\":NaN}"), "refused");
  EXPECT_EQ(json("\xff\xfe\x00garbage"), "refused");
  EXPECT_EQ(json("17"), "refused");
  EXPECT_EQ(json(R"({"t":1,"TimeInstant":"yesterday"})").substr(0, 12), " !the time \"");
}

TEST(JsonPayload, OneAttributeIsABareValue) {
  EXPECT_EQ(json("15.5", "t"), " t=15.5");
  EXPECT_EQ(json("open", "gate"), " gate=\"open\"");
  EXPECT_EQ(json("\xff", "gate"), "refused");
}

TEST(UltraLight, GroupsAndTimes) {
  EXPECT_EQ(ul("t|15|k|abc"), " t=15 k=\"abc\"");
  EXPECT_EQ(ul("t|10#t|11.5#h|80"), " t=10;  t=11.5;  h=80");
  EXPECT_EQ(ul("2016-06-13T00:35:30Z|a|7"), "@2016-06-13T00:35:30Z a=7");
  EXPECT_EQ(ul("15", "t"), " t=15");
  EXPECT_EQ(ul("on|true|x|-1.5e3"), " on=true x=-1.5e3");
}

TEST(UltraLight, RefusesWhatIsNoValue) {
  EXPECT_EQ(ul("t|NaN|h|1"), " h=1 !t: \"NaN\" is no value");
  EXPECT_EQ(ul("t|1e400"), " !t: \"1e400\" is no val");
  EXPECT_EQ(ul("t"), " !t: \"\" is no value");
  EXPECT_EQ(ul(""), "refused");
  EXPECT_EQ(ul("\xc3\x28"), "refused");
}

TEST(LineProtocol, MeasurementTagsFieldsTime) {
  EXPECT_EQ(lines("weather,device=A-1,town=Bibai temp=21.5,n=3i,ok=t,s=\"a,b c\" 1783126800000000000"),
            "/A-1@2026-07-04T01:00:00Z temp=21.5 n=3 ok=true s=\"a,b c\"");
  EXPECT_EQ(lines("level,device=A-1 value=4.5 1783126800", 1'000'000'000), "/A-1@2026-07-04T01:00:00Z level=4.5");
  EXPECT_EQ(lines("A-1 temp=1\n# comment\n\nA-2 temp=2\r\n"), "/A-1 temp=1; /A-2 temp=2");
  EXPECT_EQ(lines("a\\ b\\,c te\\=mp=1"), "/a b,c te=mp=1");
}

TEST(LineProtocol, AFaultCostsItsLineOnly) {
  EXPECT_EQ(lines("A-1 temp=1\nA-2\nA-3 temp=nan\nA-4 temp=4"),
            "/A-1 temp=1; /A-4 temp=4 !2: a line has fields be !3: a field is no number");
  EXPECT_EQ(lines("A temp=1,, 5").substr(0, 2), " !");
  EXPECT_EQ(lines("A temp=\"open").substr(0, 2), " !");
  EXPECT_EQ(lines("A temp=1 99999999999999999999").substr(0, 2), " !");
  EXPECT_EQ(lines("A temp=1 9223372036854775807", 1'000'000'000).substr(0, 2), " !");
}

TEST(Ndjson, NamesItsDevices) {
  Payload payload;
  ASSERT_TRUE(read_ndjson(
      "{\"k\":\"g\",\"i\":\"A\",\"t\":1783126800,\"v\":{\"x\":1}}\n{\"i\":\"B\",\"v\":{\"y\":2}}\nno\n{\"i\":\"C\"}\n",
      payload));
  EXPECT_EQ(told(payload), "g/A@2026-07-04T01:00:00Z x=1; /B y=2 !3: the line is no JSON !4: a line is {\"k\":GROUP");
}

TEST(ChirpStack, AnUplink) {
  Payload payload;
  ASSERT_TRUE(read_chirpstack(
      R"({"deduplicationId":"3ac7e3c4-4401-4b8d-9386-a5c902f9202d","time":"2026-07-04T01:00:00.123456+00:00","deviceInfo":
      {"tenantId":"52f14cd4","applicationId":"17c82e96","devEui":"0101010101010101"},"fCnt":12,"fPort":8,"data":"AQI=",
      "object":{"level":4.5,"battery":3.6}})",
      payload));
  EXPECT_EQ(told(payload), "17c82e96/0101010101010101@2026-07-04T01:00:00.123456Z level=4.5 battery=3.6");
  Payload bare;
  EXPECT_TRUE(read_chirpstack(R"({"deviceInfo":{"devEui":"01"},"data":"AQI="})", bare));
  EXPECT_EQ(told(bare), "/01") << "no readings: for a mapping";
  EXPECT_FALSE(read_chirpstack("{}", bare));
}

TEST(Times, AsDevicesWriteThem) {
  for (const auto* text : {"2026-07-04T01:00:00Z", "2026-07-04T10:00:00+09:00", "2026-07-04T01:00:00", "1783126800",
                           "1783126800000", "1783126800000000", "1783126800000000000"}) {
    const auto at = read_time(text);
    ASSERT_TRUE(at) << text;
    EXPECT_EQ(to_string(*at), "2026-07-04T01:00:00Z") << text;
  }
  for (const auto* text : {"", "yesterday", "nan", "1e300", "2026-13-01T00:00:00Z"})
    EXPECT_FALSE(read_time(text)) << text;
}

}  // namespace
}  // namespace tsunagu::things
